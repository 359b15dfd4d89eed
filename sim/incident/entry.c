/* Grades stand beside the figures: a place in brackets (read), ~ (computed), ? (assumed). */
#include "sim/incident/advice.h"
#include "sim/incident/entry.h"
#include "sim/incident/ended_words.h"

#include <stdlib.h>
#include <string.h>
#include "sim/engine/time.h"
#include "sim/text/humanize.h"

#define INDENT 14

/* A clock that was stepped back gives less than nothing. */
static struct words span_of(int64_t ns)
{
    return humanize_span(ns > 0 ? ns : 0);
}

static struct words size_of(int64_t value)
{
    return humanize_size(value > 0 ? value : 0);
}

/* Bytes beyond the history that the master took over. */
static int64_t beyond(const struct half_master *m)
{
    return m->asked_offset != HALF_ABSENT && m->limit_offset != HALF_ABSENT
               ? m->asked_offset - m->limit_offset
               : 0;
}

void entry_line(GString *out, const char *label, GString *text)
{
    if (text->len == 0)
        return;
    g_string_append_printf(out, "  %-*s", INDENT - 2, label);
    humanize_wrap(out, text->str, INDENT, INDENT);
    g_string_truncate(text, 0);
}

static void place(const struct explained *explained, const struct process *process, struct mark at,
                  GString *text)
{
    g_string_append(text, " (");
    explain_place(explained, process, at, text);
    g_string_append_c(text, ')');
}

static void when(const struct process *process, struct mark at, GString *text)
{
    explain_when(process, incident_time(process, at.ns), text);
}

static void graded(const struct figure *figure, GString *text)
{
    static const char *const MARKS[] = {"", "", "~ ", "~ at most ", "~ at least "};
    g_string_append(text, MARKS[figure->grade]);
    advice_bytes(figure->value, text);
}

/* ---- loss ---- */

static void print_loss(const struct explained *explained, const struct story *story,
                       const struct figures *figures, GString *text)
{
    const struct half_replica *r = story->r;
    const struct half_master *lost = story->lost_m;
    bool by_r = r && r->lost.ns != HALF_ABSENT, by_m = lost && lost->lost.ns != HALF_ABSENT;
    if (by_m) {
        when(story->lost_by, lost->lost, text);
        g_string_append_c(text, ' ');
        if (lost->kill.at.ns != HALF_ABSENT)
            ended_words_kill(explained, story->lost_by, lost, text);
        else {
            g_string_append(text, "the master noticed: ");
            ended_words_at(explained, story->lost_by, lost->lost_by, text);
            place(explained, story->lost_by, lost->lost, text);
        }
        if (lost->has_write_failed)
            g_string_append(text,
                            "; a write of the master had failed right before: it closed the link "
                            "itself");
    }
    if (by_r) {
        g_string_append(text, by_m ? "; " : "");
        when(story->replica, r->lost, text);
        g_string_append(text, " the replica noticed: ");
        ended_words_at(explained, story->replica, r->lost_by, text);
        place(explained, story->replica, r->lost, text);
    }
    if (by_r && by_m && figures->is_one_moment)
        g_string_append(text, "; both at the same moment, within what the clocks are apart");
    else if (by_r && by_m)
        g_string_append_printf(text, "; the %s first, by ~ %s",
                               figures->first_ns > 0 ? "replica" : "master",
                               span_of(llabs(figures->first_ns)).text);
    if (!by_r && !by_m && story->r && story->r->has_begun_before)
        g_string_append(text, "it began before the log");
}

static void print_way(const struct story *story, const struct figures *figures, GString *text)
{
    const struct half_replica *r = story->r;
    if (figures->back_ns != HALF_ABSENT)
        g_string_append_printf(text, "%s from the loss to the request",
                               span_of(figures->back_ns).text);
    if (!r)
        return;
    if (r->refusals + r->denials > 0)
        g_string_append_printf(text, "%s%s in vain%s%s", text->len ? "; " : "",
                               humanize_count(r->refusals + r->denials, "attempt").text,
                               r->error[0] ? ", the last: " : "", r->error);
    if (r->timed_dial.ns != HALF_ABSENT)
        g_string_append_printf(
            text, "; the dial that timed out took %s: ~ that is repl-timeout and up to 1 s; %s",
            span_of(r->timed_dial_ns).text,
            r->was_connected ? "it had a connection, so the master's process did not answer"
                             : "no connection came up, so nothing answered at that address");
    if (figures->round_trip_ns != HALF_ABSENT && figures->round_trip_ns >= 10 * NS_PER_MS)
        g_string_append_printf(text, "%sPING took %s: ~ a round trip", text->len ? "; " : "",
                               span_of(figures->round_trip_ns).text);
}

