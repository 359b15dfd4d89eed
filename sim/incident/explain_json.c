/* Fields as those of the trace's event `resync` where they exist; what is not known is left out.
 * Times are integer ns as in every JSON here: `t` since 1970, by UTC if zone_s is in the server's line,
 * else by the server's own clock, and beside it `time`, the same as ISO 8601. */
#include "sim/incident/explain_json.h"

#include <assert.h>
#include <string.h>
#include "sim/engine/time.h"
#include "sim/text/json_write.h"

static void put(struct json *json, const char *key, int64_t value)
{
    if (value != HALF_ABSENT)
        json_int(json, key, value);
}

static void put_at(const struct explained *explained, const struct process *process,
                   struct mark mark, struct json *json)
{
    GString *text = g_string_new(NULL);
    int64_t t_ns = incident_time(process, mark.ns);
    if (process->clock.stamps_have_year || process->clock.year_is_known)
        json_int(json, "t", t_ns);
    explain_iso(process, t_ns, text);
    json_text(json, "time", text->str);
    g_string_truncate(text, 0);
    explain_place(explained, process, mark, text);
    json_text(json, "at", text->str);
    g_string_free(text, TRUE);
}

static void put_loss(const struct explained *explained, const struct story *story,
                     const struct figures *figures, struct json *json)
{
    const struct half_replica *r = story->r;
    const struct half_master *lost = story->lost_m;
    bool by_r = r && r->lost.ns != HALF_ABSENT, by_m = lost && lost->lost.ns != HALF_ABSENT;
    if (!by_r && !by_m)
        return;
    json_open(json, "lost", '{');
    if (by_r) {
        json_open(json, "replica", '{');
        put_at(explained, story->replica, r->lost, json);
        json_text(json, "why", ended_name(r->lost_by));
        json_close(json, '}');
    }
    if (by_m) {
        json_open(json, "master", '{');
        put_at(explained, story->lost_by, lost->lost, json);
        json_text(json, "why", ended_name(lost->lost_by));
        put(json, "omem", lost->kill.omem);
        json_close(json, '}');
    }
    if (by_r && by_m && !figures->is_one_moment)
        json_text(json, "first", figures->first_ns > 0 ? "replica" : "master");
    json_close(json, '}');
}

static void put_owed(const struct figure *owed, struct json *json)
{
    static const char *const GRADES[] = {"", "exact", "exact", "at most", "at least"};
    if (owed->grade == GRADE_NONE)
        return;
    json_open(json, "owed", '{');
    json_int(json, "bytes", owed->value);
    json_bool(json, "exact", owed->grade == GRADE_READ || owed->grade == GRADE_COMPUTED);
    json_text(json, "is", GRADES[owed->grade]);
    json_close(json, '}');
}

static void put_replayed(const struct spared *spared, enum spare what, const char *directive,
                         struct json *json)
{
    const struct spared_value *value = &spared->values[what];
    if (!spared->is_run || !value->has_cause || value->value == 0)
        return;
    json_open(json, NULL, '{');
    json_int(json, directive, value->value);
    json_text(json, "rule", spared->is_same ? "replay" : "guess");
    json_close(json, '}');
}

static void put_spared(const struct spared *spared, const struct story *story,
                       const struct figures *figures, struct json *json)
{
    enum verdict verdict = story_verdict(story);
    enum ended ended = story_failed_by(story);
    json_open(json, "spared_by", '[');
    if (verdict == VERDICT_PASSED && figures->owed.grade != GRADE_NONE &&
        figures->owed.grade != GRADE_AT_LEAST) {
        json_open(json, NULL, '{');
        json_int(json, "repl-backlog-size", figures->owed.value);
        json_text(json, "rule", "owed");
        json_close(json, '}');
    }
    if (ended == ENDED_LIMIT || ended == ENDED_LIMIT_HARD || ended == ENDED_LIMIT_SOFT)
        put_replayed(spared, SPARE_LIMIT, "client-output-buffer-limit", json);
    if (ended == ENDED_TIMEOUT || ended == ENDED_TIMEOUT_BULK)
        put_replayed(spared, SPARE_TIMEOUT, "repl-timeout", json);
    json_close(json, ']');
}

static void put_cost(const struct story *story, const struct figures *figures, struct json *json)
{
    put(json, "no_link_ns", figures->away_ns);
    put(json, "back_ns", figures->back_ns);
    put(json, "answer_ns", figures->answer_ns);
    put(json, "wait_ns", figures->wait_ns);
    put(json, "fork_at_most_ns", figures->fork_ns);
    put(json, "save_ns", figures->save_ns);
    if (figures->payload.grade != GRADE_NONE)
        json_int(json, "payload_bytes", figures->payload.value);
    put(json, "transfer_ns", figures->transfer_ns);
    put(json, "flush_ns", figures->flush_ns);
    put(json, "load_ns", figures->load_ns);
    put(json, "killed_after_ns", figures->killed_after_ns);
    if (story->m && story->m->kill.at.ns != HALF_ABSENT)
        put(json, "omem", story->m->kill.omem);
    if (figures->rate.grade != GRADE_NONE)
        json_int(json, "write_rate", figures->rate.value);
}

/* A link that was lost, and no request after it. */
static void put_loss_alone(const struct explained *explained, const struct story *story,
                           const struct figures *figures, struct json *json)
{
    put_loss(explained, story, figures, json);
    if (story->r) {
        json_int(json, "dials", story->r->tries);
        json_int(json, "refused", story->r->refusals);
        json_int(json, "denied", story->r->denials);
        return;
    }
    json_text(json, "why", ended_name(story->m->lost_by));
    put(json, "omem", story->m->kill.omem);
}

