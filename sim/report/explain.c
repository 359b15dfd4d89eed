/* A paragraph per resynchronisation: loss, way back, question, criterion, cost, output buffer, and
 * what would have avoided it. */
#include "sim/report/explain.h"

#include <stdarg.h>
#include <string.h>
#include "models/server/snapshot.h"
#include "sim/engine/quantity.h"
#include "sim/engine/time.h"
#include "sim/report/period_text.h"
#include "sim/scenario/fault_schedule.h"
#include "sim/text/humanize.h"

#define LATE_NS (100 * NS_PER_MS) /* no end of a connection takes that long to be seen */

/* ---- from the loss to the question ---- */

static const struct config *config_of(const struct printer *printer, int64_t node)
{
    return &printer->report->record.nodes[node].config;
}

/* Its master had dropped it while it took in a payload. */
static bool was_dropped_in_load(const struct printer *printer, const struct resync *resync)
{
    return resync->before_drop.why != DROP_NONE && resync->event.lost_by == DROP_LOST &&
           periods_find(&printer->report->record.periods, PERIOD_LOAD, resync->node,
                        resync->before_drop.t) != NULL;
}

/* What the replica was in the middle of while its connection had ended already; NULL: nothing. */
static const char *busy_with(const struct printer *printer, const struct resync *resync)
{
    int64_t dropped = resync->before_drop.t, noticed = resync->event.lost_ns;
    if (resync->before_drop.why == DROP_NONE || noticed - dropped < LATE_NS)
        return NULL;
    if (was_dropped_in_load(printer, resync))
        return "it was taking in a payload, and read nothing";
    return periods_find(&printer->report->record.periods, PERIOD_STILL, resync->node, dropped) !=
                   NULL
               ? "its process stood still"
               : NULL;
}

/* What lies between the cause and the moment in which the replica noticed. */
static void explain_notice(const struct printer *printer, const struct resync *resync,
                           GString *text)
{
    enum drop lost_by = resync->event.lost_by;
    if (lost_by == DROP_TIMEOUT_MASTER)
        g_string_append_printf(
            text,
            ". Silence alone breaks no connection: its cron looks once a second whether "
            "repl-timeout (%" G_GINT64_FORMAT " s) has passed without a byte",
            config_of(printer, resync->node)->timeout_s);
    if (lost_by == DROP_TIMEOUT_MASTER && resync->fault >= 0)
        period_text_quiet_way(printer->report->scenario,
                              &printer->report->scenario->faults[resync->fault], resync->node,
                              text);
    else if (lost_by == DROP_LOST && busy_with(printer, resync) != NULL)
        g_string_append_printf(text, ". Until then %s", busy_with(printer, resync));
    else if (lost_by == DROP_LOST)
        g_string_append(text, ". The end of a connection is seen as soon as it arrives");
}

/* " (all of rack at once)", " (all 3 links at once)", or nothing. */
static void put_all_at_once(const struct scenario_fault *fault, GString *text)
{
    if (fault->of[0])
        g_string_append_printf(text, " (all %s%s at once)",
                               g_ascii_isdigit(fault->of[0]) ? "" : "of ", fault->of);
}

/* What the master says of the same connection, where neither heard of the other. */
static void explain_other(struct printer *printer, const struct resync *resync,
                          const struct word *word, GString *text)
{
    bool is_earlier = word == &resync->before_drop;
    g_string_append_printf(text, ". %s %s, at %s: ", printer->report->names[resync->event.master],
                           is_earlier ? "had given that connection up by itself"
                                      : "gave that connection up as well",
                           humanize_clock(word->t).text);
    tell_drop(printer, word->why, text);
}

