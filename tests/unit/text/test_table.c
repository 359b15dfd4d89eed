/* Tables of text. */
#include <glib.h>
#include "sim/text/table.h"
#include "tests/unit/suite.h"

TEST(a_table_leaves_out_what_is_empty)
{
    static const struct column COLUMNS[] = {
        {"name", true, false}, {"n", false, false}, {"gone", false, true}, {"why", true, false}};
    GString *out = g_string_new(NULL);
    struct table *table = table_new(COLUMNS, 4);
    for (int i = 0; i < 8; i++)
        table_put(table, "%s", i % 4 == 2 ? "-" : i == 4 ? "longer" : i == 7 ? "" : "1");
    table_print(table, out);
    ck_assert_str_eq(out->str, "name    n  why\n1       1  1\nlonger  1\n");
    table_free(table);
    g_string_free(out, TRUE);
}
