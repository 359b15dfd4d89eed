/* See watch.h. */
#include "sim/live/relay/sniffer.h"

#include <stdlib.h>
#include <string.h>
#include "models/psync/reply.h"

#define MOVED_NS INT64_C(50000000) /* how often the payload's progress is told */

struct mark {
    uint64_t position;
    struct sight sight;
};

void watch_init(struct watch *watch, struct journal *journal, int32_t upper, int32_t lower)
{
    memset(watch, 0, sizeof *watch);
    watch->journal = journal;
    watch->upper = upper;
    watch->lower = lower;
    watch->offset = -1;
    g_queue_init(&watch->marks[FLOW_DOWN]);
    g_queue_init(&watch->marks[FLOW_UP]);
}

static void free_mark(void *mark)
{
    struct mark *one = mark;
    g_free((char *)one->sight.text);
    g_free(one);
}

void watch_clear(struct watch *watch)
{
    g_queue_clear_full(&watch->marks[FLOW_DOWN], free_mark);
    g_queue_clear_full(&watch->marks[FLOW_UP], free_mark);
}

bool watch_is_handshake(const struct watch *watch)
{
    return watch->phase == WATCH_LINES;
}

bool watch_is_quiet(const struct watch *watch)
{
    return watch->phase >= WATCH_PAYLOAD;
}

/* ---- telling ---- */

static struct sight seen(const struct watch *watch, enum sight_kind kind, int64_t a)
{
    return (struct sight){.kind = kind, .node = watch->lower, .peer = watch->upper, .a = a};
}

static void tell(struct watch *watch, int64_t now, struct sight sight)
{
    sight.t = now;
    if (watch->journal != NULL)
        journal_add(watch->journal, sight);
}

/* When the byte at `position` comes out. */
static void tell_when_out(struct watch *watch, enum flow flow, uint64_t position,
                          struct sight sight)
{
    struct mark *mark = g_new(struct mark, 1);
    *mark = (struct mark){.position = position, .sight = sight};
    mark->sight.text = g_strdup(sight.text);
    g_queue_push_tail(&watch->marks[flow], mark);
}

void watch_out(struct watch *watch, enum flow flow, int64_t now, uint64_t position)
{
    struct mark *mark;
    while ((mark = g_queue_peek_head(&watch->marks[flow])) != NULL && mark->position <= position) {
        tell(watch, now, mark->sight);
        free_mark(g_queue_pop_head(&watch->marks[flow]));
    }
}

/* ---- what the replica says ---- */

static void take_ask(struct watch *watch, int64_t now)
{
    struct sight sight = seen(watch, SIGHT_ASK, -1);
    int64_t offset = -1;
    g_strlcpy(watch->asked_id, resp_arg(&watch->up, 1), sizeof watch->asked_id);
    const char *text = resp_arg(&watch->up, 2);
    decimal_read(text, strlen(text), &offset);
    watch->is_asked = true;
    watch->asked_offset = sight.a = offset;
    sight.text = watch->asked_id;
    tell(watch, now, sight);
}

static void take_command(struct watch *watch, int64_t now, uint64_t position)
{
    const struct resp_reader *reader = &watch->up;
    int64_t offset;
    if (resp_arg_is(reader, 0, "replconf") && resp_arg_is(reader, 1, "ack")) {
        const char *text = resp_arg(reader, 2);
        if (decimal_read(text, strlen(text), &offset))
            tell_when_out(watch, FLOW_UP, position, seen(watch, SIGHT_ACK, offset));
        return;
    }
    watch->questions++;
    if (resp_arg_is(reader, 0, "psync"))
        take_ask(watch, now);
}

static void read_up(struct watch *watch, int64_t now, const char *bytes, size_t len)
{
    uint64_t position = watch->position[FLOW_UP] - len;
    while (len > 0 && !watch->is_up_lost) {
        struct resp_progress progress = resp_read(&watch->up, bytes, len);
        bytes += progress.eaten;
        len -= progress.eaten;
        position += progress.eaten;
        watch->is_up_lost = progress.event == RESP_ERROR;
        if (progress.event == RESP_COMMAND)
            take_command(watch, now, position);
    }
}

/* ---- what the master says ---- */

static void take_answer(struct watch *watch, int64_t now, uint64_t position, struct reply reply)
{
    struct sight sight = seen(watch, SIGHT_REPLY, reply.offset);
    sight.text = watch->line;
    tell(watch, now, sight);
    sight.kind = SIGHT_ANSWERED;
    tell_when_out(watch, FLOW_DOWN, position, sight);
    if (strncmp(watch->line, "+FULLRESYNC", 11) == 0) {
        watch->phase = WATCH_PREAMBLE;
        watch->offset = reply.offset;
    } else if (strncmp(watch->line, "+CONTINUE", 9) == 0) {
        watch->phase = WATCH_STREAM;
        watch->offset = watch->asked_offset - 1;
    }
}

