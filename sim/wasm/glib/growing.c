/* See glib.h: GString, and texts that are freed together. */
#include <glib.h>
#include <stdio.h>
#include <string.h>

static void make_room(GString *string, gsize len)
{
    if (len < string->allocated_len)
        return;
    string->allocated_len = MAX(2 * string->allocated_len, len + 1);
    string->str = g_realloc(string->str, string->allocated_len);
}

GString *g_string_new(const char *text)
{
    return g_string_new_len(text, text != NULL ? (gssize)strlen(text) : 0);
}

GString *g_string_new_len(const char *text, gssize len)
{
    GString *string = g_new0(GString, 1);
    make_room(string, 63);
    string->str[0] = '\0';
    return g_string_append_len(string, text, len);
}

char *g_string_free(GString *string, gboolean frees_text)
{
    char *text = string->str;
    g_free(string);
    if (!frees_text)
        return text;
    g_free(text);
    return NULL;
}

GString *g_string_assign(GString *string, const char *text)
{
    char *copy = g_strdup(text); /* it may be a part of it */
    g_string_truncate(string, 0);
    g_string_append(string, copy);
    g_free(copy);
    return string;
}

GString *g_string_truncate(GString *string, gsize len)
{
    string->len = MIN(len, string->len);
    string->str[string->len] = '\0';
    return string;
}

GString *g_string_append(GString *string, const char *text)
{
    return g_string_append_len(string, text, (gssize)strlen(text));
}

GString *g_string_append_len(GString *string, const char *text, gssize len)
{
    gsize count = len < 0 ? strlen(text) : (gsize)len;
    make_room(string, string->len + count);
    if (count > 0)
        memcpy(string->str + string->len, text, count);
    string->len += count;
    string->str[string->len] = '\0';
    return string;
}

GString *g_string_append_c(GString *string, char c)
{
    return g_string_append_len(string, &c, 1);
}

G_GNUC_PRINTF(2, 0)
static void append_formatted(GString *string, const char *format, va_list arguments)
{
    char *text = g_strdup_vprintf(format, arguments);
    g_string_append(string, text);
    g_free(text);
}

void g_string_printf(GString *string, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_string_truncate(string, 0);
    append_formatted(string, format, arguments);
    va_end(arguments);
}

void g_string_append_printf(GString *string, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    append_formatted(string, format, arguments);
    va_end(arguments);
}

/* At most `limit` times, 0: everywhere. Returns how often. `find` is not empty. */
guint g_string_replace(GString *string, const char *find, const char *with, guint limit)
{
    char *old = g_strdup(string->str);
    const char *at = old, *found;
    guint count = 0;
    g_string_truncate(string, 0);
    while ((limit == 0 || count < limit) && (found = strstr(at, find)) != NULL) {
        g_string_append_len(string, at, found - at);
        g_string_append(string, with);
        at = found + strlen(find);
        count++;
    }
    g_string_append(string, at);
    g_free(old);
    return count;
}

struct GStringChunk {
    GPtrArray *texts;
};

GStringChunk *g_string_chunk_new(gsize size)
{
    (void)size; /* of a block: there are none */
    GStringChunk *chunk = g_new(GStringChunk, 1);
    chunk->texts = g_ptr_array_new_with_free_func(g_free);
    return chunk;
}

char *g_string_chunk_insert(GStringChunk *chunk, const char *text)
{
    return g_string_chunk_insert_len(chunk, text, -1);
}

char *g_string_chunk_insert_len(GStringChunk *chunk, const char *text, gssize len)
{
    gsize count = len < 0 ? strlen(text) : (gsize)len;
    char *copy = g_malloc0(count + 1);
    memcpy(copy, text, count);
    g_ptr_array_add(chunk->texts, copy);
    return copy;
}

void g_string_chunk_free(GStringChunk *chunk)
{
    g_ptr_array_free(chunk->texts, TRUE);
    g_free(chunk);
}
