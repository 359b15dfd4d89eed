/* Looking up, fingerprint and end of a scenario. */
#include "sim/scenario/scenario.h"
#include <stdlib.h>
#include <string.h>
#include "sim/engine/digest.h"

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

static void add_part(struct digest *digest, const struct dist_part *part)
{
    digest_add(digest, (uint64_t)part->kind);
    digest_add(digest, (uint64_t)part->a);
    digest_add(digest, (uint64_t)part->b);
}

static void add_dist(struct digest *digest, const struct dist *dist)
{
    add_part(digest, &dist->base);
    digest_add(digest, dist->count);
    for (uint32_t i = 0; i < dist->count; i++) {
        digest_add(digest, (uint64_t)dist->list[i]);
        if (dist->base.kind == DIST_MIXTURE)
            add_part(digest, &dist->parts[i]);
    }
}

static void add_text(struct digest *digest, const char *text)
{
    digest_add_bytes(digest, text, strlen(text));
}

#define ADD(value) digest_add(digest, (uint64_t)(value))

static void add_config(struct digest *digest, const struct config *config)
{
    char text[CONFIG_TEXT_MAX];
    for (int i = 0; i < CONFIG_COUNT; i++) {
        config_print(config, i, text, sizeof text);
        add_text(digest, text);
    }
}

static void add_host(struct digest *digest, const struct host *host)
{
    add_dist(digest, &host->fork_per_gb);
    add_dist(digest, &host->fork_base);
    add_dist(digest, &host->save_base);
    add_dist(digest, &host->load_base);
    add_dist(digest, &host->boot);
    add_dist(digest, &host->handler);
    add_dist(digest, &host->tick_extra);
    add_dist(digest, &host->diskless_start);
    add_dist(digest, &host->busy);
    add_dist(digest, &host->sleep_extra);
    ADD(host->save_rate);
    ADD(host->diskless_rate);
    ADD(host->load_rate);
    ADD(host->flush_rate);
    ADD(host->key_rate);
    ADD(host->nic);
}

static void add_node(struct digest *digest, const struct scenario_node *node)
{
    add_text(digest, node->name);
    ADD(node->replicaof);
    add_text(digest, node->profile->name);
    add_config(digest, &node->config);
    add_host(digest, &node->host);
    ADD(node->begin);
    ADD(node->dataset_bytes);
    ADD(node->keys);
    ADD(node->start_after);
}

static void add_link(struct digest *digest, const struct scenario_link *link)
{
    ADD(link->upper);
    ADD(link->lower);
    ADD(link->kind);
    ADD(link->latency);
    add_dist(digest, &link->jitter);
    ADD(link->bandwidth);
    ADD(link->loss_ppm);
    ADD(link->send_buffer);
    ADD(link->receive_buffer);
    ADD(link->window);
}

static void add_load(struct digest *digest, const struct scenario_load *load)
{
    const struct load_spec *spec = &load->spec;
    ADD(load->node);
    ADD(load->keyspace);
    ADD(load->in_turn);
    ADD(load->adds_bytes);
    const int64_t numbers[] = {
        spec->from_ns,   spec->to_ns,         spec->rate,     spec->rate_end,     spec->is_poisson,
        spec->on_ns,     spec->off_ns,        spec->rate_off, spec->high_mean_ns, spec->low_mean_ns,
        spec->rate_high, spec->largest_piece, spec->tick_ns,  spec->ttl_ns,       spec->del_bytes};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        ADD(numbers[i]);
    add_dist(digest, &spec->command);
    ADD(spec->series_count);
    if (spec->is_repeated) /* scenarios without it keep their fingerprint */
        ADD(spec->is_repeated);
    for (uint32_t i = 0; i < spec->series_count; i++) {
        ADD(spec->series_ns[i]);
        ADD(spec->series_bytes[i]);
    }
}

static void add_fault(struct digest *digest, const struct scenario_fault *fault)
{
    const int64_t numbers[] = {
        fault->kind,      fault->has_every, fault->until,       fault->has_duration,
        fault->node,      fault->link,      fault->to,          fault->has_to,
        fault->direction, fault->side,      fault->is_orderly,  fault->refuses,
        fault->is_wiped,  fault->save,      fault->is_graceful, fault->bandwidth,
        fault->latency,   fault->loss_ppm,  fault->directive,   fault->load};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        ADD(numbers[i]);
    ADD(fault->count);
    for (uint32_t i = 0; i < fault->count; i++)
        ADD(fault->at[i]);
    if (fault->has_every)
        add_dist(digest, &fault->every);
    if (fault->has_duration)
        add_dist(digest, &fault->duration);
    add_text(digest, fault->value);
}

uint64_t scenario_fingerprint(const struct scenario *scenario)
{
    struct digest whole, *digest = &whole;
    digest_init(digest);
    ADD(scenario->duration);
    ADD(scenario->spread);
    ADD(scenario->sample);
    ADD(scenario->node_count);
    for (uint32_t i = 0; i < scenario->node_count; i++)
        add_node(digest, &scenario->nodes[i]);
    ADD(scenario->link_count);
    for (uint32_t i = 0; i < scenario->link_count; i++)
        add_link(digest, &scenario->links[i]);
    ADD(scenario->load_count);
    for (uint32_t i = 0; i < scenario->load_count; i++)
        add_load(digest, &scenario->loads[i]);
    ADD(scenario->fault_count);
    for (uint32_t i = 0; i < scenario->fault_count; i++)
        add_fault(digest, &scenario->faults[i]);
    ADD(scenario->wait_count);
    for (uint32_t i = 0; i < scenario->wait_count; i++) {
        ADD(scenario->waits[i].node);
        ADD(scenario->waits[i].replicas);
        ADD(scenario->waits[i].timeout);
        ADD(scenario->waits[i].every);
    }
    return digest->a ^ digest->b;
}
