/* A recorded replication stream from a CSV file, or from such lines in the scenario: a header that
 * names the columns, then one row per sample. Time and bytes begin at the first row, whatever they
 * were there. */
#include <string.h>
#include "sim/engine/time.h"
#include "sim/scenario/reading.h"
#include "sim/text/source_text.h"

#define ROWS_MAX 100000

struct series {
    int32_t source; /* of problems */
    int32_t time_column, bytes_column, line;
    bool is_seconds;
    GArray *times, *bytes; /* of int64_t */
};

static void wrong_row(struct reading *reading, const struct series *series, const char *what)
{
    diagnostics_add(reading->diagnostics, (struct place){series->source, series->line, 1}, "%s",
                    what);
}

static bool read_header(struct reading *reading, struct series *series, char *const *cells)
{
    for (int32_t i = 0; cells[i]; i++) {
        const char *name = g_strstrip(cells[i]);
        if (strcmp(name, "t_s") == 0 || strcmp(name, "t_ns") == 0) {
            series->time_column = i;
            series->is_seconds = strcmp(name, "t_s") == 0;
        }
        if (strcmp(name, "bytes") == 0 || strcmp(name, "master_repl_offset") == 0)
            series->bytes_column = i;
    }
    if (series->time_column >= 0 && series->bytes_column >= 0)
        return true;
    wrong_row(reading, series,
              "the first line must name the columns: t_s or t_ns, and bytes or master_repl_offset");
    return false;
}

/* Seconds, with a fraction, become ns. */
static const char *parse_time(const struct series *series, char *cell, int64_t *out)
{
    if (!series->is_seconds)
        return quantity_parse(QUANTITY_COUNT, cell, strlen(cell), out);
    char *text = g_strconcat(cell, "s", NULL);
    const char *wrong = quantity_parse(QUANTITY_DURATION, text, strlen(text), out);
    g_free(text);
    return wrong ? "a number of seconds such as 12.5" : NULL;
}

static bool is_rising(const GArray *array, int64_t value, bool may_stay)
{
    if (array->len == 0)
        return true;
    int64_t last = g_array_index(array, int64_t, array->len - 1);
    return value > last || (may_stay && value == last);
}

static bool read_row(struct reading *reading, struct series *series, char **cells)
{
    int32_t count = (int32_t)g_strv_length(cells);
    if (series->time_column >= count || series->bytes_column >= count) {
        wrong_row(reading, series, "a row with too few columns");
        return false;
    }
    int64_t time = 0, bytes = 0;
    char *cell = g_strstrip(cells[series->bytes_column]);
    const char *wrong = parse_time(series, g_strstrip(cells[series->time_column]), &time);
    if (!wrong)
        wrong = quantity_parse(QUANTITY_COUNT, cell, strlen(cell), &bytes);
    if (wrong) {
        diagnostics_add(reading->diagnostics, (struct place){series->source, series->line, 1},
                        "not a number; expected %s", wrong);
        return false;
    }
    const char *order = !is_rising(series->times, time, false) ? "time does not go on here"
                        : !is_rising(series->bytes, bytes, true)
                            ? "bytes go down here; they must be cumulative"
                            : NULL;
    if (order || series->times->len >= ROWS_MAX) {
        wrong_row(reading, series, order ? order : "more than 100000 rows");
        return false;
    }
    g_array_append_val(series->times, time);
    g_array_append_val(series->bytes, bytes);
    return true;
}

static bool read_lines(struct reading *reading, struct series *series, char *const *lines)
{
    for (int32_t i = 0; lines[i]; i++) {
        series->line = i + 1;
        if (g_strstrip(lines[i])[0] == 0 || lines[i][0] == '#')
            continue;
        char **cells = g_strsplit(lines[i], ",", -1);
        bool is_good = series->time_column < 0 ? read_header(reading, series, cells)
                                               : read_row(reading, series, cells);
        g_strfreev(cells);
        if (!is_good)
            return false;
    }
    if (series->times->len >= 2)
        return true;
    wrong_row(reading, series, "a series needs at least two rows below its header");
    return false;
}

