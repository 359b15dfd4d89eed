/* What a version of the server can do and which constants it has: one full row a version
 * (profile.def). Code asks for a capability, never for a version. */
#ifndef PSYNCSIM_PSYNC_PROFILE_H
#define PSYNCSIM_PSYNC_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CAPA_EOF = 1, CAPA_PSYNC2 = 2 };

struct profile {
    const char *name; /* "redis-7.0" */
    /* PROFILE_FIELD(type, name, "what it is", "source"): the columns, from profile_fields.def, in
     * that order */
#define PROFILE_FIELD(type, name, what, source) type name;
#include "models/psync/profile_fields.def"
#undef PROFILE_FIELD
};

/* NULL when there is none of that name. Also accepts a full version ("redis-7.0.15"). */
const struct profile *profile_find(const char *name);
size_t profile_count(void);
const struct profile *profile_at(size_t index);

/* For printing: the value of column `field` as text. */
size_t profile_field_count(void);
const char *profile_field_name(size_t field);
const char *profile_field_what(size_t field);
const char *profile_field_source(size_t field);

/* Returns the length; asserts that `size` is enough (24 is). */
size_t profile_field_print(const struct profile *profile, size_t field, char *out, size_t size);

#endif
