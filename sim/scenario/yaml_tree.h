/* A YAML or JSON text as a small flat tree: maps, lists and scalars with their places, aliases
 * already followed.
 *
 * Every scalar is a string: what it means is decided where it is read. The children of a node stand
 * next to each other, in the order of the text, so that a walk is a loop over indices. */
#ifndef PSYNCSIM_WORLD_DOCUMENT_H
#define PSYNCSIM_WORLD_DOCUMENT_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "sim/text/diagnostic.h"

#define DOCUMENT_NODES_MAX 20000 /* aliases followed; an alias bomb ends here */
#define DOCUMENT_DEPTH_MAX 24

enum document_kind { DOCUMENT_MAP, DOCUMENT_LIST, DOCUMENT_SCALAR };

struct document_node {
    enum document_kind kind;
    struct place place, key_place;
    const char *key;  /* NULL in a list and at the root */
    const char *text; /* of a scalar; "" when nothing stands there, NULL for maps and lists */
    bool is_quoted;
    int32_t first, count; /* children */
};

struct document {
    GArray *nodes; /* of struct document_node; 0 is the root */
    GStringChunk *strings;
};

/* Parses one document; `source` is its number in `problems`. NULL when it adds problems. */
struct document *document_parse(const char *text, size_t len, int32_t source,
                                struct problems *problems);
void document_free(struct document *document);

/* Borrowed until the document is changed. */
const struct document_node *document_at(const struct document *document, int32_t node);

/* The child of that key; -1 if there is none, or `map` is no map. */
int32_t document_find(const struct document *document, int32_t map, const char *key);

/* Puts a copy of the whole tree of `value` in the place of `node`, which keeps its key. */
void document_replace(struct document *document, int32_t node, const struct document *value);

/* Adds an empty map under a new key of a map; returns it. */
int32_t document_add(struct document *document, int32_t map, const char *key, struct place place);

/* A tree of one scalar, taken as it is. */
struct document *document_scalar(const char *text, struct place place);

#endif
