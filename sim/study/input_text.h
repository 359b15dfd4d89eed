/* A file somebody has, line by line, with the places that problems refer to. */
#ifndef PSYNCSIM_STUDY_INPUT_TEXT_H
#define PSYNCSIM_STUDY_INPUT_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "sim/world/problem.h"

#define INPUT_LINE_MAX 65536 /* characters; no file that is read here has longer ones */

struct input_text {
    const char *name, *at, *end; /* borrowed */
    struct problems *problems;
    int32_t source, line_number; /* the number of `line`, from 1 */
    char *line;                  /* owned: without its end (LF or CRLF); NULL before the first */
};

void input_text_init(struct input_text *text, const char *name, const char *bytes, size_t len,
                     struct problems *problems);
void input_text_clear(struct input_text *text);

/* Goes to the next line. False at the end, or after a problem: a line that is too long, or that
 * holds a NUL or is no UTF-8. */
bool input_text_next(struct input_text *text);

/* Adds a problem about the current line. `column` counts from 1; 0: its start. */
void input_text_wrong(struct input_text *text, int32_t column, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

#endif
