/* See page_output.h. */
#include "sim/cli/page_output.h"

#include <assert.h>
#include <string.h>
#include "sim/cli/cli.h"
#include "sim/cli/output.h"
#include "sim/page/page_data.h"

/* page/report.html, put into the program by the Makefile. */
extern const char page_html[];

static const char PLACE[] = "@@TRACE@@";

static void insert(FILE *file, const GString *data)
{
    const char *place = strstr(page_html, PLACE);
    assert(place != NULL);
    fwrite(page_html, 1, (size_t)(place - page_html), file);
    fwrite(data->str, 1, data->len, file);
    fputs(place + strlen(PLACE), file);
}

int page_output_write(const char *path, const char *name, const GString *trace)
{
    struct diagnostics *diagnostics = diagnostics_new();
    GString *data = g_string_new(NULL);
    bool is_good =
        page_data_print(strcmp(name, "-") == 0 ? "stdin" : name, trace, diagnostics, data);
    int code = is_good ? EXIT_HELD : EXIT_BAD_INPUT;
    cli_diagnose(diagnostics);
    struct output *output = is_good ? output_open(path) : NULL;
    if (output != NULL)
        insert(output_file(output), data);
    if (is_good && (output == NULL || !output_close(output)))
        code = EXIT_SYSTEM;
    g_string_free(data, TRUE);
    return code;
}