static void explain_loss(struct printer *printer, const struct resync *resync, GString *text)
{
    const struct scenario *scenario = printer->report->scenario;
    const char *name = printer->report->names[resync->node];
    enum drop lost_by = resync->event.lost_by;
    if (lost_by == DROP_NONE) {
        g_string_append(text, "none: it was not online before");
        return;
    }
    if (resync->failed_before > 0) {
        g_string_append_printf(
            text,
            "the link was lost at %s (%s). Since then %s failed, the last one at %s: see above",
            humanize_clock(resync->event.lost_ns).text, drop_name(lost_by),
            humanize_count(resync->failed_before, "full synchronisation").text,
            humanize_clock(resync->failed_at).text);
        return;
    }
    if (resync->fault >= 0 && resync->fault_began <= resync->event.lost_ns) {
        const struct scenario_fault *fault = &scenario->faults[resync->fault];
        g_string_append_printf(text, "after %s of %s", fault_name(fault->kind),
                               fault_target(scenario, fault));
        put_all_at_once(fault, text);
        period_text_direction(scenario, fault, text);
        g_string_append_printf(text, " at %s, ", humanize_clock(resync->fault_began).text);
    }
    if (resync->before_drop.why != DROP_NONE && lost_by == DROP_LOST) {
        g_string_append_printf(
            text, "%s dropped it at %s: ", printer->report->names[resync->event.master],
            humanize_clock(resync->before_drop.t).text);
        tell_drop(printer, resync->before_drop.why, text);
        g_string_append_printf(text, " with %s in its output buffer; ",
                               humanize_size(resync->before_drop.buffer_bytes).text);
    }
    g_string_append_printf(text, "%s noticed at %s: ", name,
                           humanize_clock(resync->event.lost_ns).text);
    tell_drop(printer, lost_by, text);
    explain_notice(printer, resync, text);
    if (resync->after_drop.why != DROP_NONE)
        explain_other(printer, resync, &resync->after_drop, text);
    else if (resync->before_drop.why != DROP_NONE && lost_by != DROP_LOST)
        explain_other(printer, resync, &resync->before_drop, text);
}

static void explain_attempts(struct printer *printer, const struct resync *resync, GString *text)
{
    if (resync->failures > 0) {
        g_string_append_printf(text, "%s from %s on, %u in vain, the last one: ",
                               humanize_count(resync->dials, "attempt").text,
                               humanize_clock(resync->first_dial).text, resync->failures);
        tell_drop(printer, resync->failure, text);
        g_string_append(text, "; then ");
    }
    if (resync->refusals > 0)
        g_string_append_printf(text, "PSYNC was refused %s (%s), then ",
                               humanize_count(resync->refusals, "time").text,
                               reason_name(resync->refusal));
}

static void explain_way(struct printer *printer, const struct resync *resync, GString *text)
{
    int64_t dialled = resync->event.dialled_ns, lost = resync->event.lost_ns;
    int64_t took = resync->event.asked_ns - dialled;
    if (dialled == TRACE_ABSENT)
        return;
    explain_attempts(printer, resync, text);
    g_string_append_printf(text, "dialled at %s", humanize_clock(dialled).text);
    if (resync->failed_before > 0 && dialled > resync->failed_at)
        g_string_append_printf(text, ", %s after the failure",
                               humanize_span(dialled - resync->failed_at).text);
    else if (resync->failed_before == 0 && lost != TRACE_ABSENT && dialled > lost)
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
    int64_t asked = resync->event.asked_offset, answered = resync->event.answered_ns;
    int64_t asked_ns = resync->event.asked_ns;
    g_string_append_printf(text, "PSYNC %s %" G_GINT64_FORMAT " to %s at %s", resync->asked_id,
                           asked, printer->report->names[resync->event.master],
                           humanize_clock(asked_ns).text);
    if (answered != TRACE_ABSENT)
        g_string_append_printf(text, ", answered after %s",
                               humanize_span(answered - asked_ns).text);
    if (resync->gap_ns != TRACE_ABSENT && resync->gap_ns > 0)
        g_string_append_printf(text, "; by then the first write it lacked was %s old",
                               humanize_span(resync->gap_ns).text);
}

/* ---- the criterion ---- */

static const char *same_history(const struct resync *resync)
{
    switch (resync->event.reason) {
    case REASON_FULL_REQUESTED:
        return "no, none is named";
    case REASON_SYNC_COMMAND:
        return "no, SYNC names none";
    case REASON_ID_MISMATCH:
        return "no, another id";
    case REASON_SECOND_OFFSET:
        return "no, the second id, but an offset beyond the promotion";
    case REASON_ACCEPTED_SECOND_ID:
        return resync->identity.is_start ? "yes, by the second id, from before the restart"
                                         : "yes, by the second id";
    default:
        return "yes";
    }
}

