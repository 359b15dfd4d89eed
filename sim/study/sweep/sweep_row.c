/* Records and rows. The columns are those of expect.def, by reason and by cause, so that what a
 * scenario can expect is in a row. All are integers but the last state, and none is ever
 * missing: what reads them into a table keeps them exact. */
#include <string.h>
#include "models/psync/reason.h"
#include "sim/study/sweep/sweep.h"
#include "sim/study/sweep/sweep_record.h"
#include "sim/text/json_write.h"

enum unit { COUNT, DURATION, SIZE, SHARE, FLAG };

struct measure {
    const char *key;
    enum unit unit;
};

static const struct measure MEASURES[EXPECT_COUNT] = {
#define EXPECT(name, text, unit, fold, field, what) [EXPECT_##name] = {text, unit},
#include "sim/scenario/expect.def"
#undef EXPECT
};

/* ---- columns ---- */

static void add(struct sweep *sweep, enum expect_what what, int32_t detail, char *name)
{
    struct sweep_column column = {.what = what, .detail = detail};
    g_strdelimit(name, "-", '_');
    g_strlcpy(column.name, name, sizeof column.name);
    g_array_append_val(sweep->columns, column);
    g_free(name);
}

static void add_measure(struct sweep *sweep, enum expect_what what)
{
    const char *key = MEASURES[what].key;
    bool has_unit = g_str_has_suffix(key, "bytes");
    switch (what) {
    case EXPECT_REASON:
        for (int i = 0; i < REASON_COUNT; i++)
            add(sweep, what, i, g_strdup_printf("reason_%s", reason_name((enum reason)i)));
        break;
    case EXPECT_DROP:
        for (int i = DROP_NONE + 1; i < DROP_COUNT; i++)
            add(sweep, what, i, g_strdup_printf("drop_%s", drop_name((enum drop)i)));
        break;
    case EXPECT_LOST:
        add(sweep, what, -1, g_strdup("lost_commands"));
        break;
    case EXPECT_CONSISTENT:
        if (!sweep->is_per_node)
            add(sweep, what, -1, g_strdup(key));
        break;
    default:
        add(sweep, what, -1, g_strconcat(key, has_unit ? "" : sweep_unit(what), NULL));
    }
}

const char *sweep_unit(enum expect_what what)
{
    return MEASURES[what].unit == DURATION ? "_ns" : MEASURES[what].unit == SIZE ? "_bytes" : "";
}

void sweep_lay_out(struct sweep *sweep)
{
    g_array_set_size(sweep->columns, 0);
    for (int what = 0; what < EXPECT_COUNT; what++)
        add_measure(sweep, (enum expect_what)what);
    uint32_t columns = sweep->columns->len;
    sweep->nodes_max = 0;
    for (guint i = 0; i < sweep->cases->len; i++)
        sweep->nodes_max =
            MAX(sweep->nodes_max,
                g_strv_length(g_array_index(sweep->cases, struct sweep_case, i).nodes));
    sweep->words = RECORD_FIRST + (sweep->is_per_node ? columns * sweep->nodes_max
                                                      : columns + RECORD_EXPECTATIONS);
}

bool sweep_is_broken(const int64_t *record)
{
    return record[RECORD_BROKEN] != 0;
}

int64_t sweep_number(const int64_t *record, uint32_t column)
{
    return record[RECORD_FIRST + column];
}

/* ---- rows ---- */

/* One row on its way; `json` is used for NDJSON. */
struct row {
    enum sweep_format format;
    GString *out;
    struct json json;
};

static void begin_row(struct row *row)
{
    row->json = (struct json){.out = row->out};
    if (row->format == SWEEP_NDJSON)
        json_open(&row->json, NULL, '{');
}

static void end_row(struct row *row)
{
    if (row->format == SWEEP_NDJSON)
        json_close(&row->json, '}');
    else
        g_string_truncate(row->out, row->out->len - 1); /* the last comma */
    g_string_append_c(row->out, '\n');
}

