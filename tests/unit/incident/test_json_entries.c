/* Documents of log entries, and what is none. */
#include <string.h>
#include "sim/incident/json_entries.h"
#include "tests/unit/suite.h"

#define A "7:M 28 Nov 2026 16:05:56.896 # a"
#define B "7:M 28 Nov 2026 16:05:57.896 # b \\\"c\\\""

static const struct {
    const char *document, *lines;
} DOCUMENTS[] = {
    {"[{\"message\":\"a\"},{\"message\":\"b\"}]", "{\"message\":\"a\"}\n{\"message\":\"b\"}\n"},
    {"[\n  {\n    \"x\": \"" A "\"\n  },\n  { \"labels\": { \"pod\": \"r 1\" }, \"x\": \"" B
     "\",\r\n \"n\": 1 }\n]\n",
     "\n{\"x\":\"" A "\"}\n\n\n{\"labels\":{\"pod\":\"r 1\"},\"x\":\"" B "\",\"n\":1}\n"},
    {"{\"events\": [ {\"id\": [ {\"n\": 1} ], \"message\": \"" A "\"} ],\n \"status\": \"ok\" }",
     "{\"id\":[{\"n\":1}],\"message\":\"" A "\"}\n"},
    {"{\"message\":\"2 rows\",\"rows\":[[\"2026-11-28T16:05:56Z\",\"c\",\"" A "\"],[\"t\",\"" B
     "\"]]}",
     "{\"time\":\"2026-11-28T16:05:56Z\",\"log\":\"" A "\"}\n{\"time\":\"t\",\"log\":\"" B "\"}\n"},
    {"{\n  \"x\": \"" A "\"\n}\n{\n  \"x\": \"[7] 28 Nov 16:05:57.896 * b\"\n}\n",
     "{\"x\":\"" A "\"}\n\n\n{\"x\":\"[7] 28 Nov 16:05:57.896 * b\"}\n"},
    {"\xef\xbb\xbf [ [ \"7:signal-handler (1795881956) Received SIGTERM\" ] ]",
     "{\"time\":\"\",\"log\":\"7:signal-handler (1795881956) Received SIGTERM\"}\n"},
    {"[{\"message\":\"a\"},{\"message\":\"b", "{\"message\":\"a\"}\n"},
    {"[]]}{\"", NULL},
};

TEST_LOOP(an_entry_becomes_a_line_at_its_place, 0, (int)G_N_ELEMENTS(DOCUMENTS))
{
    const char *document = DOCUMENTS[_i].document;
    if (DOCUMENTS[_i].lines)
        ck_assert(json_entries_are_in(document, strlen(document)));
    GString *lines = json_entries_lines(document, strlen(document));
    ck_assert_str_eq(lines->str, DOCUMENTS[_i].lines ? DOCUMENTS[_i].lines : "");
    g_string_free(lines, TRUE);
}

TEST(what_is_too_deep_is_not_seen)
{
    GString *document = g_string_new(NULL);
    for (int i = 0; i < 100; i++)
        g_string_append_c(document, '[');
    g_string_append(document, "\"" A "\"");
    for (int i = 0; i < 100; i++)
        g_string_append_c(document, ']');
    g_string_append(document, "[{\"log\":\"" A "\"}]");
    GString *lines = json_entries_lines(document->str, document->len);
    ck_assert_str_eq(lines->str, "{\"log\":\"" A "\"}\n");
    g_string_free(lines, TRUE);
    g_string_free(document, TRUE);
}

static const char *const NO_DOCUMENTS[] = {
    "",
    "[60] 22 Jan 04:10:16.688 * Slave ask for synchronization\n",
    "[pod/redis-0/redis] " A "\n",
    A "\n",
    "{\"log\":\"" A "\"}\n{\"log\":\"" A "\"}\n",
    "{\"log\":\"a line that was cut of",
    "{\"events\":[{\"message\":\"" A "\"}]}\n",
    "{pod=\"redis-0\"} " A "\n",
};

TEST_LOOP(lines_are_no_document, 0, (int)G_N_ELEMENTS(NO_DOCUMENTS))
{
    ck_assert(!json_entries_are_in(NO_DOCUMENTS[_i], strlen(NO_DOCUMENTS[_i])));
}
