/* Files become figures, figures become YAML: one master `m`, its replicas, and outages of one link.
 */
#include "sim/study/input.h"
#include <string.h>
#include "models/psync/profile.h"
#include "sim/engine/quantity.h"
#include "sim/engine/time.h"
#include "sim/study/input_conf.h"
#include "sim/study/input_info.h"
#include "sim/study/input_outages.h"

#define REPLICAS_MAX  32
#define FORK_DATA_MIN (INT64_C(64) << 20) /* below, a fork's time says little about its size */
#define GB            (INT64_C(1) << 30)

struct making {
    const struct input_options *options;
    struct provenance *provenance;
    struct problems *problems;
    struct input_conf conf;
    struct input_info info[2];
    struct input_outages outages;
    bool has_conf, has_outages;
    int info_count;
    GString *out;
};

static void note(struct making *making, const char *figure, const char *value, const char *from)
{
    provenance_add(making->provenance, figure, value, from);
}

/* NULL after a problem. Free with g_free. */
static char *load(const char *path, size_t *len, struct problems *problems)
{
    char *bytes = NULL;
    GError *error = NULL;
    if (g_file_get_contents(path, &bytes, len, &error))
        return bytes;
    struct place place = {problems_source(problems, path, NULL, 0), 0, 0};
    problems_add(problems, place, "%s", error->message);
    g_error_free(error);
    return NULL;
}

static void read_conf(struct making *making)
{
    size_t len = 0;
    const char *path = making->options->conf;
    char *bytes = path ? load(path, &len, making->problems) : NULL;
    if (!bytes)
        return;
    input_conf_read(&making->conf, path, bytes, len, making->problems);
    making->has_conf = true;
    g_free(bytes);
}

static void read_infos(struct making *making)
{
    for (int i = 0; i < 2 && making->options->info[i]; i++) {
        size_t len = 0;
        char *bytes = load(making->options->info[i], &len, making->problems);
        if (!bytes)
            return;
        input_info_read(&making->info[i], making->options->info[i], bytes, len, making->problems);
        making->info_count = i + 1;
        g_free(bytes);
    }
}

static void read_outages(struct making *making)
{
    size_t len = 0;
    const char *path = making->options->outages;
    char *bytes = path ? load(path, &len, making->problems) : NULL;
    if (!bytes)
        return;
    input_outages_read(&making->outages, path, bytes, len, making->problems);
    making->has_outages = true;
    g_free(bytes);
}

/* The later dump; NULL if there is none. */
static const struct input_info *latest(const struct making *making)
{
    return making->info_count > 0 ? &making->info[making->info_count - 1] : NULL;
}

static const char *info_path(const struct making *making)
{
    return making->options->info[making->info_count - 1];
}

static void put_server(struct making *making)
{
    const struct input_info *info = latest(making);
    bool is_valkey = info && info->valkey[0] != '\0';
    const char *version = !info ? "" : is_valkey ? info->valkey : info->version;
    char *name = g_strconcat(is_valkey ? "valkey-" : "redis-", version, NULL);
    bool is_known = version[0] != '\0' && profile_find(name);
    if (is_known) {
        note(making, "server", name, info_path(making));
    } else {
        char *from = version[0] == '\0' ? g_strdup("default")
                                        : g_strdup_printf("default: %s has no profile here", name);
        note(making, "server", "redis-7.0", from);
        g_free(from);
    }
    g_string_append_printf(making->out, "server: %s\n", is_known ? name : "redis-7.0");
    g_free(name);
    if (info && info->is_replica)
        note(making, "role", "replica", info_path(making));
}

static void put_directive(struct making *making, int directive, const char *value, const char *from)
{
    char *escaped = g_strescape(value, NULL);
    g_string_append_printf(making->out, "  %s: \"%s\"\n", config_name(directive), escaped);
    note(making, config_name(directive), value, from);
    g_free(escaped);
}

static int64_t info_of(const struct making *making, int directive)
{
    const struct input_info *info = latest(making);
    return !info                               ? INFO_UNKNOWN
           : directive == CONFIG_backlog_bytes ? info->backlog_bytes
           : directive == CONFIG_maxmemory     ? info->maxmemory
                                               : INFO_UNKNOWN;
}

/* A running server's word goes before that of its file: CONFIG SET may have changed it. */
static void put_config(struct making *making)
{
    g_string_append(making->out, "config:\n");
    gsize none = making->out->len;
    for (int i = 0; i < CONFIG_COUNT; i++) {
        char text[32];
        int64_t running = info_of(making, i);
        const char *set = making->has_conf ? making->conf.values[i] : NULL;
        if (running >= 0) {
            quantity_print(QUANTITY_SIZE, running, text, sizeof text);
            put_directive(making, i, text, info_path(making));
        } else if (set) {
            char *from =
                g_strdup_printf("%s line %d", making->options->conf, (int)making->conf.lines[i]);
            put_directive(making, i, set, from);
            g_free(from);
        }
    }
    if (making->out->len == none)
        g_string_truncate(making->out, none - strlen("config:\n"));
    for (guint i = 0; making->has_conf && i < making->conf.includes->len; i++)
        note(making, "include", making->conf.includes->pdata[i], "not followed");
}

