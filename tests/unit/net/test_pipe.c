/* Counted bytes on one direction: a source of constant steps, planned as the network does it. */
#include "models/net/pipe.h"
#include <stdlib.h>
#include "sim/engine/random.h"
#include "sim/engine/time.h"
#include "tests/unit/suite.h"

#define STEPS   12
#define STEP    NS_PER_S
#define END     (20 * STEP)
#define LATENCY (20 * NS_PER_MS)

/* `burst` bytes at once at 0, then rates[i] bytes per second in second i; then nothing. */
struct steps {
    int64_t burst;
    int64_t rates[STEPS];
};

static int64_t steps_at(const void *user, int64_t t)
{
    const struct steps *steps = user;
    int64_t sum = steps->burst;
    for (int64_t i = 0; i < STEPS && i * STEP < t; i++)
        sum += mul_div(t - i * STEP < STEP ? t - i * STEP : STEP, steps->rates[i], NS_PER_S);
    return sum;
}

static int64_t steps_when(const void *user, int64_t position, int64_t now)
{
    (void)now;
    const struct steps *steps = user;
    int64_t sum = steps->burst;
    if (position <= sum)
        return 0;
    for (int64_t i = 0; i < STEPS; i++) {
        if (position <= sum + steps->rates[i])
            return i * STEP + mul_div_up(position - sum, NS_PER_S, steps->rates[i]);
        sum += steps->rates[i];
    }
    return TIME_NEVER;
}

static int64_t first_rate(const struct steps *steps, int64_t t, int64_t limit, bool above)
{
    for (int64_t i = t / STEP; i < STEPS; i++)
        if ((steps->rates[i] > limit) == above)
            return i * STEP > t ? i * STEP : t;
    return above ? TIME_NEVER : t > STEPS * STEP ? t : STEPS * STEP;
}

static int64_t steps_above(const void *user, int64_t t, int64_t limit)
{
    return first_rate(user, t, limit, true);
}

static int64_t steps_below(const void *user, int64_t t, int64_t limit)
{
    return first_rate(user, t, limit, false);
}

static struct source source_of(const struct steps *steps)
{
    return (struct source){steps_at, steps_when, steps_above, steps_below, steps};
}

static struct steps random_steps(struct random *random)
{
    struct steps steps = {.burst = (int64_t)random_below(random, 3000)};
    for (int i = 0; i < STEPS; i++)
        steps.rates[i] = (int64_t)random_below(random, 20000);
    return steps;
}

/* A pipe with the time at which it wants to be looked at. */
struct run {
    struct pipe pipe;
    struct source source;
    int64_t due;
};

static struct run begin(const struct steps *steps, int64_t latency, int64_t rate)
{
    struct run run = {.source = source_of(steps)};
    pipe_init(&run.pipe, 0, latency, rate, 4000);
    run.due = pipe_replan(&run.pipe, &run.source, 0);
    return run;
}

static void advance(struct run *run, int64_t t)
{
    while (run->due <= t) {
        int64_t now = run->due;
        run->due = pipe_replan(&run->pipe, &run->source, now);
        ck_assert_int_gt(run->due, now);
    }
}

static int64_t left_at(struct run *run, int64_t t)
{
    advance(run, t);
    return pipe_left(&run->pipe, &run->source, t);
}

TEST_LOOP(what_left_arrives_a_latency_later_and_never_falls, 0, 100)
{
    struct random random;
    random_init(&random, (uint64_t)_i, 0, "pipe", "left");
    struct steps steps = random_steps(&random);
    struct run run = begin(&steps, LATENCY, 10000), ahead = run;
    int64_t before = 0;
    for (int64_t t = LATENCY; t < END; t += 3700001) {
        int64_t left = left_at(&ahead, t - LATENCY);
        advance(&run, t);
        int64_t arrived = pipe_arrived(&run.pipe, &run.source, t);
        int64_t sent = pipe_sent(&run.pipe, &run.source, t);
        ck_assert_int_eq(arrived, left);
        ck_assert_int_ge(arrived, before);
        ck_assert_int_le(pipe_left(&run.pipe, &run.source, t), sent);
        ck_assert_int_le(sent, steps_at(&steps, t));
        before = arrived;
    }
    ck_assert_int_eq(before, steps_at(&steps, END));
}

TEST(many_changes_within_a_latency_let_nothing_arrive_early)
{
    struct steps steps = {.burst = 1000000000};
    struct run run = begin(&steps, 100 * NS_PER_MS, 1000000);
    int64_t left[40];
    for (int64_t i = 0; i < 40; i++) {
        int64_t t = i * 10 * NS_PER_MS;
        left[i] = left_at(&run, t);
        int64_t arrived = pipe_arrived(&run.pipe, &run.source, t);
        ck_assert_int_eq(arrived, i < 10 ? 0 : left[i - 10]);
        run.pipe.rate = 1000000 + i % 2 * 1000000;
        run.due = pipe_replan(&run.pipe, &run.source, t);
    }
}

