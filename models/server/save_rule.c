/* See save_rule.h. */
#include "models/server/save_rule.h"

#include <stddef.h>

#define RETRY_DELAY_S 5 /* after a save that failed */

int64_t save_point_second(const struct save_point *point, const struct save_record *record)
{
    int64_t elapsed = record->saved_s + point->seconds + 1; /* more than so many seconds */
    int64_t retry = record->has_failed ? record->tried_s + RETRY_DELAY_S + 1 : elapsed;
    return retry > elapsed ? retry : elapsed;
}

const struct save_point *save_rule_find(const struct save_rule *rule,
                                        const struct save_record *record, int64_t now_s)
{
    for (uint32_t i = 0; i < rule->count; i++) {
        const struct save_point *point = &rule->points[i];
        if (record->changes >= point->changes && now_s >= save_point_second(point, record))
            return point;
    }
    return NULL;
}
