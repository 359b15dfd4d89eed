/* One file of records: lines are found by where they begin. See shard.h. */
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

struct shard {
    char *path;
    FILE *file; /* closing another descriptor of the same file would end its lock */
    struct shard_head head;
    int64_t *places; /* by item: where its line begins */
    uint64_t held, line_number;
    int64_t end; /* of the last good line: the next one goes here */
    char *failure;
};

GQuark shard_error_quark(void)
{
    return g_quark_from_static_string("psyncsim-shard");
}

struct shard_piece shard_piece(uint64_t total, uint32_t number, uint32_t of)
{
    uint64_t size = total / of, longer = total % of, before = number - 1;
    return (struct shard_piece){before * size + MIN(before, longer), size + (before < longer)};
}

const struct shard_head *shard_head(const struct shard *shard)
{
    return &shard->head;
}

uint64_t shard_held(const struct shard *shard)
{
    return shard->held;
}

const char *shard_failure(const struct shard *shard)
{
    return shard->failure;
}

/* ---- opening ---- */

static struct shard *shard_new(const char *path)
{
    struct shard *shard = g_new0(struct shard, 1);
    shard->path = g_strdup(path);
    return shard;
}

void shard_free(struct shard *shard)
{
    if (!shard)
        return;
    if (shard->file)
        fclose(shard->file);
    shard_head_clear(&shard->head);
    g_free(shard->places);
    g_free(shard->failure);
    g_free(shard->path);
    g_free(shard);
}

void shard_remove(struct shard *shard)
{
    unlink(shard->path);
    shard_free(shard);
}

static bool system_failed(GError **error, const char *what, const char *path)
{
    int reason = errno;
    g_set_error(error, SHARD_ERROR, SHARD_ERROR_SYSTEM, "cannot %s %s: %s", what, path,
                g_strerror(reason));
    return false;
}

static bool open_file(struct shard *shard, int flags, GError **error)
{
    int fd = open(shard->path, flags, 0666);
    shard->file = fd < 0 ? NULL : fdopen(fd, flags & O_RDWR ? "r+" : "r");
    if (fd >= 0 && !shard->file)
        close(fd);
    return shard->file || system_failed(error, "open", shard->path);
}

static bool lock(struct shard *shard, GError **error)
{
    struct flock all = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(fileno(shard->file), F_SETLK, &all) == 0)
        return true;
    if (errno != EACCES && errno != EAGAIN)
        return system_failed(error, "lock", shard->path);
    g_set_error(error, SHARD_ERROR, SHARD_ERROR_INPUT,
                "another psyncsim is at work on %s; wait for it, or choose another output",
                shard->path);
    return false;
}

static void allocate(struct shard *shard)
{
    shard->places = g_new(int64_t, shard->head.count + 1);
    for (uint64_t i = 0; i < shard->head.count; i++)
        shard->places[i] = MISSING;
}

/* ---- reading lines ---- */

/* Takes in the record that begins at shard->end. False: it is none, or not one of this file's. */
static bool take_record(struct shard *shard, const char *line, size_t len, int64_t *words)
{
    uint64_t index;
    if (strlen(line) != len || !shard_parse_record(line, &index, words, shard->head.words))
        return false;
    uint64_t item = index - shard->head.first;
    if (index < shard->head.first || item >= shard->head.count || shard->places[item] != MISSING)
        return false;
    shard->places[item] = shard->end;
    shard->held++;
    return true;
}

/* Takes in all records up to the first line that is none. Returns its number, 0: there is none.
 * *is_followed: good lines come after it. */
static uint64_t scan(struct shard *shard, bool *is_followed)
{
    char *line = NULL;
    size_t room = 0;
    uint64_t bad = 0, index, number = shard->line_number;
    int64_t *words = g_new(int64_t, shard->head.words);
    *is_followed = false;
    for (ssize_t len; (len = getline(&line, &room, shard->file)) > 0;) {
        number++;
        if (bad > 0)
            *is_followed |= shard_parse_record(line, &index, words, shard->head.words);
        else if (take_record(shard, line, (size_t)len, words))
            shard->end += len;
        else
            bad = number;
    }
    free(line);
    g_free(words);
    return bad;
}

