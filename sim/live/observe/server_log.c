/* See server_log.h. A line is "pid:role day month year HH:MM:SS.mmm mark text", in old versions
 * "[pid] day month HH:MM:SS.mmm mark text". Only the place within the hour is taken from the stamp:
 * so the time zone does not matter. */
#include "sim/live/observe/server_log.h"

#include <string.h>
#include "models/psync/reason.h"
#include "sim/engine/time.h"

#define HOUR_MS INT64_C(3600000)
#define M       "(?:MASTER|PRIMARY|[Mm]aster|[Pp]rimary)"
#define R       "(?:[Rr]eplica|[Ss]lave|REPLICA|SLAVE)"

struct phrase {
    enum observation_kind kind;
    int64_t a;
    const char *pattern;
};

static const struct phrase PHRASES[] = {
#define PHRASE(observation, a, pattern) {SEEN_##observation, a, pattern},
#include "sim/live/observe/server_log.def"
#undef PHRASE
};

struct log_reader {
    GRegex *head;
    GRegex *phrases[G_N_ELEMENTS(PHRASES)];
};

static GRegex *compile(const char *pattern)
{
    GError *error = NULL;
    GRegex *regex = g_regex_new(pattern, G_REGEX_OPTIMIZE | G_REGEX_DUPNAMES, 0, &error);
    if (regex == NULL)
        g_error("%s: %s", pattern, error->message); /* the table is wrong: our bug */
    return regex;
}

struct log_reader *log_reader_new(void)
{
    struct log_reader *reader = g_new0(struct log_reader, 1);
    reader->head =
        compile("^\\[?[0-9]+(?::(?<role>[A-Z]))?.{0,24}[0-9]{2}:(?<m>[0-9]{2}):(?<s>[0-9]{2})"
                "\\.(?<ms>[0-9]{3}) [-.*#] ");
    for (size_t i = 0; i < G_N_ELEMENTS(PHRASES); i++)
        reader->phrases[i] = compile(PHRASES[i].pattern);
    return reader;
}

void log_reader_free(struct log_reader *reader)
{
    g_regex_unref(reader->head);
    for (size_t i = 0; i < G_N_ELEMENTS(PHRASES); i++)
        g_regex_unref(reader->phrases[i]);
    g_free(reader);
}

static bool number(const GMatchInfo *match, const char *name, int64_t *value)
{
    char *text = g_match_info_fetch_named(match, name);
    bool is_there = text != NULL && text[0] != '\0';
    if (is_there)
        *value = g_ascii_strtoll(text, NULL, 10);
    g_free(text);
    return is_there;
}

static void word(const GMatchInfo *match, const char *name, char out[41])
{
    char *text = g_match_info_fetch_named(match, name);
    g_strlcpy(out, text == NULL ? "" : text, 41);
    g_free(text);
}

static void take_peer(const GMatchInfo *match, struct log_line *out)
{
    char *text = g_match_info_fetch_named(match, "peer");
    const char *colon = text == NULL ? NULL : strrchr(text, ':');
    out->peer_port = colon == NULL ? 0 : (uint16_t)g_ascii_strtoull(colon + 1, NULL, 10);
    g_free(text);
}

static void take_groups(const GMatchInfo *match, struct log_line *out)
{
    int64_t value;
    number(match, "a", &out->observation.a);
    number(match, "b", &out->observation.b);
    if (number(match, "mb", &value))
        out->observation.a = value << 20;
    if (number(match, "port", &value))
        out->conn_port = (uint16_t)value;
    number(match, "client", &out->client);
    take_peer(match, out);
    word(match, "id", out->id);
    word(match, "id2", out->id2);
}

static size_t take_head(const struct log_reader *reader, const char *line, struct log_line *out)
{
    GMatchInfo *match;
    int64_t minute = 0, second = 0, ms = 0;
    int end = 0;
    out->stamp_ms = -1;
    if (g_regex_match(reader->head, line, 0, &match)) {
        char *role = g_match_info_fetch_named(match, "role");
        out->is_child = role != NULL && role[0] == 'C';
        g_free(role);
        number(match, "m", &minute);
        number(match, "s", &second);
        number(match, "ms", &ms);
        out->stamp_ms = (minute * 60 + second) * 1000 + ms;
        g_match_info_fetch_pos(match, 0, NULL, &end);
    }
    g_match_info_free(match);
    return (size_t)end;
}

bool log_understand(const struct log_reader *reader, const char *line, struct log_line *out)
{
    bool is_known = false;
    memset(out, 0, sizeof *out);
    const char *text = line + take_head(reader, line, out);
    for (size_t i = 0; i < G_N_ELEMENTS(PHRASES) && !is_known; i++) {
        GMatchInfo *match;
        is_known = g_regex_match(reader->phrases[i], text, 0, &match);
        if (is_known) {
            out->observation = (struct observation){
                .kind = PHRASES[i].kind, .a = PHRASES[i].a, .b = -1, .node = -1, .peer = -1};
            take_groups(match, out);
        }
        g_match_info_free(match);
    }
    return is_known;
}

int64_t log_time(const struct log_line *line, int64_t now, int64_t wall_ms)
{
    if (line->stamp_ms < 0)
        return now;
    int64_t age_ms = (wall_ms - line->stamp_ms + HOUR_MS) % HOUR_MS;
    if (age_ms == 0 || age_ms > HOUR_MS / 2)
        return now;
    return now - (age_ms - 1) * NS_PER_MS;
}
