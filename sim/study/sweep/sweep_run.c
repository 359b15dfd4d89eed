/* Runs, as cheaply as their counts can be had: no trace, nobody who hears of heartbeats, the scenario read
 * once. A run's memory is its own: threads meet nowhere but in the allocator. */
#include <string.h>
#include "sim/study/sweep/sweep.h"
#include "sim/study/sweep/sweep_record.h"
#include "sim/report/expect.h"
#include "sim/world/run_once.h"

#define BUFFER_BYTES (16 << 20) /* records that are on their way at once, ... */
#define ITEMS_MAX    4096       /* ... and how many at most */
#define NEVER        (-1)

/* ---- one run ---- */

static int64_t number(const struct run_record *run, const struct sweep_column *column, int32_t node)
{
    struct scenario_expect expect = {.what = column->what, .node = node, .detail = column->detail};
    int64_t value = expect_number(run, &expect);
    return value == EXPECT_NO_NUMBER ? NEVER : value;
}

static void fill_columns(const struct sweep *sweep, const struct run_record *run, int32_t node,
                         int64_t *out)
{
    for (guint i = 0; i < sweep->columns->len; i++)
        out[i] = number(run, &g_array_index(sweep->columns, struct sweep_column, i), node);
}

static void fill_expectations(const struct run_record *run, int64_t *out)
{
    const struct scenario *scenario = run->scenario;
    for (uint32_t i = 0; i < scenario->expect_count; i++)
        out[expect_check(run, &scenario->expects[i]).held ? 0 : 1]++;
}

static void fill(const struct sweep *sweep, const struct run_record *run, int64_t *record)
{
    uint32_t columns = sweep->columns->len;
    if (!sweep->is_per_node) {
        fill_columns(sweep, run, -1, record + RECORD_FIRST);
        fill_expectations(run, record + RECORD_FIRST + columns);
    }
    for (uint32_t i = 0; sweep->is_per_node && i < run->scenario->node_count; i++)
        fill_columns(sweep, run, (int32_t)i, record + RECORD_FIRST + i * columns);
}

char *sweep_simulate(const struct sweep *sweep, uint64_t run, bool is_unchecked, int64_t *record)
{
    struct sweep_run_id id = sweep_run_id(sweep, run);
    struct run_record counts;
    run_record_init(&counts, id.at->scenario, false);
    memset(record, 0, sweep->words * sizeof *record);
    char *broken = run_once(&(struct run_once){.scenario = id.at->scenario,
                                               .seed = id.seed,
                                               .is_checked = !is_unchecked,
                                               .heard = run_record_take,
                                               .user = &counts});
    if (broken == NULL)
        fill(sweep, &counts, record);
    record[RECORD_BROKEN] = broken != NULL;
    run_record_clear(&counts);
    return broken;
}

/* ---- all of them ---- */

struct watch {
    const struct sweep_job *job;
    uint64_t broken;
    bool is_broken;
};

static void work(void *user, uint64_t run, void *record)
{
    const struct watch *watch = user;
    const struct sweep_job *job = watch->job;
    g_free(job->simulate(job->sweep, run, job->is_unchecked, record));
}

static bool look(void *user, uint64_t run, const void *record)
{
    struct watch *watch = user;
    const struct sweep_job *job = watch->job;
    watch->is_broken = sweep_is_broken(record);
    watch->broken = run;
    return !watch->is_broken && (!job->seen || job->seen(job->user, run, record));
}

/* A broken run is not kept: it comes again, and with it the message. */
static bool add(void *user, uint64_t run, const void *record)
{
    return sweep_is_broken(record) || record_file_add(user, run, record);
}

static bool find(void *user, uint64_t run, void *record)
{
    return record_file_find(user, run, record);
}

enum sweep_end sweep_run(const struct sweep_job *job, uint64_t *broken)
{
    struct watch watch = {.job = job};
    size_t size = job->sweep->words * sizeof(int64_t);
    struct worker_pool_task task = {work, look, &watch, size};
    uint64_t most = CLAMP(BUFFER_BYTES / size, 1, ITEMS_MAX), end = job->first + job->count;
    void *records = g_malloc(most * size);
    bool is_good = true;
    if (job->file)
        worker_pool_keep(job->pool, (struct worker_pool_store){find, add, job->file});
    for (uint64_t at = job->first; at < end && is_good; at += most)
        is_good = worker_pool_map(job->pool, &task, at, MIN(most, end - at), records);
    g_free(records);
    *broken = watch.broken;
    return is_good ? SWEEP_DONE : watch.is_broken ? SWEEP_BROKEN : SWEEP_STOPPED;
}
