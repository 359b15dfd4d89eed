/* Options -> YAML. See case_yaml.h. */
#include "sim/study/input/case_yaml.h"

#include <string.h>
#include "sim/engine/quantity.h"
#include "sim/engine/time.h"
#include "sim/text/spelling.h"
#include "sim/scenario/preset.h"

#define YEAR_S          (365.0 * 86400)
#define DEFAULT_OUTAGES "default-guess"

struct making {
    const struct size_options *options;
    const struct input_figures *figures;
    struct provenance *provenance;
    struct diagnostics *diagnostics;
    int32_t source;
    int64_t replicas;
    double together; /* share of the outages that strike all of them at once */
    bool is_wrong;
};

G_GNUC_PRINTF(2, 3) static void wrong(struct making *making, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *words = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    diagnostics_add(making->diagnostics, (struct place){.source = making->source}, "%s", words);
    g_free(words);
    making->is_wrong = true;
}

/* One word of a value, or a number, a blank and its unit, so that an option cannot become more than
 * one value of the scenario. */
static bool is_word(const char *text)
{
    const char *blank = g_ascii_isdigit(text[0]) ? strchr(text, ' ') : NULL;
    if (blank && g_ascii_isdigit(blank[-1]))
        text = blank + 1;
    return text[0] != '\0' && strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                           "0123456789.-/_%") == strlen(text);
}

static const char *checked(struct making *making, const char *option, const char *text)
{
    if (is_word(text))
        return text;
    wrong(making, "%s: found '%.40s', expected one word", option, text);
    return "0";
}

static void note(const struct making *making, const char *figure, const char *value,
                 const char *from)
{
    provenance_add(making->provenance, figure, value, from);
}

/* Ends a line with where its figures come from. */
static void end_line(const struct making *making, GString *out, const char *const *figures)
{
    bool is_alone = figures[1] == NULL;
    const char *lead = "  # ";
    for (const char *const *figure = figures; *figure; figure++) {
        const struct provenance_row *row = provenance_find(making->provenance, *figure);
        if (!row)
            continue;
        g_string_append_printf(out, "%s%s%s%s", lead, is_alone ? "" : *figure, is_alone ? "" : ": ",
                               row->from);
        lead = "; ";
    }
    g_string_append_c(out, '\n');
}
#define END_LINE(making, out, ...) end_line(making, out, (const char *const[]){__VA_ARGS__, NULL})

/* The option's value, that of a file, or the default, noted. */
#define VALUE_OF(making, field, option, fallback)                                                  \
    value_of(making, option,                                                                       \
             (struct choice){(making)->options->field, &(making)->figures->field, fallback})

struct choice {
    const char *given;
    const struct input_figure *figure;
    const char *fallback;
};

static const char *value_of(struct making *making, const char *option, struct choice choice)
{
    if (choice.given) {
        const char *value = checked(making, option, choice.given);
        note(making, option + 2, value, option);
        return value;
    }
    const char *value = choice.figure->value ? choice.figure->value : choice.fallback;
    note(making, option + 2, value, choice.figure->value ? choice.figure->from : "default");
    return value;
}

static void put_series(struct making *making, GString *out)
{
    const struct input_figure *figure = &making->figures->write_rate;
    note(making, "write rate", figure->value, figure->from);
    g_string_append(out, "load:\n  - node: m");
    END_LINE(making, out, "write rate");
    g_string_append(out, "    repeat: yes\n    series: |\n");
    char **lines = g_strsplit(making->figures->rows->str, "\n", -1);
    for (char **line = lines; **line; line++)
        g_string_append_printf(out, "      %s\n", *line);
    g_strfreev(lines);
}

/* No option and no file says it. */
static void miss_rate(struct making *making)
{
    const char *why = making->figures->write_rate.from;
    wrong(making,
          "nothing says how much is written%s%s%s; expected --write-rate 5mb/s, --write-rate busy, "
          "--series, "
          "two --info, or a scenario file",
          why ? " (" : "", why ? why : "", why ? ")" : "");
}

