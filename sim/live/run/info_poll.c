/* See info_poll.h. */
#include "sim/live/run/info_poll.h"

#include <string.h>
#include "sim/engine/time.h"
#include "sim/live/run/peer_socket.h"

#define PERIOD_NS (100 * NS_PER_MS)

/* ---- INFO ---- */

/* The value of "field:" at the beginning of a line; NULL: there is none. */
static const char *field(const char *text, const char *name)
{
    size_t len = strlen(name);
    for (const char *line = text; line != NULL; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, name, len) == 0 && line[len] == ':')
            return line + len + 1;
    }
    return NULL;
}

static int64_t number(const char *text, const char *name)
{
    const char *value = field(text, name);
    return value == NULL ? -1 : g_ascii_strtoll(value, NULL, 10);
}

static void take_word(const char *text, const char *name, char out[41])
{
    const char *value = field(text, name);
    size_t len = value == NULL ? 0 : strcspn(value, "\r\n");
    len = len > 40 ? 40 : len;
    if (len > 0)
        memcpy(out, value, len);
    out[len] = '\0';
}

static void take_info(struct info_poll *info_poll, const char *text)
{
    const char *role = field(text, "role"), *link = field(text, "master_link_status");
    bool has_backlog = number(text, "repl_backlog_active") == 1;
    int64_t fork_us = number(text, "latest_fork_usec");
    info_poll->is_master = role != NULL && strncmp(role, "master", 6) == 0;
    info_poll->link_up = link != NULL && strncmp(link, "up", 2) == 0;
    info_poll->offset =
        number(text, info_poll->is_master ? "master_repl_offset" : "slave_repl_offset");
    info_poll->backlog_first = has_backlog ? number(text, "repl_backlog_first_byte_offset") : -1;
    info_poll->backlog_bytes = has_backlog ? number(text, "repl_backlog_histlen") : -1;
    info_poll->fork_ns = fork_us < 0 ? -1 : fork_us * NS_PER_US;
    info_poll->second_offset = number(text, "second_repl_offset");
    take_word(text, "master_replid", info_poll->replid);
    take_word(text, "master_replid2", info_poll->replid2);
}

static void note_info(const struct info_poll *info_poll)
{
    struct observations *observations = &info_poll->core->observations;
    struct observation observation = {
        .t = (int64_t)uv_hrtime(), .node = info_poll->node, .peer = -1};
    observation.kind = SEEN_RANGE;
    observation.text = info_poll->replid;
    observation.a = info_poll->offset;
    observation.b = info_poll->backlog_first;
    observation.c = info_poll->backlog_bytes;
    observations_add(observations, observation);
    observation.kind = SEEN_FORK_TIME;
    observation.text = NULL;
    observation.a = info_poll->fork_ns;
    observations_add(observations, observation);
}

static void info_came(redisAsyncContext *context, void *reply, void *user)
{
    struct info_poll *info_poll = user;
    const redisReply *answer = reply;
    (void)context;
    info_poll->is_asked = false;
    if (answer == NULL || answer->type != REDIS_REPLY_STRING)
        return;
    take_info(info_poll, answer->str);
    note_info(info_poll);
}

/* ---- CLIENT LIST ---- */

static bool client_number(const char *line, size_t len, const char *name, int64_t *value)
{
    const char *at = g_strstr_len(line, (gssize)len, name);
    if (at == NULL)
        return false;
    *value = g_ascii_strtoll(at + strlen(name), NULL, 10);
    return true;
}

static struct relay_conn *relay_conn_behind(const struct live_core *core, int32_t master,
                                            uint16_t port)
{
    struct relay_conn *relay_conn = NULL;
    for (uint32_t i = 0; i < core->scenario->link_count && relay_conn == NULL; i++)
        if (core->relays[i].link.spec->upper == master)
            relay_conn = relay_find(&core->relays[i], port);
    return relay_conn;
}

int32_t info_poll_replica(const struct live_core *core, int32_t master, uint16_t port)
{
    const struct relay_conn *relay_conn = relay_conn_behind(core, master, port);
    return relay_conn == NULL ? -1 : relay_conn->link->spec->lower;
}

