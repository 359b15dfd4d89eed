/* redis.conf: a name and its arguments in a line, quoted as in redis-cli; # begins a comment only
 * at the start of a line; of repeated lines the last wins, but save points add up and each class of
 * client-output-buffer-limit has its own. */
#include "sim/scenario/input_conf.h"
#include <string.h>
#include "models/psync/profile.h"

static bool is_quote_end(char c)
{
    return c == '\0' || g_ascii_isspace(c);
}

/* The character of an escape in double quotes; *at stands behind the backslash and moves on. */
static char unescape(const char **at)
{
    static const char *const FROM = "nrtba", *const TO = "\n\r\t\b\a";
    const char *escape = *at;
    if (escape[0] == 'x' && g_ascii_isxdigit(escape[1]) && g_ascii_isxdigit(escape[2])) {
        *at += 3;
        return (char)(g_ascii_xdigit_value(escape[1]) * 16 + g_ascii_xdigit_value(escape[2]));
    }
    *at += 1;
    const char *found = strchr(FROM, escape[0]);
    return found ? TO[found - FROM] : escape[0];
}

/* Reads a quoted word; *at stands at its opening quote. False if it does not end, or goes on behind
 * its end. */
static bool quoted(const char **at, GString *word)
{
    char quote = *(*at)++;
    while (**at && **at != quote) {
        if (**at == '\\' && (*at)[1] && (quote == '"' || (*at)[1] == '\'')) {
            ++*at;
            g_string_append_c(word, quote == '"' ? unescape(at) : *(*at)++);
        } else {
            g_string_append_c(word, *(*at)++);
        }
    }
    if (**at != quote)
        return false;
    ++*at;
    return is_quote_end(**at);
}

/* The words of the line; NULL after a problem. */
static GPtrArray *humanize_of(struct input_text *text)
{
    GPtrArray *words = g_ptr_array_new_with_free_func(g_free);
    for (const char *at = text->line; *at;) {
        if (g_ascii_isspace(*at)) {
            at++;
            continue;
        }
        const char *begin = at;
        GString *word = g_string_new(NULL);
        bool is_good = true;
        while (is_good && !is_quote_end(*at)) {
            if (*at == '"' || *at == '\'')
                is_good = quoted(&at, word);
            else
                g_string_append_c(word, *at++);
        }
        g_ptr_array_add(words, g_string_free(word, FALSE));
        if (!is_good) {
            int32_t column = (int32_t)g_utf8_pointer_to_offset(text->line, begin) + 1;
            input_text_wrong(text, column,
                             "expected a closing quote, and a space or the line's end behind it");
            g_ptr_array_free(words, TRUE);
            return NULL;
        }
    }
    return words;
}

static char *joined(const GPtrArray *words, guint from, guint to)
{
    GString *out = g_string_new(NULL);
    for (guint i = from; i < to && i < words->len; i++)
        g_string_append_printf(out, "%s%s", i > from ? " " : "", (char *)words->pdata[i]);
    return g_string_free(out, FALSE);
}

/* "normal 0 0 0 slave 256mb 64mb 60": the part of the replicas. NULL if it speaks of others only.
 */
static char *limit_of(const GPtrArray *words)
{
    char *found = NULL;
    bool is_known = false;
    for (guint i = 1; i < words->len; i += 4) {
        const char *class = words->pdata[i];
        bool is_ours =
            g_ascii_strcasecmp(class, "replica") == 0 || g_ascii_strcasecmp(class, "slave") == 0;
        is_known = is_known || is_ours || g_ascii_strcasecmp(class, "normal") == 0 ||
                   g_ascii_strcasecmp(class, "pubsub") == 0;
        if (is_ours) {
            g_free(found);
            found = joined(words, i, i + 4);
        }
    }
    return found || is_known ? found : joined(words, 1, words->len);
}

/* Save points of several lines add up, and "" takes back those before. */
static char *save_of(const char *before, const GPtrArray *words)
{
    char *now = joined(words, 1, words->len);
    if (!before || before[0] == '\0' || now[0] == '\0')
        return now;
    char *both = g_strconcat(before, " ", now, NULL);
    g_free(now);
    return both;
}

static void take(struct input_conf *conf, struct input_text *text, const GPtrArray *words)
{
    const char *name = words->pdata[0];
    int directive = config_find(name);
    if (g_ascii_strcasecmp(name, "include") == 0 && words->len > 1)
        g_ptr_array_add(conf->includes, g_strdup(words->pdata[1]));
    if (directive < 0)
        return;
    if (words->len < 2) {
        input_text_wrong(text, 1, "expected a value behind %.40s, such as %s", name,
                         config_example(directive));
        return;
    }
    char *value = directive == CONFIG_limit         ? limit_of(words)
                  : directive == CONFIG_save_points ? save_of(conf->values[directive], words)
                                                    : joined(words, 1, words->len);
    if (!value)
        return;
    struct config scratch;
    config_init(&scratch, profile_find(PROFILE_DEFAULT));
    const char *wanted = config_set(&scratch, directive, value);
    if (wanted)
        input_text_wrong(text, 1, "%.40s: found '%.80s', expected %s (such as %s)", name, value,
                         wanted, config_example(directive));
    g_free(conf->values[directive]);
    conf->values[directive] = value;
    conf->lines[directive] = text->line_number;
}

/* A line of redis.conf has a name and a value; one that CONFIG GET printed, a name alone. */
static bool is_dump(const char *line)
{
    return line[0] != '\0' && line[0] != '#' && !strpbrk(line, " \t\"'");
}

/* The value behind the name in the current line. False at the end of the file. */
static bool read_pair(struct input_conf *conf, struct input_text *text)
{
    GPtrArray *words = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(words, g_strdup(text->line));
    int directive = config_find(text->line);
    bool is_there = input_text_next(text);
    if (is_there && directive == CONFIG_limit) {
        char **parts = g_strsplit(text->line, " ", -1);
        for (char **part = parts; *part; part++)
            g_ptr_array_add(words, g_strdup(*part));
        g_strfreev(parts);
    } else if (is_there) {
        g_ptr_array_add(words, g_strdup(text->line));
    }
    if (is_there)
        take(conf, text, words);
    else
        input_text_wrong(text, 0, "expected the value of the last name on a line of its own");
    g_ptr_array_free(words, TRUE);
    return is_there;
}

static void read_line(struct input_conf *conf, struct input_text *text)
{
    char *line = g_strstrip(text->line);
    if (line[0] == '\0' || line[0] == '#')
        return;
    GPtrArray *words = humanize_of(text);
    if (!words)
        return;
    if (words->len > 0)
        take(conf, text, words);
    g_ptr_array_free(words, TRUE);
}

bool input_conf_read(struct input_conf *conf, const char *name, const char *bytes, size_t len,
                     struct diagnostics *diagnostics)
{
    *conf = (struct input_conf){.includes = g_ptr_array_new_with_free_func(g_free)};
    size_t before = diagnostics_count(diagnostics);
    struct input_text text;
    input_text_init(&text, name, bytes, len, diagnostics);
    bool pairs = false;
    while (input_text_next(&text)) {
        pairs = text.line_number == 1 ? is_dump(text.line) : pairs;
        if (!pairs)
            read_line(conf, &text);
        else if (!read_pair(conf, &text))
            break;
    }
    input_text_clear(&text);
    return diagnostics_count(diagnostics) == before;
}

void input_conf_clear(struct input_conf *conf)
{
    for (int i = 0; i < CONFIG_COUNT; i++)
        g_free(conf->values[i]);
    g_ptr_array_free(conf->includes, TRUE);
}
