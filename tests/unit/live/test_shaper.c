/* What a live run's relay does to bytes: the pure part of it. */
#include <stdlib.h>
#include <string.h>
#include "sim/engine/time.h"
#include "sim/live/relay/shaper.h"
#include "tests/unit/suite.h"

static struct shaper shaper_of(int64_t bandwidth, int64_t latency)
{
    struct shaper shaper = {.bandwidth = bandwidth, .latency = latency};
    dist_constant(&shaper.jitter, 0);
    return shaper;
}

TEST(without_a_limit_only_the_latency_passes)
{
    struct shaper shaper = shaper_of(0, 5 * NS_PER_MS);
    ck_assert_int_eq(shaper_pass(&shaper, NS_PER_S, 1000000), NS_PER_S + 5 * NS_PER_MS);
    ck_assert_int_eq(shaper_opens(&shaper, NS_PER_S), NS_PER_S);
}

TEST(the_bottleneck_takes_one_after_the_other)
{
    struct shaper shaper = shaper_of(8000000, 5 * NS_PER_MS); /* a byte each microsecond */
    ck_assert_int_eq(shaper_pass(&shaper, 0, 1000), 6 * NS_PER_MS);
    ck_assert_int_eq(shaper_opens(&shaper, 0), NS_PER_MS);
    ck_assert_int_eq(shaper_pass(&shaper, 0, 1000), 7 * NS_PER_MS);
    ck_assert_int_eq(shaper_pass(&shaper, 10 * NS_PER_MS, 1000), 16 * NS_PER_MS);
}

TEST(the_window_is_that_of_the_recordings)
{
    struct shaper plain = shaper_of(0, 0), far = shaper_of(0, 1), slow = shaper_of(800000, 0),
                  long_and_fat = shaper_of(INT64_C(80000000), 50 * NS_PER_MS);
    ck_assert_int_eq(shaper_window(&plain), 65536);
    ck_assert_int_eq(shaper_window(&far), 1048576);
    ck_assert_int_eq(shaper_window(&slow), 65536);
    ck_assert_int_eq(shaper_window(&long_and_fat), 1000000);
}

TEST(a_lane_keeps_order_and_counts_what_it_holds)
{
    struct lane lane;
    lane_init(&lane);
    lane_push(&lane, PARCEL_BYTES, 20, "abc", 3);
    lane_push(&lane, PARCEL_BYTES, 10, "de", 2); /* jitter never lets it overtake */
    lane_push(&lane, PARCEL_FIN, 5, NULL, 0);
    ck_assert_int_eq(lane.held, 5);
    ck_assert(lane.is_ended);
    lane_delivered(&lane, 2);
    ck_assert_int_eq(lane.held, 3);
    ck_assert_uint_eq(lane_head(&lane)->done, 2);
    lane_delivered(&lane, 1);
    ck_assert_int_eq(lane_head(&lane)->due, 20);
    ck_assert_mem_eq(lane_head(&lane)->bytes, "de", 2);
    lane_delivered(&lane, 2);
    ck_assert_int_eq(lane_head(&lane)->kind, PARCEL_FIN);
    lane_delivered(&lane, 0);
    ck_assert_ptr_null(lane_head(&lane));
    lane_clear(&lane);
}
