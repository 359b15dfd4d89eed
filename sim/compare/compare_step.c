/* See compare_step.h. */
#include "sim/compare/compare_step.h"

#include <string.h>
#include "sim/trace/trace.h"

struct compare_measure_info compare_measure_info(enum compare_measure measure)
{
    static const struct compare_measure_info INFOS[] = {
#define MEASURE(name, key, title, unit) {key, title, COMPARE_##unit},
#include "sim/compare/compare_measure.def"
#undef MEASURE
    };
    return INFOS[measure];
}

struct compare_step compare_step_new(enum compare_step_kind kind, int64_t t, const char *master)
{
    struct compare_step step = {.kind = kind, .t = t, .master = master, .repeats = 1};
    for (int i = 0; i < COMPARE_MEASURES; i++)
        step.measures[i] = TRACE_ABSENT;
    return step;
}

static bool is_same_text(const char *a, const char *b)
{
    if (a == NULL || b == NULL)
        return a == b;
    return strcmp(a, b) == 0 || strcmp(a, COMPARE_UNSAID) == 0 || strcmp(b, COMPARE_UNSAID) == 0;
}

bool compare_step_is_same(const struct compare_step *a, const struct compare_step *b)
{
    return a->kind == b->kind && is_same_text(a->master, b->master) &&
           is_same_text(a->asked, b->asked) && is_same_text(a->answer, b->answer) &&
           is_same_text(a->reason, b->reason) && is_same_text(a->outcome, b->outcome) &&
           is_same_text(a->by_replica, b->by_replica) && is_same_text(a->by_master, b->by_master) &&
           is_same_text(a->role, b->role);
}

bool compare_step_is_refusal(const struct compare_step *step)
{
    return step->kind == COMPARE_ATTEMPT && step->answer != NULL &&
           strcmp(step->answer, "error") == 0;
}
