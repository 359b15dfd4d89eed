/* The load against an oracle that makes one event per write: it walks every nanosecond of a short
 * run, adds up the rate and keeps a list of all commands. Loads are drawn at random, all shapes and
 * up to three sources. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include "models/load/load.h"
#include "models/load/stays.h"
#include "sim/engine/random.h"
#include "sim/engine/time.h"
#include "tests/unit/suite.h"

#define EVENTS_MAX  200000
#define SOURCES_MAX 3
#define SERIES_MAX  6
#define SEED        UINT64_C(7)
#define PER_NS      INT64_C(1000000000000000000) /* the rate of one command per ns */

__extension__ typedef unsigned __int128 wide;

struct event {
    int64_t t, size, end; /* end: bytes up to and with it */
    uint32_t source, number;
};

/* One random case: the specs, and what they should amount to. */
struct oracle {
    int64_t horizon_ns;
    uint32_t source_count;
    struct load_spec specs[SOURCES_MAX];
    char names[SOURCES_MAX][24];
    int64_t series_ns[SOURCES_MAX][SERIES_MAX], series_bytes[SOURCES_MAX][SERIES_MAX];
    uint32_t count;
    struct event events[EVENTS_MAX];
};

static int64_t between(struct random *random, int64_t low, int64_t high)
{
    return low + (int64_t)random_below(random, (uint64_t)(high - low + 1));
}

static bool one_in(struct random *random, uint64_t n)
{
    return random_below(random, n) == 0;
}

/* Any rate up to one command per ns, all magnitudes alike. */
static int64_t any_rate(struct random *random)
{
    static const int64_t orders[] = {PER_NS, PER_NS / 10, PER_NS / 100, PER_NS / 1000};
    int64_t most = orders[random_below(random, 4)];
    return one_in(random, 8) ? most : between(random, 0, most);
}

/* At most one byte per ns; half of the series begin with an origin. */
static void draw_series(struct random *random, struct load_spec *spec, int64_t *ns, int64_t *bytes)
{
    bool has_origin = one_in(random, 2);
    int64_t t = spec->from_ns;
    int64_t sum = has_origin ? 1000 : 0;
    for (uint32_t i = 0; i < SERIES_MAX; i++) {
        int64_t gap_ns = has_origin && i == 0 ? 0 : between(random, 1, 1000);
        ns[i] = t += gap_ns;
        bytes[i] = sum += between(random, 0, gap_ns);
    }
    spec->series_ns = ns;
    spec->series_bytes = bytes;
    spec->series_count = SERIES_MAX;
}

static void draw_shape(struct random *random, struct oracle *oracle, uint32_t i)
{
    struct load_spec *spec = &oracle->specs[i];
    switch (random_below(random, 5)) {
    case 0:
        if (i == 0)
            spec->rate_end = any_rate(random);
        break;
    case 1:
        spec->on_ns = between(random, 1, 900);
        spec->off_ns = between(random, 0, 900);
        spec->rate_off = one_in(random, 2) ? 0 : any_rate(random);
        break;
    case 2:
        spec->high_mean_ns = between(random, 1, 500);
        spec->low_mean_ns = between(random, 1, 500);
        spec->rate_high = any_rate(random);
        break;
    case 3:
        draw_series(random, spec, oracle->series_ns[i], oracle->series_bytes[i]);
        break;
    default:
        break;
    }
}

static void draw_spec(struct random *random, struct oracle *oracle, uint32_t i)
{
    struct load_spec *spec = &oracle->specs[i];
    *spec = (struct load_spec){.name = oracle->names[i], .rate = any_rate(random)};
    spec->rate_end = spec->rate;
    spec->from_ns = one_in(random, 2) ? 0 : between(random, 0, oracle->horizon_ns);
    spec->to_ns = spec->from_ns + between(random, 1, oracle->horizon_ns);
    spec->is_poisson = one_in(random, 3);
    if (one_in(random, 2))
        ck_assert_ptr_null(dist_constant(&spec->command, between(random, 1, 600)));
    else
        ck_assert_ptr_null(dist_uniform(&spec->command, 1, between(random, 2, 600)));
    draw_shape(random, oracle, i);
    if (spec->series_count > 0)
        dist_constant(&spec->command, between(random, 1, 9));
    if (one_in(random, 3))
        spec->tick_ns = between(random, 1, 300);
    if (one_in(random, 3)) {
        spec->ttl_ns = between(random, 1, 2000);
        spec->del_bytes = between(random, 1, 60);
    }
}

