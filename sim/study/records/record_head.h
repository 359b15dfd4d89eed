/* What a file of records says of itself before the first one: which study, and which part of it. */
#ifndef PSYNCSIM_STUDY_RECORDS_RECORD_HEAD_H
#define PSYNCSIM_STUDY_RECORDS_RECORD_HEAD_H

#include <stdint.h>

#define RECORD_MERGE_MAX      100000
#define RECORD_FILE_WORDS_MAX 100000

/* Items first .. first + count - 1 of `total`. */
struct record_file_head {
    const char *kind;  /* which study: "sweep", "size" */
    const char *about; /* lines, each ended by a newline */
    uint64_t first, count, total;
    uint32_t number, of; /* shard `number` (from 1) `of` so many; 1 of 1: everything */
    uint32_t words; /* int64_t of a record: record_size / 8 of the task; 1..RECORD_FILE_WORDS_MAX */
};

/* Which items shard `number` of `of` has: one piece of the numbers 0 .. total - 1, as long as the
 * others give or take one. */
struct record_file_piece {
    uint64_t first, count;
};
struct record_file_piece record_file_piece(uint64_t total, uint32_t number, uint32_t of);

/* Frees the texts. */
void record_file_head_clear(struct record_file_head *head);

/* Where two heads differ, for a message: "'seeds 1 9', not 'seeds 1 8'". NULL: nothing. Free
 * with g_free. */
char *record_file_difference(const struct record_file_head *theirs,
                             const struct record_file_head *ours);

#endif
