/* Private to master*.c: what one call carries through a row of the master's table. */
#ifndef PSYNCSIM_PSYNC_MASTER_STEP_H
#define PSYNCSIM_PSYNC_MASTER_STEP_H

#include "models/psync/master.h"
#include "models/psync/request.h"

struct master_step {
    const struct master_site *site;
    struct acts *out;
    enum drop drop;          /* why the connection ends, if the row ends it */
    int64_t offset;          /* ACK: acknowledged; SAVE_STARTED: announced; PAYLOAD: the size */
    const char *mark;        /* PAYLOAD: the end mark of a streamed one */
    bool is_diskless;        /* SAVE_STARTED */
    enum master_state from;  /* set by master_step: the state before */
    struct request *request; /* the command that was understood; NULL for an ACK read in one go */
};

/* Takes the row of the state and the event: sets the state, calls the action. */
void master_step(struct master *master, struct master_step *s, enum master_on on);

#endif
