/* psyncsim run: simulates one scenario. */
#include <string.h>
#include "sim/cli/cli.h"
#include "sim/cli/commands.h"
#include "sim/cli/narration.h"
#include "sim/cli/output.h"
#include "sim/cli/results.h"
#include "sim/cli/run_servers.h"
#include "sim/cli/simulate.h"
#include "sim/cli/version.h"
#include "sim/cli/what_if.h"
#include "sim/engine/quantity.h"
#include "sim/engine/time.h"
#include "sim/page/openmetrics.h"
#include "sim/text/humanize.h"

static const char MOMENT[] = "a moment of the run: 1:30, 2:01:40.5, or 90s";

struct args {
    struct results results;
    const char *conf, *servers, *openmetrics;
    GPtrArray *what_if;
    int64_t positions, scrape, epoch;
    bool messages;
    struct moment {
        int64_t ns;
        bool is_given;
    } at;
};

/* "1:30", "2:01:40.5", or a duration since the run began. */
static const char *parse_moment(void *field, const char *text)
{
    struct moment *moment = field;
    int64_t minutes = 0, part;
    const char *at = text;
    for (const char *colon; (colon = strchr(at, ':')) != NULL; at = colon + 1) {
        size_t len = (size_t)(colon - at);
        if (len == 0 || len > 9 || strspn(at, "0123456789") != len || at - text > 12)
            return MOMENT;
        minutes = 60 * minutes + g_ascii_strtoll(at, NULL, 10);
    }
    at += at > text && at[0] == '0' && g_ascii_isdigit(at[1]); /* 1:05 */
    char *seconds = at == text ? g_strdup(text) : g_strconcat(at, "s", NULL);
    const char *expected = quantity_parse(QUANTITY_DURATION, seconds, strlen(seconds), &part);
    g_free(seconds);
    *moment = (struct moment){part + minutes * 60 * NS_PER_S, true};
    return expected == NULL ? NULL : MOMENT;
}

static const struct option_row OPTIONS[] = {
#include "sim/cli/results_option.def"
    STRING(conf, "conf", 'c', "FILE",
           "redis.conf, or CONFIG GET '*', of all nodes; config goes before it"),
    OPTION(positions, "positions", 0, DURATION, 1, INT64_MAX, "DURATION", NULL,
           "write into the trace, so often, where every node is, its backlog and output buffers"),
    LIST(what_if, "what-if", 'w', "PATH=VALUE",
         "run it with this change as well, and print both side by side; may be repeated"),
    PARSED(at, "at", 0, parse_moment, "TIME", NULL,
           "INFO replication of every node at that moment, in place of the summary"),
    FLAG(messages, "messages", 'm',
         "print the run message by message; with a trace, write them there instead"),
    FLAG(results.reveal, "reveal", 0,
         "of an exercise: the answers to what `expect` asks (\"? 1\")"),
    STRING(openmetrics, "openmetrics", 0, "FILE",
           "what Prometheus gets of every node, with redis_exporter's names and the time of each "
           "sample; - is stdout"),
    OPTION(scrape, "scrape", 0, DURATION, NS_PER_MS, INT64_MAX, "DURATION", NULL,
           "how often (default: 1s; 3600 times in a run of more than an hour)"),
    OPTION(epoch, "epoch", 0, COUNT, 0, INT64_C(1) << 40, "SECONDS", "0",
           "the Unix time at which the run begins, for its samples"),
    STRING(servers, "compare-servers", 0, "LIST",
           "the scenario on each of these versions (redis-6.2,valkey-9.1), side by side"),
    {0}};

static const struct option_rule RULES[] = {
#include "sim/cli/results_rule.def"
    EXCLUDES("what-if", "json", "it prints a comparison"),
    EXCLUDES("what-if", "explain", "it prints a comparison"),
    EXCLUDES("what-if", "trace", "there are two runs"),
    EXCLUDES("what-if", "html", "there are two runs"),
    EXCLUDES("what-if", "perfetto", "there are two runs"),
    EXCLUDES("what-if", "at", "there are two runs"),
    NEEDS("scrape", "openmetrics", NULL),
    NEEDS("epoch", "openmetrics", NULL),
    EXCLUDES("openmetrics", "what-if", "there are two runs"),
    EXCLUDES("openmetrics", "compare-servers", "it prints several runs"),
    EXCLUDES("openmetrics", "at", "each looks at the nodes by itself"),
    EXCLUDES("openmetrics -", "json", "both write to stdout"),
    EXCLUDES("openmetrics -", "explain", "both write to stdout"),
    EXCLUDES("openmetrics -", "trace -", "both write to stdout"),
    EXCLUDES("openmetrics -", "html -", "both write to stdout"),
    EXCLUDES("openmetrics -", "perfetto -", "both write to stdout"),
    EXCLUDES("at", "json", "both write to stdout"),
    EXCLUDES("at", "explain", "both write to stdout"),
    EXCLUDES("at", "trace -", "both write to stdout"),
    EXCLUDES("at", "perfetto -", "both write to stdout"),
    EXCLUDES("at", "html -", "both write to stdout"),
    EXCLUDES("compare-servers", "html", "it prints several runs"),
    EXCLUDES("compare-servers", "perfetto", "it prints several runs"),
    EXCLUDES("compare-servers", "at", "it prints several runs"),
    EXCLUDES("compare-servers", "what-if", "each prints several runs"),
    EXCLUDES("compare-servers", "trace", "it prints several runs"),
    EXCLUDES("compare-servers", "explain", "it prints several runs"),
    {0}};

