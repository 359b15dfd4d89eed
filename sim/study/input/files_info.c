/* What dumps of INFO say of a case. See input_files.h. */
#include <string.h>
#include "models/psync/profile.h"
#include "sim/engine/quantity.h"
#include "sim/engine/time.h"
#include "sim/study/input/input.h"
#include "sim/study/input/input_files.h"
#include "sim/study/input/input_info.h"

#define REPLICAS_MAX  32
#define FORK_DATA_MIN (INT64_C(64) << 20) /* below, a fork's time says little about its size */
#define GB            (INT64_C(1) << 30)

static void note_quantity(struct input_figure *figure, enum quantity_kind kind, int64_t value,
                          char *from)
{
    char text[32];
    quantity_print(kind, value, text, sizeof text);
    input_note(figure, text, from);
}

static void note_server(const struct input *input, const struct input_info *info, const char *path)
{
    bool is_valkey = info->valkey[0] != '\0';
    const char *version = is_valkey ? info->valkey : info->version;
    char *name = g_strconcat(is_valkey ? "valkey-" : "redis-", version, NULL);
    if (version[0] != '\0' && profile_find(name))
        input_note(&input->figures->server, name, g_strdup_printf("%s: version", path));
    else if (version[0] != '\0' && !input->options->server)
        provenance_remark(input->provenance,
                          "%s is of %s, which has no profile here (psyncsim profiles): the default "
                          "stands in for it",
                          path, name);
    g_free(name);
}

/* A running server's word goes before that of its file. */
static void note_running(const struct input *input, int directive, int64_t running,
                         const char *path)
{
    struct input_figure *figure = &input->figures->config[directive];
    if (running < 0)
        return;
    char text[32];
    quantity_print(QUANTITY_SIZE, running, text, sizeof text);
    int64_t configured = running;
    if (figure->value)
        quantity_parse(QUANTITY_SIZE, figure->value, strlen(figure->value), &configured);
    if (configured != running)
        provenance_remark(input->provenance,
                          "%s: %s says %s, but the running server (%s) %s, which counts here; was "
                          "it changed by CONFIG SET and not written back (CONFIG REWRITE)?",
                          config_name(directive), figure->from, figure->value, path, text);
    if (!figure->value || configured != running)
        input_note(figure, text, g_strdup(path));
}

static void note_fork(const struct input *input, const struct input_info *info, const char *path)
{
    if (info->fork_us <= 0 || info->used_memory < FORK_DATA_MIN)
        return;
    int64_t us = MAX(mul_div(info->fork_us, GB, info->used_memory), 1);
    char *value = g_strdup_printf("%" G_GINT64_FORMAT "us/gb", us);
    input_note(&input->figures->fork, value,
               g_strdup_printf("%s: latest_fork_usec by used_memory", path));
    g_free(value);
}

static void note_counts(const struct input *input, const struct input_info *info, const char *path)
{
    struct input_figures *figures = input->figures;
    bool is_split = info->dataset_bytes >= 0;
    int64_t bytes = is_split ? info->dataset_bytes : info->used_memory;
    if (bytes >= 0)
        note_quantity(&figures->dataset, QUANTITY_SIZE, bytes,
                      g_strdup_printf("%s: used_memory%s; an RDB is usually smaller", path,
                                      is_split ? "_dataset" : ""));
    if (info->keys > 0)
        note_quantity(&figures->keys, QUANTITY_COUNT, info->keys, g_strdup(path));
    if (info->replicas > 0)
        note_quantity(&figures->replicas, QUANTITY_COUNT, MIN(info->replicas, REPLICAS_MAX),
                      g_strdup_printf("%s: connected_slaves", path));
    if (info->replicas > REPLICAS_MAX)
        provenance_remark(input->provenance,
                          "%s has %" G_GINT64_FORMAT " replicas; %d of them are simulated", path,
                          info->replicas, REPLICAS_MAX);
    if (info->is_replica)
        provenance_remark(input->provenance,
                          "%s is of a replica: limits, memory and number of replicas are those of "
                          "its master in truth",
                          path);
}

static void note_rate(const struct input *input, const struct input_info *infos, int count)
{
    static const char OF_CLIENTS[] =
        "the server makes no replication stream, for it has neither replica nor backlog; the rate "
        "is that of all that its clients send, which is more";
    static const char OF_INFO[] =
        "a write rate from INFO is a mean without bursts: --series takes a recorded offset";
    struct input_rate rate = input_info_rate(&infos[0], count > 1 ? &infos[1] : NULL);
    char *from = g_strdup_printf("%s: %s", input->options->info, rate.from);
    if (rate.bytes_per_s == 0)
        input_note(&input->figures->write_rate, NULL,
                   g_strconcat(from,
                               ", a rate of 0; take them further apart, while it is written to",
                               NULL));
    else if (rate.bytes_per_s == INFO_UNKNOWN)
        input_note(&input->figures->write_rate, NULL, g_strdup(from));
    else if (!input->options->write_rate && !input->options->series)
        provenance_remark(input->provenance, "%s", rate.is_of_clients ? OF_CLIENTS : OF_INFO);
    if (rate.bytes_per_s > 0)
        note_quantity(&input->figures->write_rate, QUANTITY_BYTERATE, rate.bytes_per_s,
                      g_strdup(from));
    g_free(from);
}

static bool read_info(const struct input *input, const char *path, struct input_info *info)
{
    size_t len = 0;
    char *bytes = input_load(input, path, &len);
    bool is_good = bytes && input_info_read(info, path, bytes, len, input->diagnostics);
    g_free(bytes);
    return is_good;
}

void input_take_infos(const struct input *input)
{
    const char *paths[] = {input->options->info, input->options->info_later};
    struct input_info infos[2];
    int count = paths[1] ? 2 : paths[0] ? 1 : 0, good = 0;
    for (int i = 0; i < count; i++)
        good += read_info(input, paths[i], &infos[i]);
    if (count == 0 || good < count)
        return;
    int last = count > 1 && infos[1].uptime_s >= infos[0].uptime_s ? 1 : 0;
    const struct input_info *info = &infos[last];
    note_server(input, info, paths[last]);
    note_running(input, CONFIG_backlog_bytes, info->backlog_bytes, paths[last]);
    note_running(input, CONFIG_maxmemory, info->maxmemory, paths[last]);
    note_fork(input, info, paths[last]);
    if (info->used_memory > 0) {
        char *bytes = g_strdup_printf("%" G_GINT64_FORMAT, info->used_memory);
        provenance_add(input->provenance, PROVENANCE_USED_MEMORY, bytes, paths[last]);
        g_free(bytes);
    }
    note_counts(input, info, paths[last]);
    note_rate(input, infos, count);
}
