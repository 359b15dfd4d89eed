/* Quantities: what is accepted, what is refused, and that printing is the inverse of parsing. */
#include "sim/engine/quantity.h"
#include "sim/engine/random.h"
#include "tests/unit/suite.h"
#include <stdlib.h>
#include <string.h>

#define S INT64_C(1000000000)

struct accepted {
    enum quantity_kind kind;
    const char *text;
    int64_t value;
};

static const struct accepted ACCEPTED[] = {
    {QUANTITY_SIZE, "0", 0},
    {QUANTITY_SIZE, "1048576", 1048576},
    {QUANTITY_SIZE, "1mb", 1048576},
    {QUANTITY_SIZE, "1MB", 1048576},
    {QUANTITY_SIZE, "1m", 1000000},
    {QUANTITY_SIZE, "7b", 7},
    {QUANTITY_SIZE, "1.5mb", 1572864},
    {QUANTITY_SIZE, "1.5kb", 1536},
    {QUANTITY_SIZE, "1.50kB", 1536},
    {QUANTITY_SIZE, "2gb", INT64_C(2) << 30},
    {QUANTITY_SIZE, "9223372036854775807", INT64_MAX},
    {QUANTITY_SIZE, "8Gi", INT64_C(8) << 30},
    {QUANTITY_SIZE, "5MiB", 5 << 20},
    {QUANTITY_SIZE, "1tb", INT64_C(1) << 40},
    {QUANTITY_SIZE, "1T", INT64_C(1000000000000)},
    {QUANTITY_SIZE, "10k", 10000},
    {QUANTITY_SIZE, "1 mb", 1048576},
    {QUANTITY_MEMORY, "64mb", 64 << 20},
    {QUANTITY_MEMORY, "1GB", 1 << 30},
    {QUANTITY_MEMORY, "100", 100},
    {QUANTITY_DURATION, "30 min", 1800 * S},
    {QUANTITY_DURATION, "0", 0},
    {QUANTITY_DURATION, "0s", 0},
    {QUANTITY_DURATION, "10ns", 10},
    {QUANTITY_DURATION, "200us", 200000},
    {QUANTITY_DURATION, "250ms", 250000000},
    {QUANTITY_DURATION, "1.5s", 3 * S / 2},
    {QUANTITY_DURATION, "2min", 120 * S},
    {QUANTITY_DURATION, "6h", 21600 * S},
    {QUANTITY_DURATION, "3d", 259200 * S},
    {QUANTITY_DURATION, "1w", 604800 * S},
    {QUANTITY_DURATION, "0.000000001s", 1},
    {QUANTITY_RATE, "2000/s", 2000 * S},
    {QUANTITY_RATE, "0.5/s", S / 2},
    {QUANTITY_RATE, "6/min", S / 10},
    {QUANTITY_RATE, "5/min", 83333333},
    {QUANTITY_RATE, "36/h", S / 100},
    {QUANTITY_RATE, "4/d", 46296},
    {QUANTITY_RATE, "5/month", 1929},
    {QUANTITY_RATE, "2/year", 63},
    {QUANTITY_BYTERATE, "5mb/s", 5 << 20},
    {QUANTITY_BYTERATE, "300kb/s", 300 << 10},
    {QUANTITY_BYTERATE, "1200b/s", 1200},
    {QUANTITY_BYTERATE, "1m/s", 1000000},
    {QUANTITY_BYTERATE, "5MiB/s", 5 << 20},
    {QUANTITY_BYTERATE, "5 mb/s", 5 << 20},
    {QUANTITY_BITRATE, "100mbit/s", 100000000},
    {QUANTITY_BITRATE, "100 Mbit/s", 100000000},
    {QUANTITY_BITRATE, "1MiB/s", 8 << 20},
    {QUANTITY_BITRATE, "1gbit/s", 1000000000},
    {QUANTITY_BITRATE, "56kbit/s", 56000},
    {QUANTITY_BITRATE, "9600bit/s", 9600},
    {QUANTITY_BITRATE, "1kb/s", 8192},
    {QUANTITY_COUNT, "4", 4},
    {QUANTITY_SHARE, "0.1%", 1000},
    {QUANTITY_SHARE, "60%", 600000},
    {QUANTITY_SHARE, "0.25", 250000},
    {QUANTITY_SHARE, "1", 1000000},
    {QUANTITY_SHARE, "0", 0},
    {QUANTITY_SEED, "9223372036854775807", INT64_MAX},
};

