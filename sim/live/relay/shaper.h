/* What one direction of a link does to bytes: a bottleneck that all its connections share, a fixed
 * latency with jitter, and a lane for each connection that holds what is inside the link. Pure: it
 * knows no socket and no clock.
 *
 *      sender's socket -> [ bottleneck -> latency ] -> receiver's socket
 *                           at most a window of bytes in here
 *
 * What finds the bottleneck busy or the window full is not taken at all: it waits in the sender's
 * own buffers, so that they grow as they do on a real link. */
#ifndef PSYNCSIM_LIVE_RELAY_SHAPER_H
#define PSYNCSIM_LIVE_RELAY_SHAPER_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "sim/engine/dist.h"
#include "sim/engine/random.h"

struct shaper {
    int64_t bandwidth; /* bits per second; 0: no limit */
    int64_t latency;   /* ns one way */
    struct dist jitter;
    struct random draws; /* of the jitter */
    int64_t free_at;     /* the bottleneck is busy until then */
};

/* The most bytes to take at once, so that connections take turns. */
#define SHAPER_PART 4096

/* When the bottleneck takes the next bytes: `now`, or later. */
int64_t shaper_opens(const struct shaper *shaper, int64_t now);

/* Bytes that leave their sender at `leaves`: when they have come through. */
int64_t shaper_pass(struct shaper *shaper, int64_t leaves, size_t len);

/* Bytes inside the link per connection: max(64 KiB, 2 x bandwidth x latency) where the bandwidth is
 * limited, 1 MiB where there is latency alone, 64 KiB else. */
int64_t shaper_window(const struct shaper *shaper);

enum parcel_kind { PARCEL_BYTES, PARCEL_FIN, PARCEL_RESET };

struct parcel {
    enum parcel_kind kind;
    int64_t due;
    size_t len, done; /* done: bytes that are delivered already */
    char bytes[];
};

/* What is inside a link in one direction of one connection, in order. */
struct lane {
    GQueue parcels;
    int64_t held;     /* bytes in it */
    int64_t last_due; /* order is kept: nothing is due before what went before it */
    bool is_ended;    /* FIN or reset is in it, or came through */
};

void lane_init(struct lane *lane);
void lane_clear(struct lane *lane);
void lane_push(struct lane *lane, enum parcel_kind kind, int64_t due, const char *bytes,
               size_t len);

/* The first parcel, which may not be due yet; NULL: empty. */
struct parcel *lane_head(const struct lane *lane);

/* `len` bytes of the head were delivered (0 for an end): it goes when it is done. */
void lane_delivered(struct lane *lane, size_t len);

#endif
