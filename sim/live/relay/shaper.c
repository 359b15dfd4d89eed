/* See shaper.h. */
#include "sim/live/relay/shaper.h"

#include <assert.h>
#include <string.h>
#include "sim/engine/time.h"

#define WINDOW_LIMITED   INT64_C(65536)
#define WINDOW_LATENCY   INT64_C(1048576)
#define WINDOW_UNLIMITED INT64_C(65536)

int64_t shaper_opens(const struct shaper *shaper, int64_t now)
{
    return shaper->free_at > now ? shaper->free_at : now;
}

int64_t shaper_pass(struct shaper *shaper, int64_t leaves, size_t len)
{
    int64_t out = leaves;
    if (shaper->bandwidth > 0) {
        out = shaper_opens(shaper, leaves) +
              mul_div_up((int64_t)len * 8, NS_PER_S, shaper->bandwidth);
        shaper->free_at = out;
    }
    return out + shaper->latency + dist_draw(&shaper->jitter, &shaper->draws);
}

int64_t shaper_window(const struct shaper *shaper)
{
    if (shaper->bandwidth == 0)
        return shaper->latency > 0 ? WINDOW_LATENCY : WINDOW_UNLIMITED;
    int64_t product = mul_div(2 * shaper->latency, shaper->bandwidth / 8, NS_PER_S);
    return product > WINDOW_LIMITED ? product : WINDOW_LIMITED;
}

void lane_init(struct lane *lane)
{
    *lane = (struct lane){.parcels = G_QUEUE_INIT};
}

void lane_clear(struct lane *lane)
{
    g_queue_clear_full(&lane->parcels, g_free);
    lane->held = 0;
}

void lane_push(struct lane *lane, enum parcel_kind kind, int64_t due, const char *bytes, size_t len)
{
    assert(!lane->is_ended);
    struct parcel *parcel = g_malloc(sizeof *parcel + len);
    lane->last_due = due > lane->last_due ? due : lane->last_due;
    *parcel = (struct parcel){.kind = kind, .due = lane->last_due, .len = len};
    if (len > 0)
        memcpy(parcel->bytes, bytes, len);
    lane->held += (int64_t)len;
    lane->is_ended = kind != PARCEL_BYTES;
    g_queue_push_tail(&lane->parcels, parcel);
}

struct parcel *lane_head(const struct lane *lane)
{
    return g_queue_peek_head((GQueue *)&lane->parcels);
}

void lane_delivered(struct lane *lane, size_t len)
{
    struct parcel *head = lane_head(lane);
    assert(head != NULL && len <= head->len - head->done);
    head->done += len;
    lane->held -= (int64_t)len;
    if (head->done == head->len)
        g_free(g_queue_pop_head(&lane->parcels));
}
