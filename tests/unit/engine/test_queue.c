/* The winner tree against a list that is searched from end to end: the same calls must give the
 * same events. */
#include "sim/engine/queue.h"
#include "sim/engine/random.h"
#include "sim/engine/time.h"
#include "tests/unit/suite.h"
#include <signal.h>
#include <stdlib.h>

#define MODEL_SLOTS 300

/* The naive model: order of two events is (time, sequence, slot). */
struct model {
    int64_t time[MODEL_SLOTS];
    uint64_t sequence[MODEL_SLOTS];
    uint64_t next_sequence;
    uint32_t slots;
    int64_t now;
};

static void model_init(struct model *model, uint32_t slots)
{
    *model = (struct model){.slots = slots};
    for (uint32_t i = 0; i < MODEL_SLOTS; i++)
        model->time[i] = TIME_NEVER;
}

static uint32_t model_first(const struct model *model)
{
    uint32_t first = 0;
    for (uint32_t i = 1; i < model->slots; i++)
        if (model->time[i] < model->time[first] ||
            (model->time[i] == model->time[first] && model->sequence[i] < model->sequence[first]))
            first = i;
    return first;
}

static void set_both(struct queue *queue, struct model *model, uint32_t slot, int64_t time)
{
    queue_set(queue, slot, time);
    model->time[slot] = time;
    model->sequence[slot] = model->next_sequence++;
}

static void set_both_last(struct queue *queue, struct model *model, uint32_t slot, int64_t time)
{
    queue_set_last(queue, slot, time);
    model->time[slot] = time;
    model->sequence[slot] = UINT64_MAX;
}

static void take_both(struct queue *queue, struct model *model)
{
    uint32_t slot = 0;
    int64_t time = 0;
    uint32_t expected = model_first(model);
    bool taken = queue_take(queue, &slot, &time);
    ck_assert(taken == (model->time[expected] != TIME_NEVER));
    if (!taken)
        return;
    ck_assert_uint_eq(slot, expected);
    ck_assert_int_eq(time, model->time[expected]);
    model->now = time;
    model->time[expected] = TIME_NEVER;
}

static void grow_both(struct queue *queue, struct model *model, struct random *random)
{
    uint32_t slots = model->slots + (uint32_t)random_below(random, 9);
    model->slots = slots < MODEL_SLOTS ? slots : MODEL_SLOTS;
    queue_grow(queue, model->slots);
}

/* `spread` is small, so that many events fall on the same time. */
static void one_random_step(struct queue *queue, struct model *model, struct random *random,
                            uint64_t spread)
{
    uint32_t slot = (uint32_t)random_below(random, model->slots);
    uint64_t dice = random_below(random, 1000);
    if (dice < 100) {
        set_both_last(queue, model, slot, model->now + (int64_t)random_below(random, spread));
    } else if (dice < 450) {
        set_both(queue, model, slot, model->now + (int64_t)random_below(random, spread));
    } else if (dice < 500) {
        queue_cancel(queue, slot);
        model->time[slot] = TIME_NEVER;
    } else if (dice < 950) {
        take_both(queue, model);
    } else if (dice < 970) {
        ck_assert_int_eq(queue_next_time(queue), model->time[model_first(model)]);
    } else if (dice < 998) {
        set_both(queue, model, slot, TIME_NEVER);
    } else {
        grow_both(queue, model, random);
    }
}

TEST_LOOP(random_calls_give_what_a_sorted_list_gives, 0, 24)
{
    static const uint32_t slots[] = {1, 2, 3, 7, 8, 9, 32, 200};
    static const uint64_t spreads[] = {1, 5, 1000};
    struct random random;
    random_init(&random, (uint64_t)_i, 0, "queue", "model");
    struct queue queue;
    struct model model;
    queue_init(&queue, slots[_i % 8]);
    model_init(&model, slots[_i % 8]);
    for (int i = 0; i < 5000; i++) {
        one_random_step(&queue, &model, &random, spreads[_i / 8]);
        queue_check(&queue);
        uint32_t slot = (uint32_t)random_below(&random, model.slots);
        ck_assert_int_eq(queue_when(&queue, slot), model.time[slot]);
    }
    queue_clear(&queue);
}

TEST(events_of_one_time_come_in_the_order_of_arming)
{
    struct queue queue;
    queue_init(&queue, 100);
    for (uint32_t i = 0; i < 100; i++)
        queue_set(&queue, i * 37 % 100, 5);
    queue_set(&queue, 37, 5); /* armed again: now the last */
    for (uint32_t i = 0; i < 100; i++) {
        uint32_t slot = 0;
        int64_t time = 0;
        ck_assert(queue_take(&queue, &slot, &time));
        ck_assert_uint_eq(slot, i == 0 ? 0 : i == 99 ? 37 : (i + 1) * 37 % 100);
    }
    queue_clear(&queue);
}

