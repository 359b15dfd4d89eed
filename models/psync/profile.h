/* What a version of the server can do and which constants it has: one full row a version
 * (profile.def). Code asks for a capability, never for a version.
 *
 * A series ("redis-7.0") is a row that stands for its last releases; earlier patches that differ
 * have rows of their own ("redis-7.0.9"). A patch ("redis-7.0.5") runs on the row whose range
 * holds it. */
#ifndef PSYNCSIM_PSYNC_PROFILE_H
#define PSYNCSIM_PSYNC_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CAPA_EOF = 1, CAPA_PSYNC2 = 2, CAPA_RDB_CHANNEL = 4, CAPA_DUAL_CHANNEL = 8 };

/* Of column second_channel. */
enum { SECOND_CHANNEL_NONE, SECOND_CHANNEL_RDB, SECOND_CHANNEL_DUAL };

#define PROFILE_DEFAULT "redis-7.0"
#define ANY_PATCH       INT64_MAX

struct profile {
    const char *name;                /* "redis-7.0", "redis-7.0.9" */
    int64_t first_patch, last_patch; /* those for which the row holds; ANY_PATCH: no end known */
    const char *about;               /* what is known of it, and how it differs from its series */
    /* PROFILE_FIELD(type, name, "what it is", "source", "effect"): the columns, from profile_fields.def, in
     * that order */
#define PROFILE_FIELD(type, name, what, source, effect) type name;
#include "models/psync/profile_fields.def"
#undef PROFILE_FIELD
};

/* The row for a series, or for a full version ("redis-7.0.15"); NULL: there is none that holds. */
const struct profile *profile_find(const char *name);

/* The series of a full version that no row holds for; NULL: `name` is of no known series. */
const struct profile *profile_series(const char *name);
size_t profile_count(void);
const struct profile *profile_at(size_t index);

/* For printing: the value of column `field` as text. */
size_t profile_field_count(void);
const char *profile_field_name(size_t field);
const char *profile_field_what(size_t field);
const char *profile_field_source(size_t field);
const char *profile_field_effect(size_t field); /* on full and partial, where there is more of it */

/* Returns the length; asserts that `size` is enough (24 is). */
size_t profile_field_print(const struct profile *profile, size_t field, char *out, size_t size);
int64_t profile_field_value(const struct profile *profile, size_t field);

#endif