static void put_load(struct making *making, GString *out)
{
    const struct input_figure *figure = &making->figures->write_rate;
    const char *rate = making->options->write_rate;
    if (rate && making->figures->rows)
        wrong(making,
              "--write-rate and --series both say how much is written; expected one of them");
    if (!rate && making->figures->rows) {
        put_series(making, out);
        return;
    }
    if (!rate && !figure->value) {
        miss_rate(making);
        return;
    }
    if (!rate) {
        note(making, "write rate", figure->value, figure->from);
        g_string_append_printf(out, "load: [ { node: m, rate: %s } ]", figure->value);
        END_LINE(making, out, "write rate");
        return;
    }
    rate = checked(making, "--write-rate", rate);
    int preset = preset_find(PRESET_LOAD, rate);
    if (preset < 0 && !g_ascii_isdigit(rate[0])) {
        struct spelling spelling = spelling_to(rate);
        for (size_t i = 0; i < preset_count(PRESET_LOAD); i++)
            spelling_offer(&spelling, preset_about(PRESET_LOAD, i).name);
        wrong(making, "--write-rate: found '%s', expected a rate such as 5mb/s, or a preset%s%s",
              rate, spelling.name ? "; did you mean " : " (psyncsim presets)",
              spelling.name ? spelling.name : "");
        return;
    }
    char *from = preset >= 0 ? g_strdup_printf("--write-rate, preset: %s",
                                               preset_about(PRESET_LOAD, (size_t)preset).what)
                             : g_strdup("--write-rate");
    note(making, "write rate", rate, from);
    g_free(from);
    g_string_append_printf(out, "load: [ { node: m, %s: %s } ]", preset >= 0 ? "preset" : "rate",
                           rate);
    END_LINE(making, out, "write rate");
}

static int64_t replicas_of(struct making *making)
{
    const char *text = VALUE_OF(making, replicas, "--replicas", "1");
    int64_t count = 0;
    if (quantity_parse(QUANTITY_COUNT, text, strlen(text), &count) || count < 1 || count > 32)
        wrong(making, "--replicas: found '%.40s', expected a number from 1 to 32", text);
    return CLAMP(count, 1, 32);
}

static double together_of(struct making *making)
{
    const char *text = making->options->together;
    int64_t share = 0;
    if (!text)
        return 0;
    if (quantity_parse(QUANTITY_SHARE, text, strlen(text), &share) || share < 0 || share > 1000000)
        wrong(making, "--together: found '%.40s', expected a share from 0%% to 100%%", text);
    else if (share > 0 && making->replicas < 2)
        wrong(making, "--together: one replica has none beside it; expected --replicas 2 or more");
    note(making, "of them together", text, "--together");
    return (double)share / 1e6;
}

static double per_year(struct making *making, int preset)
{
    const struct input_figure *figure = &making->figures->per_year;
    bool is_from_file = !making->options->per_year && figure->value;
    const char *text = is_from_file ? figure->value : making->options->per_year;
    int64_t milli = preset >= 0 ? preset_outage_per_year_milli((size_t)preset) : 4000;
    if (!text) {
        char *value = g_strdup_printf("%g of each replica", (double)milli / 1000);
        char *from = preset >= 0 ? g_strdup_printf("preset %s", making->options->outages
                                                                    ? making->options->outages
                                                                    : "default-guess")
                                 : g_strdup(figure->from ? figure->from : "default, a guess");
        note(making, "outages a year", value, from);
        g_free(value);
        g_free(from);
        return (double)milli / 1000;
    }
    char *end = NULL;
    double count = g_ascii_isdigit(text[0]) ? g_ascii_strtod(text, &end) : 0;
    if (!end || *end != '\0' || !(count >= 0.01) || !(count <= 100000)) {
        wrong(making, "--outages-per-year: found '%.40s', expected a number from 0.01 to 100000",
              text);
        return 1;
    }
    note(making, "outages a year", text, is_from_file ? figure->from : "--outages-per-year");
    return count;
}

