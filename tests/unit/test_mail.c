/* Letters keep their order, wait while they are held, and go on as their link does. */
#include "models/net/mail.h"
#include "sim/engine/random.h"
#include "sim/engine/time.h"
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void post(struct mail *mail, const char *text, int64_t posted, int64_t arrives)
{
    mail_post(mail, text, strlen(text), posted, arrives);
}

static void expect(struct mail *mail, const char *text, int64_t arrives)
{
    struct letter letter;
    ck_assert_int_eq(mail_next(mail), arrives);
    mail_take(mail, &letter);
    ck_assert_int_eq(letter.kind, LETTER_TEXT);
    ck_assert_uint_eq(letter.len, strlen(text));
    ck_assert_mem_eq(letter.text, text, letter.len);
}

START_TEST(letters_arrive_in_the_order_in_which_they_were_posted)
{
    struct mail mail = {0};
    post(&mail, "one", 0, 100);
    post(&mail, "two", 10, 50); /* would overtake */
    post(&mail, "three", 20, 200);
    ck_assert_int_eq(mail_last(&mail), 200);
    ck_assert_int_eq(mail_first_posted(&mail), 0);
    expect(&mail, "one", 100);
    expect(&mail, "two", 100);
    ck_assert_int_eq(mail_first_posted(&mail), 20);
    expect(&mail, "three", 200);
    ck_assert_int_eq(mail_next(&mail), TIME_NEVER);
    ck_assert_int_eq(mail_last(&mail), -1);
    ck_assert_int_eq(mail_first_posted(&mail), TIME_NEVER);
    mail_clear(&mail);
}
END_TEST

START_TEST(a_long_text_goes_in_pieces_that_make_it_up)
{
    char text[3 * LETTER_TEXT_MAX + 7], got[sizeof text];
    size_t len = 0;
    struct mail mail = {0};
    struct letter letter;
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)('a' + i % 23);
    mail_post(&mail, text, sizeof text, 5, 9);
    while (mail_next(&mail) != TIME_NEVER) {
        mail_take(&mail, &letter);
        ck_assert_int_eq(letter.arrives, 9);
        memcpy(got + len, letter.text, letter.len);
        len += letter.len;
    }
    ck_assert_uint_eq(len, sizeof text);
    ck_assert_mem_eq(got, text, len);
    mail_clear(&mail);
}
END_TEST

START_TEST(a_close_is_a_letter_without_text)
{
    struct mail mail = {0};
    struct letter letter;
    post(&mail, "last words", 0, 10);
    mail_post_close(&mail, LETTER_FIN, 0, 1);
    expect(&mail, "last words", 10);
    ck_assert_int_eq(mail_next(&mail), 10);
    mail_take(&mail, &letter);
    ck_assert_int_eq(letter.kind, LETTER_FIN);
    ck_assert_uint_eq(letter.len, 0);
    mail_clear(&mail);
}
END_TEST

START_TEST(held_letters_do_not_arrive_until_they_are_let_go)
{
    struct mail mail = {0};
    post(&mail, "on its way", 0, 100);
    mail.is_held = true;
    post(&mail, "in the silence", 150, 250);
    ck_assert_int_eq(mail_next(&mail), TIME_NEVER);
    mail_resume(&mail, 50, 1000, false, 1010); /* tcp: all is sent again */
    expect(&mail, "on its way", 1010);
    expect(&mail, "in the silence", 1010);
    mail_clear(&mail);
}
END_TEST

START_TEST(a_relay_keeps_what_was_left_of_their_way)
{
    struct mail mail = {0};
    post(&mail, "half way", 0, 100);
    mail.is_held = true;
    post(&mail, "in the silence", 150, 250);
    mail_resume(&mail, 40, 1000, true, 1100);
    expect(&mail, "half way", 1060); /* 60 of 100 were left at 40 */
    expect(&mail, "in the silence", 1100);
    mail_clear(&mail);
}
END_TEST

START_TEST(letters_posted_late_are_not_hurried_by_the_end_of_silence)
{
    struct mail mail = {.is_held = true};
    post(&mail, "just now", 990, 2000);
    mail_resume(&mail, 40, 1000, false, 1100);
    expect(&mail, "just now", 2000);
    mail_clear(&mail);
}
END_TEST

START_TEST(dropped_letters_are_gone_and_nothing_is_held)
{
    struct mail mail = {0};
    post(&mail, "x", 0, 10);
    mail.is_held = true;
    mail_drop_all(&mail);
    ck_assert_int_eq(mail_last(&mail), -1);
    post(&mail, "y", 20, 30);
    expect(&mail, "y", 30);
    mail_clear(&mail);
}
END_TEST

START_TEST(the_ring_grows_and_wraps_without_losing_a_letter)
{
    struct random random;
    struct mail mail = {0};
    char text[16];
    uint64_t posted = 0, taken = 0;
    random_init(&random, (uint64_t)_i, 0, "mail", "test");
    for (int64_t t = 0; t < 3000; t++) {
        bool posts = random_below(&random, 2 + (uint64_t)(t / 1000)) == 0 || taken == posted;
        int number = (int)(posts ? posted++ : taken++);
        snprintf(text, sizeof text, "%d", number);
        if (posts)
            post(&mail, text, t, t + 5);
        else
            expect(&mail, text, mail_next(&mail));
    }
    ck_assert_uint_eq(mail.count, posted - taken);
    mail_clear(&mail);
}
END_TEST

START_TEST(a_letter_cannot_arrive_before_it_is_posted)
{
    struct mail mail = {0};
    post(&mail, "x", 10, 9);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("mail");
    tcase_add_test(cases, letters_arrive_in_the_order_in_which_they_were_posted);
    tcase_add_test(cases, a_long_text_goes_in_pieces_that_make_it_up);
    tcase_add_test(cases, a_close_is_a_letter_without_text);
    tcase_add_test(cases, held_letters_do_not_arrive_until_they_are_let_go);
    tcase_add_test(cases, a_relay_keeps_what_was_left_of_their_way);
    tcase_add_test(cases, letters_posted_late_are_not_hurried_by_the_end_of_silence);
    tcase_add_test(cases, dropped_letters_are_gone_and_nothing_is_held);
    tcase_add_loop_test(cases, the_ring_grows_and_wraps_without_losing_a_letter, 0, 5);
    tcase_add_test_raise_signal(cases, a_letter_cannot_arrive_before_it_is_posted, SIGABRT);
    Suite *suite = suite_create("mail");
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
