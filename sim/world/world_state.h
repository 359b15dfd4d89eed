/* What a world consists of: data, and how to go through them. What happens to them is in the files
 * above, which all include this one; see world.h. */
#ifndef PSYNCSIM_WORLD_WORLD_STATE_H
#define PSYNCSIM_WORLD_WORLD_STATE_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include "models/load/load.h"
#include "models/load/stream.h"
#include "models/net/mail.h"
#include "models/net/pipe.h"
#include "models/psync/master.h"
#include "models/psync/replica.h"
#include "models/server/backlog.h"
#include "models/server/limit.h"
#include "models/server/save_rule.h"
#include "models/server/snapshot.h"
#include "models/server/write_gate.h"
#include "sim/engine/queue.h"
#include "sim/engine/random.h"
#include "sim/scenario/fault_schedule.h"
#include "sim/scenario/scenario.h"
#include "sim/trace/attempt.h"
#include "sim/trace/trace.h"

#define NO_INDEX            (-1)
#define ANY_REPLICA         (-2)
#define OFFSET_TRACK_PIECES 16
#define SECTIONS_KEPT       64 /* of a stream, before the old are looked for */
#define WORD_BITS           64 /* of a set of indices: a bit for each */

enum { DOWN, UP }; /* directions: master to replica, replica to master */

enum node_slot {
    NODE_CRON,
    NODE_SAVE,
    NODE_LOAD,
    NODE_WAKE,
    NODE_SELECT,
    NODE_SAVE_POINT,
    NODE_SLOTS
};
enum conn_slot {
    CONN_DIAL,
    CONN_UP,
    CONN_DOWN,
    CONN_PLAN,
    CONN_ARRIVE,
    CONN_SENT,
    CONN_LIMIT,
    CONN_JUMP,
    CONN_READ,
    CONN_SLOTS
};

/* What one master wrote: bytes above fork_offset. Those up to it are the parent's. */
struct timeline {
    struct stream stream;
    int32_t parent; /* NO_INDEX: none */
    int64_t fork_offset;
    /* see loss.h */
    int32_t writer;         /* the node */
    int32_t data_parent;    /* whose data it goes on from, also where its history does not … */
    int64_t data_fork;      /* … up to that offset */
    int64_t begin_commands; /* of clients, in all, that led to where it begins */
    int64_t replicated_commands; /* the most of them that another node than the writer ever had */
    char id[REPLID_SIZE];
    int64_t selected; /* where its last SELECT is */
};

/* Commands of the stream that the node applied to the wrong database; see misplaced.h. */
struct misplaced {
    bool is_so;
    int64_t from, to; /* of those that led to its data, in all; to: -1: it goes on */
};

/* A node's offset over time; see offset_track.h. */
enum offset_track_kind { OFFSET_TRACK_HOLD, OFFSET_TRACK_STREAM, OFFSET_TRACK_CONN };
struct offset_track_piece {
    int64_t t, offset;
    int32_t index; /* of a timeline or a connection */
    enum offset_track_kind kind;
};
struct offset_track {
    struct offset_track_piece pieces[OFFSET_TRACK_PIECES];
    uint32_t count;
    uint32_t since; /* the first piece of the history it has now; those before are another's */
};

struct save {
    bool is_active, is_socket, is_sending; /* is_sending: a diskless payload is on its way */
    bool serves_replicas, is_killed;
    bool is_channel, is_older; /* for second connections; in the format of older replicas */
    int64_t forked_at, fork_ns, child_ends;
    struct data_file snapshot;
};

/* Saves that begin by themselves; see save_point.h. */
struct own_saves {
    struct save_record record;
    int64_t saved_changes;   /* that the running save has */
    const struct load *load; /* whose commands were counted, up to `commands` */
    int64_t commands;
    enum write_gate gate;
    uint64_t seen; /* see save_skip.h: what had happened when the last one was due … */
    int64_t due_at;
    int64_t settled; /* … and how many were since that changed */
};

/* What fails by a fault: the next time, or as long as faults last. */
enum failure { FAILURE_SAVE, FAILURE_FORK, FAILURE_LOAD, FAILURE_COUNT };
struct failing {
    bool next;
    uint32_t faults;
};

/* Clients that take only the RDB; see rdb_client.h. */
struct rdb_client {
    bool is_waiting, is_served;  /* by the next save; by the one that runs */
    int64_t asked_at, next_rate; /* of who waits; bytes a second */
    int64_t rate, ends;          /* of who is served; when it has all of a diskless payload */
};

