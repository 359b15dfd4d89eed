/* A live run from its set-up to its end. See live.h. */
#include "sim/live/run/live.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include "sim/engine/time.h"
#include "sim/live/run/peer_socket.h"
#include "sim/live/run/setup.h"
#include "sim/live/relay/socket.h"

#define LAST_LINES_SHOWN 6
#define MOVES_MAX        5

/* ---- logs ---- */

static int64_t wall_ms_in_hour(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)(now.tv_sec % 3600) * 1000 + now.tv_nsec / NS_PER_MS;
}

static int32_t node_with_port(const struct live *live, uint16_t port)
{
    for (uint32_t i = 0; i < live->core.scenario->node_count && port != 0; i++)
        if (live->core.servers[i].port == port || live->core.servers[i].announced == port)
            return (int32_t)i;
    return -1;
}

/* The only node that can be a replica of that master; -1: several can, or none. */
static int32_t only_replica(const struct live *live, int32_t master)
{
    int32_t only = -1;
    for (uint32_t i = 0; i < live->core.scenario->link_count; i++) {
        const struct scenario_link *link = &live->core.scenario->links[i];
        if (link->upper != master || link->lower == only)
            continue;
        if (only >= 0)
            return -1;
        only = link->lower;
    }
    return only;
}

/* Logs name a replica by its address, its connection's port or its client's id. */
static int32_t replica_meant(const struct live *live, int32_t master, const struct log_line *line)
{
    int32_t replica = -1;
    if (line->conn_port != 0)
        replica = info_poll_replica(&live->core, master, line->conn_port);
    else if (line->client != 0)
        replica = info_poll_client(&live->info_polls, master, line->client);
    else
        return node_with_port(live, line->peer_port);
    return replica >= 0 ? replica : only_replica(live, master);
}

static void serve(struct live *live, int32_t node, bool serves)
{
    struct server *server = &live->core.servers[node];
    for (uint32_t i = 0; i < live->core.scenario->link_count; i++) {
        struct relay *relay = &live->core.relays[i];
        if (relay->link.spec->upper != node)
            continue;
        relay->link.upper_port = server->port;
        relay_serve(relay, serves);
    }
}

static void came_up(struct live *live, int32_t node)
{
    struct server *server = &live->core.servers[node];
    server->is_serving = true;
    if (!server_connect(server))
        live_core_fail(&live->core, "%s: no connection to its server on port %u",
                       server->spec->name, server->port);
    serve(live, node, true);
    info_poll_ask(&live->info_polls, node);
}

static void said(struct server *server, const char *text)
{
    struct live *live = server->user;
    int32_t node = (int32_t)(server - live->core.servers);
    struct log_line line;
    if (!log_understand(live->core.log_reader, text, &line))
        return;
    if (line.is_child && line.observation.kind != SEEN_COPIED)
        return;
    line.observation.t = log_time(&line, (int64_t)uv_hrtime(), wall_ms_in_hour());
    /* stamps are cut to milliseconds, by which two lines must not change places */
    line.observation.t = server->said_at = MAX(line.observation.t, server->said_at);
    line.observation.node = node;
    line.observation.peer = replica_meant(live, node, &line);
    line.observation.text = line.id[0] != '\0' ? line.id : NULL;
    line.observation.more = line.id2[0] != '\0' ? line.id2 : NULL;
    if (line.observation.kind == SEEN_UP && server->is_serving)
        return;
    observations_add(&live->core.observations, line.observation);
    if (line.observation.kind == SEEN_UP)
        came_up(live, node);
}

/* ---- processes ---- */

static void died(struct live *live, struct server *server)
{
    GString *lines = g_string_new(NULL);
    guint shown = MIN(server->line_count, LAST_LINES_SHOWN);
    for (guint i = server->line_count - shown; i < server->line_count; i++)
        g_string_append_printf(lines, "\n    %s", server->last_lines[i % SERVER_LAST_LINES]);
    live_core_fail(&live->core, "%s: its server ended by itself; its last words:%s",
                   server->spec->name, lines->len > 0 ? lines->str : " none");
    g_string_free(lines, TRUE);
}

