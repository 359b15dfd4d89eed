/* See diagnostics_fixture.h. */
#include "tests/unit/study/diagnostics_fixture.h"

#include <check.h>
#include <glib.h>

struct diagnostics *diagnostics;

void diagnostics_set_up(void)
{
    diagnostics = diagnostics_new();
}

void diagnostics_tear_down(void)
{
    diagnostics_free(diagnostics);
}

void diagnostics_expect(const char *begins)
{
    char *text = diagnostics_text(diagnostics, 0);
    ck_assert_msg(g_str_has_prefix(text, begins), "%s", text);
    g_free(text);
}
