/* See derive_node.h. */
#include "sim/incident/derive_node.h"

#include "sim/engine/time.h"

#define BEAT_NS 1005445000 /* ten cron rounds of a server that is at rest */

const struct process *derive_process(const struct stories *stories, guint node)
{
    guint i = 0;
    while (incident_process(stories->incident, i)->node != (int32_t)node)
        i++;
    return incident_process(stories->incident, i);
}

bool derive_takes_part(const struct stories *stories, guint node)
{
    for (guint i = 0; i < stories->list->len; i++) {
        const struct story *story = &g_array_index(stories->list, struct story, i);
        if (story->r && story->m && story_verdict(story) != VERDICT_NONE &&
            (story->replica->node == (int32_t)node || story->master->node == (int32_t)node))
            return true;
    }
    return false;
}

const struct process *derive_first_master(const struct stories *stories,
                                          const struct process *process)
{
    if (process->first_role == 'M' && process->turns->len > 0)
        return NULL;
    for (guint i = 0; i < stories->list->len; i++) {
        const struct story *story = &g_array_index(stories->list, struct story, i);
        if (story->replica && story->replica->node == process->node && story->m &&
            story_verdict(story) != VERDICT_NONE)
            return story->master;
    }
    return NULL;
}

int64_t derive_ready_ns(const struct process *process)
{
    for (guint i = 0; i < process->turns->len; i++) {
        const struct turn *turn = &g_array_index(process->turns, struct turn, i);
        if (turn->what == TURN_READY)
            return incident_time(process, turn->at.ns);
    }
    return HALF_ABSENT;
}

int64_t derive_beat_ns(const struct stories *stories, guint node, int64_t ready_ns)
{
    for (guint i = 0; i < stories->list->len; i++) {
        const struct story *story = &g_array_index(stories->list, struct story, i);
        const struct half_replica *r = story->r;
        if (!r || story->replica->node != (int32_t)node || r->refusals == 0 ||
            r->lost.ns == HALF_ABSENT || r->dialled.ns == HALF_ABSENT ||
            r->dialled.ns - r->lost.ns < NS_PER_S / 2)
            continue;
        int64_t since = incident_time(story->replica, r->dialled.ns) - ready_ns;
        int64_t off = since > 0 ? since % BEAT_NS : 0;
        return off < BEAT_NS / 2 ? off : off - BEAT_NS;
    }
    return 0;
}

void derive_time(int64_t ns, GString *out)
{
    int64_t ms = MAX(ns / NS_PER_MS, 0);
    g_string_append_printf(out, "%" G_GINT64_FORMAT ".%03ds", ms / 1000, (int)(ms % 1000));
}
