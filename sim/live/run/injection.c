/* See injection.h. */
#include "sim/live/run/injection.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>
#include "sim/engine/time.h"

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
        relay_change(relay, relay->link.spec->bandwidth, relay->link.spec->latency);
}

static void injection_link(struct live_core *core, const struct scenario_fault *fault,
                           void (*injection)(struct relay *, const struct scenario_fault *))
{
    struct relay *relay = &core->relays[fault->link];
    injection(relay, fault);
    if (relay->link.spec->twin < 0)
        return;
    struct scenario_fault mirrored = fault_mirrored(fault);
    injection(&core->relays[relay->link.spec->twin], &mirrored);
}

/* ---- nodes ---- */

static void pause_node(struct injections *injections, int32_t node)
{
    struct server *server = &injections->core->servers[node];
    if (server->pid == 0 || server->is_paused)
        return;
    server->is_paused = true;
    injections->paused_since[node] = live_core_now(injections->core);
    server_signal(server, SIGSTOP);
    LIVE_EVENT(injections->core, pause, node, e->why = "fault");
}

static void resume_node(struct injections *injections, int32_t node)
{
    struct server *server = &injections->core->servers[node];
    if (!server->is_paused)
        return;
    server->is_paused = false;
    server_signal(server, SIGCONT);
    LIVE_EVENT(injections->core, resume, node,
               e->paused_ns = live_core_now(injections->core) - injections->paused_since[node]);
}

static void crash(struct live_core *core, int32_t node)
{
    struct server *server = &core->servers[node];
    if (server->pid == 0)
        return;
    server->may_end = true;
    server_signal(server, SIGKILL);
}

static void shut_down(struct live_core *core, int32_t node, enum shutdown_save save)
{
    struct server *server = &core->servers[node];
    if (!server->is_serving)
        return;
    server->may_end = true;
    server_command(server, NULL, NULL,
                   save == SAVE_YES  ? "SHUTDOWN SAVE"
                   : save == SAVE_NO ? "SHUTDOWN NOSAVE"
                                     : "SHUTDOWN");
}

static void start(struct injections *injections, const struct scenario_fault *fault)
{
    struct live_core *core = injections->core;
    struct server *server = &core->servers[fault->node];
    if (server->pid != 0 && !server->may_end)
        return;
    if (fault->has_to)
        core->masters[fault->node] = fault->to;
    if (server->pid != 0) { /* as soon as the old process has ended */
        injections->starts_again[fault->node] = true;
        injections->starts_wiped[fault->node] = fault->is_wiped;
        return;
    }
    if (fault->is_wiped) {
        char *path = server_data_file(server);
        unlink(path);
        g_free(path);
    }
    live_core_start(core, fault->node);
}

static void restart(struct injections *injections, const struct scenario_fault *fault)
{
    if (injections->core->servers[fault->node].pid == 0) {
        start(injections, fault);
        return;
    }
    if (fault->has_to)
        injections->core->masters[fault->node] = fault->to;
    injections->starts_again[fault->node] = true;
    injections->starts_wiped[fault->node] = fault->is_wiped;
    if (fault->is_graceful)
        shut_down(injections->core, fault->node, fault->save);
    else
        crash(injections->core, fault->node);
}

void injections_ended(struct injections *injections, int32_t node)
{
    struct scenario_fault again = {.node = node, .is_wiped = injections->starts_wiped[node]};
    if (!injections->starts_again[node])
        return;
    injections->starts_again[node] = injections->starts_wiped[node] = false;
    start(injections, &again);
}

static void set_config(struct live_core *core, const struct scenario_fault *fault)
{
    struct server *server = &core->servers[fault->node];
    const char *name = program_directive(server->program, fault->directive);
    const char *value = fault->value;
    config_set(&server->config, fault->directive, fault->value);
    if (fault->directive == CONFIG_save_points && !server->config.save_points)
        value = "";
    LIVE_EVENT(core, config, fault->node, e->directive = config_name(fault->directive),
               e->value = fault->value, e->setting = fault->directive);
    if (name != NULL)
        server_command(server, NULL, NULL, "CONFIG SET %s %s", name, value);
}

static void fail_over(struct injections *injections, struct injection *injection)
{
    const struct scenario_fault *fault = injection->fault;
    struct server *server = &injections->core->servers[fault->node];
    GString *command = g_string_new("FAILOVER");
    if (fault->to >= 0) {
        const struct server *target = &injections->core->servers[fault->to];
        unsigned port = target->announced != 0 ? target->announced : target->port;
        g_string_append_printf(command, " TO 127.0.0.1 %u", port);
    }
    if (fault->has_duration)
        g_string_append_printf(command, " TIMEOUT %" G_GINT64_FORMAT,
                               fault_patience(fault, &injection->state) / NS_PER_MS);
    server_command(server, NULL, NULL, command->str);
    g_string_free(command, TRUE);
}

