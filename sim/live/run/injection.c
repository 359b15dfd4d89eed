/* See injection.h. */
#include "sim/live/run/injection.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>
#include "sim/engine/time.h"
#include "sim/live/run/live.h"

/* ---- links ---- */

static void silence(struct relay *relay, const struct scenario_fault *fault, bool begins)
{
    for (enum flow flow = FLOW_DOWN; flow < FLOWS; flow++) {
        if (fault->direction == (flow == FLOW_DOWN ? DIRECTION_UP : DIRECTION_DOWN))
            continue;
        if (begins)
            relay_silence(relay, flow);
        else
            relay_unsilence(relay, flow);
    }
}

static void begin_link(struct relay *relay, const struct scenario_fault *fault)
{
    struct cut cut = {fault->side != SIDE_LOWER, fault->side != SIDE_UPPER, fault->is_orderly};
    switch (fault->kind) {
    case FAULT_CUT:
        relay_cut(relay, cut, fault->refuses);
        break;
    case FAULT_PARTITION:
        silence(relay, fault, true);
        break;
    case FAULT_SLOW:
        relay_change(relay, fault->bandwidth, fault->latency);
        break;
    default: /* HEAL */
        relay_heal(relay);
        break;
    }
}

static void end_link(struct relay *relay, const struct scenario_fault *fault)
{
    if (fault->kind == FAULT_CUT && fault->refuses)
        relay_uncut(relay);
    else if (fault->kind == FAULT_PARTITION)
        silence(relay, fault, false);
    else if (fault->kind == FAULT_SLOW)
        relay_change(relay, relay->spec->bandwidth, relay->spec->latency);
}

static void injection_link(struct live *live, const struct scenario_fault *fault,
                           void (*injection)(struct relay *, const struct scenario_fault *))
{
    struct relay *relay = &live->relays[fault->link];
    injection(relay, fault);
    if (relay->spec->twin < 0)
        return;
    struct scenario_fault mirrored = fault_mirrored(fault);
    injection(&live->relays[relay->spec->twin], &mirrored);
}

/* ---- nodes ---- */

static void pause_node(struct live *live, int32_t node)
{
    struct server *server = &live->servers[node];
    if (server->pid == 0 || server->is_paused)
        return;
    server->is_paused = true;
    live->injections.paused_since[node] = live_now(live);
    server_signal(server, SIGSTOP);
    LIVE_EVENT(live, EVENT_PAUSE, node, TRACE_TEXT("fault"));
}

static void resume_node(struct live *live, int32_t node)
{
    struct server *server = &live->servers[node];
    if (!server->is_paused)
        return;
    server->is_paused = false;
    server_signal(server, SIGCONT);
    LIVE_EVENT(live, EVENT_RESUME, node,
               TRACE_NUMBER(live_now(live) - live->injections.paused_since[node]));
}

static void crash(struct live *live, int32_t node)
{
    struct server *server = &live->servers[node];
    if (server->pid == 0)
        return;
    server->may_end = true;
    server_signal(server, SIGKILL);
}

static void shut_down(struct live *live, int32_t node, enum shutdown_save save)
{
    struct server *server = &live->servers[node];
    if (!server->is_serving)
        return;
    server->may_end = true;
    server_command(server, NULL, NULL,
                   save == SAVE_YES  ? "SHUTDOWN SAVE"
                   : save == SAVE_NO ? "SHUTDOWN NOSAVE"
                                     : "SHUTDOWN");
}

static void start(struct live *live, const struct scenario_fault *fault)
{
    struct server *server = &live->servers[fault->node];
    if (server->pid != 0 && !server->may_end)
        return;
    if (fault->has_to)
        live->masters[fault->node] = fault->to;
    if (server->pid != 0) { /* as soon as the old process has ended */
        live->injections.starts_again[fault->node] = true;
        live->injections.starts_wiped[fault->node] = fault->is_wiped;
        return;
    }
    if (fault->is_wiped) {
        char *path = server_data_file(server);
        unlink(path);
        g_free(path);
    }
    live_start(live, fault->node);
}

static void restart(struct live *live, const struct scenario_fault *fault)
{
    if (live->servers[fault->node].pid == 0) {
        start(live, fault);
        return;
    }
    if (fault->has_to)
        live->masters[fault->node] = fault->to;
    live->injections.starts_again[fault->node] = true;
    live->injections.starts_wiped[fault->node] = fault->is_wiped;
    if (fault->is_graceful)
        shut_down(live, fault->node, fault->save);
    else
        crash(live, fault->node);
}

void injections_ended(struct live *live, int32_t node)
{
    struct scenario_fault again = {.node = node, .is_wiped = live->injections.starts_wiped[node]};
    if (!live->injections.starts_again[node])
        return;
    live->injections.starts_again[node] = live->injections.starts_wiped[node] = false;
    start(live, &again);
}

static void set_config(struct live *live, const struct scenario_fault *fault)
{
    struct server *server = &live->servers[fault->node];
    const char *name = program_directive(server->program, fault->directive);
    const char *value = fault->value;
    config_set(&server->config, fault->directive, fault->value);
    if (fault->directive == CONFIG_save_points)
        value = server->config.save_points ? "1000000 1000000000" : "";
    LIVE_EVENT(live, EVENT_CONFIG, fault->node, TRACE_TEXT(config_name(fault->directive)),
               TRACE_TEXT(fault->value));
    if (name != NULL)
        server_command(server, NULL, NULL, "CONFIG SET %s %s", name, value);
}

