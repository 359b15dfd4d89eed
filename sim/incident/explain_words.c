/* Places, times, versions and names as both forms of output have them. */
#include <string.h>
#include "sim/engine/time.h"
#include "sim/incident/explain_words.h"

void explain_place(const struct explained *explained, const struct process *process, struct mark at,
                   GString *out)
{
    const struct incident_file *file = incident_file_at(explained->incident, process->file);
    int32_t line = at.line;
    char *base = g_path_get_basename(incident_place(file, &line));
    bool is_named = incident_file_count(explained->incident) > 1 || file->pieces->len > 1;
    g_string_append_printf(out, "%s:%d", is_named ? explain_alias(explained, base) : "", line);
    g_free(base);
}

static GDateTime *date_of(int64_t ns)
{
    int64_t s = ns >= 0 ? ns / NS_PER_S : (ns - NS_PER_S + 1) / NS_PER_S;
    return g_date_time_new_from_unix_utc(s);
}

static bool has_year(const struct process *process)
{
    return process->clock.stamps_have_year || process->clock.year_is_known;
}

void explain_when(const struct process *process, int64_t ns, GString *out)
{
    GDateTime *date = date_of(ns);
    char *text =
        date && process->clock.has_stamps
            ? g_date_time_format(date, has_year(process) ? "%d %b %Y %H:%M:%S" : "%d %b %H:%M:%S")
            : g_strdup("at a time that is not known");
    g_string_append(out, text);
    if (date && process->clock.has_stamps)
        g_string_append_printf(out, ".%03d", (int)(ns % NS_PER_S / NS_PER_MS));
    g_free(text);
    if (date)
        g_date_time_unref(date);
}

void explain_iso(const struct process *process, int64_t ns, GString *out)
{
    GDateTime *date = date_of(ns);
    const char *form = has_year(process) ? "%Y-%m-%dT%H:%M:%S" : "%m-%dT%H:%M:%S";
    char *text = date ? g_date_time_format(date, form) : NULL;
    if (text)
        g_string_append_printf(out, "%s.%03d%s", text, (int)(ns % NS_PER_S / NS_PER_MS),
                               process->clock.zone_is_known ? "Z" : "");
    g_free(text);
    if (date)
        g_date_time_unref(date);
}

struct limits explain_limits(const struct explained *explained, const struct process *process)
{
    /* Of a server without a log only what was given for all of them holds. */
    return evidence_limits(explained->evidence,
                           process ? stories_node(explained->stories, process) : "");
}

void explain_version(const struct process *process, GString *out)
{
    uint32_t ages = process->ages;
    const char *by_words = ages & AGE_SYNC                       ? "Redis 2.6"
                           : ages & (AGE_PRIMARY | AGE_USING)    ? "Valkey 8.0 or later"
                           : ages & AGE_RDB_CHANNEL              ? "Redis 8.0 or later"
                           : ages & AGE_RUNID                    ? "Redis 2.8 to 3.2"
                           : ages & AGE_SLAVE && ages & AGE_YEAR ? "Redis 4.0 to 5.0"
                           : ages & AGE_SLAVE                    ? "Redis 2.8 to 4.0"
                           : ages & (AGE_RECONNECTING)           ? "Redis 6.2 or later"
                           : ages & (AGE_STREAMING)              ? "Redis 6.0.15 or later"
                           : ages & AGE_REPLICA                  ? "Redis 5.0 or later, or Valkey"
                                                                 : "";
    const char *flavour = process->flavour == 'V'   ? "Valkey"
                          : process->flavour == 'K' ? "KeyDB"
                                                    : "Redis";
    if (process->version[0])
        g_string_append_printf(out, "%s %s", flavour, process->version);
    else if (by_words[0])
        g_string_append_printf(out, "%s by its words", by_words);
    else
        g_string_append(out, "of a version that its words leave open");
    if (process->is_fork)
        g_string_append(out, " (a fork: kind and reason alone are to be relied on)");
}

const char *explain_alias(const struct explained *explained, const char *text)
{
    if (!explained->aliases || text[0] == '\0')
        return text;
    const char *alias = g_hash_table_lookup(explained->aliases, text);
    if (!alias) {
        char *made = g_strdup_printf("%s-%u",
                                     strlen(text) == 40    ? "id"
                                     : strpbrk(text, ".:") ? "host"
                                                           : "node",
                                     g_hash_table_size(explained->aliases) + 1);
        g_hash_table_insert(explained->aliases, g_strdup(text), made);
        alias = made;
    }
    return alias;
}
