/* Two traces side by side: where the stories of their replicas part, what was counted, and how much
 * the times differ.
 *
 * The stories differ when, at some node, the steps do (compare_story.h says what a step is and what
 * is circumstance). Numbers of bytes never decide: what they decided is in the reasons. Times
 * decide only when a tolerance is given. */
#ifndef PSYNCSIM_COMPARE_COMPARE_H
#define PSYNCSIM_COMPARE_COMPARE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include "sim/compare/compare_story.h"
#include "sim/compare/trace_read.h"

/* How far two times may be apart: so many ns, and besides so much of the larger one. */
struct compare_tolerance {
    bool is_given;
    int64_t ns, share_ppm;
};

/* Steps that stand beside each other; NULL: that side has none here. */
struct compare_row {
    const struct compare_step *a, *b;
    bool is_same;
};

/* One thing counted, or one measure of all rows of a node. */
struct compare_count {
    const char *name;
    int64_t a, b;
};

struct compare_node {
    const char *name;
    struct compare_story *a, *b;
    GArray *rows;     /* struct compare_row */
    GArray *counts;   /* struct compare_count: what is 0 on both sides is left out */
    GPtrArray *names; /* of counts, where they are made */
    bool is_same;
    int64_t times, times_beyond; /* times that both have, and those beyond the tolerance */
};

struct compare {
    const struct trace_read *a, *b; /* borrowed */
    struct compare_tolerance tolerance;
    GPtrArray *nodes; /* struct compare_node: all with something to show, in the order of A */
    bool is_same;     /* the stories */
    int64_t times, times_beyond;
};

/* Pair with compare_free. */
struct compare *compare_new(const struct trace_read *a, const struct trace_read *b,
                            struct compare_tolerance tolerance);
void compare_free(struct compare *compare);

/* Whether both are of one scenario, as far as they say. */
bool compare_is_one_scenario(const struct compare *compare);

/* Whether two times are no further apart than the tolerance. */
bool compare_is_within(const struct compare_tolerance *tolerance, int64_t a, int64_t b);

const struct compare_node *compare_node_at(const struct compare *compare, size_t index);
const struct compare_row *compare_row_at(const struct compare_node *node, size_t index);

/* For people, at most HUMANIZE_WIDTH columns; and one line of JSON. */
void compare_print(const struct compare *compare, bool is_coloured, GString *out);
void compare_print_json(const struct compare *compare, const char *version, GString *out);

#endif
