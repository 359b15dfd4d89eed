/* See period_text.h. An effect is printed with the causes that were at work while it built up, oldest
 * first, at each hop from the node up to the master that writes. */
#include "sim/report/period_text.h"

#include <string.h>
#include "sim/engine/time.h"
#include "sim/scenario/fault_schedule.h"
#include "sim/text/humanize.h"

#define INDENT   14
#define LINES    12                /* of each kind */
#define CAUSES   4                 /* of each effect */
#define DEAF_NS  (10 * NS_PER_S)   /* without an answer, that clients notice */
#define LEAST_NS (200 * NS_PER_MS) /* shorter causes are none */
#define LOOK_NS  NS_PER_S          /* data are stale so much later than something delays them */

struct tale {
    const struct report *report;
    const struct period *causes[CAUSES];
    uint32_t count, more;
};

static const struct periods *periods_of(const struct report *report)
{
    return &report->record.periods;
}

static int64_t length_of(const struct report *report, const struct period *period)
{
    int64_t ends = period->ends == TRACE_ABSENT ? report->scenario->duration : period->ends;
    return ends - period->begins;
}

/* ---- which causes ---- */

static bool is_of_link(const struct scenario *scenario, const struct period *period, int32_t master,
                       int32_t node)
{
    int32_t link = scenario->faults[period->fault].link;
    return link >= 0 && master >= 0 && scenario_link_joins(scenario, link, master, node);
}

static bool is_at_hop(const struct scenario *scenario, const struct period *period, int32_t master,
                      int32_t node)
{
    if (period->kind == PERIOD_FAULT)
        return is_of_link(scenario, period, master, node);
    bool is_own = period->node == node;
    bool is_above =
        period->node == master && (period->kind == PERIOD_STILL || period->kind == PERIOD_DOWN);
    return is_own || is_above;
}

static void add_cause(struct tale *tale, const struct period *period)
{
    for (uint32_t i = 0; i < tale->count; i++)
        if (tale->causes[i] == period)
            return;
    if (tale->count == CAUSES) {
        tale->more++;
        return;
    }
    uint32_t at = tale->count++;
    while (at > 0 && tale->causes[at - 1]->begins > period->begins) {
        tale->causes[at] = tale->causes[at - 1];
        at--;
    }
    tale->causes[at] = period;
}

/* Those at the node of `effect` and on its way from the top, at any time from `from` to `to`. */
static void find_causes(struct tale *tale, const struct period *effect, int64_t from, int64_t to)
{
    const struct report *report = tale->report;
    const struct periods *periods = periods_of(report);
    int32_t node = effect->node;
    for (int hop = 0; node >= 0 && hop < PERIOD_HOPS; hop++) {
        int32_t master = effect->above[hop];
        for (guint i = 0; i < periods->list->len; i++) {
            const struct period *period = periods_at(periods, i);
            if (period->kind < PERIOD_CAUSES && period_overlaps(period, from, to) &&
                length_of(report, period) >= LEAST_NS &&
                is_at_hop(report->scenario, period, master, node))
                add_cause(tale, period);
        }
        node = master;
    }
}

/* What was wrong with the replicas of `master` at t. */
static void find_causes_below(struct tale *tale, int32_t master, int64_t t)
{
    const struct report *report = tale->report;
    const struct periods *periods = periods_of(report);
    for (guint i = 0; i < periods->list->len; i++) {
        const struct period *period = periods_at(periods, i);
        if (period->kind >= PERIOD_CAUSES || !period_overlaps(period, t, t))
            continue;
        const struct scenario_link *link =
            period->kind == PERIOD_FAULT
                ? &report->scenario->links[report->scenario->faults[period->fault].link]
                : NULL;
        bool is_of_link = link != NULL && (link->upper == master || link->lower == master);
        if (is_of_link || (link == NULL && period->above[0] == master))
            add_cause(tale, period);
    }
}

/* ---- causes in words ---- */