static const struct accepted REFUSED[] = {
    {QUANTITY_SIZE, "", 0},
    {QUANTITY_SIZE, " 1mb", 0},
    {QUANTITY_SIZE, "1 ", 0},
    {QUANTITY_SIZE, "1\tmb", 0},
    {QUANTITY_SIZE, "8Gb/s", 0},
    {QUANTITY_MEMORY, "1.5gb", 0},
    {QUANTITY_MEMORY, "1 gb", 0},
    {QUANTITY_MEMORY, "1tb", 0},
    {QUANTITY_MEMORY, "1Gi", 0},
    {QUANTITY_MEMORY, "-1", 0},
    {QUANTITY_SIZE, "1mb ", 0},
    {QUANTITY_SIZE, "-1", 0},
    {QUANTITY_SIZE, "+1", 0},
    {QUANTITY_SIZE, "1e6", 0},
    {QUANTITY_SIZE, "0x10", 0},
    {QUANTITY_SIZE, "010", 0},
    {QUANTITY_SIZE, ".5mb", 0},
    {QUANTITY_SIZE, "5.mb", 0},
    {QUANTITY_SIZE, "1.2.3mb", 0},
    {QUANTITY_SIZE, "1.5b", 0},
    {QUANTITY_SIZE, "1mbit", 0},
    {QUANTITY_SIZE, "mb", 0},
    {QUANTITY_SIZE, "9223372036854775808", 0},
    {QUANTITY_SIZE, "8589934592gb", 0},
    {QUANTITY_SIZE, "99999999999999999999", 0},
    {QUANTITY_SIZE, "1.0000000000000000000mb", 0},
    {QUANTITY_DURATION, "5", 0},
    {QUANTITY_DURATION, "0.0", 0},
    {QUANTITY_DURATION, "5m", 0},
    {QUANTITY_DURATION, "5S", 0},
    {QUANTITY_DURATION, "0.3ns", 0},
    {QUANTITY_DURATION, "1s500ms", 0},
    {QUANTITY_DURATION, "15251w", 0},
    {QUANTITY_RATE, "5", 0},
    {QUANTITY_RATE, "5/", 0},
    {QUANTITY_RATE, "5/w", 0},
    {QUANTITY_RATE, "0.001/year", 0},
    {QUANTITY_BYTERATE, "5mb", 0},
    {QUANTITY_BYTERATE, "5", 0},
    {QUANTITY_BITRATE, "5mbit", 0},
    {QUANTITY_BITRATE, "5mbits/s", 0},
    {QUANTITY_COUNT, "4.0", 0},
    {QUANTITY_COUNT, "4k", 0},
    {QUANTITY_SHARE, "25", 0},
    {QUANTITY_SHARE, "1.000001", 0},
    {QUANTITY_SHARE, "0.0000001", 0},
    {QUANTITY_BITRATE, "100mbps", 0},
    {QUANTITY_SHARE, "5%%", 0},
    {QUANTITY_SEED, "9223372036854775808", 0},
    {QUANTITY_SEED, "-1", 0},
};

#define COUNT(table) (sizeof table / sizeof *table)

TEST_LOOP(an_accepted_text_has_its_value, 0, COUNT(ACCEPTED))
{
    const struct accepted *row = &ACCEPTED[_i];
    int64_t value = -1;
    const char *error = quantity_parse(row->kind, row->text, strlen(row->text), &value);
    ck_assert_msg(error == NULL, "%s: refused", row->text);
    ck_assert_msg(value == row->value, "%s: %lld", row->text, (long long)value);
}

TEST_LOOP(a_refused_text_gives_a_hint_and_leaves_the_value_alone, 0, COUNT(REFUSED))
{
    const struct accepted *row = &REFUSED[_i];
    int64_t value = -7;
    const char *hint = quantity_parse(row->kind, row->text, strlen(row->text), &value);
    ck_assert_msg(hint != NULL, "%s: accepted as %lld", row->text, (long long)value);
    ck_assert_int_eq(value, -7);
    ck_assert_ptr_nonnull(strstr(hint, row->kind == QUANTITY_SEED ? "whole number" : "such as"));
}

TEST(a_unit_that_may_be_two_things_is_refused_with_what_to_write)
{
    static const struct {
        enum quantity_kind kind;
        const char *text, *hint;
    } ROWS[] = {{QUANTITY_DURATION, "5m", "5min (minutes)"},
                {QUANTITY_BITRATE, "100Mbps", "100mbit/s (megabits) or 5mb/s (megabytes)"},
                {QUANTITY_BITRATE, "1 Gb/s", "100mbit/s (megabits) or 5mb/s (megabytes)"},
                {QUANTITY_BYTERATE, "40Mb/s", "100mbit/s (megabits) or 5mb/s (megabytes)"},
                {QUANTITY_DURATION, "2years", "730d"},
                {QUANTITY_DURATION, "3months", "60d"},
                {QUANTITY_BYTERATE, "5mb", "unit of time, such as 5mb/s"},
                {QUANTITY_COUNT, "10k", "10000 (10k)"},
                {QUANTITY_MEMORY, "8Gi", "as redis.conf has it, whole and up to gb"}};
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        int64_t value;
        const char *hint = quantity_parse(ROWS[i].kind, ROWS[i].text, strlen(ROWS[i].text), &value);
        ck_assert_ptr_nonnull(hint);
        ck_assert_msg(strstr(hint, ROWS[i].hint), "%s: %s", ROWS[i].text, hint);
    }
}

TEST(only_len_characters_are_read)
{
    int64_t value;
    ck_assert_ptr_null(quantity_parse(QUANTITY_SIZE, "1mbxyz", 3, &value));
    ck_assert_int_eq(value, 1 << 20);
    ck_assert_ptr_nonnull(quantity_parse(QUANTITY_SIZE, "1mb\0", 4, &value));
}

