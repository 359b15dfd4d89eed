/* See tell.h. Every number is one of the resync's event; the criterion is that of history.c:
 *
 *      first byte in the backlog <= first byte it lacks <= the byte after the last */
#include "sim/report/resync_text.h"

#include <string.h>
#include "sim/engine/time.h"
#include "sim/text/humanize.h"

#define GREEN  "\033[32m"
#define YELLOW "\033[33m"
#define RED    "\033[31m"
#define PLAIN  "\033[0m"

static bool is_text(const struct trace_value *value, const char *text)
{
    return value->text != NULL && strcmp(value->text, text) == 0;
}
#define IS(resync, key, text) is_text(&(resync)->values[EVENT_AT(RESYNC, key)], text)

static void append_coloured(const struct printer *printer, const char *colour, const char *text,
                            GString *out)
{
    g_string_append_printf(out, "%s%s%s", printer->is_coloured ? colour : "", text,
                           printer->is_coloured ? PLAIN : "");
}

static enum drop drop_of(const char *name)
{
    for (int i = 0; i < DROP_COUNT; i++)
        if (strcmp(drop_name((enum drop)i), name) == 0)
            return (enum drop)i;
    return DROP_NONE;
}

void tell_drop(struct printer *printer, const char *name, GString *out)
{
    enum drop drop = drop_of(name);
    g_string_append(out, name);
    if (!printer->said[drop])
        g_string_append_printf(out, " (%s)", drop_why(drop));
    printer->said[drop] = true;
}

static enum reason reason_of(const struct resync *resync)
{
    int i = 0;
    while (i < REASON_COUNT &&
           strcmp(reason_name((enum reason)i), RESYNC_TEXT(resync, reason)) != 0)
        i++;
    return (enum reason)i;
}

/* ---- the verdict ---- */

int64_t tell_missing(const struct resync *resync)
{
    int64_t first = RESYNC_NUMBER(resync, backlog_first),
            asked = RESYNC_NUMBER(resync, asked_offset);
    if (first == TRACE_ABSENT || asked < 0)
        return -1;
    return first + RESYNC_NUMBER(resync, backlog_bytes) - asked;
}

int64_t tell_bytes_as_time(const struct resync *resync, int64_t bytes)
{
    int64_t missing = tell_missing(resync);
    if (resync->gap == TRACE_ABSENT || resync->gap == 0 || missing <= 0 || bytes < 0)
        return TRACE_ABSENT;
    return mul_div(resync->gap, bytes, missing);
}

/* "3.95 MB, about 34.5 s of writes" */
static void append_bytes(const struct resync *resync, int64_t bytes, GString *out)
{
    int64_t time = tell_bytes_as_time(resync, bytes);
    g_string_append(out, humanize_size(bytes).text);
    if (time != TRACE_ABSENT && bytes > 0)
        g_string_append_printf(out, " (about %s of writes)", humanize_span(time).text);
}

static void tell_held(const struct resync *resync, GString *out)
{
    int64_t owed = RESYNC_NUMBER(resync, owed_bytes), held = RESYNC_NUMBER(resync, backlog_bytes);
    if (reason_of(resync) == REASON_ACCEPTED_SECOND_ID)
        g_string_append(out, "under the id from before the promotion, ");
    if (owed == 0) {
        g_string_append(out, "nothing was owed");
        return;
    }
    g_string_append_printf(out, "%s owed, all of it in the backlog with ",
                           humanize_size(owed).text);
    append_bytes(resync, held - owed, out);
    g_string_append(out, " to spare");
}

static void tell_passed(const struct resync *resync, GString *out)
{
    int64_t first = RESYNC_NUMBER(resync, backlog_first),
            asked = RESYNC_NUMBER(resync, asked_offset);
    g_string_append_printf(
        out, "the first byte it lacked, %s, had left the backlog, which began at %s: short by ",
        humanize_digits(asked).text, humanize_digits(first).text);
    append_bytes(resync, first - asked, out);
}