/* Which half of it fails, and by how much. */
static void append_criterion(int64_t first, int64_t asked, int64_t past, GString *text)
{
    if (asked < first)
        g_string_append_printf(text, "no, the first half fails by %s bytes (%s); ",
                               humanize_digits(first - asked).text,
                               humanize_size(first - asked).text);
    else if (asked > past)
        g_string_append_printf(text, "no, the second half fails by %s bytes (%s); ",
                               humanize_digits(asked - past).text,
                               humanize_size(asked - past).text);
    else
        g_string_append(text, "yes; ");
}

static void explain_criterion(const struct resync *resync, GString *text)
{
    int64_t first = resync->event.backlog_first, asked = resync->event.asked_offset;
    enum reason reason = resync->event.reason;
    g_string_append_printf(text, "same history: %s; ", same_history(resync));
    if (first == TRACE_ABSENT) {
        g_string_append(text, "a backlog: no; ");
    } else if (asked >= 0) {
        int64_t past = first + resync->event.backlog_bytes;
        g_string_append_printf(text, "a backlog: yes, of %s; first <= asked <= last + 1: ",
                               humanize_size(resync->event.backlog_bytes).text);
        g_string_append_printf(text, "%s <= %s <= ", humanize_digits(first).text,
                               humanize_digits(asked).text);
        g_string_append_printf(text, "%s: ", humanize_digits(past).text);
        append_criterion(first, asked, past, text);
    }
    g_string_append_printf(text, "so %s [%s]", reason_kind_name(resync->event.kind),
                           reason_name(reason));
}

/* ---- cost ---- */

/* The master saved already, for others, and saved again for this one. */
static void explain_other_save(const struct printer *printer, const struct resync *resync,
                               GString *text)
{
    const struct periods *periods = &printer->report->record.periods;
    const struct period *other =
        periods_find(periods, PERIOD_SAVE, resync->event.master, resync->event.asked_ns);
    if (other == NULL || other->begins >= resync->event.asked_ns || other->ends == TRACE_ABSENT)
        return;
    for (guint i = 0; i < periods->list->len; i++) {
        const struct period *own = periods_at(periods, i);
        if (own->kind != PERIOD_SAVE || own->node != resync->event.master ||
            own->begins < other->ends || own->begins > resync->event.payload_ns)
            continue;
        g_string_append_printf(text,
                               "; a save that began at %s was under way, which it could not "
                               "join, until %s",
                               humanize_clock(other->begins).text,
                               humanize_clock(other->ends).text);
        return;
    }
}

static void explain_begin(const struct printer *printer, const struct resync *resync, GString *text)
{
    int64_t fork = resync->event.fork_ns, master = resync->event.master;
    int64_t delay_s = config_of(printer, master)->diskless_delay_s;
    bool is_diskless = resync->mode == PAYLOAD_EOF;
    g_string_append_printf(text, "%s until the payload began",
                           humanize_span(resync->event.payload_ns - resync->event.asked_ns).text);
    if (fork != TRACE_ABSENT)
        g_string_append_printf(text, " (fork %s; %s", humanize_span(fork).text,
                               is_diskless ? "diskless" : "saved to disk first");
    if (fork != TRACE_ABSENT && is_diskless && delay_s > 0)
        g_string_append_printf(text, ", after up to %" G_GINT64_FORMAT " s for others to join",
                               delay_s);
    explain_other_save(printer, resync, text);
    if (fork != TRACE_ABSENT)
        g_string_append_c(text, ')');
}

static void explain_full(const struct printer *printer, const struct resync *resync, GString *text)
{
    int64_t payload = resync->event.payload_ns, received = resync->event.received_ns;
    if (payload == TRACE_ABSENT) {
        g_string_append(text, "no byte of the payload left");
        return;
    }
    explain_begin(printer, resync, text);
    if (received == TRACE_ABSENT)
        return;
    g_string_append_printf(text, ", %s in %s", humanize_size(resync->event.payload_bytes).text,
                           humanize_span(received - payload).text);
    if (resync->load_ns == TRACE_ABSENT)
        return;
    if (resync->flush_ns > 0)
        g_string_append_printf(text, ", flushing the old data %s",
                               humanize_span(resync->flush_ns).text);
    g_string_append_printf(text, ", loading %s", humanize_span(resync->load_ns).text);
}

