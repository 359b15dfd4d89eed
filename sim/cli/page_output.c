/* See page_output.h. */
#include "sim/cli/page_output.h"

#include <assert.h>
#include <string.h>
#include "sim/cli/cli.h"
#include "sim/cli/output.h"
#include "sim/page/page_data.h"

/* page/report.html, put into the program by the Makefile. */
extern const char report_html[];

static void insert(FILE *file, const char *page, const char *mark, const GString *data)
{
    const char *place = strstr(page, mark);
    assert(place != NULL);
    fwrite(page, 1, (size_t)(place - page), file);
    fwrite(data->str, 1, data->len, file);
    fputs(place + strlen(mark), file);
}

int page_output_fill(const char *path, const char *page, const char *mark, const GString *data)
{
    struct output *output = output_open(path);
    if (output == NULL)
        return EXIT_SYSTEM;
    insert(output_file(output), page, mark, data);
    return output_close(output) ? EXIT_HELD : EXIT_SYSTEM;
}

int page_output_write(const char *path, const char *name, const GString *trace)
{
    struct diagnostics *diagnostics = diagnostics_new();
    GString *data = g_string_new(NULL);
    bool is_good =
        page_data_print(strcmp(name, "-") == 0 ? "stdin" : name, trace, diagnostics, data);
    int code = EXIT_BAD_INPUT;
    cli_diagnose(diagnostics);
    if (is_good)
        code = page_output_fill(path, report_html, "@@TRACE@@", data);
    g_string_free(data, TRUE);
    return code;
}