/* The naive rate, in 1e-18 commands per ns, of the shapes that are made of constant pieces. */
static int64_t rate_at(const struct load_spec *spec, int64_t t, bool is_high)
{
    if (spec->on_ns > 0)
        return (t - spec->from_ns) % (spec->on_ns + spec->off_ns) < spec->on_ns ? spec->rate
                                                                                : spec->rate_off;
    return is_high ? spec->rate_high : spec->rate;
}

/* High or low at each ns; what the stays themselves are like is tested in test_load_stays. */
static void walk_markov(const struct load_spec *spec, int64_t horizon_ns, bool *is_high)
{
    struct random random;
    struct stays stays;
    struct stay_law law = {spec->high_mean_ns, spec->low_mean_ns, .rate_high = 1, .rate_low = 0};
    random_init(&random, SEED, 1, spec->name, "markov");
    stays_init(&stays, law, &random, spec->from_ns, horizon_ns + 1);
    for (int64_t t = spec->from_ns; t <= horizon_ns; t++)
        is_high[t] = stays_rate(&stays, t) == 1;
    stays_clear(&stays);
}

/* Commands by t of a series: the straight line between two samples, both rounded down. */
static int64_t series_count_at(const struct load_spec *spec, int64_t t)
{
    int64_t size = 0, ns = spec->from_ns, count = 0;
    struct random none = {{1, 2, 3, 4}};
    size = dist_draw(&spec->command, &none);
    int64_t base = spec->series_ns[0] == spec->from_ns ? spec->series_bytes[0] : 0;
    for (uint32_t i = 0; i < spec->series_count; i++) {
        int64_t next = (spec->series_bytes[i] - base) / size;
        if (t < spec->series_ns[i])
            return count + (t - ns) * (next - count) / (spec->series_ns[i] - ns);
        ns = spec->series_ns[i];
        count = next;
    }
    return count;
}

/* Commands that an even source has made by t, for every t up to the horizon. */
static void walk_even(const struct load_spec *spec, int64_t horizon_ns, int64_t *counts)
{
    bool *is_high = calloc((size_t)horizon_ns + 1, sizeof *is_high);
    if (spec->high_mean_ns > 0)
        walk_markov(spec, horizon_ns, is_high);
    int64_t length_ns = spec->to_ns - spec->from_ns;
    wide work = 0; /* 1e-18 commands, times 2 length for ramps */
    for (int64_t t = 0; t < horizon_ns; t++) {
        int64_t x = t - spec->from_ns;
        bool is_active = x >= 0 && t < spec->to_ns;
        if (is_active && spec->rate_end != spec->rate) {
            wide begin = (wide)spec->rate * (wide)(length_ns - x) + (wide)spec->rate_end * (wide)x;
            wide end =
                (wide)spec->rate * (wide)(length_ns - x - 1) + (wide)spec->rate_end * (wide)(x + 1);
            work += begin + end;
        } else if (is_active) {
            work += (wide)rate_at(spec, t, is_high[t]) * (wide)(2 * length_ns);
        }
        counts[t + 1] = (int64_t)(work / ((wide)PER_NS * (wide)(2 * length_ns)));
        if (spec->series_count > 0 && is_active)
            counts[t + 1] = series_count_at(spec, t + 1);
        else if (spec->series_count > 0)
            counts[t + 1] = counts[t];
    }
    free(is_high);
}

/* Poisson counts have no simpler form than the load's own; tick, ttl and sizes are left to the
 * oracle. */
static void walk_poisson(const struct load_spec *spec, int64_t horizon_ns, int64_t *counts)
{
    struct load_spec plain = *spec;
    plain.tick_ns = plain.ttl_ns = 0;
    struct load *load = load_new(SEED, 1, horizon_ns);
    ck_assert_ptr_null(load_add(load, &plain));
    for (int64_t t = 0; t <= horizon_ns; t++)
        counts[t] = load_commands(load, t);
    load_free(load);
}

