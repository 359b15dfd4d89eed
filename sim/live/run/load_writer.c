/* See load_writer.h. A key is the prefix and nine digits, so that all commands of one size are
 * alike.
 */
#include "sim/live/run/load_writer.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "sim/engine/time.h"
#include "sim/live/relay/socket.h"

#define KEYS        4               /* that one writer overwrites in turn */
#define PENDING_MAX (4 << 20)       /* bytes: what a stopped server does not read waits */
#define TICK_NS     (NS_PER_MS / 2) /* commands of less than that go together */

static size_t digits(int64_t value)
{
    size_t count = 1;
    for (; value > 9; value /= 10)
        count++;
    return count;
}

static int64_t framed(int64_t len)
{
    return 1 + (int64_t)digits(len) + 2 + len + 2;
}

void load_writer_append(GString *out, int64_t size, const char *prefix, int64_t number)
{
    static const char HEAD[] = "*3\r\n$3\r\nSET\r\n";
    char key[24];
    int len = g_snprintf(key, sizeof key, "%s%09" G_GINT64_FORMAT, prefix, number);
    int64_t rest = size - (int64_t)(sizeof HEAD - 1);
    int64_t value = rest - framed(len);
    while (value > 0 && framed(value) > rest - framed(len))
        value--;
    if (framed(value) < rest - framed(len)) { /* no value has that length: the key takes the rest */
        key[len++] = 'x';
        key[len] = '\0';
    }
    value = MAX(value, 0);
    g_string_append(out, HEAD);
    g_string_append_printf(out, "$%d\r\n%s\r\n$%" G_GINT64_FORMAT "\r\n", len, key, value);
    gsize at = out->len;
    g_string_set_size(out, at + (gsize)value);
    memset(out->str + at, 'v', (size_t)value);
    g_string_append(out, "\r\n");
}

/* ---- the connection ---- */

static void free_poll(uv_handle_t *handle)
{
    g_free(handle);
}

static void disconnect(struct load_writer *load_writer)
{
    if (load_writer->fd < 0)
        return;
    uv_poll_stop(load_writer->poll);
    uv_close((uv_handle_t *)load_writer->poll, free_poll);
    close(load_writer->fd);
    load_writer->fd = -1;
    load_writer->poll = NULL;
    g_string_truncate(load_writer->pending, 0);
}

static bool contains(const char *bytes, size_t len, const char *word)
{
    return g_strstr_len(bytes, (gssize)len, word) != NULL;
}

static void heard(struct load_writer *load_writer, const char *bytes, size_t len)
{
    bool refused = contains(bytes, len, "-NOREPLICAS");
    bool accepted = contains(bytes, len, "+OK");
    if (refused == load_writer->refuses || !(refused || accepted))
        return;
    load_writer->refuses = refused;
    LIVE_EVENT(load_writer->core, writes, load_writer->node, e->refused = refused);
}

static void read_answers(struct load_writer *load_writer)
{
    char bytes[16384];
    ssize_t got;
    while ((got = recv(load_writer->fd, bytes, sizeof bytes, 0)) > 0)
        heard(load_writer, bytes, (size_t)got);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
        disconnect(load_writer);
}

static void flush(struct load_writer *load_writer);

static void poll_event(uv_poll_t *poll, int status, int events)
{
    struct load_writer *load_writer = poll->data;
    (void)status;
    if (events & UV_READABLE)
        read_answers(load_writer);
    if (load_writer->fd >= 0 && (events & UV_WRITABLE))
        flush(load_writer);
}

static void flush(struct load_writer *load_writer)
{
    while (load_writer->pending->len > 0) {
        ssize_t sent = send(load_writer->fd, load_writer->pending->str, load_writer->pending->len,
                            MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN && errno != EINTR) {
            disconnect(load_writer);
            return;
        }
        if (sent <= 0)
            break;
        g_string_erase(load_writer->pending, 0, sent);
    }
    uv_poll_start(load_writer->poll,
                  UV_READABLE | (load_writer->pending->len > 0 ? UV_WRITABLE : 0), poll_event);
}

