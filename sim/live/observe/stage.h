/* A world that never runs: a report's printers and its expectations read it, and a live run puts
 * into it what it saw. */
#ifndef PSYNCSIM_LIVE_OBSERVE_STAGE_H
#define PSYNCSIM_LIVE_OBSERVE_STAGE_H

#include "sim/live/observe/observations.h"
#include "sim/world/node.h"
#include "sim/world/world.h"

/* Everyone is down and has no history yet. Events go to `trace`. While it is told, no node has data
 * by its account: then the accounts (sim/world/resync) look at no course and no age, which only a
 * running world can tell; ages are noted here instead. Free with world_free. */
struct world *stage_new(const struct scenario *scenario, uint64_t seed, struct trace *trace);

/* t = 0: what was counted before does not count. */
void stage_begin(struct world *world);

/* A poll of a node (SEEN_RANGE). */
void stage_note_offset(struct world *world, struct node *node,
                       const struct observation *observation, bool is_online);

/* The hard limit that is in force at a master: 0, or bytes. */
int64_t stage_hard_limit(const struct node *master);

/* Output buffer of a replica at its master, in bytes. */
void stage_note_buffer(struct node *node, const struct node *master, int64_t bytes);

/* The request that just left: how old the node's data are. */
void stage_note_gap(struct world *world, struct node *node);

/* The run is over: closes the accounts. */
void stage_end_node(struct world *world, struct node *node, bool is_online);

#endif
