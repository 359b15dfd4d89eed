/* A recorded replication stream from a file, or from its lines in the scenario. Time and bytes begin
 * at the first sample, whatever they were there. */
#include <string.h>
#include "sim/engine/time.h"
#include "sim/scenario/reading.h"
#include "sim/scenario/recorded_series.h"
#include "sim/text/source_text.h"

#define FILE_MAX (64 << 20) /* bytes */

/* Moves what was read into the load: from its begin. */
static void take(const struct recorded_series *series, struct load_spec *spec)
{
    guint count = series->samples->len;
    int64_t *times = g_new(int64_t, count), *bytes = g_new(int64_t, count);
    const struct recorded_sample *samples =
        (const struct recorded_sample *)(void *)series->samples->data;
    for (guint i = 0; i < count; i++) {
        times[i] = time_add(spec->from_ns, samples[i].t_ns - samples[0].t_ns);
        bytes[i] = samples[i].bytes;
    }
    spec->series_ns = times;
    spec->series_bytes = bytes;
    spec->series_count = count;
}

static bool read_bytes(struct reading *reading, const char *name, const char *bytes, size_t len,
                       struct load_spec *spec)
{
    struct recorded_series series;
    bool is_good = recorded_series_read(&series, name, bytes, len, reading->diagnostics);
    if (is_good)
        take(&series, spec);
    recorded_series_clear(&series);
    return is_good;
}

/* The file's bytes, as `path` in messages; NULL after a problem. Free with g_free. */
static char *read_file(struct reading *reading, int32_t node, const char *path, size_t *len)
{
    char *error = NULL, *bytes = text_read_most(path, FILE_MAX, len, &error);
    if (!bytes)
        reading_wrong(reading, node, "series: %s: %s", path, error);
    g_free(error);
    return bytes;
}

/* The text as it is kept for others, who may have it from another machine, and shown: without a byte
 * order mark, with LF line ends, and with nothing that a terminal obeys. Free with g_free. */
static char *kept(const char *bytes)
{
    char **lines =
        g_strsplit(bytes + (g_str_has_prefix(bytes, "\xef\xbb\xbf") ? 3 : 0), "\r\n", -1);
    char *text = g_strjoinv("\n", lines);
    g_strfreev(lines);
    for (char *at = text; *at; at++)
        if (g_ascii_iscntrl(*at) && *at != '\n' && *at != '\t')
            *at = '?';
    return text;
}

static bool read_named(struct reading *reading, int32_t node, const char *name,
                       struct load_spec *spec)
{
    const char *known = reading->files ? scenario_files_find(reading->files, name) : NULL;
    if (known)
        return read_bytes(reading, name, known, strlen(known), spec);
    if (!reading->directory) {
        reading_wrong(reading, node, "series: no file can be read from here");
        return false;
    }
    size_t len;
    char *path = g_path_is_absolute(name) ? g_strdup(name)
                                          : g_build_filename(reading->directory, name, NULL);
    char *bytes = read_file(reading, node, path, &len);
    bool is_good = bytes && read_bytes(reading, path, bytes, len, spec);
    if (is_good && reading->files) { /* what was read holds no NUL */
        char *text = kept(bytes);
        scenario_files_add(reading->files, name, text);
        g_free(text);
    }
    g_free(path);
    g_free(bytes);
    return is_good;
}

/* A text of several lines is the series itself: no file has such a name. */
bool read_series(struct reading *reading, int32_t node, struct load_spec *spec)
{
    const char *name = read_text(reading, node, "the name of a recording, or its lines");
    if (!name)
        return false;
    if (!strchr(name, '\n'))
        return read_named(reading, node, name, spec);
    char *place =
        g_strdup_printf("series in line %d", yaml_tree_at(reading->tree, node)->place.line);
    bool is_good = read_bytes(reading, place, name, strlen(name), spec);
    g_free(place);
    return is_good;
}
