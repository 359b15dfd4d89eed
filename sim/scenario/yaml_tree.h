/* A YAML or JSON text as a small flat tree: maps, lists and scalars with their places, aliases
 * already followed.
 *
 * Every scalar is a string: what it means is decided where it is read. The children of a node stand
 * next to each other, in the order of the text, so that a walk is a loop over indices. */
#ifndef PSYNCSIM_SCENARIO_YAML_TREE_H
#define PSYNCSIM_SCENARIO_YAML_TREE_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "sim/text/diagnostic.h"

#define YAML_TREE_NODES_MAX 20000 /* aliases followed; an alias bomb ends here */
#define YAML_TREE_DEPTH_MAX 24

enum yaml_tree_kind { YAML_TREE_MAP, YAML_TREE_LIST, YAML_TREE_SCALAR };

struct yaml_tree_node {
    enum yaml_tree_kind kind;
    struct place place, key_place;
    const char *key;  /* NULL in a list and at the root */
    const char *text; /* of a scalar; "" when nothing stands there, NULL for maps and lists */
    bool is_quoted;
    int32_t first, count; /* children */
};

struct tree {
    GArray *nodes; /* of struct yaml_tree_node; 0 is the root */
    GStringChunk *strings;
};

struct tree *yaml_tree_new(void);

/* Parses one document; `source` is its number in `problems`. NULL when it adds problems. */
struct tree *yaml_tree_parse(const char *text, size_t len, int32_t source,
                             struct diagnostics *diagnostics); /* yaml_parse.c */
void yaml_tree_free(struct tree *tree);

/* Borrowed until the document is changed. */
const struct yaml_tree_node *yaml_tree_at(const struct tree *tree, int32_t node);

/* The child of that key; -1 if there is none, or `map` is no map. */
int32_t yaml_tree_find(const struct tree *tree, int32_t map, const char *key);

/* Puts a copy of the whole tree of `value` in the place of `node`, which keeps its key. */
void yaml_tree_replace(struct tree *tree, int32_t node, const struct tree *value);

/* Adds an empty map under a new key of a map; returns it. */
int32_t yaml_tree_add(struct tree *tree, int32_t map, const char *key, struct place place);

/* A tree of one scalar, taken as it is. */
struct tree *yaml_tree_scalar(const char *text, struct place place);

#endif
