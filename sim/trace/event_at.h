/* Positions of fields among those that are written of their event, from event.def: EVENT_AT(drop, why) is 1.
 * For readers of traces (sim/compare), whose events are rows of values; everybody else has `struct event`. */
#ifndef PSYNCSIM_TRACE_EVENT_AT_H
#define PSYNCSIM_TRACE_EVENT_AT_H

enum event_mark {
#define EVENT(NAME, name, what)       EVENT_MARK_##name,
#define FIELD(event, type, key, what) EVENT_MARK_##event##_##key,
#define HIDDEN(event, type, key, what)
#include "sim/trace/event.def"
#undef EVENT
#undef FIELD
#undef HIDDEN
    EVENT_MARK_END
};
#define EVENT_AT(event, key) (EVENT_MARK_##event##_##key - EVENT_MARK_##event - 1)

#endif
