/* A stream's answers against each other over random sections, and holds in numbers. */
#include "models/load/stream.h"
#include <stdlib.h>
#include "sim/engine/random.h"
#include "sim/engine/time.h"
#include "tests/unit/suite.h"

#define HORIZON (10 * NS_PER_S)
#define START   INT64_C(1000)

static struct load *made_of(int64_t per_s, int64_t size, bool is_poisson)
{
    struct load *load = load_new(3, 1, HORIZON);
    struct load_spec spec = {.name = "load-0",
                             .to_ns = HORIZON,
                             .rate = per_s * NS_PER_S,
                             .rate_end = per_s * NS_PER_S,
                             .is_poisson = is_poisson};
    ck_assert_ptr_null(is_poisson ? dist_uniform(&spec.command, 1, 2 * size)
                                  : dist_constant(&spec.command, size));
    ck_assert_ptr_null(load_add(load, &spec));
    return load;
}

static void add_random_section(struct stream *stream, struct random *random, int64_t t,
                               struct load *const loads[3])
{
    switch (random_below(random, 4)) {
    case 0:
        stream_hold(stream, t);
        return;
    case 1:
        stream_item(stream, t, 1 + (int64_t)random_below(random, 60));
        return;
    default:
        stream_flow(stream, t, loads[random_below(random, 3)], random_below(random, 2) == 0);
    }
}

static void check_offset(const struct stream *stream, int64_t offset)
{
    int64_t t = stream_when(stream, offset);
    ck_assert_int_ge(stream_offset(stream, t), offset);
    ck_assert_int_lt(stream_offset(stream, t - 1), offset);
    int64_t boundary = stream_boundary(stream, offset);
    ck_assert_int_le(boundary, offset);
    ck_assert_int_eq(stream_boundary(stream, boundary), boundary);
    if (boundary < offset) /* the rest of a command comes with its first byte */
        ck_assert_int_eq(stream_when(stream, boundary + 1), t);
}

static void check_time(const struct stream *stream, int64_t t)
{
    int64_t offset = stream_offset(stream, t), last = stream_last(stream, t);
    ck_assert_int_le(last, t);
    ck_assert_int_le(offset, stream_offset(stream, t + 1));
    ck_assert_int_eq(stream_offset(stream, last), offset);
    ck_assert_int_eq(stream_boundary(stream, offset), offset);
    ck_assert_int_eq(last, stream_when(stream, offset));
}

/* At random and at all edges. */
static void check_all(const struct stream *stream, struct random *random)
{
    int64_t end = stream_offset(stream, HORIZON - 2);
    for (int i = 0; i < 300; i++) {
        check_time(stream, (int64_t)random_below(random, HORIZON - 2));
        if (end > START)
            check_offset(stream,
                         START + 1 + (int64_t)random_below(random, (uint64_t)(end - START)));
    }
    for (uint32_t i = 0; i < stream->count; i++)
        for (int64_t d = -1; d <= 1; d++) {
            int64_t offset = stream->sections[i].offset + d;
            if (offset > START && offset <= end)
                check_offset(stream, offset);
            check_time(stream, stream->sections[i].t + d < 0 ? 0 : stream->sections[i].t + d);
        }
}

TEST_LOOP(offsets_and_times_are_inverse_to_each_other, 0, 200)
{
    struct random random;
    random_init(&random, (uint64_t)_i, 0, "stream", "sections");
    struct load *loads[3] = {made_of(200, 100, false), made_of(90, 37, true), NULL};
    struct stream stream;
    stream_init(&stream, 0, START);
    int64_t t = 0;
    for (int i = 0; i < 40; i++) {
        t += random_below(&random, 4) == 0 ? 0 : (int64_t)random_below(&random, HORIZON / 40);
        add_random_section(&stream, &random, t, loads);
    }
    check_all(&stream, &random);
    stream_clear(&stream);
    load_free(loads[0]);
    load_free(loads[1]);
}

