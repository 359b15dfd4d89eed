/* A strict reader of JSON, value by value, for one line that is whole in memory. Numbers are handed
 * over as they are written, so that every 64-bit integer stays exact; nothing recurses. */
#ifndef PSYNCSIM_COMPARE_JSON_SCAN_H
#define PSYNCSIM_COMPARE_JSON_SCAN_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JSON_DEPTH_MAX 32

enum json_kind {
    JSON_END, /* all was read */
    JSON_WRONG,
    JSON_TEXT,
    JSON_NUMBER,
    JSON_TRUE,
    JSON_FALSE,
    JSON_NULL,
    JSON_OPEN, /* { or [ */
    JSON_CLOSE,
};

/* One value, or the beginning or end of an object or array. */
struct json_value {
    enum json_kind kind;
    int depth;        /* of objects and arrays around it: 0 is the document itself */
    bool is_array;    /* OPEN, CLOSE: with a square bracket */
    const char *key;  /* its name; NULL in an array and at depth 0 */
    const char *text; /* TEXT without escapes; NUMBER as written */
};

struct json_scan {
    const char *begin, *at, *end;
    int depth;
    uint32_t arrays; /* bit d: what is open at depth d is an array */
    bool has_value;  /* one was read at this depth: a comma or the end is due */
    GString *key, *text;
    char wrong[128]; /* after JSON_WRONG: what was found, and what is expected */
};

/* bytes[0..len) is borrowed. Pair with json_scan_clear. */
void json_scan_init(struct json_scan *scan, const char *bytes, size_t len);
void json_scan_clear(struct json_scan *scan);

/* The next value; its texts live until the next call. After JSON_END and JSON_WRONG, the same
 * again. Texts are UTF-8 and hold no NUL. */
struct json_value json_scan_next(struct json_scan *scan);

/* The column, from 1 and in bytes, where the scan stands. */
int32_t json_scan_column(const struct json_scan *scan);

/* Whether there is nothing left to read: what is wrong is that more was expected. */
bool json_scan_is_at_end(const struct json_scan *scan);

/* Reads a NUMBER's text. False if it is not a whole number of 64 bits. */
bool json_scan_int(const char *text, int64_t *out);

#endif
