/* See lab.h. */
#include "sim/wasm/lab.h"

#include <stdlib.h>
#include <string.h>
#include "sim/cli/version.h"
#include "sim/engine/time.h"
#include "sim/page/page_data.h"
#include "sim/report/report.h"
#include "sim/report/report_json.h"
#include "sim/report/report_text.h"
#include "sim/scenario/scenario_read.h"
#include "sim/wasm/lab_words.h"
#include "sim/world/info_text.h"
#include "sim/world/run_once.h"
#include "sim/world/world.h"

#define EXPORT(name) __attribute__((export_name(#name))) name

static GString *outputs[LAB_OUTPUTS];

struct ask {
    const char *name;
    int64_t seed, every, from, until, at;
    bool has_messages;
    GPtrArray *overrides;
};

void *EXPORT(lab_take)(size_t size)
{
    return malloc(size);
}

const char *EXPORT(lab_text)(int output)
{
    return outputs[output]->str;
}

size_t EXPORT(lab_length)(int output)
{
    return outputs[output]->len;
}

/* ---- what is asked ---- */

static const char *next_text(const char **at)
{
    const char *text = *at;
    *at += strlen(text) + 1;
    return text;
}

static int64_t next_number(const char **at)
{
    return strtoll(next_text(at), NULL, 10);
}

/* As of `psyncsim report`: looks at as many moments as a picture has, and messages of a run that is not too long. */
static void fit(struct ask *ask, const struct scenario *scenario)
{
    if (ask->every < 0)
        ask->every = ceil_div(scenario->duration, PAGE_LOOKS);
    ask->has_messages = ask->has_messages && scenario->duration <= PAGE_MESSAGES_NS;
}

static struct ask read_ask(const char *at)
{
    struct ask ask = {.name = next_text(&at)};
    ask.seed = next_number(&at);
    ask.every = next_number(&at);
    ask.from = next_number(&at);
    ask.until = next_number(&at);
    ask.at = next_number(&at);
    ask.has_messages = next_number(&at) != 0;
    ask.overrides = g_ptr_array_new();
    while (*at != '\0')
        g_ptr_array_add(ask.overrides, (char *)(uintptr_t)next_text(&at));
    g_ptr_array_add(ask.overrides, NULL);
    return ask;
}

/* ---- the run ---- */

/* A page that draws more than this does not answer any more. */
#define TRACE_MAX (64 << 20) /* bytes */

static bool keep_line(void *user, const char *line, size_t len)
{
    GString *trace = user;
    if (trace->len + len > TRACE_MAX)
        return false;
    g_string_append_len(trace, line, (gssize)len);
    return true;
}

static void print_info(void *user, struct world *world)
{
    (void)user;
    info_text_print(world, outputs[LAB_INFO]);
}

static enum lab_outcome run(struct report *report, const struct ask *ask)
{
    report->trace.mode = TRACE_LINES;
    report->trace.sink = keep_line;
    report->trace.sink_user = outputs[LAB_TRACE];
    report_json_header(report, outputs[LAB_TRACE]);
    char *broken = run_once(&(struct run_once){.scenario = report->scenario,
                                               .seed = report->seed,
                                               .trace = &report->trace,
                                               .positions = ask->every,
                                               .positions_from = ask->from,
                                               .positions_until = ask->until,
                                               .has_messages = ask->has_messages,
                                               .at = ask->at,
                                               .looks = ask->at >= 0 ? print_info : NULL});
    if (broken != NULL) {
        g_string_append(outputs[LAB_PROBLEMS], broken);
        g_free(broken);
        return LAB_BROKEN;
    }
    if (report->trace.is_broken) {
        g_string_append_printf(outputs[LAB_PROBLEMS],
                               "%s: error: more happens than a page can show (64 MiB of events); "
                               "psyncsim run has no such bound\n",
                               report->scenario->path);
        return LAB_REFUSED;
    }
    report_check(report);
    report_json_last(report, outputs[LAB_TRACE]);
    if (report_asks(report))
        report_text_ask(report, (struct screen){0}, "", outputs[LAB_ASK]);
    return LAB_RAN;
}

static void print_problems(struct diagnostics *diagnostics)
{
    GString *out = outputs[LAB_PROBLEMS];
    const char *note;
    for (size_t i = 0; (note = diagnostics_note_at(diagnostics, i)) != NULL; i++)
        g_string_append_printf(out, "%s\n", note);
    for (size_t i = 0; i < diagnostics_count(diagnostics); i++) {
        char *text = diagnostics_text(diagnostics, i);
        g_string_append_printf(out, "%s\n", text);
        g_free(text);
    }
}

static enum lab_outcome read_and_run(struct ask *ask, const char *text, size_t len)
{
    struct diagnostics *diagnostics = diagnostics_new();
    struct scenario_options options = {.overrides = (const char *const *)ask->overrides->pdata};
    struct scenario *scenario = scenario_read_text(ask->name, text, len, &options, diagnostics);
    print_problems(diagnostics);
    diagnostics_free(diagnostics);
    if (scenario == NULL)
        return LAB_REFUSED;
    g_string_append(outputs[LAB_REVEAL], scenario->reveal);
    uint64_t seed = ask->seed >= 0 ? (uint64_t)ask->seed : scenario->seed;
    fit(ask, scenario);
    struct report *report = report_new(scenario, seed, PSYNCSIM_VERSION);
    enum lab_outcome outcome = run(report, ask);
    report_free(report);
    scenario_free(scenario);
    return outcome;
}

static void empty_outputs(void)
{
    for (int i = 0; i < LAB_OUTPUTS; i++) {
        if (outputs[i] == NULL)
            outputs[i] = g_string_new(NULL);
        g_string_truncate(outputs[i], 0);
    }
}

void EXPORT(lab_words)(void)
{
    empty_outputs();
    lab_words_print(outputs[LAB_WORDS]);
}

int EXPORT(lab_run)(char *asked, char *text, size_t len)
{
    empty_outputs();
    struct ask ask = read_ask(asked);
    enum lab_outcome outcome = read_and_run(&ask, text, len);
    g_ptr_array_free(ask.overrides, TRUE);
    free(asked);
    free(text);
    return (int)outcome;
}
