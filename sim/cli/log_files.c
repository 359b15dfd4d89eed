/* Files are read by chunks, so that a log of any length takes the same memory. */
#include "sim/cli/log_files.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "sim/cli/cli.h"
#include "sim/incident/json_entries.h"
#include "sim/text/source_text.h"

#define CHUNK (1 << 20)

struct log_files {
    struct incident *incident;
    int file;
    char *buffer;
    size_t used;
    int32_t line;
    GHashTable *read; /* device and inode of what was read, as text */
};

struct log_files *log_files_new(const struct incident_options *options)
{
    struct log_files *reader = g_new0(struct log_files, 1);
    reader->incident = incident_new(options);
    reader->buffer = g_malloc(CHUNK);
    reader->read = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    return reader;
}

void log_files_free(struct log_files *reader)
{
    incident_free(reader->incident);
    g_hash_table_unref(reader->read);
    g_free(reader->buffer);
    g_free(reader);
}

struct incident *log_files_incident(const struct log_files *reader)
{
    return reader->incident;
}

static bool fill(struct log_files *reader, bool *is_end, char **error)
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
static void pass_lines(struct log_files *reader, bool is_end)
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

static void read_forward(struct log_files *reader, bool is_end, char **error)
{
    pass_lines(reader, is_end);
    while (!is_end && fill(reader, &is_end, error))
        pass_lines(reader, is_end);
}

/* Newest first: the file from its end, chunk by chunk. */
static int32_t count_lines(struct log_files *reader, off_t size, char **error)
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

