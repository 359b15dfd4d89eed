/* Counted bytes on one direction of a connection: conservation, exact rates, the instants at which
 * a piece ends, silence, and what asking at other times may change.
 *
 * The source here is made of straight lines and may deal its bytes in commands of `grain` bytes. */
#include "models/net/pipe.h"
#include "sim/engine/random.h"
#include "sim/engine/time.h"
#include <check.h>
#include <stdlib.h>

#define LINES 12
#define MS    NS_PER_MS
#define S     NS_PER_S

struct lines {
    int64_t t[LINES], rate[LINES], offset[LINES]; /* from t on, `rate` above `offset` */
    int count;
    int64_t grain;
};

static int line_at(const struct lines *lines, int64_t t)
{
    int i = lines->count - 1;
    while (i > 0 && lines->t[i] > t)
        i--;
    return i;
}

static int64_t lines_at(const void *user, int64_t t)
{
    const struct lines *lines = user;
    int i = line_at(lines, t);
    if (t < lines->t[i])
        return 0;
    int64_t bytes = lines->offset[i] + mul_div(t - lines->t[i], lines->rate[i], S);
    return bytes - bytes % lines->grain;
}

static int64_t lines_when(const void *user, int64_t position, int64_t now)
{
    (void)now;
    int64_t low = -1, high = 4000 * S;
    if (lines_at(user, high) < position)
        return TIME_NEVER;
    while (high - low > 1) {
        int64_t middle = low + (high - low) / 2;
        if (lines_at(user, middle) >= position)
            high = middle;
        else
            low = middle;
    }
    return high;
}

static int64_t rate_change(const struct lines *lines, int64_t t, int64_t limit, bool above)
{
    int i = line_at(lines, t);
    if ((lines->rate[i] > limit) == above)
        return t;
    for (i++; i < lines->count; i++)
        if ((lines->rate[i] > limit) == above)
            return lines->t[i];
    return TIME_NEVER;
}

static int64_t rate_above(const void *user, int64_t t, int64_t limit)
{
    return rate_change(user, t, limit, true);
}

static int64_t rate_below(const void *user, int64_t t, int64_t limit)
{
    return rate_change(user, t, limit, false);
}

static struct source source_of(const struct lines *lines)
{
    return (struct source){lines_at, lines_when, rate_above, rate_below, lines};
}

static void add_line(struct lines *lines, int64_t t, int64_t rate)
{
    int i = lines->count++;
    ck_assert_int_lt(i, LINES);
    lines->t[i] = t;
    lines->rate[i] = rate;
    lines->offset[i] =
        i == 0 ? 0 : lines->offset[i - 1] + mul_div(t - lines->t[i - 1], lines->rate[i - 1], S);
}

/* `bytes` at once at time 0, nothing more. */
static struct lines payload(int64_t bytes)
{
    struct lines lines = {.grain = 1};
    add_line(&lines, 0, 0);
    lines.offset[0] = bytes;
    return lines;
}

/* ---- exact figures ---- */

static const struct {
    int64_t bytes, rate;
} RUNS[] = {{1, 1},         {1, 3}, {1000, 7}, {999999937, 1000000}, {123456789, 12500000},
            {5, 1000000000}};

START_TEST(a_payload_of_n_bytes_at_r_bytes_per_second_takes_n_over_r_rounded_up)
{
    struct lines lines = payload(RUNS[_i].bytes);
    struct source source = source_of(&lines);
    struct pipe pipe;
    pipe_init(&pipe, 0, 250, RUNS[_i].rate, 0);
    int64_t whole = mul_div_up(RUNS[_i].bytes, S, RUNS[_i].rate);
    ck_assert_int_eq(pipe_replan(&pipe, &source, 0), whole);
    ck_assert_int_eq(pipe_when_arrived(&pipe, &source, RUNS[_i].bytes, 0), whole + 250);
    for (int64_t part = 1; part <= RUNS[_i].bytes; part += 1 + RUNS[_i].bytes / 50) {
        int64_t t = mul_div_up(part, S, RUNS[_i].rate);
        ck_assert_int_ge(pipe_left(&pipe, &source, t), part);
        ck_assert_int_lt(pipe_left(&pipe, &source, t - 1), part);
        ck_assert_int_eq(pipe_arrived(&pipe, &source, t + 250), pipe_left(&pipe, &source, t));
    }
}
END_TEST

