#include "tests/unit/read_scenario.h"

#include <check.h>
#include <string.h>

struct scenario *read_with(const char *text, const char *const *overrides)
{
    struct scenario_options options = {.directory = "tests/unit", .overrides = overrides};
    struct diagnostics *diagnostics = diagnostics_new();
    struct scenario *scenario =
        scenario_read_text("a/story.yaml", text, strlen(text), &options, diagnostics);
    if (!scenario) {
        char *first = diagnostics_text(diagnostics, 0);
        ck_abort_msg("%s in:\n%s", first, text);
    }
    diagnostics_free(diagnostics);
    return scenario;
}

struct scenario *read_good(const char *text)
{
    return read_with(text, NULL);
}
