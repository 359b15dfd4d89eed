/* Private to ledger*.c: a resynchronisation as its event told it. */
#ifndef PSYNCSIM_HOST_SESSION_LEDGER_RESYNC_H
#define PSYNCSIM_HOST_SESSION_LEDGER_RESYNC_H

#include "sim/host/session/ledger.h"

enum {
#define EVENT(name, text, what)
#define FIELD(event, type, key, what) FIELD_OF_##event##_##key,
#include "sim/trace/event.def"
#undef EVENT
#undef FIELD
    FIELDS_OF_ALL
};

#define LEDGER_RESYNC_FIELDS (FIELD_OF_RESYNC_stale_ns - FIELD_OF_RESYNC_master + 1)

struct ledger_resync {
    int64_t t;
    int32_t node;
    struct trace_value values[LEDGER_RESYNC_FIELDS]; /* asked_id points to what has moved on: */
    char asked_id[REPLID_SIZE];                      /* this is it */
};

#define LEDGER_ASKED_ID (FIELD_OF_RESYNC_asked_id - FIELD_OF_RESYNC_master)

#endif
