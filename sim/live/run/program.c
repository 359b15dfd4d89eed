/* See program.h. */
#include "sim/live/run/program.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

/* The first version, as major x 100 + minor, that knows a directive under its newest name; the
 * older name does before. Directives that are not here are in all versions. FACTS A. */
struct since {
    int directive, version;
    bool has_older_name;
};
static const struct since SINCE[] = {
    {CONFIG_ping_period_s, 500, true},      {CONFIG_min_replicas, 500, true},
    {CONFIG_min_replicas_lag_s, 500, true}, {CONFIG_serve_stale, 500, true},
    {CONFIG_lazy_flush, 500, true},         {CONFIG_diskless_max_replicas, 700, false},
    {CONFIG_diskless_load, 600, false},     {CONFIG_shutdown_timeout_s, 700, false},
};

static int number_of(const char *version)
{
    const char *dash = strchr(version, '-');
    int major = 0, minor = 0;
    if (dash == NULL)
        return 0;
    char *rest;
    major = (int)strtol(dash + 1, &rest, 10);
    if (*rest == '.')
        minor = (int)strtol(rest + 1, NULL, 10);
    return major * 100 + minor;
}

/* "Redis server v=7.0.15 sha=…", "Valkey server v=8.0.1 …" */
static void take_version(struct program *program, const char *text)
{
    const char *at = strstr(text, " v=");
    if (at == NULL)
        return;
    int len = (int)strcspn(at + 3, " \n");
    bool is_valkey = g_ascii_strncasecmp(text, "valkey", 6) == 0;
    g_snprintf(program->version, sizeof program->version, "%s-%.*s", is_valkey ? "valkey" : "redis",
               len, at + 3);
    program->profile = profile_find(program->version);
}

bool program_find(struct program *program, const char *name, char **wrong)
{
    char *text = NULL;
    GError *error = NULL;
    *program = (struct program){.path = g_find_program_in_path(name)};
    if (program->path == NULL) {
        *wrong = g_strdup_printf("there is no program '%s'; --server PATH names a redis-server or "
                                 "valkey-server",
                                 name);
        return false;
    }
    char *argv[] = {program->path, (char *)"--version", NULL};
    if (!g_spawn_sync(NULL, argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &text, NULL, NULL, &error)) {
        *wrong = g_strdup_printf("%s: %s", program->path, error->message);
        g_error_free(error);
        return false;
    }
    take_version(program, text);
    g_free(text);
    if (program->version[0] != '\0')
        return true;
    *wrong = g_strdup_printf("%s says no version: is it a redis-server or valkey-server?",
                             program->path);
    return false;
}

void program_clear(struct program *program)
{
    g_free(program->path);
    program->path = NULL;
}

const char *program_directive(const struct program *program, int directive)
{
    if (directive == CONFIG_rdb_channel || directive == CONFIG_dual_channel ||
        directive == CONFIG_full_sync_buffer_bytes)
        return NULL; /* program_turns_off */
    bool is_valkey = g_str_has_prefix(program->version, "valkey");
    for (size_t i = 0; i < G_N_ELEMENTS(SINCE); i++)
        if (SINCE[i].directive == directive && !is_valkey &&
            number_of(program->version) < SINCE[i].version)
            return SINCE[i].has_older_name ? config_older_names(directive) : NULL;
    return config_name(directive);
}

/* A full synchronisation over two connections: a relay knows one connection of a replica. */
const char *program_turns_off(const struct program *program)
{
    bool is_redis = g_str_has_prefix(program->version, "redis");
    return is_redis && number_of(program->version) >= 800 ? "repl-rdb-channel no\n" : "";
}
