/* How many full resynchronisations are acceptable, as people say it:
 *
 *      one|N [full resync[s]] [per replica|in all] in|per [a|N] year|month|day      one in 10 years, 0.5 a year
 *      SHARE per outage                                 0.1% per outage, 1e-4 per outage
 *
 * A year has 365 days, a month 30. */
#ifndef PSYNCSIM_STUDY_SIZE_SIZE_TARGET_H
#define PSYNCSIM_STUDY_SIZE_SIZE_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TARGET_TEXT_MAX 96

struct size_target {
    bool is_per_outage;         /* `share` is what counts; else the others */
    double share;               /* of outages that may end in a full resynchronisation, in (0, 1) */
    double count;               /* full resynchronisations, above 0, up to 1000000 */
    bool is_in_all;             /* of all replicas together, not of each */
    int64_t period_ns;          /* a multiple of a year, a month or a day */
    char text[TARGET_TEXT_MAX]; /* as it was given, blanks made single */
};

/* Returns NULL and fills *target, or a static sentence: what is expected. */
const char *size_target_parse(const char *text, size_t len, struct size_target *target);

/* The share of outages that may end in a full resynchronisation, when each replica has
 * `per_year` of them; at least 1 where every one may. */
double size_target_share(const struct size_target *target, double per_year, int64_t replicas);

/* The same the other way round: full resynchronisations within the target's period (of one replica,
 * or of all) when this share of outages ends in one; of outages, the share itself. */
double size_target_measure(const struct size_target *target, double share, double per_year,
                           int64_t replicas);

#endif