/* ---- decision ---- */

static void print_asked(const struct explained *explained, const struct story *story,
                        const struct figures *figures, GString *text)
{
    const struct half_replica *r = story->r;
    const struct half_master *m = story->m;
    const char *id = r && r->asked_id[0] ? r->asked_id : m ? m->asked_id : "";
    int64_t offset = r && r->asked_offset != HALF_ABSENT ? r->asked_offset
                     : m                                 ? m->asked_offset
                                                         : HALF_ABSENT;
    struct mark at = r ? r->asked : m->asked;
    if (at.ns == HALF_ABSENT)
        return;
    if (id[0])
        g_string_append_printf(text, "history %.8s%s", explain_alias(explained, id),
                               explained->aliases ? "" : "...");
    if (offset != HALF_ABSENT)
        g_string_append_printf(text, "%soffset %s", id[0] ? ", " : "",
                               humanize_digits(offset).text);
    if (text->len == 0)
        g_string_append(text, r || m->verdict == VERDICT_REQUESTED
                                  ? "for everything"
                                  : "nothing of it is in this log");
    place(explained, r ? story->replica : story->master, at, text);
    if (figures->answer_ns != HALF_ABSENT && figures->answer_ns >= 10 * NS_PER_MS)
        g_string_append_printf(text, "; answered after %s", span_of(figures->answer_ns).text);
}

static void print_mismatch(const struct explained *explained, const struct story *story,
                           GString *text)
{
    int64_t young = story->m ? advice_young_ns(story) : HALF_ABSENT;
    const struct half_replica *r = story->r;
    g_string_append(text, "another history: it asked for one that the master does not have");
    if (advice_was_freed(story))
        g_string_append(
            text, "; ~ the master had freed its backlog (repl-backlog-ttl), and its id changes "
                  "with that");
    else if (young != HALF_ABSENT && young < 3600 * NS_PER_S &&
             story->m->backlog_made.ns != HALF_ABSENT)
        g_string_append_printf(text,
                               "; THE MASTER HAD RESTARTED %s before: no replica had been here in "
                               "this life of it",
                               span_of(young).text);
    if (r && r->asked_offset == 1)
        g_string_append(text,
                        "; ~ offset 1: the id was the asker's own fresh one, a first life; nothing "
                        "was lost");
    if (story->m && story->m->backlog_made.ns != HALF_ABSENT)
        g_string_append(text, "; the master then took a new id");
    (void)explained;
}

static void print_decision(const struct explained *explained, const struct story *story,
                           GString *text)
{
    const struct half_master *m = story->m;
    enum verdict verdict = story_verdict(story);
    switch (verdict) {
    case VERDICT_ACCEPTED:
        g_string_append(text, "partial: same history, and the backlog held all that was owed");
        break;
    case VERDICT_ACCEPTED_SECOND:
        g_string_append(text, "partial, by the second id: the history from before the promotion");
        break;
    case VERDICT_REQUESTED:
        g_string_append(text,
                        "full, because the replica asked for it: it held nothing to continue from");
        break;
    case VERDICT_SYNC:
        g_string_append(text, "full: SYNC knows no other");
        break;
    case VERDICT_MISMATCH:
        print_mismatch(explained, story, text);
        break;
    case VERDICT_SECOND_OFFSET:
        g_string_append_printf(text,
                               "second id, but beyond the history that was taken over: %s bytes "
                               "more than the master ever had",
                               m ? humanize_digits(beyond(m)).text : "some");
        break;
    case VERDICT_ID_OR_SECOND:
        g_string_append(text,
                        "~ another history, or an offset beyond the one that was taken over: the "
                        "master's log shows which");
        break;
    case VERDICT_PASSED:
        g_string_append(text,
                        m ? "refused for lack of backlog: the first byte it lacked had left it"
                          : "~ same history and yet refused: the first byte it lacked had left the "
                            "backlog (rarely: there was none)");
        if (m && m->limit_offset != HALF_ABSENT)
            g_string_append_printf(text, ", which began at %s",
                                   humanize_digits(m->limit_offset).text);
        break;
    case VERDICT_AHEAD:
        g_string_append(text, "refused: its offset is ahead of the master's");
        break;
    case VERDICT_NO_BACKLOG:
        g_string_append(text, "refused: the master had no backlog");
        break;
    default:
        g_string_append(text, "why is not in these lines");
        break;
    }
    if (m && m->decided.ns != HALF_ABSENT)
        place(explained, story->master, m->decided, text);
    else if (story->r && story->r->answered.ns != HALF_ABSENT)
        place(explained, story->replica, story->r->answered, text);
}