START_TEST(the_senders_kernel_takes_a_buffer_more_than_what_left)
{
    struct lines lines = payload(10000);
    struct source source = source_of(&lines);
    struct pipe pipe;
    pipe_init(&pipe, 0, 0, 1000, 4000);
    pipe_replan(&pipe, &source, 0);
    ck_assert_int_eq(pipe_sent(&pipe, &source, 0), 4000);
    ck_assert_int_eq(pipe_sent(&pipe, &source, 2 * S), 6000);
    ck_assert_int_eq(pipe_sent(&pipe, &source, 7 * S), 10000);
    ck_assert_int_eq(pipe_when_sent(&pipe, &source, 10000, 0), 6 * S);
    ck_assert_int_eq(pipe_when_sent(&pipe, &source, 10001, 0), TIME_NEVER);
}
END_TEST

START_TEST(a_path_faster_than_the_source_catches_up_when_the_lines_meet)
{
    struct lines lines = payload(3000); /* 3000 + 1000 t = 4000 t: after one second */
    lines.rate[0] = 1000;
    struct source source = source_of(&lines);
    struct pipe pipe;
    pipe_init(&pipe, 0, 10 * MS, 4000, 0);
    int64_t due = pipe_replan(&pipe, &source, 0);
    ck_assert_int_le(due, S);
    ck_assert_int_gt(due, S - MS); /* where less than a byte is left */
    ck_assert_int_eq(pipe_left(&pipe, &source, due), lines_at(&lines, due));
    ck_assert_int_eq(pipe_replan(&pipe, &source, due), TIME_NEVER);
    ck_assert_int_eq(pipe.pieces[pipe.count - 1].kind, PIECE_FOLLOW);
    ck_assert_int_eq(pipe_left(&pipe, &source, 5 * S), 8000);
    ck_assert_int_eq(pipe_when_arrived(&pipe, &source, 8000, 5 * S), 5 * S + 10 * MS);
}
END_TEST

START_TEST(
    a_source_faster_than_the_path_is_followed_until_it_gets_faster_and_run_after_until_caught)
{
    struct lines lines = {.grain = 1};
    add_line(&lines, 0, 1000);
    add_line(&lines, 2 * S, 9000); /* the path gives 3000 */
    add_line(&lines, 3 * S, 0);    /* 11000 in all: (11000 - 2000) / 3000 after 2 s */
    struct source source = source_of(&lines);
    struct pipe pipe;
    pipe_init(&pipe, 0, 0, 3000, 0);
    ck_assert_int_eq(pipe_replan(&pipe, &source, 0), 2 * S);
    int64_t due = pipe_replan(&pipe, &source, 2 * S);
    ck_assert_int_eq(pipe_left(&pipe, &source, 2 * S + S / 2), 3500);
    while (pipe.pieces[pipe.count - 1].kind == PIECE_RUN && due < 10 * S)
        due = pipe_replan(&pipe, &source, due);
    ck_assert_int_eq(pipe.pieces[pipe.count - 1].kind, PIECE_FOLLOW);
    ck_assert_int_eq(pipe.pieces[pipe.count - 1].t, 5 * S);
    ck_assert_int_eq(pipe_left(&pipe, &source, 5 * S - 1), 10999);
    ck_assert_int_eq(pipe_left(&pipe, &source, 5 * S), 11000);
}
END_TEST

