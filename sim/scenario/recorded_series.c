/* A recorded offset: two formats become samples, samples become a stream that never falls. */
#include "sim/scenario/recorded_series.h"

#include <jansson.h>
#include <string.h>
#include "sim/engine/quantity.h"
#include "sim/engine/time.h"
#include "sim/text/input_text.h"

#define BYTES_MAX (INT64_C(1) << 60)

/* An offset goes back when the master changes or restarts: seldom. */
enum { RESETS_FEW = 3, RESETS_SHARE = 10 };

struct series_reader {
    struct input_text text;
    struct recorded_series *out;
    int time_column, value_column;
    bool is_ns;
};

/* "12", or "1.2e+10" as exporters print it. False: neither. */
static bool parse_offset(const char *text, int64_t *out)
{
    if (!quantity_parse(QUANTITY_COUNT, text, strlen(text), out))
        return *out <= BYTES_MAX;
    char *end = NULL;
    double value = g_ascii_isdigit(text[0]) ? g_ascii_strtod(text, &end) : -1;
    if (!end || *end != '\0' || !(value >= 0 && value <= (double)BYTES_MAX))
        return false;
    *out = (int64_t)value;
    return true;
}

static bool is_missing(const char *value)
{
    return value[0] == '\0' || g_ascii_strcasecmp(value, "nan") == 0 ||
           g_ascii_strcasecmp(value, "null") == 0;
}

static void take(struct series_reader *reader, int64_t t_ns, int64_t bytes)
{
    struct recorded_sample sample = {t_ns, bytes, bytes};
    g_array_append_val(reader->out->samples, sample);
}

/* ---- CSV ---- */

/* The columns by the names in the first line. False after a problem. */
static bool read_names(struct series_reader *reader, char **cells)
{
    static const char TIMES[] = "time timestamp t_s t_ns t date datetime";
    static const char VALUES[] = "master_repl_offset redis_master_repl_offset offset bytes value";
    int count = (int)g_strv_length(cells);
    reader->time_column = reader->value_column = -1;
    for (int i = count - 1; i >= 0; i--) {
        if (input_text_is_among(cells[i], TIMES))
            reader->time_column = i;
        else if (input_text_is_among(cells[i], VALUES) || strstr(cells[i], "master_repl_offset"))
            reader->value_column = i;
    }
    reader->is_ns =
        reader->time_column >= 0 && g_ascii_strcasecmp(cells[reader->time_column], "t_ns") == 0;
    if (reader->value_column < 0 && reader->time_column >= 0 && count == 2)
        reader->value_column = 1 - reader->time_column;
    if (reader->time_column >= 0 && reader->value_column >= 0)
        return true;
    input_text_wrong(&reader->text, 1,
                     "found the columns '%.80s', expected time and master_repl_offset",
                     reader->text.line);
    return false;
}

static int64_t time_of(const struct series_reader *reader, const char *text)
{
    int64_t ns = 0;
    if (!reader->is_ns)
        return input_text_time(text);
    return quantity_parse(QUANTITY_COUNT, text, strlen(text), &ns) ? -1 : ns;
}

static void read_row(struct series_reader *reader, char **cells)
{
    int count = (int)g_strv_length(cells);
    const char *at = reader->time_column < count ? cells[reader->time_column] : "";
    const char *value = reader->value_column < count ? cells[reader->value_column] : "";
    int64_t t_ns = time_of(reader, at), bytes = 0;
    if (t_ns < 0)
        input_text_wrong(&reader->text, input_text_column(&reader->text, reader->time_column),
                         "time: found '%.40s', expected unix seconds or a time such as "
                         "2024-05-01T12:00:00Z",
                         at);
    else if (!is_missing(value) && !parse_offset(value, &bytes))
        input_text_wrong(&reader->text, input_text_column(&reader->text, reader->value_column),
                         "offset: found '%.40s', expected bytes such as 123456789", value);
    else if (!is_missing(value))
        take(reader, t_ns, bytes);
}

static void read_csv(struct series_reader *reader)
{
    bool is_first = true, is_good = true;
    while (is_good && input_text_next(&reader->text)) {
        char **cells = input_text_cells(&reader->text);
        if (!cells)
            continue;
        if (is_first && cells[0] && !g_ascii_isdigit(cells[0][0]))
            is_good = read_names(reader, cells);
        else
            read_row(reader, cells);
        is_first = false;
        g_strfreev(cells);
    }
}

/* ---- Prometheus ---- */

/* NULL, or what is wrong with it. */
static const char *take_pair(struct series_reader *reader, const json_t *pair)
{
    static const char WANTED[] = "expected [unix seconds, \"bytes\"]";
    const json_t *time = json_array_get(pair, 0);
    const char *value = json_string_value(json_array_get(pair, 1));
    double seconds = json_is_number(time) ? json_number_value(time) : -1;
    int64_t bytes = 0;
    if (!value || !(seconds >= 0 && seconds < 9e9))
        return WANTED;
    if (is_missing(value))
        return NULL;
    if (!parse_offset(value, &bytes))
        return WANTED;
    take(reader, (int64_t)(seconds * 1e3 + 0.5) * NS_PER_MS, bytes);
    return NULL;
}

static void read_values(struct series_reader *reader, const json_t *values)
{
    for (size_t i = 0; i < json_array_size(values); i++) {
        const char *wrong = take_pair(reader, json_array_get(values, i));
        if (!wrong)
            continue;
        input_text_wrong(&reader->text, 0, "sample %zu: %s", i + 1, wrong);
        return;
    }
}

