/* Scenarios given as text, for tests that need one. */
#ifndef PSYNCSIM_TESTS_READ_SCENARIO_H
#define PSYNCSIM_TESTS_READ_SCENARIO_H

#include "sim/scenario/scenario_read.h"

/* The scenario of `text`, as if it stood in a/story.yaml; files that it names are looked for in
 * tests/unit. Fails the test on a problem. Free with scenario_free. */
struct scenario *read_good(const char *text);

/* The same with overrides, ended by NULL; NULL: none. */
struct scenario *read_with(const char *text, const char *const *overrides);

#endif
