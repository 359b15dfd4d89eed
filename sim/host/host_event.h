/* What a host reports while it carries out a machine's acts: one event after another, each valid
 * during the call. The narration, the trace and the tests listen to the same events. */
#ifndef PSYNCSIM_HOST_HOST_EVENT_H
#define PSYNCSIM_HOST_HOST_EVENT_H

#include <stddef.h>
#include <stdint.h>
#include "models/psync/act.h"
#include "models/psync/row.h"

enum host_event_kind {
    HOST_OPENED,  /* the connection stands (replica), or one was accepted (master) */
    HOST_FAILED,  /* it could not be made; words: why */
    HOST_HEARD,   /* bytes: a line or a command of the peer, complete with its end, or the
                       beginning of it that was enough to end the connection; at most HEARD_MAX
                       bytes of it */
    HOST_STREAM,  /* bytes: a piece of the stream, as it came (replica) or as it was made (master)
                   */
    HOST_ROW,     /* a row of the machine's table fired */
    HOST_ACT,     /* an act is about to be carried out */
    HOST_PAYLOAD, /* master: the last byte of the payload is in the socket; number: its size */
    HOST_TICK     /* the one-second cron was there */
};

#define HEARD_MAX 1024

struct host_event {
    enum host_event_kind kind;
    int32_t peer; /* whose connection: 0 at a replica; at a master its place in the host */
    int64_t now;  /* ns since the host's start */
    const char *bytes;
    size_t len;
    const char *words;
    int64_t number;
    struct row_info row;
    const struct act *act;
};

typedef void host_event_listener(void *user, const struct host_event *event);

#endif