static void fail_over(struct live *live, struct injection *injection)
{
    const struct scenario_fault *fault = injection->fault;
    struct server *server = &live->servers[fault->node];
    GString *command = g_string_new("FAILOVER");
    if (fault->to >= 0) {
        const struct server *target = &live->servers[fault->to];
        unsigned port = target->announced != 0 ? target->announced : target->port;
        g_string_append_printf(command, " TO 127.0.0.1 %u", port);
    }
    if (fault->has_duration)
        g_string_append_printf(command, " TIMEOUT %" G_GINT64_FORMAT,
                               fault_patience(fault, &injection->state) / NS_PER_MS);
    server_command(server, NULL, NULL, command->str);
    g_string_free(command, TRUE);
}

static void begin_node(struct live *live, struct injection *injection)
{
    const struct scenario_fault *fault = injection->fault;
    struct server *server = &live->servers[fault->node];
    switch (fault->kind) {
    case FAULT_PAUSE:
        pause_node(live, fault->node);
        break;
    case FAULT_RESUME:
        resume_node(live, fault->node);
        break;
    case FAULT_CRASH:
        crash(live, fault->node);
        break;
    case FAULT_SHUTDOWN:
        shut_down(live, fault->node, fault->save);
        break;
    case FAULT_START:
        start(live, fault);
        break;
    case FAULT_RESTART:
        restart(live, fault);
        break;
    case FAULT_PROMOTE:
        live_replicaof(live, fault->node, -1);
        break;
    case FAULT_REPLICAOF:
        live_replicaof(live, fault->node, fault->to);
        break;
    case FAULT_FAILOVER:
        fail_over(live, injection);
        break;
    case FAULT_CONFIG_SET:
        set_config(live, fault);
        break;
    case FAULT_FLUSH:
        server_command(server, NULL, NULL, "FLUSHALL");
        break;
    case FAULT_BGSAVE:
        server_command(server, NULL, NULL, "BGSAVE");
        break;
    case FAULT_MOVE_LOAD:
        load_writer_move(&live->load_writers.list[fault->load], fault->node);
        break;
    default:
        break;
    }
}

static void end_node(struct live *live, const struct scenario_fault *fault)
{
    struct scenario_fault again = {.node = fault->node};
    if (fault->kind == FAULT_PAUSE)
        resume_node(live, fault->node);
    else if (fault->kind == FAULT_CRASH || fault->kind == FAULT_SHUTDOWN)
        start(live, &again);
}

/* ---- when ---- */

static void emit(struct live *live, enum event_kind kind, const struct scenario_fault *fault)
{
    LIVE_EVENT(live, kind, fault->node, TRACE_TEXT(fault_name(fault->kind)),
               TRACE_TEXT(fault_target(live->scenario, fault)));
}

/* The times at which they were due count, not those at which they happened: draws add to them. */
static void begin(struct injection *injection)
{
    struct live *live = injection->live;
    const struct scenario_fault *fault = injection->fault;
    emit(live, EVENT_FAULT, fault);
    if (fault->link >= 0)
        injection_link(live, fault, begin_link);
    else
        begin_node(live, injection);
    injection->is_going_on = fault_ends_itself(fault);
    injection->due = injection->is_going_on ? fault_ends(fault, &injection->state, injection->due)
                                            : fault_next(fault, &injection->state, injection->due);
}

static void end(struct injection *injection)
{
    emit(injection->live, EVENT_HEAL, injection->fault);
    if (injection->fault->link >= 0)
        injection_link(injection->live, injection->fault, end_link);
    else
        end_node(injection->live, injection->fault);
    injection->is_going_on = false;
    injection->due = fault_next(injection->fault, &injection->state, injection->due);
}

/* Of one instant, in the order of the scenario. */
static struct injection *first_due(struct injections *injections)
{
    struct injection *first = NULL;
    for (uint32_t i = 0; i < injections->count; i++)
        if (first == NULL || injections->list[i].due < first->due)
            first = &injections->list[i];
    return first;
}

static void ring(void *user)
{
    struct live *live = user;
    struct injection *injection;
    while ((injection = first_due(&live->injections)) != NULL && injection->due <= live_now(live) &&
           injection->due < live->scenario->duration) {
        if (injection->is_going_on)
            end(injection);
        else
            begin(injection);
    }
    if (injection != NULL && injection->due < live->scenario->duration)
        timer_set(&live->injections.timer, injection->due + live->zero);
}

bool injections_open(struct live *live)
{
    const struct scenario *scenario = live->scenario;
    struct injections *injections = &live->injections;
    injections->list = g_new0(struct injection, scenario->fault_count + 1);
    injections->paused_since = g_new0(int64_t, scenario->node_count + 1);
    injections->starts_again = g_new0(bool, scenario->node_count + 1);
    injections->starts_wiped = g_new0(bool, scenario->node_count + 1);
    for (uint32_t i = 0; i < scenario->fault_count; i++) {
        struct injection *injection = &injections->list[i];
        injection->live = live;
        injection->fault = &scenario->faults[i];
        fault_state_init(&injection->state, live->seed, 0, i);
        injections->count++;
    }
    return timer_open(&injections->timer, &live->loop, ring, live);
}

void injections_start(struct live *live)
{
    for (uint32_t i = 0; i < live->injections.count; i++)
        live->injections.list[i].due =
            fault_next(live->injections.list[i].fault, &live->injections.list[i].state, 0);
    ring(live);
}

void injections_close(struct live *live)
{
    timer_close(&live->injections.timer);
    g_free(live->injections.list);
    g_free(live->injections.paused_since);
    g_free(live->injections.starts_again);
    g_free(live->injections.starts_wiped);
    live->injections = (struct injections){0};
}
