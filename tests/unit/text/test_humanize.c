/* Times, numbers and shares as people read them, and lines that fit a screen. */
#include <glib.h>
#include <string.h>
#include "sim/engine/time.h"
#include "sim/text/humanize.h"
#include "tests/unit/suite.h"

static const struct {
    int64_t t;
    const char *text;
} CLOCKS[] = {
    {0, "0:00.000"},
    {100974 * NS_PER_MS, "1:40.974"},
    {3599999 * NS_PER_MS, "59:59.999"},
    {7300974 * NS_PER_MS, "2:01:40.974"},
    {266500974 * NS_PER_MS, "3d\x1f"
                            "2:01:40.974"},
    {INT64_MAX, "106751d\x1f"
                "23:47:16.854"},
};

TEST_LOOP(a_moment_is_read_off_a_clock, 0, G_N_ELEMENTS(CLOCKS))
{
    ck_assert_str_eq(humanize_clock(CLOCKS[_i].t).text, CLOCKS[_i].text);
}

TEST(digits_stand_in_threes)
{
    ck_assert_str_eq(humanize_digits(0).text, "0");
    ck_assert_str_eq(humanize_digits(999).text, "999");
    ck_assert_str_eq(humanize_digits(1074747).text, "1\x1f"
                                                    "074\x1f"
                                                    "747");
    ck_assert_str_eq(humanize_digits(-123).text, "-123");
    ck_assert_str_eq(humanize_digits(-1074).text, "-1\x1f"
                                                  "074");
    ck_assert_str_eq(humanize_share(0, 0).text, "0%");
    ck_assert_str_eq(humanize_share(1, 1000000).text, "<0.1%");
    ck_assert_str_eq(humanize_share(51, 1000).text, "5.1%");
    ck_assert_str_eq(humanize_share(3, 2).text, "150%");
}

TEST(lines_break_at_spaces_and_colours_take_no_room)
{
    GString *out = g_string_new("12345");
    char text[512];
    memset(text, 'x', 90);
    g_strlcpy(text + 90, " \033[31mred\033[0m word", sizeof text - 90);
    humanize_wrap(out, text, 5, 3);
    ck_assert_uint_eq(strcspn(out->str, "\n"), 5 + 90 + 1 + 12);
    ck_assert_str_eq(strchr(out->str, '\n'), "\n   word\n");
    g_string_free(out, TRUE);
}
