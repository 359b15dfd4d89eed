/* A file somebody has, line by line, with the places that problems refer to. */
#ifndef PSYNCSIM_TEXT_INPUT_TEXT_H
#define PSYNCSIM_TEXT_INPUT_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "sim/text/diagnostic.h"

#define INPUT_LINE_MAX 65536 /* characters; no file that is read here has longer ones */

struct input_text {
    const char *name, *at, *end; /* borrowed */
    struct diagnostics *diagnostics;
    int32_t source, line_number; /* the number of `line`, from 1 */
    int32_t indent;              /* blanks that input_text_cells took from its begin */
    char *line;                  /* owned: without its end (LF or CRLF); NULL before the first */
    char separator[2];           /* of cells; "" before the first line that has any */
};

void input_text_init(struct input_text *text, const char *name, const char *bytes, size_t len,
                     struct diagnostics *diagnostics);
void input_text_clear(struct input_text *text);

/* Goes to the next line; a byte order mark before the first is passed over. False at the end, or
 * after a problem: a line that is too long, or that holds a NUL or is no UTF-8; a compressed file is
 * called one. */
bool input_text_next(struct input_text *text);

/* The cells of the current line, without the blanks and the quotes around them; NULL if it is empty
 * or a comment (#). The first line decides whether tab, semicolon or comma separates. Free with
 * g_strfreev. */
char **input_text_cells(struct input_text *text);

/* The column, from 1, at which cell `index` of that line begins. */
int32_t input_text_column(const struct input_text *text, int index);

/* Whether `name` is one of `names`, which are separated by spaces; in any case. */
bool input_text_is_among(const char *name, const char *names);

/* Nanoseconds of "12.5" (seconds) or "2min"; -1 if it is neither. */
int64_t input_text_seconds(const char *text);

/* Nanoseconds since 1970 of unix seconds, of unix milliseconds (13 digits), or of ISO 8601, which
 * is UTC unless it says otherwise; -1 if it is none of them. */
int64_t input_text_time(const char *text);

/* Adds a problem about the current line. `column` counts from 1; 0: its start. */
void input_text_wrong(struct input_text *text, int32_t column, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

#endif
