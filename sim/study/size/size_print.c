/* An answer for people. See size_print.h. */
#include "sim/study/size/size_print.h"
#include "sim/study/size/size_block.h"

#include <string.h>
#include "sim/engine/portable_math.h"
#include "sim/engine/quantity.h"
#include "sim/engine/time.h"
#include "sim/text/table.h"
#include "sim/text/humanize.h"

#define LN_10 0x1.26bb1bbb55516p+1

struct size_number size_number(double value)
{
    struct size_number number;
    double unit = 1;
    while (value / unit >= 1000)
        unit *= 10;
    if (unit > 1 && value < 1e12) /* 8120, not 8.12e+03 */
        g_snprintf(number.text, sizeof number.text, "%" G_GINT64_FORMAT,
                   (int64_t)(value / unit + 0.5) * (int64_t)unit);
    else
        g_ascii_formatd(number.text, sizeof number.text,
                        value >= 0.001 || value == 0 ? "%.3g" : "%.2g", value);
    return number;
}

double size_log10(double value)
{
    return portable_log(value) / LN_10;
}

int size_exponent_above(double value)
{
    int exponent = -15;
    double power = 1e-15;
    for (; power < value * (1 - 1e-9) && exponent < 30; exponent++)
        power *= 10;
    return exponent;
}

int size_exponent_below(double value)
{
    int exponent = size_exponent_above(value);
    return size_exponent_above(value * 1.000001) > exponent ? exponent : exponent - 1;
}

/* ---- pieces ---- */

static struct words history(int64_t bytes, int64_t rate)
{
    return rate > 0 ? humanize_span(mul_div(bytes, NS_PER_S, rate)) : (struct words){"-"};
}

struct size_number size_shown(const struct size_question *question, double value)
{
    struct size_number number = size_number(value);
    bool is_guess = question->provenance && provenance_is_guess(question->provenance);
    if (is_guess && value > 0 && value < 1000) {
        double unit = 1;
        for (; value >= 100 * unit;)
            unit *= 10;
        if (unit > 1)
            g_snprintf(number.text, sizeof number.text, "%" G_GINT64_FORMAT,
                       (int64_t)(value / unit + 0.5) * (int64_t)unit);
        else
            g_ascii_formatd(number.text, sizeof number.text, "%.2g", value);
    }
    return number;
}

static struct size_number measured(const struct size_question *question,
                                   const struct size_answer *answer, double share)
{
    return size_shown(
        question, size_target_measure(&question->target, share, answer->per_year, answer->struck));
}

char *size_unit(const struct size_target *target)
{
    if (target->is_per_outage)
        return g_strdup("full resyncs per outage");
    int64_t day = 86400 * NS_PER_S, period = target->period_ns;
    int64_t unit = period % (365 * day) == 0  ? 365 * day
                   : period % (30 * day) == 0 ? 30 * day
                                              : day;
    const char *name = unit == day ? "day" : unit == 30 * day ? "month" : "year";
    char *length = period == unit
                       ? g_strdup_printf("a %s", name)
                       : g_strdup_printf("%.3g %ss", (double)period / (double)unit, name);
    char *words = g_strdup_printf("full resyncs %s in %s",
                                  target->is_in_all ? "in all" : "per replica", length);
    g_free(length);
    return words;
}

static void put_sentence(GString *out, GString *line)
{
    if (line->len > 0)
        humanize_wrap(out, line->str, 0, 0);
    g_string_free(line, TRUE);
}

