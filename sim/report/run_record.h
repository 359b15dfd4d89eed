/* The record of a run: the only place where resynchronisations are recorded. It is a watcher of events and does not know who
 * emits them: a simulated world, the reconstruction of a live run, a session with a real server.
 *
 *      run_record_init -> run_record_watch -> the run -> read it -> run_record_clear
 *
 * Times are ns since the run began, sizes bytes; TRACE_ABSENT is what did not happen. */
#ifndef PSYNCSIM_REPORT_RUN_RECORD_H
#define PSYNCSIM_REPORT_RUN_RECORD_H

#include <glib.h>
#include "models/psync/history.h"
#include "models/server/config.h"
#include "sim/report/period.h"
#include "sim/scenario/scenario.h"
#include "sim/trace/trace.h"

/* When a node last took another id, and why. */
struct identity {
    enum id_change why; /* ID_CHANGE_COUNT: never */
    int64_t t;
    bool is_start; /* it took it when its process started, at t */
};

/* What one side said when a connection ended. */
struct word {
    enum drop why; /* DROP_NONE: nothing */
    int64_t t, buffer_bytes;
};

/* One resynchronisation: its event, and what was heard of the replica since the one before. */
struct resync {
    int64_t t; /* when it ended */
    int32_t node;
    struct event_resync event;
    char asked_id[REPLID_SIZE]; /* event.asked_id */
    int64_t gap_ns;             /* age of its data when its master decided; absent: it had none */
    struct word drop;           /* its own on the loss */
    struct word before_drop;    /* its master had dropped it before it noticed */
    struct word after_ask;      /* its master dropped it after its last PSYNC */
    struct word after_drop;     /* its master gave up the same connection as well, later */
    int32_t fault;              /* last one of it, its master or their link before the loss: in
                                   scenario->faults; -1: none */
    int64_t fault_began;
    int64_t first_dial;
    uint32_t dials, failures, refusals; /* connections begun, those that failed, PSYNC answered
                                           with an error */
    bool is_asking;                     /* PSYNC left on the last one of them */
    uint32_t failed_before;             /* full ones that failed since the link was lost … */
    int64_t failed_at;                  /* … the last of them then */
    enum drop failure;                  /* why the last one of them failed, … */
    enum reason refusal;                /* … and was refused */
    enum payload_mode mode;
    int64_t decided, flush_ns, load_ns;
    struct two_channels { /* a full one over two connections */
        bool is_so, is_full, joins, is_misplaced,
            is_fatal;       /* is_full: the replica kept all that it may; joins: it
                                                 asked for the stream itself; is_fatal: the loss of
                                                 the first connection ended its process */
        int64_t kept_bytes; /* absent: it did not come to the end of the load */
    } channels;
    struct identity identity; /* its master's by then */
};

/* What nobody holds any more, in all. */
struct loss_sum {
    int64_t commands, unreplicated, bytes, data_bytes;
};

/* One loss: its event. */
struct loss_record {
    int64_t t;
    int32_t node;
    struct event_lost event;
    char replid[REPLID_SIZE]; /* event.replid */
};

/* The WAIT commands of one node. */
struct wait_sum {
    int64_t count, met, waited, waited_max;
};

/* One node. Whatever a scenario can expect is an int64_t of it: expect.def names the field. */
struct node_record {
    int32_t master; /* -1: it is one */
    bool has_data;
    int64_t full, full_failed, partial, refused;
    int64_t reasons[REASON_COUNT], drops[DROP_COUNT];
    int64_t down;       /* without an online link to its master, up to down_since … */
    int64_t down_since; /* … since when it is so again; absent: it is not */
    int64_t loading;    /* in which it answered LOADING */
    int64_t first_resync, first_drop, last_online;
    int64_t bytes;     /* sent to it for resynchronisations */
    int64_t spare_min; /* backlog beyond what was owed; absent: no partial one */
    int64_t kept_peak; /* stream that it kept beside a payload */
    int64_t forks, cow_peak, cow_huge_peak;
    int64_t online;       /* at the end; absent: it is a master */
    int64_t final;        /* enum final_state: its part of the run's */
    struct event_end end; /* once the run is over; end.config: &config, or NULL */
    struct config config;
    struct wait_sum waits;
    struct loss_sum lost; /* of what it was the last to hold */
    struct identity identity;
    struct resync next; /* what is known already of its next resynchronisation */
};

struct run_record {
    const struct scenario *scenario; /* borrowed */
    struct node_record *nodes;
    GArray *resyncs;         /* struct resync, in time order; NULL: only counted */
    GArray *losses;          /* struct loss_record, likewise */
    struct periods periods;  /* likewise: without a list */
    bool hears_masters_only; /* set it where replicas do not speak: then a master's word on the end
                                of a connection counts even if it is no more than "lost" */
};

/* For the nodes that the scenario has by now. Pair with run_record_clear. */
void run_record_init(struct run_record *record, const struct scenario *scenario,
                     bool keeps_resyncs);
void run_record_clear(struct run_record *record);

/* Makes it the watcher of a trace: it needs no heartbeats of quiet stretches. */
void run_record_watch(struct run_record *record, struct trace *trace);

/* A trace_watcher, for others that watch as well; `record` is a struct run_record. */
void run_record_take(void *record, const struct event *event);

const struct resync *run_record_resync(const struct run_record *record, size_t index);

/* Whether the node was a replica at some time: has a master now, or resynchronised. */
bool run_record_is_replica(const struct run_record *record, uint32_t node);

/* ns without an online link, up to t. */
int64_t run_record_down(const struct run_record *record, uint32_t node, int64_t t);

struct loss_sum run_record_lost(const struct run_record *record);

/* Whether an acknowledged write or a dataset is lost; PINGs alone are no loss. */
bool run_record_has_lost(const struct run_record *record);

/* How good the end is. why (may be NULL): the node that is to blame for what is less than identical, or -1. */
enum final_state run_record_final(const struct run_record *record, int32_t *why);

#endif
