/* JSON of a run. See report_json.h. A number that does not apply is left out. */
#include "sim/report/report_json.h"

#include "sim/report/header_json.h"
#include "sim/report/story_json.h"
#include "sim/text/json_write.h"

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
    json_text(&json, "format", TRACE_FORMAT);
    json_int(&json, "format_version", TRACE_FORMAT_VERSION);
    print_base(report, &json);
    header_json_print(scenario, &json);
    json_close(&json, '}');
    g_string_append_c(out, '\n');
}

static void print_counts(struct json *json, const struct node_record *node)
{
    json_open(json, "reasons", '{');
    for (int i = 0; i < REASON_COUNT; i++)
        if (node->reasons[i] > 0)
            json_int(json, reason_name((enum reason)i), node->reasons[i]);
    json_close(json, '}');
    json_open(json, "drops", '{');
    for (int i = 0; i < DROP_COUNT; i++)
        if (node->drops[i] > 0)
            json_int(json, drop_name((enum drop)i), node->drops[i]);
    json_close(json, '}');
}

static void print_if(struct json *json, const char *key, int64_t value)
{
    if (value != TRACE_ABSENT)
        json_int(json, key, value);
}

static void print_times(struct json *json, const struct node_record *node)
{
    const struct event_end *end = &node->end;
    json_int(json, "down_ns", node->down);
    json_int(json, "stale_ns", end->stale_ns);
    json_int(json, "stale_max_ns", end->stale_max_ns);
    print_if(json, "stale_read_share_ppm",
             end->samples > 0 ? end->stale_reads_ppm / end->samples : TRACE_ABSENT);
    json_int(json, "loading_ns", node->loading);
    print_if(json, "first_resync_ns", node->first_resync);
    print_if(json, "first_drop_ns", node->first_drop);
    print_if(json, "last_online_ns", node->last_online);
}

static void print_replica(const struct report *report, struct json *json, uint32_t index)
{
    const struct node_record *node = &report->record.nodes[index];
    json_open(json, NULL, '{');
    json_text(json, "node", report->names[index]);
    if (node->master >= 0)
        json_text(json, "master", report->names[node->master]);
    json_int(json, "full", node->full);
    json_int(json, "full_failed", node->full_failed);
    json_int(json, "partial", node->partial);
    json_int(json, "refused", node->refused);
    print_counts(json, node);
    print_times(json, node);
    json_int(json, "bytes", node->bytes);
    json_int(json, "buffer_peak_bytes", node->end.buffer_peak_bytes);
    json_int(json, "buffer_limit_bytes", node->end.buffer_limit_bytes);
    print_if(json, "spare_backlog_min_bytes", node->spare_min);
    json_int(json, "offset", node->end.offset);
    print_if(json, "behind_bytes", node->end.behind);
    json_bool(json, "online", node->online == true);
    json_close(json, '}');
}

static bool has_replica(const struct report *report, uint32_t index)
{
    for (uint32_t i = 0; i < report->scenario->node_count; i++)
        if (report->record.nodes[i].master == (int32_t)index)
            return true;
    return false;
}

static void print_master(const struct report *report, struct json *json, uint32_t index)
{
    const struct node_record *node = &report->record.nodes[index];
    json_open(json, NULL, '{');
    json_text(json, "node", report->names[index]);
    json_bool(json, "up", node->end.is_up);
    if (node->end.replid != NULL)
        json_text(json, "replid", node->end.replid);
    json_int(json, "offset", node->end.offset);
    json_int(json, "forks", node->forks);
    json_int(json, "cow_peak_bytes", node->cow_peak);
    json_int(json, "refused_writes", node->end.refused_writes);
    print_if(json, "backlog_first", node->end.backlog_first);
    if (node->end.backlog_first != TRACE_ABSENT)
        json_int(json, "backlog_bytes", node->end.backlog_bytes);
    json_close(json, '}');
}

