/* psyncsim explain: from the logs that an incident left to why each resynchronisation was full. */
#include <limits.h>
#include <string.h>
#include "sim/cli/cli.h"
#include "sim/cli/commands.h"
#include "sim/cli/explain_replay.h"
#include "sim/cli/log_files.h"
#include "sim/incident/explain.h"
#include "sim/incident/explain_json.h"
#include "sim/text/humanize.h"

struct args {
    char **files;
    GPtrArray *nodes; /* "NAME=FILE" */
    struct explain_given given;
    const char *scenario; /* NULL: none is wanted */
    struct moment {
        int64_t ns;
        bool is_given;
    } from, to;
    GPtrArray *zones; /* "NODE=ZONE", "ZONE" */
    int64_t year;
    bool json, redact;
};

static const char *parse_moment(void *field, const char *text)
{
    struct moment *moment = field;
    struct stamp stamp;
    size_t used;
    moment->is_given = stamp_iso(text, strlen(text), &stamp, &used) && used == strlen(text);
    moment->ns = stamp.ns;
    return moment->is_given ? NULL : "a time such as 2026-11-28T16:05:54";
}

static const struct option_row OPTIONS[] = {
    FLAG(json, "json", 'j', "a line of JSON for each resynchronisation, server and pair of clocks"),
    LIST(given.confs, "conf", 'c', "[NODE=]FILE",
         "redis.conf or CONFIG GET '*' of a server, or of all; may be repeated"),
    LIST(given.infos, "info", 'i', "[NODE=]FILE", "INFO of a server; may be repeated"),
    LIST(given.series, "series", 'r', "[NODE=]FILE",
         "its master_repl_offset over time: CSV, or Prometheus' JSON"),
    STRING(scenario, "scenario", 0, "OUT.yaml",
           "write a scenario that replays it, and run that at once"),
    LIST(nodes, "node", 0, "NAME=FILE", "the log of that server; may be repeated"),
    OPTION(year, "year", 0, COUNT, 1970, STAMP_YEAR_MAX, "N", NULL,
           "the year of stamps without one"),
    LIST(zones, "zone", 0, "[NODE=]ZONE",
         "the zone of stamps without one, such as +02:00; may be repeated"),
    PARSED(from, "from", 0, parse_moment, "TIME", NULL,
           "leave out lines before it, by their own stamps"),
    PARSED(to, "to", 0, parse_moment, "TIME", NULL, "leave out lines from it on"),
    FLAG(redact, "redact", 0, "names in place of addresses, files and ids"),
    {0}};

/* ---- all of it ---- */

/* NULL after words on stderr. */
static GArray *read_zones(const GPtrArray *texts, GPtrArray *names)
{
    GArray *zones = g_array_new(FALSE, FALSE, sizeof(struct incident_zone));
    for (guint i = 0; texts->pdata[i]; i++) {
        const char *text = texts->pdata[i], *equals = strrchr(text, '=');
        struct incident_zone zone = {0};
        if (equals) {
            g_ptr_array_add(names, g_strndup(text, (gsize)(equals - text)));
            zone.node = names->pdata[names->len - 1];
        }
        if (!stamp_zone(equals ? equals + 1 : text, &zone.zone_s)) {
            cli_fail(EXIT_BAD_INPUT,
                     "explain: --zone: found '%s', expected UTC, or a shift such as +02:00, and "
                     "NODE= before it for one server",
                     text);
            g_array_free(zones, TRUE);
            return NULL;
        }
        g_array_append_val(zones, zone);
    }
    return zones;
}

static bool check_zones(const GPtrArray *names, const struct stories *stories)
{
    for (guint i = 0; i < names->len; i++) {
        bool is_node = false;
        GString *nodes = g_string_new(NULL);
        for (guint k = 0; k < stories->nodes->len; k++) {
            is_node = is_node || strcmp(stories->nodes->pdata[k], names->pdata[i]) == 0;
            g_string_append_printf(nodes, "%s%s", k > 0 ? ", " : "",
                                   (char *)stories->nodes->pdata[k]);
        }
        if (!is_node)
            cli_fail(EXIT_BAD_INPUT, "explain: --zone: found the server '%s', expected one of %s",
                     (char *)names->pdata[i], nodes->str);
        g_string_free(nodes, TRUE);
        if (!is_node)
            return false;
    }
    return true;
}

