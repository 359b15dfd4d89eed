/* A world, its silent trace, and its end. */
#include "sim/world/run_once.h"

#include <glib.h>
#include "sim/world/world.h"

char *run_once(const struct run_once *run)
{
    const char *names[SCENARIO_NODES_MAX];
    struct trace trace;
    for (uint32_t i = 0; i < run->scenario->node_count; i++)
        names[i] = run->scenario->nodes[i].name;
    trace_init(&trace, TRACE_OFF, names);
    struct world *world = world_new(run->scenario, run->seed, run->replication, &trace);
    world->is_checked = run->is_checked;
    trace.watcher = run->heard;
    trace.watcher_user = run->user;
    if (run->begins != NULL)
        run->begins(run->user, world);
    char *broken = world_run(world) ? NULL : g_strdup(world->broken);
    if (run->ends != NULL)
        run->ends(run->user, world);
    world_free(world);
    return broken;
}