static void put_story(const struct size_answer *answer, GString *out)
{
    GString *line = g_string_new(NULL);
    char *changes = size_block_changes(answer);
    if (answer->story_now <= 0 && answer->is_met)
        g_string_append_printf(line,
                               "Nothing needs to change: as configured now, no replica is "
                               "resynchronised in full, in any of %d runs.",
                               (int)answer->samples);
    else if (answer->is_met)
        g_string_append_printf(
            line, "%s: no replica is resynchronised in full, in any of %d runs with these values.",
            changes, (int)answer->samples);
    else if (answer->story_then > 0)
        g_string_append_printf(line,
                               "No configuration was found that avoids full resynchronisation in "
                               "this scenario: at least %s in a run, "
                               "whatever the backlog, limit, timeout and ttl.",
                               size_number(answer->story_then).text);
    else
        g_string_append(line, "No configuration was found with which every running replica is "
                              "online when this scenario ends, whatever the backlog, limit, "
                              "timeout and ttl: a longer `duration` may show more.");
    put_sentence(out, line);
    g_free(changes);
    if (answer->story_now <= 0)
        return;
    line = g_string_new(NULL);
    g_string_append_printf(
        line, "Full resynchronisations of a run as configured now: %s (first ones do not count).",
        answer->is_endless_now ? "one after the other, without end"
                               : size_number(answer->story_now).text);
    put_sentence(out, line);
}

static void put_unmet(const struct size_question *question, const struct size_answer *answer,
                      const char *unit, GString *line)
{
    const char *target = question->target.text;
    const char *best = g_intern_string(measured(question, answer, answer->best.share).text);
    const char *then = g_intern_string(measured(question, answer, answer->risk_then.share).text);
    const char *backlog = g_intern_string(size_block_bytes(answer->then.backlog_bytes).text);
    if (answer->senseless_bytes > 0)
        g_string_append_printf(
            line,
            "No sensible repl-backlog-size meets the target (%s): it takes %s, "
            "%s of writes. With %s there are %s %s; what spares them is said below.",
            target, humanize_size(answer->senseless_bytes).text,
            history(answer->senseless_bytes, answer->mean_rate).text, backlog, then, unit);
    else if (answer->best.high <= answer->share)
        g_string_append_printf(
            line,
            "No sensible repl-backlog-size is shown to meet the target (%s): with %s there are %s "
            "%s, but so many runs do not rule out more than the target. A backlog that forgets "
            "nothing meets it.",
            target, backlog, then, unit);
    else if (answer->best.share <= answer->share)
        g_string_append_printf(line,
                               "No repl-backlog-size is shown to meet the target (%s): with a "
                               "backlog that forgets nothing %s %s, but so many runs can say no "
                               "more than that it is at most %s (95 %%). With %s there are %s.",
                               target, best, unit,
                               measured(question, answer, answer->best.high).text, backlog, then);
    else
        g_string_append_printf(line,
                               "No repl-backlog-size meets the target (%s): %s %s even with a "
                               "backlog that forgets nothing; with %s there are %s.",
                               target, best, unit, backlog, then);
}

static void put_verdict(const struct size_question *question, const struct size_answer *answer,
                        GString *out)
{
    char *unit = size_unit(&question->target), *changes = size_block_changes(answer);
    GString *line = g_string_new(NULL);
    const char *risk = g_intern_string(measured(question, answer, answer->risk_then.share).text);
    if (!answer->can_finish)
        g_string_append_printf(line,
                               "No value meets the target (%s): a full synchronisation never ends.",
                               question->target.text);
    else if (answer->is_too_small)
        g_string_append_printf(line,
                               "No value fits: the data and what a full synchronisation needs are "
                               "more than %s of memory. With the smallest backlog there are %s %s.",
                               humanize_size(answer->memory_limit).text, risk, unit);
    else if (answer->is_met && *changes == '\0')
        g_string_append_printf(
            line, "Nothing needs to change (repl-backlog-size %s): %s %s (target: %s).",
            size_block_bytes(answer->then.backlog_bytes).text, risk, unit, question->target.text);
    else if (answer->is_met)
        g_string_append_printf(line, "%s: %s %s (target: %s).", changes, risk, unit,
                               question->target.text);
    else if (answer->is_capped)
        g_string_append_printf(line,
                               "The target (%s) cannot be met in %s of memory: repl-backlog-size "
                               "%s is the largest that fits, with %s %s.",
                               question->target.text, humanize_size(answer->memory_limit).text,
                               size_block_bytes(answer->then.backlog_bytes).text, risk, unit);
    else
        put_unmet(question, answer, unit, line);
    put_sentence(out, line);
    g_free(unit);
    g_free(changes);
}

