/* Writes JSON by hand: keys in the order in which they are given, every 64-bit integer exact. */
#ifndef PSYNCSIM_TEXT_JSON_WRITE_H
#define PSYNCSIM_TEXT_JSON_WRITE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct json {
    GString *out;     /* borrowed */
    bool has_sibling; /* a comma goes before the next value */
};

/* key NULL: an element of an array, or the document itself. */
void json_open(struct json *json, const char *key, char bracket);
void json_close(struct json *json, char bracket);
void json_int(struct json *json, const char *key, int64_t value);
void json_bool(struct json *json, const char *key, bool value);

/* What is not UTF-8 in `text` is replaced. */
void json_text(struct json *json, const char *key, const char *text);

#endif
