/* A file of records: the finished items of a study, each under its index.
 *
 * Two things are the same file. A checkpoint stands beside an output that is not there yet: records
 * are added as they are made, in any order, and a killed process loses at most the one that it was
 * writing. A shard is the part of a study that one process of several was given, complete and in
 * order. Text, so that any machine reads it, and a line per record, so that people can:
 *
 *      psyncsim-records 1
 *      kind sweep
 *      shard 1 of 5
 *      items 0 20 100                 first, how many here, how many in the whole study
 *      words 3                        of a record
 *      about 2                        lines that follow
 *      | version 0.1.0
 *      | seeds 1 20
 *      head x00c0ffee00c0ffee         checks all above
 *      0 1 0 -1 x0123456789abcdef     index, words, check
 *
 * The lines of `about` say everything that a record depends on besides its index. Files belong
 * together if, and only if, they say the same. */
#ifndef PSYNCSIM_STUDY_RECORDS_RECORD_FILE_H
#define PSYNCSIM_STUDY_RECORDS_RECORD_FILE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include "sim/study/parallel/worker_pool.h"
#include "sim/study/records/record_head.h"

/* What the user can mend (a file that is damaged or of something else), and what the system did. */
enum record_file_error { RECORD_FILE_ERROR_INPUT, RECORD_FILE_ERROR_SYSTEM };
#define RECORD_FILE_ERROR record_file_error_quark()
GQuark record_file_error_quark(void);

struct record_file;

/* A checkpoint: goes on with what is at `path`, or begins it; a torn end is cut off. NULL if it is
 * another study's, is damaged, or another process works on it. `head` is copied. */
struct record_file *record_file_resume(const char *path, const struct record_file_head *head,
                                       GError **error);

/* A complete file, to be read only. */
struct record_file *record_file_read(const char *path, GError **error);

/* Closes it; the file stays. */
void record_file_free(struct record_file *file);
/* Closes it and removes the file. */
void record_file_remove(struct record_file *file);

const struct record_file_head *record_file_head(const struct record_file *file);
uint64_t record_file_held(const struct record_file *file); /* records that are there */

/* The record of that item; false: not there. Reads it from the file. */
bool record_file_find(struct record_file *file, uint64_t index, int64_t *words);

/* Puts it on file: it outlives the process from here on. False if that failed (record_file_failure
 * says why). */
bool record_file_add(struct record_file *file, uint64_t index, const int64_t *words);
const char *
record_file_failure(const struct record_file *file); /* a sentence; NULL: nothing failed */

/* The whole file in the order of the items, as record_file_read wants it. All items must be there.
 * False if one could not be read again. */
bool record_file_print(struct record_file *file, FILE *out);

/* Lets go of a complete file until record_file_find needs it. */
void record_file_rest(struct record_file *file);

/* The shards of one study, in any order. NULL when some are missing, given twice, incomplete, or
 * belong to different studies. `paths` ends with NULL. */
struct record_merge;
struct record_merge *record_merge_read(const char *const *paths, GError **error);
void record_merge_free(struct record_merge *merge);

/* Of the whole study: shard 1 of 1. */
const struct record_file_head *record_merge_head(const struct record_merge *merge);
bool record_merge_find(struct record_merge *merge, uint64_t index, int64_t *words);

/* For worker_pool_keep: a worker pool works only on what is not there, and adds what it makes. A record of
 * its tasks is 8 * head->words bytes, made of int64_t, and an index names the same item in all of
 * them. */
struct worker_pool_store record_file_keeper(struct record_file *file);
struct worker_pool_store record_merge_keeper(struct record_merge *merge);

#endif
