/* See feeder.h. What is due by now is written at each tick, so that a late tick loses nothing. */
#include "sim/host/session/feeder.h"

#include <glib.h>
#include <string.h>
#include "sim/engine/time.h"

#define BEAT_MS     20
#define KEYS        100
#define AT_ONCE_MAX INT64_C(100000) /* writes of one tick: beyond that the rate is not held */
#define PER_BILLION INT64_C(1000000000)

struct feeder {
    uv_timer_t timer;
    uv_loop_t *loop;
    struct master_host *host;
    int64_t rate, written;
    int64_t since; /* ns: when the stream began */
    bool is_open;
    char *value;
};

static void write_one(struct feeder *feeder)
{
    char key[32];
    g_snprintf(key, sizeof key, "psyncsim:%d", (int)(feeder->written++ % KEYS));
    master_host_set(feeder->host, key, feeder->value);
}

/* A master without backlog has no stream: the time begins with it. */
static void take_tick(uv_timer_t *timer)
{
    struct feeder *feeder = timer->data;
    int64_t now = master_host_now(feeder->host);
    if (!master_host_backlog(feeder->host).exists || feeder->since < 0) {
        feeder->since = now;
        return;
    }
    int64_t due = mul_div(mul_div(feeder->rate, now - feeder->since, PER_BILLION), 1, PER_BILLION);
    for (int64_t i = 0; i < AT_ONCE_MAX && feeder->written < due; i++)
        write_one(feeder);
}

struct feeder *feeder_new(uv_loop_t *loop, struct master_host *host, int64_t rate,
                          int64_t value_bytes)
{
    struct feeder *feeder = g_new0(struct feeder, 1);
    *feeder = (struct feeder){.loop = loop, .host = host, .rate = rate, .since = -1};
    feeder->value = g_strnfill((gsize)value_bytes, 'x');
    uv_timer_init(loop, &feeder->timer);
    feeder->timer.data = feeder;
    feeder->is_open = true;
    if (rate > 0)
        uv_timer_start(&feeder->timer, take_tick, BEAT_MS, BEAT_MS);
    return feeder;
}

void feeder_write(struct feeder *feeder, int64_t bytes)
{
    const struct history *history = master_host_history(feeder->host);
    int64_t wanted = history->offset + bytes;
    int64_t written = feeder->written;
    while (history->offset < wanted && master_host_backlog(feeder->host).exists)
        write_one(feeder);
    feeder->written = written; /* the rate does not count them */
}

static void let_go(uv_handle_t *handle)
{
    struct feeder *feeder = handle->data;
    feeder->is_open = false;
}

void feeder_free(struct feeder *feeder)
{
    uv_close((uv_handle_t *)&feeder->timer, let_go);
    while (feeder->is_open)
        uv_run(feeder->loop, UV_RUN_NOWAIT);
    g_free(feeder->value);
    g_free(feeder);
}