static void tell_ahead(const struct resync *resync, const char *master, GString *out)
{
    int64_t missing = tell_missing(resync), asked = RESYNC_NUMBER(resync, asked_offset);
    if (missing < 0 && RESYNC_NUMBER(resync, backlog_first) != TRACE_ABSENT)
        g_string_append_printf(out, "it is ahead of %s by %s bytes", master,
                               humanize_digits(asked - RESYNC_NUMBER(resync, backlog_first) -
                                               RESYNC_NUMBER(resync, backlog_bytes))
                                   .text);
    else
        g_string_append_printf(out, "it is ahead of %s", master);
}

void tell_verdict(const struct report *report, const struct resync *resync, GString *out)
{
    const char *master = report->names[RESYNC_NUMBER(resync, master)];
    switch (reason_of(resync)) {
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
        if (resync->before.identity.why != NULL)
            g_string_append_printf(out, ", which took a new id at %s (%s)",
                                   humanize_clock(resync->before.identity.t).text,
                                   resync->before.identity.why);
        break;
    case REASON_SECOND_OFFSET:
        g_string_append_printf(out, "it has bytes of the old history that %s never had", master);
        break;
    case REASON_NO_BACKLOG:
        g_string_append_printf(out, "%s had no backlog", master);
        break;
    default:
        g_string_append(out, reason_why(reason_of(resync)));
        break;
    }
    g_string_append_printf(out, " [%s]", RESYNC_TEXT(resync, reason));
}

/* ---- one resynchronisation ---- */

static void tell_cost(const struct resync *resync, GString *out)
{
    int64_t asked = RESYNC_NUMBER(resync, asked_ns), payload = RESYNC_NUMBER(resync, payload_ns);
    int64_t received = RESYNC_NUMBER(resync, received_ns),
            online = RESYNC_NUMBER(resync, online_ns);
    if (payload == TRACE_ABSENT || received == TRACE_ABSENT || online == TRACE_ABSENT)
        return;
    g_string_append_printf(out,
                           "; %s sent: ", humanize_size(RESYNC_NUMBER(resync, payload_bytes)).text);
    g_string_append_printf(out, "%s until it began, %s on the way, ",
                           humanize_span(payload - asked).text,
                           humanize_span(received - payload).text);
    g_string_append_printf(out, "%s to load", humanize_span(online - received).text);
}

/* What the master said, where the replica saw no more than the end of the connection. */
static void tell_word(struct printer *printer, const struct master_word *word, int32_t master,
                      GString *out)
{
    g_string_append_printf(out, "%s had dropped it: ", printer->report->names[master]);
    tell_drop(printer, word->why, out);
    if (strncmp(word->why, "limit", 5) == 0)
        g_string_append_printf(out, ", %s in its output buffer",
                               humanize_size(word->buffer_bytes).text);
}

static void tell_because(struct printer *printer, const struct master_word *word, int32_t master,
                         GString *out)
{
    g_string_append(out, ", because ");
    tell_word(printer, word, master, out);
}

static void tell_loss(struct printer *printer, const struct resync *resync, GString *out)
{
    const char *lost_by = RESYNC_TEXT(resync, lost_by);
    const struct master_word *word = &resync->before.before_drop;
    if (lost_by == NULL)
        return;
    g_string_append(out, "; cause: ");
    tell_drop(printer, lost_by, out);
    if (word->why != NULL && strcmp(lost_by, "lost") == 0)
        tell_because(printer, word, (int32_t)RESYNC_NUMBER(resync, master), out);
}

static const char *stage_of(const struct resync *resync)
{
    if (RESYNC_NUMBER(resync, received_ns) != TRACE_ABSENT)
        return "while it was loading";
    if (RESYNC_NUMBER(resync, payload_ns) != TRACE_ABSENT)
        return "in the middle of the transfer";
    return "before the first byte of the payload";
}

