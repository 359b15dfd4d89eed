/* See derive_node.h. */
#include "sim/incident/derive_node.h"

#include "sim/engine/time.h"

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

void derive_time(int64_t ns, GString *out)
{
    int64_t ms = MAX(ns / NS_PER_MS, 0);
    g_string_append_printf(out, "%" G_GINT64_FORMAT ".%03ds", ms / 1000, (int)(ms % 1000));
}
