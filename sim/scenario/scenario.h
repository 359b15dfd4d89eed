/* A scenario as the engine wants it: everything resolved, every quantity an integer. Read from YAML
 * or JSON by scenario_read (scenario_read.h), one declarative table per section (schema.def).
 * Immutable during runs. */
#ifndef PSYNCSIM_SCENARIO_SCENARIO_H
#define PSYNCSIM_SCENARIO_SCENARIO_H

#include <stdbool.h>
#include <stdint.h>
#include "models/load/load.h"
#include "models/psync/profile.h"
#include "models/psync/reason.h"
#include "models/server/config.h"
#include "models/server/host.h"
#include "sim/engine/dist.h"

/* Of a node or link: letters, digits, - and _, a letter first; a node name has no "-". */
#define NAME_MAX_LEN 31

#define SCENARIO_NODES_MAX 1000

enum node_begin {
    BEGIN_COLD,   /* starts at t = 0 and must synchronise */
    BEGIN_SYNCED, /* online at t = 0, having had one full synchronisation before (its RDB is on
                     disk) */
    BEGIN_ABSENT, /* not running until a `start` fault */
    BEGIN_ALONE,  /* running as a master of its own until a `replicaof` fault */
};

struct scenario_node {
    char name[NAME_MAX_LEN + 1];
    int32_t replicaof; /* node index, -1: a master */
    const struct profile *profile;
    bool names_server; /* it, or the scenario for all, says which; false: it is the default */
    struct config config;
    struct host host;
    enum node_begin begin;
    int64_t dataset_bytes; /* RDB bytes of a master's data at the start */
    int64_t keys;          /* 0: dataset / 256, rounded up */
    int64_t database;      /* that its writers use */
    int64_t start_after;   /* ns after t = 0 at which a cold node starts (a random spread is added:
                              scenario.spread) */
};

enum link_kind { LINK_TCP, LINK_RELAYED };

/* One per pair (master side, replica side) that may talk; made for every replicaof and every name
 * in faults or links. */
struct scenario_link {
    char name[2 * NAME_MAX_LEN + 2]; /* "m-r1" */
    int32_t upper, lower;            /* node indices; the lower one dials */
    int32_t twin; /* the link of the same path with the roles changed, which faults affect too; -1:
                     none */
    enum link_kind kind;
    int64_t latency;     /* ns one way */
    struct dist jitter;  /* ns added to each message, order kept */
    int64_t bandwidth;   /* bits per second per direction, shared by its connections; 0: no limit */
    int64_t loss_ppm;    /* tcp only: lowers the reachable rate and delays small messages */
    int64_t send_buffer; /* bytes the sender's kernel takes beyond what left */
    int64_t receive_buffer; /* bytes the receiver's kernel takes while its process does not read */
    int64_t window;         /* relayed: bytes inside the link per connection and direction; 0: from
                               bandwidth and latency */
};

enum fault_kind {
#define FAULT(name, text, args, what) FAULT_##name,
#include "sim/scenario/fault.def"
#undef FAULT
    FAULT_KIND_COUNT
};

#define FAULT_OF_MAX (2 * NAME_MAX_LEN + 3)

enum fault_side { SIDE_BOTH, SIDE_UPPER, SIDE_LOWER }; /* cut: whose socket is closed */
/* Down: from the upper to the lower node, from master to replica. */
enum fault_direction { DIRECTION_BOTH, DIRECTION_DOWN, DIRECTION_UP };
enum shutdown_save { SAVE_AS_CONFIGURED, SAVE_YES, SAVE_NO };

