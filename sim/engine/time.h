/* Simulated time: signed 64-bit nanoseconds, and exact integer arithmetic.
 *
 * All state of a run is integers. A rate meets a time only through mul_div(), which is exact at any
 * magnitude. */
#ifndef PSYNCSIM_ENGINE_TIME_H
#define PSYNCSIM_ENGINE_TIME_H

#include <stdint.h>

#define NS_PER_US  INT64_C(1000)
#define NS_PER_MS  INT64_C(1000000)
#define NS_PER_S   INT64_C(1000000000)
#define TIME_NEVER INT64_MAX /* no event is planned */

static inline int64_t min64(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static inline int64_t max64(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* ceil(a / b); a >= 0, b > 0. */
static inline int64_t ceil_div(int64_t a, int64_t b)
{
    return (a + b - 1) / b;
}

/* floor(a * b / c); a, b >= 0, c > 0. Saturates at INT64_MAX. Asserts its bounds. */
int64_t mul_div(int64_t a, int64_t b, int64_t c);

/* ceil(a * b / c), else as mul_div. */
int64_t mul_div_up(int64_t a, int64_t b, int64_t c);

/* a + b, where TIME_NEVER absorbs and overflow gives TIME_NEVER; b >= 0. */
int64_t time_add(int64_t a, int64_t b);

#endif
