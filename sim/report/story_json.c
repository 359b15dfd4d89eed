/* See story_json.h. */
#include "sim/report/story_json.h"

#include "sim/report/explain.h"
#include "sim/report/report_text.h"
#include "sim/text/humanize.h"

static void print_words(struct json *json, const char *key, const char *text)
{
    GString *words = g_string_new(text);
    humanize_finish(words);
    json_text(json, key, words->str);
    g_string_free(words, TRUE);
}

static void print_line(void *user, const char *label, const char *text)
{
    struct json *json = user;
    json_open(json, NULL, '{');
    json_text(json, "label", label);
    print_words(json, "text", text);
    json_close(json, '}');
}

/* Where the asked offset lies: "5.5 MB to spare", "20.8 MB gone", "14 B ahead". */
static void print_place(const struct resync *resync, struct json *json)
{
    int64_t first = resync->event.backlog_first, asked = resync->event.asked_offset;
    if (first == TRACE_ABSENT || asked < 0)
        return;
    int64_t past = first + resync->event.backlog_bytes;
    char *place = asked < first ? g_strdup_printf("%s gone", humanize_size(first - asked).text)
                  : asked > past
                      ? g_strdup_printf("%s ahead", humanize_size(asked - past).text)
                      : g_strdup_printf("%s to spare", humanize_size(asked - first).text);
    json_int(json, "first", first);
    json_int(json, "asked", asked);
    json_int(json, "past", past);
    print_words(json, "place", place);
    g_free(place);
}

static void print_story(const struct report *report, struct json *json, const struct resync *resync)
{
    GString *text = g_string_new(NULL);
    struct printer printer = {.report = report};
    json_open(json, NULL, '{');
    json_int(json, "t", resync->t);
    print_words(json, "clock", humanize_clock(resync->t).text);
    json_text(json, "node", report->names[resync->node]);
    tell_resync(&printer, resync, text);
    print_words(json, "sentence", text->str);
    g_string_truncate(text, 0);
    tell_verdict(report, resync, text);
    print_words(json, "verdict", text->str);
    print_place(resync, json);
    json_open(json, "lines", '[');
    explain_each(&printer, resync, print_line, json);
    json_close(json, ']');
    json_close(json, '}');
    g_string_free(text, TRUE);
}

void story_json_print(const struct report *report, struct json *json)
{
    GString *text = g_string_new(NULL);
    json_open(json, "stories", '[');
    for (guint i = 0; i < report->record.resyncs->len; i++)
        print_story(report, json, run_record_resync(&report->record, i));
    json_close(json, ']');
    report_text_print(report, (struct screen){0}, text);
    json_text(json, "text", text->str);
    g_string_free(text, TRUE);
}