static void append_until(const struct report *report, const struct period *period, GString *text)
{
    g_string_append_printf(text, " at %s", humanize_clock(period->begins).text);
    if (period->ends == TRACE_ABSENT)
        g_string_append(text, ", to the end of the run");
    else
        g_string_append_printf(text, ", for %s", humanize_span(length_of(report, period)).text);
}

void period_text_direction(const struct scenario *scenario, const struct scenario_fault *fault,
                           GString *text)
{
    if (fault->kind != FAULT_PARTITION || fault->direction == DIRECTION_BOTH)
        return;
    const struct scenario_link *link = &scenario->links[fault->link];
    bool is_down = fault->direction == DIRECTION_DOWN;
    g_string_append_printf(text, " (only the way %s->%s)",
                           scenario->nodes[is_down ? link->upper : link->lower].name,
                           scenario->nodes[is_down ? link->lower : link->upper].name);
}

/* Whether the way that is dead leads from the replica to its master. */
static bool is_way_up(const struct scenario *scenario, const struct scenario_fault *fault,
                      int32_t replica)
{
    const struct scenario_link *link = &scenario->links[fault->link];
    bool is_lower = link->lower == replica;
    return fault->kind == FAULT_PARTITION &&
           fault->direction == (is_lower ? DIRECTION_UP : DIRECTION_DOWN);
}

void period_text_quiet_way(const struct scenario *scenario, const struct scenario_fault *fault,
                           int32_t replica, GString *text)
{
    if (fault->link < 0 || scenario->links[fault->link].kind != LINK_TCP ||
        !is_way_up(scenario, fault, replica))
        return;
    const struct scenario_link *link = &scenario->links[fault->link];
    const char *name = scenario->nodes[replica].name;
    const char *master = scenario->nodes[link->lower == replica ? link->upper : link->lower].name;
    g_string_append_printf(text,
                           ". The open way %s->%s goes quiet too: TCP's own acknowledgements are "
                           "lost with those of %s, and without them the kernel of %s soon sends "
                           "nothing new",
                           master, name, name, master);
}

/* A silence that no connection noticed, and why the stream comes back later than the network. */
static void append_silence(const struct report *report, const struct period *cause,
                           const struct period *effect, GString *text)
{
    const struct scenario *scenario = report->scenario;
    const struct scenario_fault *fault = &scenario->faults[cause->fault];
    if (fault->kind != FAULT_PARTITION || effect->kind != PERIOD_STALE)
        return;
    period_text_quiet_way(scenario, fault, effect->node, text);
    const struct periods *periods = periods_of(report);
    int64_t to = cause->ends == TRACE_ABSENT ? scenario->duration : cause->ends;
    for (guint i = 0; i < periods->list->len; i++) {
        const struct period *period = periods_at(periods, i);
        if (period->kind == PERIOD_UNLINKED && period->node == effect->node &&
            period_overlaps(period, cause->begins, MAX(to, effect->ends)))
            return;
    }
    if (cause->ends == TRACE_ABSENT)
        return;
    g_string_append(text, ". No connection broke: the silence ended before a repl-timeout had "
                          "passed");
    int64_t late = effect->ends == TRACE_ABSENT ? 0 : effect->ends - cause->ends;
    if (late >= 2 * NS_PER_S && scenario->links[fault->link].kind == LINK_TCP)
        g_string_append_printf(text,
                               ". The data were up to date %s after the network was back: TCP "
                               "tries again at growing intervals only, so a silence lasts up to "
                               "twice as long as the network's",
                               humanize_span(late).text);
}

static void append_still(const struct report *report, const struct period *cause, GString *text)
{
    const char *name = report->names[cause->node];
    if (strcmp(cause->why, "fork") == 0)
        g_string_append_printf(text, "%s stood still while it forked", name);
    else if (strcmp(cause->why, "save") == 0)
        g_string_append_printf(text, "%s stood still while it saved for the last time", name);
    else if (strcmp(cause->why, "script") == 0)
        g_string_append_printf(text, "a script kept %s busy", name);
    else
        g_string_append_printf(text, "the process of %s stood still", name);
    append_until(report, cause, text);
}

