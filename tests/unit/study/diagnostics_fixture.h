/* The diagnostics of the case that runs, for tests of what reads input. */
#ifndef PSYNCSIM_TESTS_DIAGNOSTICS_FIXTURE_H
#define PSYNCSIM_TESTS_DIAGNOSTICS_FIXTURE_H

#include "sim/text/diagnostic.h"

/* Empty at the start of each case, if the program has FIXTURE(diagnostics_set_up,
 * diagnostics_tear_down). */
extern struct diagnostics *diagnostics;

void diagnostics_set_up(void);
void diagnostics_tear_down(void);

/* Fails the case if the first of them does not begin so. */
void diagnostics_expect(const char *begins);

#endif