static bool damaged(struct shard *shard, uint64_t line, const char *advice, GError **error)
{
    g_set_error(error, SHARD_ERROR, SHARD_ERROR_INPUT,
                "%s:%" G_GUINT64_FORMAT ": this line is damaged; %s", shard->path, line, advice);
    return false;
}

/* The text of the head, up to its last line, or of all that is there. */
static GString *read_head(struct shard *shard)
{
    GString *text = g_string_new(NULL);
    char *line = NULL;
    size_t room = 0;
    bool is_last = false;
    for (ssize_t len; !is_last && (len = getline(&line, &room, shard->file)) > 0;) {
        g_string_append_len(text, line, len);
        is_last = g_str_has_prefix(line, SHARD_HEAD_END);
        shard->line_number++;
    }
    free(line);
    shard->end = (int64_t)text->len;
    return text;
}

/* ---- journals ---- */

static bool foreign(struct shard *shard, const char *text, GError **error)
{
    struct shard_head theirs;
    if (!shard_parse_head(text, &theirs)) {
        g_set_error(error, SHARD_ERROR, SHARD_ERROR_INPUT,
                    "%s is not a journal of psyncsim, or its head is damaged; remove it, or choose "
                    "another output",
                    shard->path);
        return false;
    }
    char *differs = shard_difference(&theirs, &shard->head);
    g_set_error(error, SHARD_ERROR, SHARD_ERROR_INPUT,
                "%s has finished runs of something else (%s); remove it, or choose another output",
                shard->path, differs ? differs : "written in another way");
    g_free(differs);
    shard_head_clear(&theirs);
    return false;
}

static bool put(struct shard *shard, const GString *text)
{
    for (size_t done = 0; done < text->len;) {
        ssize_t now = pwrite(fileno(shard->file), text->str + done, text->len - done,
                             (off_t)(shard->end + (int64_t)done));
        if (now < 0 && errno == EINTR)
            continue;
        if (now <= 0)
            return false;
        done += (size_t)now;
    }
    shard->end += (int64_t)text->len;
    return true;
}

static bool begin(struct shard *shard, const GString *head, GError **error)
{
    shard->end = 0;
    if (ftruncate(fileno(shard->file), 0) == 0 && put(shard, head))
        return true;
    return system_failed(error, "write", shard->path);
}

static bool go_on(struct shard *shard, GError **error)
{
    bool is_followed;
    uint64_t bad = scan(shard, &is_followed);
    if (ferror(shard->file))
        return system_failed(error, "read", shard->path);
    if (is_followed)
        return damaged(shard, bad, "remove the file to begin anew", error);
    return ftruncate(fileno(shard->file), (off_t)shard->end) == 0 ||
           system_failed(error, "write", shard->path);
}

/* A head that was not written to its end is begun anew. */
static bool resume(struct shard *shard, GError **error)
{
    if (!open_file(shard, O_RDWR | O_CREAT | O_CLOEXEC, error) || !lock(shard, error))
        return false;
    allocate(shard);
    GString *head = g_string_new(NULL), *found = read_head(shard);
    shard_print_head(&shard->head, head);
    bool is_good = g_string_equal(head, found)                  ? go_on(shard, error)
                   : strncmp(head->str, found->str, found->len) ? foreign(shard, found->str, error)
                                                                : begin(shard, head, error);
    g_string_free(head, TRUE);
    g_string_free(found, TRUE);
    return is_good;
}

struct shard *shard_resume(const char *path, const struct shard_head *head, GError **error)
{
    struct shard *shard = shard_new(path);
    shard->head = *head;
    shard->head.kind = g_strdup(head->kind);
    shard->head.about = g_strdup(head->about);
    if (resume(shard, error))
        return shard;
    shard_free(shard);
    return NULL;
}

bool shard_add(struct shard *shard, uint64_t index, const int64_t *words)
{
    assert(index >= shard->head.first && index - shard->head.first < shard->head.count);
    GString *line = g_string_new(NULL);
    int64_t place = shard->end;
    shard_print_record(line, index, words, shard->head.words);
    bool is_good = put(shard, line);
    if (!is_good && !shard->failure)
        shard->failure = g_strdup_printf("cannot write %s: %s", shard->path, g_strerror(errno));
    g_string_free(line, TRUE);
    if (!is_good)
        return false;
    shard->places[index - shard->head.first] = place;
    shard->held++;
    return true;
}

