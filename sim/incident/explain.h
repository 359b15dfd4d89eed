/* An incident in words: a table, an entry for each resynchronisation in the shape of `run
 * --explain`, what would have spared it, and what no log holds. */
#ifndef PSYNCSIM_INCIDENT_EXPLAIN_H
#define PSYNCSIM_INCIDENT_EXPLAIN_H

#include "sim/incident/figures.h"

struct explained {
    const struct incident *incident;
    const struct stories *stories;
    const struct limits *limits;
    GHashTable *aliases; /* --redact: a name for each address and id. NULL: as they are */
};

void explain_text(const struct explained *explained, GString *out);

/* "FILE:12", or ":12" where there is one file. */
void explain_place(const struct explained *explained, const struct process *process, struct mark at,
                   GString *out);

/* A time of the process for reading; ISO 8601 where it is for programs. */
void explain_when(const struct process *process, int64_t ns, GString *out);
void explain_iso(const struct process *process, int64_t ns, GString *out);

/* "Redis 7.0.15", or what its words allow: "Redis 5.0 to 7.4 by its words". */
void explain_version(const struct process *process, GString *out);

/* The text itself, or the name that stands for it. */
const char *explain_alias(const struct explained *explained, const char *text);

#endif
