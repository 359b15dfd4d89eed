/* The results of `psyncsim test` as JUnit's XML, which CI systems read: a suite for each scenario, a
 * case for each expectation (or one, "runs", where there is none). Without times: the same input
 * gives the same bytes. */
#ifndef PSYNCSIM_CLI_JUNIT_H
#define PSYNCSIM_CLI_JUNIT_H

#include <glib.h>
#include <stdint.h>
#include "sim/report/report.h"

struct junit {
    GString *suites;
    uint32_t tests, failures, errors;
};

/* Pair with junit_clear. */
void junit_init(struct junit *junit);
void junit_clear(struct junit *junit);

/* A scenario that ran, after report_check; one that could not, and why. */
void junit_add(struct junit *junit, const struct report *report, const char *path);
void junit_add_error(struct junit *junit, const char *path, const char *error);

/* Returns an exit code, after words on stderr unless it is EXIT_HELD. */
int junit_write(const struct junit *junit, const char *path);

#endif
