/* See writer.h. A key is the prefix and nine digits, so that all commands of one size are alike.
 */
#include "sim/live/run/load_writer.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "sim/engine/time.h"
#include "sim/live/run/live.h"
#include "sim/live/relay/socket.h"

#define KEYS        4               /* that one writer overwrites in turn */
#define PENDING_MAX (4 << 20)       /* bytes: what a server that stands still does not take waits */
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

void writer_append(GString *out, int64_t size, const char *prefix, int64_t number)
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

static void disconnect(struct writer *writer)
{
    if (writer->fd < 0)
        return;
    uv_poll_stop(writer->poll);
    uv_close((uv_handle_t *)writer->poll, free_poll);
    close(writer->fd);
    writer->fd = -1;
    writer->poll = NULL;
    g_string_truncate(writer->pending, 0);
}

static bool contains(const char *bytes, size_t len, const char *word)
{
    return g_strstr_len(bytes, (gssize)len, word) != NULL;
}

static void heard(struct writer *writer, const char *bytes, size_t len)
{
    bool refused = contains(bytes, len, "-NOREPLICAS");
    bool accepted = contains(bytes, len, "+OK");
    if (refused == writer->refuses || !(refused || accepted))
        return;
    writer->refuses = refused;
    LIVE_EVENT(writer->live, EVENT_WRITES, writer->node, TRACE_NUMBER(refused),
               TRACE_NUMBER(TRACE_ABSENT));
}

static void read_answers(struct writer *writer)
{
    char bytes[16384];
    ssize_t got;
    while ((got = recv(writer->fd, bytes, sizeof bytes, 0)) > 0)
        heard(writer, bytes, (size_t)got);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
        disconnect(writer);
}

static void flush(struct writer *writer);

static void poll_event(uv_poll_t *poll, int status, int events)
{
    struct writer *writer = poll->data;
    (void)status;
    if (events & UV_READABLE)
        read_answers(writer);
    if (writer->fd >= 0 && (events & UV_WRITABLE))
        flush(writer);
}

static void flush(struct writer *writer)
{
    while (writer->pending->len > 0) {
        ssize_t sent = send(writer->fd, writer->pending->str, writer->pending->len, MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN && errno != EINTR) {
            disconnect(writer);
            return;
        }
        if (sent <= 0)
            break;
        g_string_erase(writer->pending, 0, sent);
    }
    uv_poll_start(writer->poll, UV_READABLE | (writer->pending->len > 0 ? UV_WRITABLE : 0),
                  poll_event);
}

static void connect_if_up(struct writer *writer)
{
    const struct server *server = &writer->live->servers[writer->node];
    if (writer->fd >= 0 || !server->is_serving)
        return;
    writer->fd = socket_dial(server->port, 0);
    if (writer->fd < 0)
        return;
    writer->poll = g_new0(uv_poll_t, 1);
    uv_poll_init(&writer->live->loop, writer->poll, writer->fd);
    writer->poll->data = writer;
    uv_poll_start(writer->poll, UV_READABLE, poll_event);
}

/* ---- the load ---- */

/* Where the command that begins at `bytes` ends. */
static int64_t end_of_command(const struct writer *writer)
{
    const struct dist *size = &writer->live->scenario->loads[writer->index].spec.command;
    int64_t low = writer->bytes, step = 1;
    if (dist_is_constant(size))
        return low + dist_mean(size);
    while (load_boundary(writer->load, MIN(low + step, writer->total)) == low)
        step *= 2;
    int64_t high = MIN(low + step, writer->total); /* a boundary above it is at or below `high` */
    while (high - low > 1) {
        int64_t middle = low + (high - low) / 2;
        if (load_boundary(writer->load, middle) > writer->bytes)
            high = middle;
        else
            low = middle;
    }
    return high;
}

/* A client waits for a server that stands still, with what it had to say; what was to be written to
 * one that is down is never written. */
static void ring(void *user)
{
    struct writer *writer = user;
    int64_t now = MIN(live_now(writer->live), writer->live->scenario->duration);
    int64_t due = load_commands(writer->load, now);
    connect_if_up(writer);
    for (; writer->sent < due; writer->sent++) {
        int64_t end = end_of_command(writer);
        int64_t size = end - writer->bytes;
        writer->bytes = end;
        if (writer->fd >= 0 && writer->pending->len < PENDING_MAX)
            writer_append(writer->pending, size, "w", writer->sent % KEYS);
    }
    if (writer->fd >= 0)
        flush(writer);
    int64_t next = load_next(writer->load, now);
    if (next != TIME_NEVER)
        alarm_set(&writer->alarm, MAX(next, now + TICK_NS) + writer->live->zero);
}

bool writers_open(struct live *live)
{
    const struct scenario *scenario = live->scenario;
    struct writers *writers = &live->writers;
    writers->list = g_new0(struct writer, scenario->load_count + 1);
    for (uint32_t i = 0; i < scenario->load_count; i++) {
        struct writer *writer = &writers->list[i];
        *writer =
            (struct writer){.live = live, .index = i, .node = scenario->loads[i].node, .fd = -1};
        writer->pending = g_string_new(NULL);
        writer->load = load_new(live->seed, 0, scenario->duration);
        load_add(writer->load, &scenario->loads[i].spec);
        writer->total = load_bytes(writer->load, scenario->duration);
        writers->count++;
        if (!alarm_open(&writer->alarm, &live->loop, ring, writer))
            return false;
    }
    return true;
}

void writers_start(struct live *live)
{
    for (uint32_t i = 0; i < live->writers.count; i++)
        ring(&live->writers.list[i]);
}

void writers_close(struct live *live)
{
    for (uint32_t i = 0; i < live->writers.count; i++) {
        struct writer *writer = &live->writers.list[i];
        disconnect(writer);
        alarm_close(&writer->alarm);
        load_free(writer->load);
        g_string_free(writer->pending, TRUE);
    }
    g_free(live->writers.list);
    live->writers = (struct writers){0};
}

void writer_move(struct writer *writer, int32_t node)
{
    disconnect(writer);
    writer->node = node;
}
