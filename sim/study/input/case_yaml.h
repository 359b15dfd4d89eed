/* A scenario for `size` from the few figures that people know. */
#ifndef PSYNCSIM_STUDY_INPUT_CASE_YAML_H
#define PSYNCSIM_STUDY_INPUT_CASE_YAML_H

#include <glib.h>
#include "sim/study/input/provenance.h"
#include "sim/text/diagnostic.h"
#include "sim/scenario/scenario.h"

/* As they were given on the command line; NULL: not given. */
struct size_options {
#define SIZE_OPTION(field, name, letter, argument, fallback, what) const char *field;
#include "sim/study/input/size_option.def"
#undef SIZE_OPTION
    const char *info_later; /* the second --info */
};

struct input_figures;

/* The scenario as YAML of the options, of what files say (`figures`; NULL: none) where no option
 * does, and of defaults; and a row of provenance for each figure, which also stands as a comment
 * beside it. Values are not checked in here:
 * reading the scenario does that. NULL after a problem: nothing says how much is written, or a text
 * does not belong into YAML. */
GString *size_make(const struct size_options *options, const struct input_figures *figures,
                   struct provenance *provenance, struct diagnostics *diagnostics);

#endif
