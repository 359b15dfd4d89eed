/* See setup.h.
 *
 * A master runs before t = 0 whenever it has data, because they must be in it by then; the links
 * below a cold one refuse until its time has come, which looks the same to its replicas. */
#include "sim/live/run/setup.h"

#include <errno.h>
#include <string.h>
#include "sim/engine/time.h"
#include "sim/live/run/live.h"

#define START_LIMIT_NS (30 * NS_PER_S)
#define SYNC_LIMIT_NS  (600 * NS_PER_S)
#define PULSE_NS       (10 * NS_PER_MS)
#define SETTLE_NS      (1200 * NS_PER_MS)
#define LAST_LOOK_NS   (500 * NS_PER_MS)
#define KEY_BYTES      12 /* "k" and digits, and what a key costs in an RDB besides */
#define BATCH          512

static void report_progress(const struct live *live, const char *words)
{
    if (live->progress != NULL)
        live->progress(live->user, words);
}

/* ---- waiting ---- */

typedef bool condition(const struct live *live, int32_t node);

static void nothing(void *user)
{
    (void)user;
}

static bool wait_until(struct live *live, condition *holds, int32_t node, int64_t limit_ns)
{
    struct timer pulse;
    int64_t limit = (int64_t)uv_hrtime() + limit_ns;
    if (!timer_open(&pulse, &live->loop, nothing, NULL)) {
        live_fail(live, "no timer: %s", g_strerror(errno));
        return false;
    }
    while (!live->is_over && !holds(live, node) && (int64_t)uv_hrtime() < limit) {
        timer_set(&pulse, (int64_t)uv_hrtime() + PULSE_NS);
        uv_run(&live->loop, UV_RUN_ONCE);
    }
    timer_close(&pulse);
    uv_run(&live->loop, UV_RUN_NOWAIT);
    return !live->is_over && holds(live, node);
}

static bool never(const struct live *live, int32_t node)
{
    (void)live;
    (void)node;
    return false;
}

static bool is_serving(const struct live *live, int32_t node)
{
    return live->servers[node].is_serving && live->info_polls.list[node].offset >= 0;
}

static bool is_level(const struct live *live, int32_t node)
{
    const struct info_poll *own = &live->info_polls.list[node],
                           *above = &live->info_polls.list[live->masters[node]];
    return own->link_up && own->offset >= above->offset;
}

/* ---- data ---- */

static bool answered(struct live *live, redisContext *talk, int count)
{
    for (int i = 0; i < count; i++) {
        redisReply *reply;
        if (redisGetReply(talk, (void **)&reply) != REDIS_OK) {
            wait_until(live, never, 0, NS_PER_S); /* its end says more, if it ended */
            live_fail(live, "loading data: %s", talk->errstr);
            return false;
        }
        bool is_error = reply->type == REDIS_REPLY_ERROR;
        if (is_error)
            live_fail(live, "loading data: %s", reply->str);
        freeReplyObject(reply);
        if (is_error)
            return false;
    }
    return true;
}

/* The data file has about the scenario's size: a value and a key, and 3 or 4 bytes more for each.
 */
static bool load_data(struct live *live, int32_t node, redisContext *talk)
{
    const struct scenario_node *spec = live->servers[node].spec;
    int64_t keys = spec->keys > 0 ? spec->keys : (spec->dataset_bytes + 255) / 256;
    int64_t size = MAX(spec->dataset_bytes / MAX(keys, 1) - KEY_BYTES, 0);
    char *value = g_malloc((gsize)size + 1);
    bool ok = true;
    memset(value, 'd', (size_t)size);
    for (int64_t done = 0; done < keys && ok && !live->is_over;) {
        int part = (int)MIN(keys - done, size > 65536 ? 8 : BATCH);
        for (int i = 0; i < part; i++)
            redisAppendCommand(talk, "SET k%08d %b", (int)(done + i), value, (size_t)size);
        ok = answered(live, talk, part);
        done += part;
        uv_run(&live->loop, UV_RUN_NOWAIT);
    }
    g_free(value);
    return ok && !live->is_over;
}

static bool start_with_data(struct live *live, int32_t node)
{
    const struct scenario_node *spec = live->servers[node].spec;
    live_start(live, node);
    if (!wait_until(live, is_serving, node, START_LIMIT_NS)) {
        live_fail(live, "%s: its server does not come up within %d s", spec->name,
                  (int)(START_LIMIT_NS / NS_PER_S));
        return false;
    }
    if (spec->dataset_bytes == 0 || live->masters[node] >= 0)
        return true;
    redisContext *talk = server_talk(&live->servers[node]);
    if (talk == NULL) {
        live_fail(live, "%s: no connection for loading its data", spec->name);
        return false;
    }
    bool ok = load_data(live, node, talk);
    redisFree(talk);
    return ok;
}

/* ---- who begins how ---- */

static bool has_synced_replicas(const struct live *live, int32_t node)
{
    for (uint32_t i = 0; i < live->scenario->node_count; i++) {
        const struct scenario_node *spec = &live->scenario->nodes[i];
        if (spec->begin == BEGIN_SYNCED && spec->replicaof == node)
            return true;
    }
    return false;
}

/* Known to be up at t = 0, not only because its data are there. */
static bool runs_before(const struct live *live, int32_t node)
{
    const struct scenario_node *spec = &live->scenario->nodes[node];
    return spec->begin == BEGIN_SYNCED || spec->begin == BEGIN_ALONE ||
           has_synced_replicas(live, node);
}

static bool is_hidden(const struct live *live, int32_t node)
{
    return live->servers[node].pid > 0 && !runs_before(live, node);
}

