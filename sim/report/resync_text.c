/* See resync_text.h. Every number is one of the resync's event; the criterion is that of history.c:
 *
 *      first byte in the backlog <= first byte it lacks <= the byte after the last */
#include "sim/report/resync_text.h"

#include <string.h>
#include "sim/engine/time.h"
#include "sim/text/humanize.h"

#define DEAF_NS (10 * NS_PER_S) /* without an answer, that clients notice */

#define GREEN  "\033[32m"
#define YELLOW "\033[33m"
#define RED    "\033[31m"
#define PLAIN  "\033[0m"

static void append_coloured(const struct printer *printer, const char *colour, const char *text,
                            GString *out)
{
    g_string_append_printf(out, "%s%s%s", printer->is_coloured ? colour : "", text,
                           printer->is_coloured ? PLAIN : "");
}

void tell_drop(struct printer *printer, enum drop drop, GString *out)
{
    g_string_append(out, drop_name(drop));
    if (!printer->said[drop])
        g_string_append_printf(out, " (%s)", drop_why(drop));
    printer->said[drop] = true;
}

/* ---- the verdict ---- */

int64_t tell_missing(const struct resync *resync)
{
    int64_t first = resync->event.backlog_first, asked = resync->event.asked_offset;
    if (first == TRACE_ABSENT || asked < 0)
        return -1;
    return first + resync->event.backlog_bytes - asked;
}

int64_t tell_bytes_as_time(const struct resync *resync, int64_t bytes)
{
    int64_t missing = tell_missing(resync);
    if (resync->gap_ns == TRACE_ABSENT || resync->gap_ns == 0 || missing <= 0 || bytes < 0)
        return TRACE_ABSENT;
    return mul_div(resync->gap_ns, bytes, missing);
}

/* "3.95 MB, about 34.5 s of writes" */
static void append_bytes(const struct resync *resync, int64_t bytes, GString *out)
{
    int64_t time = tell_bytes_as_time(resync, bytes);
    g_string_append(out, humanize_size(bytes).text);
    if (time != TRACE_ABSENT && bytes > 0)
        g_string_append_printf(out, " (about %s of writes)", humanize_span(time).text);
}

const char *tell_second_id(const struct resync *resync)
{
    if (resync->identity.is_start)
        return "restart";
    return resync->identity.why == ID_PROMOTION || resync->identity.why == ID_FAILOVER ||
                   resync->identity.why == ID_CHANGE_COUNT
               ? "promotion"
               : "change of the id";
}

static void tell_held(const struct resync *resync, GString *out)
{
    int64_t owed = resync->event.owed_bytes, spare = resync->event.spare_bytes;
    if (spare == TRACE_ABSENT)
        spare = resync->event.backlog_bytes - owed;
    if (resync->event.reason == REASON_ACCEPTED_SECOND_ID)
        g_string_append_printf(out, "under the second id, from before the %s, ",
                               tell_second_id(resync));
    if (owed == 0) {
        g_string_append(out, "nothing was owed");
        return;
    }
    g_string_append_printf(out, "%s owed, all of it in the backlog with ",
                           humanize_size(owed).text);
    append_bytes(resync, spare, out);
    g_string_append(out, " to spare");
}

static void tell_passed(const struct resync *resync, GString *out)
{
    int64_t first = resync->event.backlog_first, asked = resync->event.asked_offset;
    g_string_append_printf(
        out, "the first byte it lacked, %s, had left the backlog, which began at %s: short by ",
        humanize_digits(asked).text, humanize_digits(first).text);
    append_bytes(resync, first - asked, out);
}

static void tell_ahead(const struct resync *resync, const char *master, GString *out)
{
    int64_t missing = tell_missing(resync), asked = resync->event.asked_offset;
    if (missing < 0 && resync->event.backlog_first != TRACE_ABSENT)
        g_string_append_printf(
            out, "it is ahead of %s by %s bytes", master,
            humanize_digits(asked - resync->event.backlog_first - resync->event.backlog_bytes)
                .text);
    else
        g_string_append_printf(out, "it is ahead of %s", master);
}

