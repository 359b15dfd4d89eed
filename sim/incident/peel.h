/* One physical line of a log, whatever a platform wrapped around it: the message, and what the line
 * says about its writer and the time.
 *
 *      2026-01-12T09:43:10.924Z stdout F 17:M 12 Jan 2026 09:43:10.923 * Replica asks for ...
 *      '------ wrapper -------'          | |  '------- server -------' | '---- message ---...
 *                                      pid role                      level
 *
 * Forms: plain; JSON with the text anywhere in it (docker, Loki); kubectl, CRI and compose prefixes;
 * journalctl short and JSON; syslog; Kibana's CSV and tabs; logfmt and JSON of Valkey; glog; HTML,
 * markdown, ANSI colours, box characters, BOM, CR. */
#ifndef PSYNCSIM_INCIDENT_PEEL_H
#define PSYNCSIM_INCIDENT_PEEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "sim/incident/peeled.h"

#define PEEL_LINE_MAX 16384 /* bytes of a line; what is behind is not read */

struct peel {
    const struct word_table *words; /* borrowed */
    char scratch[PEEL_LINE_MAX + 1];
    /* The last date that was converted, as most lines share it. */
    char date[12];
    int64_t date_ns;
};

void peel_init(struct peel *peel, const struct word_table *words);

/* Valid until the next call, and while the line stands. */
void peel_line(struct peel *peel, const char *line, size_t len, struct peeled *out);

#endif
