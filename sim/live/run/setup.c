/* See setup.h.
 *
 * A master runs before t = 0 whenever it has data, because they must be in it by then; the links
 * below a cold one refuse until its time has come, which looks the same to its replicas. */
#include "sim/live/run/setup.h"

#include <errno.h>
#include <string.h>
#include "sim/engine/time.h"

#define START_LIMIT_NS (30 * NS_PER_S)
#define SYNC_LIMIT_NS  (600 * NS_PER_S)
#define PULSE_NS       (10 * NS_PER_MS)
#define SETTLE_NS      (1200 * NS_PER_MS)
#define LAST_LOOK_NS   (500 * NS_PER_MS)
#define KEY_BYTES      12 /* "k" and digits, and what a key costs in an RDB besides */
#define BATCH          512

static void report_progress(const struct setup *setup, const char *words)
{
    if (setup->core->progress != NULL)
        setup->core->progress(setup->core->user, words);
}

/* ---- waiting ---- */

typedef bool condition(const struct setup *setup, int32_t node);

static void nothing(void *user)
{
    (void)user;
}

static bool wait_until(struct setup *setup, condition *holds, int32_t node, int64_t limit_ns)
{
    struct timer pulse;
    int64_t limit = (int64_t)uv_hrtime() + limit_ns;
    if (!timer_open(&pulse, &setup->core->loop, nothing, NULL)) {
        live_core_fail(setup->core, "no timer: %s", g_strerror(errno));
        return false;
    }
    while (!setup->core->is_over && !holds(setup, node) && (int64_t)uv_hrtime() < limit) {
        timer_set(&pulse, (int64_t)uv_hrtime() + PULSE_NS);
        uv_run(&setup->core->loop, UV_RUN_ONCE);
    }
    timer_close(&pulse);
    uv_run(&setup->core->loop, UV_RUN_NOWAIT);
    return !setup->core->is_over && holds(setup, node);
}

static bool never(const struct setup *setup, int32_t node)
{
    (void)setup;
    (void)node;
    return false;
}

static bool is_serving(const struct setup *setup, int32_t node)
{
    return setup->core->servers[node].is_serving && setup->info_polls->list[node].offset >= 0;
}

static bool is_level(const struct setup *setup, int32_t node)
{
    const struct info_poll *own = &setup->info_polls->list[node],
                           *above = &setup->info_polls->list[setup->core->masters[node]];
    return own->link_up && own->offset >= above->offset;
}

/* ---- data ---- */

static bool answered(struct setup *setup, redisContext *talk, int count)
{
    for (int i = 0; i < count; i++) {
        redisReply *reply;
        if (redisGetReply(talk, (void **)&reply) != REDIS_OK) {
            wait_until(setup, never, 0, NS_PER_S); /* its end says more, if it ended */
            live_core_fail(setup->core, "loading data: %s", talk->errstr);
            return false;
        }
        bool is_error = reply->type == REDIS_REPLY_ERROR;
        if (is_error)
            live_core_fail(setup->core, "loading data: %s", reply->str);
        freeReplyObject(reply);
        if (is_error)
            return false;
    }
    return true;
}

/* The data file has about the scenario's size: a value and a key, and 3 or 4 bytes more for each.
 */
static bool load_data(struct setup *setup, int32_t node, redisContext *talk)
{
    const struct scenario_node *spec = setup->core->servers[node].spec;
    int64_t keys = spec->keys > 0 ? spec->keys : (spec->dataset_bytes + 255) / 256;
    int64_t size = MAX(spec->dataset_bytes / MAX(keys, 1) - KEY_BYTES, 0);
    char *value = g_malloc((gsize)size + 1);
    bool ok = true;
    memset(value, 'd', (size_t)size);
    for (int64_t done = 0; done < keys && ok && !setup->core->is_over;) {
        int part = (int)MIN(keys - done, size > 65536 ? 8 : BATCH);
        for (int i = 0; i < part; i++)
            redisAppendCommand(talk, "SET k%08d %b", (int)(done + i), value, (size_t)size);
        ok = answered(setup, talk, part);
        done += part;
        uv_run(&setup->core->loop, UV_RUN_NOWAIT);
    }
    g_free(value);
    return ok && !setup->core->is_over;
}

