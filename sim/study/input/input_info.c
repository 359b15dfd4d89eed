/* INFO: lines of name:value below # headings. Offsets are exact to 64 bits. */
#include "sim/study/input/input_info.h"
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include "sim/engine/time.h"

#define WATCHING 1000 /* bytes a second: what those who ask INFO send may be as many */

struct field {
    const char *name;
    size_t offset;
};

static const struct field FIELDS[] = {
#define INFO_FIELD(field, name, what) {name, offsetof(struct input_info, field)},
#include "sim/study/input/input_info.def"
#undef INFO_FIELD
};

static bool parse_whole(const char *text, int64_t *out)
{
    return g_ascii_string_to_signed(text, 10, INT64_MIN + 1, INT64_MAX, out, NULL);
}

static void wrong(struct input_text *text, const char *name, const char *value)
{
    input_text_wrong(text, (int32_t)strlen(name) + 2, "%s: found '%.40s', expected a whole number",
                     name, value);
}

static bool take_number(struct input_info *info, struct input_text *text, const char *value)
{
    for (size_t i = 0; i < G_N_ELEMENTS(FIELDS); i++) {
        if (strcmp(text->line, FIELDS[i].name) != 0)
            continue;
        int64_t *field = (int64_t *)(void *)((char *)info + FIELDS[i].offset);
        if (!parse_whole(value, field))
            wrong(text, FIELDS[i].name, value);
        return true;
    }
    return false;
}

/* db0:keys=12,expires=3,avg_ttl=0 */
static void take_keys(struct input_info *info, struct input_text *text, const char *value)
{
    char **parts = g_strsplit(value + strlen("keys="), ",", 2);
    int64_t keys = 0, sum = info->keys == INFO_UNKNOWN ? 0 : info->keys;
    if (!parts[0] || !parse_whole(parts[0], &keys) || keys < 0 || keys > INT64_MAX - sum)
        wrong(text, text->line, value);
    else
        info->keys = sum + keys;
    g_strfreev(parts);
}

static bool take_text(struct input_info *info, struct input_text *text, const char *value)
{
    const char *name = text->line;
    if (strcmp(name, "redis_version") == 0) {
        g_strlcpy(info->version, value, sizeof info->version);
    } else if (strcmp(name, "valkey_version") == 0) {
        g_strlcpy(info->valkey, value, sizeof info->valkey);
    } else if (strcmp(name, "master_replid") == 0) {
        g_strlcpy(info->replid, value, sizeof info->replid);
    } else if (strcmp(name, "run_id") == 0) {
        g_strlcpy(info->run_id, value, sizeof info->run_id);
    } else if (strcmp(name, "role") == 0) {
        info->is_replica = strcmp(value, "slave") == 0 || strcmp(value, "replica") == 0;
    } else if (strcmp(name, "instantaneous_output_repl_kbps") == 0) {
        double kbps = g_ascii_strtod(value, NULL);
        info->repl_output_milli = kbps >= 0 && kbps < 1e12 ? (int64_t)(kbps * 1000 + 0.5) : 0;
    } else if (g_str_has_prefix(name, "db") && g_str_has_prefix(value, "keys=")) {
        take_keys(info, text, value);
    } else {
        return false;
    }
    return true;
}

bool input_info_read(struct input_info *info, const char *name, const char *bytes, size_t len,
                     struct diagnostics *diagnostics)
{
    size_t before = diagnostics_count(diagnostics);
    *info = (struct input_info){.keys = INFO_UNKNOWN, .repl_output_milli = INFO_UNKNOWN};
    for (size_t i = 0; i < G_N_ELEMENTS(FIELDS); i++)
        *(int64_t *)(void *)((char *)info + FIELDS[i].offset) = INFO_UNKNOWN;
    struct input_text text;
    input_text_init(&text, name, bytes, len, diagnostics);
    bool is_info = false;
    while (input_text_next(&text)) {
        char *colon = strchr(g_strstrip(text.line), ':');
        if (text.line[0] == '#' || !colon)
            continue;
        *colon = '\0';
        is_info =
            take_number(info, &text, colon + 1) || take_text(info, &text, colon + 1) || is_info;
    }
    if (!is_info && diagnostics_count(diagnostics) == before)
        input_text_wrong(&text, 0,
                         "expected what redis-cli INFO prints: lines such as used_memory:1048576");
    input_text_clear(&text);
    return diagnostics_count(diagnostics) == before;
}