static void begin_node(struct injections *injections, struct injection *injection)
{
    const struct scenario_fault *fault = injection->fault;
    struct server *server = &injections->core->servers[fault->node];
    switch (fault->kind) {
    case FAULT_PAUSE:
        pause_node(injections, fault->node);
        break;
    case FAULT_RESUME:
        resume_node(injections, fault->node);
        break;
    case FAULT_CRASH:
        crash(injections->core, fault->node);
        break;
    case FAULT_SHUTDOWN:
        shut_down(injections->core, fault->node, fault->save);
        break;
    case FAULT_START:
        start(injections, fault);
        break;
    case FAULT_RESTART:
        restart(injections, fault);
        break;
    case FAULT_PROMOTE:
        live_core_replicaof(injections->core, fault->node, -1);
        break;
    case FAULT_REPLICAOF:
        live_core_replicaof(injections->core, fault->node, fault->to);
        break;
    case FAULT_FAILOVER:
        fail_over(injections, injection);
        break;
    case FAULT_CONFIG_SET:
        set_config(injections->core, fault);
        break;
    case FAULT_FLUSH:
        server_command(server, NULL, NULL, "FLUSHALL");
        break;
    case FAULT_BGSAVE:
        server_command(server, NULL, NULL, "BGSAVE");
        break;
    case FAULT_MOVE_LOAD:
        load_writer_move(&injections->load_writers->list[fault->load], fault->node);
        break;
    default:
        break;
    }
}

static void end_node(struct injections *injections, const struct scenario_fault *fault)
{
    struct scenario_fault again = {.node = fault->node};
    if (fault->kind == FAULT_PAUSE)
        resume_node(injections, fault->node);
    else if (fault->kind == FAULT_CRASH || fault->kind == FAULT_SHUTDOWN)
        start(injections, &again);
}

/* ---- when ---- */

/* The times at which they were due count, not those at which they happened: draws add to them. */
static void begin(struct injection *injection)
{
    struct live_core *core = injection->all->core;
    const struct scenario_fault *fault = injection->fault;
    LIVE_EVENT(core, fault, fault->node, e->fault = fault_name(fault->kind),
               e->target = fault_target(core->scenario, fault), e->of = fault_of(fault),
               e->index = fault - core->scenario->faults);
    if (fault->link >= 0)
        injection_link(core, fault, begin_link);
    else
        begin_node(injection->all, injection);
    injection->is_going_on = fault_ends_itself(fault);
    injection->due = injection->is_going_on ? fault_ends(fault, &injection->state, injection->due)
                                            : fault_next(fault, &injection->state, injection->due);
}

static void end(struct injection *injection)
{
    LIVE_EVENT(injection->all->core, heal, injection->fault->node,
               e->fault = fault_name(injection->fault->kind),
               e->target = fault_target(injection->all->core->scenario, injection->fault),
               e->of = fault_of(injection->fault),
               e->index = injection->fault - injection->all->core->scenario->faults);
    if (injection->fault->link >= 0)
        injection_link(injection->all->core, injection->fault, end_link);
    else
        end_node(injection->all, injection->fault);
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
    struct injections *injections = user;
    const struct live_core *core = injections->core;
    int64_t end_ns = core->scenario->duration;
    struct injection *injection;
    while ((injection = first_due(injections)) != NULL && injection->due <= live_core_now(core) &&
           injection->due < end_ns) {
        if (injection->is_going_on)
            end(injection);
        else
            begin(injection);
    }
    if (injection != NULL && injection->due < end_ns)
        timer_set(&injections->timer, injection->due + core->zero);
}

bool injections_open(struct injections *injections, struct live_core *core,
                     struct load_writers *load_writers)
{
    const struct scenario *scenario = core->scenario;
    injections->core = core;
    injections->load_writers = load_writers;
    injections->list = g_new0(struct injection, scenario->fault_count + 1);
    injections->paused_since = g_new0(int64_t, scenario->node_count + 1);
    injections->starts_again = g_new0(bool, scenario->node_count + 1);
    injections->starts_wiped = g_new0(bool, scenario->node_count + 1);
    for (uint32_t i = 0; i < scenario->fault_count; i++) {
        struct injection *injection = &injections->list[i];
        injection->all = injections;
        injection->fault = &scenario->faults[i];
        fault_state_init(&injection->state, scenario, i, core->seed, 0);
        injections->count++;
    }
    return timer_open(&injections->timer, &core->loop, ring, injections);
}

void injections_start(struct injections *injections)
{
    for (uint32_t i = 0; i < injections->count; i++)
        injections->list[i].due =
            fault_next(injections->list[i].fault, &injections->list[i].state, 0);
    ring(injections);
}

void injections_close(struct injections *injections)
{
    timer_close(&injections->timer);
    g_free(injections->list);
    g_free(injections->paused_since);
    g_free(injections->starts_again);
    g_free(injections->starts_wiped);
    *injections = (struct injections){0};
}