/* "as configured now", and of whom the risk is. */
static void put_now(const struct size_question *question, const struct size_answer *answer,
                    GString *out)
{
    GString *line = g_string_new(NULL);
    char *unit = size_unit(&question->target), *changes = size_block_changes(answer);
    bool is_said = answer->is_met && *changes == '\0'; /* by the verdict */
    if (answer->is_endless_now || (answer->can_finish && answer->at_now.online == 0))
        g_string_append_printf(line,
                               "As configured now (%s): a full synchronisation never ends once it "
                               "is needed; each try is followed by the next.",
                               size_block_bytes(answer->now.backlog_bytes).text);
    else if (!is_said)
        g_string_append_printf(line, "As configured now (%s): %s.",
                               size_block_bytes(answer->now.backlog_bytes).text,
                               measured(question, answer, answer->risk_now.share).text);
    if (answer->judged >= 0 && answer->struck > 1)
        g_string_append_printf(line,
                               "%sThese are the figures of %s, which has the most; the mean of all "
                               "replicas is %s a year.",
                               line->len > 0 ? " " : "",
                               question->scenario->nodes[answer->judged].name,
                               size_shown(question, answer->mean_then.share).text);
    put_sentence(out, line);
    g_free(unit);
    g_free(changes);
}

/* What the simulation does not know, and apart from it what the inputs do not. */
static void put_certainty(const struct size_question *question, const struct size_answer *answer,
                          GString *out)
{
    GString *line = g_string_new(NULL);
    const struct provenance_row *recorded =
        question->provenance ? provenance_find(question->provenance, PROVENANCE_RECORDED) : NULL;
    uint64_t n = recorded ? g_ascii_strtoull(recorded->value, NULL, 10) : 0;
    g_string_append_printf(line, "Error of the simulation: %s..%s (95 %%).",
                           measured(question, answer, answer->risk_then.low).text,
                           measured(question, answer, answer->risk_then.high).text);
    if (n > 0) {
        uint64_t beyond = (uint64_t)(CLAMP(answer->risk_then.share, 0, 1) * (double)n + 0.5);
        struct interval share = share_interval(beyond, n);
        g_string_append_printf(line,
                               " What %d recorded outages can say: %s..%s by their number alone "
                               "(95 %%, exact), and the next one is longer "
                               "than all of them with a chance of 1 in %d.",
                               (int)n, measured(question, answer, share.low).text,
                               measured(question, answer, share.high).text, (int)n + 1);
    } else if (question->provenance && provenance_is_guess(question->provenance)) {
        g_string_append(line, " What outages there are is a guess, so take two digits at most: "
                              "--outages with a log of yours replaces it.");
    }
    put_sentence(out, line);
}

/* An answer that nobody would configure comes with one that somebody might. */
static void put_sense(const struct size_question *question, const struct size_answer *answer,
                      GString *out)
{
    if (!answer->is_beyond_data)
        return;
    char *unit = size_unit(&question->target);
    struct size_number risk = measured(question, answer, answer->at_data.risk.share);
    GString *line = g_string_new(NULL);
    g_string_append_printf(
        line,
        "Not sensible: that is more than the data (%s), and a full synchronisation, which takes "
        "%s, costs less. repl-backlog-size %s, as large as the data, leaves %s %s.",
        humanize_size(answer->master->dataset_bytes).text,
        humanize_span(answer->open.longest_ns).text,
        size_block_bytes(answer->at_data.backlog_bytes).text, risk.text, unit);
    if (question->target.is_per_outage)
        g_string_append_printf(
            line, " It meets the target if outages are shorter, or if the target is %s.",
            risk.text);
    else
        g_string_append_printf(
            line,
            " It meets the target if a replica has %s outages in a year instead of %s, if outages "
            "are shorter, or if the target is %s.",
            size_number(answer->per_year * answer->share / answer->at_data.risk.share).text,
            size_number(answer->per_year).text, risk.text);
    g_string_append_c(out, '\n');
    humanize_wrap(out, line->str, 0, 0);
    g_string_free(line, TRUE);
    g_free(unit);
}

static void put_config(const struct size_answer *answer, GString *out)
{
    g_string_append(out, "\nFor redis.conf, at the master and every replica:\n\n");
    size_block_print(answer, out);
}

