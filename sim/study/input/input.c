/* Files -> figures. See input.h. */
#include "sim/study/input/input.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "sim/scenario/input_conf.h"
#include "sim/study/input/input_files.h"

#define FILE_MAX ((size_t)64 << 20)

void input_note(struct input_figure *figure, const char *value, char *from)
{
    g_free(figure->value);
    g_free(figure->from);
    figure->value = g_strdup(value);
    figure->from = from;
}

static void cannot_read(const struct input *input, const char *path, const char *why)
{
    struct place place = {.source = diagnostics_source(input->diagnostics, path, NULL, 0)};
    diagnostics_add(input->diagnostics, place, "%s", why);
}

char *input_load(const struct input *input, const char *path, size_t *len)
{
    for (const struct input_given *given = input->given; given && given->name; given++) {
        if (strcmp(given->name, path) != 0)
            continue;
        *len = given->text->len;
        return g_strndup(given->text->str, given->text->len);
    }
    char part[65536];
    bool is_stdin = strcmp(path, "-") == 0;
    FILE *file = is_stdin ? stdin : fopen(path, "rbe");
    if (!file) {
        cannot_read(input, path, g_strerror(errno));
        return NULL;
    }
    GString *bytes = g_string_new(NULL);
    size_t got;
    while (bytes->len <= FILE_MAX && (got = fread(part, 1, sizeof part, file)) > 0)
        g_string_append_len(bytes, part, (gssize)got);
    bool is_failed = ferror(file) != 0, is_large = bytes->len > FILE_MAX;
    if (is_failed || is_large)
        cannot_read(input, path, is_failed ? g_strerror(errno) : "larger than 64 MB");
    if (!is_stdin)
        fclose(file);
    *len = bytes->len;
    return g_string_free(bytes, is_failed || is_large);
}

/* ---- redis.conf ---- */

static void note_conf(const struct input *input, const struct input_conf *conf)
{
    bool is_file = input->given == NULL;
    for (int i = 0; i < CONFIG_COUNT; i++)
        if (conf->values[i])
            input_note(
                &input->figures->config[i], conf->values[i],
                is_file ? g_strdup_printf("%s line %d", input->options->conf, (int)conf->lines[i])
                        : g_strdup_printf("%s %s", input->options->conf, config_name(i)));
    bool is_silent = true;
    for (int i = 0; i < CONFIG_COUNT; i++)
        is_silent = is_silent && !conf->values[i];
    if (is_silent)
        provenance_remark(input->provenance,
                          "%s sets nothing that matters to replication: is it a redis.conf?",
                          input->options->conf);
    for (guint i = 0; i < conf->includes->len; i++)
        provenance_remark(input->provenance,
                          "%s includes %s, which was not read: what it sets is not known here "
                          "(redis-cli CONFIG GET '*' prints all that is in force)",
                          input->options->conf, (char *)conf->includes->pdata[i]);
}

static void read_conf(const struct input *input)
{
    size_t len = 0;
    const char *path = input->options->conf;
    char *bytes = path ? input_load(input, path, &len) : NULL;
    if (!bytes)
        return;
    struct input_conf conf;
    if (input_conf_read(&conf, path, bytes, len, input->diagnostics))
        note_conf(input, &conf);
    input_conf_clear(&conf);
    g_free(bytes);
}

/* ---- the whole ---- */

static struct input_figures *read_all(struct input *input)
{
    size_t before = diagnostics_count(input->diagnostics);
    input->figures = g_new0(struct input_figures, 1);
    input_take_logs(input); /* before the files, which know better */
    read_conf(input);
    input_take_infos(input);
    input_take_series(input);
    input_take_outages(input);
    if (diagnostics_count(input->diagnostics) == before)
        return input->figures;
    input_figures_free(input->figures);
    return NULL;
}

struct input_figures *input_read(const struct size_options *options, const struct input_logs *logs,
                                 struct provenance *provenance, struct diagnostics *diagnostics)
{
    struct input input = {
        .options = options, .logs = logs, .provenance = provenance, .diagnostics = diagnostics};
    return read_all(&input);
}

struct input_figures *input_read_given(const struct size_options *options,
                                       const struct input_given *given,
                                       struct provenance *provenance,
                                       struct diagnostics *diagnostics)
{
    struct input input = {
        .options = options, .given = given, .provenance = provenance, .diagnostics = diagnostics};
    return read_all(&input);
}

static void release(struct input_figure *figure)
{
    g_free(figure->value);
    g_free(figure->from);
}

void input_figures_free(struct input_figures *figures)
{
    if (!figures)
        return;
#define SIZE_OPTION(field, name, letter, argument, fallback, what) release(&figures->field);
#include "sim/study/input/size_option.def"
#undef SIZE_OPTION
    for (int i = 0; i < CONFIG_COUNT; i++)
        release(&figures->config[i]);
    release(&figures->keys);
    release(&figures->fork);
    release(&figures->save);
    release(&figures->load);
    if (figures->rows)
        g_string_free(figures->rows, TRUE);
    if (figures->law)
        g_string_free(figures->law, TRUE);
    g_free(figures);
}
