/* What a live run cannot give, or gives otherwise. See live.h. */
#include <string.h>
#include "sim/live/run/live.h"

static void about_version(const struct live *live, uint32_t node, GString *out)
{
    const struct scenario_node *spec = &live->core.scenario->nodes[node];
    const struct program *program = &live->core.programs[node];
    if (program->profile == spec->profile)
        return;
    g_string_append_printf(
        out, "%s is %s in the scenario, and runs on %s: it may behave otherwise%s\n", spec->name,
        spec->profile->name, program->version,
        program->profile == NULL ? " (psyncsim profiles has no row for it)" : "");
}

static void about_links(const struct scenario *scenario, GString *out)
{
    bool has_tcp = false, has_loss = false;
    for (uint32_t i = 0; i < scenario->fault_count; i++) {
        const struct scenario_fault *fault = &scenario->faults[i];
        has_tcp = has_tcp || (fault->kind == FAULT_PARTITION && fault->link >= 0 &&
                              scenario->links[fault->link].kind == LINK_TCP);
        has_loss = has_loss || (fault->kind == FAULT_SLOW && fault->loss_ppm > 0);
    }
    for (uint32_t i = 0; i < scenario->link_count; i++)
        has_loss = has_loss || scenario->links[i].loss_ppm > 0;
    if (has_tcp)
        g_string_append(out,
                        "links of kind tcp: a relay holds what is silent until the retransmission "
                        "that real TCP would wait for; new connections are not delayed\n");
    if (has_loss)
        g_string_append(out, "loss: is not imitated; links lose nothing\n");
}

static void about_hosts(const struct scenario *scenario, GString *out)
{
    for (uint32_t i = 0; i < scenario->node_count; i++)
        if (scenario->nodes[i].host.apply_rate < HOST_UNLIMITED)
            g_string_append_printf(out, "apply: %s applies as fast as it can\n",
                                   scenario->nodes[i].name);
}

static void about_failures(const struct scenario *scenario, GString *out)
{
    for (uint32_t i = 0; i < scenario->fault_count; i++)
        if (scenario->faults[i].kind >= FAULT_FAIL_SAVE)
            g_string_append_printf(out, "%s: is left out\n", fault_name(scenario->faults[i].kind));
}

static void about_upgrades(const struct scenario *scenario, GString *out)
{
    bool has_upgrade = false;
    for (uint32_t i = 0; i < scenario->fault_count; i++)
        has_upgrade = has_upgrade || scenario->faults[i].server != NULL;
    if (has_upgrade)
        g_string_append(out, "server of a fault: a node starts again with the program it had\n");
}

static void about_clients(const struct scenario *scenario, GString *out)
{
    bool has_ttl = false;
    for (uint32_t i = 0; i < scenario->load_count; i++)
        has_ttl = has_ttl || scenario->loads[i].spec.ttl_ns > 0;
    for (uint32_t i = 0; i < scenario->node_count; i++)
        if (scenario->nodes[i].database > 0)
            g_string_append_printf(out, "database: what is written to %s goes to database 0\n",
                                   scenario->nodes[i].name);
    if (has_ttl)
        g_string_append(out, "ttl: keys are written without one\n");
    if (scenario->wait_count > 0)
        g_string_append(out, "waits: nobody sends WAIT\n");
}

void live_unsupported(const struct live *live, GString *out)
{
    for (uint32_t i = 0; i < live->core.scenario->node_count; i++)
        about_version(live, i, out);
    about_links(live->core.scenario, out);
    about_clients(live->core.scenario, out);
    about_failures(live->core.scenario, out);
    about_upgrades(live->core.scenario, out);
    about_hosts(live->core.scenario, out);
}

char *live_versions(const struct live *live)
{
    GString *versions = g_string_new(NULL);
    for (uint32_t i = 0; i < live->core.scenario->node_count; i++) {
        uint32_t same = 0;
        while (strcmp(live->core.programs[same].version, live->core.programs[i].version) != 0)
            same++;
        if (same == i)
            g_string_append_printf(versions, "%s%s", versions->len > 0 ? ", " : "",
                                   live->core.programs[i].version);
    }
    return g_string_free(versions, FALSE);
}
