/* The rows of preset.def, and one way to list all kinds of presets. */
#include "sim/scenario/preset.h"
#include <assert.h>
#include <string.h>
#include "models/server/host.h"
#include "sim/engine/time.h"

#define US NS_PER_US
#define MS NS_PER_MS
#define S  NS_PER_S
#define KB (INT64_C(1) << 10)
#define MB (INT64_C(1) << 20)

struct link_row {
    struct preset_about about;
    int64_t latency, jitter, bandwidth;
};

struct load_row {
    struct preset_about about;
    struct preset_load load;
};

#define PARTS_MAX 3

struct outage_row {
    struct preset_about about;
    int64_t per_year_milli;
    const char *fault;
    struct {
        int64_t percent, median, p95; /* p95 0: always the median */
    } parts[PARTS_MAX];
};

#define LINK_PRESET(...)
#define LOAD_PRESET(...)
#define OUTAGE_PRESET(...)

static const struct link_row LINKS[] = {
#undef LINK_PRESET
#define LINK_PRESET(name, latency, jitter, bandwidth, what, source)                                \
    {{name, what, source}, latency, jitter, bandwidth},
#include "sim/scenario/preset.def"
#undef LINK_PRESET
#define LINK_PRESET(...)
};

static const struct load_row LOADS[] = {
#undef LOAD_PRESET
#define LOAD_PRESET(name, rate, high, high_for, low_for, what, source)                             \
    {{name, what, source}, {rate, high, high_for, low_for}},
#include "sim/scenario/preset.def"
#undef LOAD_PRESET
#define LOAD_PRESET(...)
};

static const struct outage_row OUTAGES[] = {
#undef OUTAGE_PRESET
#define PART(percent, median, p95) {percent, median, p95},
#define OUTAGE_PRESET(name, per_year, fault, parts, what, source)                                  \
    {{name, what, source}, (int64_t)((per_year)*1000 + 0.5), fault, {parts}},
#include "sim/scenario/preset.def"
};

#define COUNT_OF(table) (sizeof(table) / sizeof *(table))

const char *preset_kind_name(enum preset_kind kind)
{
    static const char *const NAMES[] = {"host", "link", "load", "outage"};
    return NAMES[kind];
}

size_t preset_count(enum preset_kind kind)
{
    switch (kind) {
    case PRESET_HOST:
        return host_preset_count();
    case PRESET_LINK:
        return COUNT_OF(LINKS);
    case PRESET_LOAD:
        return COUNT_OF(LOADS);
    default:
        return COUNT_OF(OUTAGES);
    }
}

struct preset_about preset_about(enum preset_kind kind, size_t index)
{
    assert(index < preset_count(kind));
    switch (kind) {
    case PRESET_HOST: {
        const struct host_preset *host = host_preset_at(index);
        return (struct preset_about){host->name, host->what, host->source};
    }
    case PRESET_LINK:
        return LINKS[index].about;
    case PRESET_LOAD:
        return LOADS[index].about;
    default:
        return OUTAGES[index].about;
    }
}

int preset_find(enum preset_kind kind, const char *name)
{
    for (size_t i = 0; i < preset_count(kind); i++)
        if (strcmp(preset_about(kind, i).name, name) == 0)
            return (int)i;
    return -1;
}

struct preset_load preset_load(size_t index)
{
    assert(index < COUNT_OF(LOADS));
    return LOADS[index].load;
}

struct preset_link preset_link(size_t index)
{
    assert(index < COUNT_OF(LINKS));
    const struct link_row *row = &LINKS[index];
    struct preset_link link = {.latency_ns = row->latency, .bandwidth = row->bandwidth};
    const char *wrong = dist_uniform(&link.jitter, 0, row->jitter);
    assert(!wrong);
    (void)wrong;
    return link;
}

struct dist preset_outage(size_t index)
{
    assert(index < COUNT_OF(OUTAGES));
    const struct outage_row *row = &OUTAGES[index];
    struct dist dist = {0}, part = {0}, parts[PARTS_MAX];
    int64_t weights[PARTS_MAX];
    uint32_t count = 0;
    for (; count < PARTS_MAX && row->parts[count].percent > 0; count++) {
        int64_t median = row->parts[count].median, p95 = row->parts[count].p95;
        const char *wrong =
            p95 == 0 ? dist_constant(&part, median) : dist_lognormal(&part, median, p95);
        assert(!wrong);
        (void)wrong;
        parts[count] = part;
        weights[count] = row->parts[count].percent * 10000;
    }
    if (count == 1)
        return part;
    const char *wrong = dist_mixture(&dist, weights, parts, count);
    assert(!wrong);
    (void)wrong;
    return dist;
}

int64_t preset_outage_per_year_milli(size_t index)
{
    assert(index < COUNT_OF(OUTAGES));
    return OUTAGES[index].per_year_milli;
}

const char *preset_outage_fault(size_t index)
{
    assert(index < COUNT_OF(OUTAGES));
    return OUTAGES[index].fault;
}
