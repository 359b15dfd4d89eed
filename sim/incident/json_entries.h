/* Log entries in a JSON document, as clouds' command lines and viewers export them, become lines:
 * one for each, of what peel_line takes.
 *
 *      [ { "textPayload": "7:M 28 Nov ...",            {"textPayload":"7:M 28 Nov ...","labels":...
 *          "labels": { "pod": "redis-0" } }, ...   to  ...
 *
 * An entry is the smallest object or array that stands in an array, or alone, and has the text of a
 * server's line somewhere in it. What is in none is left out. */
#ifndef PSYNCSIM_INCIDENT_JSON_ENTRIES_H
#define PSYNCSIM_INCIDENT_JSON_ENTRIES_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

/* By the first bytes of a file: false where each line is an entry by itself, or none is JSON. */
bool json_entries_are_in(const char *bytes, size_t len);

/* The document is cut into lines; each has the number that its entry begins at, as long as no two
 * begin at one. Of what is no JSON, any lines may come out. Free with g_string_free. */
GString *json_entries_lines(const char *bytes, size_t len);

#endif
