/* What becomes of the runs of a sweep: rows in a file or on stdout, and a table of differences. */
#ifndef PSYNCSIM_CLI_ROWS_H
#define PSYNCSIM_CLI_ROWS_H

#include <stdbool.h>
#include <stdint.h>
#include "sim/study/sweep/sweep.h"

struct rows_args {
    const char *path; /* NULL: no rows; "-": stdout */
    const char *html; /* a page of the differences goes there; NULL: nowhere */
    bool compares;    /* the table goes to stdout */
    struct rows_format {
        bool is_given; /* else rows_settle takes it from the name of the file */
        enum sweep_format as;
    } format;
};

/* option_parse of a struct rows_format. */
const char *rows_parse_format(void *field, const char *text);

/* Settles what was left open. */
void rows_settle(struct rows_args *args);

/* Whether rows can go where they should as they come: then nothing is kept beside the output. */
bool rows_are_streamed(const struct rows_args *args);

struct rows;

/* NULL after words. End it with rows_close or rows_drop. */
struct rows *rows_open(const struct rows_args *args, const struct sweep *sweep);

/* Runs come in their order. False if they cannot be written. */
bool rows_put(struct rows *rows, uint64_t run, const int64_t *record);

/* Completes the file and prints the table. Returns the exit code, after words if it is not 0. */
int rows_close(struct rows *rows);

void rows_drop(struct rows *rows);

#endif