/* Moves what was read into the load: from its begin, from 0 bytes. */
static void take(struct series *series, struct load_spec *spec)
{
    int64_t *times = (int64_t *)(void *)series->times->data;
    int64_t *bytes = (int64_t *)(void *)series->bytes->data;
    guint count = series->times->len;
    int64_t first_time = times[0], first_bytes = bytes[0];
    for (guint i = 0; i < count; i++) {
        times[i] = time_add(spec->from_ns, times[i] - first_time);
        bytes[i] -= first_bytes;
    }
    spec->series_ns = times;
    spec->series_bytes = bytes;
    spec->series_count = count;
}

/* NULL after a problem. Free with g_free. */
static char *clean(struct reading *reading, struct series *series, const char *name, GString *bytes)
{
    GString *text = g_string_new(NULL);
    struct place place;
    const char *wrong = text_clean(bytes->str, bytes->len, text, &place);
    series->source =
        diagnostics_source(reading->diagnostics, name, wrong ? NULL : text->str, text->len);
    place.source = series->source;
    if (wrong)
        diagnostics_add(reading->diagnostics, place, "%s", wrong);
    return g_string_free(text, wrong != NULL);
}

/* The file's bytes, as `path` in messages; NULL after a problem. Free with g_free. */
static char *read_file(struct reading *reading, int32_t node, const char *path, size_t *len)
{
    char *error = NULL, *bytes = text_read(path, len, &error);
    if (!bytes)
        reading_wrong(reading, node, "series: %s: %s", path, error);
    g_free(error);
    return bytes;
}

static char *clean_bytes(struct reading *reading, struct series *series, const char *path,
                         const char *bytes, size_t len)
{
    GString *whole = g_string_new_len(bytes, (gssize)len);
    char *text = clean(reading, series, path, whole);
    g_string_free(whole, TRUE);
    return text;
}

static char *open_file(struct reading *reading, int32_t node, const char *name,
                       struct series *series)
{
    const char *known = reading->files ? scenario_files_find(reading->files, name) : NULL;
    if (known)
        return clean_bytes(reading, series, name, known, strlen(known));
    if (!reading->directory) {
        reading_wrong(reading, node, "series: no file can be read from here");
        return NULL;
    }
    size_t len;
    char *path = g_path_is_absolute(name) ? g_strdup(name)
                                          : g_build_filename(reading->directory, name, NULL);
    char *bytes = read_file(reading, node, path, &len);
    char *text = bytes ? clean_bytes(reading, series, path, bytes, len) : NULL;
    if (text && reading->files)
        scenario_files_add(reading->files, name, text);
    g_free(path);
    g_free(bytes);
    return text;
}

/* A text of several lines is the series itself: no file has such a name. */
static char *open_series(struct reading *reading, int32_t node, struct series *series)
{
    const char *name = read_text(reading, node, "the name of a CSV file, or its lines");
    if (!name)
        return NULL;
    if (!strchr(name, '\n'))
        return open_file(reading, node, name, series);
    char *place =
        g_strdup_printf("series in line %d", yaml_tree_at(reading->tree, node)->place.line);
    GString *lines = g_string_new(name);
    char *text = clean(reading, series, place, lines);
    g_string_free(lines, TRUE);
    g_free(place);
    return text;
}

bool read_series(struct reading *reading, int32_t node, struct load_spec *spec)
{
    struct series series = {.time_column = -1, .bytes_column = -1};
    char *text = open_series(reading, node, &series);
    if (!text)
        return false;
    series.times = g_array_new(FALSE, FALSE, sizeof(int64_t));
    series.bytes = g_array_new(FALSE, FALSE, sizeof(int64_t));
    char **lines = g_strsplit(text, "\n", -1);
    bool is_good = read_lines(reading, &series, lines);
    if (is_good)
        take(&series, spec);
    g_array_free(series.times, !is_good);
    g_array_free(series.bytes, !is_good);
    g_strfreev(lines);
    g_free(text);
    return is_good;
}