/* Once for each connection, as soon as the master says which of its sockets that is. */
static void limit_buffer(const struct info_poll *info_poll, struct relay_conn *relay_conn,
                         int64_t fd)
{
    if (relay_conn->is_limited)
        return;
    relay_conn->is_limited = true;
    peer_socket_limit_send_buffer(info_poll->core->servers[info_poll->node].pid, (int)fd,
                                  relay_conn->port, relay_conn->link->spec->send_buffer);
}

static void take_client(struct info_poll *info_poll, const char *line, size_t len)
{
    const char *flags = g_strstr_len(line, (gssize)len, " flags="),
               *address = g_strstr_len(line, (gssize)len, " addr=");
    const char *colon = address == NULL ? NULL : strchr(address, ':');
    uint16_t port = colon == NULL ? 0 : (uint16_t)g_ascii_strtoull(colon + 1, NULL, 10);
    struct relay_conn *relay_conn = relay_conn_behind(info_poll->core, info_poll->node, port);
    int64_t bytes, id, fd;
    if (relay_conn == NULL || !client_number(line, len, "id=", &id))
        return;
    int32_t replica = relay_conn->link->spec->lower;
    if (client_number(line, len, " fd=", &fd))
        limit_buffer(info_poll, relay_conn, fd);
    g_hash_table_insert(info_poll->replicas, GINT_TO_POINTER((int)id),
                        GINT_TO_POINTER(replica + 1));
    if (flags == NULL || flags[7] != 'S' || !client_number(line, len, " omem=", &bytes))
        return;
    observations_add(&info_poll->core->observations, (struct observation){.t = (int64_t)uv_hrtime(),
                                                                          .kind = SEEN_BUFFER,
                                                                          .node = info_poll->node,
                                                                          .peer = replica,
                                                                          .a = bytes});
}

int32_t info_poll_client(const struct info_polls *polls, int32_t node, int64_t client)
{
    GHashTable *replicas = polls->list[node].replicas;
    return GPOINTER_TO_INT(g_hash_table_lookup(replicas, GINT_TO_POINTER((int)client))) - 1;
}

static void clients_came(redisAsyncContext *context, void *reply, void *user)
{
    const redisReply *answer = reply;
    (void)context;
    if (answer == NULL || answer->type != REDIS_REPLY_STRING)
        return;
    for (const char *line = answer->str; *line != '\0';) {
        size_t len = strcspn(line, "\n");
        take_client(user, line, len);
        line += len + (line[len] == '\n');
    }
}

/* ---- asking ---- */

void info_poll_ask(struct info_polls *polls, int32_t node)
{
    struct info_poll *info_poll = &polls->list[node];
    struct server *server = &polls->core->servers[node];
    if (info_poll->is_asked || !server->is_serving || server->is_paused)
        return;
    server_command(server, clients_came, info_poll, "CLIENT LIST");
    info_poll->is_asked = server_command(server, info_came, info_poll, "INFO");
}

static void ring(void *user)
{
    struct info_polls *polls = user;
    for (uint32_t i = 0; i < polls->core->scenario->node_count; i++)
        info_poll_ask(polls, (int32_t)i);
    timer_set(&polls->timer, (int64_t)uv_hrtime() + PERIOD_NS);
}

void info_poll_forget(struct info_polls *polls, int32_t node)
{
    struct info_poll *info_poll = &polls->list[node];
    GHashTable *replicas = info_poll->replicas;
    if (replicas == NULL)
        replicas = g_hash_table_new(NULL, NULL);
    g_hash_table_remove_all(replicas);
    *info_poll = (struct info_poll){.core = polls->core,
                                    .replicas = replicas,
                                    .node = node,
                                    .offset = -1,
                                    .backlog_first = -1,
                                    .backlog_bytes = -1,
                                    .fork_ns = -1};
}

bool info_polls_open(struct info_polls *polls, struct live_core *core)
{
    polls->core = core;
    polls->list = g_new0(struct info_poll, core->scenario->node_count + 1);
    for (uint32_t i = 0; i < core->scenario->node_count; i++)
        info_poll_forget(polls, (int32_t)i);
    if (!timer_open(&polls->timer, &core->loop, ring, polls))
        return false;
    ring(polls);
    return true;
}

void info_polls_close(struct info_polls *polls)
{
    timer_close(&polls->timer);
    for (uint32_t i = 0; polls->list != NULL && i < polls->core->scenario->node_count; i++)
        if (polls->list[i].replicas != NULL)
            g_hash_table_destroy(polls->list[i].replicas);
    g_free(polls->list);
    polls->list = NULL;
}
