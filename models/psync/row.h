/* The rows of the machines' tables, for the docs, the trace and the coverage check. A machine's
 * table says what happens for an event in a state; rows of state "any" hold where a state has none
 * of its own. */
#ifndef PSYNCSIM_PSYNC_ROW_H
#define PSYNCSIM_PSYNC_ROW_H

#include <stdint.h>

struct row_info {
    const char *state; /* "any" or a state's name */
    const char *on;    /* the event */
    const char *next;  /* the state it leads to */
    const char *does;  /* the action's name */
    const char *why;   /* one sentence */
};

#define ROWS_MAX 128

/* Which rows of its table a machine has fired since it was initialised: bit i of word i / 64. */
struct rows_fired {
    uint64_t word[ROWS_MAX / 64];
};

uint16_t replica_row_count(void);
struct row_info replica_row_info(uint16_t row);

uint16_t master_row_count(void);
struct row_info master_row_info(uint16_t row);

#endif
