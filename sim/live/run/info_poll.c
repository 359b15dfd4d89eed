/* See glance.h. */
#include "sim/live/run/info_poll.h"

#include <string.h>
#include "sim/engine/time.h"
#include "sim/live/run/peer_socket.h"
#include "sim/live/run/live.h"

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

static void take_info(struct glance *glance, const char *text)
{
    const char *role = field(text, "role"), *link = field(text, "master_link_status");
    bool has_backlog = number(text, "repl_backlog_active") == 1;
    int64_t fork_us = number(text, "latest_fork_usec");
    glance->is_master = role != NULL && strncmp(role, "master", 6) == 0;
    glance->link_up = link != NULL && strncmp(link, "up", 2) == 0;
    glance->offset = number(text, glance->is_master ? "master_repl_offset" : "slave_repl_offset");
    glance->backlog_first = has_backlog ? number(text, "repl_backlog_first_byte_offset") : -1;
    glance->backlog_bytes = has_backlog ? number(text, "repl_backlog_histlen") : -1;
    glance->fork_ns = fork_us < 0 ? -1 : fork_us * NS_PER_US;
    glance->second_offset = number(text, "second_repl_offset");
    take_word(text, "master_replid", glance->replid);
    take_word(text, "master_replid2", glance->replid2);
}

static void tell_info(const struct glance *glance)
{
    struct journal *journal = &glance->live->journal;
    struct sight sight = {.t = (int64_t)uv_hrtime(), .node = glance->node, .peer = -1};
    sight.kind = SIGHT_RANGE;
    sight.text = glance->replid;
    sight.a = glance->offset;
    sight.b = glance->backlog_first;
    sight.c = glance->backlog_bytes;
    journal_add(journal, sight);
    sight.kind = SIGHT_FORK_TIME;
    sight.text = NULL;
    sight.a = glance->fork_ns;
    journal_add(journal, sight);
}

static void info_came(redisAsyncContext *context, void *reply, void *user)
{
    struct glance *glance = user;
    const redisReply *answer = reply;
    (void)context;
    glance->is_asked = false;
    if (answer == NULL || answer->type != REDIS_REPLY_STRING)
        return;
    take_info(glance, answer->str);
    tell_info(glance);
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

static struct passage *passage_behind(const struct live *live, int32_t master, uint16_t port)
{
    struct passage *passage = NULL;
    for (uint32_t i = 0; i < live->scenario->link_count && passage == NULL; i++)
        if (live->proxies[i].spec->upper == master)
            passage = proxy_find(&live->proxies[i], port);
    return passage;
}

int32_t glance_replica(const struct live *live, int32_t master, uint16_t port)
{
    const struct passage *passage = passage_behind(live, master, port);
    return passage == NULL ? -1 : passage->proxy->spec->lower;
}

/* Once for each connection, as soon as the master says which of its sockets that is. */
static void limit_buffer(const struct glance *glance, struct passage *passage, int64_t fd)
{
    if (passage->is_limited)
        return;
    passage->is_limited = true;
    foreign_limit_send_buffer(glance->live->servers[glance->node].pid, (int)fd, passage->port,
                              passage->proxy->spec->send_buffer);
}

static void take_client(struct glance *glance, const char *line, size_t len)
{
    const char *flags = g_strstr_len(line, (gssize)len, " flags="),
               *address = g_strstr_len(line, (gssize)len, " addr=");
    const char *colon = address == NULL ? NULL : strchr(address, ':');
    uint16_t port = colon == NULL ? 0 : (uint16_t)g_ascii_strtoull(colon + 1, NULL, 10);
    struct passage *passage = passage_behind(glance->live, glance->node, port);
    int64_t bytes, id, fd;
    if (passage == NULL || !client_number(line, len, "id=", &id))
        return;
    int32_t replica = passage->proxy->spec->lower;
    if (client_number(line, len, " fd=", &fd))
        limit_buffer(glance, passage, fd);
    g_hash_table_insert(glance->replicas, GINT_TO_POINTER((int)id), GINT_TO_POINTER(replica + 1));
    if (flags == NULL || flags[7] != 'S' || !client_number(line, len, " omem=", &bytes))
        return;
    journal_add(&glance->live->journal, (struct sight){.t = (int64_t)uv_hrtime(),
                                                       .kind = SIGHT_BUFFER,
                                                       .node = glance->node,
                                                       .peer = replica,
                                                       .a = bytes});
}

int32_t glance_client(const struct live *live, int32_t node, int64_t client)
{
    GHashTable *replicas = live->glances.list[node].replicas;
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

void glance_ask(struct live *live, int32_t node)
{
    struct glance *glance = &live->glances.list[node];
    struct server *server = &live->servers[node];
    if (glance->is_asked || !server->is_serving || server->is_paused)
        return;
    server_command(server, clients_came, glance, "CLIENT LIST");
    glance->is_asked = server_command(server, info_came, glance, "INFO");
}

static void ring(void *user)
{
    struct live *live = user;
    for (uint32_t i = 0; i < live->scenario->node_count; i++)
        glance_ask(live, (int32_t)i);
    alarm_set(&live->glances.alarm, (int64_t)uv_hrtime() + PERIOD_NS);
}

void glance_forget(struct live *live, int32_t node)
{
    struct glance *glance = &live->glances.list[node];
    GHashTable *replicas = glance->replicas;
    if (replicas == NULL)
        replicas = g_hash_table_new(NULL, NULL);
    g_hash_table_remove_all(replicas);
    *glance = (struct glance){.live = live,
                              .replicas = replicas,
                              .node = node,
                              .offset = -1,
                              .backlog_first = -1,
                              .backlog_bytes = -1,
                              .fork_ns = -1};
}

bool glances_open(struct live *live)
{
    live->glances.list = g_new0(struct glance, live->scenario->node_count + 1);
    for (uint32_t i = 0; i < live->scenario->node_count; i++)
        glance_forget(live, (int32_t)i);
    if (!alarm_open(&live->glances.alarm, &live->loop, ring, live))
        return false;
    ring(live);
    return true;
}

void glances_close(struct live *live)
{
    alarm_close(&live->glances.alarm);
    for (uint32_t i = 0; i < live->scenario->node_count && live->glances.list != NULL; i++)
        if (live->glances.list[i].replicas != NULL)
            g_hash_table_destroy(live->glances.list[i].replicas);
    g_free(live->glances.list);
    live->glances.list = NULL;
}
