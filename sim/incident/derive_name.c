/* See derive_name.h. */
#include "sim/incident/derive_name.h"

#include <glib.h>

char *derive_name(const char *name)
{
    GString *out = g_string_new(g_ascii_isalpha(name[0]) ? "" : "n");
    for (; *name && out->len < 30; name++)
        g_string_append_c(out, g_ascii_isalnum(*name) ? *name : '_');
    return g_string_free(out, FALSE);
}