/* Of a year of one replica, or of a run of a story: rows that are not 0. */
static void put_causes(const struct size_question *question, const struct size_answer *answer,
                       GString *out)
{
    static const struct column COLUMNS[] = {{"why", true, false},
                                            {"now", false, false},
                                            {"then", false, false},
                                            {"what spares them", true, false}};
    struct table *table = table_new(COLUMNS, G_N_ELEMENTS(COLUMNS));
    bool has_row = false;
    for (int i = 0; i < SIZE_CAUSE_COUNT; i++) {
        if (answer->causes_now[i] <= 0 && answer->causes_then[i] <= 0)
            continue;
        table_put(table, "%s", size_cause_what((enum size_cause)i));
        bool is_loop = size_answer_is_endless(answer, (enum size_cause)i);
        table_put(table, "%s",
                  is_loop ? "no end" : size_shown(question, answer->causes_now[i]).text);
        table_put(table, "%s", size_shown(question, answer->causes_then[i]).text);
        table_put(table, "%s", size_cause_cure((enum size_cause)i));
        has_row = true;
    }
    if (has_row) {
        g_string_append_printf(out, "\nFull resyncs %s, by cause, now and with these values:\n\n",
                               answer->is_story ? "of a run"
                                                : "of a replica in a year, as runs count them");
        table_print(table, out);
    }
    table_free(table);
}

static void put_warnings(const struct size_answer *answer, GString *out)
{
    if (answer->warnings->len > 0)
        g_string_append(out, "\nWarnings:\n");
    for (guint i = 0; i < answer->warnings->len; i++) {
        g_string_append(out, "  - ");
        humanize_wrap(out, answer->warnings->pdata[i], 4, 4);
    }
}

/* Where the payload comes on a connection of its own. */
static void put_kept(const struct size_answer *answer, GString *out)
{
    const struct scenario_node *replica = answer->replica;
    int64_t most = config_kept_bytes(&replica->config, replica->profile);
    bool has_own = replica->profile->second_channel == SECOND_CHANNEL_RDB &&
                   replica->config.full_sync_buffer_bytes > 0;
    g_string_append_printf(out,
                           "Memory at each replica, while it synchronises over two connections\n"
                           "  kept stream      %9s  that much less waits at the master\n",
                           humanize_size(answer->kept_memory).text);
    if (most > 0)
        g_string_append_printf(out, "  at most          %9s  %s%s\n",
                               humanize_size(config_kept_memory(replica->profile, most)).text,
                               has_own ? "replica-full-sync-buffer-limit"
                                       : "the hard limit of its own class replica",
                               answer->kept_bytes >= most ? "; the rest waits at the master" : "");
}

static void put_bill(const struct size_answer *answer, GString *out)
{
    int64_t memory = answer->master->config.maxmemory;
    bool is_shared = answer->master->profile->shared_buffer;
    int64_t sum = answer->backlog_memory + answer->buffer_memory + answer->copied_memory;
    g_string_append_printf(out,
                           "\nMemory at the master, at worst (all replicas synchronise at "
                           "once): %s besides the data\n",
                           humanize_size(sum).text);
    g_string_append_printf(out, "  backlog          %9s  counts against maxmemory",
                           humanize_size(answer->backlog_memory).text);
    if (memory > 0)
        g_string_append_printf(
            out, "; with the data %s of %s",
            humanize_share(answer->backlog_memory + answer->used_memory, memory).text,
            humanize_size(memory).text);
    g_string_append_printf(
        out, "\n  output buffers   %9s  %s\n", humanize_size(answer->buffer_memory).text,
        is_shared ? "beyond the backlog, which all replicas share" : "a copy for each replica");
    g_string_append_printf(out, "  copied on write  %9s  while a save runs\n",
                           humanize_size(answer->copied_memory).text);
    if (answer->kept_bytes > 0)
        put_kept(answer, out);
}

/* ---- tables ---- */

