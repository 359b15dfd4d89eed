/* What a host tells while it carries out a machine's acts: one moment after another, each valid
 * during the call. The narration, the trace and the tests listen to the same moments. */
#ifndef PSYNCSIM_LIVE_MOMENT_H
#define PSYNCSIM_LIVE_MOMENT_H

#include <stddef.h>
#include <stdint.h>
#include "models/psync/act.h"
#include "models/psync/row.h"

enum moment_kind {
    MOMENT_OPENED,  /* the connection stands (replica), or one was accepted (master) */
    MOMENT_FAILED,  /* it could not be made; words: why */
    MOMENT_HEARD,   /* bytes: a line or a command of the peer, complete with its end, or the
                       beginning of it that was enough to end the connection; at most HEARD_MAX
                       bytes of it */
    MOMENT_STREAM,  /* bytes: a piece of the stream, as it came (replica) or as it was made (master)
                     */
    MOMENT_ROW,     /* a row of the machine's table fired */
    MOMENT_ACT,     /* an act is about to be carried out */
    MOMENT_PAYLOAD, /* master: the last byte of the payload is in the socket; number: its size */
    MOMENT_TICK     /* the one-second cron was there */
};

#define HEARD_MAX 1024

struct moment {
    enum moment_kind kind;
    int32_t peer; /* whose connection: 0 at a replica; at a master its place in the host */
    int64_t now;  /* ns since the host's start */
    const char *bytes;
    size_t len;
    const char *words;
    int64_t number;
    struct row_info row;
    const struct act *act;
};

typedef void moment_listener(void *user, const struct moment *moment);

#endif
