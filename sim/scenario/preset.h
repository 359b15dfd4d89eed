/* Numbers of the field under a name: hosts, links, loads, outages (preset.def, host_presets.def).
 */
#ifndef PSYNCSIM_SCENARIO_PRESET_H
#define PSYNCSIM_SCENARIO_PRESET_H

#include <stddef.h>
#include <stdint.h>
#include "sim/engine/dist.h"

enum preset_kind { PRESET_HOST, PRESET_LINK, PRESET_LOAD, PRESET_OUTAGE, PRESET_KIND_COUNT };

struct preset_about {
    const char *name, *what, *source;
};

struct preset_load {
    int64_t bytes_per_s;
    int64_t high_bytes_per_s, high_mean_ns, low_mean_ns; /* 0: constant */
};

struct preset_link {
    int64_t latency_ns, bandwidth; /* bits per second, 0: no limit */
    struct dist jitter;
};

/* "host", "link", "load", "outage" */
const char *preset_kind_name(enum preset_kind kind);
size_t preset_count(enum preset_kind kind);
struct preset_about preset_about(enum preset_kind kind, size_t index);
int preset_find(enum preset_kind kind, const char *name); /* -1 */

struct preset_load preset_load(size_t index);
struct preset_link preset_link(size_t index);
struct dist preset_outage(size_t index);

/* How often per link and year, in thousandths; and the kind of fault: "partition", "pause". */
int64_t preset_outage_per_year_milli(size_t index);
const char *preset_outage_fault(size_t index);

#endif