/* The fields of an event as they are in a trace. */
static void print_event(const struct report *report, struct json *json, const struct event *event)
{
    json_open(json, NULL, '{');
    json_int(json, "t", event->t);
    json_text(json, "node", report->names[event->node]);
    for (size_t i = 0; i < event_field_count(event->kind); i++) {
        struct field_info field = event_field(event->kind, i);
        struct trace_value value = event_value(event, i);
        if (field.type == FIELD_TEXT && value.text != NULL)
            json_text(json, field.key, value.text);
        else if (field.type == FIELD_NODE && value.number >= 0)
            json_text(json, field.key, report->names[value.number]);
        else if (field.type == FIELD_INT)
            print_if(json, field.key, value.number);
    }
    json_close(json, '}');
}

static void print_resync(const struct report *report, struct json *json,
                         const struct resync *resync)
{
    struct event event = {resync->t, EVENT_RESYNC, resync->node, {.resync = resync->event}};
    event.resync.asked_id = resync->asked_id;
    print_event(report, json, &event);
}

/* Nothing where it is not known. */
static void print_lost(const struct report *report, struct json *json)
{
    struct loss_sum sum = run_record_lost(&report->record);
    if (report->live != NULL)
        return;
    json_int(json, "lost_commands", sum.commands);
    json_int(json, "lost_unreplicated", sum.unreplicated);
    json_int(json, "lost_bytes", sum.bytes);
    json_int(json, "lost_data_bytes", sum.data_bytes);
    json_open(json, "losses", '[');
    for (size_t i = 0; i < report->record.losses->len; i++) {
        const struct loss_record *loss =
            &g_array_index(report->record.losses, struct loss_record, i);
        struct event event = {loss->t, EVENT_LOST, loss->node, {.lost = loss->event}};
        event.lost.replid = loss->replid[0] != '\0' ? loss->replid : NULL;
        print_event(report, json, &event);
    }
    json_close(json, ']');
}

static void print_nodes(const struct report *report, struct json *json)
{
    uint32_t count = report->scenario->node_count;
    json_open(json, "replicas", '[');
    for (uint32_t i = 0; i < count; i++)
        if (run_record_is_replica(&report->record, i))
            print_replica(report, json, i);
    json_close(json, ']');
    json_open(json, "masters", '[');
    for (uint32_t i = 0; i < count; i++)
        if (report->record.nodes[i].master < 0 || has_replica(report, i))
            print_master(report, json, i);
    json_close(json, ']');
}

static void print_waits(const struct report *report, struct json *json)
{
    json_open(json, "waits", '[');
    for (uint32_t i = 0; i < report->scenario->node_count; i++) {
        const struct wait_sum *sum = &report->record.nodes[i].waits;
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
        if (expect->is_asked)
            json_bool(json, "asked", true);
        json_bool(json, "held", report->results[i].held);
        json_text(json, "found", report->results[i].found);
        json_close(json, '}');
    }
    json_close(json, ']');
}

static void print_summary(const struct report *report, bool tells_stories, GString *out)
{
    char digest[DIGEST_TEXT_MAX];
    struct json json = {.out = out};
    digest_print(&report->trace.digest, digest);
    json_open(&json, NULL, '{');
    json_int(&json, "t", report->scenario->duration);
    json_text(&json, "event", "summary");
    print_base(report, &json);
    json_int(&json, "events", (int64_t)report->trace.events);
    json_int(&json, "pings", (int64_t)report->trace.pings);
    json_int(&json, "acks", (int64_t)report->trace.acks);
    json_text(&json, "digest", digest);
    json_bool(&json, "consistent", run_record_final(&report->record, NULL) >= FINAL_CONSISTENT);
    print_lost(report, &json);
    print_nodes(report, &json);
    json_open(&json, "resyncs", '[');
    for (size_t i = 0; i < report->record.resyncs->len; i++)
        print_resync(report, &json, run_record_resync(&report->record, i));
    json_close(&json, ']');
    print_waits(report, &json);
    print_expectations(report, &json);
    if (tells_stories)
        story_json_print(report, &json);
    json_close(&json, '}');
    g_string_append_c(out, '\n');
}

void report_json_print(const struct report *report, GString *out)
{
    print_summary(report, false, out);
}

void report_json_last(const struct report *report, GString *out)
{
    print_summary(report, true, out);
}