static void push(struct oracle *oracle, int64_t t, uint32_t source, int64_t size)
{
    if (t > oracle->horizon_ns)
        return;
    ck_assert_uint_lt(oracle->count, EVENTS_MAX);
    uint32_t number = oracle->count++;
    oracle->events[number] =
        (struct event){.t = t, .size = size, .source = source, .number = number};
}

static void add_events(struct oracle *oracle, uint32_t i)
{
    const struct load_spec *spec = &oracle->specs[i];
    int64_t *counts = calloc((size_t)oracle->horizon_ns + 1, sizeof *counts);
    if (spec->is_poisson)
        walk_poisson(spec, oracle->horizon_ns, counts);
    else
        walk_even(spec, oracle->horizon_ns, counts);
    int64_t deck[4096];
    struct random random;
    random_init(&random, SEED, 1, spec->name, "size");
    for (uint32_t k = 0; k < 4096; k++)
        deck[k] = dist_draw(&spec->command, &random);
    int64_t done = 0;
    for (int64_t t = 0; t <= oracle->horizon_ns; t++) {
        int64_t at = t;
        while (spec->tick_ns > 0 && at % spec->tick_ns != 0)
            at++;
        for (; done < counts[t]; done++) {
            push(oracle, at, 2 * i, deck[done % 4096]);
            if (spec->ttl_ns > 0)
                push(oracle, at + spec->ttl_ns, 2 * i + 1, spec->del_bytes);
        }
    }
    free(counts);
}

static int by_time(const void *a, const void *b)
{
    const struct event *x = a, *y = b;
    if (x->t != y->t)
        return x->t < y->t ? -1 : 1;
    if (x->source != y->source)
        return x->source < y->source ? -1 : 1;
    return x->number < y->number ? -1 : 1;
}

static void draw_oracle(struct oracle *oracle, struct random *random, int64_t horizon_ns)
{
    oracle->horizon_ns = horizon_ns;
    oracle->count = 0;
    oracle->source_count = (uint32_t)between(random, 1, SOURCES_MAX);
    for (uint32_t i = 0; i < oracle->source_count; i++) {
        snprintf(oracle->names[i], sizeof oracle->names[i], "load-%u", i);
        draw_spec(random, oracle, i);
    }
}

static void fill_oracle(struct oracle *oracle)
{
    for (uint32_t i = 0; i < oracle->source_count; i++)
        add_events(oracle, i);
    qsort(oracle->events, oracle->count, sizeof oracle->events[0], by_time);
    int64_t end = 0;
    for (uint32_t i = 0; i < oracle->count; i++)
        oracle->events[i].end = end += oracle->events[i].size;
}

static struct load *compile(const struct oracle *oracle)
{
    struct load *load = load_new(SEED, 1, oracle->horizon_ns);
    for (uint32_t i = 0; i < oracle->source_count; i++) {
        const char *wrong = load_add(load, &oracle->specs[i]);
        ck_assert_msg(wrong == NULL, "%s", wrong);
    }
    return load;
}

