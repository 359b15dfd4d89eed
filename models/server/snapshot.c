/* Rules and costs of saves, loads and restarts. See snapshot.h. */
#include "models/server/snapshot.h"

#include <assert.h>
#include "sim/engine/portable_math.h"
#include "sim/engine/time.h"

#define PAGE_BYTES 4096

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

/* What `ns` of work take on a machine that others use too. */
static int64_t on_busy_machine(const struct host *host, int64_t ns, struct random *random)
{
    return ns + mul_div(ns, dist_draw(&host->busy, random), 1000000);
}

/* A sleep of `delay_us` after each of `keys`. */
static int64_t asleep_ns(const struct host *host, int64_t keys, int64_t delay_us,
                         struct random *random)
{
    if (delay_us == 0)
        return 0;
    return keys * (delay_us * NS_PER_US + dist_draw(&host->sleep_extra, random));
}

int64_t save_fork_ns(const struct host *host, int64_t bytes, struct random *random)
{
    int64_t base = dist_draw(&host->fork_base, random);
    int64_t fork = base + mul_div(dist_draw(&host->fork_per_gb, random), bytes, INT64_C(1) << 30);
    return on_busy_machine(host, fork, random);
}

int64_t save_work_ns(const struct host *host, const struct config *config, struct work work,
                     struct random *random)
{
    int64_t base = dist_draw(&host->save_base, random);
    int64_t ns = base + work_ns(host, work.bytes, work.keys, host->save_rate);
    return on_busy_machine(host, ns, random) +
           asleep_ns(host, work.keys, config->key_save_delay_us, random);
}

int64_t load_work_ns(const struct host *host, const struct config *config, struct work work,
                     struct random *random)
{
    int64_t base = dist_draw(&host->load_base, random);
    int64_t ns = base + work_ns(host, work.bytes, work.keys, host->load_rate);
    return on_busy_machine(host, ns, random) +
           asleep_ns(host, work.keys, config->key_load_delay_us, random);
}

int64_t flush_work_ns(const struct host *host, const struct config *config, int64_t bytes)
{
    return config->lazy_flush != 0 || host->flush_rate == 0
               ? 0
               : mul_div(bytes, NS_PER_S, host->flush_rate);
}

int64_t load_next_newline(const struct profile *profile, int64_t begins, int64_t step_ns,
                          int64_t now)
{
    int64_t second = now + NS_PER_S;
    assert(step_ns >= 0);
    if (!profile->newline_while_loading)
        return TIME_NEVER;
    if (second < begins)
        return second;
    if (step_ns == 0)
        return TIME_NEVER;
    return begins + ceil_div(max64(second - begins, 1), step_ns) * step_ns;
}

/* Of `places` equally likely ones, the share that `throws` throws hit. */
static double share_hit(double places, double throws)
{
    return 1.0 - portable_exp(-throws / places);
}

int64_t save_copied_bytes(int64_t bytes, int64_t writes, int64_t written)
{
    double pages = (double)max64(1, bytes / PAGE_BYTES);
    return (int64_t)(pages * share_hit(pages, (double)max64(writes, written / PAGE_BYTES))) *
           PAGE_BYTES;
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
