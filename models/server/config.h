/* A node's redis.conf as far as replication sees it. */
#ifndef PSYNCSIM_SERVER_CONFIG_H
#define PSYNCSIM_SERVER_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "models/psync/profile.h"

#define CONFIG_TEXT_MAX 224 /* longest printed value, with its end */

enum diskless_load { DISKLESS_LOAD_DISABLED, DISKLESS_LOAD_ON_EMPTY_DB, DISKLESS_LOAD_SWAPDB };

struct output_limit {
    int64_t hard_bytes, soft_bytes; /* 0: off */
    int64_t soft_s;
};

/* `save 300 100`: at least so many changes, and more than so many seconds since the last save. */
#define SAVE_POINTS_MAX 8
struct save_rule {
    uint32_t count; /* 0: saves do not begin by themselves */
    struct save_point {
        int64_t seconds, changes;
    } points[SAVE_POINTS_MAX];
};

/* One int64_t per row of config.def, but `limit`, which is a struct output_limit, and `save_rule`,
 * which belongs to `save_points`. */
struct config {
    int64_t backlog_bytes, backlog_ttl_s, timeout_s, ping_period_s;
    int64_t diskless_sync, diskless_delay_s, diskless_max_replicas, diskless_load;
    int64_t rdb_channel, dual_channel, full_sync_buffer_bytes;
    struct output_limit limit;
    int64_t min_replicas, min_replicas_lag_s, serve_stale, lazy_flush, appendonly, save_points,
        stop_writes, busy_reply_ms;
    int64_t shutdown_timeout_s, maxmemory, key_save_delay_us, key_load_delay_us, hz;
    struct save_rule save_rule;
};

/* Whether full synchronisations may go over two connections: of a replica, and of a master, which
 * does so from a diskless save only. */
bool config_second_channel(const struct config *config, const struct profile *profile);
bool config_serves_channel(const struct config *config, const struct profile *profile);

/* Bytes of the stream after which a replica stops reading while it loads, in whole blocks; 0: never
 * (FACTS 10.2). */
int64_t config_kept_bytes(const struct config *config, const struct profile *profile);

/* Memory that so many bytes of kept stream take: whole blocks. */
int64_t config_kept_memory(const struct profile *profile, int64_t kept_bytes);

enum config_directive {
#define DIRECTIVE(field, name, aliases, type, fallback, min, max, what) CONFIG_##field,
#include "models/server/config.def"
#undef DIRECTIVE
    CONFIG_COUNT
};

/* The defaults of that version (256mb 64mb 60 for the limit everywhere). */
void config_init(struct config *config, const struct profile *profile);

/* Index of the directive of that name or older name, any case; -1 if there is none. */
int config_find(const char *name);
const char *config_name(int directive);
const char *config_older_names(int directive); /* space separated */
const char *config_what(int directive);

/* A value that config_set takes, for the reference and the schema. */
const char *config_example(int directive);

/* Sets it from its redis.conf spelling ("1mb", "replica 256mb 64mb 60", "yes"). Returns NULL or a
 * static sentence that says what is expected; *config is unchanged then. */
const char *config_set(struct config *config, int directive, const char *value);

/* The value as redis.conf has it. Returns its length. size >= CONFIG_TEXT_MAX. */
size_t config_print(const struct config *config, int directive, char *out, size_t size);

#endif
