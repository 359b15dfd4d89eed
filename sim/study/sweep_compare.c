/* See sweep_compare.h. */
#include "sim/study/sweep_compare.h"
struct comparison {
    const struct sweep *sweep;
};
struct comparison *comparison_new(const struct sweep *sweep)
{
    struct comparison *c = g_new0(struct comparison, 1);
    c->sweep = sweep;
    return c;
}
void comparison_free(struct comparison *comparison)
{
    g_free(comparison);
}
void comparison_add(struct comparison *comparison, uint64_t run, const int64_t *record)
{
    (void)comparison;
    (void)run;
    (void)record;
}
void comparison_print(const struct comparison *comparison, GString *out)
{
    (void)comparison;
    (void)out;
}