struct scenario_fault {
    enum fault_kind kind;
    int32_t line; /* in the file, for messages */
    /* A fault of the file that strikes several is one of these for each. They share their draws, so
     * that they begin and end in the same instants: this one is so many behind the first of them. */
    int32_t behind;
    char of[FAULT_OF_MAX]; /* all that is struck at once: "rack", "3 links"; "": this one alone */
    /* when: `count` times in at[], or recurring when has_every: first after a draw of `every`, then
     * after each heal */
    int64_t at[16];
    uint32_t count;
    bool has_every;
    struct dist every; /* ns */
    int64_t until;     /* recurring: none begins at or after this; TIME_NEVER */
    bool has_duration; /* `for`: heals itself after a draw; else it stays until a `heal` fault or
                          the end */
    struct dist duration;
    int32_t node, link; /* -1: not used */
    int32_t to;         /* replicaof, failover: node index, -1: none (replicaof no one) */
    bool has_to;        /* start, restart: whether they said whose replica it becomes */
    enum fault_direction direction;
    enum fault_side side;
    bool is_orderly;              /* cut: FIN instead of RST */
    bool refuses;                 /* cut: new connections are refused until healed (default true) */
    bool is_wiped;                /* start/restart: the data file is gone */
    const struct profile *server; /* start/restart/shutdown: the version that starts, … */
    struct config config;         /* … with this configuration; server NULL: as it was */
    enum shutdown_save save;      /* shutdown/restart */
    bool is_graceful;             /* restart: SHUTDOWN (true, default) or killed */
    int64_t bandwidth;            /* slow: bits per second, -1: unchanged */
    int64_t latency;              /* slow: ns, -1: unchanged */
    int64_t loss_ppm;             /* slow: -1: unchanged */
    int32_t directive;            /* config-set */
    char value[CONFIG_TEXT_MAX];  /* config-set, already checked */
    int32_t load;                 /* move-load: index in load[], goes to `node` */
};

/* Of scenario.known_faults. */
enum known_fault {
    KNOWN_FAULT_NONE,
    KNOWN_FAULT_EXIT = 1,
    KNOWN_FAULT_DATABASE = 2,
    KNOWN_FAULT_ALL = 3
};

struct scenario_load {
    int32_t node;
    struct load_spec spec; /* strings and arrays owned by the scenario */
    int64_t keyspace;      /* keys written to, evenly; for stale reads; 0: the node's keys */
    bool in_turn;          /* one after the other, not at random */
    int64_t adds_bytes;    /* RDB bytes that a key adds when it is first written */
};

struct scenario_wait { /* a client that sends WAIT */
    int32_t node;
    int64_t replicas, timeout, every; /* timeout, every: ns */
};

/* One expectation: a number of a run within low..high. */
enum expect_what {
#define EXPECT(name, text, unit, fold, field, what) EXPECT_##name,
#include "sim/scenario/expect.def"
#undef EXPECT
    EXPECT_COUNT
};
/* How good the end of a run is, the worst first. */
enum final_state {
#define FINAL(name, text, what) FINAL_##name,
#include "sim/scenario/final.def"
#undef FINAL
    FINAL_COUNT
};

struct scenario_expect {
    enum expect_what what;
    int32_t node;      /* -1: the whole run */
    int32_t detail;    /* enum reason or enum drop for counts by reason; else -1 */
    int64_t low, high; /* both included; online: 0 no, 1 yes; final: 0 inconsistent, 1 consistent, 2
                          identical */
    bool is_asked;     /* a question: what is right is shown when it is revealed */
    bool is_open;      /* and nothing is: whatever is found is the answer */
    int32_t line;
    char text[96]; /* as in the file, for messages: "r1: partial: 1" */
};

struct scenario {
    char *path, *why; /* as given; for messages */
    char *reveal;     /* what the answers to its questions mean; "": nothing */
    uint64_t seed;
    int64_t duration; /* ns */
    int64_t sample;   /* ns between two looks at the output buffers; 0: none */
    int64_t spread;   /* ns: cold nodes start a random 0..spread after their time; default 1s */
    enum known_fault known_faults; /* that versions have and a run shows */
    uint32_t node_count, link_count, load_count, fault_count, wait_count, expect_count;
    struct scenario_node *nodes;
    struct scenario_link *links;
    struct scenario_load *loads;
    struct scenario_fault *faults;
    struct scenario_wait *waits;
    struct scenario_expect *expects;
    uint64_t fingerprint; /* hash of what a run depends on besides the seed: not of comments, layout
                             or expectations */
};

/* An index; -1 if there is none. */
int32_t scenario_node_find(const struct scenario *scenario, const char *name);
int32_t scenario_link_between(const struct scenario *scenario, int32_t upper, int32_t lower);

/* Whether the link of that index joins the two, whichever is the upper one. */
bool scenario_link_joins(const struct scenario *scenario, int32_t link, int32_t one, int32_t other);

/* Whether a fault strikes several at once. */
bool scenario_is_struck_together(const struct scenario *scenario);

const char *final_name(enum final_state state);
const char *final_what(enum final_state state); /* half a sentence */

void scenario_free(struct scenario *scenario);

#endif
