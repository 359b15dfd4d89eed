/* The nearest known name to a misspelt one: "did you mean ...". */
#ifndef PSYNCSIM_TEXT_SPELLING_H
#define PSYNCSIM_TEXT_SPELLING_H

#include <stddef.h>

struct spelling {
    const char *wanted, *name; /* name: the best offer so far, NULL if none was near enough */
    size_t distance;
};

struct spelling spelling_to(const char *wanted);

/* `name` is borrowed as long as the nearest is used. */
void spelling_offer(struct spelling *spelling, const char *name);

#endif
