/* One resynchronisation, or one lost link, as a paragraph: loss, way back, asked, decision, owed,
 * cost, avoided by, mind, not known. */
#ifndef PSYNCSIM_INCIDENT_ENTRY_H
#define PSYNCSIM_INCIDENT_ENTRY_H

#include "sim/incident/explain_words.h"

void entry_print(const struct explained *explained, const struct story *story, GString *out);

/* "FULL [backlog-passed]", "lost". */
void entry_kind(const struct story *story, GString *out);

/* A label and its wrapped text; nothing without text. Empties it. */
void entry_line(GString *out, const char *label, GString *text);

#endif