/* What was owed beside the backlog's size as it was given. */
static void print_size(const struct story *story, const struct figures *figures,
                       const struct limits *limits, GString *text)
{
    int64_t size = limits->backlog_bytes, owed = figures->owed.value;
    bool is_accepted = !verdict_is_full(story_verdict(story));
    if (size == HALF_ABSENT)
        return;
    g_string_append_printf(text, "; repl-backlog-size is %s as given: ", humanize_size(size).text);
    if (is_accepted)
        g_string_append_printf(text, "%s of it", humanize_share(owed, size).text);
    else if (owed > size && figures->owed.grade != GRADE_AT_MOST)
        g_string_append_printf(text, "%s%s bytes too few",
                               figures->owed.grade == GRADE_AT_LEAST ? "at least " : "",
                               humanize_digits(owed - size).text);
    else if (figures->owed.grade == GRADE_READ || figures->owed.grade == GRADE_COMPUTED)
        g_string_append(text, "enough, so it was smaller then, or had begun later");
    else
        g_string_append(text, "by this bound it may have been enough");
}

static void print_owed(const struct story *story, const struct figures *figures,
                       const struct limits *limits, GString *text)
{
    if (figures->owed.grade == GRADE_NONE)
        return;
    graded(&figures->owed, text);
    if (figures->owed.grade == GRADE_COMPUTED)
        g_string_append(text, ": exact to the fork");
    else if (figures->owed.grade == GRADE_AT_MOST)
        g_string_append(text, ": the save began later than the decision");
    else if (figures->owed.grade == GRADE_AT_LEAST)
        g_string_append(text, story->m && story->m->is_attached
                                  ? ": the save was there before the request"
                                  : ": what was thrown away with its output buffer");
    if (figures->rate.grade != GRADE_NONE)
        g_string_append_printf(text, "; the stream moved at ~ %s a second",
                               size_of(figures->rate.value).text);
    print_size(story, figures, limits, text);
}

/* ---- cost ---- */

static void phase(GString *text, const char *what, int64_t ns)
{
    if (ns != HALF_ABSENT)
        g_string_append_printf(text, "%s%s %s", text->len ? ", " : "", what,
                               ns < NS_PER_MS ? "below 1 ms" : span_of(ns).text);
}

static void print_cost(const struct story *story, const struct figures *figures, GString *text)
{
    const struct half_master *m = story->m;
    if (verdict_is_full(story_verdict(story))) {
        phase(text,
              m && m->delayed.ns != HALF_ABSENT ? "delay of the diskless save"
                                                : "wait for the save",
              figures->wait_ns >= 10 * NS_PER_MS ? figures->wait_ns : HALF_ABSENT);
        phase(text, figures->fork_ns < NS_PER_MS ? "fork" : "fork at most", figures->fork_ns);
        phase(text, m && m->is_diskless ? "save and stream" : "save", figures->save_ns);
        if (figures->payload.grade != GRADE_NONE) {
            g_string_append(text, text->len ? ", payload " : "payload ");
            advice_bytes(figures->payload.value, text);
        }
        phase(text, "transfer", figures->transfer_ns);
        if (figures->payload.grade != GRADE_NONE && figures->transfer_ns > NS_PER_MS &&
            figures->payload.value > 0 && figures->payload.value < INT64_MAX / NS_PER_S)
            g_string_append_printf(
                text, " (~ %s a second)",
                size_of(mul_div(figures->payload.value, NS_PER_S, figures->transfer_ns)).text);
        phase(text, "flush", figures->flush_ns);
        phase(text, "load", figures->load_ns);
        if (m && m->copied_mb != HALF_ABSENT && m->copied_mb > 0)
            g_string_append_printf(text, ", %" G_GINT64_FORMAT " MB copied on write", m->copied_mb);
    }
    phase(text, "without the link", figures->away_ns);
}

static void print_killed_after(const struct figures *figures, GString *text)
{
    if (figures->killed_after_ns != HALF_ABSENT)
        g_string_append_printf(text, "; %s after the request",
                               span_of(figures->killed_after_ns).text);
}

