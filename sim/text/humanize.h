/* Times, sizes and lines as people read them. Made by value, to stand among printf's arguments:
 * humanize_span(ns).text. */
#ifndef PSYNCSIM_TEXT_HUMANIZE_H
#define PSYNCSIM_TEXT_HUMANIZE_H

#include <glib.h>
#include <stddef.h>
#include <stdint.h>

#define HUMANIZE_WIDTH 100 /* columns of a screen */
#define HUMANIZE_JOIN  "\x1f"

struct words {
    char text[48];
};

struct words
humanize_clock(int64_t t); /* a moment of the run: 1:40.974, 2:01:40.974, 3d 2:01:40.974 */
struct words humanize_span(int64_t ns);                   /* 35.3 s */
struct words humanize_size(int64_t bytes);                /* 1.05 MB (2^20) */
struct words humanize_digits(int64_t value);              /* 1 074 747 */
struct words humanize_share(int64_t part, int64_t whole); /* 27%; 0% where nothing is whole */

/* "3 replicas", "1 replica". */
struct words humanize_count(int64_t count, const char *one);

/* Columns that the text takes: characters, without colours. */
size_t humanize_width(const char *text);

/* Appends the text as lines of at most HUMANIZE_WIDTH columns, broken at spaces. The first begins
 * at column `at` (what is before it stands in `out` already), the others are indented by `indent`.
 * Ends the line. */
void humanize_wrap(GString *out, const char *text, size_t at, size_t indent);

/* Call once, when all is printed. */
void humanize_finish(GString *out);

#endif