static void connect_if_up(struct load_writer *load_writer)
{
    const struct server *server = &load_writer->core->servers[load_writer->node];
    if (load_writer->fd >= 0 || !server->is_serving)
        return;
    load_writer->fd = socket_dial(server->port, 0);
    if (load_writer->fd < 0)
        return;
    load_writer->poll = g_new0(uv_poll_t, 1);
    uv_poll_init(&load_writer->core->loop, load_writer->poll, load_writer->fd);
    load_writer->poll->data = load_writer;
    uv_poll_start(load_writer->poll, UV_READABLE, poll_event);
}

/* ---- the load ---- */

/* Where the command that begins at `bytes` ends. */
static int64_t end_of_command(const struct load_writer *load_writer)
{
    const struct dist *size = &load_writer->core->scenario->loads[load_writer->index].spec.command;
    int64_t low = load_writer->bytes, step = 1;
    if (dist_is_constant(size))
        return low + dist_mean(size);
    while (load_boundary(load_writer->load, MIN(low + step, load_writer->total)) == low)
        step *= 2;
    int64_t high =
        MIN(low + step, load_writer->total); /* a boundary above it is at or below `high` */
    while (high - low > 1) {
        int64_t middle = low + (high - low) / 2;
        if (load_boundary(load_writer->load, middle) > load_writer->bytes)
            high = middle;
        else
            low = middle;
    }
    return high;
}

/* A client waits for a server that is stopped, with what it had to say; what was to be written to
 * one that is down is never written. */
static void ring(void *user)
{
    struct load_writer *load_writer = user;
    int64_t now = MIN(live_core_now(load_writer->core), load_writer->core->scenario->duration);
    int64_t due = load_commands(load_writer->load, now);
    connect_if_up(load_writer);
    for (; load_writer->sent < due; load_writer->sent++) {
        int64_t end = end_of_command(load_writer);
        int64_t size = end - load_writer->bytes;
        load_writer->bytes = end;
        if (load_writer->fd >= 0 && load_writer->pending->len < PENDING_MAX)
            load_writer_append(load_writer->pending, size, "w", load_writer->sent % KEYS);
    }
    if (load_writer->fd >= 0)
        flush(load_writer);
    int64_t next = load_next(load_writer->load, now);
    if (next != TIME_NEVER)
        timer_set(&load_writer->timer, MAX(next, now + TICK_NS) + load_writer->core->zero);
}

bool load_writers_open(struct load_writers *load_writers, struct live_core *core)
{
    const struct scenario *scenario = core->scenario;
    load_writers->list = g_new0(struct load_writer, scenario->load_count + 1);
    for (uint32_t i = 0; i < scenario->load_count; i++) {
        struct load_writer *load_writer = &load_writers->list[i];
        *load_writer = (struct load_writer){
            .core = core, .index = i, .node = scenario->loads[i].node, .fd = -1};
        load_writer->pending = g_string_new(NULL);
        load_writer->load = load_new(core->seed, 0, scenario->duration);
        load_add(load_writer->load, &scenario->loads[i].spec);
        load_writer->total = load_bytes(load_writer->load, scenario->duration);
        load_writers->count++;
        if (!timer_open(&load_writer->timer, &core->loop, ring, load_writer))
            return false;
    }
    return true;
}

void load_writers_start(struct load_writers *load_writers)
{
    for (uint32_t i = 0; i < load_writers->count; i++)
        ring(&load_writers->list[i]);
}

void load_writers_close(struct load_writers *load_writers)
{
    for (uint32_t i = 0; i < load_writers->count; i++) {
        struct load_writer *load_writer = &load_writers->list[i];
        disconnect(load_writer);
        timer_close(&load_writer->timer);
        load_free(load_writer->load);
        g_string_free(load_writer->pending, TRUE);
    }
    g_free(load_writers->list);
    *load_writers = (struct load_writers){0};
}

void load_writer_move(struct load_writer *load_writer, int32_t node)
{
    disconnect(load_writer);
    load_writer->node = node;
}