/* The replay comes first: what it finds stands in the answer, and its line behind it. */
static int print_all(const struct args *args, struct explained *explained)
{
    struct spared spared = {0};
    int64_t unsaid = 0;
    int code = EXIT_HELD;
    const GArray *list = explained->stories->list;
    GString *out = g_string_new(NULL), *line = g_string_new(NULL);
    evidence_settle(explained->evidence, explained->stories);
    explained->spared = &spared;
    if (args->scenario)
        code = explain_replay(explained, args->scenario, line, &spared);
    if (args->json)
        explain_json(explained, out);
    else
        explain_text(explained, out);
    if (!args->json) {
        humanize_finish(line);
        g_string_append(out, line->str);
    } else if (line->len > 0) {
        g_string_append_printf(out, "{\"event\":\"replay\",\"same\":%s}\n",
                               code == EXIT_HELD ? "true" : "false");
    }
    fputs(out->str, stdout);
    g_string_free(out, TRUE);
    g_string_free(line, TRUE);
    for (guint i = 0; i < list->len; i++)
        unsaid += story_verdict(&g_array_index(list, struct story, i)) == VERDICT_REFUSED;
    return code == EXIT_HELD && unsaid > 0 ? EXIT_DIFFERS : code;
}

static int print(const struct args *args, const struct log_files *reader, const GPtrArray *zoned)
{
    if (!log_files_has_lines(reader))
        return log_files_complain(reader, "explain");
    struct incident *incident = log_files_incident(reader);
    struct stories *stories = stories_new(incident);
    struct explained explained = {.incident = incident, .stories = stories};
    GPtrArray *evidence =
        check_zones(zoned, stories) ? explain_evidence(&args->given, stories) : NULL;
    explained.evidence = evidence;
    if (args->redact)
        explained.aliases = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    int code = evidence ? print_all(args, &explained) : EXIT_BAD_INPUT;
    if (explained.aliases)
        g_hash_table_unref(explained.aliases);
    if (evidence)
        g_ptr_array_free(evidence, TRUE);
    stories_free(stories);
    return code;
}

static bool read_node(struct log_files *reader, const char *text)
{
    char **sides = g_strsplit(text, "=", 2);
    bool is_good = sides[0] && sides[0][0] && sides[1] && sides[1][0];
    if (!is_good)
        cli_fail(EXIT_BAD_INPUT, "explain: --node: found '%s', expected NAME=FILE", text);
    is_good = is_good && log_files_read(reader, sides[1], sides[0]);
    g_strfreev(sides);
    return is_good;
}

static int explain(const struct args *args, const struct cli *cli, const GArray *zones,
                   const GPtrArray *names)
{
    const struct incident_options options = {
        .year = args->year,
        .zones = zones,
        .from_ns = args->from.is_given ? args->from.ns : HALF_ABSENT,
        .to_ns = args->to.is_given ? args->to.ns : HALF_ABSENT};
    struct log_files *reader = log_files_new(&options);
    bool is_good = true;
    for (guint i = 0; args->nodes->pdata[i] && is_good; i++)
        is_good = read_node(reader, args->nodes->pdata[i]);
    is_good = is_good && log_files_read_all(reader, args->files, (guint)cli->operand_count);
    int code = is_good ? print(args, reader, names) : EXIT_BAD_INPUT;
    log_files_free(reader);
    return code;
}

static int run(const struct cli *cli)
{
    const struct args *args = cli->args;
    if (cli->operand_count == 0 && !args->nodes->pdata[0])
        return cli_fail(EXIT_BAD_INPUT, "explain: expected log files; - is stdin");
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    GArray *zones = read_zones(args->zones, names);
    int code = zones ? explain(args, cli, zones, names) : EXIT_BAD_INPUT;
    if (zones)
        g_array_free(zones, TRUE);
    g_ptr_array_free(names, TRUE);
    return code;
}

const struct command command_explain = {
    .name = "explain",
    .help = "from servers' logs to why each resynchronisation was full",
    .options = OPTIONS,
    .operands = OPERANDS(files, "FILE...", 0, INT_MAX, "log files; - is stdin"),
    .args_size = sizeof(struct args),
    .run = run,
};