static void take_preamble(struct watch *watch, int64_t now)
{
    const char *line = watch->line;
    int64_t size = -1;
    if (line[0] != '$')
        return;
    if (strncmp(line, "$EOF:", 5) == 0)
        g_strlcpy(watch->mark, line + 5, sizeof watch->mark);
    else
        decimal_read(line + 1, strlen(line + 1), &size);
    watch->phase = WATCH_PAYLOAD;
    watch->payload_left = size;
    watch->payload_bytes = 0;
    watch->last_len = 0;
    tell(watch, now, seen(watch, SIGHT_PREAMBLE, size));
}

static void take_line(struct watch *watch, int64_t now, uint64_t position)
{
    watch->line[watch->line_len] = '\0';
    if (watch->line_len > 0 && watch->line[watch->line_len - 1] == '\r')
        watch->line[--watch->line_len] = '\0';
    bool is_empty = watch->line_len == 0;
    watch->line_len = 0;
    if (is_empty)
        return;
    if (watch->phase == WATCH_PREAMBLE)
        take_preamble(watch, now);
    else if (++watch->answers >= watch->questions && watch->is_asked)
        take_answer(watch, now, position, reply_to_psync(watch->line, true, true));
}

static size_t read_line(struct watch *watch, int64_t now, const char *bytes, size_t len,
                        uint64_t position)
{
    for (size_t i = 0; i < len; i++) {
        if (bytes[i] == '\n') {
            take_line(watch, now, position + i + 1);
            return i + 1;
        }
        if (watch->line_len + 1 < sizeof watch->line)
            watch->line[watch->line_len++] = bytes[i];
    }
    return len;
}

static void payload_ends(struct watch *watch, int64_t now, uint64_t position)
{
    watch->phase = WATCH_STREAM;
    tell(watch, now, seen(watch, SIGHT_PAYLOAD_OUT, watch->payload_bytes));
    tell_when_out(watch, FLOW_DOWN, position, seen(watch, SIGHT_PAYLOAD_IN, watch->payload_bytes));
}

/* The last forty bytes of all that came: where they are the mark, a streamed payload has ended,
 * because nothing follows it before the replica acknowledges. */
static void remember_last(struct watch *watch, const char *bytes, size_t len)
{
    size_t kept = len >= REPLID_LEN ? 0 : REPLID_LEN - len;
    kept = kept < watch->last_len ? kept : watch->last_len;
    memmove(watch->last, watch->last + watch->last_len - kept, kept);
    size_t added = len < REPLID_LEN ? len : REPLID_LEN;
    memcpy(watch->last + kept, bytes + len - added, added);
    watch->last_len = (uint32_t)(kept + added);
}

static size_t read_payload(struct watch *watch, int64_t now, const char *bytes, size_t len,
                           uint64_t position)
{
    bool is_streamed = watch->payload_left < 0;
    size_t part =
        is_streamed || (int64_t)len < watch->payload_left ? len : (size_t)watch->payload_left;
    watch->payload_bytes += (int64_t)part;
    if (now - watch->told_moved > MOVED_NS) {
        watch->told_moved = now;
        tell(watch, now, seen(watch, SIGHT_MOVED, watch->payload_bytes));
    }
    if (is_streamed) {
        remember_last(watch, bytes, part);
        if (watch->last_len == REPLID_LEN && memcmp(watch->last, watch->mark, REPLID_LEN) == 0) {
            watch->payload_bytes -= REPLID_LEN;
            payload_ends(watch, now, position + part);
        }
        return part;
    }
    watch->payload_left -= (int64_t)part;
    if (watch->payload_left == 0)
        payload_ends(watch, now, position + part);
    return part;
}

static size_t read_stream(struct watch *watch, int64_t now, const char *bytes, size_t len)
{
    struct resp_progress progress = resp_read(&watch->down, bytes, len);
    watch->offset += (int64_t)progress.eaten;
    if (progress.event == RESP_ERROR)
        watch->phase = WATCH_LOST;
    if (progress.event == RESP_COMMAND && resp_arg_is(&watch->down, 0, "ping"))
        tell(watch, now, seen(watch, SIGHT_PING, watch->offset));
    return progress.eaten;
}

static void read_down(struct watch *watch, int64_t now, const char *bytes, size_t len)
{
    uint64_t position = watch->position[FLOW_DOWN] - len;
    while (len > 0 && watch->phase != WATCH_LOST) {
        size_t eaten = watch->phase == WATCH_STREAM ? read_stream(watch, now, bytes, len)
                       : watch->phase == WATCH_PAYLOAD
                           ? read_payload(watch, now, bytes, len, position)
                           : read_line(watch, now, bytes, len, position);
        bytes += eaten;
        len -= eaten;
        position += eaten;
    }
}

void watch_in(struct watch *watch, enum flow flow, int64_t now, const char *bytes, size_t len)
{
    watch->position[flow] += len;
    if (flow == FLOW_UP)
        read_up(watch, now, bytes, len);
    else
        read_down(watch, now, bytes, len);
}
