/* See observations.h. */
#include "sim/live/observe/observations.h"

static const char *const NAMES[] = {
#define OBSERVATION(name, handler, from, what) #name,
#include "sim/live/observe/observation.def"
#undef OBSERVATION
};

void observations_init(struct observations *observations)
{
    observations->list = g_array_new(FALSE, FALSE, sizeof(struct observation));
    observations->texts = g_string_chunk_new(4096);
}

void observations_clear(struct observations *observations)
{
    g_array_free(observations->list, TRUE);
    g_string_chunk_free(observations->texts);
}

static const char *keep(struct observations *observations, const char *text)
{
    return text == NULL ? NULL : g_string_chunk_insert_const(observations->texts, text);
}

void observations_add(struct observations *observations, struct observation observation)
{
    observation.order = observations->list->len;
    observation.text = keep(observations, observation.text);
    observation.more = keep(observations, observation.more);
    g_array_append_val(observations->list, observation);
}

void observations_event(struct observations *observations, const struct event *event)
{
    observations_add(
        observations,
        (struct observation){
            .t = event->t, .kind = SEEN_EVENT, .node = event->node, .peer = -1, .event = *event});
}

static int by_time(const void *left, const void *right)
{
    const struct observation *a = left, *b = right;
    if (a->t != b->t)
        return a->t < b->t ? -1 : 1;
    return a->order < b->order ? -1 : a->order > b->order;
}

void observations_sort(struct observations *observations, int64_t zero)
{
    for (guint i = 0; i < observations->list->len; i++)
        g_array_index(observations->list, struct observation, i).t -= zero;
    g_array_sort(observations->list, by_time);
}

const char *observation_name(enum observation_kind kind)
{
    return NAMES[kind];
}
