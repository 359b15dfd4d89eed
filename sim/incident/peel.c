/* The usual line is peeled in one pass. Any other is first made plain (JSON, CSV, markup undone
 * into the scratch), then its server's stamp is looked for: a time of the day with a date in front;
 * what stands before is the wrapper's, what stands behind the message. A line without a stamp is
 * searched for a known message. */
#include "sim/incident/peel.h"

#include <string.h>
#include "sim/engine/time.h"
#include "sim/incident/peel_text.h"

void peel_init(struct peel *peel, const struct word_table *words)
{
    peel->words = words;
    peel->date[0] = '\0';
    peel->date_ns = 0;
}

/* "28 Nov 2026 16:05:54.715", with or without the year, as the servers write it. */
static size_t take_server_stamp(struct peel *peel, const char *at, size_t left, struct stamp *stamp)
{
    if (left < 15 || !stamp_is_digit(at[0]) || !stamp_is_digit(at[1]) || at[2] != ' ' ||
        at[6] != ' ')
        return 0;
    bool has_year = left > 11 && stamp_is_digit(at[7]) && stamp_is_digit(at[8]) &&
                    stamp_is_digit(at[9]) && stamp_is_digit(at[10]) && at[11] == ' ';
    size_t date = has_year ? 11 : 6;
    int64_t of_day;
    size_t used = stamp_time(at + date + 1, left - date - 1, &of_day);
    if (used == 0)
        return 0;
    if (strlen(peel->date) != date || memcmp(peel->date, at, date) != 0) {
        int64_t month = stamp_month(at + 3),
                year = has_year ? stamp_digits(at + 7, 4) : STAMP_NO_YEAR;
        int64_t day = stamp_digits(at, 2);
        if (month == 0 || day < 1 || day > 31 || year < 1970 || year > STAMP_YEAR_MAX)
            return 0;
        peel->date_ns = stamp_day(year, month, day) * STAMP_DAY_S * NS_PER_S;
        memcpy(peel->date, at, date);
        peel->date[date] = '\0';
    }
    *stamp = (struct stamp){peel->date_ns + of_day, true, has_year, false};
    return date + 1 + used;
}

static bool is_level(char c)
{
    return c == '.' || c == '-' || c == '*' || c == '#';
}

static bool is_role(char c)
{
    return c == 'M' || c == 'S' || c == 'C' || c == 'X';
}

static void set_text(char *to, size_t size, const char *from, size_t len)
{
    len = len < size ? len : size - 1;
    memcpy(to, from, len);
    to[len] = '\0';
}

/* " * message" behind a stamp. */
static void take_message(const char *at, const char *end, struct peeled *out)
{
    while (at < end && *at == ' ')
        at++;
    if (end - at >= 2 && *at == '\\')
        at++;
    if (end - at >= 2 && is_level(at[0]) && at[1] == ' ') {
        out->level = at[0];
        at += 2;
    }
    out->message = at;
    out->len = (size_t)(end - at);
}

/* The usual line: "2206:M 28 Nov 2026 16:05:54.715 * message". */
static bool take_plain(struct peel *peel, const char *line, size_t len, struct peeled *out)
{
    size_t at = 0;
    while (at < len && at < PEEL_PID_MAX - 1 && stamp_is_digit(line[at]))
        at++;
    if (at == 0 || at + 3 >= len || line[at] != ':' || !is_role(line[at + 1]) ||
        line[at + 2] != ' ')
        return false;
    size_t used = take_server_stamp(peel, line + at + 3, len - at - 3, &out->server);
    if (used == 0)
        return false;
    memcpy(out->pid, line, at);
    out->pid[at] = '\0';
    out->role = line[at + 1];
    take_message(line + at + 3 + used, line + len, out);
    return out->level != 0;
}

/* ---- what stands before the server's stamp ---- */

/* "2206:M", "[2206]", "FG:M" or nothing at the end of the prefix; returns where it begins. */
static size_t take_writer(const char *line, size_t end, struct peeled *out)
{
    while (end > 0 && line[end - 1] == ' ')
        end--;
    size_t at = end;
    while (at > 0 && end - at < PEEL_PID_MAX && line[at - 1] != ' ' && line[at - 1] != '\t' &&
           line[at - 1] != '|' && line[at - 1] != '>')
        at--;
    size_t len = end - at;
    if (len >= 3 && line[end - 2] == ':' && is_role(line[end - 1])) {
        out->role = line[end - 1];
        set_text(out->pid, sizeof(out->pid), line + at, len - 2);
        return at;
    }
    if (len >= 3 && line[at] == '[' && line[end - 1] == ']') {
        set_text(out->pid, sizeof(out->pid), line + at + 1, len - 2);
        return at;
    }
    return end;
}

