/* One run of one scenario: the servers, their links and connections, and what is pending.
 *
 * A world owns the clock and the pending events; the machines of models/psync, the pipes, the
 * streams and the backlogs are carried by it and know nothing of it. Every timer has its own slot
 * in the queue (slot.h).
 *
 * Nothing happens per byte or per write: what a node has produced or applied by t is a function
 * (offset_track.h), and events are only where something changes. Stretches in which nothing happens
 * but heartbeats are skipped (fast_forward.h), and a replica in which nothing else happens has no
 * events meanwhile (quiet.h).
 *
 * The files stand on floors: a file calls those below it, and what concerns one above goes through
 * the table of world->calls.
 *
 *   run_once, world              set-up and loop
 *   initial_sync, fault, quiet, fast_forward, idle, invariant, outcome, info_text
 *   node_pause, node_cron, node_shutdown                      a process from day to day
 *   arrival, dial, rdb_load, save_child, save, node_clients, node_role, node_boot
 *   replica_side                                              what a replica does on its connection
 *   feed                                                      what a master does on it
 *   node_halt, node_history, node_stream, workload, save_abort
 *   link_fault, conn, replan, receive_buffer, second          connections and how bytes move on them
 *   save_point, save_skip, tap, misplaced, loss, account, node_site, node_backlog, link, output, rdb_client
 *   node, parked, broken                                      what a server is
 *   offset_track, reader, timeline                            offsets over time
 *   conn_table, slot, world_state                             data */
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
