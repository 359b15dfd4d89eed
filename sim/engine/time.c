/* Exact integer scaling: the product is taken in 128 bits, so nothing is lost before the division.
 */
#include "sim/engine/time.h"
#include <assert.h>

__extension__ typedef unsigned __int128 wide;

static int64_t saturated(wide value)
{
    return value > (wide)INT64_MAX ? INT64_MAX : (int64_t)value;
}

int64_t mul_div(int64_t a, int64_t b, int64_t c)
{
    assert(a >= 0 && b >= 0 && c > 0);
    return saturated((wide)a * (wide)b / (wide)c);
}

int64_t mul_div_up(int64_t a, int64_t b, int64_t c)
{
    assert(a >= 0 && b >= 0 && c > 0);
    return saturated(((wide)a * (wide)b + (wide)c - 1) / (wide)c);
}

int64_t time_add(int64_t a, int64_t b)
{
    assert(b >= 0);
    return a > TIME_NEVER - b ? TIME_NEVER : a + b;
}
