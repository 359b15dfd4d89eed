/* What a fuzz target may report to its driver. */
#ifndef PSYNCSIM_TESTS_FUZZ_H
#define PSYNCSIM_TESTS_FUZZ_H

/* How many inputs a bounded run makes; a target that is slow defines its own. */
long fuzz_inputs(void);

#endif
