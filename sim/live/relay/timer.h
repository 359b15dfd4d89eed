/* One time to be woken at, to the microsecond: libuv's own timers know milliseconds only. */
#ifndef PSYNCSIM_LIVE_RELAY_TIMER_H
#define PSYNCSIM_LIVE_RELAY_TIMER_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

struct timer {
    uv_poll_t *poll; /* the loop's, which lets go of it later */
    int fd;
    int64_t due; /* TIME_NEVER: not set */
    void (*ring)(void *user);
    void *user;
};

/* Pair with timer_close. False when the system has no more timers. The timer stays where it is. */
bool timer_open(struct timer *timer, uv_loop_t *loop, void (*ring)(void *user), void *user);

/* Fires once at `due` (of uv_hrtime; TIME_NEVER: not at all), in place of what was set before. What
 * is past fires at once, from the loop. */
void timer_set(struct timer *timer, int64_t due);

/* No-op if it was never opened. */
void timer_close(struct timer *timer);

#endif
