/* What a file of a sweep's records says that they are about: enough to print the rows again, and
 * to check whether two files belong together. One fact a line. */
#include <string.h>
#include "sim/engine/digest.h"
#include "sim/study/sweep/sweep.h"

#define HEX "x%016" G_GINT64_MODIFIER "x"
#define U64 "%" G_GUINT64_FORMAT

static void print_case(const struct sweep_case *at, GString *out)
{
    g_string_append_printf(out, "case " HEX " " HEX " " U64 " ", at->fingerprint, at->expected,
                           at->seed);
    g_string_append_printf(out, "%" G_GINT64_FORMAT, at->duration);
    for (char **name = at->nodes; *name; name++)
        g_string_append_printf(out, " %s", *name);
    g_string_append_c(out, '\n');
}

struct record_file_head sweep_head(const struct sweep *sweep, uint32_t number, uint32_t of)
{
    GString *about = g_string_new(NULL);
    g_string_append_printf(about, "version %s\nscenario %s\nrows %s\n", sweep->version, sweep->name,
                           sweep->is_per_node ? "nodes" : "runs");
    if (sweep->has_seeds)
        g_string_append_printf(about, "seeds " U64 " " U64 "\n", sweep->first_seed,
                               sweep->last_seed);
    for (guint i = 0; i < sweep->axes->len; i++) {
        const struct sweep_axis *axis = sweep->axes->pdata[i];
        g_string_append_printf(about, "path %s\n", axis->path);
        for (guint j = 0; j < axis->values->len; j++)
            g_string_append_printf(about, "value %s\n", (char *)axis->values->pdata[j]);
    }
    for (guint i = 0; i < sweep->cases->len; i++)
        print_case(&g_array_index(sweep->cases, struct sweep_case, i), about);
    uint64_t total = sweep_runs(sweep);
    struct record_file_piece piece = record_file_piece(total, number, of);
    return (struct record_file_head){.kind = "sweep",
                                     .about = g_string_free(about, FALSE),
                                     .first = piece.first,
                                     .count = piece.count,
                                     .total = total,
                                     .number = number,
                                     .of = of,
                                     .words = sweep->words};
}

/* ---- reading ---- */

static bool take_number(const char *word, guint base, guint64 most, uint64_t *number)
{
    return word && g_ascii_string_to_unsigned(word, base, 0, most, number, NULL);
}

static bool take_hex(const char *word, uint64_t *number)
{
    return word && word[0] == 'x' && take_number(word + 1, 16, UINT64_MAX, number);
}

static bool take_seeds(struct sweep *sweep, const char *rest)
{
    char **words = g_strsplit(rest, " ", 0);
    sweep->has_seeds = g_strv_length(words) == 2 &&
                       take_number(words[0], 10, INT64_MAX, &sweep->first_seed) &&
                       take_number(words[1], 10, INT64_MAX, &sweep->last_seed) &&
                       sweep->first_seed <= sweep->last_seed;
    g_strfreev(words);
    return sweep->has_seeds;
}

static bool take_path(struct sweep *sweep, const char *rest)
{
    struct sweep_axis *axis = g_new0(struct sweep_axis, 1);
    axis->path = g_strdup(rest);
    axis->values = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(sweep->axes, axis);
    return true;
}

static bool take_value(struct sweep *sweep, const char *rest)
{
    if (sweep->axes->len == 0)
        return false;
    struct sweep_axis *axis = sweep->axes->pdata[sweep->axes->len - 1];
    g_ptr_array_add(axis->values, g_strdup(rest));
    return true;
}

static bool take_case(struct sweep *sweep, const char *rest)
{
    char **words = g_strsplit(rest, " ", 0);
    uint64_t fingerprint = 0, expected = 0, seed = 0, duration = 0;
    bool is_good = g_strv_length(words) >= 4 && g_strv_length(words) <= 4 + SCENARIO_NODES_MAX &&
                   take_hex(words[0], &fingerprint) && take_hex(words[1], &expected) &&
                   take_number(words[2], 10, INT64_MAX, &seed) &&
                   take_number(words[3], 10, INT64_MAX, &duration);
    struct sweep_case at = {NULL, fingerprint,       expected,
                            seed, (int64_t)duration, is_good ? g_strdupv(words + 4) : NULL};
    if (is_good)
        g_array_append_val(sweep->cases, at);
    g_strfreev(words);
    return is_good;
}

static bool take_text(char **text, const char *rest)
{
    g_free(*text);
    *text = g_strdup(rest);
    return true;
}

static bool take_rows(struct sweep *sweep, const char *rest)
{
    sweep->is_per_node = strcmp(rest, "nodes") == 0;
    return true;
}

static bool take_line(struct sweep *sweep, const char *line)
{
    const char *rest = strchr(line, ' ');
    if (!rest)
        return false;
    rest++;
    if (g_str_has_prefix(line, "version "))
        return take_text(&sweep->version, rest);
    if (g_str_has_prefix(line, "scenario "))
        return take_text(&sweep->name, rest);
    if (g_str_has_prefix(line, "rows "))
        return take_rows(sweep, rest);
    if (g_str_has_prefix(line, "seeds "))
        return take_seeds(sweep, rest);
    if (g_str_has_prefix(line, "path "))
        return take_path(sweep, rest);
    if (g_str_has_prefix(line, "value "))
        return take_value(sweep, rest);
    return g_str_has_prefix(line, "case ") && take_case(sweep, rest);
}

static bool has_all_cases(const struct sweep *sweep)
{
    uint64_t cases = 1;
    for (guint i = 0; i < sweep->axes->len && cases <= SWEEP_CASES_MAX; i++)
        cases *= ((const struct sweep_axis *)sweep->axes->pdata[i])->values->len;
    return cases >= 1 && cases <= SWEEP_CASES_MAX && cases == sweep->cases->len;
}

/* Whether what the lines say makes records and numbers as the head has them. */
static bool fits(struct sweep *sweep, const struct record_file_head *head)
{
    if (!sweep->version || !sweep->name || !has_all_cases(sweep) ||
        (sweep->has_seeds && sweep->last_seed - sweep->first_seed >= SWEEP_RUNS_MAX))
        return false;
    sweep_lay_out(sweep);
    return sweep->words == head->words && sweep_runs(sweep) == head->total;
}

struct sweep *sweep_from_head(const struct record_file_head *head)
{
    struct sweep *sweep = sweep_new();
    char **lines = g_strsplit(head->about, "\n", 0);
    bool is_good = strcmp(head->kind, "sweep") == 0;
    for (char **line = lines; is_good && *line && **line; line++)
        is_good = take_line(sweep, *line);
    g_strfreev(lines);
    if (is_good && fits(sweep, head))
        return sweep;
    sweep_free(sweep);
    return NULL;
}
