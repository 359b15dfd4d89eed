/* Options -> YAML. See size_make.h. */
#include "sim/study/size_make.h"

#include <string.h>
#include "sim/engine/quantity.h"
#include "sim/engine/time.h"
#include "sim/world/nearest.h"
#include "sim/world/preset.h"

#define YEAR_S (365.0 * 86400)

struct making {
    const struct size_options *options;
    struct provenance *provenance;
    struct problems *problems;
    int32_t source;
    bool is_wrong;
};

G_GNUC_PRINTF(2, 3) static void wrong(struct making *making, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *words = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    problems_add(making->problems, (struct place){.source = making->source}, "%s", words);
    g_free(words);
    making->is_wrong = true;
}

/* One word of a value, so that an option cannot become more than one value of the scenario. */
static bool is_word(const char *text)
{
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

/* The option's value or the default, noted. */
static const char *value_of(struct making *making, const char *option, const char *given,
                            const char *fallback)
{
    const char *value = given ? checked(making, option, given) : fallback;
    note(making, option + 2, value, given ? option : "default");
    return value;
}

static void put_load(struct making *making, GString *out)
{
    const char *rate = making->options->write_rate;
    if (!rate) {
        wrong(making, "nothing says how much is written: --write-rate 5mb/s, --write-rate busy, "
                      "or a scenario file would do");
        return;
    }
    rate = checked(making, "--write-rate", rate);
    int preset = preset_find(PRESET_LOAD, rate);
    if (preset < 0 && !g_ascii_isdigit(rate[0])) {
        struct nearest nearest = nearest_to(rate);
        for (size_t i = 0; i < preset_count(PRESET_LOAD); i++)
            nearest_offer(&nearest, preset_about(PRESET_LOAD, i).name);
        wrong(making, "--write-rate: found '%s', expected a rate such as 5mb/s, or a preset%s%s",
              rate, nearest.name ? "; did you mean " : " (psyncsim presets)",
              nearest.name ? nearest.name : "");
        return;
    }
    char *from = preset >= 0 ? g_strdup_printf("--write-rate, preset: %s",
                                               preset_about(PRESET_LOAD, (size_t)preset).what)
                             : g_strdup("--write-rate");
    note(making, "write rate", rate, from);
    g_free(from);
    g_string_append_printf(out, "load: [ { node: m, %s: %s } ]\n", preset >= 0 ? "preset" : "rate",
                           rate);
}

static int64_t replicas_of(struct making *making)
{
    const char *text = value_of(making, "--replicas", making->options->replicas, "1");
    int64_t count = 0;
    if (quantity_parse(QUANTITY_COUNT, text, strlen(text), &count) || count < 1 || count > 32)
        wrong(making, "--replicas: found '%.40s', expected a number from 1 to 32", text);
    return CLAMP(count, 1, 32);
}

static double per_year(struct making *making, int preset)
{
    const char *text = making->options->per_year;
    int64_t milli = preset >= 0 ? preset_outage_per_year_milli((size_t)preset) : 4000;
    if (!text) {
        char *value = g_strdup_printf("%g of each replica", (double)milli / 1000);
        char *from = preset >= 0 ? g_strdup_printf("preset %s", making->options->outages
                                                                    ? making->options->outages
                                                                    : "default-guess")
                                 : g_strdup("default, a guess");
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
    note(making, "outages a year", text, "--outages-per-year");
    return count;
}

static const char *kind_of(struct making *making, int preset)
{
    static const char *const KINDS[] = {"partition", "cut", "pause"};
    const char *kind = making->options->kind;
    if (!kind) {
        kind = preset >= 0 ? preset_outage_fault((size_t)preset) : KINDS[0];
        note(making, "what strikes", kind, preset >= 0 ? "preset" : "default");
        return kind;
    }
    struct nearest nearest = nearest_to(kind);
    for (size_t i = 0; i < G_N_ELEMENTS(KINDS); i++) {
        nearest_offer(&nearest, KINDS[i]);
        if (strcmp(kind, KINDS[i]) == 0) {
            note(making, "what strikes", kind, "--outage-kind");
            return KINDS[i];
        }
    }
    wrong(making, "--outage-kind: found '%.40s', expected partition, cut or pause%s%s", kind,
          nearest.name ? "; did you mean " : "", nearest.name ? nearest.name : "");
    return KINDS[0];
}

static void wrong_law(struct making *making, const char *law)
{
    struct nearest nearest = nearest_to(law);
    GString *names = g_string_new(NULL);
    for (size_t i = 0; i < preset_count(PRESET_OUTAGE); i++) {
        const char *name = preset_about(PRESET_OUTAGE, i).name;
        nearest_offer(&nearest, name);
        g_string_append_printf(names, "%s%s", i > 0 ? ", " : "", name);
    }
    if (nearest.name)
        wrong(making, "--outages: unknown preset '%.40s'; did you mean '%s'?", law, nearest.name);
    else
        wrong(making,
              "--outages: found '%.40s', expected %s, or how long they last: 30s, "
              "'{ exponential: 20s }'",
              law, names->str);
    g_string_free(names, TRUE);
}

static double seconds_of(struct dist law)
{
    return (double)dist_mean(&law) / (double)NS_PER_S;
}

static void put_faults(struct making *making, GString *out)
{
    const char *law = making->options->outages ? making->options->outages : "default-guess";
    const char *from = making->options->outages ? "--outages" : "default";
    int preset = preset_find(PRESET_OUTAGE, law);
    bool is_law = law[0] == '{' || g_ascii_isdigit(law[0]);
    if (preset < 0 && (!is_law || strpbrk(law, "\n\r#&*!|>'\"@`"))) {
        wrong_law(making, law);
        return;
    }
    char *source = preset >= 0 ? g_strdup_printf("%s, preset: %s", from,
                                                 preset_about(PRESET_OUTAGE, (size_t)preset).source)
                               : g_strdup(from);
    note(making, "how long outages last", law, source);
    g_free(source);
    double mean = preset >= 0 ? seconds_of(preset_outage((size_t)preset)) : 0;
    double between = YEAR_S / per_year(making, preset) - mean; /* from an end to the next begin */
    if (between < 1)
        wrong(making, "--outages-per-year: so many outages of %.0f s do not fit into a year", mean);
    const char *kind = kind_of(making, preset);
    g_string_append_printf(
        out, "faults: [ { every: { exponential: %" G_GINT64_FORMAT "s }, %s: %s, for: %s%s%s } ]\n",
        MAX((int64_t)between, 1), kind, strcmp(kind, "pause") == 0 ? "r1" : "m-r1",
        preset >= 0 ? "{ preset: " : "", law, preset >= 0 ? " }" : "");
}

static void put_nodes(struct making *making, GString *out)
{
    const struct size_options *options = making->options;
    if (!options->dataset)
        wrong(making, "nothing says how large the data are: --dataset 8gb would do");
    int64_t replicas = replicas_of(making);
    g_string_append_printf(out, "nodes:\n  m: { dataset: %s }\n",
                           options->dataset ? value_of(making, "--dataset", options->dataset, "")
                                            : "0");
    for (int64_t i = 1; i <= replicas; i++)
        g_string_append_printf(out, "  r%" G_GINT64_FORMAT ": { replicaof: m, begin: synced }\n",
                               i);
}

GString *size_make(const struct size_options *options, struct provenance *provenance,
                   struct problems *problems)
{
    struct making making = {.options = options, .provenance = provenance, .problems = problems};
    GString *out = g_string_new("why: made from the options of psyncsim size\nduration: 365d\n");
    making.source = problems_source(problems, "size", NULL, 0);
    put_load(&making, out);
    put_nodes(&making, out);
    put_faults(&making, out);
    g_string_append_printf(out, "server: %s\n",
                           value_of(&making, "--server", options->server, "redis-7.0"));
    g_string_append_printf(out, "links: { default: { preset: %s",
                           value_of(&making, "--link", options->link, "cross-zone"));
    if (options->bandwidth)
        g_string_append_printf(out, ", bandwidth: %s",
                               value_of(&making, "--bandwidth", options->bandwidth, ""));
    else
        note(&making, "bandwidth", "unlimited", "default");
    g_string_append_printf(out, " } }\nhosts: { default: { preset: %s } }\n",
                           value_of(&making, "--host", options->host, "cloud"));
    if (options->maxmemory)
        g_string_append_printf(out, "config: { maxmemory: %s }\n",
                               value_of(&making, "--maxmemory", options->maxmemory, ""));
    if (!making.is_wrong)
        return out;
    g_string_free(out, TRUE);
    return NULL;
}
