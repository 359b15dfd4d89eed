/* From --vary and a scenario to cases. Each case is the scenario read anew with its values set, so
 * that whatever --set allows and refuses is allowed and refused here, before anything runs. */
#include <stdarg.h>
#include <string.h>
#include "sim/engine/digest.h"
#include "sim/study/sweep/sweep.h"
#include "sim/scenario/scenario_read.h"
#include "sim/text/source_text.h"

struct reader {
    const struct sweep_args *args;
    struct diagnostics *diagnostics;
    struct sweep *sweep;
    char *text, *directory;
    size_t len;
};

static void G_GNUC_PRINTF(3, 4)
    wrong(struct reader *reader, const char *vary, const char *format, ...)
{
    char *name = g_strdup_printf("--vary %s", vary);
    struct place place = {diagnostics_source(reader->diagnostics, name, NULL, 0), 0, 0};
    va_list arguments;
    va_start(arguments, format);
    char *sentence = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    diagnostics_add(reader->diagnostics, place, "%s", sentence);
    g_free(sentence);
    g_free(name);
}

/* ---- axes ---- */

/* Where the value ends that begins at `text`: at a comma outside braces, brackets and quotes. */
static size_t value_len(const char *text)
{
    int depth = 0;
    char quote = '\0';
    size_t len = 0;
    for (; text[len] && (text[len] != ',' || depth > 0 || quote); len++) {
        char c = text[len];
        if (quote)
            quote = c == quote ? '\0' : quote;
        else if ((c == '"' || c == '\'') && (len == 0 || depth > 0))
            quote = c;
        else
            depth += (c == '{' || c == '[') - (c == '}' || c == ']');
    }
    return len;
}

static bool has_control(const char *text)
{
    for (; *text; text++)
        if (g_ascii_iscntrl(*text))
            return true;
    return false;
}

static bool has_value(const struct sweep_axis *axis, const char *value)
{
    return g_ptr_array_find_with_equal_func(axis->values, value, g_str_equal, NULL);
}

static void take_values(struct reader *reader, struct sweep_axis *axis, const char *vary)
{
    const char *at = strchr(vary, '=');
    do {
        size_t len = value_len(++at);
        char *value = g_strstrip(g_strndup(at, len));
        if (!value[0])
            wrong(reader, vary, "a value is missing");
        else if (has_value(axis, value))
            wrong(reader, vary, "the value '%s' stands there twice", value);
        g_ptr_array_add(axis->values, value);
        at += len;
    } while (*at == ',');
}

static void take_axis(struct reader *reader, const char *vary)
{
    const char *equals = strchr(vary, '=');
    if (!g_utf8_validate(vary, -1, NULL) || !equals || equals == vary) {
        wrong(reader, vary, "expected PATH=VALUE,VALUE,...");
        return;
    }
    if (has_control(vary)) {
        wrong(reader, vary, "a control character has no place here");
        return;
    }
    struct sweep_axis *axis = g_new0(struct sweep_axis, 1);
    axis->path = g_strndup(vary, (gsize)(equals - vary));
    axis->values = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < reader->sweep->axes->len; i++)
        if (strcmp(((struct sweep_axis *)reader->sweep->axes->pdata[i])->path, axis->path) == 0)
            wrong(reader, vary, "%s is varied twice; give all its values at once", axis->path);
    if (strcmp(axis->path, "seed") == 0 && reader->args->has_seeds)
        wrong(reader, vary, "--seeds gives the seeds already");
    g_ptr_array_add(reader->sweep->axes, axis);
    take_values(reader, axis, vary);
}

static bool take_axes(struct reader *reader)
{
    uint64_t cases = 1;
    for (size_t i = 0; reader->args->vary[i]; i++)
        take_axis(reader, reader->args->vary[i]);
    if (diagnostics_count(reader->diagnostics) > 0)
        return false;
    for (guint i = 0; i < reader->sweep->axes->len && cases <= SWEEP_CASES_MAX; i++)
        cases *= ((struct sweep_axis *)reader->sweep->axes->pdata[i])->values->len;
    if (cases > SWEEP_CASES_MAX)
        wrong(reader, "", "these are more than %d combinations; split them into several sweeps",
              SWEEP_CASES_MAX);
    return cases <= SWEEP_CASES_MAX;
}

/* ---- cases ---- */

static uint64_t hash_of_expectations(const struct scenario *scenario)
{
    struct digest digest;
    digest_init(&digest);
    for (uint32_t i = 0; i < scenario->expect_count; i++)
        digest_add_bytes(&digest, scenario->expects[i].text, strlen(scenario->expects[i].text));
    return digest.a ^ digest.b;
}