enum load_purpose { LOAD_NOTHING, LOAD_PAYLOAD, LOAD_BOOT };

/* What a world keeps of a replica; see account.h. */
struct account {
    struct attempt attempt;
    int64_t granted, begun, partial, full; /* answers partial and full, ends online and, of full
                                              ones, failed: see invariant.c */
    bool is_down;                          /* without an online link to its master */
    bool has_data;
    int64_t stale, stale_max, observed, age; /* ns */
    int64_t looked;                          /* the time of the look before `observed` */
    int64_t stale_since, stale_peak; /* data are stale since then (-1: not now), at most so old */
    int64_t free_samples;            /* looks at which nothing was late but by the latency */
    int64_t stale_reads_ppm;         /* sum of the share of reads that were stale … */
    int64_t samples;                 /* … and of how many looks */
    int64_t buffer_peak, buffer_limit;
    enum writes_fate { WRITES_ELSEWHERE, WRITES_REFUSED, WRITES_UNSTREAMED } writes_fate;
    int64_t writes_seen;    /* of its clients by the last look … */
    int64_t writes_waiting; /* … and those of them that wait for … */
    bool writes_wait;       /* … a process that stands still */
    int64_t refused_writes;
    int64_t unstreamed; /* executed since the stream's last byte: without a backlog nothing is
                           written */
    int64_t snapshot_commands; /* of the payload that it is promised; see loss.h */
};

struct node {
    const struct scenario_node *spec;
    const struct profile *profile;
    int32_t index, master;   /* master: NO_INDEX when it is one */
    uint64_t *below, *above; /* connections that are held, to it as master and as replica */
    uint64_t *awake;         /* of those below: all that are not quiet … */
    uint32_t quiet_count;    /* … and how many are */
    bool paces; /* a payload goes to one of those below, maybe at the pace of the others */
    struct config config;
    struct replica_config replica_config;
    bool is_up, refuses_writes;
    bool stands_still; /* stopped or forking, until blocked_until (TIME_NEVER: until
                          node_unblock) */
    bool runs_script;  /* stands still with one that may become slow … */
    bool is_busy;      /* … and is: it reads its sockets, applies nothing, answers BUSY */
    int64_t blocked_since, blocked_until;
    int64_t busy_until;  /* with a fork or its last save, which a stop only interrupts */
    bool was_stopped;    /* by a signal; what arrived meanwhile is read when it goes on */
    int64_t stop_tick;   /* stopped by a signal: the first round of its cron that fell due (else
                            TIME_NEVER) ... */
    int64_t stop_rounds; /* ... and how many come between that one and the one of replication */
    const struct scenario_fault *upgrade; /* the version that starts next; NULL: the same */
    int64_t starts_again_at; /* after a shutdown that waits: at once (0), or not at all (-1) */
    bool starts_wiped;
    bool is_emptied;    /* it flushed its data, and the payload could not be loaded */
    enum loss ended_by; /* crash or shutdown */
    bool is_presynced;  /* being brought online before the run begins */
    int32_t next_master;
    bool keeps_data;        /* a first start with data and no file: they were just written */
    int32_t conn;           /* connection to its master, NO_INDEX */
    int32_t second;         /* and a second one for a payload, NO_INDEX */
    struct history history; /* offset: brought up to date by node_sync() */
    struct replica replica;
    struct backlog backlog;
    int64_t unpinned_at, no_replicas_since;
    int32_t timeline; /* of the last byte it applied */
    struct offset_track track;
    const struct load *load; /* what clients write here; NULL: nobody */
    int64_t data_bytes, data_keys, added_keys;
    int64_t keyspace; /* keys its writers touch */
    int64_t added_keyspace,
        adds_bytes; /* those that are not there at the start; data that a new one adds */
    bool in_turn;
    struct misplaced misplaced;
    struct data_file file;
    struct save save;
    struct own_saves own_saves;
    struct rdb_client rdb_client;
    struct failing fails[FAILURE_COUNT];
    uint32_t write_pauses;
    struct sync_counts {
        int64_t full, partial, refused;
    } syncs; /* that this process granted, or refused, as a master: INFO's sync_full and its like */
    enum load_purpose loading;
    int64_t load_begins, load_ends, load_step, load_flush;
    bool loads_file;         /* not from the socket */
    bool refuses_payload;    /* of a format that it does not know */
    int64_t flush_step;      /* between two looks at events while the old data are freed */
    int64_t dialled_by;      /* after the last dial, by 1 ns; 0: none yet */
    int64_t last_cron, tick; /* ns of a server cron round */
    int64_t tick_extra;      /* ns that a round takes longer in this process */
    uint64_t cron_count;
    bool is_quiet;             /* see quiet.h … */
    int64_t quiet_round;       /* … since before this round of its cron */
    int64_t ping_at;           /* its next PING, while a stretch is skipped */
    bool needs_select;         /* a SELECT goes before the next command */
    bool writes_wait;          /* the stream is held, and clients wait rather than being refused */
    int64_t shutdown_deadline; /* waiting for the replicas before it ends; TIME_NEVER: no */
    bool shutdown_saves, is_ending; /* is_ending: saving for the last time */
    int32_t failover_to;            /* FAILOVER in progress: to whom, ANY_REPLICA, or NO_INDEX */
    int64_t failover_deadline;
    bool is_failing_over; /* and it has asked already */
    struct random costs, ids;
    uint64_t delay_key; /* of the delays of its replies */
    int64_t delay_most; /* upper bound of these delays */
    struct account account;
};

