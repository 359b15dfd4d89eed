/* psyncsim lab: a page that holds the simulator, to change scenarios and see what comes of it. */
#include <limits.h>
#include "sim/cli/cli.h"
#include "sim/cli/commands.h"
#include "sim/cli/page_output.h"
#include "sim/page/page_data.h"
#include "sim/scenario/scenario_read.h"
#include "sim/text/json_write.h"

/* page/lab.html, put into the program by the Makefile. */
extern const char lab_html[];

struct args {
    const char *output;
    char **files;
};

static const struct option_row OPTIONS[] = {
    STRING(output, "output", 'o', "FILE.html", "the page; - is stdout"), {0}};

static const struct option_rule RULES[] = {REQUIRED("output", "the page is a file"), {0}};

static void print_scenario(const char *path, const struct scenario_text *text, struct json *json)
{
    char *name = g_path_get_basename(path);
    char *bytes = g_strndup(text->bytes, text->len);
    json_open(json, NULL, '{');
    json_text(json, "name", g_strcmp0(path, "-") == 0 ? "stdin.yaml" : name);
    json_text(json, "text", bytes);
    json_text(json, "group", "Files");
    json_close(json, '}');
    g_free(bytes);
    g_free(name);
}

/* As the page will read it: it has no files but what stands in it. False after words on stderr. */
static bool add_scenario(const char *path, struct json *json)
{
    struct diagnostics *diagnostics = diagnostics_new();
    struct scenario_text text = {0};
    struct scenario *scenario = NULL;
    const char *name = g_strcmp0(path, "-") == 0 ? "<stdin>" : path;
    if (scenario_text_load(&text, path, diagnostics))
        scenario = scenario_read_text(name, text.bytes, text.len, &(struct scenario_options){0},
                                      diagnostics);
    bool is_good = scenario != NULL;
    if (is_good)
        print_scenario(path, &text, json);
    cli_diagnose(diagnostics);
    scenario_free(scenario);
    scenario_text_clear(&text);
    return is_good;
}

static int run(const struct cli *cli)
{
    const struct args *args = cli->args;
    GString *text = g_string_new(NULL), *data = g_string_new(NULL);
    struct json json = {.out = text};
    int code = EXIT_HELD;
    json_open(&json, NULL, '[');
    for (char **file = args->files; *file; file++)
        if (!add_scenario(*file, &json))
            code = EXIT_BAD_INPUT;
    json_close(&json, ']');
    page_data_append_safe(data, text);
    if (code == EXIT_HELD)
        code = page_output_fill(args->output, lab_html, "@@FILES@@", data);
    g_string_free(data, TRUE);
    g_string_free(text, TRUE);
    return code;
}

const struct command command_lab = {
    .name = "lab",
    .help = "the simulator as a page: change a scenario, and see at once what comes of it",
    .options = OPTIONS,
    .rules = RULES,
    .operands = OPERANDS(files, "FILE...", 0, INT_MAX,
                         "scenarios that are in it beside the shipped ones; - is stdin"),
    .args_size = sizeof(struct args),
    .run = run,
};
