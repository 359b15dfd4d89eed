/* See broken.h. */
#include "sim/world/broken.h"

#include <stdio.h>

bool broken_note(struct world *world, const char *who, const char *what, int64_t a, int64_t b)
{
    snprintf(world->broken, sizeof world->broken, "t=%lld ns, %s: %s (%lld, %lld)",
             (long long)world->now, who, what, (long long)a, (long long)b);
    return false;
}

bool broken_figure(struct world *world, const struct node *node, const char *what, int64_t value)
{
    return value >= 0 || broken_note(world, node->spec->name, what, value, 0);
}

/* Whether the times that happened follow each other. */
static bool are_in_order(const int64_t *times, size_t count)
{
    int64_t before = 0;
    for (size_t i = 0; i < count; i++) {
        if (times[i] != TRACE_ABSENT && times[i] < before)
            return false;
        before = times[i] == TRACE_ABSENT ? before : times[i];
    }
    return true;
}

/* Of both sides; a payload may begin before its announcement has arrived. */
bool broken_resync(struct world *world, const struct node *node, const struct event_resync *resync)
{
    const int64_t here[] = {resync->lost_ns,     resync->dialled_ns,  resync->asked_ns,
                            resync->answered_ns, resync->received_ns, resync->online_ns};
    const int64_t there[] = {resync->asked_ns, resync->payload_ns, resync->received_ns,
                             resync->online_ns};
    const char *name = node->spec->name;
    if (!are_in_order(here, sizeof here / sizeof here[0]))
        return broken_note(world, name, "a resynchronisation's times are out of order",
                           resync->asked_ns, resync->answered_ns);
    if (!are_in_order(there, sizeof there / sizeof there[0]))
        return broken_note(world, name, "a payload out of order", resync->payload_ns,
                           resync->online_ns);
    return broken_figure(world, node, "sent_bytes below zero", resync->sent_bytes);
}
