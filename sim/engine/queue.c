/* A winner tree: every inner node holds the smaller key of its two children, so the root is the
 * first event.
 *
 *                    [1] 20,#4,s2                      key = time, #sequence, slot
 *              [2] 30,#7,s1      [3] 20,#4,s2          an idle slot has time TIME_NEVER
 *          [4] never [5] 30,#7,s1  [6] 20,#4,s2 [7] never
 *           slot 0    slot 1        slot 2       (no slot)
 *
 * A change of a leaf replays its path: one compare per level, no branch that depends on the keys.
 * queue_take replays nothing: the handler of an event mostly arms the same slot again, which then
 * replays once. Until that, or until the tree is next looked at, the slot is the `hole`.
 *
 * Invariant (queue_check): every inner node is the smaller of its children; every leaf's slot bits
 * are its own; leaves above `slots` are idle; no armed key is before `now`; if there is a hole, its
 * stale key is still the root.
 *
 * The hole's key stays the root because it was the smallest and every later key has a greater
 * sequence number and a time that is not less; but for a hole that was set to be last, beside which
 * another key of the same time may become the root. */
#include "sim/engine/queue.h"
#include "sim/engine/time.h"
#include <assert.h>
#include <stddef.h>
#include <stdlib.h>

#define LAST ((UINT64_C(1) << (64 - QUEUE_SLOT_BITS)) - 1) /* no other sequence number is that */

static queue_key make_key(int64_t time, uint64_t sequence, uint32_t slot)
{
    return (queue_key)(uint64_t)time << 64 | sequence << QUEUE_SLOT_BITS | slot;
}

static int64_t key_time(queue_key key)
{
    return (int64_t)(uint64_t)(key >> 64);
}

static uint32_t key_slot(queue_key key)
{
    return (uint32_t)key & (QUEUE_SLOTS_MAX - 1);
}

/* Keys are random, so a branch here would be mispredicted half of the time. gcc makes conditional
 * moves of the plain form; clang makes them a branch again, and needs masks. */
static inline queue_key smaller(queue_key a, queue_key b)
{
#ifdef __clang__
    uint64_t mask = -(uint64_t)(b < a);
    uint64_t a_high = (uint64_t)(a >> 64);
    uint64_t high = a_high ^ ((a_high ^ (uint64_t)(b >> 64)) & mask);
    uint64_t low = (uint64_t)a ^ (((uint64_t)a ^ (uint64_t)b) & mask);
    return (queue_key)high << 64 | low;
#else
    return a < b ? a : b;
#endif
}

/* `key` goes up from its leaf as the winner so far, and at each level plays the sibling. */
static inline void replay(struct queue *queue, uint32_t slot, queue_key key)
{
    queue_key *tree = queue->tree;
    uint32_t node = queue->leaves + slot;
    tree[node] = key;
    while (node > 1) {
        key = smaller(key, tree[node ^ 1]);
        node >>= 1;
        tree[node] = key;
    }
}

static inline void settle(struct queue *queue)
{
    uint32_t slot = queue->hole;
    if (slot == QUEUE_NO_SLOT)
        return;
    queue->hole = QUEUE_NO_SLOT;
    replay(queue, slot, make_key(TIME_NEVER, 0, slot));
}

static queue_key smaller_child(const struct queue *queue, uint32_t node)
{
    return smaller(queue->tree[2 * node], queue->tree[2 * node + 1]);
}

static void allocate(struct queue *queue, uint32_t slots)
{
    assert(slots <= QUEUE_SLOTS_MAX);
    queue->slots = slots;
    queue->leaves = 1;
    while (queue->leaves < slots)
        queue->leaves *= 2;
    queue->tree = malloc(2 * (size_t)queue->leaves * sizeof *queue->tree);
    if (queue->tree == NULL)
        abort();
    for (uint32_t slot = 0; slot < queue->leaves; slot++)
        queue->tree[queue->leaves + slot] = make_key(TIME_NEVER, 0, slot);
}

