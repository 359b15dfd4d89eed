/* Rules and costs of saves, loads and restarts. See snapshot.h. */
#include "models/server/snapshot.h"

#include <assert.h>
#include "sim/engine/portable_math.h"
#include "sim/engine/time.h"

#define BUCKETS_PER_LOOK 65536
#define WORK_MAX         (40 * 365 * 86400 * NS_PER_S) /* no run lasts that long */

/* Memory of a key besides its value (FACTS 12.2): entry, value header and hash bucket; its name. */
#define ENTRY_BYTES     48
#define KEY_BYTES       24
#define ALLOCATOR_SLACK 1.25 /* between two size classes, at most */
#define VALUE_PAGES     1.5  /* pages of small values that one write touches, at most */
#define PROCESS_BYTES   (INT64_C(1) << 20) /* what any process writes meanwhile */

bool save_is_left_to_cron(const struct profile *profile, const struct config *config,
                          bool takes_eof)
{
    return config->diskless_sync != 0 && takes_eof &&
           (config->diskless_delay_s > 0 || !profile->diskless_start_now);
}

bool save_is_due(const struct profile *profile, const struct config *config,
                 const struct save_queue *queue, bool at_cron)
{
    if (queue->waiting == 0)
        return false;
    if (config->diskless_sync == 0 || (!at_cron && !profile->next_save_honours_delay))
        return true;
    if (profile->diskless_max_replicas && config->diskless_max_replicas > 0 &&
        queue->waiting >= config->diskless_max_replicas)
        return true;
    return profile->diskless_delay_reached_at_equal ? queue->idle_s >= config->diskless_delay_s
                                                    : queue->idle_s > config->diskless_delay_s;
}

bool save_goes_to_sockets(const struct config *config, const struct save_queue *queue)
{
    return config->diskless_sync != 0 && queue->all_take_eof;
}

bool save_is_joinable(bool is_socket, uint32_t capa, uint32_t member_capa)
{
    return !is_socket && (capa & member_capa) == capa;
}

bool save_is_useless(const struct profile *profile, const struct config *config, bool is_socket)
{
    return is_socket || (profile->kill_useless_save && config->save_points == 0);
}

/* ns for `bytes` at `rate`, but at least what `keys` take. */
static int64_t work_ns(const struct host *host, int64_t bytes, int64_t keys, int64_t rate)
{
    int64_t by_size = rate > 0 ? mul_div(bytes, NS_PER_S, rate) : 0;
    int64_t by_keys = host->key_rate > 0 ? mul_div(keys, NS_PER_S, host->key_rate) : 0;
    return max64(by_size, by_keys);
}

/* One draw, or the most that any can be. */
static int64_t cost(const struct dist *dist, struct random *random)
{
    return random != NULL ? dist_draw(dist, random) : dist_most(dist);
}

/* What `ns` of work take on a machine that others use too. */
static int64_t on_busy_machine(const struct host *host, int64_t ns, struct random *random)
{
    return min64(time_add(ns, mul_div(ns, cost(&host->busy, random), 1000000)), WORK_MAX);
}

/* A sleep of `delay_us` after each of `keys`. */
static int64_t asleep_ns(const struct host *host, int64_t keys, int64_t delay_us,
                         struct random *random)
{
    if (delay_us == 0)
        return 0;
    return min64(mul_div(keys, delay_us * NS_PER_US + cost(&host->sleep_extra, random), 1),
                 WORK_MAX);
}

int64_t save_fork_ns(const struct host *host, int64_t bytes, struct random *random)
{
    int64_t base = cost(&host->fork_base, random);
    int64_t fork =
        time_add(base, mul_div(cost(&host->fork_per_gb, random), bytes, INT64_C(1) << 30));
    return on_busy_machine(host, fork, random);
}

int64_t save_work_ns(const struct host *host, const struct config *config, struct work work,
                     struct random *random)
{
    int64_t base = cost(&host->save_base, random);
    int64_t ns = time_add(base, work_ns(host, work.bytes, work.keys, host->save_rate));
    return on_busy_machine(host, ns, random) +
           asleep_ns(host, work.keys, config->key_save_delay_us, random);
}

