/* One file of records: lines are found by where they begin. See record_file.h. */
#include "sim/study/records/record_file.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "sim/study/records/record_file_text.h"

#define MISSING INT64_C(-1)

struct record_file {
    char *path;
    FILE *file; /* closing another descriptor of the same file would end its lock */
    struct record_file_head head;
    int64_t *places; /* by item: where its line begins */
    uint64_t held, line_number;
    int64_t end; /* of the last good line: the next one goes here */
    char *failure;
};

GQuark record_file_error_quark(void)
{
    return g_quark_from_static_string("psyncsim-shard");
}

const struct record_file_head *record_file_head(const struct record_file *file)
{
    return &file->head;
}

uint64_t record_file_held(const struct record_file *file)
{
    return file->held;
}

const char *record_file_failure(const struct record_file *file)
{
    return file->failure;
}

/* ---- opening ---- */

static struct record_file *record_file_new(const char *path)
{
    struct record_file *file = g_new0(struct record_file, 1);
    file->path = g_strdup(path);
    return file;
}

void record_file_free(struct record_file *file)
{
    if (!file)
        return;
    if (file->file)
        fclose(file->file);
    record_file_head_clear(&file->head);
    g_free(file->places);
    g_free(file->failure);
    g_free(file->path);
    g_free(file);
}

void record_file_remove(struct record_file *file)
{
    unlink(file->path);
    record_file_free(file);
}

static bool failed(GError **error, enum record_file_error code, const char *what, const char *path)
{
    int reason = errno;
    g_set_error(error, RECORD_FILE_ERROR, (int)code, "cannot %s %s: %s", what, path,
                g_strerror(reason));
    return false;
}

static bool system_failed(GError **error, const char *what, const char *path)
{
    return failed(error, RECORD_FILE_ERROR_SYSTEM, what, path);
}

static bool open_file(struct record_file *file, int flags, GError **error)
{
    int fd = open(file->path, flags, 0666);
    file->file = fd < 0 ? NULL : fdopen(fd, flags & O_RDWR ? "r+" : "r");
    if (fd >= 0 && !file->file)
        close(fd);
    /* A file that is only read is one that was given. */
    return file->file ||
           failed(error, flags & O_RDWR ? RECORD_FILE_ERROR_SYSTEM : RECORD_FILE_ERROR_INPUT,
                  "open", file->path);
}

static bool lock(struct record_file *file, GError **error)
{
    struct flock all = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(fileno(file->file), F_SETLK, &all) == 0)
        return true;
    if (errno != EACCES && errno != EAGAIN)
        return system_failed(error, "lock", file->path);
    g_set_error(error, RECORD_FILE_ERROR, RECORD_FILE_ERROR_INPUT,
                "another psyncsim is at work on %s; wait for it, or choose another output",
                file->path);
    return false;
}

static void allocate(struct record_file *file)
{
    file->places = g_new(int64_t, file->head.count + 1);
    for (uint64_t i = 0; i < file->head.count; i++)
        file->places[i] = MISSING;
}

/* ---- reading lines ---- */

/* Takes in the record that begins at shard->end. False: it is none, or not one of this file's. */
static bool take_record(struct record_file *file, const char *line, size_t len, int64_t *words)
{
    uint64_t index;
    if (strlen(line) != len || !record_file_parse_record(line, &index, words, file->head.words))
        return false;
    uint64_t item = index - file->head.first;
    if (index < file->head.first || item >= file->head.count || file->places[item] != MISSING)
        return false;
    file->places[item] = file->end;
    file->held++;
    return true;
}

/* Takes in all records up to the first line that is none. Returns its number, 0: there is none.
 * *is_followed: good lines come after it. */
static uint64_t scan(struct record_file *file, bool *is_followed)
{
    char *line = NULL;
    size_t room = 0;
    uint64_t bad = 0, index, number = file->line_number;
    int64_t *words = g_new(int64_t, file->head.words);
    *is_followed = false;
    for (ssize_t len; (len = getline(&line, &room, file->file)) > 0;) {
        number++;
        if (bad > 0)
            *is_followed |= record_file_parse_record(line, &index, words, file->head.words);
        else if (take_record(file, line, (size_t)len, words))
            file->end += len;
        else
            bad = number;
    }
    free(line);
    g_free(words);
    return bad;
}

