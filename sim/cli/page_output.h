/* The page of a trace as one HTML file: the built page (page/report.html, which is part of the
 * program) with the trace's data in it. */
#ifndef PSYNCSIM_CLI_PAGE_OUTPUT_H
#define PSYNCSIM_CLI_PAGE_OUTPUT_H

#include <glib.h>

/* Writes it to `path`, whole or not at all; "-" is stdout. `name` stands in messages about the
 * trace. Returns an exit code, after words on stderr unless it is EXIT_HELD. */
int page_output_write(const char *path, const char *name, const GString *trace);

/* The same of any page: `data` in place of `mark`, which stands in it. */
int page_output_fill(const char *path, const char *page, const char *mark, const GString *data);

#endif
