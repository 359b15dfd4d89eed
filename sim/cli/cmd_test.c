/* psyncsim test: runs scenarios against what they expect. */
#include <limits.h>
#include <string.h>
#include "sim/cli/cli.h"
#include "sim/cli/commands.h"
#include "sim/cli/junit.h"
#include "sim/cli/version.h"
#include "sim/engine/quantity.h"
#include "sim/text/json_write.h"
#include "sim/report/report.h"
#include "sim/scenario/scenario_read.h"
#include "sim/world/run_once.h"

struct testing {
    bool is_json, is_verbose, is_silent;
    struct json json;
    struct junit junit;
    uint32_t passed, failed;
    int code; /* the worst so far */
};

/* ---- which files ---- */

static bool is_scenario_name(const char *name)
{
    return g_str_has_suffix(name, ".yaml") || g_str_has_suffix(name, ".yml") ||
           g_str_has_suffix(name, ".json");
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Folders to look into; links to folders are not followed, so that it ends. */
static bool list_folder(GPtrArray *folders, const char *folder, GPtrArray *files)
{
    GError *error = NULL;
    GDir *directory = g_dir_open(folder, 0, &error);
    if (!directory) {
        cli_fail(EXIT_SYSTEM, "%s", error->message);
        g_error_free(error);
        return false;
    }
    const char *name;
    while ((name = g_dir_read_name(directory))) {
        char *path = g_build_filename(folder, name, NULL);
        bool is_folder = g_file_test(path, G_FILE_TEST_IS_DIR);
        if (name[0] != '.' && is_folder && !g_file_test(path, G_FILE_TEST_IS_SYMLINK))
            g_ptr_array_add(folders, path);
        else if (name[0] != '.' && !is_folder && is_scenario_name(name))
            g_ptr_array_add(files, path);
        else
            g_free(path);
    }
    g_dir_close(directory);
    return true;
}

/* All scenarios under `top`, sorted. */
static bool list_all(const char *top, GPtrArray *files)
{
    GPtrArray *folders = g_ptr_array_new_with_free_func(g_free);
    GPtrArray *found = g_ptr_array_new();
    bool is_good = true;
    g_ptr_array_add(folders, g_strdup(top));
    for (guint i = 0; i < folders->len && is_good; i++)
        is_good = list_folder(folders, folders->pdata[i], found);
    g_ptr_array_sort(found, by_name);
    if (is_good && found->len == 0)
        cli_fail(EXIT_BAD_INPUT, "no *.yaml, *.yml or *.json in %s", top);
    is_good = is_good && found->len > 0;
    g_ptr_array_extend_and_steal(files, found);
    g_ptr_array_free(folders, TRUE);
    return is_good;
}

/* ---- one scenario ---- */

static void count(struct testing *testing, int code)
{
    static const int SEVERITY[] = {[EXIT_HELD] = 0,
                                   [EXIT_DIFFERS] = 1,
                                   [EXIT_BAD_INPUT] = 2,
                                   [EXIT_SYSTEM] = 3,
                                   [EXIT_BUG] = 4};
    testing->passed += code == EXIT_HELD;
    testing->failed += code != EXIT_HELD;
    if (SEVERITY[code] > SEVERITY[testing->code])
        testing->code = code;
}

static void print_text(const struct testing *testing, const struct report *report, const char *path)
{
    const struct scenario *scenario = report->scenario;
    char duration[48];
    quantity_print(QUANTITY_DURATION, scenario->duration, duration, sizeof duration);
    printf("%s %s  (%u expectation%s, %s)\n", report->failed > 0 ? "FAIL" : "ok  ", path,
           scenario->expect_count, scenario->expect_count == 1 ? "" : "s", duration);
    for (uint32_t i = 0; i < scenario->expect_count; i++) {
        const struct expect_result *result = &report->results[i];
        const struct scenario_expect *expect = &scenario->expects[i];
        if (!result->held)
            printf("     %s:%d: expected %s, found %s\n", path, expect->line, expect->text,
                   result->found);
        else if (testing->is_verbose)
            printf("     held: %s, found %s\n", expect->text, result->found);
    }
}

static void print_json(struct testing *testing, const struct report *report, const char *path)
{
    char digest[DIGEST_TEXT_MAX];
    struct json *json = &testing->json;
    digest_print(&report->trace.digest, digest);
    json_open(json, NULL, '{');
    json_text(json, "scenario", path);
    json_int(json, "seed", (int64_t)report->seed);
    json_text(json, "digest", digest);
    json_bool(json, "held", report->failed == 0);
    json_open(json, "expectations", '[');
    for (uint32_t i = 0; i < report->scenario->expect_count; i++) {
        json_open(json, NULL, '{');
        json_text(json, "text", report->scenario->expects[i].text);
        json_int(json, "line", report->scenario->expects[i].line);
        json_bool(json, "held", report->results[i].held);
        json_text(json, "found", report->results[i].found);
        json_close(json, '}');
    }
    json_close(json, ']');
    json_close(json, '}');
}

static void print_error(struct testing *testing, const char *path, const char *error)
{
    junit_add_error(&testing->junit, path, error);
    if (testing->is_silent)
        return;
    if (!testing->is_json) {
        printf("FAIL %s  (%s)\n", path, error);
        return;
    }
    json_open(&testing->json, NULL, '{');
    json_text(&testing->json, "scenario", path);
    json_bool(&testing->json, "held", false);
    json_text(&testing->json, "error", error);
    json_close(&testing->json, '}');
}

static int simulate(struct testing *testing, const struct scenario *scenario, const char *path)
{
    struct report *report = report_new(scenario, scenario->seed, PSYNCSIM_VERSION);
    int code;
    char *broken = run_once(&(struct run_once){
        .scenario = scenario, .seed = report->seed, .is_checked = true, .trace = &report->trace});
    if (broken != NULL) {
        GString *again = g_string_new("psyncsim run");
        cli_append_word(again, path);
        code = cli_bug(broken, again->str);
        g_string_free(again, TRUE);
        print_error(testing, path, "an invariant failed");
    } else {
        report_check(report);
        junit_add(&testing->junit, report, path);
        if (testing->is_json)
            print_json(testing, report, path);
        else if (!testing->is_silent)
            print_text(testing, report, path);
        code = report->failed > 0 ? EXIT_DIFFERS : EXIT_HELD;
    }
    g_free(broken);
    report_free(report);
    return code;
}

static void test(struct testing *testing, const char *path)
{
    struct diagnostics *diagnostics = diagnostics_new();
    struct scenario *scenario = scenario_read(path, NULL, diagnostics);
    int code = EXIT_BAD_INPUT;
    if (scenario)
        code = simulate(testing, scenario, path);
    else
        print_error(testing, path, "not a valid scenario");
    fflush(stdout);
    cli_diagnose(diagnostics);
    scenario_free(scenario);
    count(testing, code);
}

static void test_all(struct testing *testing, const GPtrArray *files)
{
    testing->json.out = g_string_new(NULL);
    json_open(&testing->json, NULL, '{');
    json_text(&testing->json, "version", PSYNCSIM_VERSION);
    json_open(&testing->json, "scenarios", '[');
    for (guint i = 0; i < files->len; i++)
        test(testing, files->pdata[i]);
    json_close(&testing->json, ']');
    json_int(&testing->json, "passed", testing->passed);
    json_int(&testing->json, "failed", testing->failed);
    json_close(&testing->json, '}');
    if (testing->is_json)
        puts(testing->json.out->str);
    else if (!testing->is_silent)
        printf("%u passed, %u failed\n", testing->passed, testing->failed);
    g_string_free(testing->json.out, TRUE);
}

/* ---- the command line ---- */

struct args {
    bool is_json, is_verbose;
    const char *junit;
    char **names;
};

static const struct option_row OPTIONS[] = {
    FLAG(is_json, "json", 'j', "the results as one JSON object"),
    FLAG(is_verbose, "verbose", 'v', "the expectations that held, too, with what was found"),
    STRING(junit, "junit", 0, "FILE",
           "the results as JUnit's XML as well, for CI; - is stdout, without the lines"),
    {0}};

static const struct option_rule RULES[] = {EXCLUDES("json", "junit -", "both write to stdout"),
                                           {0}};

static int run(const struct cli *cli)
{
    const struct args *args = cli->args;
    struct testing testing = {.is_json = args->is_json,
                              .is_verbose = args->is_verbose,
                              .is_silent = args->junit != NULL && strcmp(args->junit, "-") == 0};
    junit_init(&testing.junit);
    GPtrArray *files = g_ptr_array_new_with_free_func(g_free);
    bool is_good = true;
    for (char **name = args->names; *name && is_good; name++) {
        if (g_file_test(*name, G_FILE_TEST_IS_DIR))
            is_good = list_all(*name, files);
        else
            g_ptr_array_add(files, g_strdup(*name));
    }
    if (is_good)
        test_all(&testing, files);
    if (is_good && args->junit != NULL && junit_write(&testing.junit, args->junit) != EXIT_HELD)
        testing.code = EXIT_SYSTEM;
    junit_clear(&testing.junit);
    g_ptr_array_free(files, TRUE);
    return is_good ? testing.code : EXIT_BAD_INPUT;
}

const struct command command_test = {
    .name = "test",
    .help = "run scenarios against what they expect, a line each",
    .options = OPTIONS,
    .rules = RULES,
    .operands = OPERANDS(names, "FILE|DIR...", 1, INT_MAX, "a scenario, or a folder of them"),
    .args_size = sizeof(struct args),
    .run = run,
};
