/* The two enumerations that explain everything: why a resynchronisation was what it was, and why a
 * connection ended. */
#ifndef PSYNCSIM_PSYNC_REASON_H
#define PSYNCSIM_PSYNC_REASON_H

enum reason_kind { REASON_KIND_PARTIAL, REASON_KIND_FULL, REASON_KIND_ERROR, REASON_KIND_COUNT };

enum reason {
#define REASON(name, text, kind, why) REASON_##name,
#include "models/psync/reason.def"
#undef REASON
    REASON_COUNT
};

enum drop {
#define DROP(name, text, why) DROP_##name,
#include "models/psync/drop.def"
#undef DROP
    DROP_COUNT
};

const char *reason_name(enum reason reason);
const char *reason_why(enum reason reason);
enum reason_kind reason_kind(enum reason reason);
const char *reason_kind_name(enum reason_kind kind); /* NULL of REASON_KIND_COUNT */
const char *drop_name(enum drop drop);
const char *drop_why(enum drop drop);

#endif
