/* See alarm.h. */
#include "sim/live/relay/alarm.h"

#include <glib.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>
#include "sim/engine/time.h"

static void rang(uv_poll_t *poll, int status, int events)
{
    struct alarm *alarm = poll->data;
    uint64_t times;
    (void)status;
    (void)events;
    if (read(alarm->fd, &times, sizeof times) != sizeof times)
        return;
    alarm->due = TIME_NEVER;
    alarm->ring(alarm->user);
}

bool alarm_open(struct alarm *alarm, uv_loop_t *loop, void (*ring)(void *user), void *user)
{
    *alarm = (struct alarm){.due = TIME_NEVER, .ring = ring, .user = user};
    alarm->fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (alarm->fd < 0)
        return false;
    alarm->poll = g_new0(uv_poll_t, 1);
    uv_poll_init(loop, alarm->poll, alarm->fd);
    alarm->poll->data = alarm;
    uv_poll_start(alarm->poll, UV_READABLE, rang);
    return true;
}

void alarm_set(struct alarm *alarm, int64_t due)
{
    struct itimerspec when = {0};
    if (due == alarm->due)
        return;
    alarm->due = due;
    if (due != TIME_NEVER) {
        due = due < 1 ? 1 : due; /* zero would disarm it */
        when.it_value.tv_sec = (time_t)(due / NS_PER_S);
        when.it_value.tv_nsec = (long)(due % NS_PER_S);
    }
    timerfd_settime(alarm->fd, TFD_TIMER_ABSTIME, &when, NULL);
}

static void freed(uv_handle_t *handle)
{
    g_free(handle);
}

void alarm_close(struct alarm *alarm)
{
    if (alarm->ring == NULL)
        return;
    uv_poll_stop(alarm->poll);
    uv_close((uv_handle_t *)alarm->poll, freed);
    close(alarm->fd);
    alarm->ring = NULL;
}
