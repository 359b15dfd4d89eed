/* What a story's machines did. See transcript.h. */
#include "tests/unit/psync/transcript.h"

#include <check.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define INDENT "    "

static void put(struct transcript *transcript, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void put(struct transcript *transcript, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int len = vsnprintf(transcript->out + transcript->out_len,
                        sizeof transcript->out - transcript->out_len, format, args);
    va_end(args);
    ck_assert(len >= 0 && (size_t)len < sizeof transcript->out - transcript->out_len);
    transcript->out_len += (size_t)len;
}

/* Forty equal characters at text[at]. */
static bool is_id(const char *text, size_t len, size_t at)
{
    if (len - at < REPLID_LEN)
        return false;
    for (size_t i = 1; i < REPLID_LEN; i++) {
        if (text[at + i] != text[at])
            return false;
    }
    return text[at] > ' ';
}

static void put_text(struct transcript *transcript, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (is_id(text, len, i)) {
            put(transcript, "<%c>", c);
            i += REPLID_LEN - 1;
        } else if (c == '\r' || c == '\n') {
            put(transcript, c == '\r' ? "\\r" : "\\n");
        } else if (c == '\\' || c < ' ') {
            put(transcript, "\\x%02x", (unsigned)(unsigned char)c);
        } else {
            put(transcript, "%c", c);
        }
    }
}

static const char *const act_names[] = {
    [ACT_SEND] = "send",
    [ACT_CLOSE] = "close",
    [ACT_CONNECT] = "connect",
    [ACT_ASKED] = "asked",
    [ACT_CONTINUE] = "continue",
    [ACT_FULL] = "full",
    [ACT_PAYLOAD] = "payload",
    [ACT_PAYLOAD_BYTES] = "payload-bytes",
    [ACT_RECEIVED] = "received",
    [ACT_LOAD] = "load",
    [ACT_ONLINE] = "online",
    [ACT_DROP_REPLICAS] = "drop-replicas",
    [ACT_NEW_BACKLOG] = "new-backlog",
    [ACT_APPLIED] = "applied",
    [ACT_SECOND_CONNECT] = "second-connect",
    [ACT_SECOND_SEND] = "second-send",
    [ACT_SECOND_CLOSE] = "second-close",
    [ACT_PAYLOAD_ASKED] = "payload-asked",
    [ACT_STREAM_ASKED] = "stream-asked",
    [ACT_DRAIN] = "drain",
    [ACT_ABORT_LOAD] = "abort-load",
    [ACT_EXIT] = "exit",
    [ACT_GRANT] = "grant",
    [ACT_WANT] = "want",
    [ACT_OFFER] = "offer",
    [ACT_REFUSE] = "refuse",
    [ACT_ACK] = "ack",
    [ACT_START_STREAM] = "start-stream",
    [ACT_PROMOTE] = "promote",
};

static bool has_offset(enum act_kind kind)
{
    return kind == ACT_ASKED || kind == ACT_CONTINUE || kind == ACT_FULL || kind == ACT_PAYLOAD ||
           kind == ACT_LOAD || kind == ACT_APPLIED || kind == ACT_GRANT || kind == ACT_WANT ||
           kind == ACT_ACK || kind == ACT_OFFER || kind == ACT_STREAM_ASKED;
}

void transcript_line(struct transcript *transcript, const char *line)
{
    transcript->merged[0] = '\0';
    transcript->merged_count = 0;
    put(transcript, "%s\n", line);
}

/* Pieces of a payload and steps of the applied offset depend on how the bytes came; their sum and
 * last value within a command do not. */
static void put_merged(struct transcript *transcript, const char *side, const char *name,
                       int64_t value)
{
    char kind[sizeof transcript->merged];
    snprintf(kind, sizeof kind, "%s: %s", side, name);
    if (strcmp(kind, transcript->merged) == 0)
        transcript->out_len = transcript->merged_at;
    transcript->merged_at = transcript->out_len;
    put(transcript, INDENT "%s %" PRId64 "\n", kind, value);
    snprintf(transcript->merged, sizeof transcript->merged, "%s", kind);
}

void transcript_act(struct transcript *transcript, const char *side, const struct act *act)
{
    if (act->kind == ACT_PAYLOAD_BYTES || act->kind == ACT_KEEP) {
        transcript->merged_count += (int64_t)act->len;
        put_merged(transcript, side, act->kind == ACT_KEEP ? "keep" : "payload-bytes",
                   transcript->merged_count);
        return;
    }
    transcript->merged_count = 0;
    if (act->kind == ACT_APPLIED) {
        put_merged(transcript, side, "applied", act->offset);
        return;
    }
    transcript->merged[0] = '\0';
    put(transcript, INDENT "%s: %s", side, act_names[act->kind]);
    if (act->kind == ACT_CLOSE || act->kind == ACT_SECOND_CLOSE)
        put(transcript, " %s", drop_name(act->drop));
    if (act->kind == ACT_GRANT || act->kind == ACT_WANT || act->kind == ACT_OFFER ||
        act->kind == ACT_REFUSE)
        put(transcript, " %s", reason_name(act->reason));
    if (act->text[0] != '\0' && act->kind != ACT_REFUSE) {
        put(transcript, " ");
        put_text(transcript, act->text, act->len);
    }
    if (has_offset(act->kind))
        put(transcript, " %" PRId64, act->offset);
    put(transcript, "\n");
}

static void put_history(struct transcript *transcript, const char *side,
                        const struct history *history)
{
    put(transcript, INDENT "%s: history ", side);
    put_text(transcript, history->id, REPLID_LEN);
    put(transcript, " ");
    put_text(transcript, history->id2, REPLID_LEN);
    put(transcript, " %" PRId64 " at %" PRId64 "\n", history->second_offset, history->offset);
}

void transcript_replica(struct transcript *transcript, const struct replica *r,
                        const struct history *history)
{
    put(transcript, INDENT "r: state %s", replica_state_name(r->state));
    if (r->has_cache || r->state == REPLICA_CONNECTED) {
        put(transcript, r->has_cache ? ", cached " : ", master ");
        put_text(transcript, r->cached_id, REPLID_LEN);
        put(transcript, " applied %" PRId64 " read %" PRId64, r->reploff, r->read_reploff);
    }
    put(transcript, "\n");
    put_history(transcript, "r", history);
}

void transcript_master(struct transcript *transcript, const char *side, const struct master *m,
                       int64_t now)
{
    put(transcript, INDENT "%s: state %s, capa %u, port %" PRId64 ", acknowledged %" PRId64 "\n",
        side, master_state_name(m->state), m->capa, m->listening_port, m->ack_offset);
    put(transcript, INDENT "%s: replica %s, records %s, good %s\n", side,
        master_is_replica(m) ? "yes" : "no", master_records_stream(m) ? "yes" : "no",
        master_is_good(m, 10, now) ? "yes" : "no");
}

size_t transcript_unescape(const char *from, char *to)
{
    size_t len = 0;
    for (; *from != '\0'; from++) {
        if (from[0] == '\\' && from[1] != '\0') {
            from++;
            to[len++] = *from == 'r' ? '\r' : *from == 'n' ? '\n' : *from == '0' ? '\0' : *from;
        } else if (from[0] == '<' && from[1] != '\0' && from[2] == '>') {
            memset(to + len, from[1], REPLID_LEN);
            len += REPLID_LEN;
            from += 2;
        } else {
            to[len++] = *from;
        }
    }
    to[len] = '\0';
    return len;
}
