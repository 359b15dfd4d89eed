/* The lines of a file of records: shard.h shows them. */
#ifndef PSYNCSIM_STUDY_SHARD_TEXT_H
#define PSYNCSIM_STUDY_SHARD_TEXT_H

#include "sim/study/records/record_file.h"

#define SHARD_HEAD_END "head " /* its last line begins so */

void shard_print_head(const struct shard_head *head, GString *out);

/* `text` up to the end of the last line of a head. False if it is none, or damaged; else end *head
 * with shard_head_clear. */
bool shard_parse_head(const char *text, struct shard_head *head);
void shard_head_clear(struct shard_head *head);

/* What tells two heads apart, for a message: "'seeds 1 9', not 'seeds 1 8'". NULL: nothing. Free
 * with g_free. */
char *shard_difference(const struct shard_head *theirs, const struct shard_head *ours);

void shard_print_record(GString *out, uint64_t index, const int64_t *words, uint32_t count);

/* One line with its end. `words`: room for `count`. */
bool shard_parse_record(const char *line, uint64_t *index, int64_t *words, uint32_t count);

/* Bytes that a line of a record takes at most. */
size_t shard_line_max(uint32_t words);

#endif
