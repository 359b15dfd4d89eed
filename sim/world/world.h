/* One run of one scenario: the servers, their links and connections, and what is pending.
 *
 * A world owns the clock and the pending events; the machines of models/psync, the pipes, the
 * streams and the backlogs are carried by it and know nothing of it. Every timer has its own slot
 * in the queue:
 *
 *  nodes x NODE_SLOTS | faults x 2 (begin, end) | waits | sample | connections x CONN_SLOTS (grows)
 *
 * Nothing happens per byte or per write: what a node has produced or applied by t is a function
 * (offset_track.h), and events are only where something changes. Stretches in which nothing happens
 * but heartbeats are skipped (fast_forward.h), and a replica in which nothing else happens has no
 * events meanwhile (quiet.h). Files: offset_track, link (rates, silence), conn
 * (one connection), reader (a replica that applies slowly), feed (the master's side of it), save (full synchronisations), rdb_client, save_point (saves
 * that begin by themselves), node (one process), workload (who writes where), fault, account, loss,
 * idle, fast_forward and quiet, tap, invariant, second (a payload's own connection), world
 * (set-up and loop). */
#ifndef PSYNCSIM_WORLD_WORLD_H
#define PSYNCSIM_WORLD_WORLD_H

#include "sim/world/world_state.h"

/* Everything of `scenario` set up at t = 0. `trace` receives the events; borrowed. Free with
 * world_free. */
struct world *world_new(const struct scenario *scenario, uint64_t seed, uint64_t replication,
                        struct trace *trace);
void world_free(struct world *world);

/* Runs until the scenario's duration. Returns false if an invariant broke (world->broken says
 * which). */
bool world_run(struct world *world);

#endif
