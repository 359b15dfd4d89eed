/* JSON is scanned, not parsed: a key is known by its name, wherever it stands, and a string's
 * escapes are undone. Of a line that is cut off, the beginning still counts. */
#include "sim/incident/peel_text.h"

#include <string.h>
#include "sim/engine/time.h"
#include "sim/text/source_text.h"

#define WRITER_WITHIN 100 /* bytes of a text that names its writer */

bool peel_text_is_odd(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)text[i] >= 0x80 || text[i] == 0x1b || text[i] == '&')
            return true;
    return false;
}

/* ---- structured lines ---- */

struct key {
    const char *name;
    enum { KEY_TEXT, KEY_TIME, KEY_PID, KEY_ROLE, KEY_LEVEL, KEY_NAME } kind;
};

static const struct key KEYS[] = {
    {"log", KEY_TEXT},
    {"message", KEY_TEXT},
    {"MESSAGE", KEY_TEXT},
    {"msg", KEY_TEXT},
    {"textPayload", KEY_TEXT},
    {"@message", KEY_TEXT},
    {"short_message", KEY_TEXT},
    {"line", KEY_TEXT},
    {"body", KEY_TEXT},
    {"_raw", KEY_TEXT},
    {"time", KEY_TIME},
    {"timestamp", KEY_TIME},
    {"@timestamp", KEY_TIME},
    {"__REALTIME_TIMESTAMP", KEY_TIME},
    {"pid", KEY_PID},
    {"_PID", KEY_PID},
    {"role", KEY_ROLE},
    {"level", KEY_LEVEL},
    {"_HOSTNAME", KEY_NAME},
    {"host", KEY_NAME},
    {"pod", KEY_NAME},
    {"pod_name", KEY_NAME},
    {"container_name", KEY_NAME},
    {"CONTAINER_NAME", KEY_NAME},
};

static const struct key *key_of(const char *name, size_t len)
{
    for (size_t i = 0; i < sizeof(KEYS) / sizeof(KEYS[0]); i++)
        if (strlen(KEYS[i].name) == len && memcmp(KEYS[i].name, name, len) == 0)
            return &KEYS[i];
    return NULL;
}

/* "7:M 28 Nov", "[7] 28 Nov", "7:signal-handler (1712656277)": how the lines of a server begin,
 * behind what else stands there. */
static bool has_writer(const char *text, size_t len)
{
    static const char SIGNAL[] = ":signal-handler (";
    for (size_t i = 1; i + 3 < len && i < WRITER_WITHIN; i++) {
        bool is_new = text[i] == ':' && strchr("MSCX", text[i + 1]) && text[i + 2] == ' ' &&
                      stamp_is_digit(text[i + 3]);
        bool is_old = text[i] == ']' && text[i + 1] == ' ' && stamp_is_digit(text[i + 2]);
        bool is_signal =
            len - i > sizeof(SIGNAL) - 1 && memcmp(text + i, SIGNAL, sizeof(SIGNAL) - 1) == 0;
        if (stamp_is_digit(text[i - 1]) && (is_new || is_old || is_signal))
            return true;
    }
    return false;
}

int peel_text_rank(const char *name, size_t name_len, const char *value, size_t len)
{
    const struct key *key = key_of(name, name_len);
    if (key && key->kind != KEY_TEXT)
        return 0;
    return has_writer(value, len) ? 2 : key ? 1 : 0;
}

