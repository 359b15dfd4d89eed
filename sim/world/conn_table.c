/* See conn_table.h. */
#include "sim/world/conn_table.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "sim/world/slot.h"

static size_t words_of(uint32_t room)
{
    return (room + WORD_BITS - 1) / WORD_BITS;
}

static uint64_t *grown(uint64_t *set, size_t had, size_t words)
{
    set = realloc(set, words * sizeof *set);
    if (set == NULL)
        abort();
    memset(set + had, 0, (words - had) * sizeof *set);
    return set;
}

/* A set that has no member yet has no words either. */
static void grow_set(uint64_t **set, size_t had, size_t words)
{
    if (*set != NULL)
        *set = grown(*set, had, words);
}

void conn_table_grow(struct world *world)
{
    struct conn_table *table = &world->conns;
    uint32_t room = table->room == 0 ? 4 : 2 * table->room;
    size_t had = words_of(table->room), words = words_of(room);
    table->list = realloc(table->list, room * sizeof(struct conn *));
    if (table->list == NULL)
        abort();
    for (uint32_t i = table->room; i < room; i++)
        table->list[i] = zeroed(1, sizeof **table->list);
    table->held = grown(table->held, had, words);
    table->used = grown(table->used, had, words);
    table->awake = grown(table->awake, had, words);
    for (uint32_t i = 0; i < world->node_count; i++) {
        grow_set(&world->nodes[i].below, had, words);
        grow_set(&world->nodes[i].above, had, words);
        grow_set(&world->nodes[i].awake, had, words);
    }
    for (uint32_t i = 0; i < world->link_count; i++)
        grow_set(&world->links[i].conns, had, words);
    slot_grow(world, room);
    table->room = room;
}

static void set_bit(uint64_t *words, int32_t index, bool is_set)
{
    uint64_t bit = UINT64_C(1) << (uint32_t)index % WORD_BITS;
    uint64_t *word = &words[(uint32_t)index / WORD_BITS];
    *word = is_set ? *word | bit : *word & ~bit;
}

static uint32_t first_unused(const struct conn_table *table)
{
    for (uint32_t word = 0; word * WORD_BITS < table->room; word++)
        if (table->used[word] != UINT64_MAX)
            return word * WORD_BITS + (uint32_t)__builtin_ctzll(~table->used[word]);
    return table->room;
}

static void put_into(struct world *world, uint64_t **set, int32_t index)
{
    if (*set == NULL)
        *set = zeroed(words_of(world->conns.room), sizeof **set);
    set_bit(*set, index, true);
}

void conn_table_rest(struct world *world, struct conn *conn)
{
    assert(!conn->replica_has && !conn->master_has);
    assert(conn->is_used && !conn->is_resting);
    assert(!conn->is_quiet);
    conn->is_resting = true;
    set_bit(world->conns.held, conn->index, false);
    set_bit(world->conns.awake, conn->index, false);
    set_bit(world->links[conn->link].conns, conn->index, false);
    set_bit(world->nodes[conn->master].below, conn->index, false);
    set_bit(world->nodes[conn->master].awake, conn->index, false);
    set_bit(world->nodes[conn->replica].above, conn->index, false);
}

void conn_table_set_quiet(struct world *world, struct node *node, bool is_quiet)
{
    struct conn *conn = conn_at(world, node->conn);
    struct node *master = &world->nodes[conn->master];
    assert(is_quiet || (master->quiet_count > 0 && world->quiet_count > 0));
    assert(node->is_quiet != is_quiet && conn->is_quiet != is_quiet);
    node->is_quiet = conn->is_quiet = is_quiet;
    set_bit(master->awake, conn->index, !is_quiet);
    set_bit(world->conns.awake, conn->index, !is_quiet);
    set_bit(world->awake_nodes, node->index, !is_quiet);
    master->quiet_count += is_quiet ? 1 : UINT32_MAX;
    world->quiet_count += is_quiet ? 1 : UINT32_MAX;
}

void conn_table_give_back(struct world *world, struct conn *conn)
{
    assert(conn->is_used && conn->is_resting);
    conn->is_used = conn->is_resting = false;
    set_bit(world->conns.used, conn->index, false);
}

struct conn *conn_table_take(struct world *world, int32_t link, int32_t master, int32_t replica)
{
    assert(master != replica && link >= 0 && (uint32_t)link < world->link_count);
    uint32_t free_one = first_unused(&world->conns);
    if (free_one >= world->conns.room)
        conn_table_grow(world);
    struct conn *conn = world->conns.list[free_one];
    assert(!conn->is_used && !conn->is_resting);
    mail_clear(&conn->mail[DOWN]);
    mail_clear(&conn->mail[UP]);
    memset(conn, 0, sizeof *conn);
    conn->world = world;
    conn->is_used = true;
    conn->index = (int32_t)free_one;
    conn->link = link;
    conn->master = master;
    conn->replica = replica;
    set_bit(world->conns.held, conn->index, true);
    set_bit(world->conns.awake, conn->index, true);
    set_bit(world->conns.used, conn->index, true);
    put_into(world, &world->links[link].conns, conn->index);
    put_into(world, &world->nodes[master].below, conn->index);
    put_into(world, &world->nodes[master].awake, conn->index);
    put_into(world, &world->nodes[replica].above, conn->index);
    conn->last_up_leaves = conn->resumes_at[DOWN] = conn->resumes_at[UP] = -1;
    conn->limit.soft_since_s = LIMIT_NOT_OVER;
    conn->read_limit = conn->ack_limit = INT64_MAX;
    return conn;
}

void conn_table_clear(struct world *world)
{
    struct conn_table *table = &world->conns;
    for (uint32_t i = 0; i < table->room; i++) {
        mail_clear(&table->list[i]->mail[DOWN]);
        mail_clear(&table->list[i]->mail[UP]);
        free(table->list[i]);
    }
    for (uint32_t i = 0; i < world->node_count; i++) {
        free(world->nodes[i].below);
        free(world->nodes[i].above);
        free(world->nodes[i].awake);
    }
    for (uint32_t i = 0; i < world->link_count; i++)
        free(world->links[i].conns);
    free(table->list);
    free(table->held);
    free(table->used);
    free(table->awake);
}
