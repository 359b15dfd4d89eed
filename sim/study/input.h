/* A scenario from what people have: redis.conf, dumps of INFO, a log of outages. */
#ifndef PSYNCSIM_STUDY_INPUT_H
#define PSYNCSIM_STUDY_INPUT_H

#include <glib.h>
#include "sim/study/provenance.h"
#include "sim/world/problem.h"

/* Paths of files; NULL: not given. */
struct input_options {
    const char *conf;
    const char *info[2]; /* the second for a rate between the two */
    const char *outages;
};

/* The scenario as YAML for scenario_read_text, which checks its bounds, and a row of provenance for
 * each figure. What no file tells comes from a preset, and its row says so. NULL after a problem.
 * Free with g_string_free. */
GString *input_scenario(const struct input_options *options, struct provenance *provenance,
                        struct problems *problems);

#endif