TEST_LOOP(writes_that_waited_come_at_once_and_refused_ones_never, 0, 2)
{
    bool keeps = _i == 1;
    struct load *load = made_of(100, 50, false); /* 5000 bytes a second */
    struct stream stream;
    stream_init(&stream, 0, 0);
    stream_flow(&stream, 0, load, false);
    stream_hold(&stream, NS_PER_S);
    ck_assert_int_eq(stream_offset(&stream, 3 * NS_PER_S - 1), 5000);
    ck_assert_int_eq(stream_when(&stream, 5001), TIME_NEVER);
    ck_assert_int_eq(stream_rate(&stream, 2 * NS_PER_S), 0);
    stream_flow(&stream, 3 * NS_PER_S, load, keeps);
    ck_assert_int_eq(stream_offset(&stream, 3 * NS_PER_S - 1), 5000);
    ck_assert_int_eq(stream_offset(&stream, 3 * NS_PER_S), keeps ? 15000 : 5000);
    ck_assert_int_eq(stream_offset(&stream, 4 * NS_PER_S), keeps ? 20000 : 10000);
    ck_assert_int_eq(stream_when(&stream, 5001), (keeps ? 3000 : 3010) * NS_PER_MS);
    ck_assert_int_eq(stream_last(&stream, 3 * NS_PER_S), (keeps ? 3 : 1) * NS_PER_S);
    ck_assert_int_eq(stream_rate(&stream, 3 * NS_PER_S), 5000);
    ck_assert_int_eq(stream_commands(&stream, 5000), 100);
    ck_assert_int_eq(stream_commands(&stream, 5049), 100);
    ck_assert_int_eq(stream_commands(&stream, 5050), 101);
    int64_t end = keeps ? 20000 : 10000;
    ck_assert_int_eq(stream_commands(&stream, end), end / 50);
    stream_item(&stream, 4 * NS_PER_S, 14);
    ck_assert_int_eq(stream_commands(&stream, end + 14), end / 50);
    stream_forget(&stream, 8000, 4 * NS_PER_S);
    ck_assert_uint_lt(stream.count, 4);
    ck_assert_int_eq(stream_commands(&stream, end + 14), end / 50);
    stream_clear(&stream);
    load_free(load);
}

TEST(an_item_counts_after_the_commands_of_its_instant)
{
    struct load *load = made_of(100, 50, false);
    struct stream stream;
    stream_init(&stream, 0, 0);
    stream_flow(&stream, 0, load, false);
    stream_item(&stream, 10 * NS_PER_MS, 14);
    ck_assert_int_eq(stream_offset(&stream, 10 * NS_PER_MS - 1), 0);
    ck_assert_int_eq(stream_offset(&stream, 10 * NS_PER_MS), 64);
    ck_assert_int_eq(stream_boundary(&stream, 49), 0);
    ck_assert_int_eq(stream_boundary(&stream, 63), 50);
    ck_assert_int_eq(stream_boundary(&stream, 64), 64);
    ck_assert_int_eq(stream_boundary(&stream, 113), 64);
    ck_assert_int_eq(stream_when(&stream, 65), 20 * NS_PER_MS);
    stream_hold(&stream, 30 * NS_PER_MS);
    stream_item(&stream, 35 * NS_PER_MS, 14);
    ck_assert_int_eq(stream_offset(&stream, HORIZON), 178);
    ck_assert_int_eq(stream_last(&stream, HORIZON), 35 * NS_PER_MS);
    stream_clear(&stream);
    load_free(load);
}

static void check_same(const struct stream *a, const struct stream *b, int64_t t)
{
    int64_t offset = stream_offset(b, t), end = stream_offset(b, HORIZON - 2);
    ck_assert_int_eq(stream_offset(a, t), offset);
    ck_assert_int_eq(stream_last(a, t), stream_last(b, t));
    ck_assert_int_eq(stream_rate(a, t), stream_rate(b, t));
    ck_assert_int_eq(stream_commands(a, offset), stream_commands(b, offset));
    for (int64_t o = offset - 60 > START ? offset - 60 : START + 1; o <= end && o < offset + 60;
         o++) {
        ck_assert_int_eq(stream_when(a, o), stream_when(b, o));
        ck_assert_int_eq(stream_boundary(a, o), stream_boundary(b, o));
    }
}

