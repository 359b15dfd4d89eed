/* See glib.h: texts that stay as long as they are, and names of files. */
#include <glib.h>
#include <stdio.h>
#include <string.h>

char *g_strdup(const char *text)
{
    return text != NULL ? g_strndup(text, strlen(text)) : NULL;
}

char *g_strndup(const char *text, gsize len)
{
    if (text == NULL)
        return NULL;
    char *copy = g_malloc0(len + 1);
    memcpy(copy, text, strnlen(text, len));
    return copy;
}

char *g_strdup_vprintf(const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    gsize len = (gsize)vsnprintf(NULL, 0, format, again);
    va_end(again);
    char *text = g_malloc(len + 1);
    vsnprintf(text, len + 1, format, arguments);
    return text;
}

char *g_strdup_printf(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    return text;
}

char *g_strconcat(const char *first, ...)
{
    va_list arguments;
    GString *all = g_string_new(first);
    va_start(arguments, first);
    for (const char *next; (next = va_arg(arguments, const char *)) != NULL;)
        g_string_append(all, next);
    va_end(arguments);
    return g_string_free(all, FALSE);
}

gint g_snprintf(char *out, gsize size, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    gint len = vsnprintf(out, size, format, arguments);
    va_end(arguments);
    return len;
}

gsize g_strlcpy(char *out, const char *text, gsize size)
{
    gsize len = strlen(text), kept = MIN(len, size - 1);
    if (size == 0)
        return len;
    memcpy(out, text, kept);
    out[kept] = '\0';
    return len;
}

gint g_strcmp0(const char *a, const char *b)
{
    if (a == NULL || b == NULL)
        return (a != NULL) - (b != NULL);
    return strcmp(a, b);
}

gboolean g_str_equal(gconstpointer a, gconstpointer b)
{
    return strcmp(a, b) == 0;
}

gboolean g_str_has_prefix(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

gboolean g_str_has_suffix(const char *text, const char *suffix)
{
    gsize len = strlen(text), end = strlen(suffix);
    return len >= end && strcmp(text + len - end, suffix) == 0;
}

char *g_strrstr(const char *text, const char *part)
{
    gsize len = strlen(text), wanted = strlen(part);
    for (gsize at = len; at + 1 > 0 && wanted <= len; at--)
        if (at + wanted <= len && strncmp(text + at, part, wanted) == 0)
            return (char *)(uintptr_t)(text + at);
    return NULL;
}

char *g_strchug(char *text)
{
    gsize blank = 0;
    while (g_ascii_isspace(text[blank]))
        blank++;
    memmove(text, text + blank, strlen(text + blank) + 1);
    return text;
}

char *g_strchomp(char *text)
{
    gsize len = strlen(text);
    while (len > 0 && g_ascii_isspace(text[len - 1]))
        text[--len] = '\0';
    return text;
}

/* At most `most` parts, the last with what remains; below 1: as many as there are. */
char **g_strsplit(const char *text, const char *separator, gint most)
{
    GPtrArray *parts = g_ptr_array_new();
    const char *end;
    while ((most < 1 || parts->len + 1 < (guint)most) && (end = strstr(text, separator)) != NULL) {
        g_ptr_array_add(parts, g_strndup(text, (gsize)(end - text)));
        text = end + strlen(separator);
    }
    if (parts->len > 0 || text[0] != '\0')
        g_ptr_array_add(parts, g_strdup(text));
    g_ptr_array_add(parts, NULL);
    return (char **)g_ptr_array_free(parts, FALSE);
}

char *g_strjoinv(const char *separator, char **texts)
{
    GString *all = g_string_new(NULL);
    for (guint i = 0; texts[i] != NULL; i++) {
        g_string_append(all, i > 0 && separator != NULL ? separator : "");
        g_string_append(all, texts[i]);
    }
    return g_string_free(all, FALSE);
}

guint g_strv_length(char **texts)
{
    guint count = 0;
    while (texts[count] != NULL)
        count++;
    return count;
}

void g_strfreev(char **texts)
{
    for (guint i = 0; texts != NULL && texts[i] != NULL; i++)
        g_free(texts[i]);
    g_free(texts);
}

const char *g_strerror(gint number)
{
    return strerror(number);
}

/* Never freed, and the same pointer for the same text. */
const char *g_intern_string(const char *text)
{
    static GPtrArray *known;
    guint index;
    if (text == NULL)
        return NULL;
    if (known == NULL)
        known = g_ptr_array_new();
    if (!g_ptr_array_find_with_equal_func(known, text, g_str_equal, &index)) {
        index = known->len;
        g_ptr_array_add(known, g_strdup(text));
    }
    return known->pdata[index];
}

/* ---- names of files ---- */

char *g_path_get_basename(const char *path)
{
    gsize end = strlen(path);
    while (end > 0 && path[end - 1] == '/')
        end--;
    gsize begin = end;
    while (begin > 0 && path[begin - 1] != '/')
        begin--;
    if (end == 0)
        return g_strdup(path[0] == '/' ? "/" : ".");
    return g_strndup(path + begin, end - begin);
}

char *g_path_get_dirname(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (slash == NULL)
        return g_strdup(".");
    gsize len = (gsize)(slash - path);
    while (len > 0 && path[len - 1] == '/')
        len--;
    return len > 0 ? g_strndup(path, len) : g_strdup("/");
}

gboolean g_path_is_absolute(const char *path)
{
    return path[0] == '/';
}

/* One slash between two parts, however many there are already. */
char *g_build_filename(const char *first, ...)
{
    va_list arguments;
    GString *path = g_string_new(first);
    va_start(arguments, first);
    for (const char *next; (next = va_arg(arguments, const char *)) != NULL;) {
        gsize len = path->len;
        while (len > 0 && path->str[len - 1] == '/')
            len--;
        g_string_truncate(path, len);
        g_string_append_c(path, '/');
        g_string_append(path, next + strspn(next, "/"));
    }
    va_end(arguments);
    return g_string_free(path, FALSE);
}
