/* What the forms of an answer share: what is reported, places, times, versions and names. */
#ifndef PSYNCSIM_INCIDENT_EXPLAIN_WORDS_H
#define PSYNCSIM_INCIDENT_EXPLAIN_WORDS_H

#include "sim/incident/evidence.h"
#include "sim/incident/figures.h"
#include "sim/incident/spared.h"

struct explained {
    const struct incident *incident;
    const struct stories *stories;
    const GPtrArray *evidence;   /* struct evidence *; empty: nothing was given beside the logs */
    const struct spared *spared; /* by the replay; never NULL */
    GHashTable *aliases;         /* --redact: a name for each address and id. NULL: as they are */
};

/* "FILE:12", or ":12" where there is one file. */
void explain_place(const struct explained *explained, const struct process *process, struct mark at,
                   GString *out);

/* A time of the process for reading; ISO 8601 where it is for programs. */
void explain_when(const struct process *process, int64_t ns, GString *out);
void explain_iso(const struct process *process, int64_t ns, GString *out);

/* What was in force there, as far as it was given; NULL: no log of that server. */
struct limits explain_limits(const struct explained *explained, const struct process *process);

/* "Redis 7.0.15", or what its words allow: "Redis 5.0 to 7.4 by its words". */
void explain_version(const struct process *process, GString *out);

/* The text itself, or the name that stands for it. */
const char *explain_alias(const struct explained *explained, const char *text);

#endif