static char **names_of(const struct scenario *scenario)
{
    char **names = g_new0(char *, scenario->node_count + 1);
    for (uint32_t i = 0; i < scenario->node_count; i++)
        names[i] = g_strdup(scenario->nodes[i].name);
    return names;
}

/* --set first: what is varied wins. */
static GPtrArray *overrides_of(const struct reader *reader, uint32_t number)
{
    GPtrArray *overrides = g_ptr_array_new_with_free_func(g_free);
    for (size_t i = 0; reader->args->sets[i]; i++)
        g_ptr_array_add(overrides, g_strdup(reader->args->sets[i]));
    for (guint i = 0; i < reader->sweep->axes->len; i++) {
        const struct sweep_axis *axis = reader->sweep->axes->pdata[i];
        g_ptr_array_add(overrides, g_strdup_printf("--vary %s=%s", axis->path,
                                                   sweep_value(reader->sweep, number, i)));
    }
    g_ptr_array_add(overrides, NULL);
    return overrides;
}

static struct scenario *read_scenario(struct reader *reader, uint32_t number)
{
    GPtrArray *overrides = overrides_of(reader, number);
    bool is_stdin = strcmp(reader->args->file, "-") == 0;
    struct scenario_options options = {.directory = reader->directory,
                                       .overrides = (const char *const *)overrides->pdata};
    struct diagnostics *diagnostics = diagnostics_new();
    struct scenario *scenario =
        scenario_read_text(is_stdin ? "<stdin>" : reader->args->file, reader->text, reader->len,
                           &options, diagnostics);
    diagnostics_join(reader->diagnostics, diagnostics);
    diagnostics_free(diagnostics);
    g_ptr_array_free(overrides, TRUE);
    return scenario;
}

static void read_case(struct reader *reader, uint32_t number)
{
    struct scenario *scenario = read_scenario(reader, number);
    if (!scenario)
        return;
    struct sweep_case made = {scenario,       scenario->fingerprint, hash_of_expectations(scenario),
                              scenario->seed, scenario->duration,    names_of(scenario)};
    g_array_append_val(reader->sweep->cases, made);
}

static void read_cases(struct reader *reader)
{
    uint32_t count = 1;
    for (guint i = 0; i < reader->sweep->axes->len; i++)
        count *= ((struct sweep_axis *)reader->sweep->axes->pdata[i])->values->len;
    for (uint32_t i = 0; i < count; i++)
        read_case(reader, i);
}

/* "outage" of "stories/outage.yaml". */
static char *name_of(const char *file)
{
    if (strcmp(file, "-") == 0)
        return g_strdup("stdin");
    char *base = g_path_get_basename(file), *name = g_utf8_make_valid(base, -1);
    char *dot = strrchr(name, '.');
    if (dot && dot > name)
        *dot = '\0';
    g_free(base);
    return g_strdelimit(name, "\n\r\t", '?');
}

static bool read_text(struct reader *reader)
{
    char *error = NULL;
    const char *file = reader->args->file;
    reader->text = text_read(file, &reader->len, &error);
    reader->directory = strcmp(file, "-") == 0 ? g_strdup(".") : g_path_get_dirname(file);
    if (!error)
        return true;
    struct place place = {diagnostics_source(reader->diagnostics, file, NULL, 0), 0, 0};
    diagnostics_add(reader->diagnostics, place, "%s", error);
    g_free(error);
    return false;
}

static void check_runs(struct reader *reader)
{
    const struct sweep *sweep = reader->sweep;
    if (!sweep->has_seeds ||
        sweep->last_seed - sweep->first_seed < SWEEP_RUNS_MAX / MAX(sweep->cases->len, 1))
        return;
    struct place place = {diagnostics_source(reader->diagnostics, "--seeds", NULL, 0), 0, 0};
    diagnostics_add(reader->diagnostics, place, "these are more than %" G_GUINT64_FORMAT " runs",
                    SWEEP_RUNS_MAX);
}

struct sweep *sweep_read(const struct sweep_args *args, struct diagnostics *diagnostics)
{
    struct sweep *sweep = sweep_new();
    struct reader reader = {.args = args, .diagnostics = diagnostics, .sweep = sweep};
    sweep->version = g_strdup(args->version);
    sweep->name = name_of(args->file);
    sweep->is_per_node = args->is_per_node;
    sweep->has_seeds = args->has_seeds;
    sweep->first_seed = args->first_seed;
    sweep->last_seed = args->last_seed;
    if (take_axes(&reader) && read_text(&reader)) {
        read_cases(&reader);
        check_runs(&reader);
    }
    g_free(reader.text);
    g_free(reader.directory);
    if (diagnostics_count(diagnostics) == 0) {
        sweep_lay_out(sweep);
        return sweep;
    }
    sweep_free(sweep);
    return NULL;
}
