/* JSON as RFC 8259 has it, but for what a C string cannot hold (NUL) and for nesting beyond
 * JSON_DEPTH_MAX. See json_scan.h. */
#include "sim/compare/json_scan.h"

#include <stdio.h>
#include <string.h>

void json_scan_init(struct json_scan *scan, const char *bytes, size_t len)
{
    *scan = (struct json_scan){.begin = bytes,
                               .at = bytes,
                               .end = bytes + len,
                               .key = g_string_new(NULL),
                               .text = g_string_new(NULL)};
}

void json_scan_clear(struct json_scan *scan)
{
    g_string_free(scan->key, TRUE);
    g_string_free(scan->text, TRUE);
}

int32_t json_scan_column(const struct json_scan *scan)
{
    return (int32_t)(scan->at - scan->begin) + 1;
}

bool json_scan_is_at_end(const struct json_scan *scan)
{
    return scan->at == scan->end;
}

static struct json_value wrong(struct json_scan *scan, const char *expected)
{
    if (json_scan_is_at_end(scan))
        snprintf(scan->wrong, sizeof scan->wrong, "found the end of the line, expected %s",
                 expected);
    else if (g_ascii_isgraph(*scan->at))
        snprintf(scan->wrong, sizeof scan->wrong, "found '%c', expected %s", *scan->at, expected);
    else
        snprintf(scan->wrong, sizeof scan->wrong, "found byte 0x%02x, expected %s",
                 (unsigned char)*scan->at, expected);
    return (struct json_value){.kind = JSON_WRONG};
}

static void skip_space(struct json_scan *scan)
{
    while (scan->at < scan->end && strchr(" \t\r\n", *scan->at) != NULL && *scan->at != '\0')
        scan->at++;
}

static bool take(struct json_scan *scan, char c)
{
    bool is_there = scan->at < scan->end && *scan->at == c;
    scan->at += is_there;
    return is_there;
}

/* ---- texts ---- */

static bool take_hex(struct json_scan *scan, gunichar *out)
{
    *out = 0;
    for (int i = 0; i < 4; i++) {
        if (scan->at == scan->end || !g_ascii_isxdigit(*scan->at))
            return false;
        *out = *out << 4 | (gunichar)g_ascii_xdigit_value(*scan->at++);
    }
    return true;
}

/* After "\u": one character, which may take a second escape. */
static bool take_unicode(struct json_scan *scan, GString *out)
{
    gunichar high, low;
    if (!take_hex(scan, &high) || high == 0 || (high >= 0xdc00 && high < 0xe000))
        return false;
    if (high >= 0xd800 && high < 0xdc00) {
        if (!take(scan, '\\') || !take(scan, 'u') || !take_hex(scan, &low) || low < 0xdc00 ||
            low >= 0xe000)
            return false;
        high = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
    }
    g_string_append_unichar(out, high);
    return true;
}

static bool take_escape(struct json_scan *scan, GString *out)
{
    static const char LETTERS[] = "\"\\/bfnrt", MEANT[] = "\"\\/\b\f\n\r\t";
    if (take(scan, 'u'))
        return take_unicode(scan, out);
    const char *letter =
        scan->at < scan->end && *scan->at != '\0' ? strchr(LETTERS, *scan->at) : NULL;
    if (letter == NULL)
        return false;
    g_string_append_c(out, MEANT[letter - LETTERS]);
    scan->at++;
    return true;
}

/* NULL, or what was expected where the scan stands. */
static const char *take_text(struct json_scan *scan, GString *out)
{
    g_string_truncate(out, 0);
    if (!take(scan, '"'))
        return "a text in double quotes";
    while (!take(scan, '"')) {
        if (scan->at == scan->end)
            return "the quote that ends a text";
        if ((unsigned char)*scan->at < 0x20)
            return "a text without control characters";
        if (take(scan, '\\')) {
            if (!take_escape(scan, out))
                return "an escape that JSON knows and that is not a NUL";
            continue;
        }
        gunichar c = g_utf8_get_char_validated(scan->at, scan->end - scan->at);
        if (c == (gunichar)-1 || c == (gunichar)-2)
            return "UTF-8";
        g_string_append_unichar(out, c);
        scan->at = g_utf8_next_char(scan->at);
    }
    return NULL;
}

/* ---- numbers and words ---- */

static bool take_digits(struct json_scan *scan)
{
    const char *begin = scan->at;
    while (scan->at < scan->end && g_ascii_isdigit(*scan->at))
        scan->at++;
    return scan->at > begin;
}

