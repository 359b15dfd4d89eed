/* An answer of `size` for people, for programs, and as a picture. */
#ifndef PSYNCSIM_STUDY_SIZE_SIZE_PRINT_H
#define PSYNCSIM_STUDY_SIZE_SIZE_PRINT_H

#include <glib.h>
#include <stdbool.h>
#include "sim/study/size/size.h"

struct size_print_options {
    const char *again; /* the command that repeats it */
    bool has_details;  /* more than the screen: tables, memory, other forms of the block */
};

/* The screen: the answer first, the rest by importance, at most 100 columns. */
void size_print(const struct size_question *question, const struct size_answer *answer,
                const struct size_print_options *options, GString *out);

/* The risk curve in characters. */
void size_plot(const struct size_question *question, const struct size_answer *answer,
               GString *out);

/* One line of JSON. */
void size_print_json(const struct size_question *question, const struct size_answer *answer,
                     const char *version, GString *out);

/* The risk curve as SVG, readable on white and on black. */
void size_print_svg(const struct size_question *question, const struct size_answer *answer,
                    GString *out);

/* A page for a browser, in one file: the answer, the risk curve, the causes, and which figure matters most (SIZE_FIGURE_COUNT
 * weights); all that size_print prints stands below. */
struct size_weight;
void size_print_html(const struct size_question *question, const struct size_answer *answer,
                     const struct size_weight *weights, const char *again, GString *out);

/* What the target counts: "full resyncs per replica in a year". Free with g_free. */
char *size_unit(const struct size_target *target);

/* A share of outages, or full resynchronisations in the target's period: "0.83", "1.2e-04"; three
 * significant digits, the same on every machine. */
struct size_number {
    char text[24];
};
struct size_number size_number(double value);
/* The same of a figure of the answer: one that rests on a guess has two digits. */
struct size_number size_shown(const struct size_question *question, double value);

/* The smallest power of ten that is at least `value` > 0, as its exponent; and the largest that is
 * at most. */
int size_exponent_above(double value);
int size_exponent_below(double value);

/* log10, made of portable_log. value > 0 */
double size_log10(double value);

#endif
