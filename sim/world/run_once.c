/* See run_once.h. */
#include "sim/world/run_once.h"

#include <glib.h>
#include "sim/world/world.h"

char *run_once(const struct run_once *run)
{
    struct trace silent;
    trace_init(&silent, TRACE_OFF, NULL);
    silent.watcher = run->heard;
    silent.watcher_user = run->user;
    silent.watches_all = false;
    struct world *world = world_new(run->scenario, run->seed, run->replication,
                                    run->trace != NULL ? run->trace : &silent);
    world->tap = (struct tap){.every = run->positions,
                              .next = run->positions_from,
                              .until = run->positions_until,
                              .has_messages = run->has_messages,
                              .at = run->at,
                              .again = run->again,
                              .looks = run->looks,
                              .user = run->user};
    world->fast_forwards = world->fast_forwards && !run->has_messages;
    world->is_checked = run->is_checked;
    world->measures_ages = !run->skips_ages;
    world->skips_saves = run->skips_saves;
    world->moves = run->moves;
    world->moves_user = run->user;
    if (run->begins != NULL)
        run->begins(run->user, world);
    char *broken = world_run(world) ? NULL : g_strdup(world->broken);
    if (run->ends != NULL)
        run->ends(run->user, world);
    world_free(world);
    return broken;
}
