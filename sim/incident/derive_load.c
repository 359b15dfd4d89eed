/* Offsets over time become a series. A recorded one has a sample in so many seconds; the answers in
 * the logs are exact to the millisecond, and stand between its samples where they fit. */
#include "sim/incident/derive_load.h"

#include <string.h>
#include "sim/engine/time.h"
#include "sim/incident/derive_name.h"
#include "sim/incident/derive_node.h"

#define POINTS_MAX 90000 /* of a series */

static const GArray *recorded(const GPtrArray *evidence, const char *node)
{
    for (guint i = 0; i < evidence->len; i++) {
        const struct evidence *one = evidence->pdata[i];
        if (one->points && one->node && strcmp(one->node, node) == 0)
            return one->points;
    }
    return NULL;
}

static int by_time(const void *a, const void *b)
{
    const struct offset_point *x = a, *y = b;
    return x->t_ns != y->t_ns ? (x->t_ns > y->t_ns) - (x->t_ns < y->t_ns)
                              : (x->offset > y->offset) - (x->offset < y->offset);
}

/* When the stream stood where the replica did at its loss, and by how much it was further then: a
 * silence began repl-timeout before somebody gave up, and what a limit threw away was written. */
static struct offset_point last_heard(const struct story *story, const struct derive_clock *clock)
{
    const struct half_replica *r = story->r;
    const struct half_master *lost = story->lost_m;
    struct offset_point point = {incident_time(story->replica, r->lost.ns), r->asked_offset - 1};
    int64_t gave_up = lost && lost->timed_out.ns != HALF_ABSENT
                          ? incident_time(story->lost_by, lost->timed_out.ns)
                          : HALF_ABSENT;
    if (lost && lost->kill.at.ns != HALF_ABSENT) {
        point.t_ns = incident_time(story->lost_by, lost->kill.at.ns);
        point.offset += MAX(lost->kill.omem, 0);
    } else if (gave_up != HALF_ABSENT) {
        point.t_ns = MIN(point.t_ns, gave_up) - clock->timeout_ns;
    } else if (r->lost_by == ENDED_TIMEOUT) {
        point.t_ns -= clock->timeout_ns;
    }
    return point;
}

/* Where the replica stood when it lost its master. */
static void add_losses(const struct story *story, guint node, const struct derive_clock *clock,
                       GArray *points)
{
    const struct half_replica *r = story->r;
    if (r->was_master && r->asked_offset > 1 && story->replica->node == (int32_t)node &&
        r->dialled.ns != HALF_ABSENT) {
        struct offset_point own = {incident_time(story->replica, r->dialled.ns) - NS_PER_MS,
                                   r->asked_offset - 1};
        g_array_append_val(points, own); /* where it stood when it turned into a replica */
    }
    if (!story->m || story->master->node != (int32_t)node || r->lost.ns == HALF_ABSENT ||
        r->asked_offset <= 0)
        return;
    struct offset_point lost = last_heard(story, clock);
    g_array_append_val(points, lost);
}

/* Offsets that the logs have of that node as a master; with `losses`, those of its replicas at a loss
 * as well. */
static GArray *logged(const struct stories *stories, guint node, const struct derive_clock *losses)
{
    GArray *points = g_array_new(FALSE, FALSE, sizeof(struct offset_point));
    for (guint i = 0; i < stories->list->len; i++) {
        const struct story *story = &g_array_index(stories->list, struct story, i);
        if (!story->r)
            continue;
        if (losses)
            add_losses(story, node, losses, points);
        if (!story->m || story->master->node != (int32_t)node)
            continue;
        struct offset_point point = {incident_time(story->replica, story->r->answered.ns),
                                     story->r->full_offset};
        if (story->m->sent_bytes != HALF_ABSENT)
            point.offset = story->m->asked_offset + story->m->sent_bytes - 1;
        if (point.t_ns != HALF_ABSENT && point.offset != HALF_ABSENT)
            g_array_append_val(points, point);
    }
    return points;
}

/* Those of the logs that a clock which is off has not moved past a sample. */
static GArray *merge(const GArray *series, GArray *exact)
{
    GArray *all = g_array_new(FALSE, FALSE, sizeof(struct offset_point));
    guint at = 0;
    g_array_sort(exact, by_time);
    for (guint i = 0; i <= series->len; i++) {
        const struct offset_point *next =
            i < series->len ? &g_array_index(series, struct offset_point, i) : NULL;
        for (; at < exact->len; at++) {
            const struct offset_point *point = &g_array_index(exact, struct offset_point, at);
            int64_t before =
                all->len ? g_array_index(all, struct offset_point, all->len - 1).offset : 0;
            if (next && point->t_ns >= next->t_ns)
                break;
            if (point->offset >= before && (!next || point->offset <= next->offset))
                g_array_append_vals(all, point, 1);
        }
        if (next)
            g_array_append_vals(all, next, 1);
    }
    return all;
}

