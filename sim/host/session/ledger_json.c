/* The first and the last line of a live trace, shaped as a run's (sim/report/report_json.c). */
#include "sim/host/session/ledger_resync.h"
#include "sim/text/json_write.h"

static void print_base(const struct ledger_about *about, struct json *json)
{
    json_text(json, "version", about->version);
    json_text(json, "scenario", about->scenario);
    json_text(json, "why", about->why);
    json_text(json, "server", about->server);
    json_int(json, "seed", 0);
    json_bool(json, "live", true);
}

static void print_node(struct json *json, const char *name, bool is_replica, const char *server)
{
    json_open(json, NULL, '{');
    json_text(json, "node", name);
    if (is_replica)
        json_text(json, "master", "master");
    if (server != NULL)
        json_text(json, "server", server);
    json_close(json, '}');
}

void ledger_header(const struct ledger *ledger, const struct ledger_about *about, GString *out)
{
    struct json json = {.out = out};
    json_open(&json, NULL, '{');
    json_text(&json, "format", "psyncsim-trace");
    json_int(&json, "format_version", 1);
    print_base(about, &json);
    json_open(&json, "nodes", '[');
    for (int32_t i = 0; i < ledger->count; i++)
        print_node(&json, ledger->names[i], i > 0, NULL);
    json_close(&json, ']');
    json_close(&json, '}');
    g_string_append_c(out, '\n');
}

static void print_counts(struct json *json, const struct ledger_replica *at)
{
    json_open(json, "reasons", '{');
    for (int i = 0; i < REASON_COUNT; i++)
        if (at->reasons[i] > 0)
            json_int(json, reason_name((enum reason)i), at->reasons[i]);
    json_close(json, '}');
    json_open(json, "drops", '{');
    for (int i = 0; i < DROP_COUNT; i++)
        if (at->drops[i] > 0)
            json_int(json, drop_name((enum drop)i), at->drops[i]);
    json_close(json, '}');
}

static void print_replica(const struct ledger *ledger, struct json *json, int32_t r, int64_t t)
{
    const struct ledger_replica *at = &ledger->replicas[r];
    json_open(json, NULL, '{');
    json_text(json, "node", ledger->names[r]);
    json_text(json, "master", ledger->names[0]);
    json_int(json, "full", at->full);
    json_int(json, "full_failed", at->full_failed);
    json_int(json, "partial", at->partial);
    json_int(json, "refused", at->refused);
    print_counts(json, at);
    json_int(json, "online_ns", ledger_online_ns(ledger, r, t));
    json_int(json, "payload_bytes", at->payload_bytes);
    json_int(json, "offset", at->offset);
    json_bool(json, "online", ledger_is_online(ledger, r));
    json_close(json, '}');
}

static void print_master(const struct ledger *ledger, struct json *json,
                         const struct ledger_about *about)
{
    json_open(json, NULL, '{');
    json_text(json, "node", ledger->names[0]);
    json_text(json, "replid", about->id);
    json_int(json, "offset", about->offset);
    if (about->backlog != NULL && about->backlog->exists) {
        json_int(json, "backlog_first", about->backlog->first);
        json_int(json, "backlog_bytes", about->backlog->length);
    }
    json_close(json, '}');
}

static void print_resync(const struct ledger *ledger, struct json *json,
                         const struct ledger_resync *resync)
{
    json_open(json, NULL, '{');
    json_int(json, "t", resync->t);
    json_text(json, "node", ledger->names[resync->node]);
    for (size_t i = 0; i < LEDGER_RESYNC_FIELDS; i++) {
        struct field_info field = event_field(EVENT_RESYNC, i);
        const struct trace_value *value = &resync->values[i];
        const char *text = i == LEDGER_ASKED_ID ? resync->asked_id : value->text;
        if (field.type == FIELD_TEXT && text != NULL)
            json_text(json, field.key, text);
        else if (field.type == FIELD_NODE && value->number >= 0)
            json_text(json, field.key, ledger->names[value->number]);
        else if (field.type == FIELD_INT && value->number != TRACE_ABSENT)
            json_int(json, field.key, value->number);
    }
    json_close(json, '}');
}

void ledger_summary(const struct ledger *ledger, int64_t t, const struct ledger_about *about,
                    GString *out)
{
    char digest[DIGEST_TEXT_MAX];
    struct json json = {.out = out};
    digest_print(&ledger->trace.digest, digest);
    json_open(&json, NULL, '{');
    json_int(&json, "t", t);
    json_text(&json, "event", "summary");
    print_base(about, &json);
    json_int(&json, "events", (int64_t)ledger->trace.events);
    json_text(&json, "digest", digest);
    json_open(&json, "replicas", '[');
    for (int32_t r = 1; r < ledger->count; r++)
        print_replica(ledger, &json, r, t);
    json_close(&json, ']');
    json_open(&json, "masters", '[');
    print_master(ledger, &json, about);
    json_close(&json, ']');
    json_open(&json, "resyncs", '[');
    for (guint i = 0; i < ledger->resyncs->len; i++)
        print_resync(ledger, &json, &g_array_index(ledger->resyncs, struct ledger_resync, i));
    json_close(&json, ']');
    json_close(&json, '}');
    g_string_append_c(out, '\n');
}