static bool says(const struct server *server, const char *words)
{
    for (guint i = 0; i < MIN(server->line_count, SERVER_LAST_LINES); i++)
        if (strstr(server->last_lines[i], words) != NULL)
            return true;
    return false;
}

/* Somebody took its port between our look and its start, which nobody else knows yet: another
 * one is chosen while nobody knows the first. */
static bool moves_port(struct live *live, int32_t node)
{
    struct server *server = &live->core.servers[node];
    if (server->is_serving || server->moves >= MOVES_MAX || !says(server, "Address already in use"))
        return false;
    server_ended(server);
    server->moves++;
    server->port = socket_free_port(&live->core.port_cursor);
    live_core_start(&live->core, node);
    return true;
}

static void ended(struct live *live, int32_t node, int status)
{
    struct server *server = &live->core.servers[node];
    server_read_log(server);
    serve(live, node, false);
    if (moves_port(live, node))
        return;
    if (!server->may_end)
        died(live, server);
    bool is_crash = WIFSIGNALED(status);
    observations_add(&live->core.observations,
                     (struct observation){.t = (int64_t)uv_hrtime(),
                                          .kind = SEEN_DOWN,
                                          .node = node,
                                          .peer = -1,
                                          .a = !is_crash,
                                          .b = !is_crash && says(server, "DB saved on disk")});
    server_ended(server);
    info_poll_forget(&live->info_polls, node);
    injections_ended(&live->injections, node);
}

static void child_event(struct live *live)
{
    int status;
    for (uint32_t i = 0; i < live->core.scenario->node_count; i++)
        if (live->core.servers[i].pid > 0 &&
            waitpid(live->core.servers[i].pid, &status, WNOHANG) == live->core.servers[i].pid)
            ended(live, (int32_t)i, status);
}

/* ---- signals ---- */

static void signalled(uv_signal_t *handle, int number)
{
    struct live *live = handle->data;
    if (number == SIGCHLD) {
        child_event(live);
        return;
    }
    live->core.signal = number;
    live->core.result = LIVE_INTERRUPTED;
    live->core.is_over = true;
}

static void catch_signals(struct live *live)
{
    static const int NUMBERS[] = {SIGCHLD, SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < G_N_ELEMENTS(NUMBERS); i++) {
        uv_signal_init(&live->core.loop, &live->signals[i]);
        live->signals[i].data = live;
        uv_signal_start(&live->signals[i], signalled, NUMBERS[i]);
    }
}

/* ---- life ---- */

static bool open_nodes(struct live *live)
{
    const struct scenario *scenario = live->core.scenario;
    for (uint32_t i = 0; i < scenario->node_count; i++) {
        struct server *server = &live->core.servers[i];
        *server = (struct server){.spec = &scenario->nodes[i], .program = &live->core.programs[i]};
        server->said = said;
        server->user = live;
        live->core.masters[i] =
            scenario->nodes[i].begin == BEGIN_ALONE ? -1 : scenario->nodes[i].replicaof;
        if (!server_init(server, &live->core.reaper, &live->core.loop,
                         socket_free_port(&live->core.port_cursor)))
            return false;
    }
    return true;
}

/* Before a handshake goes on, what both servers have said by then is read: so their words are in
 * the order in which things happened. */
static void before_handshake(void *user, int32_t upper, int32_t lower)
{
    struct live *live = user;
    server_read_log(&live->core.servers[lower]);
    server_read_log(&live->core.servers[upper]);
}

static void asks(void *user, int32_t upper)
{
    info_poll_ask(&((struct live *)user)->info_polls, upper);
}

static void accepted(void *user, const struct relay *relay, uint16_t peer_port)
{
    const struct live *live = user;
    peer_socket_limit_receive_buffer(live->core.servers[relay->link.spec->lower].pid, peer_port,
                                     relay->port, relay->link.spec->receive_buffer);
}

