/* One physical line of a log, whatever a platform wrapped around it: the message, and what the line
 * says about its writer and the time.
 *
 *      2026-01-12T09:43:10.924Z stdout F 17:M 12 Jan 2026 09:43:10.923 * Replica asks for ...
 *      '------ wrapper -------'          | |  '------- server -------' | '---- message ---...
 *                                      pid role                      level
 *
 * Forms: plain; docker's JSON; kubectl, CRI and compose prefixes; journalctl short and JSON;
 * syslog; Kibana's CSV and tabs; logfmt and JSON of Valkey; glog; HTML, markdown, ANSI colours, box
 * characters, BOM, CR. */
#ifndef PSYNCSIM_INCIDENT_PEEL_H
#define PSYNCSIM_INCIDENT_PEEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "sim/incident/word_table.h"

#define PEEL_LINE_MAX 16384 /* bytes of a line; what is behind is not read */
#define PEEL_NAME_MAX 64
#define PEEL_PID_MAX  16
#define PEEL_NO_YEAR  2000 /* where no year is given */
#define PEEL_YEAR_MAX 2200 /* nanoseconds since 1970 are 64 bits */

/* A clock's reading: nanoseconds since 1970, as if it stood in UTC unless the zone is known. */
struct stamp {
    int64_t ns;
    bool is_set, has_year, has_zone; /* has_zone: ns is UTC */
};

struct peeled {
    const char *message; /* borrowed from the line, or from the scratch */
    size_t len;
    char pid[PEEL_PID_MAX];   /* "": unknown; may be a word where people removed the number */
    char role;                /* M, S, C, X; 0: unknown */
    char level;               /* . - * #; 0: unknown */
    char name[PEEL_NAME_MAX]; /* of the writer, as the wrapper has it: pod, container, host; "" */
    struct stamp server, wrapper;
    bool is_header; /* "==> FILE <==" of tail -f: `name` is of the lines that follow */
    bool is_blank;
    struct said said;
};

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

/* "UTC", "+02:00", "-0530", "+2" as seconds east. False: none of these. */
bool peel_zone(const char *text, int64_t *seconds);

/* "2026-11-28T16:05:54.715Z", a blank for the T, zone and parts of seconds left out. False: no such
 * time. *used: its bytes. */
bool peel_iso(const char *text, size_t len, struct stamp *stamp, size_t *used);

#endif
