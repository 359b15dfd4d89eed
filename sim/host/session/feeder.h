/* Writes for the stream of psyncsim master: SETs of a hundred keys in turn, so many a second. They
 * exist in the stream only. */
#ifndef PSYNCSIM_HOST_SESSION_FEEDER_H
#define PSYNCSIM_HOST_SESSION_FEEDER_H

#include "sim/host/master_host.h"

struct feeder;

/* rate in 1e-9 per second; 0: none by itself. `host` and loop are borrowed. */
struct feeder *feeder_new(uv_loop_t *loop, struct master_host *host, int64_t rate,
                          int64_t value_bytes);

/* Goes round the loop until it is gone. */
void feeder_free(struct feeder *feeder);

/* At least so many bytes at once. */
void feeder_write(struct feeder *feeder, int64_t bytes);

#endif
