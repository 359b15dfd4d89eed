/* INFO replication of a server, as redis-cli prints it (redis 7.0.15; addresses are node names, and
 * every port is 6379). Asks only what changes nothing. */
#ifndef PSYNCSIM_WORLD_INFO_TEXT_H
#define PSYNCSIM_WORLD_INFO_TEXT_H

#include <glib.h>
#include "sim/world/world_state.h"

/* Every node's, with a line before each that begins with "## " and says who, when, and what keeps
 * it from answering: it does not run, or stands still. */
/* One node's, while it runs, with those fields of other sections that redis_exporter reads, and with the output buffers. */
void info_text_print_all(struct world *world, struct node *node, GString *out);

void info_text_print(struct world *world, GString *out);

#endif
