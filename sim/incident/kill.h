/* The line that says that a replica's output buffer had passed a limit. */
#ifndef PSYNCSIM_INCIDENT_KILL_H
#define PSYNCSIM_INCIDENT_KILL_H

#include "sim/incident/half.h"
#include "sim/incident/word_table.h"

/* Of a client's description; false where it is that of no replica. */
bool kill_read(struct piece text, struct mark at, struct kill *out);

/* Which limit it was, by the words and by how near a round number the buffer was: ENDED_LIMIT where
 * neither shows it. */
enum ended kill_limit(const struct kill *kill);

#endif
