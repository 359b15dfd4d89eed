/* The ends of both axes. */
#include "sim/study/size/size_range.h"

#include "sim/study/size/size_print.h"

#define DECADES 7

struct size_range size_range(const struct size_question *question, const struct size_answer *answer)
{
    double highest = answer->share, lowest = highest;
    bool has_zero = answer->is_met && answer->risk_then.share <= 0;
    for (uint32_t i = 0; i < answer->curve_count; i++) {
        double share = answer->curve[i].risk.share;
        highest = MAX(highest, share);
        has_zero = has_zero || share <= 0;
        lowest = share > 0 ? MIN(lowest, share) : lowest;
    }
    struct size_range range = {
        .unit = size_target_measure(&question->target, 1, answer->per_year, answer->struck)};
    range.y_high = size_exponent_above(highest * range.unit);
    range.y_low = size_exponent_below(lowest * range.unit);
    range.y_low = MAX(range.y_low, range.y_high - DECADES);
    range.y_low = MIN(range.y_low, range.y_high - 1) - has_zero;
    range.has_zero = has_zero;
    range.x_low = size_log10((double)answer->curve[0].backlog_bytes);
    range.x_high = size_log10((double)answer->curve[answer->curve_count - 1].backlog_bytes);
    return range;
}
