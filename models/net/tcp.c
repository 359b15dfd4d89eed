/* TCP's timers as far as replication feels them. See tcp.h. */
#include "models/net/tcp.h"

#include <math.h>
#include "sim/engine/time.h"

#define RTO_MIN       (208 * NS_PER_MS) /* 200 ms in ticks of 4 ms, and a little */
#define STEP_MAX      (120 * NS_PER_S)
#define PROBE         (3 * NS_PER_MS)
#define SEGMENT_BYTES 1448

int64_t tcp_rto(int64_t round_trip)
{
    return RTO_MIN + round_trip;
}

int64_t tcp_resumes(int64_t lost, int64_t healed, int64_t round_trip)
{
    if (lost >= healed)
        return healed;
    int64_t rto = tcp_rto(round_trip);
    int64_t again = lost + rto * 73 / 100 + rto;
    if (healed <= again)
        return healed + PROBE < again ? healed + PROBE : again;
    for (int64_t step = rto; again < healed; step = step < STEP_MAX / 2 ? 2 * step : STEP_MAX)
        again += step;
    return again;
}

int64_t tcp_gives_up(int64_t lost)
{
    return time_add(lost, 924 * NS_PER_S);
}

int64_t tcp_syn_after(uint32_t attempt)
{
    static const int64_t seconds[] = {0, 1, 2, 3, 4, 5, 7, 11, 19, 35, 67};
    return attempt < sizeof seconds / sizeof seconds[0] ? seconds[attempt] * NS_PER_S : -1;
}

int64_t tcp_loss_rate(int64_t round_trip, int64_t loss_ppm)
{
    if (loss_ppm <= 0 || round_trip <= 0)
        return INT64_MAX;
    double trips_per_s = (double)NS_PER_S / (double)round_trip;
    double segments = 1.22 / sqrt((double)loss_ppm / 1e6);
    double rate = trips_per_s * segments * SEGMENT_BYTES;
    return rate < 1.0 ? 1 : rate > 1e18 ? INT64_MAX : (int64_t)rate;
}