static void print_failure(const struct explained *explained, const struct story *story,
                          const struct figures *figures, GString *text)
{
    const struct half_replica *r = story->r;
    const struct half_master *m = story->m;
    if (story_outcome(story) != OUTCOME_FAILED)
        return;
    if (m && m->kill.at.ns != HALF_ABSENT) {
        ended_words_kill(explained, story->master, m, text);
        print_killed_after(figures, text);
    } else {
        ended_words_at(explained, story->m ? story->master : story->replica, story_failed_by(story),
                       text);
        if (m && m->lost_by == ENDED_TIMEOUT && m->sent.ns != HALF_ABSENT)
            g_string_append_printf(text, "; the master gave up %s after the last byte",
                                   span_of(m->timed_out.ns - m->sent.ns).text);
        if (m && m->lost.ns != HALF_ABSENT)
            place(explained, story->master, m->lost, text);
    }
    if (r && r->failed.ns != HALF_ABSENT) {
        struct mark from = r->receiving.ns != HALF_ABSENT ? r->receiving : r->answered;
        g_string_append(text, "; the replica gave up: ");
        ended_words_at(explained, story->replica, r->failed_by, text);
        if (from.ns != HALF_ABSENT)
            g_string_append_printf(text, ", %s %s", span_of(r->failed.ns - from.ns).text,
                                   r->receiving.ns != HALF_ABSENT ? "into the payload"
                                                                  : "after the answer");
        place(explained, story->replica, r->failed, text);
    }
}

/* The connection went on, or ended by something that is worth a line. */
static void print_after(const struct explained *explained, const struct story *story,
                        const struct figures *figures, GString *text)
{
    const struct half_master *m = story->m;
    if (!m || story_outcome(story) == OUTCOME_FAILED)
        return;
    if (m->kill.at.ns != HALF_ABSENT) {
        ended_words_kill(explained, story->master, m, text);
        print_killed_after(figures, text);
    } else if (m->timed_out.ns != HALF_ABSENT) {
        g_string_append(text, "the master gave up: repl-timeout");
        if (m->sent.ns != HALF_ABSENT)
            g_string_append_printf(text, ", %s after the last byte of the payload",
                                   span_of(m->timed_out.ns - m->sent.ns).text);
        place(explained, story->master, m->timed_out, text);
    } else if (m->has_write_failed) {
        g_string_append_printf(text,
                               "a write of the master failed %s later, and it closed the link",
                               span_of(m->lost.ns - m->decided.ns).text);
        place(explained, story->master, m->lost, text);
    }
}

static void print_mind(const struct story *story, const struct figures *figures, GString *text)
{
    enum verdict verdict = story_verdict(story);
    if (verdict == VERDICT_SECOND_OFFSET && story->m)
        g_string_append_printf(text,
                               "%s bytes are thrown away: LOST WRITES if the asker is the old "
                               "master; if it is a sibling, one that was behind it was promoted",
                               humanize_digits(beyond(story->m)).text);
    else if (verdict == VERDICT_MISMATCH && story->m && story->m->backlog_made.ns != HALF_ABSENT &&
             advice_young_ns(story) != HALF_ABSENT && !advice_was_freed(story))
        g_string_append(text,
                        "a master that restarts without its data empties its replicas: look for "
                        "\"DB loaded\" in the lines before");
    else if (verdict == VERDICT_PASSED && figures->owed.grade >= GRADE_READ && !story->m &&
             figures->back_ns > 0 && figures->back_ns < 10 * NS_PER_S &&
             figures->owed.value / (figures->back_ns / NS_PER_MS + 1) > 20000)
        g_string_append_printf(
            text,
            "%s in %s is ~ %s of writes a second. More likely it was behind before: an "
            "output-buffer "
            "limit or a stall; then the larger backlog helps against the full resynchronisation, "
            "not against the loss",
            size_of(figures->owed.value).text, span_of(figures->back_ns).text,
            size_of(mul_div(figures->owed.value, NS_PER_S, figures->back_ns)).text);
}

static void print_not_known(const struct story *story, const struct figures *figures, GString *text)
{
    bool is_full = verdict_is_full(story_verdict(story));
    if (!story->m)
        g_string_append(text, "the master's half: its log");
    else if (!story->r)
        g_string_append(text, is_full ? "payload, load, and when it was online: the replica's log"
                                      : "the replica's half: its log");
    if (is_full && story->m && story->m->is_diskless && figures->payload.grade == GRADE_NONE)
        g_string_append_printf(text, "%sthe payload's size (it was streamed)",
                               text->len ? "; " : "");
    if (story_outcome(story) == OUTCOME_OPEN && story_verdict(story) != VERDICT_NONE)
        g_string_append_printf(text, "%s%s", text->len ? "; " : "",
                               story->m && story->m->kill.at.ns != HALF_ABSENT
                                   ? "whether it was ever online"
                                   : "how it ended: the log ends before");
}

