/* Any bytes are logs: what is told of them does not depend on luck, and nothing of it breaks. A
 * 0xff byte begins another file. */
#include <glib.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "sim/incident/explain.h"
#include "sim/incident/explain_json.h"
#include "sim/incident/json_entries.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

long fuzz_inputs(void)
{
    return 10000;
}

static void feed(struct incident *incident, const char *at, size_t size)
{
    int32_t number = 0;
    GString *lines = json_entries_are_in(at, size) ? json_entries_lines(at, size) : NULL;
    at = lines ? lines->str : at;
    size = lines ? lines->len : size;
    incident_file(incident, "fuzz.log", NULL);
    bool is_reversed = incident_look(incident, at, size) == ORDER_REVERSED;
    for (const char *stop = at + size; at < stop; at++) {
        const char *end = memchr(at, '\n', (size_t)(stop - at));
        end = end ? end : stop;
        number += is_reversed ? -1 : 1;
        incident_line(incident, at, (size_t)(end - at), abs(number));
        at = end;
    }
    incident_end_file(incident);
    if (lines)
        g_string_free(lines, TRUE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct incident_options options = {.from_ns = HALF_ABSENT, .to_ns = HALF_ABSENT};
    struct incident *incident = incident_new(&options);
    const char *at = size > 0 ? (const char *)data : "", *stop = at + size;
    while (at < stop) {
        const char *end = memchr(at, 0xff, (size_t)(stop - at));
        end = end ? end : stop;
        feed(incident, at, (size_t)(end - at));
        at = end + 1;
    }
    struct stories *stories = stories_new(incident);
    const struct spared spared = {0};
    GPtrArray *evidence = g_ptr_array_new();
    struct explained explained = {
        .incident = incident, .stories = stories, .evidence = evidence, .spared = &spared};
    GString *out = g_string_new(NULL);
    explain_json(&explained, out);
    if (!g_utf8_validate(out->str, (gssize)out->len, NULL))
        abort();
    if (incident_file_count(incident) > 0)
        explain_text(&explained, out);
    g_string_free(out, TRUE);
    g_ptr_array_free(evidence, TRUE);
    stories_free(stories);
    incident_free(incident);
    return 0;
}
