/* Versions that are not known. See server_name.h. */
#include "sim/scenario/server_name.h"
#include <glib.h>
#include <inttypes.h>
#include "models/psync/profile.h"
#include "sim/text/spelling.h"

char *server_name_wrong(const char *name)
{
    const struct profile *series = profile_series(name);
    if (series != NULL)
        return g_strdup_printf("unknown server '%.80s': %s stands for patch %" PRId64
                               " and later, and no other row for this one (psyncsim profiles)",
                               name, series->name, series->first_patch);
    struct spelling spelling = spelling_to(name);
    for (size_t i = 0; i < profile_count(); i++)
        spelling_offer(&spelling, profile_at(i)->name);
    if (spelling.name != NULL)
        return g_strdup_printf("unknown server '%.80s'; did you mean '%s'?", name, spelling.name);
    return g_strdup_printf(
        "unknown server '%.80s'; expected a server version such as " PROFILE_DEFAULT
        " (psyncsim profiles)",
        name);
}
