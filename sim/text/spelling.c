/* Edit distance with swapped neighbours as one step, in any case. A name that holds the wanted one
 * whole
 * ("backlog-size" in "repl-backlog-size") is near as well. */
#include "sim/text/spelling.h"
#include <glib.h>
#include <stdbool.h>
#include <string.h>

#define LEN_MAX 48 /* longer names are not compared */

static size_t distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
    size_t rows[3][LEN_MAX + 1]; /* of prefixes of a: two back, the previous, this one */
    for (size_t j = 0; j <= b_len; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a_len; i++) {
        size_t *row = rows[i % 3], *previous = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            bool same = g_ascii_tolower(a[i - 1]) == g_ascii_tolower(b[j - 1]);
            size_t best = previous[j - 1] + !same;
            best = MIN(best, previous[j] + 1);
            best = MIN(best, row[j - 1] + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                best = MIN(best, before[j - 2] + 1);
            row[j] = best;
        }
    }
    return rows[a_len % 3][b_len];
}

struct spelling spelling_to(const char *wanted)
{
    size_t len = strlen(wanted);
    return (struct spelling){.wanted = wanted, .distance = len <= 2 ? 2 : MIN(len / 3 + 2, 5)};
}

void spelling_offer(struct spelling *spelling, const char *name)
{
    size_t wanted_len = strlen(spelling->wanted), len = strlen(name);
    if (wanted_len == 0 || wanted_len > LEN_MAX || len > LEN_MAX)
        return;
    size_t found = distance(spelling->wanted, wanted_len, name, len);
    if (found > 2 && wanted_len >= 4 && strstr(name, spelling->wanted))
        found = 2;
    if (found < spelling->distance && found < MAX(wanted_len, len)) {
        spelling->distance = found;
        spelling->name = name;
    }
}
