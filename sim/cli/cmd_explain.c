/* psyncsim explain: from the logs that an incident left to why each resynchronisation was full. */
#include <fcntl.h>
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>
#include "sim/cli/cli.h"
#include "sim/cli/commands.h"
#include "sim/cli/explain_replay.h"
#include "sim/incident/explain.h"
#include "sim/incident/explain_json.h"
#include "sim/text/humanize.h"

#define CHUNK (1 << 20)

struct args {
    char **files;
    GPtrArray *nodes; /* "NAME=FILE" */
    struct explain_given given;
    const char *scenario; /* NULL: none is wanted */
    struct moment {
        int64_t ns;
        bool is_given;
    } from, to;
    struct zone {
        int64_t seconds;
        bool is_given;
    } zone;
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

static const char *parse_zone(void *field, const char *text)
{
    struct zone *zone = field;
    zone->is_given = stamp_zone(text, &zone->seconds);
    return zone->is_given ? NULL : "UTC, or a shift such as +02:00";
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
    PARSED(zone, "zone", 0, parse_zone, "ZONE", NULL,
           "the zone of stamps without one, such as +02:00"),
    PARSED(from, "from", 0, parse_moment, "TIME", NULL,
           "leave out lines before it, by their own stamps"),
    PARSED(to, "to", 0, parse_moment, "TIME", NULL, "leave out lines from it on"),
    FLAG(redact, "redact", 0, "names in place of addresses, files and ids"),
    {0}};

/* ---- reading ---- */

struct reader {
    struct incident *incident;
    int file;
    char *buffer;
    size_t used;
    int32_t line;
};

static bool fill(struct reader *reader, bool *is_end, char **error)
{
    ssize_t got = read(reader->file, reader->buffer + reader->used, CHUNK - reader->used);
    if (got < 0)
        *error = g_strdup(g_strerror(errno));
    *is_end = got <= 0;
    reader->used += got > 0 ? (size_t)got : 0;
    return got >= 0;
}

/* Whole lines from the buffer; what is left moves to its front. A line that is longer than the
 * buffer is cut. */
static void pass_lines(struct reader *reader, bool is_end)
{
    char *at = reader->buffer, *stop = at + reader->used, *end;
    while ((end = memchr(at, '\n', (size_t)(stop - at))) != NULL) {
        incident_line(reader->incident, at, (size_t)(end - at), ++reader->line);
        at = end + 1;
    }
    if (at < stop && (is_end || (size_t)(stop - at) == CHUNK)) {
        incident_line(reader->incident, at, (size_t)(stop - at), ++reader->line);
        at = stop;
    }
    reader->used = (size_t)(stop - at);
    memmove(reader->buffer, at, reader->used);
}

static void read_forward(struct reader *reader, bool is_end, char **error)
{
    pass_lines(reader, is_end);
    while (!is_end && fill(reader, &is_end, error))
        pass_lines(reader, is_end);
}

/* Newest first: the file from its end, chunk by chunk. */
static int32_t count_lines(struct reader *reader, off_t size, char **error)
{
    int32_t count = 0;
    char last = '\n';
    for (off_t at = 0; at < size;) {
        ssize_t got = pread(reader->file, reader->buffer, CHUNK, at);
        if (got <= 0) {
            *error = g_strdup(g_strerror(errno));
            return 0;
        }
        for (ssize_t i = 0; i < got; i++)
            count += reader->buffer[i] == '\n';
        last = reader->buffer[got - 1];
        at += got;
    }
    return count + (last != '\n');
}

static void read_backward(struct reader *reader, char **error)
{
    off_t at = lseek(reader->file, 0, SEEK_END);
    int32_t line = at > 0 ? count_lines(reader, at, error) : 0;
    size_t kept = 0; /* the beginning of a line whose rest was read before, at the buffer's end */
    while (at > 0 && !*error) {
        size_t room = CHUNK - kept, want = (off_t)room < at ? room : (size_t)at;
        memmove(reader->buffer + want, reader->buffer, kept);
        if (pread(reader->file, reader->buffer, want, at - (off_t)want) != (ssize_t)want) {
            *error = g_strdup(g_strerror(errno));
            return;
        }
        at -= (off_t)want;
        size_t end = want + kept, from = end;
        for (size_t i = end; i-- > 0;) {
            if (reader->buffer[i] != '\n')
                continue;
            if (i + 1 < from || (from == end && i + 1 < end))
                incident_line(reader->incident, reader->buffer + i + 1, from - i - 1, line--);
            from = i;
        }
        kept = from;
        if (kept == CHUNK || at == 0) {
            if (kept > 0)
                incident_line(reader->incident, reader->buffer, kept, line--);
            kept = 0;
        }
    }
}

static bool read_file(struct reader *reader, const char *name, const char *node)
{
    char *error = NULL;
    bool is_stdin = strcmp(name, "-") == 0, is_end;
    reader->file = is_stdin ? STDIN_FILENO : open(name, O_RDONLY | O_CLOEXEC);
    reader->used = 0;
    reader->line = 0;
    if (reader->file < 0) {
        cli_fail(EXIT_BAD_INPUT, "%s: %s", name, g_strerror(errno));
        return false;
    }
    incident_file(reader->incident, name, node);
    if (fill(reader, &is_end, &error)) {
        bool is_reversed =
            incident_look(reader->incident, reader->buffer, reader->used) == ORDER_REVERSED;
        if (is_reversed && lseek(reader->file, 0, SEEK_CUR) >= 0)
            read_backward(reader, &error);
        else
            read_forward(reader, is_end, &error);
    }
    incident_end_file(reader->incident);
    if (!is_stdin)
        close(reader->file);
    if (error)
        cli_fail(EXIT_SYSTEM, "%s: %s", name, error);
    g_free(error);
    return error == NULL;
}

/* ---- all of it ---- */

static int complain(const struct incident *incident)
{
    GString *words =
        g_string_new("explain: found no line of a Redis or Valkey server; expected their "
                     "log files, in any wrapper. What there is begins like this:");
    for (guint i = 0; i < incident_file_count(incident); i++) {
        const struct incident_file *file = incident_file_at(incident, (int32_t)i);
        for (int k = 0; k < 3 && file->first[k]; k++) {
            char *printable = g_strescape(file->first[k], "\"");
            g_string_append_printf(words, "\n  %s:%d: %s", file->name, k + 1, printable);
            g_free(printable);
        }
        if (!file->first[0])
            g_string_append_printf(words, "\n  %s: empty", file->name);
    }
    cli_fail(EXIT_BAD_INPUT, "%s", words->str);
    g_string_free(words, TRUE);
    return EXIT_BAD_INPUT;
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

static int print(const struct args *args, struct incident *incident)
{
    int64_t known = 0;
    for (guint i = 0; i < incident_file_count(incident); i++)
        known += incident_file_at(incident, (int32_t)i)->known;
    if (known == 0)
        return complain(incident);
    struct stories *stories = stories_new(incident);
    struct explained explained = {.incident = incident, .stories = stories};
    GPtrArray *evidence = explain_evidence(&args->given, stories);
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

static bool read_node(struct reader *reader, const char *text)
{
    char **sides = g_strsplit(text, "=", 2);
    bool is_good = sides[0] && sides[0][0] && sides[1] && sides[1][0];
    if (!is_good)
        cli_fail(EXIT_BAD_INPUT, "explain: --node: found '%s', expected NAME=FILE", text);
    is_good = is_good && read_file(reader, sides[1], sides[0]);
    g_strfreev(sides);
    return is_good;
}

static int run(const struct cli *cli)
{
    const struct args *args = cli->args;
    const struct incident_options options = {
        .year = args->year,
        .zone_s = args->zone.seconds,
        .has_zone = args->zone.is_given,
        .from_ns = args->from.is_given ? args->from.ns : HALF_ABSENT,
        .to_ns = args->to.is_given ? args->to.ns : HALF_ABSENT};
    if (cli->operand_count == 0 && !args->nodes->pdata[0])
        return cli_fail(EXIT_BAD_INPUT, "explain: expected log files; - is stdin");
    struct reader reader = {.incident = incident_new(&options), .buffer = g_malloc(CHUNK)};
    bool is_good = true;
    for (guint i = 0; args->nodes->pdata[i] && is_good; i++)
        is_good = read_node(&reader, args->nodes->pdata[i]);
    for (int i = 0; i < cli->operand_count && is_good; i++)
        is_good = read_file(&reader, args->files[i], NULL);
    int code = is_good ? print(args, reader.incident) : EXIT_BAD_INPUT;
    incident_free(reader.incident);
    g_free(reader.buffer);
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
