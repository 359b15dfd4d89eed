/* In WebAssembly no JSON is read: a scenario is, whatever it is written in, parsed by the page, and
 * of recorded series those in columns are taken. See no_json.c. */
#ifndef PSYNCSIM_WASM_JANSSON_H
#define PSYNCSIM_WASM_JANSSON_H

#include <stddef.h>

typedef struct json json_t;
typedef struct {
    int line, column;
    char text[80];
} json_error_t;

#define json_is_number(value) ((void)(value), 0)
#define json_is_array(value)  ((void)(value), 0)
json_t *json_loadb(const char *text, size_t len, size_t flags, json_error_t *error);
json_t *json_array_get(const json_t *array, size_t index);
json_t *json_object_get(const json_t *object, const char *key);
const char *json_string_value(const json_t *value);
double json_number_value(const json_t *value);
size_t json_array_size(const json_t *array);
void json_decref(json_t *value);

#endif
