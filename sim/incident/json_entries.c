/* One pass: brackets are kept on a stack, strings are looked at, nothing is parsed. */
#include "sim/incident/json_entries.h"

#include <string.h>
#include "sim/incident/peel_text.h"
#include "sim/text/source_text.h"

#define DEPTH_MAX 64 /* brackets within brackets; what is deeper is not seen */

struct string {
    const char *at; /* behind the quote */
    size_t len;
};

struct bracket {
    const char *at;
    bool is_array, has_text, has_entries;
    struct string first, text; /* of an array: its first string, and that of a server */
};

struct scan {
    const char *at, *stop;
    struct bracket open[DEPTH_MAX];
    int depth, entries;
    struct string key;
    GString *out; /* NULL: entries are counted */
    const char *counted;
    int64_t line, line_out; /* of `counted`, and of what comes out next; from 1 */
};

static const char *behind_blanks(const char *at, const char *stop)
{
    while (at < stop && g_ascii_isspace(*at))
        at++;
    return at;
}

/* ---- what comes out ---- */

/* Without what stands between strings to be looked at. */
static void put_compact(GString *out, const char *at, const char *stop)
{
    bool is_string = false;
    for (; at < stop; at++) {
        if (is_string && *at == '\\' && at + 1 < stop)
            g_string_append_c(out, *at++);
        else if (*at == '"')
            is_string = !is_string;
        if (!g_ascii_isspace(*at) || (is_string && *at == ' '))
            g_string_append_c(out, *at);
    }
}

static void put_entry(struct scan *scan, const struct bracket *bracket)
{
    scan->entries++;
    if (!scan->out)
        return;
    for (; scan->counted < bracket->at; scan->counted++)
        scan->line += *scan->counted == '\n';
    for (; scan->line_out < scan->line; scan->line_out++)
        g_string_append_c(scan->out, '\n');
    if (bracket->is_array) {
        g_string_append(scan->out, "{\"time\":\"");
        g_string_append_len(scan->out, bracket->first.at, (gssize)bracket->first.len);
        g_string_append(scan->out, "\",\"log\":\"");
        g_string_append_len(scan->out, bracket->text.at, (gssize)bracket->text.len);
        g_string_append(scan->out, "\"}");
    } else {
        put_compact(scan->out, bracket->at, scan->at);
    }
    g_string_append_c(scan->out, '\n');
    scan->line_out++;
}

/* ---- the document ---- */

static void take_open(struct scan *scan)
{
    if (scan->depth < DEPTH_MAX)
        scan->open[scan->depth] = (struct bracket){.at = scan->at, .is_array = *scan->at == '['};
    scan->depth++;
    scan->key = (struct string){0};
    scan->at++;
}

static void take_close(struct scan *scan)
{
    scan->at++;
    if (scan->depth == 0 || scan->depth-- > DEPTH_MAX)
        return;
    const struct bracket *bracket = &scan->open[scan->depth];
    struct bracket *outer = scan->depth > 0 ? &scan->open[scan->depth - 1] : NULL;
    bool is_entry = bracket->has_text && !bracket->has_entries && (!outer || outer->is_array);
    if (is_entry)
        put_entry(scan, bracket);
    if (!outer)
        return;
    outer->has_entries = outer->has_entries || bracket->has_entries || is_entry;
    outer->has_text = outer->has_text || bracket->has_text;
}

static void take_string(struct scan *scan)
{
    const char *from = ++scan->at;
    while (scan->at < scan->stop && *scan->at != '"')
        scan->at += 1 + (*scan->at == '\\' && scan->at + 1 < scan->stop);
    struct string string = {from, (size_t)(scan->at - from)};
    scan->at += scan->at < scan->stop;
    if (scan->depth == 0 || scan->depth > DEPTH_MAX)
        return;
    struct bracket *bracket = &scan->open[scan->depth - 1];
    const char *next = behind_blanks(scan->at, scan->stop);
    if (!bracket->is_array && next < scan->stop && *next == ':') {
        scan->key = string;
        return;
    }
    bool is_text = peel_text_rank(scan->key.at, scan->key.len, string.at, string.len) > 0;
    if (is_text && !bracket->text.at)
        bracket->text = string;
    else if (!bracket->first.at)
        bracket->first = string;
    bracket->has_text = bracket->has_text || is_text;
}

static void scan_all(struct scan *scan)
{
    while (scan->at < scan->stop) {
        char c = *scan->at;
        if (c == '"')
            take_string(scan);
        else if (c == '{' || c == '[')
            take_open(scan);
        else if (c == '}' || c == ']')
            take_close(scan);
        else
            scan->at++;
    }
}

bool json_entries_are_in(const char *bytes, size_t len)
{
    const char *stop = bytes + len;
    bytes = behind_blanks(bytes + text_mark_length(bytes, len), stop);
    const char *next = bytes < stop ? behind_blanks(bytes + 1, stop) : stop;
    if (next == stop ||
        !((*bytes == '[' && (*next == '{' || *next == '[')) || (*bytes == '{' && *next == '"')))
        return false;
    const char *end = memchr(bytes, '\n', (size_t)(stop - bytes));
    struct scan first = {.at = bytes, .stop = end ? end : stop};
    scan_all(&first);
    /* A line that is cut off in its only text is an entry by itself, too. */
    bool goes_on = first.depth > 0 && (first.entries > 0 || !first.open[0].has_text);
    return first.entries > 1 || *bytes == '[' || goes_on;
}

GString *json_entries_lines(const char *bytes, size_t len)
{
    GString *out = g_string_new(NULL);
    struct scan scan = {
        .at = bytes, .stop = bytes + len, .out = out, .counted = bytes, .line = 1, .line_out = 1};
    scan_all(&scan);
    return out;
}