/* Its master had closed the connection before it came online. */
static void explain_thrown_away(const struct printer *printer, const struct resync *resync,
                                GString *text)
{
    int64_t sent = resync->event.sent_bytes - resync->event.payload_bytes;
    g_string_append_printf(text, ", but at %s %s had dropped it (%s): %s of it had been sent, ",
                           humanize_clock(resync->after_ask.t).text,
                           printer->report->names[resync->event.master],
                           drop_name(resync->after_ask.why), humanize_size(MAX(sent, 0)).text);
    g_string_append(text, "the rest was thrown away");
}

static void explain_cost(const struct printer *printer, const struct resync *resync, GString *text)
{
    int64_t down = resync->event.down_ns, owed = resync->event.owed_bytes;
    bool is_full = resync->event.kind == REASON_KIND_FULL;
    if (is_full)
        explain_full(printer, resync, text);
    if (owed == 0 && !is_full)
        g_string_append(text, "nothing to catch up with");
    else if (owed != TRACE_ABSENT && resync->event.outcome == OUTCOME_ONLINE)
        g_string_append_printf(text, "%s%s of stream to catch up with", is_full ? ", then " : "",
                               humanize_size(owed).text);
    if (is_full && resync->event.outcome == OUTCOME_ONLINE && resync->after_ask.why != DROP_NONE)
        explain_thrown_away(printer, resync, text);
    if (down != TRACE_ABSENT)
        g_string_append_printf(text, "; %s without the link", humanize_span(down).text);
}

static void explain_channels(const struct two_channels *channels, GString *text)
{
    g_string_append(text, "two: the payload came on a connection of its own");
    if (channels->kept_bytes != TRACE_ABSENT)
        g_string_append_printf(
            text, "; %s of the stream waited at the replica%s",
            humanize_size(channels->kept_bytes).text,
            channels->is_full ? ", all that it may keep, and the rest at its master" : "");
    else if (channels->is_full)
        g_string_append(text, "; the replica kept all of the stream that it may, and the rest "
                              "waited at its master");
    if (channels->is_fatal)
        g_string_append(text, "; the loss of the first one in the middle of a load from disk ended "
                              "the process, as it does in this version");
    else if (channels->joins)
        g_string_append(text, "; INFO counts a full one and a partial one");
    if (channels->is_misplaced)
        g_string_append(text, "; the payload's position names database 0, whichever the writers "
                              "use: what follows lands there until the next SELECT, a fault of "
                              "this version");
}

