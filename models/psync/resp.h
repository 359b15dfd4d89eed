/* RESP as replication needs it: commands written, and commands read from bytes that come in
 * arbitrary pieces.
 *
 *   *3\r\n $8\r\nREPLCONF\r\n $3\r\nACK\r\n $1\r\n7\r\n
 *       an array: the count, then each argument with its length (without the spaces)
 *   REPLCONF ACK 7\r\n
 *       the same inline, as old replicas say it
 *
 * Decimal numbers are strict as in redis 7.0.15 (FACTS R6): no plus, no spaces, no leading
 * zeros. */
#ifndef PSYNCSIM_PSYNC_RESP_H
#define PSYNCSIM_PSYNC_RESP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DECIMAL_MAX 20 /* characters of the longest int64_t */

/* Writes without a NUL; returns the length. `out` has room for DECIMAL_MAX. */
size_t decimal_write(char *out, int64_t value);

/* False when it is not a number or out of range; then *value is untouched. */
bool decimal_read(const char *text, size_t len, int64_t *value);

/* One command, as an array or inline (words separated by spaces, not escaped). Asserts that it
 * fits; returns the length. No NUL is added. */
size_t resp_write(char *out, size_t room, bool is_array, size_t argc, const char *const *argv);

#define RESP_ARGS_MAX 24   /* arguments that are kept; more are read, counted and forgotten */
#define RESP_TEXT_MAX 1024 /* bytes of all kept arguments together; what is beyond is forgotten */

enum resp_event {
    RESP_MORE,    /* the command is not complete yet */
    RESP_COMMAND, /* a command is complete: look at its arguments before the next read */
    RESP_EMPTY,   /* an empty line */
    RESP_NOTHING, /* an array without arguments */
    RESP_ERROR,   /* not RESP; resp_error says what. Nothing can be read after it */
};

/* An argument: `len` bytes were sent, `kept` of them lie at text + at, with a NUL behind. */
struct resp_arg {
    int64_t len;
    uint32_t at;
    uint32_t kept;
};

/* A reader. Flat: it can be copied in the middle of a command. Zero bytes are a fresh reader. */
struct resp_reader {
    int64_t left;      /* bytes of the argument (or its CRLF) still to come */
    int64_t args_left; /* arguments still to come, the present one included */
    int64_t argc;      /* arguments begun */
    uint32_t digits;   /* characters of the number being read; DECIMAL_MAX + 1: too many */
    uint32_t used;     /* bytes of text */
    uint8_t phase;
    uint8_t error;
    bool is_inline;
    bool in_word; /* inline: within an argument */
    char odd;     /* the byte found instead of '$' */
    char number[DECIMAL_MAX];
    struct resp_arg args[RESP_ARGS_MAX];
    char text[RESP_TEXT_MAX];
};

struct resp_progress {
    enum resp_event event;
    size_t eaten; /* bytes taken; less than given only if event is not RESP_MORE */
};

void resp_reset(struct resp_reader *reader);

/* Reads until one command is complete. */
struct resp_progress resp_read(struct resp_reader *reader, const char *bytes, size_t len);

/* True between commands. */
bool resp_is_idle(const struct resp_reader *reader);

/* Argument `index` of the command that is complete; "" when it was not kept. */
const char *resp_arg(const struct resp_reader *reader, int64_t index);
int64_t resp_arg_len(const struct resp_reader *reader, int64_t index);

/* The argument is this word, in any case. `word` is lower case. */
bool resp_arg_is(const struct resp_reader *reader, int64_t index, const char *word);

/* The words a server answers an error with, at most 64 bytes and a NUL: "invalid bulk length".
 * Returns the length. */
size_t resp_error(const struct resp_reader *reader, char *out, size_t size);

void resp_check(const struct resp_reader *reader);

#endif