struct printed {
    enum quantity_kind kind;
    int64_t value;
    const char *exact, *short_form;
};

static const struct printed PRINTED[] = {
    {QUANTITY_SIZE, 0, "0", "0 B"},
    {QUANTITY_SIZE, 1048575, "1048575", "1 MB"},
    {QUANTITY_SIZE, 1047000, "1047k", "1022 KB"},
    {QUANTITY_DURATION, 999999999, "999999999ns", "1 s"},
    {QUANTITY_SIZE, 1 << 20, "1mb", "1 MB"},
    {QUANTITY_SIZE, 1500000, "1.5m", "1.43 MB"},
    {QUANTITY_SIZE, 1048577, "1048577", "1 MB"},
    {QUANTITY_MEMORY, 1610612736, "1536mb", "1.5 GB"},
    {QUANTITY_SIZE, INT64_MAX, "9223372036854775807", "8388608 TB"},
    {QUANTITY_DURATION, 0, "0", "0 ns"},
    {QUANTITY_DURATION, 250 * S / 1000, "250ms", "250 ms"},
    {QUANTITY_DURATION, 203 * S, "203s", "203 s"},
    {QUANTITY_DURATION, 120 * S, "2min", "120 s"},
    {QUANTITY_DURATION, 27000 * S, "450min", "7.5 h"},
    {QUANTITY_DURATION, 3600 * S, "1h", "60 min"},
    {QUANTITY_BITRATE, 0, "0bit/s", "0 bit/s"},
    {QUANTITY_SHARE, 0, "0%", "0 ppm"},
    {QUANTITY_DURATION, 604800 * S, "1w", "7 d"},
    {QUANTITY_RATE, 0, "0/s", "0/s"},
    {QUANTITY_RATE, 2000 * S, "2000/s", "2000/s"},
    {QUANTITY_RATE, 83333333, "5/min", "5/min"},
    {QUANTITY_RATE, 63, "2/year", "2/year"},
    {QUANTITY_BYTERATE, 5 << 20, "5mb/s", "5 MB/s"},
    {QUANTITY_BITRATE, 100000000, "100mbit/s", "100 Mbit/s"},
    {QUANTITY_COUNT, 12345, "12345", "12.3 thousand"},
    {QUANTITY_SHARE, 1000000, "100%", "100%"},
    {QUANTITY_SHARE, 1, "0.0001%", "1 ppm"},
    {QUANTITY_SEED, INT64_MAX, "9223372036854775807", "9223372036854775807"},
};

TEST_LOOP(a_value_is_printed_as_its_neatest_spelling, 0, COUNT(PRINTED))
{
    const struct printed *row = &PRINTED[_i];
    char text[32];
    ck_assert_uint_eq(quantity_print(row->kind, row->value, text, sizeof text), strlen(text));
    ck_assert_str_eq(text, row->exact);
    ck_assert_uint_eq(quantity_print_short(row->kind, row->value, text, sizeof text), strlen(text));
    ck_assert_str_eq(text, row->short_form);
}

/* Half of them are a few digits with many zeros behind, as users write them. */
static int64_t random_value(struct random *random)
{
    int64_t value = (int64_t)(random_u64(random) >> (1 + random_below(random, 63)));
    if (random_below(random, 2) == 0)
        return value;
    value %= 10000;
    for (uint64_t i = random_below(random, 14); i > 0; i--)
        value *= 10;
    return value;
}

TEST_LOOP(whatever_is_printed_parses_back_to_the_same_value, 0, QUANTITY_MEMORY + 1)
{
    struct random random;
    random_init(&random, 1, 0, "quantity", "property");
    for (int i = 0; i < 20000; i++) {
        int64_t value = random_value(&random);
        int64_t back = -1;
        char text[32];
        size_t len = quantity_print((enum quantity_kind)_i, value, text, sizeof text);
        const char *error = quantity_parse((enum quantity_kind)_i, text, len, &back);
        ck_assert_msg(error == NULL && back == value, "%lld: %s", (long long)value, text);
        quantity_print_short((enum quantity_kind)_i, value, text, sizeof text);
    }
}

/* Mutates texts that are accepted: the parser must neither crash nor give a negative value. */
TEST(a_mutated_text_is_refused_or_has_a_value)
{
    static const char letters[] = "0123456789.bgkmnsuhdwi/t% -+eEx";
    struct random random;
    random_init(&random, 2, 0, "quantity", "mutation");
    for (int i = 0; i < 50000; i++) {
        const struct accepted *row = &ACCEPTED[random_below(&random, COUNT(ACCEPTED))];
        char text[40];
        size_t len = strlen(row->text);
        memcpy(text, row->text, len);
        for (uint64_t edits = 1 + random_below(&random, 3); edits > 0; edits--)
            text[random_below(&random, len + 1)] =
                letters[random_below(&random, sizeof letters - 1)];
        int64_t value = -1;
        const char *error = quantity_parse(row->kind, text, len, &value);
        ck_assert((error == NULL) == (value >= 0));
    }
}
