/* The accounts of a replica: the resynchronisation that is under way, and the sums over the run. */
#ifndef PSYNCSIM_WORLD_ACCOUNT_H
#define PSYNCSIM_WORLD_ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>
#include "models/psync/history.h"
#include "models/psync/reason.h"

struct world;
struct node;
struct rounds;

/* One resynchronisation from the loss to the first applied byte. Times in ns, TRACE_ABSENT until
 * they happen. */
struct request {
    bool is_open; /* PSYNC was sent and neither online nor failed yet */
    bool is_decided;
    enum reason reason;
    enum drop lost_by;
    int32_t master;
    char asked_id[REPLID_SIZE];
    int64_t asked_offset, backlog_first, backlog_bytes, owed;
    int64_t lost, dialled, asked, answered, payload, received, online;
    int64_t fork, payload_bytes, buffer_peak, sent_bytes, snapshot_offset;
    int64_t gap; /* age of its data when it asked: so long there had been a byte that it lacked */
};

#define STALE_NS INT64_C(1000000000) /* data older than this count as stale */

struct account {
    struct request request;
    int64_t full, full_failed, partial, refused;
    int64_t reasons[REASON_COUNT], drops[DROP_COUNT];
    int64_t down, down_since; /* since: -1 while online */
    int64_t stale, stale_max, observed, age;
    int64_t loading;         /* ns in which it answered LOADING */
    int64_t free_samples;    /* looks at which nothing was late but by the latency */
    int64_t stale_reads_ppm; /* sum of the share of reads that were stale … */
    int64_t samples;         /* … and of how many looks */
    int64_t first_resync, first_drop, last_online; /* -1: never */
    int64_t bytes, buffer_peak, buffer_limit;
    int64_t spare_min;     /* backlog beyond what was owed; INT64_MAX: no partial */
    int64_t cow_huge_peak; /* cow_peak if transparent huge pages are on */
    int64_t forks, cow_peak, refused_writes, writes_refused_at;
    bool has_data;
};

void account_init(struct account *account);

/* The replica noticed that its link is lost. */
void account_lost(struct world *world, struct node *node, enum drop drop);
void account_drop(struct world *world, struct node *node, enum drop drop);
void account_dialled(struct world *world, struct node *node);
void account_asked(struct world *world, struct node *node, int32_t master, const char *id,
                   int64_t offset);
void account_online(struct world *world, struct node *node, bool is_partial);
/* The attempt under way ended without coming online. */
void account_failed(struct world *world, struct node *node, enum drop drop);

/* Looks at the age of the node's data: call at every cron and before anything that changes it. */
void account_observe(struct world *world, struct node *node);

/* The latencies up to the top, if all that the top produces comes down without delay; -1 else. */
int64_t account_free_age(const struct world *world, const struct node *node);

/* As account_observe at each of these rounds of the node's cron, given that the node was up to date
 * at all of them. */
void account_heartbeats(const struct world *world, struct node *node, const struct rounds *rounds);

/* Brings open sums up to now, at the end of a run. */
void account_close(struct world *world, struct node *node);

#endif
