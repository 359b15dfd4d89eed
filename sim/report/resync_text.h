/* Resynchronisations as sentences. */
#ifndef PSYNCSIM_REPORT_RESYNC_TEXT_H
#define PSYNCSIM_REPORT_RESYNC_TEXT_H

#include <glib.h>
#include <stdbool.h>
#include "sim/report/report.h"

/* One telling of a run: what a name means is said where it comes up first. */
struct printer {
    const struct report *report;
    bool is_coloured;
    bool said[DROP_COUNT];
};

/* "r1 back after 35.3 s: PARTIAL, 1.05 MB owed and all of it in the backlog, ...". */
void tell_resync(struct printer *printer, const struct resync *resync, GString *out);

/* They came out the same way, for the same reason. */
bool resync_is_alike(const struct resync *a, const struct resync *b);

/* "r2 has other data than its master: ..."; nothing where it has not. */
void tell_misplaced(struct printer *printer, uint32_t index, GString *out);

/* What became of a replica that is not online at the end; nothing if it is, or is no replica. */
void tell_unfinished(struct printer *printer, uint32_t node, GString *out);

/* The verdict alone, in numbers: "the first byte it lacked (1 074 747) had left the backlog, ...".
 */
void tell_verdict(const struct report *report, const struct resync *resync, GString *out);

/* What made the id that it named its master's second one: "promotion", "restart". */
const char *tell_second_id(const struct resync *resync);

/* "timeout-master (no byte of the stream for repl-timeout)"; the explanation only the first time.
 */
void tell_drop(struct printer *printer, enum drop drop, GString *out);

/* Bytes of stream that the replica lacked when it asked; negative: unknown. */
int64_t tell_missing(const struct resync *resync);

/* That many bytes as time, at the pace of those which were missing; TRACE_ABSENT: unknown. */
int64_t tell_bytes_as_time(const struct resync *resync, int64_t bytes);

#endif