TEST_LOOP(another_latency_takes_back_nothing_that_arrived, 0, 50)
{
    struct random random;
    random_init(&random, (uint64_t)_i, 0, "pipe", "latency");
    struct steps steps = random_steps(&random);
    struct run run = begin(&steps, LATENCY, 10000);
    int64_t before = 0;
    for (int64_t t = LATENCY; t < END; t += 13 * NS_PER_MS) {
        advance(&run, t);
        int64_t arrived = pipe_arrived(&run.pipe, &run.source, t);
        ck_assert_int_ge(arrived, before);
        ck_assert_int_le(arrived, pipe_left(&run.pipe, &run.source, t));
        before = arrived;
        if (random_below(&random, 20) == 0)
            pipe_set_latency(&run.pipe, &run.source, t, (int64_t)random_below(&random, LATENCY));
        ck_assert_int_ge(pipe_arrived(&run.pipe, &run.source, t), before);
    }
    ck_assert_int_eq(before, steps_at(&steps, END));
}

TEST_LOOP(n_bytes_take_the_time_that_the_rate_gives, 0, 5)
{
    static const int64_t rows[][2] = {{1, 3}, {1000, 7}, {7, 1000}, {123456789, 12345678}, {9, 9}};
    struct steps steps = {.burst = rows[_i][0]};
    struct run run = begin(&steps, LATENCY, rows[_i][1]);
    int64_t takes = mul_div_up(rows[_i][0], NS_PER_S, rows[_i][1]);
    ck_assert_int_eq(pipe_when_arrived(&run.pipe, &run.source, rows[_i][0], 0), takes + LATENCY);
    ck_assert_int_eq(
        pipe_when_sent(&run.pipe, &run.source, rows[_i][0] < 4000 ? rows[_i][0] : 1, 0), 0);
    ck_assert_int_eq(left_at(&run, takes - 1), rows[_i][0] - 1);
    ck_assert_int_eq(left_at(&run, takes), rows[_i][0]);
    ck_assert_int_eq(left_at(&run, takes + END), rows[_i][0]);
}

TEST_LOOP(a_limit_stops_it_and_lifting_it_goes_on, 0, 100)
{
    struct random random;
    random_init(&random, (uint64_t)_i, 0, "pipe", "limit");
    struct steps steps = random_steps(&random);
    struct run run = begin(&steps, LATENCY, 10000);
    run.pipe.limit = 1 + (int64_t)random_below(&random, (uint64_t)steps_at(&steps, 5 * STEP));
    run.due = pipe_replan(&run.pipe, &run.source, 0);
    for (int64_t t = 0; t < 15 * STEP; t += 7300001)
        ck_assert_int_le(left_at(&run, t), run.pipe.limit);
    ck_assert_int_eq(left_at(&run, 15 * STEP), run.pipe.limit);
    run.pipe.limit = INT64_MAX;
    run.due = pipe_replan(&run.pipe, &run.source, 15 * STEP);
    int64_t end = 15 * STEP + mul_div_up(steps_at(&steps, END), NS_PER_S, 10000);
    ck_assert_int_eq(left_at(&run, end), steps_at(&steps, END));
}

TEST_LOOP(silence_rolls_back_what_is_on_the_way_and_loses_nothing, 0, 100)
{
    struct random random;
    random_init(&random, (uint64_t)_i, 0, "pipe", "silence");
    struct steps steps = random_steps(&random);
    struct run run = begin(&steps, LATENCY, 10000);
    int64_t t = 0, before = 0;
    for (int i = 0; i < 10; i++) {
        t += 1 + (int64_t)random_below(&random, STEP);
        advance(&run, t);
        int64_t arrived = pipe_arrived(&run.pipe, &run.source, t);
        int64_t sent = pipe_sent(&run.pipe, &run.source, t);
        ck_assert_int_ge(arrived, before);
        pipe_silence(&run.pipe, &run.source, t);
        run.due = pipe_replan(&run.pipe, &run.source, t);
        ck_assert_int_eq(run.due, TIME_NEVER);
        t += 1 + (int64_t)random_below(&random, STEP);
        ck_assert_int_eq(left_at(&run, t), arrived);
        ck_assert_int_eq(pipe_arrived(&run.pipe, &run.source, t), arrived);
        ck_assert_int_ge(pipe_sent(&run.pipe, &run.source, t), sent);
        run.pipe.is_silent = false;
        run.due = pipe_replan(&run.pipe, &run.source, t);
        before = arrived;
    }
    t += END + mul_div_up(steps_at(&steps, END), NS_PER_S, 10000);
    advance(&run, t);
    ck_assert_int_eq(pipe_arrived(&run.pipe, &run.source, t), steps_at(&steps, END));
}

TEST_LOOP(looking_more_often_changes_at_most_one_byte, 0, 200)
{
    struct random random;
    random_init(&random, (uint64_t)_i, 0, "pipe", "replan");
    struct steps steps = random_steps(&random);
    struct run plain = begin(&steps, 0, 10000), often = plain;
    for (int64_t t = 0; t < END; t += 1 + (int64_t)random_below(&random, 10 * NS_PER_MS)) {
        advance(&often, t);
        often.due = pipe_replan(&often.pipe, &often.source, t);
        int64_t left = pipe_left(&often.pipe, &often.source, t);
        ck_assert_int_le(llabs(left - left_at(&plain, t)), 1);
    }
}