static void hide(struct live *live, int32_t node, bool is_hidden_now)
{
    for (uint32_t i = 0; i < live->scenario->link_count; i++)
        if (live->relays[i].spec->upper == node)
            relay_serve(&live->relays[i], !is_hidden_now);
}

/* With data files, as they are there after a synchronisation from disk, and without delay. */
static void set_sync(struct live *live, int32_t node, bool is_setup)
{
    const struct server *server = &live->servers[node];
    const char *diskless = program_directive(server->program, CONFIG_diskless_sync);
    if (diskless != NULL)
        server_command(&live->servers[node], NULL, NULL, "CONFIG SET %s %s", diskless,
                       !is_setup && server->config.diskless_sync ? "yes" : "no");
}

static bool start_replica(struct live *live, int32_t node)
{
    const struct scenario_node *spec = live->servers[node].spec;
    live_start(live, node);
    if (!wait_until(live, is_serving, node, START_LIMIT_NS) ||
        !wait_until(live, is_level, node, SYNC_LIMIT_NS)) {
        live_fail(live, "%s: not synchronised before the run", spec->name);
        return false;
    }
    set_sync(live, node, true);
    return true;
}

static bool start_masters(struct live *live)
{
    for (uint32_t i = 0; i < live->scenario->node_count; i++) {
        const struct scenario_node *spec = &live->scenario->nodes[i];
        if (live->masters[i] >= 0 || spec->begin == BEGIN_ABSENT)
            continue;
        report_progress(live, "starting servers and loading data");
        if (!start_with_data(live, (int32_t)i))
            return false;
        if (has_synced_replicas(live, (int32_t)i))
            set_sync(live, (int32_t)i, true);
        hide(live, (int32_t)i, is_hidden(live, (int32_t)i));
    }
    return true;
}

static bool start_synced(struct live *live)
{
    for (uint32_t round = 0; round < live->scenario->node_count; round++)
        for (uint32_t i = 0; i < live->scenario->node_count; i++) {
            const struct server *server = &live->servers[i];
            if (server->spec->begin != BEGIN_SYNCED || server->pid > 0 || live->masters[i] < 0 ||
                !live->servers[live->masters[i]].is_serving)
                continue;
            report_progress(live, "synchronising replicas");
            if (!start_replica(live, (int32_t)i))
                return false;
        }
    return true;
}

static void restore_sync(struct live *live)
{
    for (uint32_t i = 0; i < live->scenario->node_count; i++)
        if (runs_before(live, (int32_t)i))
            set_sync(live, (int32_t)i, false);
}

/* ---- t = 0 ---- */

static void wake(void *user)
{
    struct wake *self = user;
    struct live *live = self->live;
    if (!is_hidden(live, self->node)) {
        live_start(live, self->node);
        return;
    }
    hide(live, self->node, false);
    observations_add(&live->observations, (struct observation){.t = (int64_t)uv_hrtime(),
                                                               .kind = SEEN_UP,
                                                               .node = self->node,
                                                               .peer = -1});
}

/* At the time of a simulated run of this seed. */
static bool arm_wakes(struct live *live)
{
    const struct scenario *scenario = live->scenario;
    for (uint32_t i = 0; i < scenario->node_count; i++) {
        const struct scenario_node *spec = &scenario->nodes[i];
        struct random phase;
        struct wake *self = &live->wakes[i];
        if (spec->begin == BEGIN_ABSENT || runs_before(live, (int32_t)i))
            continue;
        *self = (struct wake){.live = live, .node = (int32_t)i};
        if (!timer_open(&self->timer, &live->loop, wake, self))
            return false;
        random_init(&phase, live->seed, 0, spec->name, "start");
        int64_t spread = (int64_t)random_below(&phase, (uint64_t)scenario->spread + 1);
        timer_set(&self->timer, live->zero + spec->start_after + spread);
    }
    return true;
}

static void note_up(struct live *live)
{
    for (uint32_t i = 0; i < live->scenario->node_count; i++)
        if (live->servers[i].pid > 0 && runs_before(live, (int32_t)i))
            observations_add(&live->observations,
                             (struct observation){
                                 .t = live->zero, .kind = SEEN_UP, .node = (int32_t)i, .peer = -1});
}

static void begin(struct live *live)
{
    for (uint32_t i = 0; i < live->scenario->link_count; i++)
        relay_shape(&live->relays[i], live->seed);

    live->zero = (int64_t)uv_hrtime();
    note_up(live);
    if (!arm_wakes(live))
        live_fail(live, "no timer: %s", g_strerror(errno));
    injections_start(live);
    load_writers_start(live);
}

bool setup_before_zero(struct live *live)
{
    struct random phase;
    if (!start_masters(live) || !start_synced(live))
        return false;
    restore_sync(live);
    random_init(&phase, live->seed, 0, "live", "phase");
    report_progress(live, "settling");
    wait_until(live, never, 0, SETTLE_NS + (int64_t)random_below(&phase, NS_PER_S));
    if (live->is_over)
        return false;
    begin(live);
    report_progress(live, NULL);
    return !live->is_over;
}

/* ---- the end ---- */

void setup_last_look(struct live *live)
{
    for (uint32_t i = 0; i < live->scenario->node_count; i++)
        info_poll_ask(live, (int32_t)i);
    wait_until(live, never, 0, LAST_LOOK_NS);
}

void setup_close(struct live *live)
{
    for (uint32_t i = 0; i < live->scenario->node_count; i++)
        timer_close(&live->wakes[i].timer);
}
