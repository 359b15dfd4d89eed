/* See sniffer.h. */
#include "sim/live/relay/sniffer.h"

#include <stdlib.h>
#include <string.h>
#include "models/psync/reply.h"

#define MOVED_NS INT64_C(50000000) /* how often the payload's progress is noted */

struct mark {
    uint64_t position;
    struct observation observation;
};

void sniffer_init(struct sniffer *sniffer, struct observations *observations, int32_t upper,
                  int32_t lower)
{
    memset(sniffer, 0, sizeof *sniffer);
    sniffer->observations = observations;
    sniffer->upper = upper;
    sniffer->lower = lower;
    sniffer->offset = -1;
    g_queue_init(&sniffer->marks[FLOW_DOWN]);
    g_queue_init(&sniffer->marks[FLOW_UP]);
}

static void free_mark(void *mark)
{
    struct mark *one = mark;
    g_free((char *)one->observation.text);
    g_free(one);
}

void sniffer_clear(struct sniffer *sniffer)
{
    g_queue_clear_full(&sniffer->marks[FLOW_DOWN], free_mark);
    g_queue_clear_full(&sniffer->marks[FLOW_UP], free_mark);
}

bool sniffer_is_handshake(const struct sniffer *sniffer)
{
    return sniffer->phase == SNIFFER_LINES;
}

bool sniffer_is_quiet(const struct sniffer *sniffer)
{
    return sniffer->phase >= SNIFFER_PAYLOAD;
}

/* ---- notes ---- */

static struct observation seen(const struct sniffer *sniffer, enum observation_kind kind, int64_t a)
{
    return (struct observation){
        .kind = kind, .node = sniffer->lower, .peer = sniffer->upper, .a = a};
}

static void note(struct sniffer *sniffer, int64_t now, struct observation observation)
{
    observation.t = now;
    if (sniffer->observations != NULL)
        observations_add(sniffer->observations, observation);
}

/* When the byte at `position` comes out. */
static void note_when_out(struct sniffer *sniffer, enum flow flow, uint64_t position,
                          struct observation observation)
{
    struct mark *mark = g_new(struct mark, 1);
    *mark = (struct mark){.position = position, .observation = observation};
    mark->observation.text = g_strdup(observation.text);
    g_queue_push_tail(&sniffer->marks[flow], mark);
}

void sniffer_out(struct sniffer *sniffer, enum flow flow, int64_t now, uint64_t position)
{
    struct mark *mark;
    while ((mark = g_queue_peek_head(&sniffer->marks[flow])) != NULL &&
           mark->position <= position) {
        note(sniffer, now, mark->observation);
        free_mark(g_queue_pop_head(&sniffer->marks[flow]));
    }
}

/* ---- what the replica says ---- */

static void take_ask(struct sniffer *sniffer, int64_t now)
{
    struct observation observation = seen(sniffer, SEEN_ASK, -1);
    int64_t offset = -1;
    g_strlcpy(sniffer->asked_id, resp_arg(&sniffer->up, 1), sizeof sniffer->asked_id);
    const char *text = resp_arg(&sniffer->up, 2);
    decimal_read(text, strlen(text), &offset);
    sniffer->is_asked = true;
    sniffer->asked_offset = observation.a = offset;
    observation.text = sniffer->asked_id;
    note(sniffer, now, observation);
}

static void take_command(struct sniffer *sniffer, int64_t now, uint64_t position)
{
    const struct resp_reader *reader = &sniffer->up;
    int64_t offset;
    if (resp_arg_is(reader, 0, "replconf") && resp_arg_is(reader, 1, "ack")) {
        const char *text = resp_arg(reader, 2);
        if (decimal_read(text, strlen(text), &offset))
            note_when_out(sniffer, FLOW_UP, position, seen(sniffer, SEEN_ACK, offset));
        return;
    }
    sniffer->questions++;
    if (resp_arg_is(reader, 0, "psync"))
        take_ask(sniffer, now);
}

static void read_up(struct sniffer *sniffer, int64_t now, const char *bytes, size_t len)
{
    uint64_t position = sniffer->position[FLOW_UP] - len;
    while (len > 0 && !sniffer->is_up_lost) {
        struct resp_progress progress = resp_read(&sniffer->up, bytes, len);
        bytes += progress.eaten;
        len -= progress.eaten;
        position += progress.eaten;
        sniffer->is_up_lost = progress.event == RESP_ERROR;
        if (progress.event == RESP_COMMAND)
            take_command(sniffer, now, position);
    }
}

/* ---- what the master says ---- */

static void take_answer(struct sniffer *sniffer, int64_t now, uint64_t position, struct reply reply)
{
    struct observation observation = seen(sniffer, SEEN_REPLY, reply.offset);
    observation.text = sniffer->line;
    note(sniffer, now, observation);
    observation.kind = SEEN_ANSWERED;
    note_when_out(sniffer, FLOW_DOWN, position, observation);
    if (strncmp(sniffer->line, "+FULLRESYNC", 11) == 0) {
        sniffer->phase = SNIFFER_PREAMBLE;
        sniffer->offset = reply.offset;
    } else if (strncmp(sniffer->line, "+CONTINUE", 9) == 0) {
        sniffer->phase = SNIFFER_STREAM;
        sniffer->offset = sniffer->asked_offset - 1;
    }
}

