/* Letters under way, and what silence costs on TCP against the measured table. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "models/net/mail.h"
#include "models/net/tcp.h"
#include "sim/engine/random.h"
#include "sim/engine/time.h"
#include "tests/unit/suite.h"

TEST(letters_arrive_in_order_although_their_delays_vary)
{
    struct random random;
    random_init(&random, 1, 0, "mail", "jitter");
    struct mail mail = {0};
    struct letter letter;
    int64_t latest = 0;
    int next = 0;
    for (int i = 0; i < 2000; i++) {
        int64_t arrives = 10 * i + (int64_t)random_below(&random, 1000);
        latest = arrives > latest ? arrives : latest;
        mail_post(&mail, (const char *)&i, sizeof i, 10 * i, arrives);
        ck_assert_int_eq(mail_last(&mail), latest);
        while (mail_next(&mail) <= 10 * i || (i == 1999 && mail.count > 0)) {
            int64_t due = mail_next(&mail), posted = mail_first_posted(&mail);
            mail_take(&mail, &letter);
            ck_assert_int_eq(memcmp(letter.text, &next, sizeof next), 0);
            ck_assert_int_eq(letter.posted, 10 * next++);
            ck_assert_int_eq(letter.posted, posted);
            ck_assert_int_eq(letter.arrives, due);
            ck_assert_int_ge(letter.arrives, letter.posted);
        }
    }
    ck_assert_int_eq(next, 2000);
    ck_assert_int_eq(mail_next(&mail), TIME_NEVER);
    ck_assert_int_eq(mail_first_posted(&mail), TIME_NEVER);
    ck_assert_int_eq(mail_last(&mail), -1);
    mail_clear(&mail);
}

TEST_LOOP(a_long_text_comes_in_parts_that_join_to_it, 0, 8)
{
    static const size_t lengths[] = {0, 1, 103, 104, 105, 208, 209, 5000};
    char text[5000], joined[5000];
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)(i * 31 + i / 256);
    struct mail mail = {0};
    mail_post(&mail, text, lengths[_i], 1, 5);
    mail_post_close(&mail, LETTER_FIN, 2, 3);
    size_t len = 0;
    struct letter letter;
    for (mail_take(&mail, &letter); letter.kind == LETTER_TEXT; mail_take(&mail, &letter)) {
        ck_assert_int_eq(letter.arrives, 5);
        memcpy(joined + len, letter.text, letter.len);
        len += letter.len;
    }
    ck_assert_uint_eq(len, lengths[_i]);
    ck_assert_int_eq(memcmp(joined, text, len), 0);
    ck_assert_int_eq(letter.kind, LETTER_FIN);
    ck_assert_int_eq(letter.arrives, len > 0 ? 5 : 3);
    mail_clear(&mail);
}

/* Three letters around a silence from 100 to 500: before it, before it, in it. */
static struct mail held(void)
{
    struct mail mail = {0};
    mail_post(&mail, "a", 1, 80, 110);
    mail_post(&mail, "b", 1, 95, 125);
    mail_post(&mail, "c", 1, 150, 180);
    mail.is_held = true;
    ck_assert_int_eq(mail_next(&mail), TIME_NEVER);
    return mail;
}

static void expect_arrivals(struct mail *mail, const int64_t arrivals[3])
{
    struct letter letter;
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(mail_next(mail), arrivals[i]);
        mail_take(mail, &letter);
        ck_assert_int_eq(letter.text[0], 'a' + i);
    }
    mail_clear(mail);
}

TEST(letters_that_silence_lost_come_when_tcp_goes_on)
{
    struct mail mail = held();
    mail_resume(&mail, 100, 500, false, 700);
    expect_arrivals(&mail, (const int64_t[]){700, 700, 700});
}

TEST(letters_that_a_relay_held_keep_what_was_left_of_their_way)
{
    struct mail mail = held();
    mail_resume(&mail, 100, 500, true, 700);
    expect_arrivals(&mail, (const int64_t[]){510, 525, 700});
    mail = held();
    mail_resume(&mail, 100, 500, true, 505);
    expect_arrivals(&mail, (const int64_t[]){510, 525, 525});
}