static void put_row(struct table *table, const struct size_question *question,
                    const struct size_answer *answer, const struct size_row *row)
{
    table_put(table, "%s", humanize_size(row->backlog_bytes).text);
    table_put(table, "%s", history(row->backlog_bytes, answer->mean_rate).text);
    table_put(table, "%s", measured(question, answer, row->risk.share).text);
    table_put(table, "%s..%s", measured(question, answer, row->risk.low).text,
              measured(question, answer, row->risk.high).text);
    table_put(table, "%s", row->name ? row->name : "");
}

static void put_table(const struct size_question *question, const struct size_answer *answer,
                      GString *out)
{
    static const struct column COLUMNS[] = {{"backlog", false, false},
                                            {"history", false, false},
                                            {"risk", false, false},
                                            {"95% interval", false, false},
                                            {"", true, false}};
    struct table *table = table_new(COLUMNS, G_N_ELEMENTS(COLUMNS));
    struct size_row then = {"recommended", answer->then.backlog_bytes, answer->risk_then};
    struct size_number shown = {{0}};
    bool is_put = !answer->is_met;
    for (uint32_t i = 0; i < answer->curve_count; i++) {
        if (!is_put && answer->curve[i].backlog_bytes >= then.backlog_bytes) {
            put_row(table, question, answer, &then);
            is_put = true;
            if (answer->curve[i].backlog_bytes == then.backlog_bytes)
                continue;
        }
        struct size_number risk = measured(question, answer, answer->curve[i].risk.share);
        bool is_doubled = i % 2 == 0; /* the curve has two points to each doubling */
        if (is_doubled && (i == 0 || strcmp(risk.text, shown.text) != 0))
            put_row(table, question, answer, &answer->curve[i]);
        if (is_doubled)
            shown = risk; /* what changes nothing is left out */
    }
    char *unit = size_unit(&question->target);
    g_string_append_printf(out, "\nRisk by backlog (%s; history: seconds of writes it holds):\n\n",
                           unit);
    table_print(table, out);
    table_free(table);
    g_free(unit);
}

static void put_formulas(const struct size_question *question, const struct size_answer *answer,
                         GString *out)
{
    static const struct column COLUMNS[] = {{"what formulas say", true, false},
                                            {"backlog", false, false},
                                            {"risk", false, false},
                                            {"", true, false}};
    struct table *table = table_new(COLUMNS, G_N_ELEMENTS(COLUMNS));
    for (uint32_t i = 0; i < answer->formula_count; i++) {
        const struct size_row *row = &answer->formulas[i];
        table_put(table, "%s", row->name);
        table_put(table, "%s", humanize_size(row->backlog_bytes).text);
        table_put(table, "%s", measured(question, answer, row->risk.share).text);
        double ratio = row->risk.share / answer->share;
        table_put(table, ratio > 1 ? "%s times the target" : "meets the target",
                  size_number(ratio).text);
    }
    g_string_append_c(out, '\n');
    table_print(table, out);
    table_free(table);
}

/* What was given and what was guessed; defaults that everybody has are details. */
static void put_provenance(const struct size_question *question, bool has_details, GString *out)
{
    static const struct column COLUMNS[] = {
        {"figure", true, false}, {"value", true, false}, {"from", true, false}};
    if (!question->provenance || question->provenance->rows->len == 0)
        return;
    struct table *table = table_new(COLUMNS, G_N_ELEMENTS(COLUMNS));
    for (guint i = 0; i < question->provenance->rows->len; i++) {
        const struct provenance_row *row = question->provenance->rows->pdata[i];
        bool is_default = strcmp(row->from, "default") == 0;
        if (strcmp(row->figure, PROVENANCE_RECORDED) == 0 || (is_default && !has_details))
            continue;
        table_put(table, "%s", row->figure);
        bool is_bytes = strcmp(row->figure, PROVENANCE_USED_MEMORY) == 0;
        table_put(table, "%s",
                  is_bytes ? humanize_size(g_ascii_strtoll(row->value, NULL, 10)).text
                           : row->value);
        table_put(table, "%s", row->from);
    }
    g_string_append(out, "\nGiven and guessed:\n\n");
    table_print(table, out);
    table_free(table);
}

