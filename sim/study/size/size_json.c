/* An answer for programs: sizes in bytes, risks as decimal numbers. See size_print.h. */
#include "sim/study/size/size_print.h"
#include "sim/text/json_write.h"
#include "sim/text/humanize.h"

/* Seventeen digits would show the last bits of an estimate; nine are more than it knows. */
static void put_real(struct json *json, const char *key, double value)
{
    char text[32];
    g_ascii_formatd(text, sizeof text, "%.9g", value);
    g_string_append_printf(json->out, "%s\"%s\":%s", json->has_sibling ? "," : "", key, text);
    json->has_sibling = true;
}

static void put_risk(struct json *json, const char *key, const struct risk *risk)
{
    json_open(json, key, '{');
    put_real(json, "per_outage", risk->share);
    put_real(json, "low", risk->low);
    put_real(json, "high", risk->high);
    json_close(json, '}');
}

static void put_setting(struct json *json, const char *key, const struct size_setting *setting)
{
    json_open(json, key, '{');
    json_int(json, "repl_backlog_size_bytes", setting->backlog_bytes);
    json_int(json, "limit_hard_bytes", setting->limit.hard_bytes);
    json_int(json, "limit_soft_bytes", setting->limit.soft_bytes);
    json_int(json, "limit_soft_s", setting->limit.soft_s);
    json_int(json, "repl_timeout_s", setting->timeout_s);
    json_int(json, "repl_backlog_ttl_s", setting->ttl_s);
    json_close(json, '}');
}

static void put_rows(struct json *json, const char *key, const struct size_row *rows,
                     uint32_t count)
{
    json_open(json, key, '[');
    for (uint32_t i = 0; i < count; i++) {
        json_open(json, NULL, '{');
        if (rows[i].name)
            json_text(json, "name", rows[i].name);
        json_int(json, "backlog_bytes", rows[i].backlog_bytes);
        put_risk(json, "risk", &rows[i].risk);
        json_close(json, '}');
    }
    json_close(json, ']');
}

static void put_memory(struct json *json, const struct size_answer *answer)
{
    json_open(json, "memory", '{');
    json_int(json, "backlog_bytes", answer->backlog_memory);
    json_int(json, "output_buffers_bytes", answer->buffer_memory);
    json_int(json, "copied_on_write_bytes", answer->copied_memory);
    json_int(json, "kept_at_a_replica_bytes", answer->kept_memory);
    json_int(json, "dataset_bytes", answer->master->dataset_bytes);
    json_int(json, "maxmemory_bytes", answer->master->config.maxmemory);
    json_close(json, '}');
}

static void put_provenance(struct json *json, const struct provenance *provenance)
{
    json_open(json, "provenance", '[');
    for (guint i = 0; provenance && i < provenance->rows->len; i++) {
        const struct provenance_row *row = provenance->rows->pdata[i];
        json_open(json, NULL, '{');
        json_text(json, "figure", row->figure);
        json_text(json, "value", row->value);
        json_text(json, "from", row->from);
        json_close(json, '}');
    }
    json_close(json, ']');
}

static void put_rate(struct json *json, const char *key, const struct risk *rate)
{
    json_open(json, key, '{');
    put_real(json, "mean", rate->share);
    put_real(json, "low", rate->low);
    put_real(json, "high", rate->high);
    json_close(json, '}');
}

static void put_causes(struct json *json, const char *key, const double *causes)
{
    json_open(json, key, '{');
    for (int i = 0; i < SIZE_CAUSE_COUNT; i++)
        put_real(json, size_cause_name((enum size_cause)i), causes[i]);
    json_close(json, '}');
}

/* What runs count, which is what a risk means. */
static void put_counted(struct json *json, const struct size_answer *answer)
{
    json_text(json, "method", answer->is_counted ? "counted" : "conditional");
    json_open(json, "full_resyncs_per_replica_and_year", '{');
    put_rate(json, "now", &answer->mean_now);
    put_rate(json, "recommended", &answer->mean_then);
    json_close(json, '}');
}

/* Of a run of a story. */
static void put_story(struct json *json, const struct size_answer *answer)
{
    json_open(json, "full_resyncs_of_a_run", '{');
    put_real(json, "now", answer->story_now);
    put_real(json, "recommended", answer->story_then);
    json_close(json, '}');
}

static void put_risks(struct json *json, const struct size_answer *answer)
{
    put_real(json, "outages_per_replica_and_year", answer->per_year);
    put_real(json, "target_per_outage", answer->share);
    put_counted(json, answer);
    json_int(json, "least_history_bytes", answer->floor_bytes);
    put_risk(json, "risk_now", &answer->risk_now);
    put_risk(json, "risk", &answer->risk_then);
    put_risk(json, "risk_endless_backlog", &answer->best);
    json_bool(json, "larger_than_data", answer->is_beyond_data);
    if (answer->is_beyond_data) {
        json_int(json, "backlog_of_data_size_bytes", answer->at_data.backlog_bytes);
        put_risk(json, "risk_backlog_of_data_size", &answer->at_data.risk);
    }
    json_int(json, "samples_whose_needs_fall", (int64_t)answer->falling);
    if (answer->crude.count > 0)
        put_risk(json, "risk_drawn", &answer->crude);
    json_int(json, "outage_forgiven_ns", answer->outage_ns);
    put_rows(json, "formulas", answer->formulas, answer->formula_count);
    put_rows(json, "curve", answer->curve, answer->curve_count);
}

void size_print_json(const struct size_question *question, const struct size_answer *answer,
                     const char *version, GString *out)
{
    struct json json = {.out = out};
    json_open(&json, NULL, '{');
    json_text(&json, "version", version);
    json_text(&json, "scenario", question->scenario->path);
    json_int(&json, "seed", (int64_t)question->seed);
    json_text(&json, "target", question->target.text);
    json_bool(&json, "met", answer->is_met);
    json_bool(&json, "full_sync_ends", answer->can_finish);
    json_bool(&json, "endless_now", answer->is_endless_now);
    put_setting(&json, "recommended", &answer->then);
    put_setting(&json, "now", &answer->now);
    json_int(&json, "replicas", answer->replicas);
    json_int(&json, "write_rate_bytes_per_s", answer->mean_rate);
    json_int(&json, "peak_rate_bytes_per_s", answer->peak_rate);
    json_int(&json, "full_sync_ns", answer->open.longest_ns);
    json_int(&json, "full_sync_buffer_bytes", answer->open.buffer_bytes);
    put_memory(&json, answer);
    if (answer->is_story)
        put_story(&json, answer);
    else
        put_risks(&json, answer);
    put_causes(&json, "causes_now", answer->causes_now);
    put_causes(&json, "causes", answer->causes_then);
    json_int(&json, "samples", (int64_t)answer->samples);
    json_open(&json, "warnings", '[');
    for (guint i = 0; i < answer->warnings->len; i++) {
        GString *words = g_string_new(answer->warnings->pdata[i]);
        humanize_finish(words);
        json_text(&json, NULL, words->str);
        g_string_free(words, TRUE);
    }
    json_close(&json, ']');
    put_provenance(&json, question->provenance);
    json_close(&json, '}');
    g_string_append_c(out, '\n');
}