static void explain_buffer(const struct printer *printer, const struct resync *resync,
                           GString *text)
{
    const struct output_limit *limit = &config_of(printer, resync->event.master)->limit;
    int64_t peak = resync->event.buffer_peak_bytes;
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

static void advise_backlog(const struct printer *printer, const struct resync *resync,
                           GString *text)
{
    int64_t floor = resync->event.backlog_floor;
    if (floor != TRACE_ABSENT && resync->event.asked_offset < floor) {
        g_string_append_printf(text,
                               "no size of the backlog helps: that of %s began at offset %s only, "
                               "beyond the first byte that was lacking",
                               printer->report->names[resync->event.master],
                               humanize_digits(floor).text);
        return;
    }
    int64_t missing = tell_missing(resync);
    g_string_append_printf(text, "a backlog of at least %s bytes (%s) would have made it partial",
                           humanize_digits(missing).text, humanize_size(missing).text);
    if (resync->gap_ns != TRACE_ABSENT && resync->gap_ns > 0)
        g_string_append_printf(text, ": %s of history", humanize_span(resync->gap_ns).text);
}

static bool is_timeout(enum drop drop)
{
    return drop == DROP_TIMEOUT_CONNECT || drop == DROP_TIMEOUT_PAYLOAD ||
           drop == DROP_TIMEOUT_MASTER || drop == DROP_TIMEOUT_REPLICA ||
           drop == DROP_TIMEOUT_FULL_SYNC;
}

/* Versions are those of the start. */
static void advise_load(const struct printer *printer, const struct resync *resync, GString *text)
{
    const struct scenario_node *nodes = printer->report->scenario->nodes;
    const struct profile *master = nodes[resync->event.master].profile,
                         *replica = nodes[resync->node].profile;
    if (payload_is_refused(master, replica))
        g_string_append_printf(text,
                               "a version of %s that reads what %s saves: %s refuses the RDB of %s",
                               nodes[resync->node].name, nodes[resync->event.master].name,
                               replica->name, master->name);
    else
        g_string_append(text, "a payload that can be loaded");
}

static void advise_failed(const struct printer *printer, const struct resync *resync, GString *text)
{
    enum drop why =
        resync->after_ask.why != DROP_NONE ? resync->after_ask.why : resync->event.failed_by;
    if (why == DROP_LIMIT_HARD || why == DROP_LIMIT_SOFT)
        g_string_append(text, "a larger client-output-buffer-limit for replicas, or a shorter "
                              "save, transfer and load: "
                              "until it is online the stream waits in that buffer");
    else if (is_timeout(why))
        g_string_append(text, "a repl-timeout longer than the silence");
    else if (why == DROP_LOAD_FAILED)
        advise_load(printer, resync, text);
    else
        g_string_append(text,
                        "a link and processes that last as long as the save, transfer and load");
}

static const char *full_advice(const struct resync *resync)
{
    switch (resync->event.reason) {
    case REASON_FULL_REQUESTED:
        return resync->event.lost_by == DROP_NONE
                   ? "nothing: a first synchronisation is always full"
                   : "a replica that keeps its position over the restart: an RDB saved with it, "
                     "and no AOF (versions that can: psyncsim profiles)";
    case REASON_NO_BACKLOG:
        return "a backlog that is not freed: repl-backlog-ttl 0";
    case REASON_SYNC_COMMAND:
        return "a version that knows PSYNC";
    case REASON_ID_MISMATCH:
        if (resync->identity.why == ID_BACKLOG_FREED)
            return "repl-backlog-ttl 0, which keeps the backlog and the id while nobody listens, "
                   "and a backlog that holds what is written meanwhile";
        break;
    default:
        break;
    }
    return "no size of the backlog helps: the two histories differ";
}

static void advise_full(const struct printer *printer, const struct resync *resync, GString *text)
{
    if (resync->event.reason == REASON_BACKLOG_PASSED)
        advise_backlog(printer, resync, text);
    else
        g_string_append(text, full_advice(resync));
    if (resync->before_drop.why == DROP_TIMEOUT_REPLICA && was_dropped_in_load(printer, resync))
        g_string_append(text, "; a repl-timeout of the master longer than the replica is deaf "
                              "while it takes in a payload would have kept the link: freeing the "
                              "old data is what takes long without a sign of life, and "
                              "replica-lazy-flush yes leaves it to another thread");
}

/* ---- the paragraph ---- */

static void pass(explain_sink *sink, void *user, const char *label, GString *text)
{
    sink(user, label, text->str);
    g_string_truncate(text, 0);
}

void explain_each(struct printer *printer, const struct resync *resync, explain_sink *sink,
                  void *user)
{
    GString *text = g_string_new(NULL);
    explain_loss(printer, resync, text);
    pass(sink, user, "loss", text);
    explain_way(printer, resync, text);
    pass(sink, user, "way back", text);
    explain_question(printer, resync, text);
    pass(sink, user, "asked", text);
    explain_criterion(resync, text);
    pass(sink, user, "decision", text);
    explain_cost(printer, resync, text);
    pass(sink, user, "cost", text);
    if (resync->channels.is_so)
        explain_channels(&resync->channels, text);
    if (text->len > 0)
        pass(sink, user, "channels", text);
    explain_buffer(printer, resync, text);
    pass(sink, user, "buffer", text);
    bool has_failed = resync->event.outcome == OUTCOME_FAILED;
    bool is_unexplained = resync->fault < 0 || resync->event.lost_by == DROP_NONE;
    if (has_failed || (resync->failures > 0 && is_unexplained))
        period_text_at_work(printer->report, resync, text);
    if (text->len > 0)
        pass(sink, user, "at work", text);
    if (has_failed)
        advise_failed(printer, resync, text);
    else if (resync->event.kind == REASON_KIND_FULL)
        advise_full(printer, resync, text);
    if (text->len > 0)
        pass(sink, user, "avoided by", text);
    g_string_free(text, TRUE);
}
