/* What a world keeps of a replica for the record of its run (sim/report/run_record): the resynchronisation that is under
 * way, and what can only be measured while the run goes on. All that can be counted from events is counted there. */
#ifndef PSYNCSIM_WORLD_ACCOUNT_H
#define PSYNCSIM_WORLD_ACCOUNT_H

#include "sim/world/world_state.h"

#define STALE_NS INT64_C(1000000000) /* data older than this count as stale */

void account_init(struct account *account);

/* Where what the master does on this connection belongs. NULL: its replica has left it, and what it does now is another
 * attempt. */
struct account *account_of(struct world *world, const struct conn *conn);

/* The output buffer of an attempt holds so much. */
void account_buffer(struct world *world, const struct conn *conn, int64_t usage_bytes);

/* The replica noticed that its link is lost. */
void account_lost(struct world *world, struct node *node, enum drop drop);
void account_asked(struct world *world, struct node *node, int32_t master, const char *id,
                   int64_t offset);
void account_online(struct world *world, struct node *node, bool is_partial);
/* The attempt under way ended without coming online. */
void account_failed(struct world *world, struct node *node, enum drop drop);

/* Looks at the age of the node's data, if the world measures ages: call at every cron and before anything that changes it. */
void account_observe(struct world *world, struct node *node);

/* What became of the clients' writes up to now: call before anything that changes it. `fate`: what
 * becomes of those that come from now on. */
void account_writes(struct world *world, struct node *node);

/* Writes that the node executed and that are in no stream. */
int64_t account_unstreamed(const struct world *world, const struct node *node);

/* The latencies up to the top, if all that the top produces comes down without delay; -1 else. */
int64_t account_free_age(const struct world *world, const struct node *node);

/* The process goes on: its data are as old now as they get, if they were stale before. */
void account_goes_on(const struct world *world, struct node *node);

/* As account_observe at each of these rounds of the node's cron, given that the node was up to date
 * at all of them. */
void account_heartbeats(const struct world *world, struct node *node, const struct rounds *rounds);

/* Brings open sums up to now. */
void account_close(struct world *world, struct node *node);

/* Bytes of its top master's stream that it lacks; TRACE_ABSENT: it is on another history. */
int64_t account_behind(const struct world *world, const struct node *node);

/* The latencies up to the top, as links are now. */
int64_t account_path_latency(const struct world *world, const struct node *node);

#endif
