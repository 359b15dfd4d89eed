/* A server as it appears in logs: one writer (file, name of the wrapper, pid), its clock, what it
 * says about itself, and its two stories: as a replica and as a master. */
#ifndef PSYNCSIM_INCIDENT_PROCESS_H
#define PSYNCSIM_INCIDENT_PROCESS_H

#include <glib.h>
#include "sim/incident/half.h"
#include "sim/incident/peel.h"

#define PROCESS_HALVES 5000 /* kept in detail, each side; counted beyond */
#define PROCESS_IDS    8

enum attempt_state {
#define STATE(name, what) ATTEMPT_##name,
#include "sim/incident/attempt_states.def"
#undef STATE
};

enum turn_kind {
    TURN_STARTED,
    TURN_READY,
    TURN_ENDED,
    TURN_SAVED_LAST,
    TURN_PROMOTED,
    TURN_FOLLOWS,
    TURN_FREED,
    TURN_MADE,
    TURN_SECONDARY
};

/* What the process did beside resynchronising, for the scenario and for the words. */
struct turn {
    enum turn_kind what;
    struct mark at;
    char text[HALF_TEXT]; /* the master, an id, who asked for it */
    int64_t number;
};

struct clock_facts {
    struct mark last;
    int64_t year_shift_ns,
        fold_ns; /* added to later stamps: a new year, the second pass of an hour */
    int64_t zone_s, year;
    bool has_stamps, stamps_have_year, zone_is_known, year_is_known, is_absolute;
    const char *zone_from; /* "signal-handler", "wrapper", "stamp", "--zone" */
    int64_t signal_s;      /* of a line that waits for a stamp beside it; HALF_ABSENT */
};

struct process {
    int32_t file, index, node;
    char pid[PEEL_PID_MAX], name[PEEL_NAME_MAX], version[24];
    char flavour; /* R, V, K (a fork); 0: unknown */
    bool is_fork, is_cut;
    int64_t port; /* 0: unknown */
    int64_t lines, known;
    struct mark first, latest;
    struct clock_facts clock;
    char ids[PROCESS_IDS][HALF_ID]; /* that it had as a master */
    char own[HALF_TEXT];            /* laddr= of a client: its own address */
    int64_t id_count, life;         /* life: of the same writer, from 0 */
    uint32_t ages;                  /* PROCESS_AGE_: what its words say about its version */
    int64_t full, partial, refused; /* as INFO counts them, of its last life */
    int64_t overflow;               /* halves that were counted alone */
    char first_role;
    GArray *turns; /* struct turn */
    /* as a replica */
    enum attempt_state state;
    struct half_replica now;
    GArray *as_replica; /* struct half_replica */
    /* as a master */
    GArray *as_master;   /* struct half_master */
    GArray *open;        /* int32_t: sessions that have not ended */
    int32_t asking;      /* the session whose decision is due; -1 */
    int64_t nameless_id; /* of the last "client id #N" and its session: ids rise with sessions */
    int32_t nameless_session;
    struct mark write_failed;
    char child[PEEL_PID_MAX];
    struct mark save_start, save_forked;
    bool is_save_diskless;
    int64_t backlog_size, backlog_first, backlog_held; /* at debug */
};

enum process_age {
    AGE_SLAVE = 1,
    AGE_REPLICA = 2,
    AGE_PRIMARY = 4,
    AGE_YEAR = 8,
    AGE_NO_YEAR = 16,
    AGE_BRACKET = 32,
    AGE_RECONNECTING = 64, /* 6.2 */
    AGE_STREAMING = 128,   /* 6.0.15 */
    AGE_RDB_CHANNEL = 256, /* 8.0 */
    AGE_SYNC = 512,        /* 2.6 */
    AGE_RUNID = 1024,      /* 2.8 to 3.2 */
    AGE_USING = 2048,      /* Valkey 8.0 */
};

struct process *process_new(int32_t file, int32_t index, const struct peeled *line);
void process_free(struct process *process);

/* One message of it. */
void process_take(struct process *process, const struct peeled *line, int32_t number);

/* The log ends: what is open stays open. */
void process_finish(struct process *process);

void process_turn(struct process *process, enum turn_kind what, struct mark at, struct piece text);
/* The reading with that year in place of STAMP_NO_YEAR. */
int64_t process_with_year(int64_t ns, int64_t year);
void replica_story_take(struct process *process, const struct said *said, struct mark at);
void replica_story_end(struct process *process, enum ended by, struct mark at);
void master_story_take(struct process *process, const struct said *said, struct mark at);
void master_story_end(struct process *process, struct mark at);

void mark_set(struct mark *mark, struct mark at); /* if it is not set yet */

#endif
