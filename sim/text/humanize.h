/* Times, sizes and lines as people read them. Made by value, to stand among printf's arguments:
 * words_span(ns).text. */
#ifndef PSYNCSIM_WORLD_WORDS_H
#define PSYNCSIM_WORLD_WORDS_H

#include <glib.h>
#include <stddef.h>
#include <stdint.h>

#define WORDS_WIDTH 100 /* columns of a screen */
#define WORDS_JOIN  "\x1f"

struct words {
    char text[48];
};

struct words
words_clock(int64_t t); /* a moment of the run: 1:40.974, 2:01:40.974, 3d 2:01:40.974 */
struct words words_span(int64_t ns);                   /* 35.3 s */
struct words words_size(int64_t bytes);                /* 1.05 MB (2^20) */
struct words words_digits(int64_t value);              /* 1 074 747 */
struct words words_share(int64_t part, int64_t whole); /* 27%; 0% where nothing is whole */

/* "3 replicas", "1 replica". */
struct words words_count(int64_t count, const char *one);

/* Columns that the text takes: characters, without colours. */
size_t words_width(const char *text);

/* Appends the text as lines of at most WORDS_WIDTH columns, broken at spaces. The first begins at
 * column `at` (what is before it stands in `out` already), the others are indented by `indent`.
 * Ends the line. */
void words_wrap(GString *out, const char *text, size_t at, size_t indent);

/* Call once, when all is printed. */
void words_finish(GString *out);

#endif
