/* Nodes, links and faults in JSON. See header_json.h. A number that does not apply is left out. */
#include "sim/report/header_json.h"

#include "sim/scenario/fault_schedule.h"

static void print_config(const struct config *config, struct json *json)
{
    char value[CONFIG_TEXT_MAX];
    json_open(json, "config", '{');
    for (int i = 0; i < CONFIG_COUNT; i++) {
        config_print(config, i, value, sizeof value);
        json_text(json, config_name(i), value);
    }
    json_close(json, '}');
    json_int(json, "backlog_size_bytes", config->backlog_bytes);
    if (config->limit.hard_bytes > 0)
        json_int(json, "limit_hard_bytes", config->limit.hard_bytes);
    if (config->limit.soft_bytes > 0) {
        json_int(json, "limit_soft_bytes", config->limit.soft_bytes);
        json_int(json, "limit_soft_s", config->limit.soft_s);
    }
}

static void print_node(const struct scenario *scenario, const struct scenario_node *node,
                       struct json *json)
{
    static const char *const BEGINS[] = {"cold", "synced", "absent", "alone"};
    json_open(json, NULL, '{');
    json_text(json, "node", node->name);
    if (node->replicaof >= 0)
        json_text(json, "master", scenario->nodes[node->replicaof].name);
    if (node->profile != NULL)
        json_text(json, "server", node->profile->name);
    json_text(json, "begin", BEGINS[node->begin]);
    json_int(json, "dataset_bytes", node->dataset_bytes);
    print_config(&node->config, json);
    json_close(json, '}');
}

static void print_link(const struct scenario *scenario, const struct scenario_link *link,
                       struct json *json)
{
    json_open(json, NULL, '{');
    json_text(json, "link", link->name);
    json_text(json, "upper", scenario->nodes[link->upper].name);
    json_text(json, "lower", scenario->nodes[link->lower].name);
    json_text(json, "kind", link->kind == LINK_TCP ? "tcp" : "relayed");
    json_int(json, "latency_ns", link->latency);
    if (link->bandwidth > 0)
        json_int(json, "bandwidth_bps", link->bandwidth);
    json_int(json, "loss_ppm", link->loss_ppm);
    json_int(json, "send_buffer_bytes", link->send_buffer);
    json_int(json, "receive_buffer_bytes", link->receive_buffer);
    json_close(json, '}');
}

static void print_given(struct json *json, const char *key, int64_t value)
{
    if (value >= 0)
        json_int(json, key, value);
}

static void print_fault(const struct scenario *scenario, const struct scenario_fault *fault,
                        struct json *json)
{
    static const char *const DIRECTIONS[] = {"both", "down", "up"};
    static const char *const SIDES[] = {"both", "upper", "lower"};
    json_open(json, NULL, '{');
    json_text(json, "fault", fault_name(fault->kind));
    json_text(json, "target", fault_target(scenario, fault));
    json_int(json, "line", fault->line);
    if (fault->kind == FAULT_PARTITION)
        json_text(json, "direction", DIRECTIONS[fault->direction]);
    if (fault->kind == FAULT_CUT)
        json_text(json, "side", SIDES[fault->side]);
    if (fault->kind == FAULT_SLOW) {
        print_given(json, "bandwidth_bps", fault->bandwidth);
        print_given(json, "latency_ns", fault->latency);
        print_given(json, "loss_ppm", fault->loss_ppm);
    }
    if (fault->kind == FAULT_REPLICAOF || fault->kind == FAULT_FAILOVER)
        json_text(json, "to", fault->to >= 0 ? scenario->nodes[fault->to].name : "");
    if (fault->kind == FAULT_CONFIG_SET) {
        json_text(json, "directive", config_name(fault->directive));
        json_text(json, "value", fault->value);
    }
    json_close(json, '}');
}

void header_json_print(const struct scenario *scenario, struct json *json)
{
    json_open(json, "nodes", '[');
    for (uint32_t i = 0; i < scenario->node_count; i++)
        print_node(scenario, &scenario->nodes[i], json);
    json_close(json, ']');
    json_open(json, "links", '[');
    for (uint32_t i = 0; i < scenario->link_count; i++)
        print_link(scenario, &scenario->links[i], json);
    json_close(json, ']');
    json_open(json, "faults", '[');
    for (uint32_t i = 0; i < scenario->fault_count; i++)
        print_fault(scenario, &scenario->faults[i], json);
    json_close(json, ']');
}
