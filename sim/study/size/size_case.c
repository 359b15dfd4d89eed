/* One fact a line, so that two shards that do not belong together differ in the very line.
 * See size_case.h. */
#include "sim/study/size/size_case.h"

#include <string.h>
#include "sim/scenario/scenario_read.h"
#include "sim/text/source_text.h"

#define U64 "%" G_GUINT64_FORMAT

struct size_case *size_case_new(const char *version)
{
    struct size_case *at = g_new0(struct size_case, 1);
    at->version = g_strdup(version);
    at->again = g_strdup("");
    at->overrides = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(at->overrides, NULL);
    at->files = scenario_files_new();
    at->provenance = provenance_new();
    return at;
}

void size_case_free(struct size_case *at)
{
    if (!at)
        return;
    g_free(at->version);
    g_free(at->name);
    g_free(at->text);
    g_free(at->again);
    g_ptr_array_free(at->overrides, TRUE);
    scenario_files_free(at->files);
    provenance_free(at->provenance);
    scenario_free(at->scenario);
    g_free(at);
}

void size_case_override(struct size_case *at, const char *override)
{
    g_ptr_array_insert(at->overrides, (gint)at->overrides->len - 1, g_strdup(override));
}

/* ---- the scenario ---- */

/* Of at->text. */
static bool interpret(struct size_case *at, const char *directory, struct diagnostics *diagnostics)
{
    struct scenario_options options = {.directory = directory,
                                       .overrides = (const char *const *)at->overrides->pdata,
                                       .files = at->files};
    at->scenario = scenario_read_text(at->name, at->text, strlen(at->text), &options, diagnostics);
    at->question.scenario = at->scenario;
    at->question.provenance = at->provenance;
    return at->scenario != NULL;
}

bool size_case_read_text(struct size_case *at, const char *name, const char *text,
                         struct diagnostics *diagnostics)
{
    at->name = g_strdup(name);
    at->text = g_strdup(text);
    struct diagnostics *made = diagnostics_new();
    bool is_good = interpret(at, NULL, made);
    diagnostics_join_made(diagnostics, made, 0);
    diagnostics_free(made);
    return is_good;
}

/* The bytes without what no scenario has: reading it shows where. */
static char *text_of(const char *path, const char *bytes, size_t len,
                     struct diagnostics *diagnostics)
{
    GString *clean = g_string_new(NULL);
    struct place place;
    const char *wrong = text_clean(bytes, len, clean, &place);
    place.source = wrong ? diagnostics_source(diagnostics, path, NULL, 0) : 0;
    if (wrong)
        diagnostics_add(diagnostics, place, "%s", wrong);
    return g_string_free(clean, wrong != NULL);
}

bool size_case_read(struct size_case *at, const char *path, struct diagnostics *diagnostics)
{
    char *error = NULL;
    size_t len;
    bool is_stdin = strcmp(path, "-") == 0;
    char *bytes = text_read(path, &len, &error);
    at->name = g_strdup(is_stdin ? "<stdin>" : path);
    if (!bytes)
        diagnostics_add(diagnostics,
                        (struct place){diagnostics_source(diagnostics, path, NULL, 0), 0, 0}, "%s",
                        error);
    at->text = bytes ? text_of(at->name, bytes, len, diagnostics) : NULL;
    char *directory = is_stdin ? g_strdup(".") : g_path_get_dirname(path);
    bool is_good = at->text && interpret(at, directory, diagnostics);
    g_free(directory);
    g_free(bytes);
    g_free(error);
    return is_good;
}

bool size_case_has_replica(const struct size_case *at)
{
    for (uint32_t i = 0; i < at->scenario->node_count; i++)
        if (at->scenario->nodes[i].replicaof >= 0)
            return true;
    return false;
}

/* ---- to lines ---- */

/* What UTF-8 is made of, and quotes, stay as they are. */
static char *escape(const char *text)
{
    char kept[130] = "\"";
    for (int i = 0; i < 128; i++)
        kept[1 + i] = (char)(i - 128);
    return g_strescape(text, kept);
}

static void put(GString *out, const char *word, const char *text)
{
    char *escaped = escape(text);
    g_string_append_printf(out, "%s %s\n", word, escaped);
    g_free(escaped);
}

static void put_lines(GString *out, const char *word, const char *text)
{
    char **lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line; line++)
        put(out, word, *line);
    g_strfreev(lines);
}

static void put_provenance(GString *out, const struct provenance *provenance)
{
    for (guint i = 0; i < provenance->rows->len; i++) {
        const struct provenance_row *row = provenance->rows->pdata[i];
        put(out, "figure", row->figure);
        put(out, "value", row->value);
        put(out, "from", row->from);
    }
    for (guint i = 0; i < provenance->remarks->len; i++)
        put(out, "remark", provenance->remarks->pdata[i]);
}

struct record_file_head size_case_head(const struct size_case *at, uint32_t number, uint32_t of)
{
    GString *about = g_string_new(NULL);
    put(about, "version", at->version);
    put(about, "target", at->question.target.text);
    g_string_append_printf(about, "seed " U64 "\nchecks " U64 "\n", at->question.seed,
                           at->question.checks);
    if (at->question.memory_limit > 0 || at->question.used_memory > 0)
        g_string_append_printf(about, "memory %" G_GINT64_FORMAT "\nused %" G_GINT64_FORMAT "\n",
                               at->question.memory_limit, at->question.used_memory);
    for (guint i = 0; at->overrides->pdata[i]; i++)
        put(about, "set", at->overrides->pdata[i]);
    put(about, "name", at->name);
    put_lines(about, "scenario", at->text);
    for (guint i = 0; i < at->files->list->len; i++) {
        const struct scenario_file *file = at->files->list->pdata[i];
        put(about, "file", file->name);
        put_lines(about, "row", file->text);
    }
    put_provenance(about, at->provenance);
    put(about, "again", at->again);
    struct record_file_piece piece = record_file_piece(SIZE_SAMPLES, number, of);
    return (struct record_file_head){.kind = "size",
                                     .about = g_string_free(about, FALSE),
                                     .first = piece.first,
                                     .count = piece.count,
                                     .total = SIZE_SAMPLES,
                                     .number = number,
                                     .of = of,
                                     .words = SIZE_RECORD_WORDS};
}