static void put_hosts(struct making *making)
{
    const struct input_info *info = latest(making);
    g_string_append(making->out, "hosts: { default: { preset: cloud");
    note(making, "host", "cloud", "preset");
    if (info && info->fork_us > 0 && info->used_memory >= FORK_DATA_MIN) {
        int64_t us = MAX(mul_div(info->fork_us, GB, info->used_memory), 1);
        char *value = g_strdup_printf("%" G_GINT64_FORMAT "us/gb", us);
        char *from = g_strdup_printf("%s: latest_fork_usec by used_memory", info_path(making));
        g_string_append_printf(making->out, ", fork: %s", value);
        note(making, "fork", value, from);
        g_free(value);
        g_free(from);
    }
    g_string_append(making->out, " } }\n");
}

static void put_nodes(struct making *making)
{
    const struct input_info *info = latest(making);
    bool has_data = info && info->used_memory >= 0, has_count = info && info->replicas > 0;
    char dataset[32];
    quantity_print(QUANTITY_SIZE, has_data ? info->used_memory : GB, dataset, sizeof dataset);
    note(making, "dataset", dataset,
         has_data ? "used_memory: an RDB is usually smaller" : "default, a guess");
    int replicas = has_count ? (int)MIN(info->replicas, REPLICAS_MAX) : 1;
    char *count = g_strdup_printf("%d", replicas);
    note(making, "replicas", count, has_count ? "connected_slaves" : "default");
    g_free(count);
    g_string_append_printf(making->out, "nodes:\n  m: { dataset: %s", dataset);
    if (info && info->keys > 0)
        g_string_append_printf(making->out, ", keys: %" G_GINT64_FORMAT, info->keys);
    g_string_append(making->out, " }\n");
    for (int i = 1; i <= replicas; i++)
        g_string_append_printf(making->out, "  r%d: { replicaof: m, begin: synced }\n", i);
    g_string_append(making->out, "links: { default: { preset: cross-zone } }\n");
    note(making, "link", "cross-zone", "preset");
}

static void put_load(struct making *making)
{
    struct input_rate rate = {.bytes_per_s = INFO_UNKNOWN, .from = "no file says it"};
    if (making->info_count > 0)
        rate = input_info_rate(&making->info[0], making->info_count > 1 ? &making->info[1] : NULL);
    if (rate.bytes_per_s == INFO_UNKNOWN) {
        char *from = g_strdup_printf("preset typical: %s", rate.from);
        note(making, "write rate", "512kb/s", from);
        g_free(from);
        g_string_append(making->out, "load: [ { node: m, preset: typical } ]\n");
        return;
    }
    char text[32];
    quantity_print(QUANTITY_BYTERATE, rate.bytes_per_s, text, sizeof text);
    note(making, "write rate", text, rate.from);
    if (rate.bytes_per_s > 0)
        g_string_append_printf(making->out, "load: [ { node: m, rate: %s } ]\n", text);
}

static void put_faults(struct making *making)
{
    bool is_short = false;
    GString *law = making->has_outages ? input_outages_law(&making->outages, &is_short)
                                       : g_string_new("{ preset: default-guess }");
    int64_t milli = making->has_outages ? input_outages_per_year_milli(&making->outages) : 0;
    char *from = making->has_outages
                     ? g_strdup_printf("%s%s", making->options->outages,
                                       is_short ? ": quantiles, for there are more" : "")
                     : g_strdup("preset, a guess");
    note(making, "how long outages last", law->str, from);
    int64_t used = milli > 0 ? milli : 4000;
    char *value =
        g_strdup_printf("%" G_GINT64_FORMAT ".%03d of each link", used / 1000, (int)(used % 1000));
    note(making, "outages a year", value,
         milli > 0 ? "starts of the outages, first to last" : "preset default-guess");
    int64_t between_s = MAX(INT64_C(31536000) * 1000 / used, 1);
    g_string_append_printf(making->out,
                           "faults:\n  - { every: { exponential: %" G_GINT64_FORMAT
                           "s }, partition: m-r1, for: %s }\n",
                           between_s, law->str);
    g_free(value);
    g_free(from);
    g_string_free(law, TRUE);
}

static void clear(struct making *making)
{
    if (making->has_conf)
        input_conf_clear(&making->conf);
    if (making->has_outages)
        input_outages_clear(&making->outages);
}

GString *input_scenario(const struct input_options *options, struct provenance *provenance,
                        struct problems *problems)
{
    struct making making = {.options = options, .provenance = provenance, .problems = problems};
    size_t before = problems_count(problems);
    read_conf(&making);
    read_infos(&making);
    read_outages(&making);
    if (problems_count(problems) == before) {
        making.out = g_string_new("why: made from files of a running server\nduration: 365d\n");
        put_server(&making);
        put_config(&making);
        put_hosts(&making);
        put_nodes(&making);
        put_load(&making);
        put_faults(&making);
    }
    clear(&making);
    return making.out;
}
