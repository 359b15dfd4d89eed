/* The simulator as a page calls it: what WebAssembly exports. page/src/simulator.ts calls it.
 *
 *      lab_take: memory for the texts below -> lab_run: a run -> lab_text, lab_length: what came out of it
 *
 * Every call of lab_run begins anew: a step back is a run, a slider is a run. A run that breaks an
 * assertion ends in a trap, and the page takes a new instance. */
#ifndef PSYNCSIM_WASM_LAB_H
#define PSYNCSIM_WASM_LAB_H

#include <stddef.h>

enum lab_output {
    LAB_PROBLEMS, /* a line for each, as the program prints them, and for each note */
    LAB_TRACE,    /* header, events and summary, a line each, without heartbeats */
    LAB_INFO,     /* INFO replication of every node at a moment */
    LAB_ASK,      /* the questions of a scenario that asks, as a screen has them */
    LAB_REVEAL,   /* what it says about their answers */
    LAB_WORDS,    /* of lab_words: see lab_words.c */
    LAB_OUTPUTS
};

enum lab_outcome { LAB_RAN, LAB_REFUSED, LAB_BROKEN };

void *lab_take(size_t size);

/* Both are of lab_take(), and taken over. `text` of len bytes is the scenario. `asked` is texts one
 * behind the other, each with its NUL:
 *
 *      name     of the scenario, in messages
 *      seed     -1: its own
 *      every    ns between two looks at every node; 0: none, -1: as many as a picture has places for
 *      from, until   … in this stretch alone; until 0: to the end
 *      at       moment of LAB_INFO; -1: none
 *      1 or 0   whether the trace gets the messages, too
 *      PATH=VALUE …  and an empty text at the end */
int lab_run(char *asked, char *text, size_t len);

/* Fills LAB_WORDS. */
void lab_words(void);

/* Until the next run. */
const char *lab_text(int output);
size_t lab_length(int output);

#endif
