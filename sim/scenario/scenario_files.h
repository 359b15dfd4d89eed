/* The files that a scenario refers to, with what they said when it was read: whoever keeps them
 * beside the scenario's text can read it again anywhere. */
#ifndef PSYNCSIM_SCENARIO_SCENARIO_FILES_H
#define PSYNCSIM_SCENARIO_SCENARIO_FILES_H

#include <glib.h>

struct scenario_file {
    char *name, *text; /* the name as the scenario has it */
};

struct scenario_files {
    GPtrArray *list; /* struct scenario_file *, owned, each name once, in the order of reading */
};

struct scenario_files *scenario_files_new(void);
void scenario_files_free(struct scenario_files *files);

/* Owned by `files`; NULL: no such name. */
const char *scenario_files_find(const struct scenario_files *files, const char *name);

/* Copies both. What is there under that name already stays. */
void scenario_files_add(struct scenario_files *files, const char *name, const char *text);

#endif
