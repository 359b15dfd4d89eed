/* See openmetrics.h. A family's samples must stand together, and those of one set of labels too, in
 * the order of time: they are kept by labels until the end. */
#include "sim/page/openmetrics.h"

#include <stdbool.h>
#include <string.h>
#include "sim/engine/time.h"

#define JOB         "psyncsim"
#define DIGITS_OF_S 9

enum labels { NONE, ROLE, MASTER, REPLICA };

static const struct metric {
    const char *name, *field;
    enum labels labels;
    const char *what;
} METRICS[] = {
#define METRIC(name, field, labels, what) {name, field, labels, what},
#include "sim/page/openmetrics.def"
#undef METRIC
};

#define METRIC_COUNT G_N_ELEMENTS(METRICS)

/* One set of labels of one metric. */
struct series {
    char *labels;
    GString *samples;
};

struct openmetrics {
    int64_t epoch;
    GPtrArray *families[METRIC_COUNT]; /* struct series, in the order in which they appeared */
    GHashTable *known;                 /* "name{labels}" -> struct series */
};

/* A server at one moment. */
struct scrape {
    struct openmetrics *self;
    int64_t t;
    const char *node;
    const char *master_host, *master_port; /* "": a master */
};

static void series_free(void *user)
{
    struct series *series = user;
    g_string_free(series->samples, TRUE);
    g_free(series->labels);
    g_free(series);
}

struct openmetrics *openmetrics_new(int64_t epoch)
{
    struct openmetrics *self = g_new0(struct openmetrics, 1);
    self->epoch = epoch;
    for (size_t i = 0; i < METRIC_COUNT; i++)
        self->families[i] = g_ptr_array_new_with_free_func(series_free);
    self->known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    return self;
}

void openmetrics_free(struct openmetrics *self)
{
    if (self == NULL)
        return;
    for (size_t i = 0; i < METRIC_COUNT; i++)
        g_ptr_array_free(self->families[i], TRUE);
    g_hash_table_destroy(self->known);
    g_free(self);
}

/* ---- samples ---- */

static struct series *series_of(struct openmetrics *self, size_t metric, const char *labels)
{
    char *key = g_strconcat(METRICS[metric].name, labels, NULL);
    struct series *series = g_hash_table_lookup(self->known, key);
    if (series != NULL) {
        g_free(key);
        return series;
    }
    series = g_new0(struct series, 1);
    series->labels = g_strdup(labels);
    series->samples = g_string_new(NULL);
    g_ptr_array_add(self->families[metric], series);
    g_hash_table_insert(self->known, key, series);
    return series;
}

/* Seconds, with as many digits as are needed: 75, 0.25. */
static void append_time(const struct scrape *scrape, GString *out)
{
    int64_t part = scrape->t % NS_PER_S;
    g_string_append_printf(out, "%" G_GINT64_FORMAT, scrape->self->epoch + scrape->t / NS_PER_S);
    if (part == 0)
        return;
    g_string_append_printf(out, ".%0*" G_GINT64_FORMAT, DIGITS_OF_S, part);
    while (out->str[out->len - 1] == '0')
        g_string_truncate(out, out->len - 1);
}

/* `more`: labels besides those of every sample, "" or ",name=\"value\"". Names of nodes have no
 * characters that are special in a label. */
static void add(const struct scrape *scrape, size_t metric, const char *more, const char *value)
{
    char *labels = g_strdup_printf("{job=\"" JOB "\",instance=\"%s\"%s}", scrape->node, more);
    GString *samples = series_of(scrape->self, metric, labels)->samples;
    g_string_append_printf(samples, "%s%s %s ", METRICS[metric].name, labels, value);
    append_time(scrape, samples);
    g_string_append_c(samples, '\n');
    g_free(labels);
}

/* "online" of "ip=r1,port=6379,state=online"; "" if it is not there. Free with g_free. */
static char *part_of(const char *line, const char *name)
{
    char **parts = g_strsplit(line, ",", -1);
    char *value = NULL;
    size_t len = strlen(name);
    for (char **part = parts; *part != NULL && value == NULL; part++)
        if (strncmp(*part, name, len) == 0 && (*part)[len] == '=')
            value = g_strdup(*part + len + 1);
    g_strfreev(parts);
    return value != NULL ? value : g_strdup("");
}

static void add_replica(const struct scrape *scrape, const char *line)
{
    char *ip = part_of(line, "ip"), *port = part_of(line, "port"), *state = part_of(line, "state");
    char *more =
        g_strdup_printf(",slave_ip=\"%s\",slave_port=\"%s\",slave_state=\"%s\"", ip, port, state);
    for (size_t i = 0; i < METRIC_COUNT; i++) {
        char *value = METRICS[i].labels == REPLICA ? part_of(line, METRICS[i].field) : NULL;
        if (value != NULL && value[0] != '\0')
            add(scrape, i, more, value);
        g_free(value);
    }
    g_free(more);
    g_free(state);
    g_free(port);
    g_free(ip);
}

static void add_field(const struct scrape *scrape, size_t metric, const char *value)
{
    char *more = NULL;
    if (METRICS[metric].labels == ROLE)
        more = g_strdup_printf(",role=\"%s\"", value);
    else if (METRICS[metric].labels == MASTER)
        more = g_strdup_printf(",master_host=\"%s\",master_port=\"%s\"", scrape->master_host,
                               scrape->master_port);
    bool is_word = strcmp(value, "up") == 0 || METRICS[metric].labels == ROLE;
    add(scrape, metric, more != NULL ? more : "",
        is_word                      ? "1"
        : strcmp(value, "down") == 0 ? "0"
                                     : value);
    g_free(more);
}

static void take_line(struct scrape *scrape, char *line)
{
    char *value = strchr(line, ':');
    if (value == NULL)
        return;
    *value++ = '\0';
    if (strcmp(line, "master_host") == 0)
        scrape->master_host = value;
    else if (strcmp(line, "master_port") == 0)
        scrape->master_port = value;
    else if (strncmp(line, "slave", 5) == 0 && g_ascii_isdigit(line[5]))
        add_replica(scrape, value);
    for (size_t i = 0; i < METRIC_COUNT; i++)
        if (METRICS[i].labels != REPLICA && strcmp(METRICS[i].field, line) == 0)
            add_field(scrape, i, value);
}

void openmetrics_scrape(struct openmetrics *self, int64_t t, const char *node, const char *info)
{
    struct scrape scrape = {self, t, node, "", ""};
    add(&scrape, 0, "", info != NULL ? "1" : "0"); /* redis_up */
    if (info == NULL)
        return;
    char **lines = g_strsplit(info, "\n", -1);
    for (char **line = lines; *line != NULL; line++)
        take_line(&scrape, *line);
    g_strfreev(lines);
}

void openmetrics_print(const struct openmetrics *self, GString *out)
{
    for (size_t i = 0; i < METRIC_COUNT; i++) {
        g_string_append_printf(out, "# TYPE %s gauge\n# HELP %s %s.\n", METRICS[i].name,
                               METRICS[i].name, METRICS[i].what);
        for (guint k = 0; k < self->families[i]->len; k++) {
            const struct series *series = self->families[i]->pdata[k];
            g_string_append_len(out, series->samples->str, (gssize)series->samples->len);
        }
    }
    g_string_append(out, "# EOF\n");
}
