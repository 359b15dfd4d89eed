/* psyncsim presets: numbers of the field, and where they are from. */
#include "models/server/host.h"
#include "sim/cli/cli.h"
#include "sim/cli/commands.h"
#include "sim/engine/quantity.h"
#include "sim/scenario/preset.h"

static void print(const char *label, enum quantity_kind kind, int64_t value)
{
    char text[32];
    quantity_print_short(kind, value, text, sizeof text);
    printf("  %s %s", label, text);
}

static void print_rate(const char *label, int64_t rate)
{
    if (rate >= HOST_UNLIMITED)
        printf("  %s unlimited", label);
    else
        print(label, QUANTITY_BYTERATE, rate);
}

static void print_host(size_t index)
{
    struct host host;
    host_init(&host, index);
    print("fork/GB", QUANTITY_DURATION, dist_mean(&host.fork_per_gb));
    print_rate("save", host.save_rate);
    print_rate("diskless", host.diskless_rate);
    print_rate("load", host.load_rate);
    print_rate("flush", host.flush_rate);
    if (host.nic > 0)
        print("nic", QUANTITY_BITRATE, host.nic);
}

static void print_link(size_t index)
{
    struct preset_link link = preset_link(index);
    print("latency", QUANTITY_DURATION, link.latency_ns);
    print("mean jitter", QUANTITY_DURATION, dist_mean(&link.jitter));
}

static void print_load(size_t index)
{
    struct preset_load load = preset_load(index);
    print("rate", QUANTITY_BYTERATE, load.bytes_per_s);
    if (load.high_mean_ns == 0)
        return;
    print("high", QUANTITY_BYTERATE, load.high_bytes_per_s);
    print("for", QUANTITY_DURATION, load.high_mean_ns);
    print("low for", QUANTITY_DURATION, load.low_mean_ns);
}

static void print_outage(size_t index)
{
    struct dist outage = preset_outage(index);
    int64_t per_year = preset_outage_per_year_milli(index);
    printf("  %s, %lld.%02lld a year", preset_outage_fault(index), (long long)(per_year / 1000),
           (long long)(per_year % 1000 / 10));
    print("mean", QUANTITY_DURATION, dist_mean(&outage));
    printf("  P(> 10s) %.3f  P(> 1min) %.3f  P(> 10min) %.3f", dist_tail(&outage, 10000000000),
           dist_tail(&outage, 60000000000), dist_tail(&outage, 600000000000));
}

static int run(const struct cli *cli)
{
    static void (*const PRINT[PRESET_KIND_COUNT])(size_t) = {
        [PRESET_HOST] = print_host,
        [PRESET_LINK] = print_link,
        [PRESET_LOAD] = print_load,
        [PRESET_OUTAGE] = print_outage,
    };
    (void)cli;
    for (int kind = 0; kind < PRESET_KIND_COUNT; kind++)
        for (size_t i = 0; i < preset_count((enum preset_kind)kind); i++) {
            struct preset_about about = preset_about((enum preset_kind)kind, i);
            printf("%s %s: %s\n ", preset_kind_name((enum preset_kind)kind), about.name,
                   about.what);
            PRINT[kind](i);
            printf("\n   source: %s\n", about.source);
        }
    return EXIT_HELD;
}

const struct command command_presets = {
    .name = "presets",
    .help = "print the named hosts, links, loads and outages, with their sources",
    .options = NO_OPTIONS,
    .run = run,
};
