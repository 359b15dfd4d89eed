/* A run with a watcher that keeps everything. See simulate.h. */
#include "tests/unit/world/simulate.h"

#include <check.h>
#include <glib.h>
#include <string.h>
#include "sim/world/world.h"
#include "tests/unit/read_scenario.h"

static void watch(void *user, const struct event *event)
{
    struct simulation *simulation = user;
    if (event->kind >= EVENT_COUNT)
        return;
    if (simulation->count == simulation->room) {
        simulation->room = simulation->room == 0 ? 256 : 2 * simulation->room;
        simulation->list = g_renew(struct happening, simulation->list, simulation->room);
    }
    struct happening *happening = &simulation->list[simulation->count++];
    *happening = (struct happening){.t = event->t, .kind = event->kind, .node = event->node};
    ck_assert_uint_le(event_field_count(event->kind), HAPPENING_FIELDS);
    for (size_t i = 0; i < event_field_count(event->kind); i++) {
        struct trace_value value = event_value(event, i);
        happening->number[i] = value.number;
        happening->text[i] = g_intern_string(value.text);
    }
}

struct simulation *simulate(const char *text)
{
    struct scenario *scenario = read_good(text);
    const char **names = g_new0(const char *, scenario->node_count);
    for (uint32_t i = 0; i < scenario->node_count; i++)
        names[i] = scenario->nodes[i].name;
    struct simulation *simulation = g_new0(struct simulation, 1);
    struct trace trace;
    trace_init(&trace, TRACE_OFF, names);
    trace.watcher = watch;
    trace.watcher_user = simulation;
    struct world *world = world_new(scenario, 1, 0, &trace);
    ck_assert_msg(world_run(world), "%s", world->broken);
    simulation->steps = world->steps;
    world_free(world);
    g_free(names);
    scenario_free(scenario);
    return simulation;
}

struct simulation *simulate_with(const char *common, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *own = g_strdup_vprintf(format, args), *text = g_strconcat(common, own, NULL);
    va_end(args);
    struct simulation *simulation = simulate(text);
    g_free(own);
    g_free(text);
    return simulation;
}

void simulation_free(struct simulation *simulation)
{
    g_free(simulation->list);
    g_free(simulation);
}

const struct happening *simulation_find(const struct simulation *simulation, enum event_kind kind,
                                        size_t from)
{
    for (size_t i = from; i < simulation->count; i++)
        if (simulation->list[i].kind == kind)
            return &simulation->list[i];
    return NULL;
}

size_t simulation_index(const struct simulation *simulation, const struct happening *happening)
{
    return (size_t)(happening - simulation->list);
}

int64_t simulation_count(const struct simulation *simulation, enum event_kind kind, int64_t t)
{
    int64_t count = 0;
    for (size_t i = 0; i < simulation->count; i++)
        count += simulation->list[i].kind == kind && simulation->list[i].t <= t;
    return count;
}