static bool damaged(struct record_file *file, uint64_t line, const char *advice, GError **error)
{
    g_set_error(error, RECORD_FILE_ERROR, RECORD_FILE_ERROR_INPUT,
                "%s:%" G_GUINT64_FORMAT ": this line is damaged; %s", file->path, line, advice);
    return false;
}

/* The text of the head, up to its last line, or of all that is there. */
static GString *read_head(struct record_file *file)
{
    GString *text = g_string_new(NULL);
    char *line = NULL;
    size_t room = 0;
    bool is_last = false;
    for (ssize_t len; !is_last && (len = getline(&line, &room, file->file)) > 0;) {
        g_string_append_len(text, line, len);
        is_last = g_str_has_prefix(line, RECORD_FILE_HEAD_END);
        file->line_number++;
    }
    free(line);
    file->end = (int64_t)text->len;
    return text;
}

/* ---- checkpoints ---- */

static bool refuse_other(struct record_file *file, const char *text, GError **error)
{
    struct record_file_head theirs;
    if (!record_file_parse_head(text, &theirs)) {
        g_set_error(
            error, RECORD_FILE_ERROR, RECORD_FILE_ERROR_INPUT,
            "%s is not a checkpoint of psyncsim, or its head is damaged; remove it, or choose "
            "another output",
            file->path);
        return false;
    }
    char *differs = record_file_difference(&theirs, &file->head);
    g_set_error(error, RECORD_FILE_ERROR, RECORD_FILE_ERROR_INPUT,
                "%s has finished runs of something else (%s); remove it, or choose another output",
                file->path, differs ? differs : "written in another way");
    g_free(differs);
    record_file_head_clear(&theirs);
    return false;
}

static bool put(struct record_file *file, const GString *text)
{
    for (size_t done = 0; done < text->len;) {
        ssize_t now = pwrite(fileno(file->file), text->str + done, text->len - done,
                             (off_t)(file->end + (int64_t)done));
        if (now < 0 && errno == EINTR)
            continue;
        if (now <= 0)
            return false;
        done += (size_t)now;
    }
    file->end += (int64_t)text->len;
    return true;
}

static bool begin(struct record_file *file, const GString *head, GError **error)
{
    file->end = 0;
    if (ftruncate(fileno(file->file), 0) == 0 && put(file, head))
        return true;
    return system_failed(error, "write", file->path);
}

static bool go_on(struct record_file *file, GError **error)
{
    bool is_followed;
    uint64_t bad = scan(file, &is_followed);
    if (ferror(file->file))
        return system_failed(error, "read", file->path);
    if (is_followed)
        return damaged(file, bad, "remove the file to begin anew", error);
    return ftruncate(fileno(file->file), (off_t)file->end) == 0 ||
           system_failed(error, "write", file->path);
}

/* A head that was not written to its end is begun anew. */
static bool resume(struct record_file *file, GError **error)
{
    if (!open_file(file, O_RDWR | O_CREAT | O_CLOEXEC, error) || !lock(file, error))
        return false;
    allocate(file);
    GString *head = g_string_new(NULL), *found = read_head(file);
    record_file_print_head(&file->head, head);
    bool is_good = g_string_equal(head, found) ? go_on(file, error)
                   : strncmp(head->str, found->str, found->len)
                       ? refuse_other(file, found->str, error)
                       : begin(file, head, error);
    g_string_free(head, TRUE);
    g_string_free(found, TRUE);
    return is_good;
}

struct record_file *record_file_resume(const char *path, const struct record_file_head *head,
                                       GError **error)
{
    struct record_file *file = record_file_new(path);
    file->head = *head;
    file->head.kind = g_strdup(head->kind);
    file->head.about = g_strdup(head->about);
    if (resume(file, error))
        return file;
    record_file_free(file);
    return NULL;
}

bool record_file_add(struct record_file *file, uint64_t index, const int64_t *words)
{
    assert(index >= file->head.first && index - file->head.first < file->head.count);
    GString *line = g_string_new(NULL);
    int64_t place = file->end;
    record_file_print_record(line, index, words, file->head.words);
    bool is_good = put(file, line);
    if (!is_good && !file->failure)
        file->failure = g_strdup_printf("cannot write %s: %s", file->path, g_strerror(errno));
    g_string_free(line, TRUE);
    if (!is_good)
        return false;
    file->places[index - file->head.first] = place;
    file->held++;
    return true;
}

