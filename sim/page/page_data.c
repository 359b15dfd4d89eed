/* See page_data.h. */
#include "sim/page/page_data.h"

#include <jansson.h>
#include <string.h>
#include "sim/compare/trace_read.h"
#include "sim/text/humanize.h"
#include "sim/text/json_write.h"

#define COLUMNS_MAX 8

/* What one event of a kind says over time about one node, or one pair. */
struct series {
    char *node, *replica; /* replica NULL: a node's */
    GString *t, *columns[COLUMNS_MAX];
};

struct message {
    char *send;       /* its line */
    int64_t received; /* TRACE_ABSENT: never */
};

enum left_out { LEFT_PING, LEFT_ACK, LEFT_MESSAGE, LEFT_COUNT };

struct page {
    const char *header, *summary;
    size_t header_len, summary_len;
    GString *events;
    GPtrArray *positions, *flows; /* struct series */
    GArray *messages;
    GHashTable *on_way; /* number -> index in messages, + 1 */
    int64_t left[LEFT_COUNT];
    int64_t line;
};

/* ---- columns ---- */

static void free_series(void *data)
{
    struct series *series = data;
    for (size_t i = 0; i < COLUMNS_MAX; i++)
        if (series->columns[i] != NULL)
            g_string_free(series->columns[i], TRUE);
    g_string_free(series->t, TRUE);
    g_free(series->node);
    g_free(series->replica);
    g_free(series);
}

static struct series *series_of(GPtrArray *list, const char *node, const char *replica)
{
    for (guint i = 0; i < list->len; i++) {
        struct series *each = list->pdata[i];
        if (strcmp(each->node, node) == 0 && g_strcmp0(each->replica, replica) == 0)
            return each;
    }
    struct series *series = g_new0(struct series, 1);
    series->node = g_strdup(node);
    series->replica = g_strdup(replica);
    series->t = g_string_new(NULL);
    for (size_t i = 0; i < COLUMNS_MAX; i++)
        series->columns[i] = g_string_new(NULL);
    g_ptr_array_add(list, series);
    return series;
}