static int hex(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

static size_t put_code(unsigned code, char *to)
{
    if (code < 0x80) {
        to[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        to[0] = (char)(0xc0 | code >> 6);
        to[1] = (char)(0x80 | (code & 0x3f));
        return 2;
    }
    to[0] = (char)(0xe0 | code >> 12);
    to[1] = (char)(0x80 | (code >> 6 & 0x3f));
    to[2] = (char)(0x80 | (code & 0x3f));
    return 3;
}

/* One escape behind a backslash at `at`; never longer than what it stands for. */
static size_t undo_escape(const char *at, size_t left, char *to, size_t *used)
{
    static const char NAMES[] = "nrtbf", MEANS[] = "\n\r\t\b\f";
    unsigned code = 0;
    *used = left > 1 ? 2 : 1;
    if (left < 2)
        return 0;
    const char *found = strchr(NAMES, at[1]);
    if (at[1] != '\0' && found) {
        *to = MEANS[found - NAMES];
        return 1;
    }
    for (int i = 2; at[1] == 'u' && i < 6; i++) {
        int digit = (size_t)i < left ? hex(at[i]) : -1;
        if (digit < 0)
            return 0;
        code = code << 4 | (unsigned)digit;
    }
    if (at[1] == 'u') {
        *used = 6;
        return put_code(code, to);
    }
    *to = at[1];
    return 1;
}

/* The value behind a key: a string with its escapes undone, or a bare word. Returns its length;
 * *end is behind it. */
static size_t take_json_value(const char *at, const char *stop, char *to, const char **end)
{
    size_t len = 0, used;
    if (at < stop && *at != '"') {
        while (at < stop && !strchr(",} \t", *at))
            to[len++] = *at++;
        *end = at;
        return len;
    }
    for (at += at < stop; at < stop && *at != '"'; at += used) {
        used = 1;
        if (*at == '\\')
            len += undo_escape(at, (size_t)(stop - at), to + len, &used);
        else
            to[len++] = *at;
    }
    *end = at < stop ? at + 1 : stop;
    return len;
}

static void set(char *to, size_t size, const char *from, size_t len)
{
    len = len < size ? len : size - 1;
    memcpy(to, from, len);
    to[len] = '\0';
}

static void keep(const struct key *key, const char *value, size_t len, struct peel_fields *fields)
{
    if (key->kind == KEY_TIME)
        set(fields->time, sizeof(fields->time), value, len);
    else if (key->kind == KEY_PID)
        set(fields->pid, sizeof(fields->pid), value, len);
    else if (key->kind == KEY_ROLE)
        set(fields->role, sizeof(fields->role), value, len);
    else if (key->kind == KEY_LEVEL)
        set(fields->level, sizeof(fields->level), value, len);
    else if (key->kind == KEY_NAME)
        set(fields->name, sizeof(fields->name), value, len);
}

/* {"log":"...","time":"..."}: the text is moved to the front of `to`. Returns its length; 0: no
 * text.
 */
static size_t undo_json(const char *line, size_t len, char *to, struct peel_fields *fields)
{
    const char *at = line, *stop = line + len;
    size_t text = 0;
    int best = 0;
    char value[PEEL_TEXT_MAX];
    while (at < stop && (at = memchr(at, '"', (size_t)(stop - at))) != NULL) {
        const char *name = at + 1, *quote = memchr(name, '"', (size_t)(stop - name));
        if (!quote)
            break;
        at = quote + 1;
        while (at < stop && *at == ' ')
            at++;
        if (at == stop || *at != ':')
            continue;
        for (at++; at < stop && *at == ' '; at++)
            ;
        if (at < stop && (*at == '{' || *at == '['))
            continue;
        bool is_string = at < stop && *at == '"';
        size_t value_len = take_json_value(at, stop, value, &at), name_len = (size_t)(quote - name);
        const struct key *key = key_of(name, name_len);
        int rank = is_string ? peel_text_rank(name, name_len, value, value_len) : 0;
        if (rank > best && value_len > 0) {
            memcpy(to, value, value_len);
            text = value_len;
            best = rank;
        } else if (key) {
            keep(key, value, value_len, fields);
        }
    }
    return text;
}

/* pid=1 role=primary timestamp="..." level=notice message="...": the keys in any order. */
static size_t undo_logfmt(const char *line, size_t len, char *to, struct peel_fields *fields)
{
    const char *at = line, *stop = line + len;
    size_t text = 0;
    while (at < stop) {
        while (at < stop && *at == ' ')
            at++;
        const char *equals = memchr(at, '=', (size_t)(stop - at));
        if (!equals || equals + 1 >= stop)
            break;
        const char *value = equals + 1 + (equals[1] == '"'), *end = value;
        const struct key *key = key_of(at, (size_t)(equals - at));
        while (end < stop && *end != (equals[1] == '"' ? '"' : ' '))
            end++;
        if (!key && text == 0 && fields->pid[0] == '\0')
            return 0;
        if (key && key->kind == KEY_TEXT) {
            memcpy(to, value, (size_t)(end - value));
            text = (size_t)(end - value);
        } else if (key) {
            keep(key, value, (size_t)(end - value), fields);
        }
        at = end < stop ? end + 1 : stop;
    }
    return text;
}

/* "time","text with ""quotes""": the quotes of CSV are undone, the commas between stay. */
static size_t undo_csv(const char *line, size_t len, char *to)
{
    size_t used = 0;
    bool is_quoted = false;
    for (size_t i = 0; i < len; i++) {
        if (line[i] != '"') {
            to[used++] = line[i] == ',' && !is_quoted ? '\t' : line[i];
        } else if (is_quoted && i + 1 < len && line[i + 1] == '"') {
            to[used++] = '"';
            i++;
        } else {
            is_quoted = !is_quoted;
        }
    }
    return used;
}

/* ---- markup ---- */

struct entity {
    const char *name, *means;
};

static const struct entity ENTITIES[] = {
    {"&lt;", "<"},          {"&gt;", ">"},
    {"&amp;", "&"},         {"&quot;", "\""},
    {"&#39;", "'"},         {"&#x27;", "'"},
    {"&apos;", "'"},        {"&nbsp;", " "},
    {"\xef\xbb\xbf", ""}, /* BOM */
    {"\xe2\x80\x90", "-"},  {"\xe2\x80\x91", "-"},
    {"\xe2\x80\x93", "-"},  {"\xe2\x80\x94", "-"},
    {"\xe2\x88\x92", "-"},  {"\xe2\x80\x98", "'"},
    {"\xe2\x80\x99", "'"},  {"\xe2\x80\x9c", "\""},
    {"\xe2\x80\x9d", "\""}, {"\xe2\x86\x94", "<->"},
    {"\xe2\x94\x82", " "},  {"\xe2\x94\x83", " "},
    {"\xe2\x95\x91", " "},  {"\xc2\xa0", " "},
    {"\xe2\x80\x8b", ""},   {"\\*", "*"},
    {"\\-", "-"},           {"\\#", "#"},
    {"\\_", "_"},           {"\\<", "<"},
    {"\\>", ">"},           {"\\[", "["},
    {"\\]", "]"},
};

static const struct entity *entity_at(const char *at, size_t left)
{
    if (*at != '&' && *at != '\\' && (unsigned char)*at < 0x80)
        return NULL;
    for (size_t i = 0; i < sizeof(ENTITIES) / sizeof(ENTITIES[0]); i++) {
        size_t len = strlen(ENTITIES[i].name);
        if (left >= len && memcmp(at, ENTITIES[i].name, len) == 0)
            return &ENTITIES[i];
    }
    return NULL;
}

static bool is_tag(const char *at, size_t left, size_t *len)
{
    static const char *const TAGS[] = {"<br>",    "<br/>",  "<br />", "<p>",     "</p>",
                                       "<pre>",   "</pre>", "<code>", "</code>", "<span>",
                                       "</span>", "<li>",   "</li>",  "<div>",   "</div>"};
    for (size_t i = 0; i < sizeof(TAGS) / sizeof(TAGS[0]); i++) {
        *len = strlen(TAGS[i]);
        if (left >= *len && memcmp(at, TAGS[i], *len) == 0)
            return true;
    }
    return false;
}

/* In place: never longer. */
static size_t undo_markup(char *text, size_t len)
{
    size_t used = 0, skip;
    for (size_t i = 0; i < len;) {
        const struct entity *entity = entity_at(text + i, len - i);
        if (entity) {
            size_t taken = strlen(entity->name), means = strlen(entity->means);
            memcpy(text + used, entity->means, means);
            used += means;
            i += taken;
        } else if (text[i] == 0x1b && i + 1 < len && text[i + 1] == '[') {
            for (i += 2; i < len && (text[i] < '@' || text[i] > '~'); i++)
                ;
            i += i < len;
        } else if (text[i] == '<' && is_tag(text + i, len - i, &skip)) {
            i += skip;
        } else if (text[i] == '\r' || text[i] == '\n' || text[i] == '\0') {
            i++;
        } else {
            text[used++] = text[i++];
        }
    }
    return used;
}

static size_t trim(char *text, size_t len)
{
    size_t from = 0;
    while (from < len && (text[from] == ' ' || text[from] == '`'))
        from++;
    while (len > from && text[len - 1] == '`')
        len--;
    /* A box, and what a terminal filled it with. */
    size_t blanks = 0;
    while (blanks < len - from && text[len - 1 - blanks] == ' ')
        blanks++;
    if (blanks > 1)
        len -= blanks;
    memmove(text, text + from, len - from);
    return len - from;
}

static bool has_fields(const char *line, size_t len)
{
    return (len > 5 && memcmp(line, "pid=", 4) == 0) ||
           (len > 10 && memcmp(line, "timestamp=", 10) == 0) ||
           (len > 6 && memcmp(line, "level=", 6) == 0) ||
           (len > 5 && memcmp(line, "time=", 5) == 0);
}

size_t peel_text_make(const char *line, size_t len, char *to, struct peel_fields *fields)
{
    while (len > 0 && (line[len - 1] == '\r' || line[len - 1] == '\n'))
        len--;
    size_t mark = text_mark_length(line, len);
    line += mark;
    len -= mark;
    const char *brace = memchr(line, '{', len < 200 ? len : 200);
    size_t used = brace && brace + 1 < line + len && brace[1] == '"'
                      ? undo_json(brace, len - (size_t)(brace - line), to, fields)
                  : has_fields(line, len) ? undo_logfmt(line, len, to, fields)
                                          : 0;
    fields->is_structured = used > 0;
    fields->is_message = used > 0 && fields->pid[0] && fields->role[0];
    if (used == 0 && len > 0 && line[0] == '"') {
        used = undo_csv(line, len, to);
    } else if (used == 0) {
        memcpy(to, line, len);
        used = len;
    }
    used = trim(to, undo_markup(to, used));
    to[used] = '\0';
    return used;
}

/* ---- fields ---- */

static void set_time(const char *text, struct stamp *stamp)
{
    size_t used;
    int64_t number = piece_number((struct piece){text, strlen(text)}, -1);
    if (number < 0) {
        stamp_iso(text, strlen(text), stamp, &used);
        return;
    }
    int64_t unit = number < INT64_C(100000000000)         ? NS_PER_S
                   : number < INT64_C(100000000000000)    ? NS_PER_MS
                   : number < INT64_C(100000000000000000) ? NS_PER_US
                                                          : 1;
    if (number <= INT64_C(7258118400) * (NS_PER_S / unit)) /* the end of 2199 */
        *stamp = (struct stamp){number * unit, true, true, true};
}

void peel_text_fields(const struct peel_fields *fields, struct peeled *out)
{
    static const struct {
        const char *name;
        char letter;
    } ROLES[] = {{"primary", 'M'}, {"master", 'M'},   {"replica", 'S'}, {"slave", 'S'},
                 {"RDB/AOF", 'C'}, {"sentinel", 'X'}, {"debug", '.'},   {"info", '-'},
                 {"notice", '*'},  {"warning", '#'}};
    for (size_t i = 0; i < sizeof(ROLES) / sizeof(ROLES[0]); i++) {
        if (strcmp(fields->role, ROLES[i].name) == 0)
            out->role = ROLES[i].letter;
        if (strcmp(fields->level, ROLES[i].name) == 0 && i >= 6)
            out->level = ROLES[i].letter;
    }
    memcpy(out->pid, fields->pid, sizeof(out->pid));
    memcpy(out->name, fields->name, sizeof(out->name));
    set_time(fields->time, fields->is_message ? &out->server : &out->wrapper);
}
