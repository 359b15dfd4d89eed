/* A paragraph per resynchronisation: loss, way back, question, criterion, cost, output buffer, and
 * what would have avoided it. */
#include "sim/report/explain.h"

#include <stdarg.h>
#include <string.h>
#include "sim/engine/quantity.h"
#include "sim/engine/time.h"
#include "sim/text/humanize.h"

#define INDENT 14 /* below the label of a line */

static bool is(const char *a, const char *b)
{
    return a != NULL && strcmp(a, b) == 0;
}

static void line(GString *out, const char *label, GString *text)
{
    g_string_append_printf(out, "  %-*s", INDENT - 2, label);
    humanize_wrap(out, text->str, INDENT, INDENT);
    g_string_truncate(text, 0);
}

/* ---- from the loss to the question ---- */

static const struct config *config_of(const struct printer *printer, int64_t node)
{
    return &printer->report->world->nodes[node].config;
}

/* What lies between the cause and the moment in which the replica noticed. */
static void explain_notice(const struct printer *printer, const struct resync *resync,
                           GString *text)
{
    const char *lost_by = RESYNC_TEXT(resync, lost_by);
    if (is(lost_by, "timeout-master"))
        g_string_append_printf(
            text,
            ". Silence alone breaks no connection: its cron looks once a second whether "
            "repl-timeout (%" G_GINT64_FORMAT " s) has passed without a byte",
            config_of(printer, resync->node)->timeout_s);
    else if (is(lost_by, "lost"))
        g_string_append(text, ". The end of a connection is seen as soon as it arrives");
}

static void explain_loss(struct printer *printer, const struct resync *resync, GString *text)
{
    const struct prelude *before = &resync->before;
    const char *lost_by = RESYNC_TEXT(resync, lost_by),
               *name = printer->report->names[resync->node];
    if (lost_by == NULL) {
        g_string_append(text, "none: it was not online before");
        return;
    }
    if (before->fault != NULL && before->fault_began <= RESYNC_NUMBER(resync, lost_ns))
        g_string_append_printf(text, "after %s of %s at %s, ", before->fault, before->target,
                               humanize_clock(before->fault_began).text);
    if (before->before_drop.why != NULL && is(lost_by, "lost")) {
        g_string_append_printf(
            text, "%s dropped it at %s: ", printer->report->names[RESYNC_NUMBER(resync, master)],
            humanize_clock(before->before_drop.t).text);
        tell_drop(printer, before->before_drop.why, text);
        g_string_append_printf(text, " with %s in its output buffer; ",
                               humanize_size(before->before_drop.buffer_bytes).text);
    }
    g_string_append_printf(text, "%s noticed at %s: ", name,
                           humanize_clock(RESYNC_NUMBER(resync, lost_ns)).text);
    tell_drop(printer, lost_by, text);
    explain_notice(printer, resync, text);
}

static void explain_attempts(struct printer *printer, const struct prelude *before, GString *text)
{
    if (before->failures > 0) {
        g_string_append_printf(text, "%s from %s on, %u in vain, the last one: ",
                               humanize_count(before->dials, "attempt").text,
                               humanize_clock(before->first_dial).text, before->failures);
        tell_drop(printer, before->failure, text);
        g_string_append(text, "; then ");
    }
    if (before->refusals > 0)
        g_string_append_printf(text, "PSYNC was refused %s (%s), then ",
                               humanize_count(before->refusals, "time").text, before->refusal);
}

static void explain_way(struct printer *printer, const struct resync *resync, GString *text)
{
    int64_t dialled = RESYNC_NUMBER(resync, dialled_ns), lost = RESYNC_NUMBER(resync, lost_ns);
    int64_t took = RESYNC_NUMBER(resync, asked_ns) - dialled;
    if (dialled == TRACE_ABSENT)
        return;
    explain_attempts(printer, &resync->before, text);
    g_string_append_printf(text, "dialled at %s", humanize_clock(dialled).text);
    if (lost != TRACE_ABSENT && dialled > lost)
        g_string_append_printf(text, ", %s after the loss", humanize_span(dialled - lost).text);
    g_string_append_printf(text, "; connected and through the handshake %s later",
                           humanize_span(took).text);
    if (took >= NS_PER_S)
        g_string_append(text, " (on a silent link the kernel tries again after 1, 2, 3, 4, 5, 7, "
                              "11, 19, 35 and 67 s)");
}

