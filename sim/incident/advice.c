/* "For this event" and no more: a value of one directive, or that none would have. */
#include "sim/incident/advice.h"

#include <string.h>
#include "sim/engine/time.h"
#include "sim/text/humanize.h"

void advice_bytes(int64_t value, GString *text)
{
    g_string_append_printf(text, "%s bytes", humanize_digits(value).text);
    if (value >= 1 << 20)
        g_string_append_printf(text, " (%s)", humanize_size(value).text);
}

/* How shortly before the request the master's process had begun; HALF_ABSENT: not shortly. */
int64_t advice_young_ns(const struct story *story)
{
    const struct process *master = story->master;
    for (guint i = master ? master->turns->len : 0; i-- > 0;) {
        const struct turn *turn = &g_array_index(master->turns, struct turn, i);
        if ((turn->what == TURN_READY || turn->what == TURN_STARTED) &&
            turn->at.ns <= story->m->asked.ns)
            return turn->what == TURN_READY || story->m->backlog_made.ns != HALF_ABSENT
                       ? story->m->asked.ns - turn->at.ns
                       : HALF_ABSENT;
    }
    return HALF_ABSENT;
}

bool advice_was_freed(const struct story *story)
{
    bool freed = false;
    for (guint i = 0; story->m && i < story->master->turns->len; i++) {
        const struct turn *turn = &g_array_index(story->master->turns, struct turn, i);
        if (turn->at.ns < story->m->asked.ns || turn->at.line < story->m->asked.line)
            freed = turn->what == TURN_FREED ? true : turn->what == TURN_MADE ? false : freed;
    }
    return freed;
}

static void avoid_passed(const struct figures *figures, GString *text)
{
    if (figures->owed.grade == GRADE_AT_LEAST)
        g_string_append(text, "a repl-backlog-size above ");
    else if (figures->owed.grade != GRADE_NONE)
        g_string_append(text, "a repl-backlog-size of at least ");
    if (figures->owed.grade != GRADE_NONE) {
        advice_bytes(figures->owed.value, text);
        g_string_append(text, ", for this event");
    } else if (figures->rate.grade != GRADE_NONE && figures->back_ns != HALF_ABSENT) {
        g_string_append(text, "a repl-backlog-size of ~ ");
        advice_bytes(mul_div(figures->rate.value, figures->back_ns, NS_PER_S), text);
        g_string_append(text, " for the time away, and more where it was silent before");
    } else {
        g_string_append(text, "a larger repl-backlog-size; how much larger no line shows");
    }
    if (figures->lost_by == ENDED_LIMIT || figures->lost_by == ENDED_LIMIT_SOFT ||
        figures->lost_by == ENDED_LIMIT_HARD) {
        g_string_append(text, "; or a client-output-buffer-limit that lets it go on, above ");
        if (figures->lost_by_master_bytes.grade != GRADE_NONE)
            advice_bytes(figures->lost_by_master_bytes.value, text);
    }
}

static void avoid_failure(const struct story *story, const struct spared *spared, GString *text)
{
    enum ended ended = story_failed_by(story);
    bool by_limit = ended == ENDED_LIMIT || ended == ENDED_LIMIT_HARD || ended == ENDED_LIMIT_SOFT;
    if (story_outcome(story) != OUTCOME_FAILED)
        return;
    if (text->len)
        g_string_append(text, "; the failure: ");
    if (by_limit) {
        g_string_append(text,
                        "a client-output-buffer-limit that holds what is written during save, "
                        "transfer and load");
        spared_print_value(spared, SPARE_LIMIT, text);
    } else if (ended == ENDED_TIMEOUT || ended == ENDED_TIMEOUT_BULK) {
        g_string_append(text, "a repl-timeout longer than the silence");
        spared_print_value(spared, SPARE_TIMEOUT, text);
        g_string_append(text, ", or none of what caused the silence");
    } else if (ended == ENDED_SAVE_FAILED)
        g_string_append(text, "no directive: why the child failed is in the kernel's log (memory)");
    else
        g_string_append(text, "no directive is known to: who closed the connection is in no log");
}

void advice_print(const struct story *story, const struct figures *figures,
                  const struct spared *spared, GString *text)
{
    switch (story_verdict(story)) {
    case VERDICT_PASSED:
        avoid_passed(figures, text);
        break;
    case VERDICT_NO_BACKLOG:
        g_string_append(text, "a backlog that is kept: repl-backlog-ttl 0");
        break;
    case VERDICT_MISMATCH:
        g_string_append(text,
                        advice_was_freed(story)
                            ? "repl-backlog-ttl 0; no repl-backlog-size"
                            : "no repl-backlog-size. A position that outlives the restart: an RDB "
                              "saved at shutdown (7.0 and later), or a failover before it");
        break;
    case VERDICT_SECOND_OFFSET:
        g_string_append(text,
                        "no repl-backlog-size: a pause of writes before the change of the master "
                        "(FAILOVER, CLIENT PAUSE)");
        break;
    case VERDICT_ID_OR_SECOND:
    case VERDICT_AHEAD:
        g_string_append(text, "no repl-backlog-size");
        break;
    case VERDICT_REQUESTED:
        if (story->r ? story->r->lost.ns != HALF_ABSENT : story->lost_m != NULL)
            g_string_append(text, "no repl-backlog-size: it had nothing to continue from");
        break;
    default:
        break;
    }
    avoid_failure(story, spared, text);
}
