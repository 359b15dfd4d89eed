/* A sweep: one scenario with every combination of some values, each with the same seeds.
 *
 *      sweep_read -> sweep_run -> a record per run -> sweep_print_row, compare
 *
 * Runs are numbered from 0, and all combinations come with one seed before any comes with the next
 * (the last path changes fastest): so what is done at any time, and every shard, is a fair sample
 * of the whole. Combinations with the same seed meet the same faults and writes, as far as the
 * values let them: what differs between them is owed to the values. */
#ifndef PSYNCSIM_STUDY_SWEEP_SWEEP_H
#define PSYNCSIM_STUDY_SWEEP_SWEEP_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include "sim/study/records/record_file.h"
#include "sim/text/diagnostic.h"
#include "sim/scenario/scenario.h"

#define SWEEP_CASES_MAX 10000
#define SWEEP_RUNS_MAX  UINT64_C(1000000000000)

/* A path and the values that it takes. */
struct sweep_axis {
    char *path;
    GPtrArray *values; /* of char * */
};

/* One combination of values. */
struct sweep_case {
    struct scenario *scenario; /* NULL: known from its records only */
    uint64_t fingerprint;
    uint64_t expected; /* a hash of what it expects */
    uint64_t seed;     /* its own: taken where none are given */
    int64_t duration;  /* ns */
    char **nodes;      /* their names, ended by NULL */
};

struct sweep {
    char *version, *name; /* name: the scenario's, without folder and ending */
    bool is_per_node;     /* a row per node of a run, not per run */
    bool has_seeds;
    uint64_t first_seed, last_seed; /* both included */
    GPtrArray *axes;                /* of struct sweep_axis */
    GArray *cases;                  /* of struct sweep_case */
    GArray *columns;                /* of struct sweep_column */
    uint32_t nodes_max;             /* of a case */
    uint32_t words;                 /* of a record */
};

/* What is asked for. */
struct sweep_args {
    const char *file, *version;
    const char *const *sets; /* PATH=VALUE, ended by NULL */
    const char *const *vary; /* PATH=V1,V2,..., ended by NULL */
    bool is_per_node, has_seeds;
    uint64_t first_seed, last_seed;
};

/* Without axes, cases or columns. */
struct sweep *sweep_new(void);
void sweep_free(struct sweep *sweep);

/* Reads every combination. NULL when it adds problems; those of several combinations stand there
 * once. */
struct sweep *sweep_read(const struct sweep_args *args, struct diagnostics *diagnostics);

uint64_t sweep_runs(const struct sweep *sweep);

struct sweep_run_id {
    const struct sweep_case *at;
    uint32_t number; /* of the case */
    uint64_t seed;
};
struct sweep_run_id sweep_run_id(const struct sweep *sweep, uint64_t run);

/* The value that a case has on an axis. */
const char *sweep_value(const struct sweep *sweep, uint32_t number, uint32_t axis);

/* ---- on file ---- */

/* The head of shard `number` of `of`; free head.about with g_free. */
struct record_file_head sweep_head(const struct sweep *sweep, uint32_t number, uint32_t of);

/* What the records of a file are about, without the scenarios. NULL: not of a sweep. */
struct sweep *sweep_from_head(const struct record_file_head *head);

/* ---- records and rows ---- */

/* A number of a run or of a replica; from expect.def, by reason and by cause. */
struct sweep_column {
    char name[48];
    enum expect_what what;
    int32_t detail;
};

/* Fills sweep->columns and sweep->words; to be called once the cases are known. */
void sweep_lay_out(struct sweep *sweep);

/* Whether an invariant broke in that run: then the record says nothing else. */
bool sweep_is_broken(const int64_t *record);

/* "_ns", "_bytes" or "": what the names of its columns end with. */
const char *sweep_unit(enum expect_what what);

/* The number of column `column` of a run: -1 where it never happened. Not of a row per node. */
int64_t sweep_number(const int64_t *record, uint32_t column);

enum sweep_format { SWEEP_CSV, SWEEP_NDJSON };

/* The line of column names, for CSV; nothing for NDJSON. */
void sweep_print_names(const struct sweep *sweep, enum sweep_format format, GString *out);
/* The row of a run, or its rows. */
void sweep_print_rows(const struct sweep *sweep, enum sweep_format format, uint64_t run,
                      const int64_t *record, GString *out);

/* ---- running ---- */

/* Sees each run in their order. False stops. */
typedef bool sweep_seen(void *user, uint64_t run, const int64_t *record);

/* Makes the record of a run. Returns NULL, or which invariant broke (free with g_free). */
typedef char *sweep_simulation(const struct sweep *sweep, uint64_t run, bool is_unchecked,
                               int64_t *record);
sweep_simulation sweep_simulate;

struct sweep_job {
    const struct sweep *sweep;
    sweep_simulation *simulate; /* sweep_simulate */
    struct worker_pool *pool;
    struct record_file *file; /* where records are kept; NULL: nowhere */
    bool is_unchecked;        /* the invariants are not looked at */
    uint64_t first, count;
    sweep_seen *seen; /* NULL: nobody looks */
    void *user;
};

enum sweep_end { SWEEP_DONE, SWEEP_BROKEN, SWEEP_STOPPED };

/* Makes all records of the job. *broken: after SWEEP_BROKEN, the first run whose invariant broke.
 * SWEEP_STOPPED: `seen` or the shard stopped it. */
enum sweep_end sweep_run(const struct sweep_job *job, uint64_t *broken);

#endif