static void put_resync(const struct explained *explained, const struct story *story, GString *out)
{
    static const char *const OUTCOMES[] = {"unknown", "online", "failed"};
    struct json json = {.out = out};
    struct figures figures = figures_of(explained->stories, story);
    enum verdict verdict = story_verdict(story);
    json_open(&json, NULL, '{');
    json_text(&json, "event", verdict == VERDICT_NONE ? "loss" : "resync");
    json_text(&json, "replica", explain_alias(explained, story->name));
    const char *master = story->master         ? stories_node(explained->stories, story->master)
                         : story->r->master[0] ? story->r->master
                                               : "";
    json_text(&json, "master", explain_alias(explained, master));
    const struct process *of = story->replica ? story->replica : story->master;
    assert(of != NULL && (story->r || story->m)); /* one side at least was seen */
    struct mark at = story->r ? story->r->asked : story->m->asked;
    if (at.ns != HALF_ABSENT && of->clock.has_stamps)
        put_at(explained, of, at, &json);
    if (verdict == VERDICT_NONE) {
        put_loss_alone(explained, story, &figures, &json);
        json_close(&json, '}');
        g_string_append_c(out, '\n');
        return;
    }
    json_text(&json, "kind", verdict_is_full(verdict) ? "full" : "partial");
    json_text(&json, "reason", verdict_name(verdict));
    json_text(&json, "reason_from",
              story->m && story->m->verdict != VERDICT_NONE ? "master" : "replica");
    json_text(&json, "outcome", OUTCOMES[story_outcome(story)]);
    if (story_outcome(story) == OUTCOME_FAILED)
        json_text(&json, "failed_by", ended_name(story_failed_by(story)));
    const char *id = story->r && story->r->asked_id[0] ? story->r->asked_id
                     : story->m                        ? story->m->asked_id
                                                       : "";
    if (id[0])
        json_text(&json, "asked_id", explain_alias(explained, id));
    put(&json, "asked_offset",
        story->r && story->r->asked_offset != HALF_ABSENT ? story->r->asked_offset
        : story->m                                        ? story->m->asked_offset
                                                          : HALF_ABSENT);
    put_loss(explained, story, &figures, &json);
    put_owed(&figures.owed, &json);
    put_cost(story, &figures, &json);
    put_spared(explained->spared, story, &figures, &json);
    json_close(&json, '}');
    g_string_append_c(out, '\n');
}

static void put_node(const struct explained *explained, const struct process *process, GString *out)
{
    struct json json = {.out = out};
    GString *version = g_string_new(NULL);
    explain_version(process, version);
    json_open(&json, NULL, '{');
    json_text(&json, "event", "node");
    json_text(&json, "name", explain_alias(explained, stories_node(explained->stories, process)));
    json_text(&json, "file",
              explained->aliases
                  ? explain_alias(explained, stories_node(explained->stories, process))
                  : incident_file_at(explained->incident, process->file)->name);
    json_text(&json, "version", process->version[0] ? process->version : version->str);
    json_text(&json, "version_from", process->version[0] ? "banner" : "words");
    if (process->clock.zone_is_known) {
        json_int(&json, "zone_s", process->clock.zone_s);
        json_text(&json, "zone_from", process->clock.zone_from);
    }
    if (process->port)
        json_int(&json, "port", process->port);
    struct limits limits = explain_limits(explained, process);
    put(&json, "repl-backlog-size", limits.backlog_bytes);
    put(&json, "limit_hard_bytes", limits.hard_bytes);
    put(&json, "limit_soft_bytes", limits.soft_bytes);
    put(&json, "repl-timeout", limits.timeout_s);
    json_int(&json, "lives", process->life + 1);
    json_int(&json, "sync_full", process->full);
    json_int(&json, "sync_partial_ok", process->partial);
    json_int(&json, "sync_partial_err", process->refused);
    if (process->overflow > 0)
        json_int(&json, "not_kept", process->overflow);
    json_open(&json, "ids", '[');
    for (int64_t i = 0; i < process->id_count; i++)
        json_text(&json, NULL, explain_alias(explained, process->ids[i]));
    json_close(&json, ']');
    json_close(&json, '}');
    g_string_append_c(out, '\n');
    g_string_free(version, TRUE);
}

static void put_clock(const struct explained *explained, const struct skew *skew, GString *out)
{
    struct json json = {.out = out};
    const struct incident *incident = explained->incident;
    const struct process *master = incident_process(incident, (guint)skew->master);
    const struct process *replica = incident_process(incident, (guint)skew->replica);
    json_open(&json, NULL, '{');
    json_text(&json, "event", "clock");
    json_text(&json, "master", explain_alias(explained, stories_node(explained->stories, master)));
    json_text(&json, "replica",
              explain_alias(explained, stories_node(explained->stories, replica)));
    put(&json, "low_ns", skew->low_ns);
    put(&json, "high_ns", skew->high_ns);
    json_int(&json, "pairs", skew->pairs);
    if (skew->is_empty)
        json_bool(&json, "stepped", true);
    json_close(&json, '}');
    g_string_append_c(out, '\n');
}

void explain_json(const struct explained *explained, GString *out)
{
    const struct stories *stories = explained->stories;
    for (guint i = 0; i < stories->list->len; i++)
        put_resync(explained, &g_array_index(stories->list, struct story, i), out);
    for (guint i = 0; i < incident_process_count(explained->incident); i++)
        put_node(explained, incident_process(explained->incident, i), out);
    for (guint i = 0; i < stories->skews->len; i++)
        put_clock(explained, &g_array_index(stories->skews, struct skew, i), out);
}
