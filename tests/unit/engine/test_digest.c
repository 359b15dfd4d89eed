/* The digest that ends a run. */
#include "sim/engine/digest.h"
#include "sim/engine/time.h"
#include "tests/unit/suite.h"
#include <string.h>

static void digest_of_text(const char *text, char out[DIGEST_TEXT_MAX])
{
    struct digest digest;
    digest_init(&digest);
    digest_add_bytes(&digest, text, strlen(text));
    digest_print(&digest, out);
}

/* These pin the digest to its bytes: a change breaks every recorded run. */
TEST_LOOP(the_digest_has_the_same_bytes_on_every_machine, 0, 4)
{
    static const char *const rows[][2] = {
        {"", "x4f5e8403e8f6cbdf095b13d0fc2d16bb"},
        {"a", "x2b3e7b5a24af7b487d804e0c2ec70720"},
        {"psync ? -1", "xddbd9f86b6b69d910e9713b47820f716"},
        {"exactly 16 bytes", "xabbfb43d49d7c8271f93c0c6d2246276"},
    };
    char text[DIGEST_TEXT_MAX];
    digest_of_text(rows[_i][0], text);
    ck_assert_str_eq(text, rows[_i][1]);
}

TEST(printing_a_digest_does_not_change_it)
{
    struct digest digest;
    char first[DIGEST_TEXT_MAX];
    char second[DIGEST_TEXT_MAX];
    digest_init(&digest);
    digest_add(&digest, 42);
    digest_print(&digest, first);
    digest_print(&digest, second);
    ck_assert_str_eq(first, second);
    ck_assert_uint_eq(strlen(first), 33);
}

static int differing_bits(const struct digest *x, const struct digest *y)
{
    return __builtin_popcountll(x->a ^ y->a) + __builtin_popcountll(x->b ^ y->b);
}

TEST(order_length_and_every_bit_of_a_word_count)
{
    struct digest base;
    digest_init(&base);
    digest_add(&base, 0);
    digest_add(&base, 1);
    for (int bit = 0; bit < 64; bit++) {
        struct digest other;
        digest_init(&other);
        digest_add(&other, UINT64_C(1) << bit);
        digest_add(&other, 1);
        ck_assert_int_gt(differing_bits(&base, &other), 8);
    }
    struct digest swapped;
    digest_init(&swapped);
    digest_add(&swapped, 1);
    digest_add(&swapped, 0);
    ck_assert_int_gt(differing_bits(&base, &swapped), 8);
    struct digest longer = base;
    digest_add(&longer, 0);
    ck_assert_int_gt(differing_bits(&base, &longer), 8);
}

TEST(zero_bytes_at_the_end_count)
{
    struct digest with_two;
    struct digest with_three;
    digest_init(&with_two);
    digest_init(&with_three);
    digest_add_bytes(&with_two, "a\0", 2);
    digest_add_bytes(&with_three, "a\0\0", 3);
    ck_assert_int_gt(differing_bits(&with_two, &with_three), 8);
}
