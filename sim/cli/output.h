/* An output file, written whole or not at all: it takes its name when it is complete and on disk.
 */
#ifndef PSYNCSIM_CLI_OUTPUT_H
#define PSYNCSIM_CLI_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

struct output;

/* `path`: "-" is stdout; a pipe or device is written directly. NULL after words on stderr. End it
 * with output_close or output_drop. */
struct output *output_open(const char *path);

FILE *output_file(struct output *output);

/* Completes it. False after words on stderr (those about stdout come at the end of main): then
 * there is no new file. */
bool output_close(struct output *output);

/* Gives it up: what was written so far is removed. */
void output_drop(struct output *output);

#endif
