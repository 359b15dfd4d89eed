/* A unit test program: each TEST registers itself where it is written, and suite.c has main(). Run
 * from the project's root. */
#ifndef PSYNCSIM_TESTS_SUITE_H
#define PSYNCSIM_TESTS_SUITE_H

#include <check.h>

/* Check writes to a file for each assertion that holds, which takes most of the time where there are
 * millions (and most of that again under sanitizers). Here it hears of one that fails. */
#undef ck_assert
#undef ck_assert_msg
#define ck_assert(holds) ck_assert_msg(holds, "Assertion '%s' failed", #holds)
#define ck_assert_msg(holds, ...)                                                                  \
    do {                                                                                           \
        if (!(holds))                                                                              \
            ck_abort_msg(__VA_ARGS__);                                                             \
    } while (0)

void suite_add(const TTest *test, int signal, int from, int to);
void suite_add_fixture(SFun set_up, SFun tear_down);

/* TEST(name) { ... }: one case. TEST_LOOP: one for each `_i` with from <= _i < to. TEST_SIGNAL: as
 * TEST_LOOP, and each must end by that signal. */
#define TEST(name)                TEST_SIGNAL(name, 0, 0, 1)
#define TEST_LOOP(name, from, to) TEST_SIGNAL(name, 0, from, to)
#define TEST_SIGNAL(name, signal, from, to)                                                        \
    START_TEST(name);                                                                              \
    __attribute__((constructor)) static void name##_add(void)                                      \
    {                                                                                              \
        suite_add(name, signal, from, to);                                                         \
    }                                                                                              \
    static void name##_fn(int _i CK_ATTRIBUTE_UNUSED)

/* Runs before and after each case of the program. NULL: nothing. */
#define FIXTURE(set_up, tear_down)                                                                 \
    __attribute__((constructor)) static void add_fixture(void)                                     \
    {                                                                                              \
        suite_add_fixture(set_up, tear_down);                                                      \
    }

#endif