/* ---- the paragraph ---- */

void entry_kind(const struct story *story, GString *out)
{
    enum verdict verdict = story_verdict(story);
    if (verdict == VERDICT_NONE) {
        g_string_append(out, "no link");
        return;
    }
    g_string_append_printf(
        out, "%s [%s%s]", verdict_is_full(verdict) ? "FULL" : "PARTIAL", verdict_name(verdict),
        story->m || verdict == VERDICT_REQUESTED || !verdict_is_full(verdict) ? "" : " ~");
    if (story_outcome(story) == OUTCOME_FAILED)
        g_string_append(out, ", and failed");
    else if (story_outcome(story) == OUTCOME_OPEN)
        g_string_append(out, story->m && story->m->kill.at.ns != HALF_ABSENT
                                 ? ", and closed; whether it was online by then is not known"
                                 : "; the log ends before it is online");
}

static void print_head(const struct explained *explained, const struct story *story,
                       const struct figures *figures, GString *out)
{
    const struct process *of = story->replica ? story->replica : story->master;
    explain_when(of, story->t_ns, out);
    g_string_append_printf(out, "  %s ", explain_alias(explained, story->name));
    if (story_verdict(story) == VERDICT_NONE)
        g_string_append(out, story->m ? "lost: " : "without its master: ");
    else if (figures->back_ns != HALF_ABSENT)
        g_string_append_printf(out, "back after %s: ", span_of(figures->back_ns).text);
    else
        g_string_append(out, "asked: ");
    entry_kind(story, out);
    g_string_append_c(out, '\n');
}

static void print_loss_alone(const struct explained *explained, const struct story *story,
                             GString *out)
{
    GString *text = g_string_new(NULL);
    const struct half_master *m = story->m;
    if (m && m->kill.at.ns != HALF_ABSENT)
        ended_words_kill(explained, story->master, m, text);
    else if (m) {
        g_string_append_printf(text, "the master: %s", ended_words(m->lost_by));
        place(explained, story->master, m->timed_out, text);
        if (m->sent.ns != HALF_ABSENT && m->timed_out.ns != HALF_ABSENT)
            g_string_append_printf(text, ", %s after the last byte of the payload",
                                   span_of(m->timed_out.ns - m->sent.ns).text);
    }
    entry_line(out, "loss", text);
    if (m && m->kill.age_s > 0 && m->kill.omem > 0)
        g_string_append_printf(text,
                               "~ at least %s of stream a second, if it began with the connection",
                               size_of(m->kill.omem / m->kill.age_s).text);
    entry_line(out, "rate", text);
    g_string_free(text, TRUE);
}

void entry_print(const struct explained *explained, const struct story *story, GString *out)
{
    GString *text = g_string_new(NULL);
    struct figures figures = figures_of(explained->stories, story);
    struct limits limits = explain_limits(explained, story->master);
    print_head(explained, story, &figures, out);
    if (story_verdict(story) == VERDICT_NONE && !story->r)
        print_loss_alone(explained, story, out);
    print_loss(explained, story, &figures, text);
    entry_line(out, "loss", text);
    print_way(story, &figures, text);
    entry_line(out, "way back", text);
    if (story_verdict(story) != VERDICT_NONE) {
        print_asked(explained, story, &figures, text);
        entry_line(out, "asked", text);
        print_decision(explained, story, text);
        entry_line(out, "decision", text);
        print_owed(story, &figures, &limits, text);
        entry_line(out, "owed", text);
        print_cost(story, &figures, text);
        entry_line(out, "cost", text);
        print_failure(explained, story, &figures, text);
        entry_line(out, "failed", text);
        print_after(explained, story, &figures, text);
        entry_line(out, "after", text);
        advice_print(story, &figures, explained->spared, text);
        entry_line(out, "avoided by", text);
        print_mind(story, &figures, text);
        entry_line(out, "mind", text);
        print_not_known(story, &figures, text);
        entry_line(out, "not known", text);
    }
    g_string_append_c(out, '\n');
    g_string_free(text, TRUE);
}