START_TEST(nothing_passes_a_limit_and_the_instant_at_which_it_is_reached_is_told)
{
    struct lines lines = payload(10000);
    struct source source = source_of(&lines);
    struct pipe pipe;
    pipe_init(&pipe, 0, 0, 1000, 2000);
    pipe.limit = 4500;
    ck_assert_int_eq(pipe_replan(&pipe, &source, 0), 4500 * MS);
    ck_assert_int_eq(pipe_replan(&pipe, &source, 4500 * MS), TIME_NEVER);
    ck_assert_int_eq(pipe_left(&pipe, &source, 9 * S), 4500);
    ck_assert_int_eq(pipe_sent(&pipe, &source, 9 * S), 6500);
    pipe.limit = INT64_MAX;
    pipe_replan(&pipe, &source, 10 * S);
    ck_assert_int_eq(pipe_left(&pipe, &source, 9 * S), 4500);
    ck_assert_int_eq(pipe_left(&pipe, &source, 11 * S), 5500);
}
END_TEST

START_TEST(a_jump_of_the_source_goes_at_the_paths_rate_when_frozen_before)
{
    struct lines lines = {.grain = 1};
    add_line(&lines, 0, 100);
    struct source source = source_of(&lines);
    struct pipe pipe;
    pipe_init(&pipe, 0, 0, 1000, 0);
    pipe_replan(&pipe, &source, 0);
    pipe_freeze(&pipe, &source, 2 * S);
    add_line(&lines, 2 * S, 0);
    lines.offset[1] += 3000;
    pipe_replan(&pipe, &source, 2 * S);
    ck_assert_int_eq(pipe_left(&pipe, &source, 2 * S), 200);
    ck_assert_int_eq(pipe_left(&pipe, &source, 3 * S), 1200);
    ck_assert_int_eq(pipe_when_arrived(&pipe, &source, 3200, 2 * S), 5 * S);
}
END_TEST

START_TEST(silence_takes_back_what_is_on_the_wire_and_sends_it_again)
{
    struct lines lines = payload(10000);
    struct source source = source_of(&lines);
    struct pipe pipe;
    pipe_init(&pipe, 0, S, 1000, 0);
    pipe_replan(&pipe, &source, 0);
    pipe_silence(&pipe, &source, 3 * S); /* 3000 left, 2000 arrived */
    ck_assert_int_eq(pipe_replan(&pipe, &source, 3 * S), TIME_NEVER);
    ck_assert_int_eq(pipe_arrived(&pipe, &source, 3 * S), 2000);
    ck_assert_int_eq(pipe_arrived(&pipe, &source, 20 * S), 2000);
    ck_assert_int_eq(pipe_when_arrived(&pipe, &source, 2001, 20 * S), TIME_NEVER);
    pipe.is_silent = false;
    pipe_replan(&pipe, &source, 20 * S);
    ck_assert_int_eq(pipe_when_arrived(&pipe, &source, 10000, 20 * S), 29 * S);
    ck_assert_int_eq(pipe_arrived(&pipe, &source, 21 * S), 2000);
    ck_assert_int_eq(pipe_arrived(&pipe, &source, 22 * S), 3000);
}
END_TEST

START_TEST(another_latency_keeps_what_arrived)
{
    struct lines lines = payload(10000);
    struct source source = source_of(&lines);
    struct pipe pipe;
    pipe_init(&pipe, 0, S, 1000, 0);
    pipe_replan(&pipe, &source, 0);
    pipe_set_latency(&pipe, &source, 4 * S, 3 * S); /* 3000 arrived; 1000 would have */
    ck_assert_int_eq(pipe_arrived(&pipe, &source, 4 * S), 3000);
    ck_assert_int_eq(pipe_arrived(&pipe, &source, 6 * S), 3000);
    ck_assert_int_eq(pipe_arrived(&pipe, &source, 8 * S), 5000);
    pipe_set_latency(&pipe, &source, 8 * S, 0);
    ck_assert_int_eq(pipe_arrived(&pipe, &source, 8 * S), 8000);
}
END_TEST