int64_t load_work_ns(const struct host *host, const struct config *config, struct work work,
                     struct random *random)
{
    int64_t base = cost(&host->load_base, random);
    int64_t ns = time_add(base, work_ns(host, work.bytes, work.keys, host->load_rate));
    return on_busy_machine(host, ns, random) +
           asleep_ns(host, work.keys, config->key_load_delay_us, random);
}

int64_t flush_work_ns(const struct host *host, const struct config *config, int64_t bytes)
{
    return config->lazy_flush != 0 || host->flush_rate == 0
               ? 0
               : min64(mul_div(bytes, NS_PER_S, host->flush_rate), WORK_MAX);
}

int64_t flush_step_ns(int64_t flush_ns, int64_t keys)
{
    int64_t buckets = 1;
    while (buckets < keys)
        buckets *= 2;
    return mul_div(flush_ns, BUCKETS_PER_LOOK, buckets);
}

static int64_t next_look(int64_t from, int64_t step_ns, int64_t at)
{
    return from + ceil_div(max64(at - from, 1), step_ns) * step_ns;
}

int64_t load_next_newline(const struct profile *profile, const struct load_looks *looks,
                          int64_t now)
{
    int64_t second = now + NS_PER_S;
    assert(looks->step_ns >= 0 && looks->flush_step_ns >= 0 && looks->flushes <= looks->begins);
    if (!profile->newline_while_loading)
        return TIME_NEVER;
    if (second < looks->begins && looks->flush_step_ns > 0) {
        int64_t look = next_look(looks->flushes, looks->flush_step_ns, second);
        if (look < looks->begins)
            return look;
    }
    return looks->step_ns == 0 ? TIME_NEVER : next_look(looks->begins, looks->step_ns, second);
}

/* Of `places` equally likely ones, the share that `throws` throws hit. */
static double share_hit(double places, double throws)
{
    return 1.0 - portable_exp(-throws / places);
}

static int64_t pages_hit(double bytes, double throws, int64_t page_bytes)
{
    double pages = bytes / (double)page_bytes;
    return pages < 1.0 ? (throws > 0.0 ? 1 : 0) : (int64_t)(pages * share_hit(pages, throws));
}

int64_t save_copied_bytes(struct work data, int64_t writes, int64_t written, int64_t page_bytes)
{
    double entries = (double)data.keys * ENTRY_BYTES;
    double values = (double)data.bytes * ALLOCATOR_SLACK + (double)data.keys * KEY_BYTES;
    double throws = (double)writes * VALUE_PAGES + (double)written / (double)page_bytes;
    if (writes <= 0)
        return 0;
    return PROCESS_BYTES + (pages_hit(entries, 2.0 * (double)writes, page_bytes) +
                            pages_hit(values, throws, page_bytes)) *
                               page_bytes;
}

int64_t keys_written(int64_t keyspace, int64_t writes, bool in_turn)
{
    if (in_turn)
        return writes < keyspace ? writes : keyspace;
    double keys = (double)max64(1, keyspace);
    return (int64_t)(keys * share_hit(keys, (double)writes) + 0.5);
}

int64_t stale_share_ppm(int64_t keyspace, int64_t writes)
{
    return (int64_t)(share_hit((double)max64(1, keyspace), (double)writes) * 1e6);
}

bool save_is_in_older_format(const struct profile *master, const struct profile *replica)
{
    return replica->rdb_version < master->rdb_version && master->rdb_version_for_older > 0;
}

bool payload_is_refused(const struct profile *master, const struct profile *replica)
{
    int64_t format = save_is_in_older_format(master, replica) ? master->rdb_version_for_older
                                                              : master->rdb_version;
    return replica->rdb_version < format;
}

bool restart_history(struct history *history, const struct profile *profile,
                     const struct data_file *file, bool is_replica, const char *new_id)
{
    bool is_used = is_replica ? profile->replica_restart_partial : profile->master_restart_partial;
    history_init(history, new_id);
    if (!file->exists || !file->has_position || !is_used)
        return false;
    history_replace(history, file->id, file->offset);
    if (!is_replica)
        history_shift(history, new_id);
    return true;
}