static void read_backward(struct log_files *reader, char **error)
{
    off_t at = lseek(reader->file, 0, SEEK_END);
    int32_t before = reader->line, count = at > 0 ? count_lines(reader, at, error) : 0;
    int32_t line = before + count;
    reader->line = line;
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

/* ---- files that are no lines of UTF-8 as they are ---- */

static void decode(GString *text, char **error)
{
    size_t len = 0;
    char *decoded = g_convert(text->str, (gssize)text->len, "UTF-8", "UTF-16", NULL, &len, NULL);
    if (!decoded) {
        *error = g_strdup("the file begins as UTF-16 and does not go on so; expected UTF-8");
        return;
    }
    g_string_truncate(text, 0);
    g_string_append_len(text, decoded, (gssize)len);
    g_free(decoded);
}

static void cut(GString *text)
{
    if (!json_entries_are_in(text->str, MIN(text->len, CHUNK)))
        return;
    GString *lines = json_entries_lines(text->str, text->len);
    if (lines->len > 0) /* else what there is can be shown */
        g_string_assign(text, lines->str);
    g_string_free(lines, TRUE);
}

/* The text goes to a file of its own, which is read in place of the one that is open. */
static void substitute(const struct log_files *reader, const GString *text, char **error)
{
    FILE *lines = tmpfile();
    if (!lines || fwrite(text->str, 1, text->len, lines) != text->len || fflush(lines) != 0 ||
        dup2(fileno(lines), reader->file) < 0 || lseek(reader->file, 0, SEEK_SET) < 0)
        *error = g_strdup(g_strerror(errno));
    if (lines)
        fclose(lines);
}

/* UTF-16, as PowerShell writes it, and JSON documents become lines of UTF-8. */
static void rewrite(struct log_files *reader, char **error)
{
    GString *text = g_string_new_len(reader->buffer, (gssize)reader->used);
    bool is_end = false, is_utf16 = text_is_utf16(reader->buffer, reader->used);
    for (reader->used = 0; !is_end && fill(reader, &is_end, error); reader->used = 0)
        g_string_append_len(text, reader->buffer, (gssize)reader->used);
    if (!*error && is_utf16)
        decode(text, error);
    if (!*error) {
        cut(text);
        substitute(reader, text, error);
    }
    g_string_free(text, TRUE);
}

/* Whether it is a regular file that was read before: its lines would count twice. */
static bool is_read_again(const struct log_files *reader)
{
    struct stat file;
    if (fstat(reader->file, &file) != 0 || !S_ISREG(file.st_mode))
        return false;
    return !g_hash_table_add(
        reader->read,
        g_strdup_printf("%" PRIuMAX ":%" PRIuMAX, (uintmax_t)file.st_dev, (uintmax_t)file.st_ino));
}

static bool open_piece(struct log_files *reader, const char *name)
{
    bool is_stdin = strcmp(name, "-") == 0;
    reader->file = is_stdin ? STDIN_FILENO : open(name, O_RDONLY | O_CLOEXEC);
    reader->used = 0;
    if (reader->file < 0) {
        cli_fail(EXIT_BAD_INPUT, "%s: %s", name, g_strerror(errno));
        return false;
    }
    if (!is_read_again(reader))
        return true;
    cli_fail(EXIT_BAD_INPUT, "%s: the same file is given twice", name);
    if (!is_stdin)
        close(reader->file);
    return false;
}

/* One file, or a piece of one, whose lines go on behind reader->line. */
static bool read_piece(struct log_files *reader, const char *name)
{
    char *error = NULL;
    bool is_end, is_packed = false;
    if (!open_piece(reader, name))
        return false;
    bool is_read = fill(reader, &is_end, &error);
    if (is_read && (text_is_utf16(reader->buffer, reader->used) ||
                    json_entries_are_in(reader->buffer, reader->used))) {
        rewrite(reader, &error);
        is_read = !error && fill(reader, &is_end, &error);
    }
    if (is_read) {
        is_packed = reader->used > 2 && memcmp(reader->buffer, "\x1f\x8b", 2) == 0;
        bool is_reversed =
            incident_look(reader->incident, reader->buffer, reader->used) == ORDER_REVERSED;
        if (is_reversed && lseek(reader->file, 0, SEEK_CUR) >= 0)
            read_backward(reader, &error);
        else if (!is_packed)
            read_forward(reader, is_end, &error);
    }
    incident_end_file(reader->incident);
    if (reader->file != STDIN_FILENO)
        close(reader->file);
    if (error)
        cli_fail(EXIT_SYSTEM, "%s: %s", name, error);
    else if (is_packed)
        cli_fail(EXIT_BAD_INPUT, "%s: found a compressed file, expected text (zcat %s >...)", name,
                 name);
    g_free(error);
    return error == NULL && !is_packed;
}

/* ---- logs that were rotated ---- */

/* What is left of the name without .1, .2.gz, -20261128, which rotating a log adds. */
static char *base_of(const char *name)
{
    const char *slash = strrchr(name, '/'), *file = slash ? slash + 1 : name;
    size_t len = strlen(name);
    if (len > 3 && strcmp(name + len - 3, ".gz") == 0)
        len -= 3;
    size_t digits = 0;
    while (digits < len && g_ascii_isdigit(name[len - digits - 1]))
        digits++;
    char before = digits < len ? name[len - digits - 1] : '\0';
    bool is_number = digits > 0 && digits <= 3 && before == '.' &&
                     memchr(file, '.', len - digits - 1 - (size_t)(file - name));
    bool is_date = digits == 8 && before == '-';
    return g_strndup(name, is_number || is_date ? len - digits - 1 : strlen(name));
}

struct rotated {
    const char *name;
    int64_t first_ns;
    guint given;
};

/* By the first stamp; without one as given. */
static int by_first(const void *a, const void *b)
{
    const struct rotated *x = a, *y = b;
    if (x->first_ns != y->first_ns && x->first_ns != HALF_ABSENT && y->first_ns != HALF_ABSENT)
        return x->first_ns < y->first_ns ? -1 : 1;
    return (x->given > y->given) - (x->given < y->given);
}

static int64_t first_stamp(struct log_files *reader, const char *name)
{
    int file = open(name, O_RDONLY | O_CLOEXEC);
    ssize_t got = file >= 0 ? read(file, reader->buffer, CHUNK) : 0;
    if (file >= 0)
        close(file);
    return got > 0 ? incident_first_stamp(reader->incident, reader->buffer, (size_t)got)
                   : HALF_ABSENT;
}

/* All pieces of one log, oldest first. */
static bool read_rotated(struct log_files *reader, const char *base, GArray *pieces)
{
    bool is_good = true;
    incident_file(reader->incident, base, NULL);
    g_array_sort(pieces, by_first);
    reader->line = 0;
    for (guint i = 0; i < pieces->len && is_good; i++) {
        const char *name = g_array_index(pieces, struct rotated, i).name;
        incident_piece(reader->incident, name, reader->line);
        is_good = read_piece(reader, name);
    }
    return is_good;
}

bool log_files_read(struct log_files *reader, const char *name, const char *node)
{
    incident_file(reader->incident, name, node);
    reader->line = 0;
    return read_piece(reader, name);
}

bool log_files_read_all(struct log_files *reader, char *const *names, guint count)
{
    GHashTable *seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    bool is_good = true;
    for (guint i = 0; i < count && is_good; i++) {
        char *base = base_of(names[i]);
        GArray *pieces = g_array_new(FALSE, FALSE, sizeof(struct rotated));
        if (!g_hash_table_contains(seen, base))
            for (guint k = i; k < count; k++) {
                char *other = base_of(names[k]);
                bool is_piece = strcmp(other, base) == 0;
                struct rotated piece = {names[k], HALF_ABSENT, k};
                if (is_piece && strcmp(names[k], "-") != 0)
                    piece.first_ns = first_stamp(reader, names[k]);
                if (is_piece)
                    g_array_append_val(pieces, piece);
                g_free(other);
            }
        if (pieces->len > 0)
            is_good = read_rotated(reader, base, pieces);
        g_array_free(pieces, TRUE);
        g_hash_table_add(seen, base);
    }
    g_hash_table_unref(seen);
    return is_good;
}

bool log_files_has_lines(const struct log_files *reader)
{
    int64_t known = 0;
    for (guint i = 0; i < incident_file_count(reader->incident); i++)
        known += incident_file_at(reader->incident, (int32_t)i)->known;
    return known > 0;
}

int log_files_complain(const struct log_files *reader, const char *command)
{
    const struct incident *incident = reader->incident;
    GString *words = g_string_new(command);
    g_string_append(words, ": found no line of a Redis or Valkey server; expected their "
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
