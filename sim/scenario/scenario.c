/* Looking up in a scenario, and its end. */
#include "sim/scenario/scenario.h"
#include <stdlib.h>
#include <string.h>

int32_t scenario_node_find(const struct scenario *scenario, const char *name)
{
    for (uint32_t i = 0; i < scenario->node_count; i++)
        if (strcmp(scenario->nodes[i].name, name) == 0)
            return (int32_t)i;
    return -1;
}

int32_t scenario_link_between(const struct scenario *scenario, int32_t upper, int32_t lower)
{
    for (uint32_t i = 0; i < scenario->link_count; i++)
        if (scenario->links[i].upper == upper && scenario->links[i].lower == lower)
            return (int32_t)i;
    return -1;
}

bool scenario_link_joins(const struct scenario *scenario, int32_t link, int32_t one, int32_t other)
{
    const struct scenario_link *it = &scenario->links[link];
    return (it->upper == one && it->lower == other) || (it->upper == other && it->lower == one);
}

bool scenario_is_struck_together(const struct scenario *scenario)
{
    for (uint32_t i = 0; i < scenario->fault_count; i++)
        if (scenario->faults[i].behind > 0 && scenario->faults[i].kind != FAULT_CONFIG_SET)
            return true;
    return false;
}

void scenario_free(struct scenario *scenario)
{
    if (!scenario)
        return;
    for (uint32_t i = 0; i < scenario->load_count; i++) {
        const struct load_spec *spec = &scenario->loads[i].spec;
        free((void *)spec->name);
        free((void *)spec->series_ns);
        free((void *)spec->series_bytes);
    }
    free(scenario->path);
    free(scenario->why);
    free(scenario->reveal);
    free(scenario->nodes);
    free(scenario->links);
    free(scenario->loads);
    free(scenario->faults);
    free(scenario->waits);
    free(scenario->expects);
    free(scenario);
}

static const struct {
    const char *name, *what;
} FINALS[] = {
#define FINAL(name, text, what) {text, what},
#include "sim/scenario/final.def"
#undef FINAL
};

const char *final_name(enum final_state state)
{
    return FINALS[state].name;
}

const char *final_what(enum final_state state)
{
    return FINALS[state].what;
}
