/* JSON of a run. See summary.h. A number that does not apply is left out. */
#include "sim/report/report_json.h"

#include "sim/text/json_write.h"
#include "sim/world/node.h"

static void print_base(const struct report *report, struct json *json)
{
    const struct scenario *scenario = report->scenario;
    char *servers = report_servers(report);
    char *fingerprint = g_strdup_printf("x%016" G_GINT64_MODIFIER "x", scenario->fingerprint);
    json_text(json, "version", report->version);
    json_text(json, "scenario", scenario->path);
    json_text(json, "why", scenario->why);
    json_text(json, "server", servers);
    if (report->live != NULL)
        json_text(json, "live", report->live);
    json_text(json, "fingerprint", fingerprint);
    json_int(json, "seed", (int64_t)report->seed);
    json_int(json, "duration_ns", scenario->duration);
    g_free(fingerprint);
    g_free(servers);
}

void report_json_header(const struct report *report, GString *out)
{
    const struct scenario *scenario = report->scenario;
    struct json json = {.out = out};
    json_open(&json, NULL, '{');
    json_text(&json, "format", "psyncsim-trace");
    json_int(&json, "format_version", 1);
    print_base(report, &json);
    json_open(&json, "nodes", '[');
    for (uint32_t i = 0; i < scenario->node_count; i++) {
        const struct scenario_node *node = &scenario->nodes[i];
        json_open(&json, NULL, '{');
        json_text(&json, "node", node->name);
        if (node->replicaof >= 0)
            json_text(&json, "master", scenario->nodes[node->replicaof].name);
        json_text(&json, "server", node->profile->name);
        json_close(&json, '}');
    }
    json_close(&json, ']');
    json_close(&json, '}');
    g_string_append_c(out, '\n');
}

static void print_counts(struct json *json, const struct account *account)
{
    json_open(json, "reasons", '{');
    for (int i = 0; i < REASON_COUNT; i++)
        if (account->reasons[i] > 0)
            json_int(json, reason_name((enum reason)i), account->reasons[i]);
    json_close(json, '}');
    json_open(json, "drops", '{');
    for (int i = 0; i < DROP_COUNT; i++)
        if (account->drops[i] > 0)
            json_int(json, drop_name((enum drop)i), account->drops[i]);
    json_close(json, '}');
}

static void print_if(struct json *json, const char *key, int64_t value, bool applies)
{
    if (applies)
        json_int(json, key, value);
}

static void print_times(struct json *json, const struct account *account)
{
    json_int(json, "down_ns", account->down);
    json_int(json, "stale_ns", account->stale);
    json_int(json, "stale_max_ns", account->stale_max);
    print_if(json, "stale_read_share_ppm",
             account->samples > 0 ? account->stale_reads_ppm / account->samples : 0,
             account->samples > 0);
    json_int(json, "loading_ns", account->loading);
    print_if(json, "first_resync_ns", account->first_resync, account->first_resync >= 0);
    print_if(json, "first_drop_ns", account->first_drop, account->first_drop >= 0);
    print_if(json, "last_online_ns", account->last_online, account->last_online >= 0);
}

static void print_replica(const struct report *report, struct json *json, const struct node *node)
{
    const struct world *world = report->world;
    const struct account *account = &node->account;
    json_open(json, NULL, '{');
    json_text(json, "node", node->spec->name);
    if (node->master != NO_INDEX)
        json_text(json, "master", report->names[node->master]);
    json_int(json, "full", account->full);
    json_int(json, "full_failed", account->full_failed);
    json_int(json, "partial", account->partial);
    json_int(json, "refused", account->refused);
    print_counts(json, account);
    print_times(json, account);
    json_int(json, "bytes", account->bytes);
    json_int(json, "buffer_peak_bytes", account->buffer_peak);
    json_int(json, "buffer_limit_bytes", account->buffer_limit);
    print_if(json, "spare_backlog_min_bytes", account->spare_min, account->spare_min != INT64_MAX);
    json_int(json, "offset", node_offset(world, node));
    int64_t behind = expect_behind(world, node);
    print_if(json, "behind_bytes", behind, behind >= 0);
    json_bool(json, "online", node->master != NO_INDEX && expect_is_online(node));
    json_close(json, '}');
}