static void append_unlinked(const struct report *report, const struct period *cause, GString *text)
{
    g_string_append_printf(text, "%s had no link to its master", report->names[cause->node]);
    append_until(report, cause, text);
}

static void append_load(const struct report *report, const struct period *cause, GString *text)
{
    g_string_append_printf(text, "%s took in a payload", report->names[cause->node]);
    append_until(report, cause, text);
    g_string_append(text, ", and applied nothing");
}

static void append_cause(const struct report *report, const struct period *cause,
                         const struct period *effect, GString *text)
{
    const struct scenario *scenario = report->scenario;
    switch (cause->kind) {
    case PERIOD_FAULT:
        g_string_append_printf(text, "%s of %s", fault_name(scenario->faults[cause->fault].kind),
                               fault_target(scenario, &scenario->faults[cause->fault]));
        period_text_direction(scenario, &scenario->faults[cause->fault], text);
        append_until(report, cause, text);
        append_silence(report, cause, effect, text);
        break;
    case PERIOD_STILL:
        append_still(report, cause, text);
        break;
    case PERIOD_DOWN:
        g_string_append_printf(text, "%s did not run (%s)", report->names[cause->node], cause->why);
        append_until(report, cause, text);
        break;
    case PERIOD_UNLINKED:
        append_unlinked(report, cause, text);
        break;
    case PERIOD_LOAD:
        append_load(report, cause, text);
        break;
    default:
        break;
    }
}

static void append_causes(const struct tale *tale, const struct period *effect, const char *none,
                          GString *text)
{
    for (uint32_t i = 0; i < tale->count; i++) {
        g_string_append(text, i > 0 ? "; " : "");
        append_cause(tale->report, tale->causes[i], effect, text);
    }
    if (tale->more > 0)
        g_string_append_printf(text, "; and %u more", tale->more);
    if (tale->count == 0)
        g_string_append(text, none);
}

void period_text_at_work(const struct report *report, const struct resync *resync, GString *text)
{
    struct tale tale = {.report = report};
    const struct period effect = {.kind = PERIOD_KIND_COUNT, .node = resync->node};
    const struct periods *periods = periods_of(report);
    int64_t from = resync->failures > 0 ? resync->first_dial : resync->event.asked_ns;
    for (guint i = 0; i < periods->list->len; i++) {
        const struct period *period = periods_at(periods, i);
        if (period->kind < PERIOD_UNLINKED && period_overlaps(period, from, resync->t) &&
            length_of(report, period) >= LEAST_NS &&
            is_at_hop(report->scenario, period, resync->event.master, resync->node))
            add_cause(&tale, period);
    }
    append_causes(&tale, &effect, "", text);
}

/* ---- effects ---- */

static void print_head(const struct period *effect, GString *text, GString *out)
{
    struct words clock = humanize_clock(effect->begins);
    g_string_append_printf(out, "%*s  ", INDENT - 2, clock.text);
    humanize_wrap(out, text->str, MAX((size_t)INDENT, humanize_width(clock.text) + 2), INDENT);
    g_string_truncate(text, 0);
}

static void print_line(const char *label, GString *text, GString *out)
{
    g_string_append_printf(out, "  %-*s", INDENT - 2, label);
    humanize_wrap(out, text->str, INDENT, INDENT);
    g_string_truncate(text, 0);
}

static void append_end(const struct period *effect, GString *text)
{
    if (effect->ends == TRACE_ABSENT)
        g_string_append(text, "to the end of the run");
    else
        g_string_append_printf(text, "until %s", humanize_clock(effect->ends).text);
}

/* No fault began it. */
static void append_too_much(const struct report *report, const struct period *effect, GString *text)
{
    int64_t rate = report->scenario->nodes[effect->node].host.apply_rate;
    g_string_append(text, "more was written than came down and was applied");
    if (rate < HOST_UNLIMITED)
        g_string_append_printf(text, "; %s applies at most %s a second",
                               report->names[effect->node], humanize_size(rate).text);
}

