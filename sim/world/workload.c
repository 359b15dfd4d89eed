/* See workload.h. */
#include "sim/world/workload.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "sim/world/node_stream.h"

static void *checked(void *memory)
{
    if (memory == NULL)
        abort();
    return memory;
}

void workload_init(struct world *world)
{
    const struct scenario *scenario = world->scenario;
    world->workloads.nodes =
        checked(calloc(scenario->load_count + 1, sizeof *world->workloads.nodes));
    for (uint32_t i = 0; i < scenario->load_count; i++)
        world->workloads.nodes[i] = scenario->loads[i].node;
}

void workload_clear(struct world *world)
{
    for (uint32_t i = 0; i < world->workloads.count; i++) {
        load_free(world->workloads.list[i].load);
        free(world->workloads.list[i].writers);
    }
    free(world->workloads.list);
    free(world->workloads.nodes);
}

static struct load *build(const struct world *world, const bool *writers)
{
    const struct scenario *scenario = world->scenario;
    struct load *load = load_new(world->seed, world->replication, scenario->duration);
    for (uint32_t i = 0; i < scenario->load_count; i++) {
        const char *wrong = writers[i] ? load_add(load, &scenario->loads[i].spec) : NULL;
        assert(wrong == NULL); /* scenario_read tried it */
        (void)wrong;
    }
    return load;
}

/* Takes `writers`. */
static const struct load *find_or_build(struct world *world, bool *writers)
{
    size_t size = world->scenario->load_count * sizeof *writers;
    for (uint32_t i = 0; i < world->workloads.count; i++) {
        if (memcmp(world->workloads.list[i].writers, writers, size) != 0)
            continue;
        free(writers);
        return world->workloads.list[i].load;
    }
    size_t count = (size_t)world->workloads.count + 1;
    world->workloads.list =
        checked(realloc(world->workloads.list, count * sizeof *world->workloads.list));
    struct workload *workload = &world->workloads.list[world->workloads.count++];
    *workload = (struct workload){.writers = writers, .load = build(world, writers)};
    return workload->load;
}

/* Writers that add keys have a keyspace in common. */
static void add_keyspace(struct node *node, const struct scenario_load *load)
{
    node->keyspace += load->keyspace;
    if (load->adds_bytes == 0)
        return;
    node->added_keyspace += load->keyspace;
    node->adds_bytes = load->adds_bytes;
    node->in_turn = load->in_turn;
}

const struct load *workload_of(struct world *world, struct node *node)
{
    const struct scenario *scenario = world->scenario;
    bool any = false, *writers = checked(calloc(scenario->load_count + 1, sizeof *writers));
    node->keyspace = node->added_keyspace = 0;
    for (uint32_t i = 0; i < scenario->load_count; i++) {
        writers[i] = world->workloads.nodes[i] == node->index;
        any = any || writers[i];
        if (writers[i])
            add_keyspace(node, &scenario->loads[i]);
    }
    if (any)
        return find_or_build(world, writers);
    free(writers);
    return NULL;
}

void workload_move(struct world *world, int32_t load, int32_t node)
{
    assert((uint32_t)load < world->scenario->load_count);
    int32_t from = world->workloads.nodes[load];
    if (from == node)
        return;
    world->workloads.nodes[load] = node;
    int32_t touched[] = {from, node};
    for (int i = 0; i < 2; i++) {
        struct node *changed = &world->nodes[touched[i]];
        node_set_load(world, changed, workload_of(world, changed));
    }
}
