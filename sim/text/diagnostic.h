/* What is wrong with an input: each with its place, what was found and what is expected, all in one
 * go. */
#ifndef PSYNCSIM_TEXT_DIAGNOSTIC_H
#define PSYNCSIM_TEXT_DIAGNOSTIC_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Lines and columns count from 1, columns in characters; 0: unknown. */
struct place {
    int32_t source; /* of diagnostics_source */
    int32_t line, column;
};

struct diagnostics;

struct diagnostics *diagnostics_new(void);
void diagnostics_free(struct diagnostics *diagnostics);

/* A text that places refer to: a file, or an override. `name` is copied; `text` (or NULL), too: it
 * is shown under a problem. Returns its number. */
int32_t diagnostics_source(struct diagnostics *diagnostics, const char *name, const char *text,
                           size_t len);

/* Adds one, unless the same stands at the same place. Control characters in it are shown as "?". */
void diagnostics_add(struct diagnostics *diagnostics, struct place place, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

/* Adds what is worth knowing and not wrong: it is printed, and counts as no problem. Once each. */
void diagnostics_note(struct diagnostics *diagnostics, struct place place, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

/* The i-th note: "file.yaml:12:7: note: what"; NULL behind the last. Owned. */
const char *diagnostics_note_at(const struct diagnostics *diagnostics, size_t index);

/* Adds what `from` has and `problems` has not: the same of the same text stands there once. */
void diagnostics_join(struct diagnostics *diagnostics, const struct diagnostics *from);

/* The same where the text of source `made` in `from` was made by the program: nobody has it before
 * him, so its problems get no place, but the comment ("  # ...") that ends their line. */
void diagnostics_join_made(struct diagnostics *diagnostics, const struct diagnostics *from,
                           int32_t made);

size_t diagnostics_count(const struct diagnostics *diagnostics);

/* The i-th by place: "file.yaml:12:7: error: what". Free with g_free. */
char *diagnostics_text(struct diagnostics *diagnostics, size_t index);

/* The notes, then all problems by place, with the line they are about and a caret. */
void diagnostics_print(struct diagnostics *diagnostics, FILE *out, bool is_coloured);

#endif