/* Whether the node was a master then, by its turns. */
static bool is_master_at(const struct stories *stories, guint node, int64_t t_ns)
{
    const struct process *process = derive_process(stories, node);
    bool is_master = derive_first_master(stories, process) == NULL;
    for (guint i = 0; i < incident_process_count(stories->incident); i++) {
        const struct process *life = incident_process(stories->incident, i);
        for (guint k = 0; life->node == (int32_t)node && k < life->turns->len; k++) {
            const struct turn *turn = &g_array_index(life->turns, struct turn, k);
            if (incident_time(life, turn->at.ns) > t_ns)
                break;
            is_master = turn->what == TURN_PROMOTED  ? true
                        : turn->what == TURN_FOLLOWS ? false
                                                     : is_master;
        }
    }
    return is_master;
}

GArray *derive_points(const struct stories *stories, const GPtrArray *evidence,
                      const struct derive_clock *clock, guint node)
{
    const GArray *series = recorded(evidence, stories->nodes->pdata[node]);
    GArray *exact = logged(stories, node, series ? NULL : clock);
    if (!series) {
        g_array_sort(exact, by_time);
        return exact;
    }
    GArray *all = merge(series, exact);
    g_array_unref(exact);
    return all;
}

/* Between two points the stream grows evenly; beyond the last one it stands. */
static int64_t offset_at(const GArray *points, int64_t t_ns)
{
    for (guint i = points->len; i-- > 0;) {
        const struct offset_point *point = &g_array_index(points, struct offset_point, i);
        if (point->t_ns > t_ns)
            continue;
        const struct offset_point *next = i + 1 < points->len ? point + 1 : point;
        int64_t ns = next->t_ns - point->t_ns, rise = next->offset - point->offset;
        return point->offset + (ns > 0 && rise > 0 ? mul_div(rise, t_ns - point->t_ns, ns) : 0);
    }
    return HALF_ABSENT;
}

int64_t derive_span(const GArray *points, int64_t t_ns, int64_t bytes)
{
    int64_t wanted = offset_at(points, t_ns);
    wanted = wanted == HALF_ABSENT ? wanted : wanted - bytes;
    for (guint i = points->len; wanted != HALF_ABSENT && i-- > 0;) {
        const struct offset_point *point = &g_array_index(points, struct offset_point, i);
        if (point->t_ns > t_ns || point->offset > wanted)
            continue;
        const struct offset_point *next = i + 1 < points->len ? point + 1 : point;
        int64_t ns = next->t_ns - point->t_ns, rise = next->offset - point->offset;
        int64_t at = point->t_ns + (rise > 0 ? mul_div(wanted - point->offset, ns, rise) : 0);
        return t_ns - at;
    }
    return HALF_ABSENT;
}

void derive_load(const struct stories *stories, const GPtrArray *evidence,
                 const struct derive_clock *clock, guint node, GString *out)
{
    const char *plain = stories->nodes->pdata[node];
    GArray *points = derive_points(stories, evidence, clock, node);
    GString *rows = g_string_new(NULL);
    int64_t first = 0, last_t = 0, last = 0, sum = 0;
    guint count = 0;
    for (guint i = 0; i < points->len && count < POINTS_MAX; i++) {
        const struct offset_point *point = &g_array_index(points, struct offset_point, i);
        if (point->t_ns < clock->from_ns || point->t_ns >= clock->to_ns ||
            (count > 0 && point->t_ns <= last_t) || !is_master_at(stories, node, point->t_ns))
            continue;
        sum += count > 0 && point->offset > last ? point->offset - last : 0;
        first = count++ == 0 ? point->t_ns : first;
        last = point->offset;
        last_t = point->t_ns;
        g_string_append_printf(rows, "\\n%" G_GINT64_FORMAT ",%" G_GINT64_FORMAT, last_t - first,
                               sum);
    }
    if (sum > 0) {
        char *name = derive_name(plain);
        g_string_append_printf(out, "  - { node: %s, from: ", name);
        derive_time(first - clock->from_ns, out);
        g_string_append_printf(out, ", series: \"t_ns,bytes%s\" }\n", rows->str);
        g_free(name);
    }
    g_string_free(rows, TRUE);
    g_array_unref(points);
}