struct link {
    const struct scenario_link *spec;
    uint64_t *conns;      /* those that are held */
    uint32_t cuts;        /* faults that refuse connections now */
    uint32_t silences[2]; /* by direction: 0 down, 1 up */
    int64_t silent_since[2];
    int64_t latency, bandwidth, loss_ppm;
    uint64_t jitter_key;
    int64_t jitter_most;
};

struct conn {
    const struct world *world;
    bool is_used, replica_has, master_has; /* which side still holds its end */
    bool is_established;
    bool is_severed;  /* cut off: nothing passes any more */
    bool is_reset[2]; /* by direction: its receiver is about to notice a reset */
    bool is_resting;  /* both sides let go */
    bool is_quiet;    /* its replica is; see quiet.h */
    int32_t index, link, master, replica, timeline;
    bool is_second;        /* for a payload, beside another one */
    int64_t client_id;     /* as the master names it */
    bool is_pinning;       /* the backlog is kept from `from` on, though nothing is recorded */
    bool is_held_by_child; /* closed, but the save's child has it too: the end is not sent yet */
    int64_t established;
    int64_t dialled, last_up_leaves; /* last_up_leaves: -1 while the line is free */
    uint32_t syns;
    enum { DIAL_TRYING, DIAL_ESTABLISHED, DIAL_REFUSED } dial_outcome;
    struct master machine;
    struct mail mail[2];  /* 0 down, 1 up */
    struct pipe pipe;     /* down: payload and stream */
    bool is_paced;        /* see reader.h */
    bool is_window_full;  /* the receive buffer of a paced one */
    int64_t path_changed; /* when the pipe last began another motion; a paced one feels it later */
    struct pipe reader;   /* of a paced one: what its replica has applied */
    int64_t bulk;         /* payload bytes, end mark included; 0: none */
    int64_t from;         /* stream bytes above this offset follow */
    int64_t read_limit;   /* position up to which the replica has read; INT64_MAX: it reads all that
                            arrives */
    int64_t reads_since;  /* a stop ended then: what had arrived before is read now */
    int64_t payload_given; /* payload bytes already given to the machine */
    bool is_bulk_open, is_stream_open, is_recorded, is_counted;
    bool is_sent;                      /* the payload is all in the master's socket */
    enum master_state phase_at_master; /* before the act that is being carried out */
    int64_t resumes_at[2]; /* tcp: healed, but the retransmission is still awaited; -1: not */
    int64_t ack_limit;     /* tcp: position beyond which nothing leaves unacknowledged */
    bool is_closing;       /* the master closed it (then); what its kernel has still goes */
    int64_t closed;
    bool stalls_save;
    bool is_look_due;  /* the event that is armed for it comes with an append */
    bool is_looked_at; /* at its output buffer, since the pipe was last planned */
    struct limit_state limit;
    bool is_jump_held;  /* a large command comes this instant; its socket gets nothing until the
                              limits are looked at */
    int64_t jump_usage; /* output buffer when the hard limit struck in the middle of one; else 0 */
    int64_t overrun_at; /* a copy of what it is owed is above the limit: closed then; 0: no */
    int64_t getack;     /* offset at the end of a GETACK that is on its way, 0: none */
    int64_t payload_begins, stream_opens;
    int64_t sampled_bytes; /* output buffer at the last sample */
    int64_t ends_at;       /* when the end that the master sent may arrive at the earliest */
};

