/* See strike.h. */
#include "sim/live/run/inject.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>
#include "sim/engine/time.h"
#include "sim/live/run/live.h"

/* ---- links ---- */

static void silence(struct proxy *proxy, const struct scenario_fault *fault, bool begins)
{
    for (enum flow flow = FLOW_DOWN; flow < FLOWS; flow++) {
        if (fault->direction == (flow == FLOW_DOWN ? DIRECTION_UP : DIRECTION_DOWN))
            continue;
        if (begins)
            proxy_silence(proxy, flow);
        else
            proxy_unsilence(proxy, flow);
    }
}

static void begin_link(struct proxy *proxy, const struct scenario_fault *fault)
{
    struct cut cut = {fault->side != SIDE_LOWER, fault->side != SIDE_UPPER, fault->is_orderly};
    switch (fault->kind) {
    case FAULT_CUT:
        proxy_cut(proxy, cut, fault->refuses);
        break;
    case FAULT_PARTITION:
        silence(proxy, fault, true);
        break;
    case FAULT_SLOW:
        proxy_change(proxy, fault->bandwidth, fault->latency);
        break;
    default: /* HEAL */
        proxy_heal(proxy);
        break;
    }
}

static void end_link(struct proxy *proxy, const struct scenario_fault *fault)
{
    if (fault->kind == FAULT_CUT && fault->refuses)
        proxy_uncut(proxy);
    else if (fault->kind == FAULT_PARTITION)
        silence(proxy, fault, false);
    else if (fault->kind == FAULT_SLOW)
        proxy_change(proxy, proxy->spec->bandwidth, proxy->spec->latency);
}

static void strike_link(struct live *live, const struct scenario_fault *fault,
                        void (*strike)(struct proxy *, const struct scenario_fault *))
{
    struct proxy *proxy = &live->proxies[fault->link];
    strike(proxy, fault);
    if (proxy->spec->twin < 0)
        return;
    struct scenario_fault mirrored = fault_mirrored(fault);
    strike(&live->proxies[proxy->spec->twin], &mirrored);
}

/* ---- nodes ---- */

static void pause_node(struct live *live, int32_t node)
{
    struct server *server = &live->servers[node];
    if (server->pid == 0 || server->is_paused)
        return;
    server->is_paused = true;
    live->strikes.paused_since[node] = live_now(live);
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
               TRACE_NUMBER(live_now(live) - live->strikes.paused_since[node]));
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
    if (server->pid != 0)
        return;
    if (fault->has_to)
        live->masters[fault->node] = fault->to;
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
    live->strikes.starts_again[fault->node] = true;
    live->strikes.starts_wiped[fault->node] = fault->is_wiped;
    if (fault->is_graceful)
        shut_down(live, fault->node, fault->save);
    else
        crash(live, fault->node);
}

void strikes_ended(struct live *live, int32_t node)
{
    struct scenario_fault again = {.node = node, .is_wiped = live->strikes.starts_wiped[node]};
    if (!live->strikes.starts_again[node])
        return;
    live->strikes.starts_again[node] = live->strikes.starts_wiped[node] = false;
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

static void fail_over(struct live *live, struct strike *strike)
{
    const struct scenario_fault *fault = strike->fault;
    struct server *server = &live->servers[fault->node];
    GString *command = g_string_new("FAILOVER");
    if (fault->to >= 0) {
        const struct server *target = &live->servers[fault->to];
        unsigned port = target->announced != 0 ? target->announced : target->port;
        g_string_append_printf(command, " TO 127.0.0.1 %u", port);
    }
    if (fault->has_duration) /* the draw is the first fault's, as in a simulated run */
        g_string_append_printf(command, " TIMEOUT %" G_GINT64_FORMAT,
                               dist_draw(&fault->duration, &live->strikes.list[0].state.when) /
                                   NS_PER_MS);
    server_command(server, NULL, NULL, command->str);
    g_string_free(command, TRUE);
}

static void begin_node(struct live *live, struct strike *strike)
{
    const struct scenario_fault *fault = strike->fault;
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
        fail_over(live, strike);
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
        writer_move(&live->writers.list[fault->load], fault->node);
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
static void begin(struct strike *strike)
{
    struct live *live = strike->live;
    const struct scenario_fault *fault = strike->fault;
    emit(live, EVENT_FAULT, fault);
    if (fault->link >= 0)
        strike_link(live, fault, begin_link);
    else
        begin_node(live, strike);
    strike->is_going_on = fault_ends_itself(fault);
    strike->due = strike->is_going_on ? fault_ends(fault, &strike->state, strike->due)
                                      : fault_next(fault, &strike->state, strike->due);
}

static void end(struct strike *strike)
{
    emit(strike->live, EVENT_HEAL, strike->fault);
    if (strike->fault->link >= 0)
        strike_link(strike->live, strike->fault, end_link);
    else
        end_node(strike->live, strike->fault);
    strike->is_going_on = false;
    strike->due = fault_next(strike->fault, &strike->state, strike->due);
}

/* Of one instant, in the order of the scenario. */
static struct strike *first_due(struct strikes *strikes)
{
    struct strike *first = NULL;
    for (uint32_t i = 0; i < strikes->count; i++)
        if (first == NULL || strikes->list[i].due < first->due)
            first = &strikes->list[i];
    return first;
}

static void ring(void *user)
{
    struct live *live = user;
    struct strike *strike;
    while ((strike = first_due(&live->strikes)) != NULL && strike->due <= live_now(live) &&
           strike->due < live->scenario->duration) {
        if (strike->is_going_on)
            end(strike);
        else
            begin(strike);
    }
    if (strike != NULL && strike->due < live->scenario->duration)
        alarm_set(&live->strikes.alarm, strike->due + live->zero);
}

bool strikes_open(struct live *live)
{
    const struct scenario *scenario = live->scenario;
    struct strikes *strikes = &live->strikes;
    strikes->list = g_new0(struct strike, scenario->fault_count + 1);
    strikes->paused_since = g_new0(int64_t, scenario->node_count + 1);
    strikes->starts_again = g_new0(bool, scenario->node_count + 1);
    strikes->starts_wiped = g_new0(bool, scenario->node_count + 1);
    for (uint32_t i = 0; i < scenario->fault_count; i++) {
        struct strike *strike = &strikes->list[i];
        strike->live = live;
        strike->fault = &scenario->faults[i];
        fault_state_init(&strike->state, live->seed, 0, i);
        strikes->count++;
    }
    return alarm_open(&strikes->alarm, &live->loop, ring, live);
}

void strikes_start(struct live *live)
{
    for (uint32_t i = 0; i < live->strikes.count; i++)
        live->strikes.list[i].due =
            fault_next(live->strikes.list[i].fault, &live->strikes.list[i].state, 0);
    ring(live);
}

void strikes_close(struct live *live)
{
    alarm_close(&live->strikes.alarm);
    g_free(live->strikes.list);
    g_free(live->strikes.paused_since);
    g_free(live->strikes.starts_again);
    g_free(live->strikes.starts_wiped);
    live->strikes = (struct strikes){0};
}