static bool has_replica(const struct world *world, const struct node *node)
{
    for (uint32_t i = 0; i < world->node_count; i++)
        if (world->nodes[i].master == node->index)
            return true;
    return false;
}

static void print_master(const struct report *report, struct json *json, struct node *node)
{
    const struct account *account = &node->account;
    struct backlog_range range = node_backlog(report->world, node);
    json_open(json, NULL, '{');
    json_text(json, "node", node->spec->name);
    json_bool(json, "up", node->is_up);
    json_int(json, "offset", node_offset(report->world, node));
    json_int(json, "forks", account->forks);
    json_int(json, "cow_peak_bytes", account->cow_peak);
    json_int(json, "refused_writes", account->refused_writes);
    print_if(json, "backlog_first", range.first, range.exists);
    print_if(json, "backlog_bytes", range.length, range.exists);
    json_close(json, '}');
}

static void print_resync(const struct report *report, struct json *json,
                         const struct resync *resync)
{
    json_open(json, NULL, '{');
    json_int(json, "t", resync->t);
    json_text(json, "node", report->names[resync->node]);
    for (size_t i = 0; i < RESYNC_FIELDS; i++) {
        struct field_info field = event_field(EVENT_RESYNC, i);
        const struct trace_value *value = &resync->values[i];
        const char *text = i == EVENT_AT(RESYNC, asked_id) ? resync->asked_id : value->text;
        if (field.type == FIELD_TEXT && text != NULL)
            json_text(json, field.key, text);
        else if (field.type == FIELD_NODE && value->number >= 0)
            json_text(json, field.key, report->names[value->number]);
        else if (field.type == FIELD_INT && value->number != TRACE_ABSENT)
            json_int(json, field.key, value->number);
    }
    json_close(json, '}');
}

static void print_nodes(const struct report *report, struct json *json)
{
    struct world *world = report->world;
    json_open(json, "replicas", '[');
    for (uint32_t i = 0; i < world->node_count; i++)
        if (report_is_replica(report, i))
            print_replica(report, json, &world->nodes[i]);
    json_close(json, ']');
    json_open(json, "masters", '[');
    for (uint32_t i = 0; i < world->node_count; i++)
        if (world->nodes[i].master == NO_INDEX || has_replica(world, &world->nodes[i]))
            print_master(report, json, &world->nodes[i]);
    json_close(json, ']');
}

static void print_waits(const struct report *report, struct json *json)
{
    json_open(json, "waits", '[');
    for (uint32_t i = 0; i < report->scenario->node_count; i++) {
        const struct wait_sum *sum = &report->waits[i];
        if (sum->count == 0)
            continue;
        json_open(json, NULL, '{');
        json_text(json, "node", report->names[i]);
        json_int(json, "count", sum->count);
        json_int(json, "met", sum->met);
        json_int(json, "waited_ns", sum->waited);
        json_int(json, "waited_max_ns", sum->waited_max);
        json_close(json, '}');
    }
    json_close(json, ']');
}

static void print_expectations(const struct report *report, struct json *json)
{
    json_open(json, "expectations", '[');
    for (uint32_t i = 0; i < report->scenario->expect_count; i++) {
        const struct scenario_expect *expect = &report->scenario->expects[i];
        json_open(json, NULL, '{');
        json_text(json, "text", expect->text);
        json_int(json, "line", expect->line);
        json_bool(json, "held", report->results[i].held);
        json_text(json, "found", report->results[i].found);
        json_close(json, '}');
    }
    json_close(json, ']');
}

void report_json_print(const struct report *report, GString *out)
{
    char digest[DIGEST_TEXT_MAX];
    struct json json = {.out = out};
    digest_print(&report->trace.digest, digest);
    json_open(&json, NULL, '{');
    json_int(&json, "t", report->scenario->duration);
    json_text(&json, "event", "summary");
    print_base(report, &json);
    json_int(&json, "events", (int64_t)report->trace.events);
    json_text(&json, "digest", digest);
    json_bool(&json, "consistent", expect_final(report->world, NULL) >= FINAL_CONSISTENT);
    print_nodes(report, &json);
    json_open(&json, "resyncs", '[');
    for (size_t i = 0; i < report->resyncs->len; i++)
        print_resync(report, &json, report_resync(report, i));
    json_close(&json, ']');
    print_waits(report, &json);
    print_expectations(report, &json);
    json_close(&json, '}');
    g_string_append_c(out, '\n');
}
