/* Which figure of a study came from where: a line of a file, an option, a preset or a default.
 * Those who read inputs add rows; `size` prints them beside its answer, in the order they came. */
#ifndef PSYNCSIM_STUDY_INPUT_PROVENANCE_H
#define PSYNCSIM_STUDY_INPUT_PROVENANCE_H

#include <glib.h>
#include <stdbool.h>

struct provenance_row {
    char *figure; /* what it is, in the words of the scenario or of redis.conf: "write rate" */
    char *value;  /* as it is used, with its unit: "5mb/s" */
    char *from; /* "--write-rate", "redis.conf line 12", "preset wan-link: Turner'10", "default" */
};

struct provenance {
    GPtrArray *rows;    /* struct provenance_row *, owned */
    GPtrArray *remarks; /* char *, owned: what the reader of an answer should know of its inputs */
};

struct provenance *provenance_new(void);
void provenance_free(struct provenance *provenance);

/* Adds a row, or replaces the value and origin of the row of the same figure: what comes later
 * wins, as an option does over a file. The strings are copied. */
void provenance_add(struct provenance *provenance, const char *figure, const char *value,
                    const char *from);

void provenance_remark(struct provenance *provenance, const char *format, ...) G_GNUC_PRINTF(2, 3);

#define PROVENANCE_USED_MEMORY "used memory"      /* figure: bytes */
#define PROVENANCE_RECORDED    "recorded outages" /* figure: how many */

/* Whether what outages there are rests on a guess: of how many, or of how long. */
bool provenance_is_guess(const struct provenance *provenance);

/* NULL if no row has that figure. Owned by `provenance`. */
const struct provenance_row *provenance_find(const struct provenance *provenance,
                                             const char *figure);

#endif
