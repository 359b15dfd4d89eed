/* See rows.h. */
#include "sim/cli/rows.h"
#include <string.h>
#include <sys/stat.h>
#include "sim/cli/cli.h"
#include "sim/cli/output.h"
#include "sim/study/sweep/sweep_compare.h"

struct rows {
    const struct sweep *sweep;
    enum sweep_format format;
    struct output *output;         /* NULL: none wanted */
    struct comparison *comparison; /* NULL: none wanted */
    bool compares;                 /* on the screen */
    const char *html;              /* borrowed; NULL: no page */
    GString *text;
};

static bool is_ndjson(const char *name)
{
    return strcmp(name, "ndjson") == 0 || strcmp(name, "jsonl") == 0;
}

const char *rows_parse_format(void *field, const char *text)
{
    struct rows_format *format = field;
    if (!is_ndjson(text) && strcmp(text, "csv") != 0)
        return "csv or ndjson";
    format->is_given = true;
    format->as = is_ndjson(text) ? SWEEP_NDJSON : SWEEP_CSV;
    return NULL;
}

void rows_settle(struct rows_args *args)
{
    if (!args->path && !args->compares && !args->html)
        args->path = "-";
    const char *dot = args->path ? strrchr(args->path, '.') : NULL;
    if (!args->format.is_given)
        args->format.as = dot && is_ndjson(dot + 1) ? SWEEP_NDJSON : SWEEP_CSV;
}

bool rows_are_streamed(const struct rows_args *args)
{
    struct stat existing;
    return !args->path || strcmp(args->path, "-") == 0 ||
           (stat(args->path, &existing) == 0 && !S_ISREG(existing.st_mode));
}

struct rows *rows_open(const struct rows_args *args, const struct sweep *sweep)
{
    struct output *output = args->path ? output_open(args->path) : NULL;
    if (args->path && !output)
        return NULL;
    struct rows *rows = g_new0(struct rows, 1);
    rows->sweep = sweep;
    rows->format = args->format.as;
    rows->output = output;
    rows->comparison = args->compares || args->html ? comparison_new(sweep) : NULL;
    rows->compares = args->compares;
    rows->html = args->html;
    rows->text = g_string_new(NULL);
    sweep_print_names(sweep, rows->format, rows->text);
    return rows;
}

/* Writes what is there. */
static bool write_out(struct rows *rows)
{
    bool is_good = true;
    if (rows->output)
        is_good = fwrite(rows->text->str, 1, rows->text->len, output_file(rows->output)) ==
                  rows->text->len;
    g_string_truncate(rows->text, 0);
    return is_good;
}

bool rows_put(struct rows *rows, uint64_t run, const int64_t *record)
{
    if (rows->comparison)
        comparison_add(rows->comparison, run, record);
    if (rows->output)
        sweep_print_rows(rows->sweep, rows->format, run, record, rows->text);
    return write_out(rows);
}

static void rows_free(struct rows *rows)
{
    comparison_free(rows->comparison);
    g_string_free(rows->text, TRUE);
    g_free(rows);
}

static bool write_page(const struct rows *rows)
{
    struct output *output = output_open(rows->html);
    if (!output)
        return false;
    GString *page = g_string_new(NULL);
    comparison_print_html(rows->comparison, rows->sweep, page);
    fwrite(page->str, 1, page->len, output_file(output));
    g_string_free(page, TRUE);
    return output_close(output);
}

int rows_close(struct rows *rows)
{
    bool is_good = write_out(rows);
    if (rows->output)
        is_good = output_close(rows->output) && is_good;
    if (is_good && rows->html)
        is_good = write_page(rows);
    if (is_good && rows->compares) {
        comparison_print(rows->comparison, rows->text);
        fwrite(rows->text->str, 1, rows->text->len, stdout);
    }
    rows_free(rows);
    return is_good ? EXIT_HELD : EXIT_SYSTEM;
}

void rows_drop(struct rows *rows)
{
    if (!rows)
        return;
    if (rows->output)
        output_drop(rows->output);
    rows_free(rows);
}