/* --conf FILE is --set config-file=FILE, from where we are and not from where the scenario is. */
static void take_conf(struct results *results, const char *path)
{
    char *whole = g_canonicalize_filename(path, NULL);
    char **parts = g_strsplit(whole, "'", -1);
    char *quoted = g_strjoinv("''", parts);
    char *override = g_strdup_printf("config-file='%s'", quoted);
    g_ptr_array_insert(results->overrides, 0, (char *)g_intern_string(override));
    g_free(override);
    g_free(quoted);
    g_strfreev(parts);
    g_free(whole);
}

#define SCRAPES 3600 /* of a longer run */

/* Whole seconds, as Prometheus has them, where nobody says how often. */
static int64_t scrape_period(const struct args *args, const struct scenario *scenario)
{
    if (args->scrape > 0)
        return args->scrape;
    return ceil_div(ceil_div(scenario->duration, SCRAPES), NS_PER_S) * NS_PER_S;
}

static int write_openmetrics(const char *path, const struct openmetrics *metrics)
{
    struct output *output = output_open(path);
    if (output == NULL)
        return EXIT_SYSTEM;
    GString *text = g_string_new(NULL);
    openmetrics_print(metrics, text);
    fwrite(text->str, 1, text->len, output_file(output));
    g_string_free(text, TRUE);
    return output_close(output) ? EXIT_HELD : EXIT_SYSTEM;
}

/* Messages go into a file where there is one for them, else to the screen. */
static bool narrates(const struct args *args)
{
    const struct results *results = &args->results;
    return args->messages && !results->trace && !results->html && !results->perfetto;
}

static bool prints_other(const struct args *args)
{
    return args->results.json || args->at.is_given || args->servers != NULL ||
           args->what_if->pdata[0] != NULL || g_strcmp0(args->openmetrics, "-") == 0;
}

/* A results_run: the messages, and the summary behind them. */
static int simulate_aloud(void *user, struct report *report)
{
    struct narration *narration = narration_new(report->names);
    narration_watch(narration, &report->trace);
    int code = simulate_run(user, report);
    if (code == EXIT_HELD)
        narration_print(narration, stdout, cli_is_coloured(stdout));
    narration_free(narration);
    return code;
}

/* The run, with what is asked of it besides the results. */
static int simulate_with(const struct args *args, struct simulate *simulate, struct report *report)
{
    results_run *run = narrates(args) ? simulate_aloud : simulate_run;
    int code = results_write(&args->results, report, run, simulate);
    if (code != EXIT_HELD && code != EXIT_DIFFERS)
        return code;
    if (simulate->openmetrics != NULL) {
        int written = write_openmetrics(args->openmetrics, simulate->openmetrics);
        code = written == EXIT_HELD ? code : written;
    }
    if (simulate->info != NULL) {
        fputs(simulate->info->str, stdout);
        code = EXIT_HELD; /* what is expected of the end is not asked */
    }
    return code;
}

static int simulate_all(const struct args *args, const struct scenario *scenario)
{
    const struct results *results = &args->results;
    if (args->at.is_given && args->at.ns > scenario->duration)
        return cli_fail(EXIT_BAD_INPUT, "run: --at is after the end of the run, which lasts %s",
                        humanize_clock(scenario->duration).text);
    struct simulate simulate = {.results = results,
                                .positions = args->positions,
                                .messages = args->messages,
                                .at = args->at.ns,
                                .info = args->at.is_given ? g_string_new(NULL) : NULL,
                                .scrapes = args->openmetrics ? scrape_period(args, scenario) : 0,
                                .openmetrics =
                                    args->openmetrics ? openmetrics_new(args->epoch) : NULL};
    if (results->html != NULL || results->perfetto != NULL)
        simulate_for_page(&simulate, scenario);
    struct report *report = report_new(scenario, results_seed(results, scenario), PSYNCSIM_VERSION);
    int code = simulate_with(args, &simulate, report);
    report_free(report);
    openmetrics_free(simulate.openmetrics);
    if (simulate.info != NULL)
        g_string_free(simulate.info, TRUE);
    return code;
}

static int simulate(void *user, struct report *report)
{
    return simulate_run(&(struct simulate){.results = user}, report);
}

static int run(const struct cli *cli)
{
    struct args *args = cli->args;
    struct results *results = &args->results;
    results->command = cli->command->name;
    results->is_quiet = args->at.is_given || g_strcmp0(args->openmetrics, "-") == 0;
    if (args->positions > 0 && !results->trace && !results->html && !results->perfetto)
        return cli_fail(EXIT_BAD_INPUT,
                        "run: --positions needs --trace or --html: there they are written");
    if (narrates(args) && prints_other(args))
        return cli_fail(EXIT_BAD_INPUT, "run: --messages needs --trace or --html beside an option "
                                        "that prints something else than the summary");
    results->reveal = results->reveal || narrates(args);
    if (args->conf)
        take_conf(results, args->conf);
    if (args->what_if->pdata[0] != NULL && strcmp(results->file, "-") == 0)
        return cli_fail(EXIT_BAD_INPUT,
                        "run: --what-if reads the scenario twice, and stdin cannot be");
    if (args->what_if->pdata[0] != NULL)
        return what_if_run(results, args->what_if);
    if (args->servers)
        return run_servers(results, args->servers, simulate);
    struct scenario *scenario = results_read(results);
    results_clear(results);
    if (!scenario)
        return EXIT_BAD_INPUT;
    int code = simulate_all(args, scenario);
    scenario_free(scenario);
    return code;
}

const struct command command_run = {
    .name = "run",
    .help = "simulate one scenario and report every replica's resynchronisations",
    .options = OPTIONS,
    .rules = RULES,
    .operands = OPERAND(results.file, "FILE", 1, "a scenario file, or - for stdin"),
    .args_size = sizeof(struct args),
    .run = run,
};
