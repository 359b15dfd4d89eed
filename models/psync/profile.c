/* The versions as rows of one table, and the columns as another: what code asks and what users read
 * are the same lists. */
#include "models/psync/profile.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const struct profile profiles[] = {
#define PROFILE(text, ...) {.name = text, __VA_ARGS__},
#include "models/psync/profile.def"
#undef PROFILE
};

enum field_type { FIELD_bool, FIELD_int64_t };

struct field {
    enum field_type type;
    size_t at; /* offset in struct profile */
    const char *name;
    const char *what;
    const char *source;
};

static const struct field fields[] = {
#define PROFILE_FIELD(type, name, what, source)                                                    \
    {FIELD_##type, offsetof(struct profile, name), #name, what, source},
#include "models/psync/profile_fields.def"
#undef PROFILE_FIELD
};

/* "redis-7.0" and "redis-7.0.15" are the same row; "redis-7.01" is none. */
static bool names_version(const char *row, const char *name)
{
    size_t len = strlen(row);
    if (strncmp(row, name, len) != 0)
        return false;
    if (name[len] == '\0')
        return true;
    if (name[len] != '.' || name[len + 1] == '\0')
        return false;
    return name[len + 1 + strspn(name + len + 1, "0123456789")] == '\0';
}

const struct profile *profile_find(const char *name)
{
    for (size_t i = 0; i < profile_count(); i++) {
        if (names_version(profiles[i].name, name))
            return &profiles[i];
    }
    return NULL;
}

size_t profile_count(void)
{
    return sizeof profiles / sizeof profiles[0];
}

const struct profile *profile_at(size_t index)
{
    assert(index < profile_count());
    return &profiles[index];
}

size_t profile_field_count(void)
{
    return sizeof fields / sizeof fields[0];
}

const char *profile_field_name(size_t field)
{
    assert(field < profile_field_count());
    return fields[field].name;
}

const char *profile_field_what(size_t field)
{
    assert(field < profile_field_count());
    return fields[field].what;
}

const char *profile_field_source(size_t field)
{
    assert(field < profile_field_count());
    return fields[field].source;
}

size_t profile_field_print(const struct profile *profile, size_t field, char *out, size_t size)
{
    assert(field < profile_field_count());
    const char *at = (const char *)profile + fields[field].at;
    int len = 0;
    if (fields[field].type == FIELD_bool) {
        bool value;
        memcpy(&value, at, sizeof value);
        len = snprintf(out, size, "%s", value ? "yes" : "no");
    } else {
        int64_t value;
        memcpy(&value, at, sizeof value);
        len = snprintf(out, size, "%" PRId64, value);
    }
    assert(len >= 0 && (size_t)len < size);
    return (size_t)len;
}