static const char *kind_of(struct making *making, int preset)
{
    static const char *const KINDS[] = {"partition", "cut", "pause"};
    const char *kind = making->options->kind;
    if (!kind) {
        const struct input_figure *seen = &making->figures->kind;
        bool is_seen = preset < 0 && seen->value;
        kind = preset >= 0 ? preset_outage_fault((size_t)preset) : is_seen ? seen->value : KINDS[0];
        note(making, "kind of outage", kind,
             preset >= 0 ? "preset"
             : is_seen   ? seen->from
                         : "default");
        return kind;
    }
    struct spelling spelling = spelling_to(kind);
    for (size_t i = 0; i < G_N_ELEMENTS(KINDS); i++) {
        spelling_offer(&spelling, KINDS[i]);
        if (strcmp(kind, KINDS[i]) == 0) {
            note(making, "kind of outage", kind, "--outage-kind");
            return KINDS[i];
        }
    }
    wrong(making, "--outage-kind: found '%.40s', expected partition, cut or pause%s%s", kind,
          spelling.name ? "; did you mean " : "", spelling.name ? spelling.name : "");
    return KINDS[0];
}

static void wrong_law(struct making *making, const char *law)
{
    struct spelling spelling = spelling_to(law);
    GString *names = g_string_new(NULL);
    for (size_t i = 0; i < preset_count(PRESET_OUTAGE); i++) {
        const char *name = preset_about(PRESET_OUTAGE, i).name;
        spelling_offer(&spelling, name);
        g_string_append_printf(names, "%s%s", i > 0 ? ", " : "", name);
    }
    if (spelling.name)
        wrong(making, "--outages: unknown preset '%.40s'; did you mean '%s'?", law, spelling.name);
    else
        wrong(
            making,
            "--outages: found '%.40s', which is no file; expected one that exists (lines of start,"
            "duration), a preset (%s), or how long they last: 30s, '{ exponential: 20s }'",
            law, names->str);
    g_string_free(names, TRUE);
}

/* How long outages last, as a scenario has it; NULL after a problem. Free with g_free. */
static char *law_of(struct making *making, int preset)
{
    const struct input_figure *figure = &making->figures->outages;
    if (making->figures->law) {
        note(making, "how long outages last", figure->value, figure->from);
        return g_strdup(making->figures->law->str);
    }
    const char *given = making->options->outages, *law = given ? given : DEFAULT_OUTAGES;
    const char *from = given ? "--outages" : "default";
    bool is_law = law[0] == '{' || g_ascii_isdigit(law[0]);
    if (preset < 0 && (!is_law || strpbrk(law, "\n\r#&*!|>'\"@`"))) {
        wrong_law(making, law);
        return NULL;
    }
    char *source = preset >= 0 ? g_strdup_printf("%s, preset: %s", from,
                                                 preset_about(PRESET_OUTAGE, (size_t)preset).source)
                               : g_strdup(from);
    note(making, "how long outages last", law, source);
    g_free(source);
    return preset >= 0 ? g_strdup_printf("{ preset: %s }", law) : g_strdup(law);
}

/* Outages of a kind: how often they strike a replica, and what stands in the fault besides. */
struct outages {
    const char *fault, *lasts;
    double per_year, mean_s;
    bool is_link;
};

/* The time from an end to the next begin. */
static void put_fault(const struct outages *outages, double per_year, GString *out)
{
    double between = YEAR_S / per_year - outages->mean_s;
    g_string_append_printf(out, "  - { every: { exponential: %" G_GINT64_FORMAT "s }, %s: ",
                           MAX((int64_t)between, 1), outages->fault);
}

/* A share of them strikes all replicas at once; the others come to each at times of its own. */
static void put_own(const struct making *making, const struct outages *outages, int64_t replica,
                    GString *out)
{
    if (making->together >= 1)
        return;
    put_fault(outages, outages->per_year * (1 - making->together), out);
    g_string_append_printf(out, "%sr%" G_GINT64_FORMAT ", %s }\n", outages->is_link ? "m-" : "",
                           replica, outages->lasts);
}

static void put_together(const struct making *making, const struct outages *outages, GString *out)
{
    if (making->together <= 0)
        return;
    put_fault(outages, outages->per_year * making->together, out);
    for (int64_t i = 1; i <= making->replicas; i++)
        g_string_append_printf(out, "%s%sr%" G_GINT64_FORMAT, i > 1 ? ", " : "[",
                               outages->is_link ? "m-" : "", i);
    g_string_append_printf(out, "], %s }\n", outages->lasts);
}