void tell_verdict(const struct report *report, const struct resync *resync, GString *out)
{
    const char *master = report->names[resync->event.master];
    switch (resync->event.reason) {
    case REASON_ACCEPTED:
    case REASON_ACCEPTED_SECOND_ID:
        tell_held(resync, out);
        break;
    case REASON_BACKLOG_PASSED:
        tell_passed(resync, out);
        break;
    case REASON_OFFSET_AHEAD:
        tell_ahead(resync, master, out);
        break;
    case REASON_FULL_REQUESTED:
        g_string_append(out, "it held nothing to continue from");
        break;
    case REASON_ID_MISMATCH:
        g_string_append_printf(out, "its history is not that of %s", master);
        if (resync->identity.is_start)
            g_string_append_printf(out, ", which started with a new id at %s",
                                   humanize_clock(resync->identity.t).text);
        else if (resync->identity.why != ID_CHANGE_COUNT)
            g_string_append_printf(out, ", which took a new id at %s (%s)",
                                   humanize_clock(resync->identity.t).text,
                                   id_change_name(resync->identity.why));
        break;
    case REASON_SECOND_OFFSET:
        g_string_append_printf(out, "it has bytes of the old history that %s never had", master);
        break;
    case REASON_NO_BACKLOG:
        g_string_append_printf(out, "%s had no backlog", master);
        break;
    default:
        g_string_append(out, reason_why(resync->event.reason));
        break;
    }
    g_string_append_printf(out, " [%s]", reason_name(resync->event.reason));
}

/* ---- one resynchronisation ---- */

static void tell_cost(const struct resync *resync, GString *out)
{
    int64_t asked = resync->event.asked_ns, payload = resync->event.payload_ns;
    int64_t received = resync->event.received_ns, online = resync->event.online_ns;
    if (payload == TRACE_ABSENT || received == TRACE_ABSENT || online == TRACE_ABSENT)
        return;
    g_string_append_printf(out, "; %s sent: ", humanize_size(resync->event.payload_bytes).text);
    g_string_append_printf(out, "%s until it began, %s on the way, ",
                           humanize_span(payload - asked).text,
                           humanize_span(received - payload).text);
    g_string_append_printf(out, "%s to load", humanize_span(online - received).text);
    if (online - received >= DEAF_NS)
        g_string_append(out, ", during which it served no client");
}

/* What the master said, where the replica saw no more than the end of the connection. */
static void tell_word(struct printer *printer, const struct word *word, int32_t master,
                      GString *out)
{
    g_string_append_printf(out, "%s had dropped it: ", printer->report->names[master]);
    tell_drop(printer, word->why, out);
    if (word->why == DROP_LIMIT_HARD || word->why == DROP_LIMIT_SOFT)
        g_string_append_printf(out, ", %s in its output buffer",
                               humanize_size(word->buffer_bytes).text);
}

static void tell_because(struct printer *printer, const struct word *word, int32_t master,
                         GString *out)
{
    g_string_append(out, ", because ");
    tell_word(printer, word, master, out);
}

static void tell_loss(struct printer *printer, const struct resync *resync, GString *out)
{
    enum drop lost_by = resync->event.lost_by;
    const struct word *word = &resync->before_drop;
    if (lost_by == DROP_NONE)
        return;
    g_string_append(out, "; cause: ");
    tell_drop(printer, lost_by, out);
    if (word->why != DROP_NONE && lost_by == DROP_LOST)
        tell_because(printer, word, resync->event.master, out);
    if (resync->failed_before > 0)
        g_string_append_printf(out, "; before it %s failed",
                               humanize_count(resync->failed_before, "full synchronisation").text);
}

static const char *stage_of(const struct resync *resync)
{
    if (resync->event.received_ns != TRACE_ABSENT)
        return "while it was loading";
    if (resync->event.payload_ns != TRACE_ABSENT)
        return "in the middle of the transfer";
    return "before the first byte of the payload";
}

static void tell_failed(struct printer *printer, const struct resync *resync, GString *out)
{
    enum drop failed_by = resync->event.failed_by;
    const struct word *word = &resync->after_ask;
    append_coloured(printer, RED, "FULL, and failed", out);
    g_string_append_printf(
        out, " %s after it asked, %s: ", humanize_span(resync->t - resync->event.asked_ns).text,
        stage_of(resync));
    tell_drop(printer, failed_by, out);
    if (word->why != DROP_NONE && word->why != failed_by)
        tell_because(printer, word, resync->event.master, out);
    g_string_append(out, "; full because ");
    tell_verdict(printer->report, resync, out);
}

