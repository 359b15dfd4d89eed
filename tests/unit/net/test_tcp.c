/* TCP's timers against what was measured (FACTS 13.1). */
#include "models/net/tcp.h"
#include "sim/engine/time.h"
#include "tests/unit/suite.h"
#include <stdlib.h>

/* ms of silence; when the stream went on, in ms from the start of the silence. */
struct measured {
    int64_t silence, lowest, highest;
};

static const struct measured EVERY_10_MS[] = {
    {100, 101, 106},       {300, 301, 306},       {600, 960, 960},       {1200, 1790, 1790},
    {2000, 3460, 3460},    {4000, 6800, 7000},    {6000, 6800, 7000},    {8000, 13400, 13600},
    {12000, 13400, 13600}, {16000, 26800, 26900}, {24000, 26800, 26900}, {30000, 53100, 53500},
    {40000, 53100, 53500}, {50000, 53100, 53500},
};

TEST_LOOP(silence_costs_what_was_measured_to_a_tenth_of_a_second, 0, 14)
{
    struct measured row = EVERY_10_MS[_i];
    /* the first lost segment left within the first 10 ms */
    for (int64_t lost = 0; lost <= 10; lost += 5) {
        int64_t resumed = tcp_resumes(lost * NS_PER_MS, row.silence * NS_PER_MS, NS_PER_MS / 2);
        ck_assert_int_ge(resumed, (row.lowest - 100) * NS_PER_MS);
        ck_assert_int_le(resumed, (row.highest + 100) * NS_PER_MS);
        ck_assert_int_ge(resumed, row.silence * NS_PER_MS);
    }
}

TEST_LOOP(a_write_a_second_loses_its_first_segment_up_to_a_second_later, 0, 2)
{
    static const struct measured rows[] = {{5000, 7700, 7700}, {20000, 27600, 27600}};
    int64_t healed = rows[_i].silence * NS_PER_MS, measured = rows[_i].lowest * NS_PER_MS;
    int64_t earliest = tcp_resumes(0, healed, NS_PER_MS / 2);
    int64_t latest = tcp_resumes(NS_PER_S, healed, NS_PER_MS / 2);
    ck_assert_int_le(earliest, measured);
    ck_assert_int_ge(latest, measured);
}

TEST(what_was_lost_after_the_silence_or_never_costs_nothing)
{
    ck_assert_int_eq(tcp_resumes(500, 500, 1000), 500);
    ck_assert_int_eq(tcp_resumes(TIME_NEVER, 500, 1000), 500);
}

TEST_LOOP(a_resumption_is_never_before_the_healing_and_grows_with_it, 0, 5)
{
    int64_t before = 0, round_trip = _i * 50 * NS_PER_MS;
    for (int64_t healed = 1; healed < 1000 * NS_PER_S; healed += 97 * NS_PER_MS) {
        int64_t resumed = tcp_resumes(0, healed, round_trip);
        ck_assert_int_ge(resumed, healed);
        ck_assert_int_ge(resumed, before);
        ck_assert_int_le(resumed - healed, 121 * NS_PER_S); /* the longest step */
        before = resumed;
    }
}

TEST(syns_leave_when_linux_sends_them_and_then_the_attempt_fails)
{
    static const int64_t seconds[] = {0, 1, 2, 3, 4, 5, 7, 11, 19, 35, 67};
    for (uint32_t i = 0; i < 11; i++)
        ck_assert_int_eq(tcp_syn_after(i), seconds[i] * NS_PER_S);
    ck_assert_int_eq(tcp_syn_after(11), -1);
    ck_assert_int_eq(TCP_SYN_FAILS, 133700 * NS_PER_MS);
}

TEST(loss_lowers_the_rate_by_the_square_root_law)
{
    ck_assert_int_eq(tcp_loss_rate(NS_PER_MS, 0), INT64_MAX);
    ck_assert_int_eq(tcp_loss_rate(0, 100), INT64_MAX);
    /* 1448 bytes x 1.22 / sqrt(0.0001) in 100 ms */
    ck_assert_int_eq(tcp_loss_rate(100 * NS_PER_MS, 100), 1766560);
    ck_assert_int_eq(tcp_loss_rate(100 * NS_PER_MS, 10000), 176656);
}