static void take_preamble(struct sniffer *sniffer, int64_t now)
{
    const char *line = sniffer->line;
    int64_t size = -1;
    if (line[0] != '$')
        return;
    if (strncmp(line, "$EOF:", 5) == 0)
        g_strlcpy(sniffer->mark, line + 5, sizeof sniffer->mark);
    else
        decimal_read(line + 1, strlen(line + 1), &size);
    sniffer->phase = SNIFFER_PAYLOAD;
    sniffer->payload_left = size;
    sniffer->payload_bytes = 0;
    sniffer->last_len = 0;
    note(sniffer, now, seen(sniffer, SEEN_PREAMBLE, size));
}

static void take_line(struct sniffer *sniffer, int64_t now, uint64_t position)
{
    sniffer->line[sniffer->line_len] = '\0';
    if (sniffer->line_len > 0 && sniffer->line[sniffer->line_len - 1] == '\r')
        sniffer->line[--sniffer->line_len] = '\0';
    bool is_empty = sniffer->line_len == 0;
    sniffer->line_len = 0;
    if (is_empty)
        return;
    if (sniffer->phase == SNIFFER_PREAMBLE)
        take_preamble(sniffer, now);
    else if (++sniffer->answers >= sniffer->questions && sniffer->is_asked)
        take_answer(sniffer, now, position, reply_to_psync(sniffer->line, true, true));
}

static size_t read_line(struct sniffer *sniffer, int64_t now, const char *bytes, size_t len,
                        uint64_t position)
{
    for (size_t i = 0; i < len; i++) {
        if (bytes[i] == '\n') {
            take_line(sniffer, now, position + i + 1);
            return i + 1;
        }
        if (sniffer->line_len + 1 < sizeof sniffer->line)
            sniffer->line[sniffer->line_len++] = bytes[i];
    }
    return len;
}

static void payload_ends(struct sniffer *sniffer, int64_t now, uint64_t position)
{
    sniffer->phase = SNIFFER_STREAM;
    note(sniffer, now, seen(sniffer, SEEN_PAYLOAD_OUT, sniffer->payload_bytes));
    note_when_out(sniffer, FLOW_DOWN, position,
                  seen(sniffer, SEEN_PAYLOAD_IN, sniffer->payload_bytes));
}

/* The last forty bytes of all that came: where they are the mark, a streamed payload has ended,
 * because nothing follows it before the replica acknowledges. */
static void remember_last(struct sniffer *sniffer, const char *bytes, size_t len)
{
    size_t kept = len >= REPLID_LEN ? 0 : REPLID_LEN - len;
    kept = kept < sniffer->last_len ? kept : sniffer->last_len;
    memmove(sniffer->last, sniffer->last + sniffer->last_len - kept, kept);
    size_t added = len < REPLID_LEN ? len : REPLID_LEN;
    memcpy(sniffer->last + kept, bytes + len - added, added);
    sniffer->last_len = (uint32_t)(kept + added);
}

static size_t read_payload(struct sniffer *sniffer, int64_t now, const char *bytes, size_t len,
                           uint64_t position)
{
    bool is_streamed = sniffer->payload_left < 0;
    size_t part =
        is_streamed || (int64_t)len < sniffer->payload_left ? len : (size_t)sniffer->payload_left;
    sniffer->payload_bytes += (int64_t)part;
    if (now - sniffer->noted_moved > MOVED_NS) {
        sniffer->noted_moved = now;
        note(sniffer, now, seen(sniffer, SEEN_MOVED, sniffer->payload_bytes));
    }
    if (is_streamed) {
        remember_last(sniffer, bytes, part);
        if (sniffer->last_len == REPLID_LEN &&
            memcmp(sniffer->last, sniffer->mark, REPLID_LEN) == 0) {
            sniffer->payload_bytes -= REPLID_LEN;
            payload_ends(sniffer, now, position + part);
        }
        return part;
    }
    sniffer->payload_left -= (int64_t)part;
    if (sniffer->payload_left == 0)
        payload_ends(sniffer, now, position + part);
    return part;
}

static size_t read_stream(struct sniffer *sniffer, int64_t now, const char *bytes, size_t len)
{
    struct resp_progress progress = resp_read(&sniffer->down, bytes, len);
    sniffer->offset += (int64_t)progress.eaten;
    if (progress.event == RESP_ERROR)
        sniffer->phase = SNIFFER_LOST;
    if (progress.event == RESP_COMMAND && resp_arg_is(&sniffer->down, 0, "ping"))
        note(sniffer, now, seen(sniffer, SEEN_PING, sniffer->offset));
    return progress.eaten;
}

static void read_down(struct sniffer *sniffer, int64_t now, const char *bytes, size_t len)
{
    uint64_t position = sniffer->position[FLOW_DOWN] - len;
    while (len > 0 && sniffer->phase != SNIFFER_LOST) {
        size_t eaten = sniffer->phase == SNIFFER_STREAM ? read_stream(sniffer, now, bytes, len)
                       : sniffer->phase == SNIFFER_PAYLOAD
                           ? read_payload(sniffer, now, bytes, len, position)
                           : read_line(sniffer, now, bytes, len, position);
        bytes += eaten;
        len -= eaten;
        position += eaten;
    }
}

void sniffer_in(struct sniffer *sniffer, enum flow flow, int64_t now, const char *bytes, size_t len)
{
    sniffer->position[flow] += len;
    if (flow == FLOW_UP)
        read_up(sniffer, now, bytes, len);
    else
        read_down(sniffer, now, bytes, len);
}
