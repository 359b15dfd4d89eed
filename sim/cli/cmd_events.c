/* psyncsim events: what a trace may hold, from the table that the code itself uses. */
#include "sim/cli/cli.h"
#include "sim/cli/commands.h"
#include "sim/trace/trace.h"
#include "sim/text/json_write.h"

static const char *type_name(enum field_type type)
{
    static const char *const NAMES[] = {[FIELD_NODE] = "node",
                                        [FIELD_INT] = "integer",
                                        [FIELD_TEXT] = "text",
                                        [FIELD_BOOL] = "bool"};
    return NAMES[type];
}

static void print_text(void)
{
    puts("Every line of a trace has t (integer nanoseconds), event, and most have node; then:\n");
    for (int kind = 0; kind < EVENT_COUNT; kind++) {
        printf("%s: %s\n", event_name((enum event_kind)kind), event_what((enum event_kind)kind));
        for (size_t i = 0; i < event_field_count((enum event_kind)kind); i++) {
            struct field_info field = event_field((enum event_kind)kind, i);
            printf("  %-18s %-8s %s\n", field.key, type_name(field.type), field.what);
        }
    }
    puts("\nA field that does not apply is left out. The first line names the format, the version, "
         "the\n"
         "scenario and the seed; the last one is the summary, with the digest of all events, but\n"
         "for those that are written only when they are asked for (with --...).");
}

static void print_json(void)
{
    struct json json = {.out = g_string_new(NULL)};
    json_open(&json, NULL, '[');
    for (int kind = 0; kind < EVENT_COUNT; kind++) {
        json_open(&json, NULL, '{');
        json_text(&json, "event", event_name((enum event_kind)kind));
        json_text(&json, "what", event_what((enum event_kind)kind));
        json_open(&json, "fields", '[');
        for (size_t i = 0; i < event_field_count((enum event_kind)kind); i++) {
            struct field_info field = event_field((enum event_kind)kind, i);
            json_open(&json, NULL, '{');
            json_text(&json, "key", field.key);
            json_text(&json, "type", type_name(field.type));
            json_text(&json, "what", field.what);
            json_close(&json, '}');
        }
        json_close(&json, ']');
        json_close(&json, '}');
    }
    json_close(&json, ']');
    puts(json.out->str);
    g_string_free(json.out, TRUE);
}

struct args {
    bool is_json;
};

static const struct option_row OPTIONS[] = {
    FLAG(is_json, "json", 'j', "the catalogue as one JSON array"), {0}};

static int run(const struct cli *cli)
{
    const struct args *args = cli->args;
    if (args->is_json)
        print_json();
    else
        print_text();
    return EXIT_HELD;
}

const struct command command_events = {
    .name = "events",
    .help = "print the events of a trace and their fields",
    .options = OPTIONS,
    .args_size = sizeof(struct args),
    .run = run,
};
