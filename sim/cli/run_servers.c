/* See run_servers.h. */
#include "sim/cli/run_servers.h"

#include <string.h>
#include "models/psync/profile.h"
#include "sim/cli/output.h"
#include "sim/cli/version.h"
#include "sim/report/side_by_side.h"
#include "sim/scenario/server_name.h"

struct runs {
    char **servers; /* as named, ended by NULL */
    size_t count;
    struct scenario **scenarios;
    struct report **reports;
};

static bool refuse(const char *wrong)
{
    cli_fail(EXIT_BAD_INPUT, "run: --compare-servers: %s", wrong);
    return false;
}

/* Two names of one row are one version: nothing could differ. */
static bool check_name(char **servers, size_t index)
{
    const struct profile *profile = profile_find(servers[index]);
    char *wrong = profile == NULL ? server_name_wrong(servers[index]) : NULL;
    for (size_t i = 0; i < index && wrong == NULL; i++)
        if (profile_find(servers[i]) == profile)
            wrong = g_strdup_printf("%s and %s are one version here; expected different ones",
                                    servers[i], servers[index]);
    bool is_good = wrong == NULL || refuse(wrong);
    g_free(wrong);
    return is_good;
}

static bool check_names(const struct runs *runs)
{
    if (runs->count < 2)
        return refuse("found one version, expected two or more, such as redis-6.2,valkey-9.1");
    for (size_t i = 0; i < runs->count; i++)
        if (!check_name(runs->servers, i))
            return false;
    return true;
}

static bool read_scenario(struct results *results, struct runs *runs, size_t index,
                          const struct scenario *as_written)
{
    const char **versions = g_new0(const char *, as_written->node_count + 1);
    for (uint32_t i = 0; i < as_written->node_count; i++)
        versions[i] = runs->servers[index];
    runs->scenarios[index] = results_read_on(results, versions);
    g_free(versions);
    return runs->scenarios[index] != NULL;
}

/* One after the other. */
static int run_each(struct results *results, struct runs *runs, results_run *run)
{
    struct scenario *as_written = results_read(results);
    int code = as_written != NULL ? EXIT_HELD : EXIT_BAD_INPUT;
    for (size_t i = 0; i < runs->count && code == EXIT_HELD; i++) {
        if (!read_scenario(results, runs, i, as_written)) {
            code = EXIT_BAD_INPUT;
            break;
        }
        struct report *report =
            report_new(runs->scenarios[i], results_seed(results, as_written), PSYNCSIM_VERSION);
        runs->reports[i] = report;
        code = run(results, report);
        if (code == EXIT_HELD)
            report_check(report);
    }
    if (as_written != NULL)
        scenario_free(as_written);
    return code;
}

static void print(const struct results *results, const struct runs *runs)
{
    struct side *sides = g_new0(struct side, runs->count);
    GString *text = g_string_new(NULL);
    for (size_t i = 0; i < runs->count; i++)
        sides[i] = (struct side){runs->servers[i], runs->reports[i]};
    struct side_by_side *all = side_by_side_new(sides, runs->count);
    if (results->json)
        side_by_side_json(all, text);
    else
        side_by_side_print(all, cli_is_coloured(stdout), text);
    fwrite(text->str, 1, text->len, stdout);
    side_by_side_free(all);
    g_string_free(text, TRUE);
    g_free(sides);
}

/* As `run` has it: an expectation that failed on any of them. */
static int exit_code(const struct runs *runs)
{
    for (size_t i = 0; i < runs->count; i++)
        if (runs->reports[i]->failed > 0)
            return EXIT_DIFFERS;
    return EXIT_HELD;
}

static void clear(struct runs *runs)
{
    for (size_t i = 0; i < runs->count; i++) {
        if (runs->reports[i] != NULL)
            report_free(runs->reports[i]);
        if (runs->scenarios[i] != NULL)
            scenario_free(runs->scenarios[i]);
    }
    g_free(runs->reports);
    g_free(runs->scenarios);
    g_strfreev(runs->servers);
}

int run_servers(struct results *results, const char *list, results_run *run)
{
    struct runs runs = {.servers = g_strsplit(list, ",", -1)};
    runs.count = g_strv_length(runs.servers);
    runs.scenarios = g_new0(struct scenario *, runs.count + 1);
    runs.reports = g_new0(struct report *, runs.count + 1);
    int code = check_names(&runs) ? run_each(results, &runs, run) : EXIT_BAD_INPUT;
    if (code == EXIT_HELD) {
        print(results, &runs);
        code = exit_code(&runs);
    }
    clear(&runs);
    results_clear(results);
    return code;
}
