/* What the page of `psyncsim report` draws: a trace as one JSON object. Lines that make a picture
 * are kept as they stand in the trace, so that its numbers are the trace's; looks (--positions)
 * become columns, and messages (--messages) pairs of two moments.
 *
 *      { "header": …, "summary": …,
 *        "events": [ { "clock": "1:05.252", "line": 41, "event": {…} } … ],
 *        "positions": [ { "node": "m", "t": […], "offset": […], … } … ],
 *        "flows": [ { "node": "m", "replica": "r1", "t": […], "buffer_bytes": […], … } … ],
 *        "messages": [ { "send": {…}, "received_ns": … } … ],
 *        "left_out": { "ping": 12, "ack": 116, … } }
 *
 * Heartbeats are counted and left out, and so is what is beyond PAGE_MESSAGES_MAX messages. */
#ifndef PSYNCSIM_PAGE_PAGE_DATA_H
#define PSYNCSIM_PAGE_PAGE_DATA_H

#include <glib.h>
#include <stdbool.h>
#include "sim/text/diagnostic.h"

#define PAGE_MESSAGES_MAX 10000

#define PAGE_LOOKS       320                     /* as many moments as a picture has places for */
#define PAGE_MESSAGES_NS INT64_C(21600000000000) /* 6 h: of longer runs, heartbeats are too many */

/* Appends it, fit to stand in a <script>. `name` stands in messages. False after adding to
 * `diagnostics`: the text is no whole trace. */
bool page_data_print(const char *name, const GString *trace, struct diagnostics *diagnostics,
                     GString *out);

/* Appends a JSON text that may stand in a <script>: "</script>" in it must not end the element, and
 * "<" stands in strings alone. */
void page_data_append_safe(GString *out, const GString *text);

#endif