/* "Nov 28 16:05:54 host redis[2206]:" of syslog and journalctl. */
static size_t take_syslog(const char *at, size_t len, struct peeled *out)
{
    int64_t of_day, month = len > 15 && at[3] == ' ' && at[6] == ' ' ? stamp_month(at) : 0;
    int64_t day = month ? stamp_digits(at[4] == ' ' ? at + 5 : at + 4, at[4] == ' ' ? 1 : 2) : 0;
    size_t used = month && day > 0 && day < 32 ? stamp_time(at + 7, len - 7, &of_day) : 0;
    if (used == 0)
        return 0;
    out->wrapper = (struct stamp){
        stamp_day(STAMP_NO_YEAR, month, day) * STAMP_DAY_S * NS_PER_S + of_day, true, false, false};
    return 7 + used;
}

/* "July 31st 2015, 06:04:40.000", "Nov 28, 2026 @ 16:05:54.715": Kibana's. */
static size_t take_kibana(const char *at, size_t len, struct peeled *out)
{
    size_t i = 0;
    int64_t month = len > 16 ? stamp_month(at) : 0, day = 0, year, of_day;
    while (i < len && at[i] != ' ')
        i++;
    if (month == 0 || i > 9 || i + 3 >= len)
        return 0;
    for (i++; i < len && stamp_is_digit(at[i]) && day < 100; i++)
        day = day * 10 + at[i] - '0';
    while (i < len && i < 20 && at[i] != ' ')
        i++;
    year = i + 5 < len ? stamp_digits(at + i + 1, 4) : -1;
    if (day < 1 || day > 31 || year < 1970 || year > STAMP_YEAR_MAX)
        return 0;
    for (i += 5; i < len && !stamp_is_digit(at[i]); i++)
        if (!strchr(", @", at[i]))
            return 0;
    size_t used = i < len ? stamp_time(at + i, len - i, &of_day) : 0;
    if (used == 0)
        return 0;
    out->wrapper = (struct stamp){stamp_day(year, month, day) * STAMP_DAY_S * NS_PER_S + of_day,
                                  true, true, false};
    return i + used;
}

static size_t take_any_stamp(const char *at, size_t len, struct peeled *out)
{
    size_t used;
    if (stamp_iso(at, len, &out->wrapper, &used))
        return used;
    used = take_syslog(at, len, out);
    return used ? used : take_kibana(at, len, out);
}

/* A name of the writer in what is left of the prefix: "[pod/redis-0/redis]", "redis-1  |", "host
 * redis-server[2206]:". Streams and flags of container runtimes are no names. */
static void take_name(const char *at, size_t len, struct peeled *out)
{
    static const char *const NO_NAMES[] = {"stdout", "stderr", "F", "P", "-", "*", "|", ">"};
    while (len > 0) {
        while (len > 0 && strchr(" \t|,\"*>#", *at)) {
            at++;
            len--;
        }
        size_t word = 0;
        while (word < len && !strchr(" \t|,\"", at[word]))
            word++;
        bool is_name =
            word > 1 && !stamp_is_digit(at[0]) && !(word == 5 && stamp_digits(at + 1, 4) >= 0);
        for (size_t i = 0; i < sizeof(NO_NAMES) / sizeof(NO_NAMES[0]); i++)
            is_name =
                is_name && (strlen(NO_NAMES[i]) != word || memcmp(NO_NAMES[i], at, word) != 0);
        if (is_name && !out->name[0])
            set_text(out->name, sizeof(out->name), at, word);
        const char *bracket = memchr(at, '[', word);
        if (!out->pid[0] && bracket && bracket > at && word > 3 && at[word - 1] == ':' &&
            at[word - 2] == ']')
            set_text(out->pid, sizeof(out->pid), bracket + 1,
                     (size_t)(at + word - 2 - bracket - 1));
        at += word;
        len -= word;
    }
}

static void take_prefix(const char *line, size_t len, struct peeled *out)
{
    size_t from = 0, used = 0;
    while (from < len && used == 0) {
        used = take_any_stamp(line + from, len - from, out);
        if (used == 0)
            from++;
    }
    if (used == 0) {
        take_name(line, len, out);
        return;
    }
    take_name(line, from, out);
    take_name(line + from + used, len - from - used, out);
}