/* ---- complete files ---- */

static bool read_whole(struct shard *shard, GError **error)
{
    bool is_followed;
    uint64_t bad = scan(shard, &is_followed);
    if (ferror(shard->file))
        return system_failed(error, "read", shard->path);
    if (bad > 0)
        return damaged(shard, bad, "make the shard again", error);
    if (shard->held == shard->head.count)
        return true;
    g_set_error(error, SHARD_ERROR, SHARD_ERROR_INPUT,
                "%s has %" G_GUINT64_FORMAT " of its %" G_GUINT64_FORMAT
                " runs; give the command that made it again, and it makes the rest",
                shard->path, shard->held, shard->head.count);
    return false;
}

static bool read_file(struct shard *shard, GError **error)
{
    if (!open_file(shard, O_RDONLY | O_CLOEXEC, error))
        return false;
    off_t size = fseeko(shard->file, 0, SEEK_END) == 0 ? ftello(shard->file) : -1;
    if (size < 0 || fseeko(shard->file, 0, SEEK_SET) != 0)
        return system_failed(error, "read", shard->path);
    GString *text = read_head(shard);
    bool is_head = strlen(text->str) == text->len && shard_parse_head(text->str, &shard->head) &&
                   shard->head.count <= (uint64_t)size; /* so that no memory is asked for in vain */
    g_string_free(text, TRUE);
    if (!is_head) {
        g_set_error(error, SHARD_ERROR, SHARD_ERROR_INPUT,
                    "%s is no file of records of psyncsim (--shard makes them), or it is damaged",
                    shard->path);
        return false;
    }
    allocate(shard);
    return read_whole(shard, error);
}

struct shard *shard_read(const char *path, GError **error)
{
    struct shard *shard = shard_new(path);
    if (read_file(shard, error))
        return shard;
    shard_free(shard);
    return NULL;
}

/* ---- records ---- */

static bool read_line(struct shard *shard, int64_t place, char *line, size_t room)
{
    if (!shard->file && !open_file(shard, O_RDONLY | O_CLOEXEC, NULL))
        return false;
    ssize_t len = pread(fileno(shard->file), line, room - 1, (off_t)place);
    char *end = len > 0 ? memchr(line, '\n', (size_t)len) : NULL;
    if (!end)
        return false;
    end[1] = '\0';
    return true;
}

bool shard_find(struct shard *shard, uint64_t index, int64_t *words)
{
    uint64_t item = index - shard->head.first, found;
    if (item >= shard->head.count || shard->places[item] == MISSING)
        return false;
    size_t room = shard_line_max(shard->head.words) + 1;
    char *line = g_malloc(room);
    bool is_good = read_line(shard, shard->places[item], line, room) &&
                   shard_parse_record(line, &found, words, shard->head.words) && found == index;
    g_free(line);
    if (!is_good && !shard->failure)
        shard->failure = g_strdup_printf("%s changed while it was in use", shard->path);
    return is_good;
}

void shard_rest(struct shard *shard)
{
    if (shard->file)
        fclose(shard->file);
    shard->file = NULL;
}

bool shard_print(struct shard *shard, FILE *out)
{
    int64_t *words = g_new(int64_t, shard->head.words);
    GString *text = g_string_new(NULL);
    bool is_good = true;
    shard_print_head(&shard->head, text);
    for (uint64_t i = 0; i < shard->head.count && is_good; i++) {
        fwrite(text->str, 1, text->len, out);
        g_string_truncate(text, 0);
        is_good = shard_find(shard, shard->head.first + i, words);
        if (is_good)
            shard_print_record(text, shard->head.first + i, words, shard->head.words);
    }
    fwrite(text->str, 1, text->len, out);
    g_string_free(text, TRUE);
    g_free(words);
    return is_good;
}

/* ---- for a crew ---- */

static bool find_for_crew(void *user, uint64_t index, void *record)
{
    return shard_find(user, index, record);
}

static bool add_for_crew(void *user, uint64_t index, const void *record)
{
    return shard_add(user, index, record);
}

struct crew_keeper shard_keeper(struct shard *shard)
{
    return (struct crew_keeper){find_for_crew, add_for_crew, shard};
}
