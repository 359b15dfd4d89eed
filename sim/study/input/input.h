/* What people's files say about a case: redis.conf, dumps of INFO, a recorded offset, a log of
 * outages become the figures that `size` asks for, each with its origin. */
#ifndef PSYNCSIM_STUDY_INPUT_INPUT_H
#define PSYNCSIM_STUDY_INPUT_INPUT_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include "models/server/config.h"
#include "sim/study/input/provenance.h"
#include "sim/study/input/size_options.h"
#include "sim/text/diagnostic.h"

struct input_figure {
    char *value; /* as an option would have it; NULL: no file says it. Owned */
    char *from;  /* the file and how; without a value: why it is not known, or NULL. Owned */
};

struct input_figures {
#define SIZE_OPTION(field, name, letter, argument, fallback, what) struct input_figure field;
#include "sim/study/input/size_option.def"
#undef SIZE_OPTION
    struct input_figure config[CONFIG_COUNT]; /* directives as config_set takes them */
    struct input_figure keys, fork;           /* fork: per GB */
    struct input_figure save, load;           /* of a payload: rates */
    GString *rows;                            /* write_rate in rows, as a series; NULL: none */
    GString *law;         /* of outages, as YAML; `outages` then has it in words. NULL: none */
    double outage_mean_s; /* of the log */
};

/* Whether `outages` names a file that is there, or is "-" for stdin. */
bool input_is_file(const char *outages);

/* What servers' logs have of the case. All is borrowed; NULL: they do not have it. */
struct input_logs {
    const char *name;         /* of the files */
    const GString *outages;   /* as a file of outages: start, duration, link */
    int64_t first_ns, end_ns; /* of the logs, since 1970 */
    const GString *offsets;   /* as a recorded master_repl_offset */
    const char *server, *dataset, *replicas, *kind, *fork, *save,
        *load; /* as options and scenario */
};

/* Reads the files of `options`, and `logs` (NULL: none), which give way to any file and option; what
 * is odd about them becomes remarks of `provenance`. NULL after a problem. */
struct input_figures *input_read(const struct size_options *options, const struct input_logs *logs,
                                 struct provenance *provenance, struct diagnostics *diagnostics);

/* The same where some of the files are texts that are here already: those of these names, the list
 * ended by one without. */
struct input_given {
    const char *name;
    const GString *text; /* borrowed */
};
struct input_figures *input_read_given(const struct size_options *options,
                                       const struct input_given *given,
                                       struct provenance *provenance,
                                       struct diagnostics *diagnostics);

/* Replaces what was known; `from` is taken over. */
void input_note(struct input_figure *figure, const char *value, char *from);

void input_figures_free(struct input_figures *figures);

#endif