static void print_stale(const struct report *report, const struct period *effect, GString *out)
{
    GString *text = g_string_new(NULL);
    g_string_printf(text, "the data of %s were older than a second ", report->names[effect->node]);
    append_end(effect, text);
    g_string_append_printf(text, ", at most %s", humanize_span(effect->amount).text);
    print_head(effect, text, out);
    struct tale tale = {.report = report};
    int64_t ends = effect->ends == TRACE_ABSENT ? report->scenario->duration : effect->ends;
    find_causes(&tale, effect, effect->begins - LOOK_NS, ends - 1);
    if (tale.count == 0 || tale.causes[0]->begins > effect->begins)
        append_too_much(report, effect, text);
    if (tale.count > 0 && text->len > 0)
        g_string_append(text, "; then ");
    append_causes(&tale, effect, "", text);
    print_line("because", text, out);
    g_string_free(text, TRUE);
}

static const char *refusal_of(const struct period *effect)
{
    if (g_strcmp0(effect->why, "save") == 0)
        return "MISCONF";
    return g_strcmp0(effect->why, "script") == 0 ? "BUSY" : "NOREPLICAS";
}

static void append_refusal(const struct report *report, const struct period *effect, bool is_first,
                           GString *text)
{
    struct tale tale = {.report = report};
    if (g_strcmp0(effect->why, "save") == 0) {
        g_string_append(text, "its last save to disk had failed; stop-writes-on-bgsave-error is "
                              "yes and save points are configured");
        return;
    }
    if (g_strcmp0(effect->why, "script") == 0) {
        g_string_append(text, "a script had run for longer than busy-reply-threshold; what waited "
                              "for it until then is refused, too");
        return;
    }
    find_causes_below(&tale, effect->node, effect->begins);
    append_causes(&tale, effect, "", text);
    g_string_append_printf(
        text, "%s%" G_GINT64_FORMAT " %s good, and min-replicas-to-write is %" G_GINT64_FORMAT,
        tale.count > 0 ? "; so " : "", effect->found,
        effect->found == 1 ? "replica was" : "replicas were", effect->wanted);
    if (!is_first)
        return;
    g_string_append_printf(text,
                           " (good: online, and its last acknowledgement at most "
                           "min-replicas-max-lag, %" G_GINT64_FORMAT " s, old)",
                           effect->lag_s);
}

static void print_refused(const struct report *report, const struct period *effect, bool is_first,
                          GString *out)
{
    GString *text = g_string_new(NULL);
    g_string_printf(text, "%s refused writes (%s) ", report->names[effect->node],
                    refusal_of(effect));
    append_end(effect, text);
    g_string_append_printf(text, ": %s", humanize_count(effect->amount, "write").text);
    print_head(effect, text, out);
    append_refusal(report, effect, is_first, text);
    print_line("because", text, out);
    g_string_free(text, TRUE);
}

static void print_waits(const struct report *report, const struct period *effect, GString *out)
{
    GString *text = g_string_new(NULL);
    g_string_printf(text, "WAIT %" G_GINT64_FORMAT " at %s came back short %s ", effect->wanted,
                    report->names[effect->node], humanize_count(effect->amount, "time").text);
    append_end(effect, text);
    g_string_append_printf(text, ", with %" G_GINT64_FORMAT " %s at the least", effect->found,
                           effect->found == 1 ? "replica" : "replicas");
    print_head(effect, text, out);
    struct tale tale = {.report = report};
    find_causes_below(&tale, effect->node, effect->begins);
    int64_t middle = effect->begins + (effect->ends - effect->begins) / 2;
    find_causes_below(&tale, effect->node, middle);
    append_causes(&tale, effect,
                  "no fault was at work: the acknowledgements came after the timeout", text);
    print_line("because", text, out);
    g_string_free(text, TRUE);
}

/* Its master gave it up meanwhile. */
static void append_drop_in(const struct report *report, const struct period *effect, GString *text)
{
    int64_t ends = effect->ends == TRACE_ABSENT ? report->scenario->duration : effect->ends;
    for (guint i = 0; i <= report->record.resyncs->len; i++) {
        const struct resync *resync = i < report->record.resyncs->len
                                          ? run_record_resync(&report->record, i)
                                          : &report->record.nodes[effect->node].next;
        const struct word *word = &resync->after_ask;
        if (resync->node != effect->node || word->why == DROP_NONE || word->t < effect->begins ||
            word->t > ends)
            continue;
        g_string_append_printf(text, "; its master dropped it meanwhile, at %s: %s",
                               humanize_clock(word->t).text, drop_name(word->why));
        return;
    }
}