TEST(dropped_letters_never_arrive_and_the_mail_can_be_used_again)
{
    struct mail mail = held();
    mail_drop_all(&mail);
    ck_assert_int_eq(mail_next(&mail), TIME_NEVER);
    mail_post(&mail, "a", 1, 5, 6);
    ck_assert_int_eq(mail_next(&mail), 6);
    mail_clear(&mail);
}

struct silence {
    double silent_s, low_s, high_s;
};

static const struct silence MEASURED[] = {
    {0.1, 0.101, 0.106}, {0.3, 0.301, 0.306}, {0.6, 0.96, 0.96}, {1.2, 1.79, 1.79},
    {2, 3.46, 3.46},     {4, 6.8, 7.0},       {6, 6.8, 7.0},     {8, 13.4, 13.6},
    {12, 13.4, 13.6},    {16, 26.8, 26.9},    {24, 26.8, 26.9},  {30, 53.1, 53.5},
    {40, 53.1, 53.5},    {50, 53.1, 53.5},
};

TEST_LOOP(a_connection_goes_on_after_silence_when_it_did_on_linux, 0, 14)
{
    const struct silence *row = &MEASURED[_i];
    double tolerance = row->silent_s < 0.5 ? 0.0 : 0.2;
    int64_t healed = (int64_t)llround(row->silent_s * 1e9);
    double resumed = (double)tcp_resumes(0, healed, NS_PER_MS) / 1e9;
    ck_assert_double_ge(resumed, row->low_s - tolerance);
    ck_assert_double_le(resumed, row->high_s + tolerance);
}

TEST(a_longer_silence_never_ends_earlier_and_steps_are_at_most_120_s)
{
    int64_t lost = 7 * NS_PER_S, before = lost;
    ck_assert_int_eq(tcp_resumes(lost, lost, NS_PER_MS), lost);
    for (int64_t silent = 1; silent < 900 * NS_PER_S; silent += NS_PER_MS + silent / 1000) {
        int64_t resumed = tcp_resumes(lost, lost + silent, NS_PER_MS);
        ck_assert_int_ge(resumed, lost + silent);
        ck_assert_int_ge(resumed, before);
        ck_assert_int_le(resumed, lost + silent + 120 * NS_PER_S);
        ck_assert_int_eq(tcp_resumes(0, silent, NS_PER_MS), resumed - lost);
        before = resumed;
    }
    ck_assert_int_eq(tcp_rto(NS_PER_MS), 209 * NS_PER_MS);
    ck_assert_int_eq(tcp_gives_up(lost), 931 * NS_PER_S);
}

TEST(syns_leave_as_linux_sends_them)
{
    static const int64_t seconds[] = {0, 1, 2, 3, 4, 5, 7, 11, 19, 35, 67};
    for (uint32_t i = 0; i < 11; i++)
        ck_assert_int_eq(tcp_syn_after(i), seconds[i] * NS_PER_S);
    ck_assert_int_eq(tcp_syn_after(11), -1);
    ck_assert_int_eq(tcp_syn_after(UINT32_MAX), -1);
    ck_assert_int_gt(TCP_SYN_FAILS, tcp_syn_after(10));
}

TEST(loss_costs_the_root_of_its_rate)
{
    int64_t rate = tcp_loss_rate(10 * NS_PER_MS, 100);
    ck_assert_int_eq(rate / 100, INT64_C(17665600) / 100); /* 1448 x 1.22 / 0.01 s / 0.01 */
    ck_assert_int_le(llabs(tcp_loss_rate(10 * NS_PER_MS, 400) - rate / 2), 1);
    ck_assert_int_le(llabs(tcp_loss_rate(20 * NS_PER_MS, 100) - rate / 2), 1);
    ck_assert_int_eq(tcp_loss_rate(10 * NS_PER_MS, 0), INT64_MAX);
}