/* One is given them at once, one singly, and one with something between that parts them. */
TEST_LOOP(items_at_even_steps_answer_as_one_by_one, 0, 120)
{
    struct random random;
    random_init(&random, (uint64_t)_i, 0, "stream", "items");
    struct load *loads[3] = {made_of(200, 100, false), made_of(90, 37, true), NULL};
    struct load *load = loads[_i % 3];
    struct stream at_once, singly, apart;
    struct stream *all[] = {&at_once, &singly, &apart};
    int64_t bytes = 1 + (int64_t)random_below(&random, 40), count = 2 + _i % 40,
            step = 1 + (int64_t)random_below(&random, HORIZON / 50),
            first = (int64_t)random_below(&random, HORIZON / 50);
    for (int i = 0; i < 3; i++) {
        stream_init(all[i], 0, START);
        stream_flow(all[i], 0, load, false);
        stream_item(all[i], first / 2, bytes); /* out of step, but for chance */
    }
    stream_items(&at_once, first, step, bytes, count);
    for (int64_t i = 0; i < count; i++) {
        stream_item(&singly, first + i * step, bytes);
        stream_flow(&apart, first + i * step, load, false);
        stream_item(&apart, first + i * step, bytes);
    }
    ck_assert_uint_eq(at_once.count, singly.count);
    ck_assert_uint_le(at_once.count, 5);
    ck_assert_uint_ge(apart.count, (uint32_t)count);
    ck_assert_int_eq(at_once.last.base, singly.last.base);
    for (int i = 0; i < 200; i++) {
        int64_t t = (int64_t)random_below(&random, HORIZON - 2);
        check_same(&at_once, &apart, t);
        check_same(&singly, &apart, t);
    }
    for (int64_t t = first - 1; t < HORIZON && t < first + (count + 1) * step; t += step)
        for (int64_t d = 0; d <= 2; d++)
            check_same(&at_once, &apart, t + d < 0 ? 0 : t + d);
    check_all(&at_once, &random);
    for (int i = 0; i < 3; i++)
        stream_clear(all[i]);
    load_free(loads[0]);
    load_free(loads[1]);
}

TEST(a_year_of_items_stands_in_one_section)
{
    struct stream stream;
    int64_t day = 86400 * NS_PER_S, step = 10075 * NS_PER_MS, count = 365 * day / step;
    stream_init(&stream, 0, START);
    stream_items(&stream, NS_PER_S, step, 14, count);
    ck_assert_uint_eq(stream.count, 2);
    ck_assert_int_eq(stream_offset(&stream, 365 * day), START + 14 * count);
    ck_assert_int_eq(stream_when(&stream, START + 14 * 1000000), NS_PER_S + 999999 * step);
    ck_assert_int_eq(stream_last(&stream, NS_PER_S + 77 * step + 5), NS_PER_S + 77 * step);
    stream_clear(&stream);
}

TEST(forgetting_keeps_the_answers_above)
{
    struct load *load = made_of(100, 50, true);
    struct stream all, few;
    stream_init(&all, 0, START);
    stream_init(&few, 0, START);
    for (int64_t i = 0; i < 60; i++) {
        stream_flow(&all, i * 100 * NS_PER_MS, load, false);
        stream_flow(&few, i * 100 * NS_PER_MS, load, false);
        stream_item(&all, (i * 100 + 50) * NS_PER_MS, 14);
        stream_item(&few, (i * 100 + 50) * NS_PER_MS, 14);
    }
    int64_t t = 3020 * NS_PER_MS, offset = stream_offset(&all, t),
            end = stream_offset(&all, HORIZON);
    stream_forget(&few, offset, t);
    ck_assert_uint_lt(few.count, all.count);
    for (int64_t o = offset; o <= end; o++) {
        ck_assert_int_eq(stream_when(&few, o), stream_when(&all, o));
        ck_assert_int_eq(stream_boundary(&few, o), stream_boundary(&all, o));
    }
    for (; t < HORIZON; t += 7777777) {
        ck_assert_int_eq(stream_offset(&few, t), stream_offset(&all, t));
        ck_assert_int_eq(stream_last(&few, t), stream_last(&all, t));
        ck_assert_int_eq(stream_rate(&few, t), stream_rate(&all, t));
    }
    stream_clear(&all);
    stream_clear(&few);
    load_free(load);
}