/* What is recorded besides events; see tap.h. All zero: nothing. */
struct tap {
    int64_t every, next; /* ns between two looks at positions, 0: none; when the next is due */
    int64_t until;       /* none is due later; 0: to the end */
    uint32_t extra;      /* looks after events since the last one that was due */
    uint64_t heard;      /* events that the trace had by then */
    bool has_messages;
    uint32_t messages; /* so far */
    int64_t at, again; /* `looks` then, and after so many ns again (0: no more) */
    void (*looks)(void *user, struct world *world); /* NULL: nobody does, or it is past */
    void *user;
};

struct wait_client {
    int64_t asked_at, offset; /* waiting since; -1: idle */
    struct random phase;
};

/* All connections, each with its slot: they stay where they are while others are added, and a slot
 * is taken again when its connection has rested. conn_table.c alone changes it. */
struct conn_table {
    struct conn **list;
    uint32_t room;         /* slots */
    uint64_t *held, *used; /* a bit for each: held by a side; used: held or resting */
    uint64_t *awake;       /* a bit for each: held, and its replica is not quiet */
};

/* The sum of a set of the scenario's loads, as a function of time. */
struct workload {
    bool *writers; /* by scenario load: it is in the set */
    struct load *load;
};

/* All that were built. workload.c alone changes it. */
struct workloads {
    struct workload *list;
    uint32_t count;
    int32_t *nodes; /* by scenario load: the node where it writes now */
};

/* Idle stretches; see fast_forward.h. fast_forward.c alone changes it. */
struct fast_forward {
    int64_t look;           /* when to look for the next one … */
    int64_t pause;          /* … and how long to wait if there is none */
    int64_t skipped;        /* ns */
    struct walk *walks;     /* by node */
    struct node **in_order; /* room for each node */
};

/* What happened on a lower floor and concerns a higher one; world.c says who is called. */
struct world_calls {
    /* A quiet node is about to be looked at, or changed. */
    void (*touched)(struct world *world, struct node *node);
    /* Something is about to change for what arrived on conn by now: it is read before. */
    void (*arrived)(struct world *world, struct conn *conn);
    /* A replica is to get a full synchronisation. */
    void (*full_asked)(struct world *world, struct conn *conn);
    /* An acknowledgement of a replica came to its master. */
    void (*acknowledged)(struct world *world, struct node *node);
    /* A replica has a whole payload from conn. */
    void (*payload_complete)(struct world *world, struct node *node, struct conn *conn);
    /* The master that was to take over refuses: the replica is a master again. */
    void (*failover_rejected)(struct world *world, struct node *node);
};

struct world {
    const struct world_calls *calls;
    int64_t clients; /* ids given to connections */
    const struct scenario *scenario;
    uint64_t seed, replication;
    int64_t now, wall_zero;
    struct queue queue;
    struct trace *trace;
    uint32_t node_count, link_count, timeline_count, timeline_room;
    struct node *nodes;
    struct link *links;
    struct conn_table conns;
    uint64_t *awake_nodes; /* a bit for each of nodes: it is not quiet */
    struct timeline *timelines;
    struct wait_client *waits;
    struct workloads workloads;
    struct fault_state *faults;
    uint64_t *parked; /* by slot: the step in which it came due while its process was stopped; 0 */
    uint32_t slot_count, first_conn_slot; /* see slot.h */
    uint64_t steps;
    struct tap tap;
    void (*moves)(void *user, int64_t now); /* now and then; may be NULL */
    void *moves_user;
    bool is_checked;    /* look at the invariants of what an event reached (default) */
    bool checks_all;    /* … and of all the rest as well, which the end does anyway */
    bool fast_forwards; /* over quiet stretches, in one step each (default); changes no result */
    bool measures_ages; /* how old the replicas' data are is recorded (default) */
    bool rests;         /* replicas are quiet, each for itself (default); changes no result */
    bool skips_saves;   /* saves of which nothing can come are left out; see save_skip.h */
    uint32_t quiet_count;
    struct fast_forward fast_forward;
    char broken[256]; /* an invariant that does not hold; "": none */
};

/* The rounds of a node's cron from the next one up to `until`. */
struct rounds {
    int64_t count, first, last, period;
};

#define EMIT(world, name, node, ...)                                                               \
    TRACE_EMIT((world)->trace, (world)->now, name, node, __VA_ARGS__)

/* Memory of count items, all zero, to be freed; never NULL. Aborts when memory runs out. */
static inline void *zeroed(size_t count, size_t size)
{
    void *memory = calloc(count == 0 ? 1 : count, size);
    if (memory == NULL)
        abort();
    return memory;
}