static const char *take_number(struct json_scan *scan)
{
    const char *begin = scan->at;
    take(scan, '-');
    if (!take(scan, '0') && !take_digits(scan))
        return "a digit";
    if (take(scan, '.') && !take_digits(scan))
        return "a digit after the point";
    if (take(scan, 'e') || take(scan, 'E')) {
        if (!take(scan, '+'))
            take(scan, '-');
        if (!take_digits(scan))
            return "a digit of an exponent";
    }
    g_string_truncate(scan->text, 0);
    g_string_append_len(scan->text, begin, scan->at - begin);
    return NULL;
}

static bool take_word(struct json_scan *scan, const char *word)
{
    size_t len = strlen(word);
    bool is_there = (size_t)(scan->end - scan->at) >= len && memcmp(scan->at, word, len) == 0;
    scan->at += is_there ? len : 0;
    return is_there;
}

bool json_scan_int(const char *text, int64_t *out)
{
    bool is_negative = text[0] == '-';
    uint64_t value = 0, limit = is_negative ? (uint64_t)INT64_MAX + 1 : INT64_MAX;
    text += is_negative;
    for (; *text != '\0'; text++) {
        if (!g_ascii_isdigit(*text))
            return false;
        uint64_t digit = (uint64_t)(*text - '0');
        if (value > (limit - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *out = is_negative ? (int64_t)(0 - value) : (int64_t)value;
    return true;
}

/* ---- values ---- */

static bool is_in_array(const struct json_scan *scan)
{
    return scan->arrays >> (scan->depth - 1) & 1;
}

static struct json_value take_open(struct json_scan *scan, struct json_value value)
{
    value.kind = JSON_OPEN;
    value.is_array = *scan->at == '[';
    if (scan->depth == JSON_DEPTH_MAX)
        return wrong(scan, "no deeper nesting");
    scan->at++;
    scan->arrays &= ~(UINT32_C(1) << scan->depth);
    scan->arrays |= (uint32_t)value.is_array << scan->depth;
    scan->depth++;
    scan->has_value = false;
    return value;
}

static struct json_value take_close(struct json_scan *scan)
{
    bool is_array = is_in_array(scan);
    scan->depth--;
    scan->has_value = true;
    return (struct json_value){.kind = JSON_CLOSE, .depth = scan->depth, .is_array = is_array};
}

static struct json_value take_value(struct json_scan *scan, const char *key)
{
    struct json_value value = {.depth = scan->depth, .key = key, .text = scan->text->str};
    char c = scan->at < scan->end ? *scan->at : '\0';
    const char *expected = NULL;
    if (c == '{' || c == '[')
        return take_open(scan, value);
    value.kind = c == '"' ? JSON_TEXT : JSON_NUMBER;
    if (c == '"')
        expected = take_text(scan, scan->text);
    else if (c == '-' || g_ascii_isdigit(c))
        expected = take_number(scan);
    else if (take_word(scan, "true"))
        value.kind = JSON_TRUE;
    else if (take_word(scan, "false"))
        value.kind = JSON_FALSE;
    else if (take_word(scan, "null"))
        value.kind = JSON_NULL;
    else
        expected = "a value";
    if (expected != NULL)
        return wrong(scan, expected);
    scan->has_value = true;
    value.text = scan->text->str;
    return value;
}

static struct json_value next_in_array(struct json_scan *scan)
{
    if (take(scan, ']'))
        return take_close(scan);
    if (scan->has_value && !take(scan, ','))
        return wrong(scan, "',' or ']'");
    skip_space(scan);
    return take_value(scan, NULL);
}

static struct json_value next_in_object(struct json_scan *scan)
{
    if (take(scan, '}'))
        return take_close(scan);
    if (scan->has_value && !take(scan, ','))
        return wrong(scan, "',' or '}'");
    skip_space(scan);
    const char *expected = take_text(scan, scan->key);
    if (expected != NULL)
        return wrong(scan, expected);
    skip_space(scan);
    if (!take(scan, ':'))
        return wrong(scan, "':' after a name");
    skip_space(scan);
    return take_value(scan, scan->key->str);
}

struct json_value json_scan_next(struct json_scan *scan)
{
    if (scan->wrong[0] != '\0')
        return (struct json_value){.kind = JSON_WRONG};
    skip_space(scan);
    if (scan->depth > 0)
        return is_in_array(scan) ? next_in_array(scan) : next_in_object(scan);
    if (!scan->has_value)
        return take_value(scan, NULL);
    if (!json_scan_is_at_end(scan))
        return wrong(scan, "the end of the line");
    return (struct json_value){.kind = JSON_END};
}
