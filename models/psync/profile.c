/* The versions as rows of one table, and the columns as another: what code asks and what users read
 * are the same lists. */
#include "models/psync/profile.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "models/psync/resp.h"

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
    const char *effect;
};

static const struct field fields[] = {
#define PROFILE_FIELD(type, name, what, source, effect)                                            \
    {FIELD_##type, offsetof(struct profile, name), #name, what, source, effect},
#include "models/psync/profile_fields.def"
#undef PROFILE_FIELD
};

/* Length of "redis-7.0" in "redis-7.0" and "redis-7.0.15"; 0: it is no name of a version. */
static size_t series_len(const char *name)
{
    size_t at = strcspn(name, "-");
    for (int numbers = 0; numbers < 2; numbers++) {
        if (name[at] != (numbers == 0 ? '-' : '.'))
            return 0;
        size_t digits = strspn(name + at + 1, "0123456789");
        if (digits == 0)
            return 0;
        at += digits + 1;
    }
    return at;
}

/* The number behind the series; -1: there is none, -2: it is no number. */
static int64_t patch_of(const char *name, size_t series)
{
    int64_t patch;
    if (name[series] == '\0')
        return -1;
    const char *digits = name + series + 1;
    bool is_number = name[series] == '.' && decimal_read(digits, strlen(digits), &patch);
    return is_number && patch >= 0 ? patch : -2;
}

static bool is_of_series(const struct profile *profile, const char *name, size_t series)
{
    return series > 0 && series_len(profile->name) == series &&
           strncmp(profile->name, name, series) == 0;
}

const struct profile *profile_find(const char *name)
{
    size_t series = series_len(name);
    int64_t patch = patch_of(name, series);
    for (size_t i = 0; i < profile_count(); i++) {
        const struct profile *row = &profiles[i];
        if (!is_of_series(row, name, series))
            continue;
        if (patch == -1 ? row->name[series] == '\0'
                        : patch >= row->first_patch && patch <= row->last_patch)
            return row;
    }
    return NULL;
}

const struct profile *profile_series(const char *name)
{
    size_t series = series_len(name);
    for (size_t i = 0; i < profile_count(); i++)
        if (is_of_series(&profiles[i], name, series) && patch_of(name, series) != -2)
            return &profiles[i];
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

const char *profile_field_effect(size_t field)
{
    assert(field < profile_field_count());
    return fields[field].effect;
}

int64_t profile_field_value(const struct profile *profile, size_t field)
{
    assert(field < profile_field_count());
    const char *at = (const char *)profile + fields[field].at;
    int64_t number;
    bool is_true;
    if (fields[field].type == FIELD_bool) {
        memcpy(&is_true, at, sizeof is_true);
        return is_true;
    }
    memcpy(&number, at, sizeof number);
    return number;
}

size_t profile_field_print(const struct profile *profile, size_t field, char *out, size_t size)
{
    int64_t value = profile_field_value(profile, field);
    int len = fields[field].type == FIELD_bool ? snprintf(out, size, "%s", value ? "yes" : "no")
                                               : snprintf(out, size, "%" PRId64, value);
    assert(len >= 0 && (size_t)len < size);
    return (size_t)len;
}