static void read_answer(struct series_reader *reader, const json_t *answer)
{
    const char *error = json_string_value(json_object_get(answer, "error"));
    const json_t *result = json_object_get(json_object_get(answer, "data"), "result"),
                 *values = json_object_get(json_array_get(result, 0), "values");
    if (error)
        input_text_wrong(&reader->text, 0, "Prometheus answered with an error: %.120s", error);
    else if (!json_is_array(result))
        input_text_wrong(&reader->text, 0,
                         "expected what query_range answers: data.result with values");
    else if (json_array_size(result) != 1)
        input_text_wrong(&reader->text, 0,
                         "found %zu series, expected one: redis_master_repl_offset of one instance "
                         "({instance=\"...\"})",
                         json_array_size(result));
    else if (!json_is_array(values))
        input_text_wrong(&reader->text, 0,
                         "found a series without values, expected those of query_range "
                         "(query alone gives one moment)");
    else
        read_values(reader, values);
}

static void read_json(struct series_reader *reader)
{
    struct input_text *text = &reader->text;
    json_error_t error;
    json_t *answer = json_loadb(text->at, (size_t)(text->end - text->at), 0, &error);
    if (answer) {
        read_answer(reader, answer);
    } else {
        struct place place = {text->source, MAX(error.line, 1), MAX(error.column, 1)};
        diagnostics_add(text->diagnostics, place, "looks like JSON but is not valid JSON: %s",
                        error.text);
    }
    json_decref(answer);
}

/* ---- as a stream ---- */

static int by_time(gconstpointer a, gconstpointer b)
{
    const struct recorded_sample *left = a, *right = b;
    return (left->t_ns > right->t_ns) - (left->t_ns < right->t_ns);
}

static struct recorded_sample *at(const struct recorded_series *series, guint i)
{
    return &g_array_index(series->samples, struct recorded_sample, i);
}

static void sort(struct recorded_series *series)
{
    guint kept = 0;
    g_array_sort(series->samples, by_time);
    for (guint i = 0; i < series->samples->len; i++)
        if (kept == 0 || at(series, i)->t_ns > at(series, kept - 1)->t_ns)
            *at(series, kept++) = *at(series, i);
    g_array_set_size(series->samples, kept);
}

/* Mean over the steps in which the offset does not go back. */
static int64_t mean_of_rises(const struct recorded_series *series)
{
    int64_t bytes = 0, ns = 0;
    for (guint i = 1; i < series->samples->len; i++) {
        int64_t step = at(series, i)->bytes - at(series, i - 1)->bytes;
        if (step < 0)
            continue;
        bytes = MIN(bytes, BYTES_MAX) + step;
        ns += at(series, i)->t_ns - at(series, i - 1)->t_ns;
    }
    return recorded_series_rate(bytes, ns);
}

static void stitch(struct recorded_series *series)
{
    int64_t mean = mean_of_rises(series), sum = 0, last = at(series, 0)->bytes;
    at(series, 0)->bytes = 0;
    for (guint i = 1; i < series->samples->len; i++) {
        struct recorded_sample *sample = at(series, i);
        double s = (double)(sample->t_ns - at(series, i - 1)->t_ns) / (double)NS_PER_S;
        int64_t step = sample->bytes - last;
        last = sample->bytes;
        series->resets += step < 0;
        if (step < 0)
            step = (int64_t)MIN((double)mean * s, (double)BYTES_MAX);
        sum = MIN(sum + step, BYTES_MAX);
        sample->bytes = sum;
    }
}

/* A rate goes back every other time, and so do the offsets of several servers. */
static void refuse_rates(struct series_reader *reader)
{
    const struct recorded_series *series = reader->out;
    if (series->resets < RESETS_FEW || series->resets * RESETS_SHARE < series->samples->len - 1)
        return;
    reader->text.line_number = 0; /* it is the whole */
    input_text_wrong(&reader->text, 0,
                     "found %" G_GINT64_FORMAT " of %u values below the one before, as those of a "
                     "rate are; expected the master_repl_offset of one server, which only rises "
                     "but for restarts",
                     series->resets, series->samples->len);
}

int64_t recorded_series_rate(int64_t bytes, int64_t ns)
{
    return ns > 0 ? (int64_t)MIN((double)bytes * (double)NS_PER_S / (double)ns, 1e15) : 0;
}

bool recorded_series_read(struct recorded_series *series, const char *name, const char *bytes,
                          size_t len, struct diagnostics *diagnostics)
{
    size_t before = diagnostics_count(diagnostics);
    *series = (struct recorded_series){
        .samples = g_array_new(FALSE, FALSE, sizeof(struct recorded_sample))};
    struct series_reader reader = {.out = series, .value_column = 1};
    input_text_init(&reader.text, name, bytes, len, diagnostics);
    const char *begin = reader.text.at;
    while (begin < reader.text.end && g_ascii_isspace(*begin))
        begin++;
    if (begin < reader.text.end && (*begin == '{' || *begin == '['))
        read_json(&reader);
    else
        read_csv(&reader);
    sort(series);
    if (series->samples->len >= 2) {
        stitch(series);
        refuse_rates(&reader);
    } else if (diagnostics_count(diagnostics) == before) {
        reader.text.line_number = 0; /* it is the whole */
        input_text_wrong(&reader.text, 0, "expected at least two samples: a time and an offset");
    }
    series->source = reader.text.source;
    input_text_clear(&reader.text);
    return diagnostics_count(diagnostics) == before;
}

void recorded_series_clear(struct recorded_series *series)
{
    g_array_free(series->samples, TRUE);
}