static void append_value(GString *column, const json_t *value)
{
    if (column->len > 0)
        g_string_append_c(column, ',');
    if (json_is_integer(value))
        g_string_append_printf(column, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    else
        g_string_append(column, "null");
}

static void take_look(GPtrArray *list, enum event_kind kind, const json_t *line)
{
    const char *node = json_string_value(json_object_get(line, "node"));
    const char *replica = json_string_value(json_object_get(line, "replica"));
    if (node == NULL)
        return;
    struct series *series = series_of(list, node, replica);
    append_value(series->t, json_object_get(line, "t"));
    for (size_t i = 0; i < event_field_count(kind) && i < COLUMNS_MAX; i++)
        append_value(series->columns[i], json_object_get(line, event_field(kind, i).key));
}

static void print_series(const char *key, GPtrArray *list, enum event_kind kind, GString *out)
{
    g_string_append_printf(out, ",\n\"%s\":[", key);
    for (guint i = 0; i < list->len; i++) {
        const struct series *series = list->pdata[i];
        struct json json = {.out = out};
        g_string_append(out, i > 0 ? ",\n" : "\n");
        json_open(&json, NULL, '{');
        json_text(&json, "node", series->node);
        if (series->replica != NULL)
            json_text(&json, "replica", series->replica);
        g_string_append_printf(out, ",\"t\":[%s]", series->t->str);
        for (size_t j = 0; j < event_field_count(kind) && j < COLUMNS_MAX; j++)
            if (event_field(kind, j).type == FIELD_INT)
                g_string_append_printf(out, ",\"%s\":[%s]", event_field(kind, j).key,
                                       series->columns[j]->str);
        json_close(&json, '}');
    }
    g_string_append_c(out, ']');
}

/* ---- messages ---- */

static void free_message(void *data)
{
    g_free(((struct message *)data)->send);
}

static bool is_heartbeat(const char *what)
{
    return g_strcmp0(what, "ack") == 0 || g_strcmp0(what, "newline") == 0;
}

static void take_send(struct page *page, const json_t *line, const char *bytes, size_t len)
{
    int64_t number = json_integer_value(json_object_get(line, "message"));
    if (is_heartbeat(json_string_value(json_object_get(line, "what"))) ||
        page->messages->len == PAGE_MESSAGES_MAX) {
        page->left[LEFT_MESSAGE]++;
        return;
    }
    struct message message = {g_strndup(bytes, len), TRACE_ABSENT};
    g_array_append_val(page->messages, message);
    g_hash_table_insert(page->on_way, GINT_TO_POINTER((int)number),
                        GINT_TO_POINTER((int)page->messages->len));
}

static void take_receive(struct page *page, const json_t *line)
{
    int64_t number = json_integer_value(json_object_get(line, "message"));
    int index = GPOINTER_TO_INT(g_hash_table_lookup(page->on_way, GINT_TO_POINTER((int)number)));
    if (index > 0)
        g_array_index(page->messages, struct message, index - 1).received =
            json_integer_value(json_object_get(line, "t"));
}

static void print_messages(const struct page *page, GString *out)
{
    g_string_append(out, ",\n\"messages\":[");
    for (guint i = 0; i < page->messages->len; i++) {
        const struct message *message = &g_array_index(page->messages, struct message, i);
        g_string_append_printf(out, "%s{\"send\":%s", i > 0 ? ",\n" : "\n", message->send);
        if (message->received != TRACE_ABSENT)
            g_string_append_printf(out, ",\"received_ns\":%" G_GINT64_FORMAT, message->received);
        g_string_append_c(out, '}');
    }
    g_string_append_c(out, ']');
}

/* ---- lines ---- */

static void keep_event(struct page *page, const json_t *line, const char *bytes, size_t len)
{
    GString *clock =
        g_string_new(humanize_clock(json_integer_value(json_object_get(line, "t"))).text);
    humanize_finish(clock);
    g_string_append_printf(page->events, "%s{\"clock\":\"%s\",\"line\":%" G_GINT64_FORMAT ",",
                           page->events->len > 0 ? ",\n" : "\n", clock->str, page->line);
    g_string_free(clock, TRUE);
    g_string_append(page->events, "\"event\":");
    g_string_append_len(page->events, bytes, (gssize)len);
    g_string_append_c(page->events, '}');
}

static void take_event(struct page *page, const char *bytes, size_t len)
{
    json_t *line = json_loadb(bytes, len, 0, NULL);
    const char *name = json_string_value(json_object_get(line, "event"));
    if (g_strcmp0(name, "summary") == 0) {
        page->summary = bytes;
        page->summary_len = len;
    } else if (g_strcmp0(name, event_name(EVENT_PING)) == 0)
        page->left[LEFT_PING]++;
    else if (g_strcmp0(name, event_name(EVENT_ACK)) == 0)
        page->left[LEFT_ACK]++;
    else if (g_strcmp0(name, event_name(EVENT_POSITION)) == 0)
        take_look(page->positions, EVENT_POSITION, line);
    else if (g_strcmp0(name, event_name(EVENT_FLOW)) == 0)
        take_look(page->flows, EVENT_FLOW, line);
    else if (g_strcmp0(name, event_name(EVENT_SEND)) == 0)
        take_send(page, line, bytes, len);
    else if (g_strcmp0(name, event_name(EVENT_RECEIVE)) == 0)
        take_receive(page, line);
    else
        keep_event(page, line, bytes, len);
    json_decref(line);
}

static void take_lines(struct page *page, const GString *trace)
{
    const char *at = trace->str, *stop = trace->str + trace->len;
    while (at < stop) {
        const char *end = memchr(at, '\n', (size_t)(stop - at));
        size_t len = (size_t)((end != NULL ? end : stop) - at);
        page->line++;
        if (page->line == 1) {
            page->header = at;
            page->header_len = len;
        } else {
            take_event(page, at, len);
        }
        at += len + 1;
    }
}

/* ---- the whole ---- */

void page_data_append_safe(GString *out, const GString *text)
{
    for (gsize i = 0; i < text->len; i++)
        if (text->str[i] == '<')
            g_string_append(out, "\\u003c");
        else
            g_string_append_c(out, text->str[i]);
}

static void print_page(const struct page *page, GString *out)
{
    static const char *const LEFT[LEFT_COUNT] = {"ping", "ack", "message"};
    g_string_append(out, "{\"header\":");
    g_string_append_len(out, page->header, (gssize)page->header_len);
    g_string_append(out, ",\n\"summary\":");
    g_string_append_len(out, page->summary, (gssize)page->summary_len);
    g_string_append_printf(out, ",\n\"events\":[%s]", page->events->str);
    print_series("positions", page->positions, EVENT_POSITION, out);
    print_series("flows", page->flows, EVENT_FLOW, out);
    print_messages(page, out);
    struct json json = {.out = out, .has_sibling = true};
    json_open(&json, "left_out", '{');
    for (int i = 0; i < LEFT_COUNT; i++)
        json_int(&json, LEFT[i], page->left[i]);
    json_close(&json, '}');
    g_string_append(out, "}\n");
}

bool page_data_print(const char *name, const GString *trace, struct diagnostics *diagnostics,
                     GString *out)
{
    struct trace_read *whole = trace_read_text(name, trace->str, trace->len, diagnostics);
    if (whole == NULL)
        return false;
    trace_read_free(whole);
    struct page page = {.events = g_string_new(NULL),
                        .positions = g_ptr_array_new_with_free_func(free_series),
                        .flows = g_ptr_array_new_with_free_func(free_series),
                        .messages = g_array_new(FALSE, FALSE, sizeof(struct message)),
                        .on_way = g_hash_table_new(NULL, NULL)};
    g_array_set_clear_func(page.messages, free_message);
    take_lines(&page, trace);
    GString *text = g_string_new(NULL);
    print_page(&page, text);
    page_data_append_safe(out, text);
    g_string_free(text, TRUE);
    g_string_free(page.events, TRUE);
    g_ptr_array_free(page.positions, TRUE);
    g_ptr_array_free(page.flows, TRUE);
    g_array_free(page.messages, TRUE);
    g_hash_table_destroy(page.on_way);
    return true;
}
