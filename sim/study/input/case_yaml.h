/* A scenario for `size` from the few figures that people know. */
#ifndef PSYNCSIM_STUDY_INPUT_CASE_YAML_H
#define PSYNCSIM_STUDY_INPUT_CASE_YAML_H

#include <glib.h>
#include "sim/study/input/input.h"
#include "sim/study/input/provenance.h"
#include "sim/study/input/size_options.h"
#include "sim/text/diagnostic.h"

/* The scenario as YAML of the options, of what files say (`figures`; NULL: none) where no option
 * does, and of defaults; and a row of provenance for each figure, which also stands as a comment
 * beside it. Values are not checked in here:
 * reading the scenario does that. NULL after a problem: nothing says how much is written, or a text
 * does not belong into YAML. */
GString *size_make(const struct size_options *options, const struct input_figures *figures,
                   struct provenance *provenance, struct diagnostics *diagnostics);

#endif
