/* First steps of four times until the cause is gone, then halves between the last value that was too
 * small and the first that was enough. */
#include "sim/cli/explain_spare.h"

#include "sim/cli/cli.h"

#define STEP      4
#define PRECISION 32 /* to that part of the value */

struct search {
    const char *path;
    const GString *text;
    const GArray *nodes;
    enum spare what;
    int64_t runs;
    bool is_broken;
};

static int64_t cause(const GArray *nodes, enum spare what)
{
    int64_t sum = 0;
    for (guint i = 0; i < nodes->len; i++)
        sum += g_array_index(nodes, struct node_run, i).causes[what];
    return sum;
}

/* The smallest value of the nodes: a step up from there changes the one that matters. */
static int64_t in_force(const GArray *nodes, enum spare what)
{
    int64_t least = INT64_MAX;
    for (guint i = 0; i < nodes->len; i++) {
        const struct config *config = &g_array_index(nodes, struct node_run, i).config;
        const struct output_limit *limit = &config->limit;
        int64_t value = what == SPARE_BACKLOG   ? config->backlog_bytes
                        : what == SPARE_TIMEOUT ? config->timeout_s
                        : limit->soft_bytes > 0 && limit->soft_bytes < limit->hard_bytes
                            ? limit->soft_bytes
                            : limit->hard_bytes;
        least = value > 0 ? MIN(least, value) : least;
    }
    return least == INT64_MAX ? 1 : least;
}

static char * override(const char *node, enum spare what, int64_t value)
{
    static const char *const DIRECTIVES[] = {"repl-backlog-size", "client-output-buffer-limit",
                                             "repl-timeout"};
    bool is_limit = what == SPARE_LIMIT;
    return g_strdup_printf("nodes.%s.config.%s=%s%" G_GINT64_FORMAT "%s", node, DIRECTIVES[what],
                           is_limit ? "replica " : "", value, is_limit ? " 0 0" : "");
}

/* Whether the cause is gone with that value at every node. */
static bool is_enough(struct search *search, int64_t value)
{
    GPtrArray *overrides = g_ptr_array_new_with_free_func(g_free);
    int code = EXIT_HELD;
    for (guint i = 0; i < search->nodes->len; i++)
        g_ptr_array_add(overrides, override(g_array_index(search->nodes, struct node_run, i).name,
                                            search->what, value));
    g_ptr_array_add(overrides, NULL);
    GArray *nodes = explain_run(search->path, search->text,
                                (const char *const *)(void *)overrides->pdata, &code);
    bool is_gone = nodes && cause(nodes, search->what) == 0;
    search->runs++;
    search->is_broken = search->is_broken || !nodes;
    if (nodes)
        explain_run_free(nodes);
    g_ptr_array_free(overrides, TRUE);
    return is_gone;
}

static struct spared_value find(struct search *search)
{
    static const int64_t MOST[] = {INT64_C(1) << 42, INT64_C(1) << 42, 30 * 86400};
    struct spared_value found = {.has_cause = cause(search->nodes, search->what) > 0};
    if (!found.has_cause)
        return found;
    int64_t low = in_force(search->nodes, search->what), high = low * STEP;
    while (high < MOST[search->what] && !search->is_broken && search->runs < SPARE_RUNS / 2 &&
           !is_enough(search, high)) {
        low = high;
        high *= STEP;
    }
    bool is_found = !search->is_broken && is_enough(search, high);
    while (is_found && search->runs < SPARE_RUNS && high - low > MAX(high / PRECISION, 1)) {
        int64_t middle = low + (high - low) / 2;
        if (is_enough(search, middle))
            high = middle;
        else
            low = middle;
    }
    found.value = is_found && !search->is_broken ? high : 0;
    found.runs = search->runs;
    return found;
}

void explain_spare(const char *path, const GString *text, const GArray *nodes,
                   struct spared *spared)
{
    for (int what = 0; what < SPARE_COUNT; what++) {
        struct search search = {path, text, nodes, (enum spare)what, 0, false};
        spared->values[what] = find(&search);
    }
}
