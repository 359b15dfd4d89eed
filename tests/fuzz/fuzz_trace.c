/* Any bytes are a trace or are refused with at least one problem. Two traces (the second one
 * follows the first NUL) can be compared: what comes out is JSON in one line, and of a trace with
 * itself the story is the same. */
#include <glib.h>
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "sim/compare/compare.h"
#include "sim/compare/trace_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct trace_read *read_bytes(const char *bytes, size_t len)
{
    struct diagnostics *diagnostics = diagnostics_new();
    struct trace_read *trace = trace_read_text("fuzz", bytes, len, diagnostics);
    if ((trace != NULL) != (diagnostics_count(diagnostics) == 0))
        abort();
    for (size_t i = 0; i < diagnostics_count(diagnostics); i++) {
        char *text = diagnostics_text(diagnostics, i);
        if (!g_utf8_validate(text, -1, NULL))
            abort();
        g_free(text);
    }
    diagnostics_free(diagnostics);
    return trace;
}

static void check_json(const GString *line)
{
    json_error_t error;
    json_t *json = json_loadb(line->str, line->len, JSON_REJECT_DUPLICATES, &error);
    if (json == NULL || strchr(line->str, '\n') != line->str + line->len - 1)
        abort();
    json_decref(json);
}

static void compare(const struct trace_read *a, const struct trace_read *b)
{
    struct compare_tolerance tolerance = {true, 1000, 50000};
    struct compare *compare = compare_new(a, b, tolerance);
    GString *text = g_string_new(NULL), *json = g_string_new(NULL);
    if (a == b && (!compare->is_same || compare->times_beyond > 0))
        abort();
    compare_print(compare, false, text);
    compare_print_json(compare, "0", json);
    if (!g_utf8_validate(text->str, (gssize)text->len, NULL))
        abort();
    check_json(json);
    g_string_free(text, TRUE);
    g_string_free(json, TRUE);
    compare_free(compare);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = size > 0 ? memchr(data, 0, size) : NULL;
    size_t len = end ? (size_t)(end - data) : size;
    struct trace_read *a = read_bytes((const char *)data, len);
    struct trace_read *b = end ? read_bytes((const char *)end + 1, size - len - 1) : NULL;
    if (a)
        compare(a, a);
    if (a && b)
        compare(a, b);
    trace_read_free(a);
    trace_read_free(b);
    return 0;
}