/* ---- any line ---- */

/* A server's own stamp somewhere in the line; what is before goes to the wrapper. */
static bool take_stamped(struct peel *peel, const char *line, size_t len, struct peeled *out)
{
    for (size_t at = 0; at + 15 < len; at++) {
        if (!stamp_is_digit(line[at]) || (at > 0 && stamp_is_digit(line[at - 1])))
            continue;
        size_t used = take_server_stamp(peel, line + at, len - at, &out->server);
        if (used == 0 && at > 2 && line[at - 1] == ' ' && is_role(line[at - 2]) &&
            !stamp_iso(line + at, len - at, &out->server, &used))
            used = 0;
        if (used == 0)
            continue;
        size_t writer = take_writer(line, at, out);
        take_prefix(line, writer, out);
        take_message(line + at + used, line + len, out);
        return true;
    }
    return false;
}

/* "1447:signal-handler (1712656277) Received ...": the clock itself, in any zone. */
static bool take_signal(struct peel *peel, const char *line, size_t len, struct peeled *out)
{
    static const char MARK[] = ":signal-handler (";
    const char *found = line;
    while (found && (size_t)(line + len - found) > sizeof(MARK) &&
           memcmp(found, MARK, sizeof(MARK) - 1) != 0)
        found = memchr(found + 1, ':', (size_t)(line + len - found - 1));
    if (!found || (size_t)(line + len - found) <= sizeof(MARK))
        return false;
    size_t pid = 0;
    while (found - pid > line && pid < PEEL_PID_MAX - 1 && stamp_is_digit(found[-(int64_t)pid - 1]))
        pid++;
    set_text(out->pid, sizeof(out->pid), found - pid, pid);
    take_prefix(line, (size_t)(found - line) - pid, out);
    out->message = found + 1;
    out->len = (size_t)(line + len - found - 1);
    out->said = word_table_find(peel->words, out->message, out->len);
    return true;
}

static bool take_header(const char *line, size_t len, struct peeled *out)
{
    if (len < 9 || memcmp(line, "==> ", 4) != 0 || memcmp(line + len - 4, " <==", 4) != 0)
        return false;
    out->is_header = true;
    set_text(out->name, sizeof(out->name), line + 4, len - 8);
    return true;
}

/* Without a stamp of the server: wherever a known message begins. */
static void take_unstamped(struct peel *peel, const char *line, size_t len, struct peeled *out)
{
    const char *message = line;
    out->said = word_table_search(peel->words, line, len, &message);
    size_t before = (size_t)(message - line);
    if (out->said.word == WORD_NONE)
        before = 0;
    for (size_t at = before; at > 2 && !out->role; at--)
        if (line[at - 1] == ' ' && is_role(line[at - 2]) && line[at - 3] == ':')
            take_writer(line, at - 1, out);
    if (before >= 2 && is_level(line[before - 2]) &&
        (before == 2 || strchr(" \\", line[before - 3])))
        out->level = line[before - 2];
    take_prefix(line, out->said.word == WORD_NONE ? (len < 80 ? len : 80) : before, out);
    out->message = message;
    out->len = len - (size_t)(message - line);
}

void peel_line(struct peel *peel, const char *line, size_t len, struct peeled *out)
{
    memset(out, 0, offsetof(struct peeled, said));
    out->said.word = WORD_NONE;
    if (take_plain(peel, line, len, out) && !peel_text_is_odd(out->message, out->len)) {
        while (out->len > 0 && out->message[out->len - 1] == '\r')
            out->len--;
        out->said = word_table_find(peel->words, out->message, out->len);
        return;
    }
    memset(out, 0, offsetof(struct peeled, said));
    struct peel_fields fields = {0};
    len = peel_text_make(line, len < PEEL_LINE_MAX ? len : PEEL_LINE_MAX, peel->scratch, &fields);
    line = peel->scratch;
    if (fields.is_structured)
        peel_text_fields(&fields, out);
    out->message = line;
    out->len = len;
    out->is_blank = len == 0;
    if (fields.is_message) {
        out->said = word_table_find(peel->words, line, len);
        return;
    }
    if (take_header(line, len, out) || take_signal(peel, line, len, out))
        return;
    if (take_stamped(peel, line, len, out))
        out->said = word_table_find(peel->words, out->message, out->len);
    else
        take_unstamped(peel, line, len, out);
}
