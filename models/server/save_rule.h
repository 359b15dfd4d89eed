/* Save points: when a server saves by itself (FACTS 3.9). */
#ifndef PSYNCSIM_SERVER_SAVE_RULE_H
#define PSYNCSIM_SERVER_SAVE_RULE_H

#include <stdbool.h>
#include <stdint.h>
#include "models/server/config.h"

/* What a process knows of its saves to disk; times are whole seconds of its clock. */
struct save_record {
    int64_t changes; /* since the last good one */
    int64_t saved_s; /* when that ended, or when the process started */
    int64_t tried_s; /* when the last one began */
    bool has_failed; /* the last one */
};

/* The first second in which that point may begin a save, given changes enough. */
int64_t save_point_second(const struct save_point *point, const struct save_record *record);

/* The point that begins a save in second now_s; NULL if none does. */
const struct save_point *save_rule_find(const struct save_rule *rule,
                                        const struct save_record *record, int64_t now_s);

#endif
