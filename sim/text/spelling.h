/* The nearest known name to a misspelt one: "did you mean ...". */
#ifndef PSYNCSIM_WORLD_NEAREST_H
#define PSYNCSIM_WORLD_NEAREST_H

#include <stddef.h>

struct nearest {
    const char *wanted, *name; /* name: the best offer so far, NULL if none was near enough */
    size_t distance;
};

struct nearest nearest_to(const char *wanted);

/* `name` is borrowed as long as the nearest is used. */
void nearest_offer(struct nearest *nearest, const char *name);

#endif
