/* Used by the readers of a scenario's sections: what they share, and how single values are read.
 *
 * Nothing stops at the first mistake: a value that is wrong adds a problem and leaves its field
 * alone, so that all of a file's problems come in one go. The scenario is given out only when there
 * were none. */
#ifndef PSYNCSIM_SCENARIO_READING_H
#define PSYNCSIM_SCENARIO_READING_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include "models/psync/profile.h"
#include "sim/engine/quantity.h"
#include "sim/scenario/yaml_tree.h"
#include "sim/scenario/preset.h"
#include "sim/text/diagnostic.h"
#include "sim/scenario/scenario.h"
#include "sim/scenario/scenario_files.h"
#include "sim/scenario/schema.h"

#define ABSENT (-1) /* as a document node: the key is not there */

struct input_conf;

/* Sections are read in the order of the functions below: each may use what came before. */
struct reading {
    bool roles_change;       /* some fault can make a replica a master */
    bool expects_of_several; /* nodes: of a group, while that is read */
    const struct tree *tree;
    struct diagnostics *diagnostics;
    struct scenario *scenario;
    const char *directory;        /* that files are relative to; NULL: files are refused */
    struct scenario_files *files; /* that are known already; NULL: none are kept */
    const struct profile *profile;
    const char *const *servers; /* by node, instead of what is written; NULL: as it is written */
    struct input_conf *conf;    /* of all nodes; NULL: none */
    GArray *hosts;              /* of struct named_host */
    GArray *groups;             /* of struct group (read_group.h) */
    GArray *node_maps;          /* of int32_t: the document node of each scenario node */
    int64_t load_bytes;         /* of the loads so far, at most, by the end of the run */
    GArray *links, *loads, *faults, *waits, *expects; /* what becomes the scenario's arrays */
};

struct named_host {
    const char *name;
    struct host host;
};

/* Adds a problem at the value of a document node, or at its key. */
void reading_wrong(struct reading *reading, int32_t node, const char *format, ...)
    G_GNUC_PRINTF(3, 4);
void reading_wrong_key(struct reading *reading, int32_t node, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

/* Whether the node is a map (list); a problem if it is not, in which `what` is the thing that would
 * do. */
bool reading_is_map(struct reading *reading, int32_t node, const char *what);
bool reading_is_list(struct reading *reading, int32_t node, const char *what);

/* Text of a scalar that is not empty; NULL after a problem. */
const char *read_text(struct reading *reading, int32_t node, const char *wanted);

/* Each returns whether *out was set. `kind` bounds: least..most, both included. */
bool read_quantity(struct reading *reading, int32_t node, enum quantity_kind kind, int64_t *out);
bool read_bool(struct reading *reading, int32_t node, bool *out);
bool read_choice(struct reading *reading, int32_t node, enum schema_choice choice, int64_t *out);
bool read_node_name(struct reading *reading, int32_t node, int32_t *out);
bool read_preset(struct reading *reading, int32_t node, enum preset_kind kind, size_t *out);

/* A quantity or a distribution of it, of a DIST, PER_GB or OUTAGE row. */
bool read_dist(struct reading *reading, int32_t node, const struct schema_key *key,
               struct dist *out);

/* Reads one value of a row that has a field, into `target`: the section's struct. */
void read_key(struct reading *reading, int32_t node, const struct schema_key *key, void *target);

/* Sets every field of the section that has a default. */
void read_defaults(enum schema_section section, void *target);

/* Reads a map: values of rows with fields into `target`, a problem for each unknown or missing key.
 * Rows without a field are the caller's. False if it is no map. */
bool read_section(struct reading *reading, int32_t map, enum schema_section section, void *target);

/* The child of that key, ABSENT if there is none. */
int32_t reading_child(const struct reading *reading, int32_t map, const char *key);

/* Name of a node, link or host: its length and letters; a problem if it is not one. */
bool reading_check_name(struct reading *reading, int32_t node, const char *what);

/* One directive into *config; its index, or -1 after a problem. */
int read_directive(struct reading *reading, int32_t node, struct config *config);

/* A redis.conf (config-file); NULL after a problem. Free with free_conf. */
struct input_conf *read_conf_file(struct reading *reading, int32_t node);
void apply_conf(const struct input_conf *conf, struct config *config); /* NULL: nothing */
void free_conf(struct input_conf *conf);

/* The sections. */
void read_directives(struct reading *reading, int32_t map, struct config *config);
const struct profile *read_server(struct reading *reading, int32_t node);

/* The configuration of a node (the document node of it) whose server is of that version. */
void read_config_of(struct reading *reading, int32_t map, const struct profile *profile,
                    struct config *config);
void read_hosts(struct reading *reading, int32_t map);
void read_nodes(struct reading *reading, int32_t map);
void read_groups(struct reading *reading, int32_t map);
void read_links(struct reading *reading, int32_t map, int32_t faults);
void read_loads(struct reading *reading, int32_t list);
void read_waits(struct reading *reading, int32_t list);
void read_faults(struct reading *reading, int32_t list);
void read_expectations(struct reading *reading, int32_t map);
void note_known_faults(struct reading *reading); /* notes, once all is read without a problem */

/* The links of some members (struct member), each path once: that of a pair, all those of a node.
 * Adds a problem for a term that has none. Free with g_array_free. */
struct struck_link {
    int32_t link;
    enum fault_direction direction; /* of an arrow */
};
GArray *links_of(struct reading *reading, const GArray *members);

/* A recorded series of a load. False after a problem. */
bool read_series(struct reading *reading, int32_t node, struct load_spec *spec);

#endif
