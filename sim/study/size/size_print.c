/* An answer for people. See size_print.h. */
#include "sim/study/size/size_print.h"

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

/* As redis.conf takes it: no fractions. */
static struct words directive_size(int64_t bytes)
{
    struct words words = {{0}};
    int64_t kb = bytes / 1024, mb = kb / 1024;
    if (mb > 0 && mb * 1024 * 1024 == bytes)
        g_snprintf(words.text, sizeof words.text, "%" G_GINT64_FORMAT "mb", mb);
    else if (kb > 0 && kb * 1024 == bytes)
        g_snprintf(words.text, sizeof words.text, "%" G_GINT64_FORMAT "kb", kb);
    else
        g_snprintf(words.text, sizeof words.text, "%" G_GINT64_FORMAT, bytes);
    return words;
}

static struct words history(int64_t bytes, int64_t rate)
{
    return rate > 0 ? humanize_span(mul_div(bytes, NS_PER_S, rate)) : (struct words){"-"};
}

static struct size_number measured(const struct size_question *question,
                                   const struct size_answer *answer, double share)
{
    return size_number(
        size_target_measure(&question->target, share, answer->per_year, answer->struck));
}

char *size_unit(const struct size_target *target)
{
    if (target->is_per_outage)
        return g_strdup("full resyncs per outage");
    int64_t day = 86400 * NS_PER_S;
    return g_strdup_printf("full resyncs %s in a %s", target->is_in_all ? "in all" : "per replica",
                           target->period_ns == day        ? "day"
                           : target->period_ns == 30 * day ? "month"
                                                           : "year");
}

static void put_verdict(const struct size_question *question, const struct size_answer *answer,
                        GString *out)
{
    char *unit = size_unit(&question->target);
    GString *line = g_string_new(NULL);
    if (answer->is_story && answer->is_met)
        g_string_append_printf(line,
                               "repl-backlog-size %s: no replica is resynchronised in full, in any "
                               "of %d runs with these values.",
                               directive_size(answer->then.backlog_bytes).text,
                               (int)answer->samples);
    else if (answer->is_story)
        g_string_append(line,
                        "No configuration was found that avoids full resynchronisation in this "
                        "scenario.");
    else if (!answer->can_finish)
        g_string_append_printf(line,
                               "No value meets the target (%s): a full synchronisation never "
                               "ends.",
                               question->target.text);
    else if (answer->is_met)
        g_string_append_printf(
            line, "repl-backlog-size %s: %s %s, at most %s with 95%% confidence (target: %s).",
            directive_size(answer->then.backlog_bytes).text,
            measured(question, answer, answer->risk_then.share).text, unit,
            measured(question, answer, answer->risk_then.high).text, question->target.text);
    else
        g_string_append_printf(
            line,
            "No repl-backlog-size meets the target (%s): %s %s even with a backlog that "
            "forgets nothing.",
            question->target.text, measured(question, answer, answer->best.share).text, unit);
    humanize_wrap(out, line->str, 0, 0);
    g_string_free(line, TRUE);
    g_free(unit);
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
        directive_size(answer->at_data.backlog_bytes).text, risk.text, unit);
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

static void put_line(GString *out, const char *line, const char *why)
{
    g_string_append_printf(out, "  %-52s # %s\n", line, why);
}

static void put_limit(const struct size_answer *answer, GString *out)
{
    const struct output_limit *limit = &answer->then.limit;
    char *line = g_strdup_printf("client-output-buffer-limit replica %s %s %" G_GINT64_FORMAT,
                                 directive_size(limit->hard_bytes).text,
                                 directive_size(limit->soft_bytes).text, limit->soft_s);
    char *why =
        g_strdup_printf("%s %s", answer->is_story ? "this story needs" : "a full sync needs",
                        humanize_size(answer->open.buffer_bytes).text);
    put_line(out, line, why);
    g_free(line);
    g_free(why);
}

static void put_backlog(const struct size_answer *answer, GString *out)
{
    int64_t backlog = answer->then.backlog_bytes;
    char *line = g_strdup_printf("repl-backlog-size %s", directive_size(backlog).text);
    char *why =
        g_strdup_printf("%s of writes, %s at the peak", history(backlog, answer->mean_rate).text,
                        history(backlog, answer->peak_rate).text);
    put_line(out, line, why);
    g_free(line);
    g_free(why);
}

static void put_seconds(GString *out, const char *directive, int64_t now, int64_t then)
{
    char *line = g_strdup_printf("%s %" G_GINT64_FORMAT, directive, then);
    char *why = now == then ? g_strdup("as it is")
                            : g_strdup_printf("was %" G_GINT64_FORMAT "%s", now,
                                              then == 0 ? "; 0: never freed" : "");
    put_line(out, line, why);
    g_free(line);
    g_free(why);
}

static void put_config(const struct size_answer *answer, GString *out)
{
    g_string_append(out, "\nFor redis.conf, at every server that may become master:\n\n");
    if (answer->is_met)
        put_backlog(answer, out);
    if (answer->can_finish)
        put_limit(answer, out);
    put_seconds(out, "repl-timeout", answer->now.timeout_s, answer->then.timeout_s);
    put_seconds(out, "repl-backlog-ttl", answer->now.ttl_s, answer->then.ttl_s);
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
            humanize_share(answer->backlog_memory + answer->master->dataset_bytes, memory).text,
            humanize_size(memory).text);
    g_string_append_printf(
        out, "\n  output buffers   %9s  %s\n", humanize_size(answer->buffer_memory).text,
        is_shared ? "beyond the backlog, which all replicas share" : "a copy for each replica");
    g_string_append_printf(out, "  copied on write  %9s  while a save runs\n",
                           humanize_size(answer->copied_memory).text);
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

static void put_provenance(const struct size_question *question, GString *out)
{
    static const struct column COLUMNS[] = {
        {"figure", true, false}, {"value", true, false}, {"from", true, false}};
    if (!question->provenance || question->provenance->rows->len == 0)
        return;
    struct table *table = table_new(COLUMNS, G_N_ELEMENTS(COLUMNS));
    for (guint i = 0; i < question->provenance->rows->len; i++) {
        const struct provenance_row *row = question->provenance->rows->pdata[i];
        table_put(table, "%s", row->figure);
        table_put(table, "%s", row->value);
        table_put(table, "%s", row->from);
    }
    g_string_append(out, "\nWhere the figures come from:\n\n");
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
    else
        g_string_append_printf(
            line,
            "%s outages of each replica in a year, %s per outage; as configured now (%s): %s. The "
            "recommended backlog covers an outage of up to %s (median of the samples). %d samples, "
            "%d "
            "simulated outages and as many again for the answer; seed %" G_GUINT64_FORMAT ".",
            size_number(answer->per_year).text, size_number(answer->risk_then.share).text,
            directive_size(answer->now.backlog_bytes).text,
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

void size_print(const struct size_question *question, const struct size_answer *answer,
                const char *again, GString *out)
{
    put_verdict(question, answer, out);
    put_sense(question, answer, out);
    put_config(answer, out);
    put_warnings(answer, out);
    if (answer->can_finish)
        put_bill(answer, out);
    if (!answer->is_story) {
        put_formulas(question, answer, out);
        put_table(question, answer, out);
    }
    put_method(question, answer, out);
    put_provenance(question, out);
    g_string_append_printf(out, "\nagain: %s\n", again);
    humanize_finish(out);
}
