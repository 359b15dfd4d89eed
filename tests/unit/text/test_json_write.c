/* JSON with exact integers. */
#include <glib.h>
#include <stdint.h>
#include "sim/text/json_write.h"
#include "tests/unit/suite.h"

TEST(json_keeps_every_bit_and_escapes_what_must_be)
{
    struct json json = {.out = g_string_new(NULL)};
    json_open(&json, NULL, '{');
    json_int(&json, "most", INT64_MAX);
    json_int(&json, "least", INT64_MIN);
    json_open(&json, "empty", '[');
    json_close(&json, ']');
    json_text(&json, "text", "a\"b\\c\n\xff");
    json_bool(&json, "no", false);
    json_close(&json, '}');
    ck_assert_str_eq(json.out->str,
                     "{\"most\":9223372036854775807,\"least\":-9223372036854775808,\"empty\":[],"
                     "\"text\":\"a\\\"b\\\\c\\u000a\xef\xbf\xbd\",\"no\":false}");
    g_string_free(json.out, TRUE);
}
