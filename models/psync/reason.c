/* Names and sentences of reasons and drops, straight from their lists. */
#include "models/psync/reason.h"

#include <assert.h>
#include <stddef.h>

struct reason_info {
    const char *name;
    const char *why;
    enum reason_kind kind;
};

static const struct reason_info reasons[] = {
#define REASON(name, text, kind, why) [REASON_##name] = {text, why, REASON_KIND_##kind},
#include "models/psync/reason.def"
#undef REASON
};

struct drop_info {
    const char *name;
    const char *why;
};

static const struct drop_info drops[] = {
#define DROP(name, text, why) [DROP_##name] = {text, why},
#include "models/psync/drop.def"
#undef DROP
};

const char *reason_name(enum reason reason)
{
    assert(reason < REASON_COUNT);
    return reasons[reason].name;
}

const char *reason_why(enum reason reason)
{
    assert(reason < REASON_COUNT);
    return reasons[reason].why;
}

enum reason_kind reason_kind(enum reason reason)
{
    assert(reason < REASON_COUNT);
    return reasons[reason].kind;
}

const char *reason_kind_name(enum reason_kind kind)
{
    static const char *const names[] = {"partial", "full", "error", NULL};
    assert(kind <= REASON_KIND_COUNT);
    return names[kind];
}

const char *drop_name(enum drop drop)
{
    assert(drop < DROP_COUNT);
    return drops[drop].name;
}

const char *drop_why(enum drop drop)
{
    assert(drop < DROP_COUNT);
    return drops[drop].why;
}