static void play_all(struct queue *queue)
{
    for (uint32_t node = queue->leaves - 1; node >= 1; node--)
        queue->tree[node] = smaller_child(queue, node);
}

void queue_init(struct queue *queue, uint32_t slots)
{
    *queue = (struct queue){.hole = QUEUE_NO_SLOT};
    allocate(queue, slots);
    play_all(queue);
}

void queue_clear(struct queue *queue)
{
    free(queue->tree);
    *queue = (struct queue){.hole = QUEUE_NO_SLOT};
}

void queue_grow(struct queue *queue, uint32_t slots)
{
    assert(slots >= queue->slots);
    settle(queue);
    if (slots <= queue->leaves) {
        queue->slots = slots;
        return;
    }
    struct queue old = *queue;
    allocate(queue, slots);
    for (uint32_t slot = 0; slot < old.slots; slot++)
        queue->tree[queue->leaves + slot] = old.tree[old.leaves + slot];
    play_all(queue);
    free(old.tree);
}

static void arm(struct queue *queue, uint32_t slot, int64_t time, uint64_t sequence)
{
    assert(slot < queue->slots && time >= queue->now);
    if (slot == queue->hole)
        queue->hole = QUEUE_NO_SLOT;
    replay(queue, slot, make_key(time, sequence, slot));
}

void queue_set(struct queue *queue, uint32_t slot, int64_t time)
{
    assert(queue->sequence < LAST);
    arm(queue, slot, time, queue->sequence++);
}

void queue_set_last(struct queue *queue, uint32_t slot, int64_t time)
{
    arm(queue, slot, time, LAST);
}

int64_t queue_bound(struct queue *queue, int64_t time)
{
    int64_t was = queue->now;
    queue->now = time;
    return was;
}

void queue_cancel(struct queue *queue, uint32_t slot)
{
    assert(slot < queue->slots);
    if (slot != queue->hole)
        replay(queue, slot, make_key(TIME_NEVER, 0, slot));
}

int64_t queue_when(const struct queue *queue, uint32_t slot)
{
    assert(slot < queue->slots);
    return slot == queue->hole ? TIME_NEVER : key_time(queue->tree[queue->leaves + slot]);
}

/* A walk over the tree from the left that enters no subtree whose first is too late. */
int64_t queue_first_but(const struct queue *queue, queue_filter *leaves_out, const void *user)
{
    int64_t first = TIME_NEVER;
    for (uint32_t node = 1; node != 0;) {
        int64_t when = key_time(queue->tree[node]);
        if (when < first && node < queue->leaves) {
            node *= 2;
            continue;
        }
        uint32_t slot = node - queue->leaves;
        if (when < first && slot != queue->hole && !leaves_out(user, slot))
            first = when;
        while (node % 2 == 1)
            node /= 2;
        node += node != 0;
    }
    return first;
}

bool queue_take(struct queue *queue, uint32_t *slot, int64_t *time)
{
    settle(queue);
    queue_key first = queue->tree[1];
    if (key_time(first) == TIME_NEVER)
        return false;
    *slot = queue->hole = key_slot(first);
    *time = queue->now = key_time(first);
    return true;
}

int64_t queue_next_time(struct queue *queue)
{
    settle(queue);
    return key_time(queue->tree[1]);
}

void queue_check(const struct queue *queue)
{
    assert(queue->slots <= queue->leaves && queue->leaves <= QUEUE_SLOTS_MAX);
    for (uint32_t node = 1; node < queue->leaves; node++)
        assert(queue->tree[node] == smaller_child(queue, node));
    for (uint32_t slot = 0; slot < queue->leaves; slot++) {
        queue_key key = queue->tree[queue->leaves + slot];
        assert(key_slot(key) == slot);
        assert(slot < queue->slots ? key_time(key) >= queue->now : key_time(key) == TIME_NEVER);
    }
    assert(queue->hole == QUEUE_NO_SLOT || key_slot(queue->tree[1]) == queue->hole ||
           key_time(queue->tree[1]) == queue->now);
}