/* ---- any source, any changes ---- */

struct play {
    struct lines lines;
    struct source source;
    struct pipe pipe;
    struct random random;
    int64_t now, due;
    int64_t left, sent, arrived; /* when last looked at */
};

static void begin_play(struct play *play, uint64_t seed, int64_t grain)
{
    static const int64_t rates[] = {0, 17, 1000, 20000, 1000000};
    random_init(&play->random, seed, 0, "pipe", "test");
    play->lines = (struct lines){.grain = grain};
    for (int i = 0; i < LINES; i++)
        add_line(&play->lines, i * S, rates[random_below(&play->random, 5)]);
    play->lines.offset[0] = 0;
    play->source = source_of(&play->lines);
    pipe_init(&play->pipe, 0, (int64_t)random_below(&play->random, 300) * MS, 10000,
              (int64_t)random_below(&play->random, 5000));
    play->now = play->left = play->sent = play->arrived = 0;
    play->due = pipe_replan(&play->pipe, &play->source, 0);
}

static void look(struct play *play)
{
    int64_t left = pipe_left(&play->pipe, &play->source, play->now);
    int64_t sent = pipe_sent(&play->pipe, &play->source, play->now);
    int64_t arrived = pipe_arrived(&play->pipe, &play->source, play->now);
    ck_assert_int_le(sent, lines_at(&play->lines, play->now));
    ck_assert_int_le(arrived, left);
    ck_assert(play->pipe.is_silent || left <= sent);
    ck_assert(play->pipe.is_silent || left >= play->left);
    ck_assert_int_ge(sent, play->sent);
    ck_assert_int_ge(arrived, play->arrived);
    play->left = left;
    play->sent = sent;
    play->arrived = arrived;
}

static void change(struct play *play)
{
    static const int64_t rates[] = {0, 1, 500, 10000, 50000, 10000000};
    struct pipe *pipe = &play->pipe;
    switch (random_below(&play->random, 5)) {
    case 0:
        pipe->rate = rates[random_below(&play->random, 6)];
        break;
    case 1:
        if (!pipe->is_silent)
            pipe_silence(pipe, &play->source, play->now);
        play->left = 0;
        break;
    case 2:
        pipe->is_silent = false;
        break;
    case 3:
        pipe->limit = random_below(&play->random, 2) == 0
                          ? INT64_MAX
                          : pipe_left(pipe, &play->source, play->now) +
                                (int64_t)random_below(&play->random, 3000);
        break;
    default:
        pipe_freeze(pipe, &play->source, play->now);
        break;
    }
    play->due = pipe_replan(pipe, &play->source, play->now);
}

/* To `t`, planning when it is due and looking in between. */
static void go(struct play *play, int64_t t)
{
    for (int steps = 0; play->now < t; steps++) {
        ck_assert_int_lt(steps, 100000);
        int64_t next = play->now + 1 + (int64_t)random_below(&play->random, 20 * MS);
        next = next < t ? next : t;
        play->now = next < play->due ? next : play->due;
        if (play->now == play->due)
            play->due = pipe_replan(&play->pipe, &play->source, play->now);
        look(play);
    }
}

START_TEST(whatever_happens_bytes_are_conserved_and_nothing_is_lost_or_repeated)
{
    struct play play;
    begin_play(&play, (uint64_t)_i, _i % 3 == 0 ? 700 : 1);
    for (int i = 1; i < 40; i++) {
        go(&play, i * (LINES * S / 40) + (int64_t)random_below(&play.random, 100 * MS));
        change(&play);
        look(&play);
    }
    play.pipe.is_silent = false;
    play.pipe.limit = INT64_MAX;
    play.pipe.rate = 100000000;
    int64_t end = lines_at(&play.lines, play.now); /* nothing more is produced */
    play.lines.t[LINES - 1] = play.now;
    play.lines.offset[LINES - 1] = end;
    play.lines.rate[LINES - 1] = 0;
    play.due = pipe_replan(&play.pipe, &play.source, play.now);
    go(&play, play.now + 20 * S);
    ck_assert_int_eq(play.arrived, lines_at(&play.lines, play.now));
}
END_TEST

