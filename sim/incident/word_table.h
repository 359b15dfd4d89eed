/* A message of a server by its constant words. No regular expressions: a wording is a row of
 * words.def, found by its first letter and compared byte by byte. */
#ifndef PSYNCSIM_INCIDENT_WORD_TABLE_H
#define PSYNCSIM_INCIDENT_WORD_TABLE_H

#include <stddef.h>
#include <stdint.h>

#define WORD_VALUES 5

enum word {
    WORD_NONE,
#define EVENT(name, rank) WORD_##name,
#define WORDING(text)
#include "sim/incident/words.def"
#undef EVENT
#undef WORDING
    WORD_COUNT
};

struct piece {
    const char *at; /* borrowed from the message */
    size_t len;
};

struct said {
    enum word word;
    uint8_t count; /* of the values that follow */
    struct piece values[WORD_VALUES];
};

/* Rows by first letter; filled once by word_table_init(), then only read. */
struct word_table {
    uint8_t rows[256][64]; /* numbers of rows, ended by 0 */
};

void word_table_init(struct word_table *words);

/* What the message says, from its first byte on or behind a prefix that ends with ": " ("Replica
 * bio thread: "). WORD_NONE: nothing of ours. */
struct said word_table_find(const struct word_table *words, const char *message, size_t len);

/* As word_table_find, but the message may begin behind any blank, quote or bracket of the text: for
 * lines whose form is not known. *message is then where it begins. */
struct said word_table_search(const struct word_table *words, const char *text, size_t len,
                              const char **message);

/* Where a word stands among others of the same millisecond; 0: it says nothing about that. */
uint8_t word_rank(enum word word);

/* The value as a number; `otherwise` if it is none, or beyond a quarter of what 64 bits hold: sums
 * and differences do not overflow. */
int64_t piece_number(struct piece piece, int64_t otherwise);

/* As a string, cut to `size` with its end. */
void piece_copy(struct piece piece, char *to, size_t size);

#endif
