/* The lines of a file of records: record_file.h shows them. */
#ifndef PSYNCSIM_STUDY_RECORDS_RECORD_FILE_TEXT_H
#define PSYNCSIM_STUDY_RECORDS_RECORD_FILE_TEXT_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include "sim/study/records/record_head.h"

#define RECORD_FILE_HEAD_END "head " /* its last line begins so */

void record_file_print_head(const struct record_file_head *head, GString *out);

/* `text` up to the end of the last line of a head. False if it is none, or damaged; else end *head
 * with record_file_head_clear. */
bool record_file_parse_head(const char *text, struct record_file_head *head);

void record_file_print_record(GString *out, uint64_t index, const int64_t *words, uint32_t count);

/* One line with its end. `words`: room for `count`. */
bool record_file_parse_record(const char *line, uint64_t *index, int64_t *words, uint32_t count);

/* Bytes that a line of a record takes at most. */
size_t record_file_line_max(uint32_t words);

#endif
