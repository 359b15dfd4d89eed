/* psyncsim live: the same scenario on real servers, in real time. */
#include <string.h>
#include <unistd.h>
#include "sim/cli/cli.h"
#include "sim/cli/commands.h"
#include "sim/cli/results.h"
#include "sim/cli/version.h"
#include "sim/live/observe/reconstruction.h"
#include "sim/live/run/live.h"

struct args {
    struct results results;
    GPtrArray *servers; /* PATH, or NODE=PATH */
};

static const struct option_row OPTIONS[] = {
    LIST(servers, "server", 'S', "[NODE=]PATH",
         "redis-server or valkey-server (default: redis-server in PATH); may be repeated"),
#include "sim/cli/results_option.def"
    {0}};

static const struct option_rule RULES[] = {
#include "sim/cli/results_rule.def"
    {0}};

/* ---- the servers ---- */

/* The length of the node's name before the "=" of "NODE=PATH"; 0: it is a path alone. */
static size_t name_len(const char *server)
{
    size_t len = strcspn(server, "=/");
    return server[len] == '=' ? len : 0;
}

/* By node, borrowed from the command line; NULL after words on stderr. What names a node counts
 * more than what names all. Free with g_free. */
static const char **servers_of(const struct args *args, const struct scenario *scenario)
{
    const char **servers = g_new0(const char *, scenario->node_count + 1), *all = "redis-server";
    for (guint i = 0; args->servers->pdata[i]; i++) {
        const char *server = args->servers->pdata[i];
        size_t len = name_len(server);
        char *name = g_strndup(server, len);
        int32_t node = len == 0 ? -1 : scenario_node_find(scenario, name);
        if (len == 0)
            all = server;
        else if (node >= 0)
            servers[node] = server + len + 1;
        else
            cli_fail(EXIT_BAD_INPUT, "live: --server: there is no node '%s' in %s", name,
                     scenario->path);
        g_free(name);
        if (len > 0 && node < 0) {
            g_free(servers);
            return NULL;
        }
    }
    for (uint32_t i = 0; i < scenario->node_count; i++)
        servers[i] = servers[i] == NULL ? all : servers[i];
    return servers;
}

/* ---- the run ---- */

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
    if (live->core.progress != NULL)
        show_progress(NULL, NULL);
    if (result == LIVE_DONE) {
        reconstruction_emit(report, &live->core.observations, live->core.zero);
        return EXIT_HELD;
    }
    return cli_fail(EXIT_SYSTEM, "%s",
                    live->core.diagnostic != NULL ? live->core.diagnostic
                                                  : "live: interrupted; nothing is left");
}

static void warn(const struct live *live)
{
    GString *unsupported = g_string_new(NULL);
    live_unsupported(live, unsupported);
    for (char *line = unsupported->str, *end; (end = strchr(line, '\n')) != NULL; line = end + 1)
        cli_fail(EXIT_HELD, "live: %.*s", (int)(end - line), line);
    g_string_free(unsupported, TRUE);
}

static int run_and_write(const struct args *args, struct live *live)
{
    struct report *report = report_new(live->core.scenario, live->core.seed, PSYNCSIM_VERSION);
    char *versions = live_versions(live);
    report->live = versions;
    live->core.progress = isatty(STDERR_FILENO) ? show_progress : NULL;
    warn(live);
    int code = results_write(&args->results, report, run_live, live);
    report_free(report);
    g_free(versions);
    return code;
}

static void free_programs(struct program *programs, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        program_clear(&programs[i]);
    g_free(programs);
}

/* By node; NULL after words on stderr. */
static struct program *find_programs(const struct scenario *scenario, const char *const *servers)
{
    struct program *programs = g_new0(struct program, scenario->node_count + 1);
    char *wrong = NULL;
    for (uint32_t i = 0; i < scenario->node_count && wrong == NULL; i++)
        program_find(&programs[i], servers[i], &wrong);
    if (wrong == NULL)
        return programs;
    cli_fail(EXIT_SYSTEM, "live: %s", wrong);
    g_free(wrong);
    free_programs(programs, scenario->node_count);
    return NULL;
}

/* A node of which the scenario says no version is what its server is, with that one's defaults:
 * `scenario` is freed, and read again if that changes anything. */
static struct scenario *as_the_servers_are(struct args *args, struct scenario *scenario,
                                           const struct program *programs)
{
    const char **versions = g_new0(const char *, scenario->node_count + 1);
    bool is_other = false;
    for (uint32_t i = 0; i < scenario->node_count; i++) {
        const struct scenario_node *node = &scenario->nodes[i];
        if (!node->names_server && programs[i].profile != NULL)
            versions[i] = programs[i].version;
        is_other = is_other || (versions[i] != NULL && programs[i].profile != node->profile);
    }
    if (is_other) {
        struct scenario *own = scenario;
        scenario = results_read_on(&args->results, versions);
        scenario_free(own);
    }
    g_free(versions);
    return scenario;
}

static int run_on(struct args *args, struct scenario *scenario, const struct program *programs)
{
    char *wrong = NULL;
    struct live *live =
        live_new(scenario, results_seed(&args->results, scenario), programs, &wrong);
    int code = live != NULL ? run_and_write(args, live) : cli_fail(EXIT_SYSTEM, "live: %s", wrong);
    if (live != NULL)
        live_free(live);
    g_free(wrong);
    return code;
}

static int run_scenario(struct args *args, struct scenario *scenario)
{
    uint32_t count = scenario->node_count;
    const char **servers = servers_of(args, scenario);
    struct program *programs = servers != NULL ? find_programs(scenario, servers) : NULL;
    int code = servers == NULL ? EXIT_BAD_INPUT : EXIT_SYSTEM;
    if (programs != NULL) {
        scenario = as_the_servers_are(args, scenario, programs);
        code = scenario != NULL ? run_on(args, scenario, programs) : EXIT_BAD_INPUT;
        free_programs(programs, count);
    }
    g_free(servers);
    if (scenario != NULL)
        scenario_free(scenario);
    return code;
}

static int run(const struct cli *cli)
{
    struct args *args = cli->args;
    args->results.command = cli->command->name;
    args->results.servers = args->servers;
    struct scenario *scenario = results_read(&args->results);
    int code = scenario != NULL ? run_scenario(args, scenario) : EXIT_BAD_INPUT;
    results_clear(&args->results);
    return code;
}

const struct command command_live = {
    .name = "live",
    .help = "run the same scenario on real servers, in real time",
    .options = OPTIONS,
    .rules = RULES,
    .operands = OPERAND(results.file, "FILE", 1, "a scenario file, or - for stdin"),
    .args_size = sizeof(struct args),
    .run = run,
};
