/* The reader is a small machine over phases, fed byte by byte in headers and in one jump through an
 * argument's bytes, so that its cost does not depend on the size of values. The two bytes after an
 * argument are skipped without a look, as the server does (FACTS R6). */
#include "models/psync/resp.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define INLINE_MAX 65536      /* bytes of an inline command */
#define COUNT_MAX  2147483647 /* arguments of an array */

enum phase {
    PHASE_START,
    PHASE_INLINE,
    PHASE_COUNT,
    PHASE_COUNT_END,
    PHASE_DOLLAR,
    PHASE_LENGTH,
    PHASE_LENGTH_END,
    PHASE_ARG,
    PHASE_ARG_END,
    PHASE_BROKEN,
};

enum error { ERROR_NONE, ERROR_COUNT, ERROR_DOLLAR, ERROR_LENGTH, ERROR_INLINE };

size_t decimal_write(char *out, int64_t value)
{
    char digits[DECIMAL_MAX];
    size_t at = sizeof digits;
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do {
        digits[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (value < 0)
        digits[--at] = '-';
    memcpy(out, digits + at, sizeof digits - at);
    return sizeof digits - at;
}

bool decimal_read(const char *text, size_t len, int64_t *value)
{
    if (len == 0 || len > DECIMAL_MAX)
        return false;
    size_t at = text[0] == '-' ? 1 : 0;
    if (at == len || text[at] < '0' || text[at] > '9' || (text[at] == '0' && len > 1))
        return false;
    uint64_t number = 0;
    for (; at < len; at++) {
        if (text[at] < '0' || text[at] > '9')
            return false;
        uint64_t digit = (uint64_t)(text[at] - '0');
        if (number > (UINT64_MAX - digit) / 10)
            return false;
        number = number * 10 + digit;
    }
    uint64_t limit = (uint64_t)INT64_MAX + (text[0] == '-' ? 1 : 0);
    if (number > limit)
        return false;
    *value = text[0] == '-' ? (int64_t)(0 - number) : (int64_t)number;
    return true;
}

static size_t put(char *out, size_t room, size_t at, const char *bytes, size_t len)
{
    assert(len <= room - at);
    memcpy(out + at, bytes, len);
    return at + len;
}

static size_t put_header(char *out, size_t room, size_t at, char mark, size_t number)
{
    char text[DECIMAL_MAX + 3];
    text[0] = mark;
    size_t len = 1 + decimal_write(text + 1, (int64_t)number);
    text[len++] = '\r';
    text[len++] = '\n';
    return put(out, room, at, text, len);
}

size_t resp_write(char *out, size_t room, bool is_array, size_t argc, const char *const *argv)
{
    size_t at = is_array ? put_header(out, room, 0, '*', argc) : 0;
    for (size_t i = 0; i < argc; i++) {
        size_t len = strlen(argv[i]);
        if (is_array)
            at = put_header(out, room, at, '$', len);
        at = put(out, room, at, argv[i], len);
        if (is_array)
            at = put(out, room, at, "\r\n", 2);
        else
            at = i + 1 < argc ? put(out, room, at, " ", 1) : put(out, room, at, "\r\n", 2);
    }
    return at;
}

void resp_reset(struct resp_reader *reader)
{
    reader->phase = PHASE_START;
    reader->error = ERROR_NONE;
    reader->argc = 0;
    reader->args_left = 0;
    reader->left = 0;
    reader->used = 0;
    reader->is_inline = false;
    reader->in_word = false;
}

bool resp_is_idle(const struct resp_reader *reader)
{
    return reader->phase == PHASE_START;
}

static void arg_begin(struct resp_reader *reader, int64_t len)
{
    if (reader->argc < RESP_ARGS_MAX)
        reader->args[reader->argc] = (struct resp_arg){.len = len, .at = reader->used};
    reader->argc++;
}

/* Keeps what there is room for, with a NUL for each argument set aside. */
static void arg_keep(struct resp_reader *reader, const char *bytes, size_t len)
{
    if (reader->argc > RESP_ARGS_MAX)
        return;
    size_t limit = RESP_TEXT_MAX - RESP_ARGS_MAX;
    size_t room = reader->used < limit ? limit - reader->used : 0;
    size_t kept = len < room ? len : room;
    memcpy(reader->text + reader->used, bytes, kept);
    reader->used += (uint32_t)kept;
    reader->args[reader->argc - 1].kept += (uint32_t)kept;
}

static void arg_end(struct resp_reader *reader)
{
    if (reader->argc > RESP_ARGS_MAX)
        return;
    assert(reader->used < RESP_TEXT_MAX);
    reader->text[reader->used++] = '\0';
}

static enum resp_event fail(struct resp_reader *reader, enum error error)
{
    reader->phase = PHASE_BROKEN;
    reader->error = (uint8_t)error;
    return RESP_ERROR;
}

static enum resp_event finish(struct resp_reader *reader, enum resp_event event)
{
    reader->phase = PHASE_START;
    return event;
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static enum resp_event inline_put(struct resp_reader *reader, char c)
{
    bool in_word = reader->in_word;
    reader->in_word = !is_space(c);
    if (reader->in_word) {
        if (!in_word)
            arg_begin(reader, 0);
        arg_keep(reader, &c, 1);
        if (reader->argc <= RESP_ARGS_MAX)
            reader->args[reader->argc - 1].len++;
    } else if (in_word) {
        arg_end(reader);
    }
    if (c == '\n')
        return finish(reader, reader->argc > 0 ? RESP_COMMAND : RESP_EMPTY);
    return ++reader->left > INLINE_MAX ? fail(reader, ERROR_INLINE) : RESP_MORE;
}

/* A header's number up to its CR; then one more byte is skipped (phase + 1). */
static enum resp_event header_put(struct resp_reader *reader, char c)
{
    bool is_count = reader->phase == PHASE_COUNT;
    if (c != '\r') {
        if (reader->digits < DECIMAL_MAX)
            reader->number[reader->digits] = c;
        reader->digits += reader->digits <= DECIMAL_MAX;
        return RESP_MORE;
    }
    int64_t number = 0;
    bool is_number = decimal_read(reader->number, reader->digits, &number);
    if (is_count && (!is_number || number > COUNT_MAX))
        return fail(reader, ERROR_COUNT);
    if (!is_count && (!is_number || number < 0))
        return fail(reader, ERROR_LENGTH);
    *(is_count ? &reader->args_left : &reader->left) = number;
    reader->phase++;
    return RESP_MORE;
}

static enum resp_event start_put(struct resp_reader *reader, char c)
{
    resp_reset(reader);
    if (c == '*') {
        reader->digits = 0;
        reader->phase = PHASE_COUNT;
        return RESP_MORE;
    }
    reader->phase = PHASE_INLINE;
    reader->is_inline = true;
    return inline_put(reader, c);
}

static enum resp_event dollar_put(struct resp_reader *reader, char c)
{
    if (c != '$') {
        reader->odd = c;
        return fail(reader, ERROR_DOLLAR);
    }
    reader->digits = 0;
    reader->phase = PHASE_LENGTH;
    return RESP_MORE;
}

static enum resp_event length_end(struct resp_reader *reader)
{
    arg_begin(reader, reader->left);
    reader->phase = PHASE_ARG;
    if (reader->left == 0) {
        arg_end(reader);
        reader->left = 2;
        reader->phase = PHASE_ARG_END;
    }
    return RESP_MORE;
}

static enum resp_event byte_put(struct resp_reader *reader, char c)
{
    switch ((enum phase)reader->phase) {
    case PHASE_START:
        return start_put(reader, c);
    case PHASE_INLINE:
        return inline_put(reader, c);
    case PHASE_COUNT:
    case PHASE_LENGTH:
        return header_put(reader, c);
    case PHASE_COUNT_END:
        if (reader->args_left <= 0)
            return finish(reader, RESP_NOTHING);
        reader->phase = PHASE_DOLLAR;
        return RESP_MORE;
    case PHASE_DOLLAR:
        return dollar_put(reader, c);
    case PHASE_LENGTH_END:
        return length_end(reader);
    case PHASE_ARG_END:
        if (--reader->left > 0)
            return RESP_MORE;
        reader->phase = PHASE_DOLLAR;
        return --reader->args_left > 0 ? RESP_MORE : finish(reader, RESP_COMMAND);
    case PHASE_ARG:
    case PHASE_BROKEN:
        break;
    }
    return RESP_ERROR;
}

static size_t arg_jump(struct resp_reader *reader, const char *bytes, size_t len)
{
    size_t part = (uint64_t)reader->left < len ? (size_t)reader->left : len;
    arg_keep(reader, bytes, part);
    reader->left -= (int64_t)part;
    if (reader->left == 0) {
        arg_end(reader);
        reader->left = 2;
        reader->phase = PHASE_ARG_END;
    }
    return part;
}

struct resp_progress resp_read(struct resp_reader *reader, const char *bytes, size_t len)
{
    size_t at = 0;
    while (at < len) {
        if (reader->phase == PHASE_ARG) {
            at += arg_jump(reader, bytes + at, len - at);
            continue;
        }
        enum resp_event event = byte_put(reader, bytes[at++]);
        if (event != RESP_MORE)
            return (struct resp_progress){event, at};
    }
    return (struct resp_progress){RESP_MORE, len};
}

const char *resp_arg(const struct resp_reader *reader, int64_t index)
{
    if (index >= reader->argc || index >= RESP_ARGS_MAX)
        return "";
    return reader->text + reader->args[index].at;
}

int64_t resp_arg_len(const struct resp_reader *reader, int64_t index)
{
    return index < reader->argc && index < RESP_ARGS_MAX ? reader->args[index].len : 0;
}

bool resp_arg_is(const struct resp_reader *reader, int64_t index, const char *word)
{
    const char *arg = resp_arg(reader, index);
    size_t len = strlen(word);
    if (resp_arg_len(reader, index) != (int64_t)len)
        return false;
    for (size_t i = 0; i < len; i++) {
        char c = arg[i] >= 'A' && arg[i] <= 'Z' ? (char)(arg[i] - 'A' + 'a') : arg[i];
        if (c != word[i])
            return false;
    }
    return true;
}

size_t resp_error(const struct resp_reader *reader, char *out, size_t size)
{
    static const char *const words[] = {
        [ERROR_NONE] = "none",
        [ERROR_COUNT] = "invalid multibulk length",
        [ERROR_DOLLAR] = "expected '$', got '",
        [ERROR_LENGTH] = "invalid bulk length",
        [ERROR_INLINE] = "too big inline request",
    };
    size_t len = put(out, size - 3, 0, words[reader->error], strlen(words[reader->error]));
    if (reader->error == ERROR_DOLLAR) {
        out[len++] = reader->odd == '\r' || reader->odd == '\n' ? ' ' : reader->odd;
        out[len++] = '\'';
    }
    out[len] = '\0';
    return len;
}

void resp_check(const struct resp_reader *reader)
{
    assert(reader->phase <= PHASE_BROKEN);
    assert(reader->used <= RESP_TEXT_MAX);
    assert((reader->phase == PHASE_BROKEN) == (reader->error != ERROR_NONE));
    assert(reader->phase != PHASE_ARG || (reader->left > 0 && reader->args_left > 0));
    assert(reader->phase != PHASE_ARG_END || (reader->left > 0 && reader->left <= 2));
    assert(reader->argc >= 0 && reader->argc <= COUNT_MAX);
    for (int64_t i = 0; i < reader->argc && i < RESP_ARGS_MAX; i++)
        assert(reader->args[i].at + reader->args[i].kept <= RESP_TEXT_MAX);
}