START_TEST(what_has_arrived_is_what_left_a_latency_before)
{
    struct play play;
    begin_play(&play, (uint64_t)_i, 1);
    int64_t past[64], t[64];
    int count = 0;
    for (int i = 0; i < 64; i++) {
        go(&play, (i + 1) * 50 * MS);
        t[count] = play.now;
        past[count++] = play.left;
        for (int k = 0; k < count; k++)
            if (t[k] + play.pipe.latency >= play.now) {
                ck_assert_int_eq(pipe_arrived(&play.pipe, &play.source, t[k] + play.pipe.latency),
                                 past[k]);
                break;
            }
    }
}
END_TEST

/* The most by which one plan, looked at when due only, and one that is also made at any other time
 * differ. */
static int64_t difference_by_asking(uint64_t seed, int64_t grain)
{
    struct play calm, asked;
    struct random times;
    int64_t most = 0;
    begin_play(&calm, seed, grain);
    begin_play(&asked, seed, grain);
    calm.source.user = &calm.lines;
    asked.source.user = &asked.lines;
    random_init(&times, seed, 0, "times", "test");
    for (int64_t t = 0; t < LINES * S;) {
        t += 1 + (int64_t)random_below(&times, 30 * MS);
        go(&calm, t);
        go(&asked, t);
        asked.due = pipe_replan(&asked.pipe, &asked.source, t);
        look(&asked);
        int64_t difference = llabs(asked.left - calm.left);
        most = difference > most ? difference : most;
    }
    return most;
}

START_TEST(a_plan_made_at_more_times_differs_by_a_byte_at_most)
{
    ck_assert_int_le(difference_by_asking((uint64_t)_i, 1), 1);
}
END_TEST

/* A path that is slower than the mean of a source keeps the time it had nothing to send in hand,
 * until it is planned anew. */
START_TEST(a_plan_made_at_more_times_differs_by_one_command_at_most)
{
    ck_assert_int_le(difference_by_asking((uint64_t)_i, 700), 700);
}
END_TEST

static void add_exact(TCase *cases)
{
    tcase_add_loop_test(cases, a_payload_of_n_bytes_at_r_bytes_per_second_takes_n_over_r_rounded_up,
                        0, sizeof RUNS / sizeof RUNS[0]);
    tcase_add_test(cases, the_senders_kernel_takes_a_buffer_more_than_what_left);
    tcase_add_test(cases, a_path_faster_than_the_source_catches_up_when_the_lines_meet);
    tcase_add_test(
        cases,
        a_source_faster_than_the_path_is_followed_until_it_gets_faster_and_run_after_until_caught);
    tcase_add_test(cases, nothing_passes_a_limit_and_the_instant_at_which_it_is_reached_is_told);
    tcase_add_test(cases, a_jump_of_the_source_goes_at_the_paths_rate_when_frozen_before);
    tcase_add_test(cases, silence_takes_back_what_is_on_the_wire_and_sends_it_again);
    tcase_add_test(cases, another_latency_keeps_what_arrived);
}

int main(void)
{
    TCase *cases = tcase_create("pipe");
    add_exact(cases);
    tcase_add_loop_test(cases, whatever_happens_bytes_are_conserved_and_nothing_is_lost_or_repeated,
                        0, 60);
    tcase_add_loop_test(cases, what_has_arrived_is_what_left_a_latency_before, 0, 20);
    tcase_add_loop_test(cases, a_plan_made_at_more_times_differs_by_a_byte_at_most, 0, 40);
    tcase_add_loop_test(cases, a_plan_made_at_more_times_differs_by_one_command_at_most, 0, 40);
    Suite *suite = suite_create("pipe");
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
