/* See glib.h: characters of ASCII, whatever the locale is, and of UTF-8. */
#include <glib.h>
#include <stdlib.h>
#include <string.h>

gboolean g_ascii_isdigit(char c)
{
    return c >= '0' && c <= '9';
}

gboolean g_ascii_isxdigit(char c)
{
    return g_ascii_xdigit_value(c) >= 0;
}

gboolean g_ascii_isalpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

gboolean g_ascii_isalnum(char c)
{
    return g_ascii_isalpha(c) || g_ascii_isdigit(c);
}

gboolean g_ascii_isspace(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r' && c != '\v');
}

gboolean g_ascii_iscntrl(char c)
{
    return (c >= 0 && c < ' ') || c == 0x7f;
}

char g_ascii_tolower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

gint g_ascii_xdigit_value(char c)
{
    if (g_ascii_isdigit(c))
        return c - '0';
    char lower = g_ascii_tolower(c);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

gint g_ascii_strcasecmp(const char *a, const char *b)
{
    return g_ascii_strncasecmp(a, b, SIZE_MAX);
}

gint g_ascii_strncasecmp(const char *a, const char *b, gsize len)
{
    for (gsize i = 0; i < len; i++) {
        gint difference = (guchar)g_ascii_tolower(a[i]) - (guchar)g_ascii_tolower(b[i]);
        if (difference != 0 || a[i] == '\0')
            return difference;
    }
    return 0;
}

char *g_ascii_strdown(const char *text, gssize len)
{
    char *down = g_strndup(text, len < 0 ? strlen(text) : (gsize)len);
    for (char *at = down; *at != '\0'; at++)
        *at = g_ascii_tolower(*at);
    return down;
}

double g_ascii_strtod(const char *text, char **end)
{
    return strtod(text, end); /* there is but the C locale */
}

/* ---- UTF-8 ---- */

/* Bytes of the character that begins so; 0: none does. */
static gsize length_of(guchar first)
{
    if (first < 0x80)
        return 1;
    return first < 0xc0 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf8 ? 4 : 0;
}

/* The character in at[0..len) and its length; false: there is no valid one. */
static gboolean read_character(const char *at, gsize len, gunichar *c, gsize *length)
{
    static const gunichar LEAST[] = {0, 0, 0x80, 0x800, 0x10000};
    gsize wanted = len > 0 ? length_of((guchar)at[0]) : 0;
    if (wanted == 0 || wanted > len)
        return FALSE;
    *length = wanted;
    *c = wanted == 1 ? (guchar)at[0] : (guchar)at[0] & (0x7fu >> wanted);
    for (gsize i = 1; i < wanted; i++) {
        if (((guchar)at[i] & 0xc0) != 0x80)
            return FALSE;
        *c = *c << 6 | ((guchar)at[i] & 0x3f);
    }
    return *c >= LEAST[wanted] && *c < 0x110000 && (*c & 0xfffff800) != 0xd800;
}

gunichar g_utf8_get_char(const char *at)
{
    gunichar c = 0;
    gsize length;
    return read_character(at, 4, &c, &length) ? c : (gunichar)-1;
}

/* (gunichar)-1: no character begins there; -2: it may, but there is no more of it. */
gunichar g_utf8_get_char_validated(const char *at, gssize len)
{
    gunichar c = 0;
    gsize length, room = len < 0 ? strnlen(at, 4) + 1 : (gsize)len;
    if (!read_character(at, room, &c, &length))
        return room < length_of((guchar)at[0]) || room == 0 ? (gunichar)-2 : (gunichar)-1;
    return c == 0 && len > 0 ? (gunichar)-2 : c;
}

gboolean g_utf8_validate(const char *text, gssize len, const char **end)
{
    gsize rest = len < 0 ? strlen(text) : (gsize)len, length;
    gunichar c = 0;
    while (rest > 0 && read_character(text, rest, &c, &length) && c != 0) {
        text += length;
        rest -= length;
    }
    if (end != NULL)
        *end = text;
    return rest == 0;
}

/* Every byte that is in no character becomes U+FFFD. */
char *g_utf8_make_valid(const char *text, gssize len)
{
    gsize rest = len < 0 ? strlen(text) : (gsize)len, length;
    gunichar c = 0;
    GString *valid = g_string_new(NULL);
    while (rest > 0) {
        gboolean is_valid = read_character(text, rest, &c, &length) && c != 0;
        if (!is_valid)
            length = 1;
        g_string_append_len(valid, is_valid ? text : "\xef\xbf\xbd", is_valid ? (gssize)length : 3);
        text += length;
        rest -= length;
    }
    return g_string_free(valid, FALSE);
}

char *g_utf8_next(const char *at)
{
    gsize length = length_of((guchar)*at);
    return (char *)(uintptr_t)(at + MAX(length, 1));
}

ptrdiff_t g_utf8_strlen(const char *text, gssize len)
{
    const char *end = text + (len < 0 ? strlen(text) : strnlen(text, (gsize)len));
    ptrdiff_t count = 0;
    while (text < end && g_utf8_next(text) <= end) {
        text = g_utf8_next(text);
        count++;
    }
    return count;
}

ptrdiff_t g_utf8_pointer_to_offset(const char *text, const char *at)
{
    ptrdiff_t count = 0;
    for (; text < at; text = g_utf8_next(text))
        count++;
    return count;
}
