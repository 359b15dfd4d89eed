/* How large must repl-backlog-size and the replica output-buffer limit be, what risk remains, and
 * what does it cost? The question is a scenario and a target; the answer says it all in figures,
 * which the printers (size_print.h) put into words.
 *
 * From a scenario whose outages recur (`every`, `for` a distribution) comes the risk per outage, by
 * conditional Monte Carlo (size_curve.h). One whose faults come at fixed times is a story: there
 * the aim is that no replica needs a full resynchronisation, in any of its samples
 * (size_fixed.h). */
#ifndef PSYNCSIM_STUDY_SIZE_SIZE_H
#define PSYNCSIM_STUDY_SIZE_SIZE_H

#include <stdbool.h>
#include "sim/study/parallel/worker_pool.h"
#include "sim/study/size/size_answer.h"
#include "sim/study/size/size_record.h"

struct size_answer *size_answer_new(const struct size_question *question, struct worker_pool *pool);
void size_answer_free(struct size_answer *answer);

/* Whether the answer is a story (is_story). The scenario has a replica. */
bool size_is_story(const struct scenario *scenario);

/* Whether the answer is counted in runs of the whole scenario from the outset (is_counted). No story is. */
bool size_is_counted(const struct scenario *scenario);

/* Makes some of the SIZE_SAMPLES for another process that answers; of no story. False as
 * size_record_make. */
bool size_sample(const struct size_question *question, struct worker_pool *pool,
                 struct size_part *part);

/* Fills answer->warnings. */
void size_warn(struct size_answer *answer);

/* Adds the remarks about the inputs, and that a replica which restarts with an AOF knows no
 * position. `provenance` may be NULL. */
void size_warn_of_inputs(struct size_answer *answer, const struct provenance *provenance);

#endif