static bool start_with_data(struct setup *setup, int32_t node)
{
    const struct scenario_node *spec = setup->core->servers[node].spec;
    live_core_start(setup->core, node);
    if (!wait_until(setup, is_serving, node, START_LIMIT_NS)) {
        live_core_fail(setup->core, "%s: its server does not come up within %d s", spec->name,
                       (int)(START_LIMIT_NS / NS_PER_S));
        return false;
    }
    if (spec->dataset_bytes == 0 || setup->core->masters[node] >= 0)
        return true;
    redisContext *talk = server_talk(&setup->core->servers[node]);
    if (talk == NULL) {
        live_core_fail(setup->core, "%s: no connection for loading its data", spec->name);
        return false;
    }
    bool ok = load_data(setup, node, talk);
    redisFree(talk);
    return ok;
}

/* ---- who begins how ---- */

static bool has_synced_replicas(const struct setup *setup, int32_t node)
{
    for (uint32_t i = 0; i < setup->core->scenario->node_count; i++) {
        const struct scenario_node *spec = &setup->core->scenario->nodes[i];
        if (spec->begin == BEGIN_SYNCED && spec->replicaof == node)
            return true;
    }
    return false;
}

/* Known to be up at t = 0, not only because its data are there. */
static bool runs_before(const struct setup *setup, int32_t node)
{
    const struct scenario_node *spec = &setup->core->scenario->nodes[node];
    return spec->begin == BEGIN_SYNCED || spec->begin == BEGIN_ALONE ||
           has_synced_replicas(setup, node);
}

static bool is_hidden(const struct setup *setup, int32_t node)
{
    return setup->core->servers[node].pid > 0 && !runs_before(setup, node);
}

static void hide(struct setup *setup, int32_t node, bool is_hidden_now)
{
    for (uint32_t i = 0; i < setup->core->scenario->link_count; i++)
        if (setup->core->relays[i].link.spec->upper == node)
            relay_serve(&setup->core->relays[i], !is_hidden_now);
}

/* With data files, as they are there after a synchronisation from disk, and without delay. */
static void set_sync(struct setup *setup, int32_t node, bool is_setup)
{
    const struct server *server = &setup->core->servers[node];
    const char *diskless = program_directive(server->program, CONFIG_diskless_sync);
    if (diskless != NULL)
        server_command(&setup->core->servers[node], NULL, NULL, "CONFIG SET %s %s", diskless,
                       !is_setup && server->config.diskless_sync ? "yes" : "no");
}

static bool start_replica(struct setup *setup, int32_t node)
{
    const struct scenario_node *spec = setup->core->servers[node].spec;
    live_core_start(setup->core, node);
    if (!wait_until(setup, is_serving, node, START_LIMIT_NS) ||
        !wait_until(setup, is_level, node, SYNC_LIMIT_NS)) {
        live_core_fail(setup->core, "%s: not synchronised before the run", spec->name);
        return false;
    }
    set_sync(setup, node, true);
    return true;
}

static bool start_masters(struct setup *setup)
{
    for (uint32_t i = 0; i < setup->core->scenario->node_count; i++) {
        const struct scenario_node *spec = &setup->core->scenario->nodes[i];
        if (setup->core->masters[i] >= 0 || spec->begin == BEGIN_ABSENT)
            continue;
        report_progress(setup, "starting servers and loading data");
        if (!start_with_data(setup, (int32_t)i))
            return false;
        if (has_synced_replicas(setup, (int32_t)i))
            set_sync(setup, (int32_t)i, true);
        hide(setup, (int32_t)i, is_hidden(setup, (int32_t)i));
    }
    return true;
}

