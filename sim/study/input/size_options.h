/* The options of `size` that describe a case. */
#ifndef PSYNCSIM_STUDY_INPUT_SIZE_OPTIONS_H
#define PSYNCSIM_STUDY_INPUT_SIZE_OPTIONS_H

/* As they were given on the command line; NULL: not given. */
struct size_options {
#define SIZE_OPTION(field, name, letter, argument, fallback, what) const char *field;
#include "sim/study/input/size_option.def"
#undef SIZE_OPTION
};

#endif
