/* A comparison as one line of JSON: every step and every number of it, nothing folded. */
#include "sim/compare/compare.h"
#include "sim/text/json_write.h"

static void print_trace(struct json *json, const char *key, const struct trace_read *trace)
{
    json_open(json, key, '{');
    json_text(json, "scenario", trace->scenario);
    json_text(json, "version", trace->version);
    json_text(json, "server", trace->server);
    if (trace->fingerprint != NULL)
        json_text(json, "fingerprint", trace->fingerprint);
    if (trace->seed != TRACE_ABSENT)
        json_int(json, "seed", trace->seed);
    json_bool(json, "live", trace->is_live);
    json_int(json, "events", (int64_t)trace->all);
    json_close(json, '}');
}

static void print_if(struct json *json, const char *key, const char *text)
{
    if (text != NULL)
        json_text(json, key, text);
}

static void print_step(struct json *json, const char *key, const struct compare_step *step)
{
    static const char *const KINDS[] = {
        [COMPARE_ATTEMPT] = "attempt", [COMPARE_END] = "end", [COMPARE_ROLE] = "role"};
    if (step == NULL)
        return;
    json_open(json, key, '{');
    json_text(json, "step", KINDS[step->kind]);
    json_int(json, "t", step->t);
    print_if(json, "master", step->master);
    print_if(json, "asked", step->asked);
    print_if(json, "answer", step->answer);
    print_if(json, "reason", step->reason);
    print_if(json, "outcome", step->outcome);
    print_if(json, "by_replica", step->by_replica);
    print_if(json, "by_master", step->by_master);
    print_if(json, "role", step->role);
    if (step->repeats > 1)
        json_int(json, "repeats", step->repeats);
    for (int m = 0; m < COMPARE_MEASURES; m++)
        if (step->measures[m] != TRACE_ABSENT)
            json_int(json, compare_measure_info((enum compare_measure)m).key, step->measures[m]);
    json_close(json, '}');
}

static void print_counts(struct json *json, const struct compare_node *node)
{
    json_open(json, "counts", '[');
    for (guint i = 0; i < node->counts->len; i++) {
        const struct compare_count *count = &g_array_index(node->counts, struct compare_count, i);
        json_open(json, NULL, '{');
        json_text(json, "count", count->name);
        json_int(json, "a", count->a);
        json_int(json, "b", count->b);
        json_close(json, '}');
    }
    json_close(json, ']');
}

static void print_node(struct json *json, const struct compare *compare,
                       const struct compare_node *node)
{
    json_open(json, NULL, '{');
    json_text(json, "node", node->name);
    json_bool(json, "same", node->is_same);
    json_open(json, "rows", '[');
    for (guint i = 0; i < node->rows->len; i++) {
        const struct compare_row *row = compare_row_at(node, i);
        json_open(json, NULL, '{');
        json_bool(json, "same", row->is_same);
        print_step(json, "a", row->a);
        print_step(json, "b", row->b);
        json_close(json, '}');
    }
    json_close(json, ']');
    print_counts(json, node);
    json_int(json, "times", node->times);
    if (compare->tolerance.is_given)
        json_int(json, "times_beyond", node->times_beyond);
    json_close(json, '}');
}

void compare_print_json(const struct compare *compare, const char *version, GString *out)
{
    struct json json = {.out = out};
    json_open(&json, NULL, '{');
    json_text(&json, "version", version);
    print_trace(&json, "a", compare->a);
    print_trace(&json, "b", compare->b);
    json_bool(&json, "one_scenario", compare_is_one_scenario(compare));
    json_bool(&json, "same", compare->is_same);
    json_int(&json, "times", compare->times);
    if (compare->tolerance.is_given) {
        json_int(&json, "tolerance_ns", compare->tolerance.ns);
        json_int(&json, "tolerance_ppm", compare->tolerance.share_ppm);
        json_int(&json, "times_beyond", compare->times_beyond);
    }
    json_open(&json, "nodes", '[');
    for (guint i = 0; i < compare->nodes->len; i++)
        print_node(&json, compare, compare_node_at(compare, i));
    json_close(&json, ']');
    json_close(&json, '}');
    g_string_append_c(out, '\n');
}