static bool open_links(struct live *live)
{
    for (uint32_t i = 0; i < live->core.scenario->link_count; i++) {
        struct relay *relay = &live->core.relays[i];
        if (!relay_open(relay, &live->core.scenario->links[i], &live->core.loop,
                        socket_free_port(&live->core.port_cursor)))
            return false;
        relay->link.observations = &live->core.observations;
        relay->link.before_handshake = before_handshake;
        relay->link.asks = asks;
        relay->accepted = accepted;
        relay->link.user = live;
        live->core.servers[relay->link.spec->lower].announced = 0;
    }
    for (uint32_t i = 0; i < live->core.scenario->link_count; i++) {
        const struct relay *relay = &live->core.relays[i];
        int32_t twin = relay->link.spec->twin;
        if (twin >= 0 && live->core.scenario->nodes[relay->link.spec->lower].replicaof ==
                             relay->link.spec->upper)
            live->core.servers[relay->link.spec->lower].announced = live->core.relays[twin].port;
    }
    return true;
}

static bool open_all(struct live *live)
{
    if (!reaper_start(&live->core.reaper))
        return false;
    uv_loop_init(&live->core.loop);
    catch_signals(live);
    return open_nodes(live) && open_links(live) &&
           load_writers_open(&live->load_writers, &live->core) &&
           injections_open(&live->injections, &live->core, &live->load_writers) &&
           info_polls_open(&live->info_polls, &live->core);
}

static void free_lists(struct live *live)
{
    g_free(live->core.servers);
    g_free(live->core.relays);
    g_free(live->core.masters);
    g_free(live->core.diagnostic);
    g_free(live);
}

struct live *live_new(const struct scenario *scenario, uint64_t seed,
                      const struct program *programs, char **wrong)
{
    struct live *live = g_new0(struct live, 1);
    live->core.scenario = scenario;
    live->core.seed = seed;
    live->core.reaper.pipe = -1;
    live->core.programs = programs;
    observations_init(&live->core.observations);
    live->core.log_reader = log_reader_new();
    live->core.servers = g_new0(struct server, scenario->node_count + 1);
    live->core.relays = g_new0(struct relay, scenario->link_count + 1);
    live->core.masters = g_new0(int32_t, scenario->node_count + 1);
    setup_open(&live->setup, (struct setup){.core = &live->core,
                                            .info_polls = &live->info_polls,
                                            .injections = &live->injections,
                                            .load_writers = &live->load_writers});
    if (open_all(live))
        return live;
    *wrong = g_strdup_printf("setting up servers and links: %s", g_strerror(errno));
    live_free(live);
    return NULL;
}

static void over(void *user)
{
    ((struct live *)user)->core.is_over = true;
}

static void run_to_end(struct live *live)
{
    struct timer end;
    if (!timer_open(&end, &live->core.loop, over, live)) {
        live_core_fail(&live->core, "no timer: %s", g_strerror(errno));
        return;
    }
    timer_set(&end, time_add(live->core.zero, live->core.scenario->duration));
    while (!live->core.is_over)
        uv_run(&live->core.loop, UV_RUN_ONCE);
    timer_close(&end);
}

enum live_result live_run(struct live *live)
{
    if (setup_before_zero(&live->setup))
        run_to_end(live);
    if (live->core.result == LIVE_DONE)
        setup_last_look(&live->setup);
    return live->core.result;
}

static void close_handle(uv_handle_t *handle, void *user)
{
    (void)user;
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

void live_free(struct live *live)
{
    const struct scenario *scenario = live->core.scenario;
    injections_close(&live->injections);
    load_writers_close(&live->load_writers);
    setup_close(&live->setup);
    for (uint32_t i = 0; i < scenario->node_count; i++)
        server_clear(&live->core.servers[i]); /* who still awaits an answer is informed */
    info_polls_close(&live->info_polls);
    for (uint32_t i = 0; i < scenario->link_count; i++)
        relay_close(&live->core.relays[i]);
    reaper_end(&live->core.reaper);
    uv_walk(&live->core.loop, close_handle, NULL);
    uv_run(&live->core.loop, UV_RUN_DEFAULT);
    uv_loop_close(&live->core.loop);
    observations_clear(&live->core.observations);
    log_reader_free(live->core.log_reader);
    free_lists(live);
}