/* What strikes a replica when nobody says it. The silences have a source; how often links are reset and processes restarted is a guess of
 * the same kind, from what users report (proxies, killed clients, upgrades), with a length of its own. */
static const struct {
    const char *what;
    struct outages outages;
} GUESSED[] = {
    {"silences", {"partition", "for: { preset: default-guess }", 4, 0, true}},
    {"resets", {"cut", "for: { lognormal: { median: 2s, p95: 30s } }", 12, 8, true}},
    {"restarts", {"restart", "save: yes", 4, 0, false}},
};

static void put_guessed(struct making *making, GString *out)
{
    double all = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(GUESSED); i++)
        all += GUESSED[i].outages.per_year;
    const char *text = making->options->per_year;
    double count = text ? per_year(making, -1) : all;
    GString *value = g_string_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(GUESSED); i++)
        g_string_append_printf(value, "%s%.3g %s", i > 0 ? ", " : "",
                               GUESSED[i].outages.per_year * count / all, GUESSED[i].what);
    note(making, "outages", value->str,
         "a guess, for each replica in a year; --outages with a log of yours, a preset or a law "
         "replaces it");
    g_string_free(value, TRUE);
    g_string_append(out, "faults:");
    END_LINE(making, out, "outages");
    struct outages outages[G_N_ELEMENTS(GUESSED)];
    for (size_t k = 0; k < G_N_ELEMENTS(GUESSED); k++) {
        outages[k] = GUESSED[k].outages;
        outages[k].per_year *= count / all;
    }
    for (int64_t i = 1; i <= making->replicas; i++)
        for (size_t k = 0; k < G_N_ELEMENTS(GUESSED); k++)
            put_own(making, &outages[k], i, out);
    for (size_t k = 0; k < G_N_ELEMENTS(GUESSED); k++)
        put_together(making, &outages[k], out);
}

static void put_faults(struct making *making, GString *out)
{
    const char *given = making->options->outages;
    if (!given && !making->options->kind && !making->figures->law) {
        put_guessed(making, out);
        return;
    }
    int preset =
        making->figures->law ? -1 : preset_find(PRESET_OUTAGE, given ? given : DEFAULT_OUTAGES);
    char *law = law_of(making, preset);
    if (!law)
        return;
    double mean = making->figures->law ? making->figures->outage_mean_s : 0;
    if (preset >= 0) {
        struct dist dist = preset_outage((size_t)preset);
        mean = (double)dist_mean(&dist) / (double)NS_PER_S;
    }
    double count = per_year(making, preset);
    if (YEAR_S / count - mean < 1)
        wrong(making, "--outages-per-year: so many outages of %.0f s do not fit into a year", mean);
    const char *kind = kind_of(making, preset);
    g_string_append(out, "faults:");
    END_LINE(making, out, "how long outages last", "outages a year", "kind of outage",
             "of them together");
    char *lasts = g_strdup_printf("for: %s", law);
    struct outages outages = {kind, lasts, count, mean, strcmp(kind, "pause") != 0};
    for (int64_t i = 1; i <= making->replicas; i++)
        put_own(making, &outages, i, out);
    put_together(making, &outages, out);
    g_free(lasts);
    g_free(law);
}

static void put_nodes(struct making *making, GString *out)
{
    const struct input_figure *keys = &making->figures->keys;
    bool is_known = making->options->dataset || making->figures->dataset.value;
    if (!is_known)
        wrong(making, "nothing says how large the data are; expected --dataset 8gb%s",
              making->options->info ? "" : ", or --info");
    g_string_append_printf(out, "nodes:\n  m: { dataset: %s%s%s }",
                           is_known ? VALUE_OF(making, dataset, "--dataset", "0") : "0",
                           keys->value ? ", keys: " : "", keys->value ? keys->value : "");
    if (keys->value)
        note(making, "keys", keys->value, keys->from);
    END_LINE(making, out, "dataset", "keys");
    for (int64_t i = 1; i <= making->replicas; i++)
        g_string_append_printf(out, "  r%" G_GINT64_FORMAT ": { replicaof: m, begin: synced }\n",
                               i);
}

