/* See jansson.h. */
#include <jansson.h>
#include <stdio.h>

json_t *json_loadb(const char *text, size_t len, size_t flags, json_error_t *error)
{
    (void)text, (void)len, (void)flags;
    *error = (json_error_t){.line = 1, .column = 1};
    snprintf(error->text, sizeof error->text, "the page takes a series as columns alone");
    return NULL;
}

json_t *json_array_get(const json_t *array, size_t index)
{
    (void)array, (void)index;
    return NULL;
}

json_t *json_object_get(const json_t *object, const char *key)
{
    (void)object, (void)key;
    return NULL;
}

const char *json_string_value(const json_t *value)
{
    (void)value;
    return NULL;
}

double json_number_value(const json_t *value)
{
    (void)value;
    return 0;
}

size_t json_array_size(const json_t *array)
{
    (void)array;
    return 0;
}

void json_decref(json_t *value)
{
    (void)value;
}
