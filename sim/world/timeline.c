/* See timeline.h. */
#include "sim/world/timeline.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int32_t timeline_new(struct world *world, int32_t parent, int64_t fork_offset)
{
    assert(parent < (int32_t)world->timeline_count && fork_offset >= 0);
    if (world->timeline_count == world->timeline_room) {
        world->timeline_room = world->timeline_room == 0 ? 8 : 2 * world->timeline_room;
        world->timelines =
            realloc(world->timelines, world->timeline_room * sizeof *world->timelines);
        if (world->timelines == NULL)
            abort();
    }
    struct timeline *timeline = &world->timelines[world->timeline_count];
    memset(timeline, 0, sizeof *timeline);
    timeline->parent = timeline->data_parent = parent;
    timeline->fork_offset = fork_offset;
    return (int32_t)world->timeline_count++;
}

int32_t timeline_holding(const struct world *world, int32_t timeline, int64_t offset)
{
    while (timeline != NO_INDEX && world->timelines[timeline].parent != NO_INDEX &&
           offset <= world->timelines[timeline].fork_offset)
        timeline = world->timelines[timeline].parent;
    return timeline;
}

bool timeline_is_prefix(const struct world *world, int32_t timeline, int64_t offset,
                        int32_t of_timeline, int64_t of_offset)
{
    return offset <= of_offset && timeline_holding(world, timeline, offset) ==
                                      timeline_holding(world, of_timeline, offset);
}