/* ---- complete files ---- */

static bool read_whole(struct record_file *file, GError **error)
{
    bool is_followed;
    uint64_t bad = scan(file, &is_followed);
    if (ferror(file->file))
        return system_failed(error, "read", file->path);
    if (bad > 0)
        return damaged(file, bad, "make the shard again", error);
    if (file->held == file->head.count)
        return true;
    g_set_error(error, RECORD_FILE_ERROR, RECORD_FILE_ERROR_INPUT,
                "%s has %" G_GUINT64_FORMAT " of its %" G_GUINT64_FORMAT
                " runs; give the command that made it again, and it makes the rest",
                file->path, file->held, file->head.count);
    return false;
}

static bool read_file(struct record_file *file, GError **error)
{
    if (!open_file(file, O_RDONLY | O_CLOEXEC, error))
        return false;
    off_t size = fseeko(file->file, 0, SEEK_END) == 0 ? ftello(file->file) : -1;
    if (size < 0 || fseeko(file->file, 0, SEEK_SET) != 0)
        return system_failed(error, "read", file->path);
    GString *text = read_head(file);
    bool is_head =
        strlen(text->str) == text->len && record_file_parse_head(text->str, &file->head) &&
        file->head.count <= (uint64_t)size; /* else memory is asked for that is not needed */
    g_string_free(text, TRUE);
    if (!is_head) {
        g_set_error(error, RECORD_FILE_ERROR, RECORD_FILE_ERROR_INPUT,
                    "%s is no file of records of psyncsim (--shard makes them), or it is damaged",
                    file->path);
        return false;
    }
    allocate(file);
    return read_whole(file, error);
}

struct record_file *record_file_read(const char *path, GError **error)
{
    struct record_file *file = record_file_new(path);
    if (read_file(file, error))
        return file;
    record_file_free(file);
    return NULL;
}

/* ---- records ---- */

static bool read_line(struct record_file *file, int64_t place, char *line, size_t room)
{
    if (!file->file && !open_file(file, O_RDONLY | O_CLOEXEC, NULL))
        return false;
    ssize_t len = pread(fileno(file->file), line, room - 1, (off_t)place);
    char *end = len > 0 ? memchr(line, '\n', (size_t)len) : NULL;
    if (!end)
        return false;
    end[1] = '\0';
    return true;
}

bool record_file_find(struct record_file *file, uint64_t index, int64_t *words)
{
    uint64_t item = index - file->head.first, found;
    if (item >= file->head.count || file->places[item] == MISSING)
        return false;
    size_t room = record_file_line_max(file->head.words) + 1;
    char *line = g_malloc(room);
    bool is_good = read_line(file, file->places[item], line, room) &&
                   record_file_parse_record(line, &found, words, file->head.words) &&
                   found == index;
    g_free(line);
    if (!is_good && !file->failure)
        file->failure = g_strdup_printf("%s changed while it was in use", file->path);
    return is_good;
}

void record_file_rest(struct record_file *file)
{
    if (file->file)
        fclose(file->file);
    file->file = NULL;
}

bool record_file_print(struct record_file *file, FILE *out)
{
    int64_t *words = g_new(int64_t, file->head.words);
    GString *text = g_string_new(NULL);
    bool is_good = true;
    record_file_print_head(&file->head, text);
    for (uint64_t i = 0; i < file->head.count && is_good; i++) {
        fwrite(text->str, 1, text->len, out);
        g_string_truncate(text, 0);
        is_good = record_file_find(file, file->head.first + i, words);
        if (is_good)
            record_file_print_record(text, file->head.first + i, words, file->head.words);
    }
    fwrite(text->str, 1, text->len, out);
    g_string_free(text, TRUE);
    g_free(words);
    return is_good;
}

/* ---- for a worker pool ---- */

static bool find_for_pool(void *user, uint64_t index, void *record)
{
    return record_file_find(user, index, record);
}

static bool add_for_pool(void *user, uint64_t index, const void *record)
{
    return record_file_add(user, index, record);
}

struct worker_pool_store record_file_keeper(struct record_file *file)
{
    return (struct worker_pool_store){find_for_pool, add_for_pool, file};
}
