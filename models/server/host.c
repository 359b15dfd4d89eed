/* The presets of host_presets.def; a scenario changes what it names. */
#include "models/server/host.h"
#include <assert.h>
#include <string.h>
#include "sim/engine/time.h"

/* A constant is a range of one value. */
struct range {
    int64_t low, high;
};

struct preset {
    struct host_preset about;
    struct range fork_per_gb, fork_base, save_base, load_base, boot, handler, tick_extra,
        diskless_start, busy, sleep_extra;
    int64_t save_rate, diskless_rate, load_rate, flush_rate, key_rate, nic;
};

#define US NS_PER_US
#define MS NS_PER_MS
#define MB (INT64_C(1) << 20)
#define CONSTANT(value)                                                                            \
    {                                                                                              \
        value, value                                                                               \
    }
#define UNIFORM(low, high)                                                                         \
    {                                                                                              \
        low, high                                                                                  \
    }

static const struct preset PRESETS[] = {
#define HOST_PRESET(name, what, source, ...) {{name, what, source}, __VA_ARGS__},
#include "models/server/host_presets.def"
#undef HOST_PRESET
};

size_t host_preset_count(void)
{
    return sizeof PRESETS / sizeof *PRESETS;
}

const struct host_preset *host_preset_at(size_t index)
{
    assert(index < host_preset_count());
    return &PRESETS[index].about;
}

int host_preset_find(const char *name)
{
    for (size_t i = 0; i < host_preset_count(); i++)
        if (strcmp(PRESETS[i].about.name, name) == 0)
            return (int)i;
    return -1;
}

static void set_range(struct dist *dist, struct range range)
{
    const char *wrong = range.low == range.high ? dist_constant(dist, range.low)
                                                : dist_uniform(dist, range.low, range.high);
    assert(!wrong);
    (void)wrong;
}

void host_init(struct host *host, size_t preset)
{
    assert(preset < host_preset_count());
    const struct preset *row = &PRESETS[preset];
    set_range(&host->fork_per_gb, row->fork_per_gb);
    set_range(&host->fork_base, row->fork_base);
    set_range(&host->save_base, row->save_base);
    set_range(&host->load_base, row->load_base);
    set_range(&host->boot, row->boot);
    set_range(&host->handler, row->handler);
    set_range(&host->tick_extra, row->tick_extra);
    set_range(&host->diskless_start, row->diskless_start);
    set_range(&host->busy, row->busy);
    set_range(&host->sleep_extra, row->sleep_extra);
    host->save_rate = row->save_rate;
    host->diskless_rate = row->diskless_rate;
    host->load_rate = row->load_rate;
    host->flush_rate = row->flush_rate;
    host->key_rate = row->key_rate;
    host->nic = row->nic;
    host->apply_rate = HOST_UNLIMITED;
    host->allocator = ALLOCATOR_JEMALLOC;
}