void tell_resync(struct printer *printer, const struct resync *resync, GString *out)
{
    int64_t down = resync->event.down_ns;
    g_string_append(out, printer->report->names[resync->node]);
    if (resync->event.outcome == OUTCOME_FAILED) {
        g_string_append(out, " not back: ");
        tell_failed(printer, resync, out);
        return;
    }
    if (down == TRACE_ABSENT)
        g_string_append(out, " online for the first time: ");
    else
        g_string_append_printf(out, " back after %s: ", humanize_span(down).text);
    bool is_partial = resync->event.kind == REASON_KIND_PARTIAL;
    append_coloured(printer, is_partial ? GREEN : YELLOW, is_partial ? "PARTIAL" : "FULL", out);
    g_string_append(out, ", ");
    tell_verdict(printer->report, resync, out);
    tell_cost(resync, out);
    tell_loss(printer, resync, out);
    if (resync->after_ask.why == DROP_NONE)
        return;
    g_string_append_printf(out, "; but at %s ", humanize_clock(resync->after_ask.t).text);
    tell_word(printer, &resync->after_ask, resync->event.master, out);
}

/* ---- what did not come to an end ---- */

static void tell_attempts(struct printer *printer, const struct resync *next, GString *out)
{
    if (next->failed_before > 0)
        g_string_append_printf(out, "; %s failed, the last one at %s",
                               humanize_count(next->failed_before, "full synchronisation").text,
                               humanize_clock(next->failed_at).text);
    if (next->dials == 0)
        return;
    g_string_append_printf(out, next->failed_before > 0 ? "; since then it tried %s" : "; tried %s",
                           next->dials == 1 ? "once" : "");
    if (next->dials > 1)
        g_string_append_printf(out, "%u times", next->dials);
    if (next->failures > 0) {
        g_string_append_printf(out, ", %u in vain, the last time: ", next->failures);
        tell_drop(printer, next->failure, out);
    }
    if (next->refusals > 0)
        g_string_append_printf(out, "; PSYNC refused %s, the last time: %s",
                               humanize_count(next->refusals, "time").text,
                               reason_name(next->refusal));
}

static const char *doing(const struct event_end *end)
{
    if (!end->is_up)
        return "its process does not run";
    switch (end->state) {
    case REPLICA_CONNECT:
    case REPLICA_CONNECTING:
        return "trying to connect";
    case REPLICA_SECOND_CONNECTING:
    case REPLICA_SECOND_AUTH_REPLY:
    case REPLICA_SECOND_CONF_REPLY:
        return "opening a second connection for the payload of a full resynchronisation";
    case REPLICA_POSITION:
    case REPLICA_PREAMBLE:
        return "waiting for its full resynchronisation to begin";
    case REPLICA_PAYLOAD:
        return "receiving the payload of a full resynchronisation";
    case REPLICA_RECEIVED:
        return "about to notice that a full resynchronisation's payload is complete";
    case REPLICA_LOADING:
        return "loading the payload of a full resynchronisation";
    case REPLICA_AWAIT_STREAM:
        return "waiting for the stream behind the payload that it has loaded";
    default:
        return end->is_promised ? "waiting for its full resynchronisation to begin"
                                : "in the handshake";
    }
}

void tell_misplaced(struct printer *printer, uint32_t index, GString *out)
{
    const struct event_end *end = &printer->report->record.nodes[index].end;
    if (end->misplaced == 0)
        return;
    g_string_append_printf(out, "%s ", printer->report->names[index]);
    append_coloured(printer, RED, "has other data than its master", out);
    g_string_append_printf(out,
                           ": %s landed in database 0, for a replica of a replica starts there "
                           "behind a payload of its own connection; offsets and ids do not show it",
                           humanize_count(end->misplaced, "write").text);
}

void tell_unfinished(struct printer *printer, uint32_t index, GString *out)
{
    const struct node_record *node = &printer->report->record.nodes[index];
    const struct resync *next = &node->next;
    if (node->online != false)
        return;
    g_string_append_printf(out, "%s ", printer->report->names[index]);
    append_coloured(printer, RED, "not online at the end", out);
    g_string_append_printf(out, ": %s", doing(&node->end));
    if (next->drop.why != DROP_NONE) {
        g_string_append_printf(out,
                               "; the connection ended at %s: ", humanize_clock(next->drop.t).text);
        tell_drop(printer, next->drop.why, out);
    }
    if (next->before_drop.why != DROP_NONE && next->drop.why != DROP_NONE &&
        next->drop.why == DROP_LOST)
        tell_because(printer, &next->before_drop, node->master, out);
    tell_attempts(printer, next, out);
}

bool resync_is_alike(const struct resync *a, const struct resync *b)
{
    return a->event.reason == b->event.reason && a->event.outcome == b->event.outcome &&
           a->event.failed_by == b->event.failed_by && a->event.lost_by == b->event.lost_by &&
           a->before_drop.why == b->before_drop.why;
}
