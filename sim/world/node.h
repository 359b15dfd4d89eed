/* One server process: its role, history and backlog, its cron, its pauses, its start and end. */
#ifndef PSYNCSIM_WORLD_NODE_H
#define PSYNCSIM_WORLD_NODE_H

#include "sim/world/world.h"

/* What it holds now. node_sync also brings node->history.offset up to date. */
int64_t node_offset(const struct world *world, const struct node *node);
void node_sync(struct world *world, struct node *node);
struct master_site node_site(struct world *world, struct node *node);
/* What a connection to it as a master needs to know: the same, and who it is. */
struct master_site node_site_for(struct world *world, const struct conn *conn);
/* The little that a connection which asks for nothing more needs to know. */
struct master_site node_site_of_replica(const struct world *world, const struct node *node);
/* What its own machine as a replica needs to know. */
struct replica_site node_as_replica(const struct world *world, struct node *node);
struct backlog_range node_backlog(struct world *world, struct node *node);

/* Whether a file that it saves now says where in which history it stands (FACTS 9.2). */
bool node_saves_position(const struct node *node);

/* Backlog. settle: before anything changes who pins it; unpinned: after somebody let go. */
void node_settle(struct world *world, struct node *node);
void node_unpinned(struct world *world, struct node *node);
void node_new_backlog(struct world *world, struct node *node);
/* why NULL: without a word. */
void node_free_backlog(struct world *world, struct node *node, const char *why);

/* Identity and role. */
void node_draw_id(struct node *node, char id[REPLID_SIZE]);
void node_new_identity(struct world *world, struct node *node, enum id_change why);
void node_promote(struct world *world, struct node *node, enum id_change why);
void node_take_over(struct world *world, struct conn *conn); /* PSYNC FAILOVER arrived on conn */
/* Its replicas, and theirs, go on with its timeline from now on. */
void node_keep_replicas(struct world *world, const struct node *node);
void node_replicaof(struct world *world, struct node *node, int32_t master);
void node_fail_over(struct world *world, struct node *node, int32_t to, int64_t timeout);
void node_failover_done(struct node *node);

/* The stream it writes: grows or is held, as its state demands. */
void node_flow(struct world *world, struct node *node);
/* What becomes of its clients' writes, with a backlog or without. */
enum write_gate node_gate(const struct node *node, bool has_backlog);
void node_item(struct world *world, struct node *node, int64_t bytes);
void node_select_pending(struct world *world, struct node *node);
void node_select_event(struct world *world, struct node *node);
void node_set_load(struct world *world, struct node *node, const struct load *load);

/* Its downstream connections feel a change of its offset, now or at t. */
void node_replicas_replan(struct world *world, struct node *node);
void node_replicas_replan_at(struct world *world, struct node *node, int64_t t);

/* The process is stopped until `until` (TIME_NEVER: until node_unblock). */
void node_block(struct world *world, struct node *node, int64_t until, const char *why);
void node_unblock(struct world *world, struct node *node);
/* SIGCONT: it goes on, with a fork or a last save first if it is in the middle of one. */
void node_resume(struct world *world, struct node *node);
/* SIGSTOP; node_unblock is the SIGCONT. */
void node_pause(struct world *world, struct node *node);
/* A script begins; node_resume ends it. */
void node_run_script(struct world *world, struct node *node);
bool node_is_blocked(const struct node *node);
/* Whether it reads its master's stream without applying it: from SHUTDOWN on its clients' writes
 * are paused, its master's too (FACTS 8.4), and a slow script lets nothing else run (FACTS R8). */
bool node_holds_position(const struct node *node);

/* Time: how long it takes to answer at t; the first round of the server cron at or after t,
 * TIME_NEVER where no int64_t holds it. */
int64_t node_delay(const struct node *node, int64_t t);
int64_t node_next_tick(const struct node *node, int64_t t);

/* Whether it puts PINGs into its stream as things stand; puts one there if this round has one. */
bool node_pings(const struct world *world, const struct node *node);
void node_ping(struct world *world, struct node *node);
void node_ping_now(struct world *world, struct node *node);

/* Life. */
void node_start(struct world *world, struct node *node);
void node_loaded_file(struct world *world, struct node *node);
void node_serve(struct world *world, struct node *node);
void node_stop(struct world *world, struct node *node, const char *how, bool saved);
/* Stops, and starts again if so meant. */
void node_ended(struct world *world, struct node *node, const char *how, bool saved);
/* Its data file is gone; it does not run. */
void node_wipe(struct world *world, struct node *node);
void node_shutdown(struct world *world, struct node *node, bool save);
void node_cron_event(struct world *world, struct node *node);
void node_wake_event(struct world *world, struct node *node);

/* Clients. */
void node_refresh_good(struct world *world, struct node *node);
/* REPLCONF GETACK into the stream. */
void node_request_acks(struct world *world, struct node *node);
void node_acknowledged(struct world *world, struct node *node);
void node_wait_event(struct world *world, uint32_t client);

/* Asserts what holds of a node between two events. */
void node_check(const struct node *node);

#endif