static void tell_failed(struct printer *printer, const struct resync *resync, GString *out)
{
    const char *failed_by = RESYNC_TEXT(resync, failed_by);
    const struct master_word *word = &resync->before.after_ask;
    append_coloured(printer, RED, "FULL, and failed", out);
    g_string_append_printf(out, " %s after it asked, %s: ",
                           humanize_span(resync->t - RESYNC_NUMBER(resync, asked_ns)).text,
                           stage_of(resync));
    tell_drop(printer, failed_by, out);
    if (word->why != NULL && strcmp(word->why, failed_by) != 0)
        tell_because(printer, word, (int32_t)RESYNC_NUMBER(resync, master), out);
    g_string_append(out, "; full because ");
    tell_verdict(printer->report, resync, out);
}

void tell_resync(struct printer *printer, const struct resync *resync, GString *out)
{
    int64_t down = RESYNC_NUMBER(resync, down_ns);
    g_string_append(out, printer->report->names[resync->node]);
    if (IS(resync, outcome, "failed")) {
        g_string_append(out, " not back: ");
        tell_failed(printer, resync, out);
        return;
    }
    if (down == TRACE_ABSENT)
        g_string_append(out, " online for the first time: ");
    else
        g_string_append_printf(out, " back after %s: ", humanize_span(down).text);
    bool is_partial = IS(resync, kind, "partial");
    append_coloured(printer, is_partial ? GREEN : YELLOW, is_partial ? "PARTIAL" : "FULL", out);
    g_string_append(out, ", ");
    tell_verdict(printer->report, resync, out);
    tell_cost(resync, out);
    tell_loss(printer, resync, out);
    if (resync->before.after_ask.why == NULL)
        return;
    g_string_append_printf(out, "; but at %s ", humanize_clock(resync->before.after_ask.t).text);
    tell_word(printer, &resync->before.after_ask, (int32_t)RESYNC_NUMBER(resync, master), out);
}

/* ---- what did not come to an end ---- */

static void tell_attempts(struct printer *printer, const struct prelude *prelude, GString *out)
{
    if (prelude->dials == 0)
        return;
    g_string_append_printf(out, "; tried %s", prelude->dials == 1 ? "once" : "");
    if (prelude->dials > 1)
        g_string_append_printf(out, "%u times", prelude->dials);
    if (prelude->failures > 0) {
        g_string_append_printf(out, ", %u in vain, the last time: ", prelude->failures);
        tell_drop(printer, prelude->failure, out);
    }
    if (prelude->refusals > 0)
        g_string_append_printf(out, "; PSYNC refused %s, the last time: %s",
                               humanize_count(prelude->refusals, "time").text, prelude->refusal);
}

static const char *doing(const struct node *node)
{
    if (!node->is_up)
        return "its process does not run";
    bool is_promised = node->account.request.is_open && node->account.request.is_decided;
    switch (node->replica.state) {
    case REPLICA_CONNECT:
    case REPLICA_CONNECTING:
        return "trying to connect";
    case REPLICA_PREAMBLE:
        return "waiting for its full resynchronisation to begin";
    case REPLICA_PAYLOAD:
        return "receiving the payload of a full resynchronisation";
    case REPLICA_RECEIVED:
        return "about to notice that a full resynchronisation's payload is complete";
    case REPLICA_LOADING:
        return "loading the payload of a full resynchronisation";
    default:
        return is_promised ? "waiting for its full resynchronisation to begin" : "in the handshake";
    }
}

void tell_unfinished(struct printer *printer, uint32_t index, GString *out)
{
    const struct node *node = &printer->report->world->nodes[index];
    const struct prelude *prelude = &printer->report->preludes[index];
    if (node->master == NO_INDEX || expect_is_online(node))
        return;
    g_string_append_printf(out, "%s ", node->spec->name);
    append_coloured(printer, RED, "not online at the end", out);
    g_string_append_printf(out, ": %s", doing(node));
    if (prelude->drop != NULL) {
        g_string_append_printf(
            out, "; the connection ended at %s: ", humanize_clock(prelude->dropped).text);
        tell_drop(printer, prelude->drop, out);
    }
    if (prelude->before_drop.why != NULL && prelude->drop != NULL &&
        strcmp(prelude->drop, "lost") == 0)
        tell_because(printer, &prelude->before_drop, node->master, out);
    tell_attempts(printer, prelude, out);
}
