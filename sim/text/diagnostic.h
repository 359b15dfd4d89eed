/* What is wrong with an input: each with its place, what was found and what would do, all in one
 * go. */
#ifndef PSYNCSIM_WORLD_PROBLEM_H
#define PSYNCSIM_WORLD_PROBLEM_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Lines and columns count from 1, columns in characters; 0: unknown. */
struct place {
    int32_t source; /* of problems_source */
    int32_t line, column;
};

struct problems;

struct problems *problems_new(void);
void problems_free(struct problems *problems);

/* A text that places refer to: a file, or an override. `name` is copied; `text` (or NULL), too: it
 * is shown under a problem. Returns its number. */
int32_t problems_source(struct problems *problems, const char *name, const char *text, size_t len);

/* Adds one, unless the same stands at the same place. Control characters in it are shown as "?". */
void problems_add(struct problems *problems, struct place place, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

/* Adds what `from` has and `problems` has not: the same of the same text stands there once. */
void problems_join(struct problems *problems, const struct problems *from);

size_t problems_count(const struct problems *problems);

/* The i-th by place: "file.yaml:12:7: error: what". Free with g_free. */
char *problems_text(struct problems *problems, size_t index);

/* All of them, by place, with the line they are about and a caret. */
void problems_print(struct problems *problems, FILE *out, bool is_coloured);

#endif
