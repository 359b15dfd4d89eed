/* psyncsim live: the same scenario on real servers, in real time. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "sim/cli/cli.h"
#include "sim/cli/results.h"
#include "sim/cli/version.h"
#include "sim/live/chronicle.h"
#include "sim/live/live.h"

struct wish {
    struct results results;
    const char *server;
};

static bool take_arguments(struct wish *wish, int argc, char **argv)
{
    static const struct cli_option OPTIONS[] = {
        {"server", 'S', "PATH",
         "the server program, redis-server or valkey-server (default: redis-server in PATH)"},
        RESULTS_OPTIONS,
        {0}};
    struct cli cli = cli_begin(OPTIONS, argc, argv);
    int option;
    while ((option = cli_next(&cli)) >= 0) {
        if (option == 'S')
            wish->server = cli.value;
        else if (!results_take_option(&wish->results, option, cli.value))
            return false;
    }
    wish->results.code = cli.code;
    return option != CLI_STOP && results_take_operands(&wish->results, &cli);
}

static void show_progress(void *user, const char *words)
{
    (void)user;
    fprintf(stderr, "\r\033[K%s%s", words == NULL ? "" : words, words == NULL ? "" : " ...");
    fflush(stderr);
}

static int run_live(void *user, struct report *report)
{
    struct live *live = user;
    enum live_result result = live_run(live);
    if (live->progress != NULL)
        show_progress(NULL, NULL);
    if (result == LIVE_DONE) {
        chronicle_tell(report, &live->journal, live->zero);
        return EXIT_HELD;
    }
    return cli_fail(result == LIVE_BAD_INPUT ? EXIT_BAD_INPUT : EXIT_SYSTEM, "%s",
                    live->problem != NULL ? live->problem : "interrupted");
}

static int read_and_run(struct wish *wish)
{
    char *wrong = NULL;
    struct scenario *scenario = results_read(&wish->results);
    if (!scenario)
        return EXIT_BAD_INPUT;
    uint64_t seed = results_seed(&wish->results, scenario);
    struct live *live = live_new(scenario, seed, wish->server, &wrong);
    int code = EXIT_SYSTEM;
    if (live != NULL) {
        struct report *report = report_new(scenario, seed, PSYNCSIM_VERSION);
        report->live = live->program.version;
        live->progress = isatty(STDERR_FILENO) ? show_progress : NULL;
        code = results_write(&wish->results, report, run_live, live);
        report_free(report);
        live_free(live);
    } else {
        cli_fail(EXIT_SYSTEM, "%s", wrong);
        g_free(wrong);
    }
    scenario_free(scenario);
    return code;
}

int command_live(int argc, char **argv)
{
    struct wish wish = {.server = "redis-server"};
    results_init(&wish.results, "live");
    int code = take_arguments(&wish, argc, argv) ? read_and_run(&wish) : wish.results.code;
    results_clear(&wish.results);
    return code;
}
