/* JSON text. See json_write.h. */
#include "sim/text/json_write.h"

#include <string.h>
#include "sim/trace/trace.h"

static void append_string(GString *out, const char *text)
{
    char *valid = g_utf8_make_valid(text, -1);
    char *quoted = g_malloc(6 * strlen(valid) + 2);
    char *end = trace_print_string(quoted, valid);
    g_string_append_len(out, quoted, end - quoted);
    g_free(quoted);
    g_free(valid);
}

static void begin(struct json *json, const char *key)
{
    if (json->has_sibling)
        g_string_append_c(json->out, ',');
    json->has_sibling = true;
    if (key == NULL)
        return;
    append_string(json->out, key);
    g_string_append_c(json->out, ':');
}

void json_open(struct json *json, const char *key, char bracket)
{
    begin(json, key);
    g_string_append_c(json->out, bracket);
    json->has_sibling = false;
}

void json_close(struct json *json, char bracket)
{
    g_string_append_c(json->out, bracket);
    json->has_sibling = true;
}

void json_int(struct json *json, const char *key, int64_t value)
{
    begin(json, key);
    g_string_append_printf(json->out, "%" G_GINT64_FORMAT, value);
}

void json_bool(struct json *json, const char *key, bool value)
{
    begin(json, key);
    g_string_append(json->out, value ? "true" : "false");
}

void json_text(struct json *json, const char *key, const char *text)
{
    begin(json, key);
    append_string(json->out, text);
}