/* Events at or before t. */
static uint32_t events_by(const struct oracle *oracle, int64_t t)
{
    uint32_t low = 0, high = oracle->count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (oracle->events[middle].t <= t)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Events that end at or before a byte. */
static uint32_t events_within(const struct oracle *oracle, int64_t bytes)
{
    uint32_t low = 0, high = oracle->count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (oracle->events[middle].end <= bytes)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void check_time(const struct oracle *oracle, const struct load *load, int64_t t)
{
    if (t < 0 || t > oracle->horizon_ns)
        return;
    uint32_t n = events_by(oracle, t);
    const struct event *events = oracle->events;
    ck_assert_int_eq(load_commands(load, t), n);
    ck_assert_int_eq(load_bytes(load, t), n > 0 ? events[n - 1].end : 0);
    ck_assert_int_eq(load_last(load, t), n > 0 ? events[n - 1].t : -1);
    ck_assert_int_eq(load_next(load, t), n < oracle->count ? events[n].t : TIME_NEVER);
}

static void check_bytes(const struct oracle *oracle, const struct load *load, int64_t bytes)
{
    int64_t total = oracle->count > 0 ? oracle->events[oracle->count - 1].end : 0;
    if (bytes < 0 || bytes > total)
        return;
    uint32_t n = events_within(oracle, bytes);
    int64_t boundary = n > 0 ? oracle->events[n - 1].end : 0;
    ck_assert_int_eq(load_boundary(load, bytes), boundary);
    ck_assert_int_eq(load_boundary(load, boundary), boundary);
    ck_assert_int_eq(load_commands_to(load, bytes), n);
    if (bytes == 0)
        return;
    int64_t when = load_when(load, bytes);
    ck_assert_int_eq(when, oracle->events[events_within(oracle, bytes - 1)].t);
    ck_assert_int_ge(load_bytes(load, when), bytes);
    ck_assert_int_lt(load_bytes(load, when - 1), bytes);
}

static void check_case(const struct oracle *oracle, struct random *random)
{
    struct load *load = compile(oracle);
    int64_t total = load_bytes(load, oracle->horizon_ns);
    check_time(oracle, load, 0);
    check_time(oracle, load, oracle->horizon_ns);
    ck_assert_int_eq(load_when(load, total + 1), TIME_NEVER);
    for (uint32_t i = 0; i < 150; i++) {
        check_time(oracle, load, between(random, 0, oracle->horizon_ns));
        check_bytes(oracle, load, between(random, 0, total));
        if (oracle->count == 0)
            continue;
        const struct event *event = &oracle->events[random_below(random, oracle->count)];
        for (int64_t off = -1; off <= 1; off++) {
            check_time(oracle, load, event->t + off);
            check_bytes(oracle, load, event->end + off);
        }
    }
    load_free(load);
}

TEST_LOOP(every_answer_is_that_of_a_list_of_all_commands, 0, 10)
{
    struct random random;
    random_init(&random, (uint64_t)_i, 0, "test", "cases");
    struct oracle *oracle = malloc(sizeof *oracle);
    for (uint32_t i = 0; i < 20; i++) {
        draw_oracle(oracle, &random, between(&random, 1, i % 8 == 0 ? 10000 : 2000));
        fill_oracle(oracle);
        check_case(oracle, &random);
    }
    free(oracle);
}

TEST(bytes_never_decrease_and_when_is_their_inverse)
{
    struct random random;
    random_init(&random, 5, 0, "test", "inverse");
    struct oracle *oracle = malloc(sizeof *oracle);
    for (uint32_t i = 0; i < 40; i++) {
        draw_oracle(oracle, &random, 3000);
        struct load *load = compile(oracle);
        int64_t before = 0;
        for (int64_t t = 0; t <= 3000; t++) {
            int64_t bytes = load_bytes(load, t);
            ck_assert_int_ge(bytes, before);
            if (bytes > before)
                ck_assert_int_eq(load_when(load, bytes), t);
            if (bytes > 0)
                ck_assert_int_le(load_when(load, bytes), t);
            before = bytes;
        }
        load_free(load);
    }
    free(oracle);
}

static int64_t scan_rate(const struct load *load, int64_t t, int64_t limit, bool is_above)
{
    for (; t <= 3000; t++)
        if (is_above == (load_rate(load, t) > limit))
            return t;
    return TIME_NEVER;
}

TEST(a_rate_crosses_a_limit_when_a_scan_of_every_nanosecond_says_so)
{
    struct random random;
    random_init(&random, 6, 0, "test", "rates");
    struct oracle *oracle = malloc(sizeof *oracle);
    uint32_t crossings = 0;
    for (uint32_t i = 0; i < 150; i++) {
        draw_oracle(oracle, &random, 3000);
        struct load *load = compile(oracle);
        for (uint32_t k = 0; k < 10; k++) {
            int64_t t = between(&random, 0, 3000);
            int64_t limit = load_rate(load, between(&random, 0, 3000));
            limit += between(&random, -1, 1);
            int64_t above = load_rate_above(load, t, limit);
            ck_assert_int_eq(above, scan_rate(load, t, limit, true));
            ck_assert_int_eq(load_rate_below(load, t, limit), scan_rate(load, t, limit, false));
            crossings += above != TIME_NEVER && above > t;
        }
        load_free(load);
    }
    ck_assert_uint_gt(crossings, 100);
    free(oracle);
}