/* Wall clock of all nodes at t, ns. */
static inline int64_t world_wall(const struct world *world, int64_t t)
{
    return t + world->wall_zero;
}

/* The master at the head of the node's chain; the node itself when it is one. In a ring of replicas
 * it is one of them. */
static inline const struct node *world_top(const struct world *world, const struct node *node)
{
    for (uint32_t depth = 0; node->master != NO_INDEX && depth < world->node_count; depth++)
        node = &world->nodes[node->master];
    return node;
}

static inline struct conn *conn_at(const struct world *world, int32_t index)
{
    assert((uint32_t)index < world->conns.room); /* not NO_INDEX either */
    return world->conns.list[index];
}

/* The first connection from `index` on that is in one of three sets; a set that is NULL is empty. */
static inline struct conn *conn_from(const struct world *world, uint32_t index, const uint64_t *a,
                                     const uint64_t *b, const uint64_t *c)
{
    uint64_t mask = UINT64_MAX << index % WORD_BITS;
    for (uint32_t word = index / WORD_BITS; word * WORD_BITS < world->conns.room; word++) {
        uint64_t bits = (a == NULL ? 0 : a[word]) | (b == NULL ? 0 : b[word]);
        bits = (bits | (c == NULL ? 0 : c[word])) & mask;
        if (bits != 0)
            return world->conns.list[word * WORD_BITS + (uint32_t)__builtin_ctzll(bits)];
        mask = UINT64_MAX;
    }
    return NULL;
}

static inline struct conn *replica_conn_from(const struct world *world, const struct node *master,
                                             uint32_t index)
{
    struct conn *conn;
    do {
        conn = conn_from(world, index, master->below, NULL, NULL);
        index = conn == NULL ? 0 : (uint32_t)conn->index + 1;
    } while (conn != NULL && !conn->master_has);
    return conn;
}

/* Connections of which a side holds its end, in the order of their indices. They may come and go
 * meanwhile; those that rest cost nothing. All of them; those whose replica is not quiet; those
 * that rest as well; those on a link; those whose master is `node`, whose end of it is held or not;
 * those of them whose replica is not quiet; those of `node` as master or as replica. */
#define EACH_CONN_OF(each, world, a, b, c)                                                         \
    for (struct conn *each = conn_from(world, 0, a, b, c); each != NULL;                           \
         each = conn_from(world, (uint32_t)each->index + 1, a, b, c))
#define EACH_CONN(each, world)             EACH_CONN_OF(each, world, (world)->conns.held, NULL, NULL)
#define EACH_CONN_AWAKE(each, world)       EACH_CONN_OF(each, world, (world)->conns.awake, NULL, NULL)
#define EACH_CONN_USED(each, world)        EACH_CONN_OF(each, world, (world)->conns.used, NULL, NULL)
#define EACH_LINK_CONN(each, world, link)  EACH_CONN_OF(each, world, (link)->conns, NULL, NULL)
#define EACH_CONN_BELOW(each, world, node) EACH_CONN_OF(each, world, (node)->below, NULL, NULL)
#define EACH_AWAKE_CONN(each, world, node) EACH_CONN_OF(each, world, (node)->awake, NULL, NULL)
#define EACH_NODE_CONN(each, world, node)                                                          \
    EACH_CONN_OF(each, world, (node)->below, (node)->above, NULL)

/* Nodes that are not quiet, in the order of their indices. */
static inline struct node *awake_node_from(const struct world *world, uint32_t index)
{
    uint64_t mask = UINT64_MAX << index % WORD_BITS;
    for (uint32_t word = index / WORD_BITS; word * WORD_BITS < world->node_count; word++) {
        uint64_t bits = world->awake_nodes[word] & mask;
        if (bits != 0)
            return &world->nodes[word * WORD_BITS + (uint32_t)__builtin_ctzll(bits)];
        mask = UINT64_MAX;
    }
    return NULL;
}
#define EACH_AWAKE_NODE(each, world)                                                               \
    for (struct node *each = awake_node_from(world, 0); each != NULL;                              \
         each = awake_node_from(world, (uint32_t)each->index + 1))

/* Those whose end at `node` as their master is held. */
#define EACH_REPLICA_CONN(each, world, node)                                                       \
    for (struct conn *each = replica_conn_from(world, node, 0); each != NULL;                      \
         each = replica_conn_from(world, node, (uint32_t)each->index + 1))

#endif
