/* What a run depends on besides the seed, field by field.
 *
 * Sections follow schema.def where its order is that of their first fingerprints; the others, and
 * what has no row, are listed by hand. A test asserts that every key of the schema counts. */
#include "sim/scenario/fingerprint.h"

#include <assert.h>
#include <string.h>
#include "sim/engine/digest.h"
#include "sim/scenario/schema.h"

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

#define BUSY_REPLY_MS 5000 /* the default */

/* A directive that came later, with a value under which all is as it was without it. */
static bool is_as_before(const struct config *config, int directive)
{
    switch (directive) {
    case CONFIG_stop_writes:
        return config->stop_writes != 0;
    case CONFIG_rdb_channel:
        return config->rdb_channel == 0;
    case CONFIG_dual_channel:
        return config->dual_channel == 0;
    case CONFIG_full_sync_buffer_bytes:
        return config->full_sync_buffer_bytes == 0;
    case CONFIG_busy_reply_ms:
        return config->busy_reply_ms == BUSY_REPLY_MS;
    default:
        return false;
    }
}

static void add_config(struct digest *digest, const struct config *config)
{
    char text[CONFIG_TEXT_MAX];
    for (int i = 0; i < CONFIG_COUNT; i++) {
        if (is_as_before(config, i))
            continue; /* scenarios without it keep theirs */
        config_print(config, i, text, sizeof text);
        add_text(digest, text);
    }
}

static int64_t number_of(const struct schema_key *key, const void *target)
{
    const char *field = (const char *)target + key->offset;
    int64_t wide;
    int32_t narrow;
    bool flag;
    switch (key->size) {
    case sizeof wide:
        memcpy(&wide, field, sizeof wide);
        return wide;
    case sizeof narrow:
        memcpy(&narrow, field, sizeof narrow);
        return narrow;
    default:
        assert(key->size == sizeof flag);
        memcpy(&flag, field, sizeof flag);
        return flag;
    }
}

/* All fields of a section, in the order of schema.def. */
static void add_section(struct digest *digest, enum schema_section section, const void *target)
{
    for (size_t i = 0; i < schema_count(); i++) {
        const struct schema_key *key = schema_at(i);
        bool is_late = section == SECTION_HOST && key->type == SCHEMA_CHOICE;
        if (key->section != section || key->size == 0)
            continue;
        if (section == SECTION_HOST && strcmp(key->key, "apply") == 0 &&
            number_of(key, target) == HOST_UNLIMITED)
            continue;
        if (is_late && number_of(key, target) == 0) /* scenarios without it keep theirs */
            continue;
        if (key->size == sizeof(struct dist))
            add_dist(digest, (const void *)((const char *)target + key->offset));
        else
            ADD(number_of(key, target));
    }
}

static void add_node(struct digest *digest, const struct scenario_node *node)
{
    add_text(digest, node->name);
    ADD(node->replicaof);
    add_text(digest, node->profile->name);
    add_config(digest, &node->config);
    add_section(digest, SECTION_HOST, &node->host);
    ADD(node->begin);
    ADD(node->dataset_bytes);
    ADD(node->keys);
    ADD(node->start_after);
    if (node->database != 0) /* scenarios without it keep their fingerprint */
        ADD(node->database);
}

static void add_link(struct digest *digest, const struct scenario_link *link)
{
    ADD(link->upper);
    ADD(link->lower);
    add_section(digest, SECTION_LINK, link);
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
    if (fault->server != NULL) { /* scenarios without it keep their fingerprint */
        add_text(digest, fault->server->name);
        add_config(digest, &fault->config);
    }
    ADD(fault->count);
    for (uint32_t i = 0; i < fault->count; i++)
        ADD(fault->at[i]);
    if (fault->has_every)
        add_dist(digest, &fault->every);
    if (fault->has_duration)
        add_dist(digest, &fault->duration);
    add_text(digest, fault->value);
    if (fault->behind > 0 &&
        (fault->has_every || fault->has_duration)) /* scenarios without either keep theirs */
        ADD(fault->behind);
    if (fault->of[0])
        add_text(digest, fault->of);
}

uint64_t scenario_fingerprint(const struct scenario *scenario)
{
    struct digest whole, *digest = &whole;
    digest_init(digest);
    ADD(scenario->duration);
    ADD(scenario->spread);
    ADD(scenario->sample);
    if (scenario->known_faults != KNOWN_FAULT_ALL) /* scenarios without it keep theirs */
        ADD(scenario->known_faults);
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
        add_section(digest, SECTION_WAIT, &scenario->waits[i]);
    }
    return digest->a ^ digest->b;
}
