/* With which values has a scenario no full resynchronisation? For scenarios whose faults come at
 * fixed times: the whole scenario is run with every seed of a row, first with nothing in the way,
 * to see what it takes, then with the values, to see that they hold. */
#ifndef PSYNCSIM_STUDY_SIZE_SIZE_FIXED_H
#define PSYNCSIM_STUDY_SIZE_SIZE_FIXED_H

#include "sim/study/parallel/worker_pool.h"
#include "sim/study/size/size_answer.h"

/* Fills `then`, `is_met`, `can_finish`, `samples` and the memory of the bill. */
void size_story(const struct size_question *question, struct worker_pool *pool,
                struct size_answer *answer);

#endif
