/* What is lost: writes and data that a client was promised and that nobody holds any more.
 *
 * Acknowledged is what a master executed: its client got a reply, whatever the replicas have of it. That includes writes of
 * a master without a backlog, which are in no stream.
 *
 * A running process holds what it applied (while it loads: its data file). One that does not run holds its data file.
 * What a master wrote to its socket before it ended is held by the connection until the replica has read it, or lets go.
 * A byte is lost when the last of these drops it: at that moment, by that node, once. A loss is never taken back, for
 * nobody can have it again. A promoted replica that lacks writes loses nothing by that: its old master has them, until
 * it ends or takes the data of the new one.
 *
 *      m   ----------------o=================|     before: the end of what m had
 *      r1  --------------o |                 |     common: the most of it that anybody else has
 *      r2  ----------------o                 |     lost: (common, before]
 *
 * Histories are a tree of timelines, so what one holder has of another's is one length. */
#ifndef PSYNCSIM_WORLD_LOSS_H
#define PSYNCSIM_WORLD_LOSS_H

#include "sim/world/world_state.h"

/* What somebody holds: all up to `offset` of `timeline`, which took so many commands. */
struct loss_point {
    int32_t timeline; /* NO_INDEX: nothing */
    int64_t offset, commands, data_bytes;
};

/* What the node holds now. */
struct loss_point loss_point(const struct world *world, const struct node *node);

/* Commands of clients, in all, that led to all up to `offset` of a history that ends with `timeline`. */
int64_t loss_commands(const struct world *world, int32_t timeline, int64_t offset);

struct loss_point loss_point_of_file(const struct data_file *file);

/* What the node holds now; what replicas ever had is written down. Before anything makes it hold less. */
struct loss_point loss_begin(struct world *world, struct node *node);

/* The node held `before` until now: emits what is lost. */
void loss_settle(struct world *world, const struct node *node, struct loss_point before,
                 enum loss why);

/* Why it is lost when a payload takes its place. */
enum loss loss_by_payload(const struct world *world, const struct node *node,
                          struct loss_point before);

/* FLUSHALL: its dataset is lost, by a client's will; its writes are not. */
void loss_flush(struct world *world, struct node *node);

/* What the connection alone may still hold: its master is gone. */
struct loss_point loss_on_the_way(const struct world *world, const struct conn *conn);

/* A new timeline of `node` goes on from what it holds, `from`. */
void loss_new_timeline(struct world *world, const struct node *node, int32_t timeline,
                       struct loss_point from);

#endif