static void explain_question(const struct printer *printer, const struct resync *resync,
                             GString *text)
{
    int64_t asked = RESYNC_NUMBER(resync, asked_offset),
            answered = RESYNC_NUMBER(resync, answered_ns);
    int64_t asked_ns = RESYNC_NUMBER(resync, asked_ns);
    g_string_append_printf(text, "PSYNC %s %" G_GINT64_FORMAT " to %s at %s", resync->asked_id,
                           asked, printer->report->names[RESYNC_NUMBER(resync, master)],
                           humanize_clock(asked_ns).text);
    if (answered != TRACE_ABSENT)
        g_string_append_printf(text, ", answered after %s",
                               humanize_span(answered - asked_ns).text);
    if (resync->gap != TRACE_ABSENT && resync->gap > 0)
        g_string_append_printf(text, "; by then the first write it lacked was %s old",
                               humanize_span(resync->gap).text);
}

/* ---- the criterion ---- */

static const char *same_history(const char *reason)
{
    return is(reason, "requested")       ? "no, none is named"
           : is(reason, "sync-command")  ? "no, SYNC names none"
           : is(reason, "id-mismatch")   ? "no, another id"
           : is(reason, "second-offset") ? "no, the second id, but an offset beyond the promotion"
           : is(reason, "accepted-second-id") ? "yes, by the second id, from before the promotion"
                                              : "yes";
}

static void explain_criterion(const struct resync *resync, GString *text)
{
    int64_t first = RESYNC_NUMBER(resync, backlog_first),
            asked = RESYNC_NUMBER(resync, asked_offset);
    const char *reason = RESYNC_TEXT(resync, reason);
    g_string_append_printf(text, "same history: %s; ", same_history(reason));
    if (first == TRACE_ABSENT) {
        g_string_append(text, "a backlog: no; ");
    } else if (asked >= 0) {
        int64_t past = first + RESYNC_NUMBER(resync, backlog_bytes);
        g_string_append_printf(text, "a backlog: yes, of %s; first <= asked <= last + 1: ",
                               humanize_size(RESYNC_NUMBER(resync, backlog_bytes)).text);
        g_string_append_printf(text, "%s <= %s <= ", humanize_digits(first).text,
                               humanize_digits(asked).text);
        g_string_append_printf(text, "%s: %s; ", humanize_digits(past).text,
                               asked >= first && asked <= past ? "yes" : "no");
    }
    g_string_append_printf(text, "so %s [%s]", RESYNC_TEXT(resync, kind), reason);
}

/* ---- cost ---- */

static void explain_begin(const struct printer *printer, const struct resync *resync, GString *text)
{
    int64_t fork = RESYNC_NUMBER(resync, fork_ns), master = RESYNC_NUMBER(resync, master);
    int64_t delay_s = config_of(printer, master)->diskless_delay_s;
    bool is_diskless = is(resync->before.mode, "eof");
    g_string_append_printf(
        text, "%s until the payload began",
        humanize_span(RESYNC_NUMBER(resync, payload_ns) - RESYNC_NUMBER(resync, asked_ns)).text);
    if (fork != TRACE_ABSENT)
        g_string_append_printf(text, " (fork %s; %s", humanize_span(fork).text,
                               is_diskless ? "diskless" : "saved to disk first");
    if (fork != TRACE_ABSENT && is_diskless && delay_s > 0)
        g_string_append_printf(text, ", after up to %" G_GINT64_FORMAT " s for others to join",
                               delay_s);
    if (fork != TRACE_ABSENT)
        g_string_append_c(text, ')');
}

static void explain_full(const struct printer *printer, const struct resync *resync, GString *text)
{
    int64_t payload = RESYNC_NUMBER(resync, payload_ns),
            received = RESYNC_NUMBER(resync, received_ns);
    if (payload == TRACE_ABSENT) {
        g_string_append(text, "no byte of the payload left");
        return;
    }
    explain_begin(printer, resync, text);
    if (received == TRACE_ABSENT)
        return;
    g_string_append_printf(text, ", %s in %s",
                           humanize_size(RESYNC_NUMBER(resync, payload_bytes)).text,
                           humanize_span(received - payload).text);
    if (resync->before.load_ns == TRACE_ABSENT)
        return;
    if (resync->before.flush_ns > 0)
        g_string_append_printf(text, ", flushing the old data %s",
                               humanize_span(resync->before.flush_ns).text);
    g_string_append_printf(text, ", loading %s", humanize_span(resync->before.load_ns).text);
}

static void explain_cost(const struct printer *printer, const struct resync *resync, GString *text)
{
    int64_t down = RESYNC_NUMBER(resync, down_ns), owed = RESYNC_NUMBER(resync, owed_bytes);
    bool is_full = is(RESYNC_TEXT(resync, kind), "full");
    if (is_full)
        explain_full(printer, resync, text);
    if (owed == 0 && !is_full)
        g_string_append(text, "nothing to catch up with");
    else if (owed != TRACE_ABSENT && is(RESYNC_TEXT(resync, outcome), "online"))
        g_string_append_printf(text, "%s%s of stream to catch up with", is_full ? ", then " : "",
                               humanize_size(owed).text);
    if (down != TRACE_ABSENT)
        g_string_append_printf(text, "; %s without the link", humanize_span(down).text);
}

