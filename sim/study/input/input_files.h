/* One reading of a case's files: what input.c shares with the readers of each kind of them. */
#ifndef PSYNCSIM_STUDY_INPUT_INPUT_FILES_H
#define PSYNCSIM_STUDY_INPUT_INPUT_FILES_H

#include <stddef.h>

struct diagnostics;
struct input_figures;
struct input_given;
struct input_logs;
struct provenance;
struct size_options;

/* All is borrowed. */
struct input {
    const struct size_options *options;
    const struct input_given *given; /* NULL: the files themselves are read */
    const struct input_logs *logs;   /* NULL: none */
    struct provenance *provenance;
    struct diagnostics *diagnostics;
    struct input_figures *figures; /* what is found goes there */
};

/* The bytes of a file; "-" is stdin. NULL after a problem. Free with g_free. */
char *input_load(const struct input *input, const char *path, size_t *len);

/* Each reads the files of its kind, if `options` names any, and notes what they say. */
void input_take_infos(const struct input *input);
void input_take_series(const struct input *input);
void input_take_outages(const struct input *input);

/* What `logs` has; for files and options that know better to replace. */
void input_take_logs(const struct input *input);

#endif
