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

/* Reads a quoted word; *at stands at its opening quote. False if it does not end. */
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
    return true;
}

/* The words of the line; NULL after a problem. */
static GPtrArray *words_of(struct input_text *text)
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
                is_good = quoted(&at, word) && is_quote_end(*at);
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
    if (wanted) {
        const char *example = strstr(wanted, "such as") ? "" : config_example(directive);
        input_text_wrong(text, 1, "%.40s: found '%.80s', expected %s%s%s", name, value, wanted,
                         *example ? ", such as " : "", example);
    }
    g_free(conf->values[directive]);
    conf->values[directive] = value;
    conf->lines[directive] = text->line_number;
}

/* ---- what CONFIG GET prints: names and values in turns ---- */

enum dump_form { DUMP_NONE, DUMP_LINES, DUMP_QUOTED };

struct dump {
    enum dump_form form;
    char *name; /* whose value comes next; NULL: a name does */
    bool is_known;
};

/* "redis-cli> config get *": what was typed above what it printed. */
static bool is_prompt(const char *line)
{
    const char *typed = strstr(line, "> ");
    return typed && g_ascii_strncasecmp(typed + 2, "config get", strlen("config get")) == 0;
}

/* By the first line that is not blank: redis.conf has a name and a value in it; a name alone is printed into a file,
 * '1) "name"' and '1# "name" => "value"' on a terminal; and there are --json and --csv. */
static enum dump_form form_of(const char *line)
{
    size_t digits = strspn(line, "0123456789");
    if (line[0] == '{' || line[0] == '[')
        return DUMP_QUOTED;
    if (digits > 0 && (line[digits] == ')' || line[digits] == '#') && strchr(line, '"'))
        return DUMP_QUOTED;
    if (line[0] == '"' && strstr(line, "\",\""))
        return DUMP_QUOTED;
    return line[0] != '#' && !strpbrk(line, " \t\"'") ? DUMP_LINES : DUMP_NONE;
}

static void take_pair(struct input_conf *conf, struct input_text *text, const char *name,
                      const char *value)
{
    GPtrArray *words = g_ptr_array_new_with_free_func(g_free);
    bool is_list = config_find(name) == CONFIG_limit;
    char **parts = g_strsplit(value, " ", is_list ? -1 : 1);
    g_ptr_array_add(words, g_strdup(name));
    for (char **part = parts; *part; part++)
        g_ptr_array_add(words, g_strdup(*part));
    if (words->len == 1)
        g_ptr_array_add(words, g_strdup(""));
    take(conf, text, words);
    g_strfreev(parts);
    g_ptr_array_free(words, TRUE);
}

static void take_turn(struct input_conf *conf, struct input_text *text, struct dump *dump,
                      const char *word)
{
    if (!dump->name) {
        dump->name = g_strdup(word);
        return;
    }
    dump->is_known = dump->is_known || config_find(dump->name) >= 0;
    take_pair(conf, text, dump->name, word);
    g_free(dump->name);
    dump->name = NULL;
}

/* Only what stands in double quotes counts, and a bare value behind a colon. */
static bool take_quoted(struct input_conf *conf, struct input_text *text, struct dump *dump)
{
    const char *at = text->line;
    while (*at) {
        size_t bare = dump->name && *at == ':' ? strspn(at, ": \t") : 0;
        size_t len = bare > 0 ? strcspn(at + bare, "\"{[,}] \t") : 0;
        if (len > 0) {
            char *word = g_strndup(at + bare, len);
            take_turn(conf, text, dump, word);
            g_free(word);
            at += bare + len;
        } else if (*at != '"') {
            at++;
        } else {
            GString *word = g_string_new(NULL);
            bool is_good = quoted(&at, word);
            if (is_good)
                take_turn(conf, text, dump, word->str);
            else
                input_text_wrong(text, 0, "expected a closing quote");
            g_string_free(word, TRUE);
            if (!is_good)
                return false;
        }
    }
    return true;
}

static void end_dump(const struct dump *dump, struct input_text *text)
{
    if (dump->form == DUMP_QUOTED && !dump->is_known)
        input_text_wrong(text, 0,
                         "found no directive of replication, expected a redis.conf or what "
                         "redis-cli CONFIG GET '*' prints");
    else if (dump->name)
        input_text_wrong(text, 0, "expected the value of the last name%s",
                         dump->form == DUMP_LINES ? " on a line of its own" : "");
}

/* ---- redis.conf ---- */

static void read_line(struct input_conf *conf, struct input_text *text)
{
    char *line = g_strstrip(text->line);
    if (line[0] == '\0' || line[0] == '#')
        return;
    GPtrArray *words = words_of(text);
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
    struct dump dump = {0};
    bool is_first = true, is_good = true;
    while (is_good && input_text_next(&text)) {
        if (is_first && (g_strstrip(text.line)[0] == '\0' || is_prompt(text.line)))
            continue;
        dump.form = is_first ? form_of(text.line) : dump.form;
        is_first = false;
        if (dump.form == DUMP_QUOTED)
            is_good = take_quoted(conf, &text, &dump);
        else if (dump.form == DUMP_LINES)
            take_turn(conf, &text, &dump, g_strstrip(text.line));
        else
            read_line(conf, &text);
    }
    if (diagnostics_count(diagnostics) == before)
        end_dump(&dump, &text);
    g_free(dump.name);
    input_text_clear(&text);
    return diagnostics_count(diagnostics) == before;
}

void input_conf_clear(struct input_conf *conf)
{
    for (int i = 0; i < CONFIG_COUNT; i++)
        g_free(conf->values[i]);
    g_ptr_array_free(conf->includes, TRUE);
}
