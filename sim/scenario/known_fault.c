/* Notes on what versions do wrong and a run shows: the first replica that may meet it is named. See scenario.known_faults. */
#include "sim/scenario/reading.h"

static bool has_channel(const struct scenario *scenario, const struct scenario_node *node)
{
    if (node->replicaof < 0)
        return false;
    const struct scenario_node *master = &scenario->nodes[node->replicaof];
    return config_second_channel(&node->config, node->profile) &&
           config_serves_channel(&master->config, master->profile) &&
           node->profile->second_channel == master->profile->second_channel;
}

static const struct scenario_node *top_of(const struct scenario *scenario,
                                          const struct scenario_node *node)
{
    for (uint32_t i = 0; i < scenario->node_count && node->replicaof >= 0; i++)
        node = &scenario->nodes[node->replicaof];
    return node;
}

/* Whether a fault may end its first connection while it loads from disk for longer than a step. */
static bool may_exit(const struct scenario *scenario, const struct scenario_node *node)
{
    return scenario->fault_count > 0 && !node->profile->channel_disk_load_survives_main_loss &&
           node->config.diskless_load == DISKLESS_LOAD_DISABLED &&
           top_of(scenario, node)->dataset_bytes >= node->profile->load_step_bytes;
}

static bool may_misplace(const struct scenario *scenario, const struct scenario_node *node)
{
    const struct scenario_node *master = &scenario->nodes[node->replicaof];
    return master->replicaof >= 0 && !master->profile->channel_database_of_payload &&
           top_of(scenario, node)->database > 0;
}

static void note(struct reading *reading, uint32_t index, const char *what)
{
    int32_t map = g_array_index(reading->node_maps, int32_t, index);
    const struct scenario_node *node = &reading->scenario->nodes[index];
    diagnostics_note(reading->diagnostics, yaml_tree_at(reading->tree, map)->key_place,
                     "known fault of %s: %s, over two connections, %s", node->profile->name,
                     node->name, what);
}

void note_known_faults(struct reading *reading)
{
    const struct scenario *scenario = reading->scenario;
    unsigned left = scenario->known_faults;
    for (uint32_t i = 0; i < scenario->node_count && left != 0; i++) {
        const struct scenario_node *node = &scenario->nodes[i];
        if (!has_channel(scenario, node))
            continue;
        if ((left & KNOWN_FAULT_EXIT) && may_exit(scenario, node)) {
            note(reading, i,
                 "ends its process when its first connection is lost during a long load from disk "
                 "(known-faults: database leaves this out)");
            left &= ~(unsigned)KNOWN_FAULT_EXIT;
        }
        if ((left & KNOWN_FAULT_DATABASE) && may_misplace(scenario, node)) {
            note(reading, i,
                 "applies its master's stream to database 0 until the next SELECT "
                 "(known-faults: exit leaves this out)");
            left &= ~(unsigned)KNOWN_FAULT_DATABASE;
        }
    }
}
