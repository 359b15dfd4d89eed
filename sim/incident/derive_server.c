/* The banner's version counts, then INFO's, then the words of the log: each wording came with some
 * release and went with another. */
#include "sim/incident/derive_server.h"

#include <string.h>

/* What the words allow, from the most telling on; the last release of the span stands for it, as its
 * behaviour is that of most of them. */
static const struct {
    uint32_t ages;
    const char *profile;
} BY_WORDS[] = {
    {AGE_SYNC, "redis-2.8"},   {AGE_PRIMARY, "valkey-8.0"},
    {AGE_USING, "valkey-8.0"}, {AGE_RDB_CHANNEL, "redis-8.0"},
    {AGE_RUNID, "redis-3.2"},  {AGE_SLAVE | AGE_YEAR, "redis-5.0"},
    {AGE_SLAVE, "redis-4.0"},  {AGE_RECONNECTING, "redis-7.0"},
};

static int64_t series_number(const char *name)
{
    const char *at = strchr(name, '-');
    char *end = NULL;
    if (!at || !g_ascii_isdigit(at[1]))
        return -1;
    int64_t major = (int64_t)g_ascii_strtoull(at + 1, &end, 10);
    int64_t minor = *end == '.' ? (int64_t)g_ascii_strtoull(end + 1, NULL, 10) : 0;
    return MIN(major, 1000000) * 1000 + MIN(minor, 999);
}

/* The newest row of that kind of server that is not newer than it; the oldest one where all are. */
static const char *nearest(const char *name)
{
    const char *best = PROFILE_DEFAULT;
    int64_t wanted = series_number(name), found = -1;
    size_t kind = strcspn(name, "-") + 1;
    for (size_t i = 0; i < profile_count(); i++) {
        const char *row = profile_at(i)->name;
        int64_t number = series_number(row);
        bool is_nearer =
            found < 0 || (number <= wanted && number > found) || (found > wanted && number < found);
        if (strncmp(row, name, kind) == 0 && is_nearer) {
            best = row;
            found = number;
        }
    }
    return best;
}

static struct derive_server by_version(const char *name)
{
    struct derive_server server = {.from = SERVER_READ};
    const struct profile *series = profile_series(name);
    if (!profile_find(name)) {
        server.from = SERVER_STANDS;
        g_strlcpy(server.known, name, sizeof(server.known));
        name = series ? series->name : nearest(name);
    }
    g_strlcpy(server.name, name, sizeof(server.name));
    return server;
}

static const char *given_version(const GPtrArray *evidence, const char *node)
{
    const char *found = NULL;
    for (guint i = 0; i < evidence->len; i++) {
        const struct evidence *one = evidence->pdata[i];
        if ((!one->node || strcmp(one->node, node) == 0) && one->server)
            found = one->server;
    }
    return found;
}

struct derive_server derive_server(const struct stories *stories, const GPtrArray *evidence,
                                   guint node)
{
    struct derive_server server = {.name = PROFILE_DEFAULT, .from = SERVER_ASSUMED};
    const char *given = given_version(evidence, stories->nodes->pdata[node]);
    uint32_t ages = 0;
    for (guint i = 0; i < incident_process_count(stories->incident); i++) {
        const struct process *process = incident_process(stories->incident, i);
        if (process->node != (int32_t)node)
            continue;
        ages |= process->ages;
        if (process->version[0]) {
            char *name =
                g_strconcat(process->flavour == 'V' ? "valkey-" : "redis-", process->version, NULL);
            server = by_version(name);
            g_free(name);
        }
    }
    if (server.from != SERVER_ASSUMED)
        return server;
    if (given)
        return by_version(given);
    for (size_t i = 0; i < G_N_ELEMENTS(BY_WORDS); i++) {
        if ((ages & BY_WORDS[i].ages) != BY_WORDS[i].ages)
            continue;
        g_strlcpy(server.name, BY_WORDS[i].profile, sizeof(server.name));
        server.from = SERVER_BY_WORDS;
        break;
    }
    return server;
}

void derive_server_print(const struct derive_server *server, GString *out)
{
    if (server->from == SERVER_STANDS)
        g_string_append_printf(out, "%s, which stands for %s", server->name, server->known);
    else
        g_string_append_printf(out, "%s%s", server->name,
                               server->from == SERVER_BY_WORDS  ? " (by its words)"
                               : server->from == SERVER_ASSUMED ? " (assumed)"
                                                                : "");
}