static void put_method(const struct size_question *question, const struct size_answer *answer,
                       GString *out)
{
    GString *line = g_string_new(NULL);
    if (answer->is_story)
        g_string_append_printf(line, "%d runs of the scenario; seed %" G_GUINT64_FORMAT ".",
                               (int)answer->samples, question->seed);
    else if (answer->is_counted)
        g_string_append_printf(
            line,
            "Counted%s: %d runs of the whole scenario for each size that was tried, all faults and "
            "replicas; %s outages of each "
            "replica in a year, %s per outage. The curve is an estimate from runs with a backlog "
            "that forgets nothing; the "
            "recommended and the configured values are counted as they are. Seed %" G_GUINT64_FORMAT
            ".",
            scenario_is_struck_together(question->scenario)
                ? ", since an outage strikes several replicas at once"
                : "",
            (int)answer->samples, size_shown(question, answer->per_year).text,
            size_shown(question, answer->risk_then.share).text, question->seed);
    else
        g_string_append_printf(
            line,
            "%s outages of each replica in a year, %s per outage; as configured now (%s): %s. The "
            "recommended backlog covers an outage of up to %s (median of the samples). %d samples, "
            "%d "
            "simulated outages and as many again for the answer; seed %" G_GUINT64_FORMAT ".",
            size_number(answer->per_year).text, size_number(answer->risk_then.share).text,
            size_block_bytes(answer->now.backlog_bytes).text,
            measured(question, answer, answer->risk_now.share).text,
            humanize_span(answer->outage_ns).text, (int)answer->samples, (int)answer->runs,
            question->seed);
    if (answer->crude.count > 0)
        g_string_append_printf(line, " Drawn outages, %d: %s per outage (%s..%s).",
                               (int)answer->crude.count, size_number(answer->crude.share).text,
                               size_number(answer->crude.low).text,
                               size_number(answer->crude.high).text);
    g_string_append_c(out, '\n');
    humanize_wrap(out, line->str, 0, 0);
    g_string_free(line, TRUE);
}

/* One sentence; --details has the rest. */
static void put_memory(const struct size_answer *answer, GString *out)
{
    int64_t sum = answer->backlog_memory + answer->buffer_memory + answer->copied_memory;
    GString *line = g_string_new("\n");
    g_string_append_printf(line,
                           "Memory at the master, at worst: %s besides the data; the backlog of %s "
                           "is there at every replica, too.",
                           humanize_size(sum).text, humanize_size(answer->backlog_memory).text);
    if (answer->kept_bytes > 0)
        g_string_append_printf(line,
                               " A replica keeps %s of the stream beside its payload, for it takes "
                               "it over two connections.",
                               humanize_size(answer->kept_memory).text);
    put_sentence(out, line);
}

static void put_details(const struct size_question *question, const struct size_answer *answer,
                        GString *out)
{
    g_string_append(out, "\nThe same for servers that run:\n\n");
    size_block_print_live(answer, out);
    g_string_append(out,
                    "\nParameters of Amazon ElastiCache, where they differ from redis.conf:\n\n");
    size_block_print_managed(answer, out);
    if (answer->can_finish)
        put_bill(answer, out);
    if (!answer->is_story) {
        put_formulas(question, answer, out);
        put_table(question, answer, out);
    }
    put_method(question, answer, out);
}

void size_print(const struct size_question *question, const struct size_answer *answer,
                const struct size_print_options *options, GString *out)
{
    if (answer->is_story) {
        put_story(answer, out);
    } else {
        put_verdict(question, answer, out);
        put_now(question, answer, out);
        put_certainty(question, answer, out);
        put_sense(question, answer, out);
    }
    if (answer->can_finish)
        put_config(answer, out);
    put_causes(question, answer, out);
    put_warnings(answer, out);
    if (answer->can_finish)
        put_memory(answer, out);
    if (options->has_details)
        put_details(question, answer, out);
    put_provenance(question, options->has_details, out);
    g_string_append_printf(
        out, "\n%sagain: %s\n",
        options->has_details ? "" : "--details prints the risk curve, formulas and memory.\n",
        options->again);
    humanize_finish(out);
}
