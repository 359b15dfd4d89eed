/* Two formats become samples; samples become a stream that never falls, and its rates. */
#include "sim/study/input/input_series.h"
#include <cjson/cJSON.h>
#include <string.h>
#include "sim/engine/quantity.h"
#include "sim/engine/time.h"

#define BYTES_MAX (INT64_C(1) << 60)
#define GAP       3

struct series_reader {
    struct input_text text;
    struct input_series *out;
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
    struct input_sample sample = {t_ns, bytes};
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
        input_text_wrong(&reader->text, 1,
                         "time: found '%.40s', expected unix seconds or a time such as "
                         "2024-05-01T12:00:00Z",
                         at);
    else if (!is_missing(value) && !parse_offset(value, &bytes))
        input_text_wrong(&reader->text, 1,
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
static const char *take_pair(struct series_reader *reader, const cJSON *pair)
{
    static const char WANTED[] = "expected [unix seconds, \"bytes\"]";
    const cJSON *time = cJSON_GetArrayItem(pair, 0), *value = cJSON_GetArrayItem(pair, 1);
    int64_t bytes = 0;
    if (!cJSON_IsNumber(time) || !cJSON_IsString(value) ||
        !(time->valuedouble >= 0 && time->valuedouble < 9e9))
        return WANTED;
    if (is_missing(value->valuestring))
        return NULL;
    if (!parse_offset(value->valuestring, &bytes))
        return WANTED;
    take(reader, (int64_t)(time->valuedouble * 1e3 + 0.5) * NS_PER_MS, bytes);
    return NULL;
}

static void read_values(struct series_reader *reader, const cJSON *values)
{
    const cJSON *pair;
    int number = 0;
    cJSON_ArrayForEach(pair, values)
    {
        const char *wrong = take_pair(reader, pair);
        number++;
        if (!wrong)
            continue;
        input_text_wrong(&reader->text, 0, "sample %d: %s", number, wrong);
        return;
    }
}

static void read_answer(struct series_reader *reader, const cJSON *answer)
{
    const cJSON *error = cJSON_GetObjectItemCaseSensitive(answer, "error"),
                *data = cJSON_GetObjectItemCaseSensitive(answer, "data"),
                *result = cJSON_GetObjectItemCaseSensitive(data, "result"),
                *values = cJSON_GetObjectItemCaseSensitive(cJSON_GetArrayItem(result, 0), "values");
    int count = cJSON_GetArraySize(result);
    if (cJSON_IsString(error))
        input_text_wrong(&reader->text, 0, "Prometheus answered with an error: %.120s",
                         error->valuestring);
    else if (!cJSON_IsArray(result))
        input_text_wrong(&reader->text, 0,
                         "expected what query_range answers: data.result with values");
    else if (count != 1)
        input_text_wrong(&reader->text, 0,
                         "found %d series, expected one: redis_master_repl_offset of one instance "
                         "({instance=\"...\"})",
                         count);
    else if (!cJSON_IsArray(values))
        input_text_wrong(&reader->text, 0,
                         "found a series without values, expected those of query_range "
                         "(query alone gives one moment)");
    else
        read_values(reader, values);
}

static void read_json(struct series_reader *reader, const char *bytes, size_t len)
{
    if (!g_utf8_validate(bytes, (gssize)len, NULL)) {
        input_text_wrong(&reader->text, 0, "expected JSON in UTF-8");
        return;
    }
    char *text = g_strndup(bytes, len);
    cJSON *answer = cJSON_ParseWithOpts(text, NULL, true);
    if (answer)
        read_answer(reader, answer);
    else
        input_text_wrong(&reader->text, 0, "looks like JSON but is not valid JSON");
    cJSON_Delete(answer);
    g_free(text);
}

/* ---- what they say ---- */

static int by_time(gconstpointer a, gconstpointer b)
{
    const struct input_sample *left = a, *right = b;
    return (left->t_ns > right->t_ns) - (left->t_ns < right->t_ns);
}

static struct input_sample *at(const struct input_series *series, guint i)
{
    return &g_array_index(series->samples, struct input_sample, i);
}

static void sort(struct input_series *series)
{
    guint kept = 0;
    g_array_sort(series->samples, by_time);
    for (guint i = 0; i < series->samples->len; i++)
        if (kept == 0 || at(series, i)->t_ns > at(series, kept - 1)->t_ns)
            *at(series, kept++) = *at(series, i);
    g_array_set_size(series->samples, kept);
}

static int64_t rate_of(int64_t bytes, int64_t ns)
{
    return ns > 0 ? (int64_t)MIN((double)bytes * (double)NS_PER_S / (double)ns, 1e15) : 0;
}

/* Mean over the steps in which the offset does not go back. */
static int64_t mean_of_rises(const struct input_series *series)
{
    int64_t bytes = 0, ns = 0;
    for (guint i = 1; i < series->samples->len; i++) {
        int64_t step = at(series, i)->bytes - at(series, i - 1)->bytes;
        if (step < 0)
            continue;
        bytes = MIN(bytes, BYTES_MAX) + step;
        ns += at(series, i)->t_ns - at(series, i - 1)->t_ns;
    }
    return rate_of(bytes, ns);
}

static void stitch(struct input_series *series)
{
    int64_t mean = mean_of_rises(series), sum = 0, last = at(series, 0)->bytes;
    at(series, 0)->bytes = 0;
    for (guint i = 1; i < series->samples->len; i++) {
        struct input_sample *sample = at(series, i);
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

struct step {
    int64_t ns, rate;
};

static int by_length(gconstpointer a, gconstpointer b)
{
    const struct step *left = a, *right = b;
    return (left->ns > right->ns) - (left->ns < right->ns);
}

static int by_rate(gconstpointer a, gconstpointer b)
{
    const struct step *left = a, *right = b;
    return (left->rate > right->rate) - (left->rate < right->rate);
}

static void measure(struct input_series *series)
{
    guint count = series->samples->len - 1;
    struct step *steps = g_new(struct step, count);
    for (guint i = 0; i < count; i++) {
        int64_t ns = at(series, i + 1)->t_ns - at(series, i)->t_ns;
        steps[i] = (struct step){ns, rate_of(at(series, i + 1)->bytes - at(series, i)->bytes, ns)};
    }
    int64_t span = at(series, count)->t_ns - at(series, 0)->t_ns, below = 0;
    series->mean = rate_of(at(series, count)->bytes, span);
    qsort(steps, count, sizeof *steps, by_rate);
    series->peak = steps[count - 1].rate;
    for (guint i = 0; i < count && below < span - span / 100; i++) {
        series->p99 = steps[i].rate;
        below += steps[i].ns;
    }
    qsort(steps, count, sizeof *steps, by_length);
    series->step_ns = steps[count / 2].ns;
    series->longest_ns = steps[count - 1].ns;
    for (guint i = 0; i < count; i++)
        series->gaps += steps[i].ns / GAP > series->step_ns;
    g_free(steps);
}

bool input_series_read(struct input_series *series, const char *name, const char *bytes, size_t len,
                       struct diagnostics *diagnostics)
{
    size_t before = diagnostics_count(diagnostics);
    *series =
        (struct input_series){.samples = g_array_new(FALSE, FALSE, sizeof(struct input_sample))};
    struct series_reader reader = {.out = series, .value_column = 1};
    input_text_init(&reader.text, name, bytes, len, diagnostics);
    size_t blank = 0;
    while (blank < len && g_ascii_isspace(bytes[blank]))
        blank++;
    if (blank < len && (bytes[blank] == '{' || bytes[blank] == '['))
        read_json(&reader, bytes, len);
    else
        read_csv(&reader);
    sort(series);
    bool is_good = diagnostics_count(diagnostics) == before;
    if (series->samples->len >= 2) {
        stitch(series);
        measure(series);
    }
    reader.text.line_number = 0; /* from here on it is the whole */
    if (is_good && series->samples->len < 2)
        input_text_wrong(&reader.text, 0, "expected at least two samples: a time and an offset");
    else if (is_good && series->mean == 0)
        input_text_wrong(&reader.text, 0,
                         "the offset never rises: nothing is written in that time, or it is no "
                         "master_repl_offset");
    input_text_clear(&reader.text);
    return diagnostics_count(diagnostics) == before;
}

void input_series_clear(struct input_series *series)
{
    g_array_free(series->samples, TRUE);
}

GString *input_series_rows(const struct input_series *series, guint *stride)
{
    guint last = series->samples->len - 1;
    *stride = (last + INPUT_SERIES_ROWS - 1) / INPUT_SERIES_ROWS;
    GString *out = g_string_new("t_ns,bytes\n");
    for (guint i = 0;; i = MIN(i + *stride, last)) {
        g_string_append_printf(out, "%" G_GINT64_FORMAT ",%" G_GINT64_FORMAT "\n",
                               at(series, i)->t_ns - at(series, 0)->t_ns, at(series, i)->bytes);
        if (i == last)
            return out;
    }
}
