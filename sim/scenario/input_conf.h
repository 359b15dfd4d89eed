/* Directives of a redis.conf, or of what `redis-cli CONFIG GET '*'` prints: a line with the name,
 * then a line with the value; numbered and quoted, as on a terminal; a map, JSON or CSV. Directives
 * that do not matter to replication are passed over; of a quoted form at least one must be known.
 */
#ifndef PSYNCSIM_SCENARIO_INPUT_CONF_H
#define PSYNCSIM_SCENARIO_INPUT_CONF_H

#include "models/server/config.h"
#include "sim/text/input_text.h"

struct input_conf {
    char *values[CONFIG_COUNT];  /* as config_set takes them; NULL: not in the file. Owned */
    int32_t lines[CONFIG_COUNT]; /* where the value stands */
    GPtrArray *includes;         /* char *: files named by `include`, which are not followed */
};

/* False after a problem; the conf is to be cleared all the same. */
bool input_conf_read(struct input_conf *conf, const char *name, const char *bytes, size_t len,
                     struct diagnostics *diagnostics);
void input_conf_clear(struct input_conf *conf);

#endif