static bool start_synced(struct setup *setup)
{
    for (uint32_t round = 0; round < setup->core->scenario->node_count; round++)
        for (uint32_t i = 0; i < setup->core->scenario->node_count; i++) {
            const struct server *server = &setup->core->servers[i];
            if (server->spec->begin != BEGIN_SYNCED || server->pid > 0 ||
                setup->core->masters[i] < 0 ||
                !setup->core->servers[setup->core->masters[i]].is_serving)
                continue;
            report_progress(setup, "synchronising replicas");
            if (!start_replica(setup, (int32_t)i))
                return false;
        }
    return true;
}

static void restore_sync(struct setup *setup)
{
    for (uint32_t i = 0; i < setup->core->scenario->node_count; i++)
        if (runs_before(setup, (int32_t)i))
            set_sync(setup, (int32_t)i, false);
}

/* ---- t = 0 ---- */

static void wake(void *user)
{
    struct wake *self = user;
    struct setup *setup = self->setup;
    if (!is_hidden(setup, self->node)) {
        live_core_start(setup->core, self->node);
        return;
    }
    hide(setup, self->node, false);
    observations_add(&setup->core->observations, (struct observation){.t = (int64_t)uv_hrtime(),
                                                                      .kind = SEEN_UP,
                                                                      .node = self->node,
                                                                      .peer = -1});
}

/* At the time of a simulated run of this seed. */
static bool arm_wakes(struct setup *setup)
{
    const struct scenario *scenario = setup->core->scenario;
    for (uint32_t i = 0; i < scenario->node_count; i++) {
        const struct scenario_node *spec = &scenario->nodes[i];
        struct random phase;
        struct wake *self = &setup->wakes[i];
        if (spec->begin == BEGIN_ABSENT || runs_before(setup, (int32_t)i))
            continue;
        *self = (struct wake){.setup = setup, .node = (int32_t)i};
        if (!timer_open(&self->timer, &setup->core->loop, wake, self))
            return false;
        random_init(&phase, setup->core->seed, 0, spec->name, "start");
        int64_t spread = (int64_t)random_below(&phase, (uint64_t)scenario->spread + 1);
        timer_set(&self->timer, setup->core->zero + spec->start_after + spread);
    }
    return true;
}

static void note_up(struct setup *setup)
{
    for (uint32_t i = 0; i < setup->core->scenario->node_count; i++)
        if (setup->core->servers[i].pid > 0 && runs_before(setup, (int32_t)i))
            observations_add(
                &setup->core->observations,
                (struct observation){
                    .t = setup->core->zero, .kind = SEEN_UP, .node = (int32_t)i, .peer = -1});
}

static void begin(struct setup *setup)
{
    for (uint32_t i = 0; i < setup->core->scenario->link_count; i++)
        relay_shape(&setup->core->relays[i], setup->core->seed);

    setup->core->zero = (int64_t)uv_hrtime();
    note_up(setup);
    if (!arm_wakes(setup))
        live_core_fail(setup->core, "no timer: %s", g_strerror(errno));
    injections_start(setup->injections);
    load_writers_start(setup->load_writers);
}

bool setup_before_zero(struct setup *setup)
{
    struct random phase;
    if (!start_masters(setup) || !start_synced(setup))
        return false;
    restore_sync(setup);
    random_init(&phase, setup->core->seed, 0, "live", "phase");
    report_progress(setup, "settling");
    wait_until(setup, never, 0, SETTLE_NS + (int64_t)random_below(&phase, NS_PER_S));
    if (setup->core->is_over)
        return false;
    begin(setup);
    report_progress(setup, NULL);
    return !setup->core->is_over;
}

/* ---- the end ---- */

void setup_last_look(struct setup *setup)
{
    for (uint32_t i = 0; i < setup->core->scenario->node_count; i++)
        info_poll_ask(setup->info_polls, (int32_t)i);
    wait_until(setup, never, 0, LAST_LOOK_NS);
}

void setup_open(struct setup *setup, struct setup parts)
{
    *setup = parts;
    setup->wakes = g_new0(struct wake, setup->core->scenario->node_count + 1);
}

void setup_close(struct setup *setup)
{
    for (uint32_t i = 0; setup->wakes != NULL && i < setup->core->scenario->node_count; i++)
        timer_close(&setup->wakes[i].timer);
    g_free(setup->wakes);
    setup->wakes = NULL;
}
