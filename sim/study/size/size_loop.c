/* See size_loop.h. */
#include "sim/study/size/size_loop.h"

#include "sim/study/size/load_window.h"

void size_loop_init(struct size_loop *loop, const struct scenario *scenario)
{
    loop->scenario = scenario;
    loop->in_force = 0;
    for (uint32_t i = 0; i < scenario->node_count; i++)
        loop->rows[i] = (struct size_loop_row){.tries = -1};
}

void size_loop_fault(struct size_loop *loop, int64_t index, bool begins)
{
    if (!begins)
        loop->in_force--;
    else if (loop->scenario->faults[index].has_duration)
        loop->in_force++;
    for (uint32_t i = 0; i < loop->scenario->node_count; i++)
        loop->rows[i] = (struct size_loop_row){.tries = -1};
}

/* Whether what is written from `since` to t is all that the load can be from then on. */
static bool has_seen_the_load(const struct scenario *scenario, int64_t since, int64_t t)
{
    for (uint32_t i = 0; i < scenario->load_count; i++) {
        const struct load_spec *spec = &scenario->loads[i].spec;
        bool begins = spec->from_ns > since;
        bool ends = spec->to_ns > since && spec->to_ns < scenario->duration;
        if (begins || ends)
            return false;
    }
    return t - since >= load_window_span(scenario);
}

int64_t size_loop_ended(struct size_loop *loop, int32_t node, int64_t t, bool is_again)
{
    struct size_loop_row *row = &loop->rows[node];
    if (!is_again) {
        row->tries = -1;
        return 0;
    }
    if (row->tries < 0)
        row->began = t;
    row->tries++;
    bool is_loop = row->tries >= SIZE_LOOP_TRIES && loop->in_force == 0 &&
                   has_seen_the_load(loop->scenario, row->began, t);
    return is_loop ? (t - row->began) / row->tries : 0;
}