static void explain_buffer(const struct printer *printer, const struct resync *resync,
                           GString *text)
{
    const struct output_limit *limit = &config_of(printer, RESYNC_NUMBER(resync, master))->limit;
    int64_t peak = RESYNC_NUMBER(resync, buffer_peak_bytes);
    g_string_append_printf(text, "at most %s", humanize_size(MAX(peak, 0)).text);
    if (limit->hard_bytes > 0)
        g_string_append_printf(text, "; hard limit %s (%s)", humanize_size(limit->hard_bytes).text,
                               humanize_share(peak, limit->hard_bytes).text);
    if (limit->soft_bytes > 0)
        g_string_append_printf(text, "; soft limit %s for %" G_GINT64_FORMAT " s",
                               humanize_size(limit->soft_bytes).text, limit->soft_s);
    if (limit->hard_bytes == 0 && limit->soft_bytes == 0)
        g_string_append(text, "; no limit");
}

/* ---- what would have avoided it ---- */

static void advise_backlog(const struct resync *resync, GString *text)
{
    int64_t missing = tell_missing(resync);
    g_string_append_printf(text, "a backlog of at least %s bytes (%s) would have made it partial",
                           humanize_digits(missing).text, humanize_size(missing).text);
    if (resync->gap != TRACE_ABSENT && resync->gap > 0)
        g_string_append_printf(text, ": %s of history", humanize_span(resync->gap).text);
}

static void advise_failed(const struct resync *resync, GString *text)
{
    const struct master_word *word = &resync->before.after_ask;
    const char *why = word->why != NULL ? word->why : RESYNC_TEXT(resync, failed_by);
    if (is(why, "limit-hard") || is(why, "limit-soft"))
        g_string_append(text, "a larger client-output-buffer-limit for replicas, or a shorter "
                              "save, transfer and load: "
                              "until it is online the stream waits in that buffer");
    else if (strncmp(why, "timeout", 7) == 0)
        g_string_append(text, "a repl-timeout longer than the silence");
    else
        g_string_append(text,
                        "a link and processes that last as long as the save, transfer and load");
}

static void advise_full(const struct resync *resync, GString *text)
{
    const char *reason = RESYNC_TEXT(resync, reason);
    if (is(reason, "backlog-passed"))
        advise_backlog(resync, text);
    else if (is(reason, "requested") && RESYNC_TEXT(resync, lost_by) == NULL)
        g_string_append(text, "nothing: a first synchronisation is always full");
    else if (is(reason, "requested"))
        g_string_append(
            text,
            "a replica that keeps its position over the restart: an RDB saved with it, and no AOF "
            "(versions that can: psyncsim profiles)");
    else if (is(reason, "no-backlog"))
        g_string_append(text, "a backlog that is not freed: repl-backlog-ttl 0");
    else if (is(reason, "sync-command"))
        g_string_append(text, "a version that knows PSYNC");
    else if (is(reason, "id-mismatch") && is(resync->before.identity.why, "backlog-freed"))
        g_string_append(
            text,
            "repl-backlog-ttl 0, which keeps the backlog and the id while nobody listens, and a "
            "backlog that holds what is written meanwhile");
    else
        g_string_append(text, "no size of the backlog helps: the two histories differ");
}

/* ---- the paragraph ---- */

static void explain(struct printer *printer, const struct resync *resync, GString *out)
{
    GString *text = g_string_new(NULL);
    bool has_failed = is(RESYNC_TEXT(resync, outcome), "failed"),
         is_full = is(RESYNC_TEXT(resync, kind), "full");
    g_string_append_printf(out, "%s  ", humanize_clock(resync->t).text);
    tell_resync(&(struct printer){.report = printer->report, .is_coloured = printer->is_coloured},
                resync, text);
    g_string_truncate(text, strcspn(text->str, ";"));
    humanize_wrap(out, text->str, humanize_width(humanize_clock(resync->t).text) + 2, 4);
    g_string_truncate(text, 0);
    explain_loss(printer, resync, text);
    line(out, "loss", text);
    explain_way(printer, resync, text);
    line(out, "way back", text);
    explain_question(printer, resync, text);
    line(out, "asked", text);
    explain_criterion(resync, text);
    line(out, "decision", text);
    explain_cost(printer, resync, text);
    line(out, "cost", text);
    explain_buffer(printer, resync, text);
    line(out, "buffer", text);
    if (has_failed)
        advise_failed(resync, text);
    else if (is_full)
        advise_full(resync, text);
    if (text->len > 0)
        line(out, "avoided by", text);
    g_string_append_c(out, '\n');
    g_string_free(text, TRUE);
}

void explain_all(struct printer *printer, GString *out)
{
    for (guint i = 0; i < printer->report->resyncs->len; i++)
        explain(printer, report_resync(printer->report, i), out);
}
