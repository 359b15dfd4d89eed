/* One search for an answer, shared by its two ways: the conditional one (size.c) and the one that counts (size_by_count.c). */
#ifndef PSYNCSIM_STUDY_SIZE_SIZE_SEARCH_H
#define PSYNCSIM_STUDY_SIZE_SIZE_SEARCH_H

#include "sim/study/parallel/worker_pool.h"
#include "sim/study/size/size_answer.h"
#include "sim/study/size/size_curve.h"

struct search {
    const struct size_question *question;
    struct size_answer *answer;
    struct worker_pool *pool;
    struct probe probe;
    struct curve curve;
};

/* Whether the conditional way is exact: one kind of outage, of links or processes of replicas, the same for each replica that has any,
 * and nothing else. Outages must be rare against full synchronisations as well: runs of the whole scenario judge that. */
bool size_by_count_is_needless(const struct scenario *scenario);

/* Fills all that an answer with a risk has, by runs of the whole scenario. `now` and the limits of `then` are chosen. */
void size_by_count(struct search *search);

/* Holds an answer of the conditional way against runs of the whole scenario, and fills risk_now and the causes. False: they differ. */
bool size_by_count_judge(struct search *search);

/* A row of the table of formulas; `risk` is of its backlog. */
struct size_formula {
    const char *name;
    double bytes;
};
uint32_t size_formulas(const struct size_answer *answer, double outage_s,
                       struct size_formula *formulas);

#endif
