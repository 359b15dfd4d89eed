/* Reads a scenario from YAML or JSON. */
#ifndef PSYNCSIM_SCENARIO_SCENARIO_READ_H
#define PSYNCSIM_SCENARIO_SCENARIO_READ_H

#include <stdbool.h>
#include <stddef.h>
#include "sim/text/diagnostic.h"
#include "sim/scenario/scenario.h"
#include "sim/scenario/scenario_files.h"

/* `path`: a file, "-" for stdin. `overrides`: PATH=VALUE texts ended by NULL, or NULL. Returns NULL
 * when it adds problems. Free with scenario_free. */
struct scenario *scenario_read(const char *path, const char *const *overrides,
                               struct diagnostics *diagnostics);

struct scenario_options;

/* The same in two steps, for a scenario that is read more than once: stdin has its text only once.
 * False when it adds a problem; then, too, pair with scenario_text_clear. The directory of the
 * options is the text's own. */
struct scenario_text {
    char *path, *bytes; /* bytes NULL: nothing was loaded */
    size_t len;
};
bool scenario_text_load(struct scenario_text *text, const char *path,
                        struct diagnostics *diagnostics);
struct scenario *scenario_text_read(const struct scenario_text *text,
                                    const struct scenario_options *options,
                                    struct diagnostics *diagnostics);
void scenario_text_clear(struct scenario_text *text);

struct scenario_options {
    const char *directory; /* that its files are relative to; NULL: it may not refer to files */
    const char *const *overrides; /* as above */
    struct scenario_files *files; /* looked up before the disk, and what is read from there is added
                                     (borrowed); NULL: nobody keeps them */
    const char *const *servers;   /* by node, what it is whatever the scenario says, or NULL; NULL:
                                   all are as it says. Versions that profile_find() knows */
};

/* The same of a text; `name` stands in messages. */
struct scenario *scenario_read_text(const char *name, const char *text, size_t len,
                                    const struct scenario_options *options,
                                    struct diagnostics *diagnostics);

#endif