TEST(a_taken_slot_is_idle_though_its_leaf_is_replayed_later)
{
    struct queue queue;
    uint32_t slot = 0;
    int64_t time = 0;
    queue_init(&queue, 4);
    queue_set(&queue, 2, 10);
    queue_set(&queue, 1, 20);
    ck_assert(queue_take(&queue, &slot, &time));
    ck_assert_int_eq(queue_when(&queue, 2), TIME_NEVER);
    queue_cancel(&queue, 2);
    queue_set(&queue, 0, 10);
    queue_check(&queue);
    ck_assert_int_eq(queue_next_time(&queue), 10);
    ck_assert(queue_take(&queue, &slot, &time) && slot == 0);
    ck_assert(queue_take(&queue, &slot, &time) && slot == 1);
    ck_assert(!queue_take(&queue, &slot, &time));
    ck_assert_int_eq(queue_next_time(&queue), TIME_NEVER);
    queue_clear(&queue);
}

static bool is_odd(const void *user, uint32_t slot)
{
    (void)user;
    return slot % 2 == 1;
}

/* Against a look at every slot, also while the one taken last is idle. */
TEST(the_first_of_some_slots_is_found_among_the_others)
{
    struct queue queue;
    uint32_t slot = 0;
    int64_t time = 0;
    uint64_t state = 1;
    for (uint32_t slots = 1; slots < 40; slots++) {
        queue_init(&queue, slots);
        for (int round = 0; round < 200; round++) {
            state = state * UINT64_C(6364136223846793005) + 1442695040888963407U;
            queue_set(&queue, (uint32_t)(state >> 33) % slots, time + (int64_t)(state >> 50));
            if (round % 3 == 2)
                queue_take(&queue, &slot, &time);
            int64_t first = TIME_NEVER;
            for (uint32_t i = 0; i < slots; i += 2)
                first = min64(first, queue_when(&queue, i));
            ck_assert_int_eq(queue_first_but(&queue, is_odd, NULL), first);
        }
        queue_clear(&queue);
        time = 0;
    }
}

TEST(who_makes_up_for_the_past_may_arm_slots_in_it)
{
    struct queue queue;
    uint32_t slot = 0;
    int64_t time = 0;
    queue_init(&queue, 2);
    queue_set(&queue, 0, 10);
    queue_take(&queue, &slot, &time);
    int64_t bound = queue_bound(&queue, 0);
    ck_assert_int_eq(bound, 10);
    queue_set(&queue, 1, 5);
    ck_assert_int_eq(queue_next_time(&queue), 5);
    queue_set(&queue, 1, 15);
    ck_assert_int_eq(queue_bound(&queue, bound), 0);
    ck_assert(queue_take(&queue, &slot, &time) && slot == 1 && time == 15);
    queue_clear(&queue);
}

TEST(an_empty_queue_has_nothing_and_can_grow)
{
    struct queue queue;
    uint32_t slot = 0;
    int64_t time = 0;
    queue_init(&queue, 0);
    ck_assert(!queue_take(&queue, &slot, &time));
    queue_grow(&queue, 5);
    queue_set(&queue, 4, 1);
    ck_assert(queue_take(&queue, &slot, &time) && slot == 4 && time == 1);
    queue_clear(&queue);
}

/* As a hundred thousand connections need, which wait on a path of a day. */
TEST(slots_may_be_more_than_a_million)
{
    struct queue queue;
    uint32_t slot, slots = 3u << 20;
    int64_t time;
    queue_init(&queue, 1);
    queue_set(&queue, 0, 5);
    queue_grow(&queue, slots);
    queue_set(&queue, slots - 1, 5);
    queue_set(&queue, slots - 2, 4);
    ck_assert(queue_take(&queue, &slot, &time));
    ck_assert_uint_eq(slot, slots - 2);
    ck_assert(queue_take(&queue, &slot, &time));
    ck_assert_uint_eq(slot, 0);
    ck_assert(queue_take(&queue, &slot, &time));
    ck_assert_uint_eq(slot, slots - 1);
    queue_check(&queue);
    queue_clear(&queue);
}

static void set_before_now(void)
{
    struct queue queue;
    uint32_t slot;
    int64_t time;
    queue_init(&queue, 1);
    queue_set(&queue, 0, 5);
    queue_take(&queue, &slot, &time);
    queue_set(&queue, 0, 4);
}

static void set_a_slot_too_far(void)
{
    struct queue queue;
    queue_init(&queue, 3);
    queue_set(&queue, 3, 1);
}

TEST_SIGNAL(an_event_in_the_past_or_outside_the_slots_is_our_bug, SIGABRT, 0, 2)
{
    if (_i == 0)
        set_before_now();
    else
        set_a_slot_too_far();
}
