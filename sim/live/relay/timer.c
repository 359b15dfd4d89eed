/* See timer.h. */
#include "sim/live/relay/timer.h"

#include <glib.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>
#include "sim/engine/time.h"

static void rang(uv_poll_t *poll, int status, int events)
{
    struct timer *timer = poll->data;
    uint64_t times;
    (void)status;
    (void)events;
    if (read(timer->fd, &times, sizeof times) != sizeof times)
        return;
    timer->due = TIME_NEVER;
    timer->ring(timer->user);
}

bool timer_open(struct timer *timer, uv_loop_t *loop, void (*ring)(void *user), void *user)
{
    *timer = (struct timer){.due = TIME_NEVER, .ring = ring, .user = user};
    timer->fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (timer->fd < 0)
        return false;
    timer->poll = g_new0(uv_poll_t, 1);
    uv_poll_init(loop, timer->poll, timer->fd);
    timer->poll->data = timer;
    uv_poll_start(timer->poll, UV_READABLE, rang);
    return true;
}

void timer_set(struct timer *timer, int64_t due)
{
    struct itimerspec when = {0};
    if (due == timer->due)
        return;
    timer->due = due;
    if (due != TIME_NEVER) {
        due = due < 1 ? 1 : due; /* zero would disarm it */
        when.it_value.tv_sec = (time_t)(due / NS_PER_S);
        when.it_value.tv_nsec = (long)(due % NS_PER_S);
    }
    timerfd_settime(timer->fd, TFD_TIMER_ABSTIME, &when, NULL);
}

static void freed(uv_handle_t *handle)
{
    g_free(handle);
}

void timer_close(struct timer *timer)
{
    if (timer->ring == NULL)
        return;
    uv_poll_stop(timer->poll);
    uv_close((uv_handle_t *)timer->poll, freed);
    close(timer->fd);
    timer->ring = NULL;
}
