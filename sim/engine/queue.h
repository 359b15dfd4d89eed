/* The pending events: a winner tree over a fixed set of slots.
 *
 * Every timer of a run has its own slot, so the set is known from the scenario, and insert, cancel,
 * re-arm and take are all the same replay of one path from a leaf to the root. Order is (time,
 * sequence number): of two events at the same time the one armed first comes first, whatever their
 * slots. */
#ifndef PSYNCSIM_ENGINE_QUEUE_H
#define PSYNCSIM_ENGINE_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

#define QUEUE_SLOT_BITS 24
#define QUEUE_SLOTS_MAX (UINT32_C(1) << QUEUE_SLOT_BITS)
#define QUEUE_NO_SLOT   UINT32_MAX

/* From the high bits down: 64 of time, 40 of sequence number, 24 of slot. One compare settles time,
 * tie and owner. */
__extension__ typedef unsigned __int128 queue_key;

/* Members are private. The struct may be moved, but its tree belongs to one struct only. */
struct queue {
    queue_key *tree; /* tree[1] is the root, the children of n are 2n and 2n+1, slot s is
                        tree[leaves + s] */
    uint32_t leaves; /* a power of two, at least `slots` */
    uint32_t slots;  /* how many the caller may use */
    uint32_t hole; /* the slot taken last, if its leaf is stale: idle to the caller, not yet in the
                      tree */
    uint64_t sequence; /* of the next queue_set */
    int64_t now;       /* time of the last take */
};

/* Makes room for `slots` slots, all idle. Aborts when memory runs out. Pair with queue_clear. */
void queue_init(struct queue *queue, uint32_t slots);
void queue_clear(struct queue *queue);

/* Raises the number of slots; armed slots keep their place in the order. */
void queue_grow(struct queue *queue, uint32_t slots);

/* Arms `slot` at `time` with a new sequence number, whether it was idle or armed; TIME_NEVER idles
 * it. Asserts time >= the time of the last take (0 at the start), and fewer than 2^40 calls in a
 * run. */
void queue_set(struct queue *queue, uint32_t slot, int64_t time);

/* The same, but after all others of its time; of several such the smaller slot comes first, however
 * they were armed. */
void queue_set_last(struct queue *queue, uint32_t slot, int64_t time);

/* From now on slots may be armed at `time` or later, which may be past; returns the time that was
 * the bound. For who makes up for the past: he sets the old bound again when no slot is armed
 * before it. */
int64_t queue_bound(struct queue *queue, int64_t time);

/* Idles `slot`; nothing happens if it is idle. */
void queue_cancel(struct queue *queue, uint32_t slot);

/* The time at which `slot` is armed, TIME_NEVER if idle. */
int64_t queue_when(const struct queue *queue, uint32_t slot);

/* The time of the first armed slot for which leaves_out does not hold; TIME_NEVER if there is none.
 * Costs little more than it takes to look at those that are left out and earlier. */
typedef bool queue_filter(const void *user, uint32_t slot);
int64_t queue_first_but(const struct queue *queue, queue_filter *leaves_out, const void *user);

/* Takes the first event: its slot becomes idle. false when nothing is armed. Setting the same slot
 * again before the next queue_take or queue_next_time costs one replay in all (pop fused with
 * push), whatever else is set in between. */
bool queue_take(struct queue *queue, uint32_t *slot, int64_t *time);

/* Time of the first event, TIME_NEVER when nothing is armed. */
int64_t queue_next_time(struct queue *queue);

/* Asserts the invariant that queue.c opens with; costs a walk over the tree. */
void queue_check(const struct queue *queue);

#endif
