/* What a sweep consists of: axes, cases, runs. See sweep.h. */
#include "sim/study/sweep/sweep.h"

#include <string.h>

struct sweep *sweep_new(void)
{
    struct sweep *sweep = g_new0(struct sweep, 1);
    sweep->axes = g_ptr_array_new();
    sweep->cases = g_array_new(FALSE, FALSE, sizeof(struct sweep_case));
    sweep->columns = g_array_new(FALSE, FALSE, sizeof(struct sweep_column));
    return sweep;
}

void sweep_free(struct sweep *sweep)
{
    if (!sweep)
        return;
    for (guint i = 0; i < sweep->axes->len; i++) {
        struct sweep_axis *axis = sweep->axes->pdata[i];
        g_ptr_array_free(axis->values, TRUE);
        g_free(axis->path);
        g_free(axis);
    }
    for (guint i = 0; i < sweep->cases->len; i++) {
        struct sweep_case *at = &g_array_index(sweep->cases, struct sweep_case, i);
        if (at->scenario)
            scenario_free(at->scenario);
        g_strfreev(at->nodes);
    }
    g_ptr_array_free(sweep->axes, TRUE);
    g_array_free(sweep->cases, TRUE);
    g_array_free(sweep->columns, TRUE);
    g_free(sweep->version);
    g_free(sweep->name);
    g_free(sweep);
}

uint64_t sweep_runs(const struct sweep *sweep)
{
    uint64_t seeds = sweep->has_seeds ? sweep->last_seed - sweep->first_seed + 1 : 1;
    return seeds * sweep->cases->len;
}

struct sweep_run_id sweep_run_id(const struct sweep *sweep, uint64_t run)
{
    uint32_t number = (uint32_t)(run % sweep->cases->len);
    const struct sweep_case *at = &g_array_index(sweep->cases, struct sweep_case, number);
    uint64_t seed = sweep->has_seeds ? sweep->first_seed + run / sweep->cases->len : at->seed;
    return (struct sweep_run_id){at, number, seed};
}

const char *sweep_value(const struct sweep *sweep, uint32_t number, uint32_t axis)
{
    for (guint i = sweep->axes->len - 1; i > axis; i--)
        number /= ((const struct sweep_axis *)sweep->axes->pdata[i])->values->len;
    const struct sweep_axis *at = sweep->axes->pdata[axis];
    return at->values->pdata[number % at->values->len];
}