/* As RFC 4180 has it. */
static void append_csv(GString *out, const char *text)
{
    bool is_quoted = strpbrk(text, ",\"\n\r") != NULL;
    g_string_append(out, is_quoted ? "\"" : "");
    for (; *text; text++) {
        if (*text == '"')
            g_string_append_c(out, '"');
        g_string_append_c(out, *text);
    }
    g_string_append(out, is_quoted ? "\"," : ",");
}

static void put_text(struct row *row, const char *key, const char *text)
{
    if (row->format == SWEEP_NDJSON)
        json_text(&row->json, key, text);
    else
        append_csv(row->out, text);
}

static void put_int(struct row *row, const char *key, int64_t value)
{
    if (row->format == SWEEP_NDJSON)
        json_int(&row->json, key, value);
    else
        g_string_append_printf(row->out, "%" G_GINT64_FORMAT ",", value);
}

void sweep_print_names(const struct sweep *sweep, enum sweep_format format, GString *out)
{
    if (format != SWEEP_CSV)
        return;
    g_string_append(out, "run,scenario,");
    for (guint i = 0; i < sweep->axes->len; i++)
        append_csv(out, ((const struct sweep_axis *)sweep->axes->pdata[i])->path);
    g_string_append_printf(out, "seed,%sduration_ns,", sweep->is_per_node ? "node," : "");
    for (guint i = 0; i < sweep->columns->len; i++)
        g_string_append_printf(out, "%s,",
                               g_array_index(sweep->columns, struct sweep_column, i).name);
    g_string_append_printf(out, "%sfingerprint,version\n",
                           sweep->is_per_node ? "" : "expect_held,expect_failed,");
}

/* node NULL: of the whole run. */
static void put_identity(const struct sweep *sweep, struct row *row, uint64_t run, const char *node)
{
    struct sweep_run_id id = sweep_run_id(sweep, run);
    put_int(row, "run", (int64_t)run);
    put_text(row, "scenario", sweep->name);
    for (guint i = 0; i < sweep->axes->len; i++)
        put_text(row, ((const struct sweep_axis *)sweep->axes->pdata[i])->path,
                 sweep_value(sweep, id.number, i));
    put_int(row, "seed", (int64_t)id.seed);
    if (node)
        put_text(row, "node", node);
    put_int(row, "duration_ns", id.at->duration);
}

static void put_columns(const struct sweep *sweep, struct row *row, const int64_t *numbers)
{
    for (guint i = 0; i < sweep->columns->len; i++) {
        const struct sweep_column *column = &g_array_index(sweep->columns, struct sweep_column, i);
        if (column->what == EXPECT_CONSISTENT)
            put_text(row, column->name,
                     final_name((enum final_state)CLAMP(numbers[i], 0, FINAL_COUNT - 1)));
        else
            put_int(row, column->name, numbers[i]);
    }
}

static void put_origin(const struct sweep *sweep, struct row *row, uint64_t run)
{
    char fingerprint[32];
    g_snprintf(fingerprint, sizeof fingerprint, "x%016" G_GINT64_MODIFIER "x",
               sweep_run_id(sweep, run).at->fingerprint);
    put_text(row, "fingerprint", fingerprint);
    put_text(row, "version", sweep->version);
}

static void print_row(const struct sweep *sweep, struct row *row, uint64_t run, const char *node,
                      const int64_t *numbers)
{
    begin_row(row);
    put_identity(sweep, row, run, node);
    put_columns(sweep, row, numbers);
    if (!node) {
        put_int(row, "expect_held", numbers[sweep->columns->len]);
        put_int(row, "expect_failed", numbers[sweep->columns->len + 1]);
    }
    put_origin(sweep, row, run);
    end_row(row);
}

void sweep_print_rows(const struct sweep *sweep, enum sweep_format format, uint64_t run,
                      const int64_t *record, GString *out)
{
    struct row row = {.format = format, .out = out};
    char **nodes = sweep_run_id(sweep, run).at->nodes;
    if (!sweep->is_per_node)
        print_row(sweep, &row, run, NULL, record + RECORD_FIRST);
    for (guint i = 0; sweep->is_per_node && nodes[i]; i++)
        print_row(sweep, &row, run, nodes[i], record + RECORD_FIRST + i * sweep->columns->len);
}