static void print_deaf(const struct report *report, const struct period *effect, GString *out)
{
    GString *text = g_string_new(NULL);
    int64_t took = length_of(report, effect), flush = effect->flush_ns;
    g_string_printf(text, "%s served no client ", report->names[effect->node]);
    append_end(effect, text);
    g_string_append_printf(text, ", for %s", humanize_span(took).text);
    print_head(effect, text, out);
    if (flush == TRACE_ABSENT)
        g_string_append(text, "it frees its old data, in which it looks at no socket, and loads a "
                              "payload, in which clients get LOADING");
    else if (flush > 0)
        g_string_append_printf(text,
                               "it freed its old data for %s, in which it looked at no socket, and "
                               "loaded for ",
                               humanize_span(flush).text);
    else
        g_string_append(text, "it loaded a payload for ");
    if (flush != TRACE_ABSENT)
        g_string_append_printf(text, "%s, in which clients get LOADING",
                               humanize_span(took - flush).text);
    append_drop_in(report, effect, text);
    print_line("because", text, out);
    g_string_free(text, TRUE);
}

/* Whether clients feel it: a load beside the old data serves them (FACTS 7.2), a short one nobody
 * minds. */
static bool is_effect(const struct report *report, const struct period *period)
{
    if (period->kind != PERIOD_LOAD)
        return period->kind >= PERIOD_CAUSES && period->kind != PERIOD_SAVE;
    return length_of(report, period) >= DEAF_NS &&
           report->record.nodes[period->node].config.diskless_load != DISKLESS_LOAD_SWAPDB;
}

/* is_first: of its kind */
static void print_effect(const struct report *report, const struct period *effect, bool is_first,
                         GString *out)
{
    if (effect->kind == PERIOD_STALE)
        print_stale(report, effect, out);
    else if (effect->kind == PERIOD_REFUSED)
        print_refused(report, effect, is_first, out);
    else if (effect->kind == PERIOD_LOAD)
        print_deaf(report, effect, out);
    else
        print_waits(report, effect, out);
}

static int by_begin(const void *left, const void *right)
{
    const struct period *a = *(const struct period *const *)left;
    const struct period *b = *(const struct period *const *)right;
    if (a->begins != b->begins)
        return a->begins < b->begins ? -1 : 1;
    return a < b ? -1 : a > b;
}

void period_text_print(const struct report *report, GString *out)
{
    const struct periods *periods = periods_of(report);
    GPtrArray *effects = g_ptr_array_new();
    uint32_t printed[PERIOD_KIND_COUNT] = {0};
    for (guint i = 0; i < periods->list->len; i++)
        if (is_effect(report, periods_at(periods, i)))
            g_ptr_array_add(effects, (gpointer)periods_at(periods, i));
    g_ptr_array_sort(effects, by_begin);
    if (effects->len > 0)
        g_string_append_printf(out, "%sWhat clients saw:\n",
                               g_str_has_suffix(out->str, "\n\n") ? "" : "\n");
    for (guint i = 0; i < effects->len; i++) {
        const struct period *effect = effects->pdata[i];
        if (printed[effect->kind]++ < LINES)
            print_effect(report, effect, printed[effect->kind] == 1, out);
    }
    static const char *const NAMES[] = {"loads", "times of stale data", "times of refused writes",
                                        "rows of short WAITs"};
    for (int kind = PERIOD_LOAD; kind < PERIOD_SAVE; kind++)
        if (printed[kind] > LINES)
            g_string_append_printf(out, "%*s... and %u more %s\n", INDENT, "",
                                   printed[kind] - LINES, NAMES[kind - PERIOD_LOAD]);
    g_ptr_array_free(effects, TRUE);
}
