/* What must hold after every event, whatever the scenario: a run that breaks one of these is our
 * bug. */
#ifndef PSYNCSIM_WORLD_INVARIANT_H
#define PSYNCSIM_WORLD_INVARIANT_H

#include <stdbool.h>
#include <stdint.h>

struct event_resync;
struct node;
struct world;

/* Looks at every node and connection; at those that the event of `slot` is about, which is not all
 * that it may reach: what a master writes goes down a chain. On false, world->broken says what does
 * not hold. */
bool invariant_holds(struct world *world);
bool invariant_holds_at(struct world *world, uint32_t slot);

/* A figure that is about to be printed is not negative; a resynchronisation that is about to be emitted
 * has its times in order. */
bool invariant_figure(struct world *world, const struct node *node, const char *what,
                      int64_t value);
bool invariant_resync(struct world *world, const struct node *node,
                      const struct event_resync *resync);

/* What must hold of the sums at the end. */
bool invariant_final(struct world *world);

#endif