static void put_links(struct making *making, GString *out)
{
    g_string_append_printf(out, "links: { default: { preset: %s",
                           VALUE_OF(making, link, "--link", "cross-zone"));
    if (making->options->bandwidth)
        g_string_append_printf(out, ", bandwidth: %s",
                               VALUE_OF(making, bandwidth, "--bandwidth", ""));
    else
        note(making, "bandwidth", "unlimited", "default");
    g_string_append(out, " } }");
    END_LINE(making, out, "link", "bandwidth");
}

static void put_measured(const struct making *making, const char *key, const char *figure,
                         const struct input_figure *measured, GString *out)
{
    g_string_append_printf(out, ", %s: %s", key, measured->value);
    note(making, figure, measured->value, measured->from);
}

/* A host that was chosen has times of its own. */
static void put_hosts(struct making *making, GString *out)
{
    const struct input_figures *figures = making->figures;
    bool is_chosen = making->options->host != NULL;
    g_string_append_printf(out, "hosts: { default: { preset: %s",
                           VALUE_OF(making, host, "--host", "cloud"));
    if (figures->fork.value && !is_chosen)
        put_measured(making, "fork", "fork", &figures->fork, out);
    if (figures->save.value && !is_chosen) {
        put_measured(making, "save", "rate of a save", &figures->save, out);
        put_measured(making, "diskless", "rate of a save", &figures->save, out);
    }
    if (figures->load.value && !is_chosen)
        put_measured(making, "load", "rate of a load", &figures->load, out);
    g_string_append(out, " } }");
    END_LINE(making, out, "host", "fork", "rate of a save", "rate of a load");
}

/* A value as config_print has it, where it is one; the reader of the scenario reports what is wrong
 * with another. */
static void put_directive(GString *out, int directive, const char *value)
{
    struct config config = {0};
    char text[CONFIG_TEXT_MAX];
    if (config_set(&config, directive, value) == NULL) {
        config_print(&config, directive, text, sizeof text);
        g_string_append_printf(out, "  %s: %s", config_name(directive), text);
        return;
    }
    char *escaped = g_strescape(value, NULL);
    g_string_append_printf(out, "  %s: \"%s\"", config_name(directive), escaped);
    g_free(escaped);
}

static void put_config(struct making *making, GString *out)
{
    bool is_empty = true;
    for (int i = 0; i < CONFIG_COUNT; i++) {
        const struct input_figure *figure = &making->figures->config[i];
        bool is_given = i == CONFIG_maxmemory && making->options->maxmemory;
        const char *value =
            is_given ? checked(making, "--maxmemory", making->options->maxmemory) : figure->value;
        if (!value)
            continue;
        g_string_append(out, is_empty ? "config:\n" : "");
        put_directive(out, i, value);
        note(making, config_name(i), value, is_given ? "--maxmemory" : figure->from);
        END_LINE(making, out, config_name(i));
        is_empty = false;
    }
}

GString *size_make(const struct size_options *options, const struct input_figures *figures,
                   struct provenance *provenance, struct diagnostics *diagnostics)
{
    static const struct input_figures NONE = {0};
    struct making making = {.options = options,
                            .figures = figures ? figures : &NONE,
                            .provenance = provenance,
                            .diagnostics = diagnostics};
    GString *out = g_string_new("why: made from a few figures\nduration: 365d\n");
    making.source = diagnostics_source(diagnostics, "size", NULL, 0);
    put_load(&making, out);
    making.replicas = replicas_of(&making);
    making.together = together_of(&making);
    put_nodes(&making, out);
    put_faults(&making, out);
    g_string_append_printf(out, "server: %s", VALUE_OF(&making, server, "--server", "redis-7.0"));
    END_LINE(&making, out, "server");
    put_links(&making, out);
    put_hosts(&making, out);
    put_config(&making, out);
    if (!making.is_wrong)
        return out;
    g_string_free(out, TRUE);
    return NULL;
}
