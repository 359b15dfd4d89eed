/* See junit.h. */
#include "sim/cli/junit.h"

#include "sim/cli/cli.h"
#include "sim/cli/output.h"

void junit_init(struct junit *junit)
{
    *junit = (struct junit){.suites = g_string_new(NULL)};
}

void junit_clear(struct junit *junit)
{
    g_string_free(junit->suites, TRUE);
}

static void append(GString *out, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* Every %s is escaped. */
static void append(GString *out, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = g_markup_vprintf_escaped(format, arguments);
    va_end(arguments);
    g_string_append(out, text);
    g_free(text);
}

static void open_suite(struct junit *junit, const char *path, uint32_t tests, uint32_t failures,
                       uint32_t errors)
{
    junit->tests += tests;
    junit->failures += failures;
    junit->errors += errors;
    append(junit->suites, "  <testsuite name=\"%s\" tests=\"%u\" failures=\"%u\" errors=\"%u\">\n",
           path, tests, failures, errors);
}

void junit_add(struct junit *junit, const struct report *report, const char *path)
{
    const struct scenario *scenario = report->scenario;
    open_suite(junit, path, MAX(scenario->expect_count, 1), report->failed, 0);
    if (scenario->expect_count == 0)
        append(junit->suites, "    <testcase classname=\"%s\" name=\"runs\"/>\n", path);
    for (uint32_t i = 0; i < scenario->expect_count; i++) {
        const struct scenario_expect *expect = &scenario->expects[i];
        const struct expect_result *result = &report->results[i];
        append(junit->suites, "    <testcase classname=\"%s\" name=\"%s\" file=\"%s\" line=\"%d\"",
               path, expect->text, path, expect->line);
        if (result->held)
            append(junit->suites, "/>\n");
        else
            append(junit->suites,
                   ">\n      <failure message=\"found %s\">%s:%d: expected %s, found %s</failure>\n"
                   "    </testcase>\n",
                   result->found, path, expect->line, expect->text, result->found);
    }
    append(junit->suites, "  </testsuite>\n");
}

void junit_add_error(struct junit *junit, const char *path, const char *error)
{
    open_suite(junit, path, 1, 0, 1);
    append(junit->suites,
           "    <testcase classname=\"%s\" name=\"runs\">\n      <error message=\"%s\"/>\n"
           "    </testcase>\n  </testsuite>\n",
           path, error);
}

int junit_write(const struct junit *junit, const char *path)
{
    struct output *output = output_open(path);
    if (output == NULL)
        return EXIT_SYSTEM;
    fprintf(output_file(output),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            "<testsuites name=\"psyncsim\" tests=\"%u\" failures=\"%u\" errors=\"%u\">\n%s"
            "</testsuites>\n",
            junit->tests, junit->failures, junit->errors, junit->suites->str);
    return output_close(output) ? EXIT_HELD : EXIT_SYSTEM;
}
