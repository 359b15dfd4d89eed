/* Undoes what carries a log line: JSON, CSV, logfmt; markup, colours, box characters. */
#ifndef PSYNCSIM_INCIDENT_PEEL_TEXT_H
#define PSYNCSIM_INCIDENT_PEEL_TEXT_H

#include "sim/incident/peeled.h"

#define PEEL_TEXT_MAX 16384 /* bytes of a line; what is behind is not read */

/* What a structured line had beside its text. */
struct peel_fields {
    bool is_structured; /* JSON or logfmt */
    bool is_message;    /* the text is the server's message: nothing is left to peel */
    char time[40], pid[PEEL_PID_MAX], role[16], level[16], name[PEEL_NAME_MAX];
};

/* Whether the message has a byte that needs more than the usual look: markup, escapes, not ASCII.
 */
bool peel_text_is_odd(const char *text, size_t len);

/* Whether a JSON string is the text of a server's line: 2 by what it says, 1 by the name of its key
 * alone (which may be of 0 bytes), 0: it is not. */
int peel_text_rank(const char *name, size_t name_len, const char *value, size_t len);

/* The plain text of the line into `to`, which holds `len` + 1 bytes at least. Returns its length.
 */
size_t peel_text_make(const char *line, size_t len, char *to, struct peel_fields *fields);

/* The fields where a plain line would have them. */
void peel_text_fields(const struct peel_fields *fields, struct peeled *out);

#endif
