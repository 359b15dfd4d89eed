/* Between which sizes a backlog is looked for: not less history than a loss takes to be noticed, not more than fits. */
#ifndef PSYNCSIM_STUDY_SIZE_SIZE_BOUNDS_H
#define PSYNCSIM_STUDY_SIZE_SIZE_BOUNDS_H

#include "sim/study/size/size_search.h"

/* Fills floor_bytes, most_bytes and what they are made of; the limits are chosen. */
void size_bounds(struct search *search);

/* A size within them, rounded to one that reads well. */
int64_t size_bounded(const struct size_answer *answer, int64_t bytes);

#endif
