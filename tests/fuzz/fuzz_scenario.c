/* Any bytes are a scenario or are refused with at least one problem: no crash, no hang, no leak, no
 * undefined behaviour. What is accepted can be fingerprinted again to the same number. Bytes after
 * the first NUL are one override (--set). */
#include <glib.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "sim/scenario/scenario_read.h"
#include "sim/scenario/fingerprint.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* libfyaml loses a buffer when it refuses a long key; what it loses is not ours to mend. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libfyaml";
}

static void check(struct scenario *scenario, struct diagnostics *diagnostics)
{
    if ((scenario != NULL) != (diagnostics_count(diagnostics) == 0))
        abort();
    if (scenario && scenario_fingerprint(scenario) != scenario->fingerprint)
        abort();
    for (size_t i = 0; i < diagnostics_count(diagnostics); i++) {
        char *text = diagnostics_text(diagnostics, i);
        if (!g_utf8_validate(text, -1, NULL))
            abort();
        g_free(text);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = size > 0 ? memchr(data, 0, size) : NULL;
    size_t len = end ? (size_t)(end - data) : size;
    char *override = end ? g_strndup((const char *)end + 1, size - len - 1) : NULL;
    const char *const overrides[] = {override, NULL};
    struct scenario_options options = {.overrides = overrides};
    struct diagnostics *diagnostics = diagnostics_new();
    struct scenario *scenario =
        scenario_read_text("fuzz", (const char *)data, len, &options, diagnostics);
    check(scenario, diagnostics);
    scenario_free(scenario);
    diagnostics_free(diagnostics);
    g_free(override);
    return 0;
}
