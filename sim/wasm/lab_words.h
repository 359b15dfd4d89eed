/* The words of a scenario: keys, values and what they mean, for an editor. */
#ifndef PSYNCSIM_WASM_LAB_WORDS_H
#define PSYNCSIM_WASM_LAB_WORDS_H

#include <glib.h>

/* Appends one JSON object. */
void lab_words_print(GString *out);

#endif