/* ---- from lines ---- */

struct reader {
    struct size_case *at;
    GString *text, *rows; /* NULL before the first line of each */
    char *file, *figure, *value;
    bool has_target;
};

static void add_line(GString **lines, const char *line)
{
    if (*lines)
        g_string_append_c(*lines, '\n');
    else
        *lines = g_string_new(NULL);
    g_string_append(*lines, line);
}

static void replace(char **text, const char *by)
{
    g_free(*text);
    *text = g_strdup(by);
}

static void end_file(struct reader *reader)
{
    if (reader->file && reader->rows)
        scenario_files_add(reader->at->files, reader->file, reader->rows->str);
    if (reader->rows)
        g_string_free(reader->rows, TRUE);
    reader->rows = NULL;
}

static bool take_number(const char *text, uint64_t most, uint64_t *number)
{
    return g_ascii_string_to_unsigned(text, 10, 0, most, number, NULL);
}

static bool take_bytes(const char *text, int64_t *bytes)
{
    uint64_t number;
    bool is_good = take_number(text, INT64_MAX, &number);
    *bytes = is_good ? (int64_t)number : 0;
    return is_good;
}

static bool take_provenance(struct reader *reader, const char *word, const char *text)
{
    if (strcmp(word, "figure") == 0)
        replace(&reader->figure, text);
    else if (strcmp(word, "value") == 0)
        replace(&reader->value, text);
    else if (strcmp(word, "remark") == 0)
        provenance_remark(reader->at->provenance, "%s", text);
    else if (strcmp(word, "from") == 0 && reader->figure && reader->value)
        provenance_add(reader->at->provenance, reader->figure, reader->value, text);
    else
        return false;
    return true;
}

static bool take_texts(struct reader *reader, const char *word, const char *text)
{
    if (strcmp(word, "scenario") == 0)
        add_line(&reader->text, text);
    else if (strcmp(word, "row") == 0)
        add_line(&reader->rows, text);
    else if (strcmp(word, "set") == 0)
        size_case_override(reader->at, text);
    else if (strcmp(word, "file") == 0) {
        end_file(reader);
        replace(&reader->file, text);
    } else {
        return take_provenance(reader, word, text);
    }
    return true;
}

static bool take(struct reader *reader, const char *word, const char *text)
{
    struct size_case *at = reader->at;
    if (strcmp(word, "seed") == 0)
        return take_number(text, INT64_MAX, &at->question.seed);
    if (strcmp(word, "checks") == 0)
        return take_number(text, SIZE_CHECKS_MAX, &at->question.checks);
    if (strcmp(word, "memory") == 0)
        return take_bytes(text, &at->question.memory_limit);
    if (strcmp(word, "used") == 0)
        return take_bytes(text, &at->question.used_memory);
    if (strcmp(word, "target") == 0) {
        reader->has_target = size_target_parse(text, strlen(text), &at->question.target) == NULL;
        return reader->has_target;
    }
    char **simple = strcmp(word, "version") == 0 ? &at->version
                    : strcmp(word, "name") == 0  ? &at->name
                    : strcmp(word, "again") == 0 ? &at->again
                                                 : NULL;
    if (!simple)
        return take_texts(reader, word, text);
    replace(simple, text);
    return true;
}

static bool take_line(struct reader *reader, const char *line)
{
    const char *blank = strchr(line, ' ');
    if (!blank)
        return false;
    char *word = g_strndup(line, (gsize)(blank - line)), *text = g_strcompress(blank + 1);
    bool is_good = take(reader, word, text);
    g_free(word);
    g_free(text);
    return is_good;
}

static bool finish(struct reader *reader, struct diagnostics *diagnostics)
{
    struct size_case *at = reader->at;
    end_file(reader);
    if (!reader->text || !reader->has_target || !at->name)
        return false;
    at->text = g_strdup(reader->text->str);
    return interpret(at, NULL, diagnostics) && size_case_has_replica(at) &&
           !size_is_story(at->scenario);
}

static void clear(struct reader *reader)
{
    end_file(reader);
    if (reader->text)
        g_string_free(reader->text, TRUE);
    g_free(reader->file);
    g_free(reader->figure);
    g_free(reader->value);
}

struct size_case *size_case_from_head(const struct record_file_head *head,
                                      struct diagnostics *diagnostics)
{
    struct reader reader = {.at = size_case_new("")};
    char **lines = g_strsplit(head->about, "\n", 0);
    bool is_good = head->total == SIZE_SAMPLES && head->words == SIZE_RECORD_WORDS;
    for (char **line = lines; is_good && *line && **line; line++)
        is_good = take_line(&reader, *line);
    g_strfreev(lines);
    is_good = is_good && finish(&reader, diagnostics);
    clear(&reader);
    if (is_good)
        return reader.at;
    size_case_free(reader.at);
    return NULL;
}