static struct input_rate unknown(const char *why)
{
    struct input_rate rate = {.bytes_per_s = INFO_UNKNOWN};
    g_strlcpy(rate.from, why, sizeof rate.from);
    return rate;
}

static bool has_clock(const struct input_info *info)
{
    return info->server_time_us != INFO_UNKNOWN;
}

/* Microseconds from one dump to the other: by the server's clock, else by its uptime. */
static int64_t between_us(const struct input_info *first, const struct input_info *second)
{
    int64_t us = 0, s = 0;
    if (has_clock(first) && has_clock(second))
        return __builtin_sub_overflow(second->server_time_us, first->server_time_us, &us) ? 0 : us;
    if (first->uptime_s == INFO_UNKNOWN || second->uptime_s == INFO_UNKNOWN ||
        __builtin_sub_overflow(second->uptime_s, first->uptime_s, &s) ||
        __builtin_mul_overflow(s, INT64_C(1000000), &us))
        return 0;
    return us;
}

/* Bytes that all clients sent from one dump to the other to a server that makes no stream, for it
 * has neither replica nor backlog. 0: it makes one, or that is unknown, or CONFIG RESETSTAT
 * came. */
static int64_t sent_by_clients(const struct input_info *first, const struct input_info *second)
{
    bool makes_none = second->has_backlog == 0 && second->replicas == 0;
    bool is_known = first->net_input_bytes >= 0 && second->net_input_bytes >= 0;
    return makes_none && is_known ? MAX(second->net_input_bytes - first->net_input_bytes, 0) : 0;
}

static struct input_rate rate_of_two(const struct input_info *first,
                                     const struct input_info *second)
{
    int64_t us = between_us(first, second), bytes = 0;
    if (first->run_id[0] && second->run_id[0] && strcmp(first->run_id, second->run_id) != 0)
        return unknown("the two dumps are of two processes (run_id); they must be of one");
    if (us == 0)
        return unknown("the two dumps do not say how much time lies between them");
    if (strcmp(first->replid, second->replid) != 0)
        return unknown("the two dumps have different replication ids");
    if (__builtin_sub_overflow(second->offset, first->offset, &bytes) || bytes < 0)
        return unknown("master_repl_offset goes back from one dump to the other");
    int64_t sent = sent_by_clients(first, second);
    bool is_of_clients = bytes == 0 && mul_div(sent, 1000000, us) >= WATCHING;
    bytes = is_of_clients ? sent : bytes;
    struct input_rate rate = {mul_div(bytes, 1000000, us), is_of_clients, ""};
    snprintf(rate.from, sizeof rate.from, "%stwo INFO dumps: %" G_GINT64_FORMAT " bytes in %.1f s",
             is_of_clients ? "total_net_input_bytes of " : "", bytes, (double)us / 1e6);
    return rate;
}

struct input_rate input_info_rate(const struct input_info *first, const struct input_info *second)
{
    bool has_offset = first->offset != INFO_UNKNOWN && first->offset >= 0;
    if (second && (!has_offset || second->offset == INFO_UNKNOWN))
        return unknown("a dump has no master_repl_offset (the section Replication)");
    if (second && between_us(first, second) < 0)
        return rate_of_two(second, first);
    if (second)
        return rate_of_two(first, second);
    struct input_rate rate = {0};
    if (first->repl_output_milli > 0 && first->replicas > 0) {
        rate.bytes_per_s = mul_div(first->repl_output_milli, 1024, 1000) / first->replicas;
        g_strlcpy(rate.from, "instantaneous_output_repl_kbps by replica: one moment only",
                  sizeof rate.from);
        return rate;
    }
    if (!has_offset || first->uptime_s == INFO_UNKNOWN || first->uptime_s <= 0)
        return unknown("neither instantaneous_output_repl_kbps nor an offset and an uptime");
    rate.bytes_per_s = first->offset / first->uptime_s;
    g_strlcpy(rate.from,
              "master_repl_offset by uptime: wrong if the offset is older than the process",
              sizeof rate.from);
    return rate;
}
