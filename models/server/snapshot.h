/* Saves and loads: when a save for replicas starts, what it costs, and what a data file says after
 * a restart. Pure rules; who carries them out is the host. */
#ifndef PSYNCSIM_SERVER_SNAPSHOT_H
#define PSYNCSIM_SERVER_SNAPSHOT_H

#include <stdbool.h>
#include <stdint.h>
#include "models/psync/history.h"
#include "models/psync/profile.h"
#include "models/server/config.h"
#include "models/server/host.h"
#include "sim/engine/random.h"

/* A data file (or a snapshot that becomes one) with its position. `timeline` is the host's own name
 * for its bytes. */
struct data_file {
    bool exists, has_position;
    char id[REPLID_SIZE];
    int64_t offset, bytes, keys;
    int64_t commands; /* of clients that led to it, in all */
    int32_t timeline;
};

/* Replicas that wait for a save, and the longest whole seconds one of them has been idle. */
struct save_queue {
    uint32_t waiting;
    int64_t idle_s;
    bool all_take_eof; /* every one of them takes a payload from the socket */
};

/* A first replica asks and no save runs: whether the save is left to the cron, to let others join
 * (FACTS 3.1, case 3). */
bool save_is_left_to_cron(const struct profile *profile, const struct config *config,
                          bool takes_eof);

/* Whether a save for those who wait is due: at the cron, or (at_cron false) because another one
 * just ended. */
bool save_is_due(const struct profile *profile, const struct config *config,
                 const struct save_queue *queue, bool at_cron);

/* Whether it goes to the sockets rather than to a file. */
bool save_goes_to_sockets(const struct config *config, const struct save_queue *queue);

/* Whether a replica that offers `capa` can share a running save with one that waits for its end and
 * offered `member_capa`: nothing is sent yet, and the payload suits it (FACTS 3.1, case 1). */
bool save_is_joinable(bool is_socket, uint32_t capa, uint32_t member_capa);

/* Whether a running save that nobody waits for any more is killed (FACTS 3.8). */
bool save_is_useless(const struct profile *profile, const struct config *config, bool is_socket);

/* What is saved or loaded. */
struct work {
    int64_t bytes, keys;
};

/* Costs in ns; draws come from `random`, and with NULL no draw is above the result. Sleeps of
 * rdb-key-save-delay and key-load-delay included. */
int64_t save_fork_ns(const struct host *host, int64_t bytes, struct random *random);
int64_t save_work_ns(const struct host *host, const struct config *config, struct work work,
                     struct random *random);
int64_t load_work_ns(const struct host *host, const struct config *config, struct work work,
                     struct random *random);
int64_t flush_work_ns(const struct host *host, const struct config *config, int64_t bytes);

/* A replica is deaf but for looks at events: while its old data are freed, from `flushes` to
 * `begins`, one every 65536 hash buckets, the first at once; while it loads, one every step (0:
 * none). */
struct load_looks {
    int64_t flushes, flush_step_ns, begins, step_ns;
};

/* Time between two looks while `keys` keys are freed in flush_ns, their table being the next power
 * of two. */
int64_t flush_step_ns(int64_t flush_ns, int64_t keys);

/* When it may next write a newline to its master, and at most one a second: at the first look a
 * second from now or later. TIME_NEVER: not before the load ends (FACTS 4.7; redis 7.0.15
 * replicationEmptyDbCallback, loadingCron). */
int64_t load_next_newline(const struct profile *profile, const struct load_looks *looks,
                          int64_t now);

#define PAGE_SMALL_BYTES 4096
#define PAGE_HUGE_BYTES  (INT64_C(2) << 20)

/* An upper bound of the memory that a fork's child keeps from being shared (rdb_last_cow_size):
 * pages of `page_bytes` that `writes` single writes of `written` bytes in all touch, spread evenly.
 * A write touches the key's entry and the header of the old value, and a page or more where the new
 * value goes (FACTS 12.2). */
int64_t save_copied_bytes(struct work data, int64_t writes, int64_t written, int64_t page_bytes);

/* Keys of a keyspace that are there after `writes` writes: one after the other, or spread evenly
 * over it. */
int64_t keys_written(int64_t keyspace, int64_t writes, bool in_turn);

/* The share of reads, in ppm and spread evenly over the keys, that miss one of the last `writes`
 * writes. */
int64_t stale_share_ppm(int64_t keyspace, int64_t writes);

/* Whether the replica needs a save of its own, in the format of older versions: always to the sockets, for the file is for the
 * others (FACTS 3.1). */
bool save_is_in_older_format(const struct profile *master, const struct profile *replica);

/* Whether a replica of that version cannot read what that master saves for it (FACTS 7.5). */
bool payload_is_refused(const struct profile *master, const struct profile *replica);

/* The position from which a process goes on after a restart (FACTS 9.2). Fills *history (its id1 is
 * `new_id`, unless a replica takes the file's) and returns whether the file's position counts. */
bool restart_history(struct history *history, const struct profile *profile,
                     const struct data_file *file, bool is_replica, const char *new_id);

#endif
