/* See yaml_tree.h. What makes the first tree of a text is in yaml_parse.c. */
#include "sim/scenario/yaml_tree.h"
#include <assert.h>
#include <string.h>

struct tree *yaml_tree_new(void)
{
    struct tree *tree = g_new0(struct tree, 1);
    tree->nodes = g_array_new(FALSE, TRUE, sizeof(struct yaml_tree_node));
    tree->strings = g_string_chunk_new(1024);
    return tree;
}

void yaml_tree_free(struct tree *tree)
{
    if (!tree)
        return;
    g_array_free(tree->nodes, TRUE);
    g_string_chunk_free(tree->strings);
    g_free(tree);
}

static struct yaml_tree_node *node_at(const struct tree *tree, int32_t node)
{
    assert(node >= 0 && (guint)node < tree->nodes->len);
    return &g_array_index(tree->nodes, struct yaml_tree_node, node);
}

const struct yaml_tree_node *yaml_tree_at(const struct tree *tree, int32_t node)
{
    return node_at(tree, node);
}

int32_t yaml_tree_find(const struct tree *tree, int32_t map, const char *key)
{
    const struct yaml_tree_node *node = node_at(tree, map);
    for (int32_t i = node->first; node->kind == YAML_TREE_MAP && i < node->first + node->count; i++)
        if (strcmp(node_at(tree, i)->key, key) == 0)
            return i;
    return -1;
}

struct tree *yaml_tree_scalar(const char *text, struct place place)
{
    struct tree *tree = yaml_tree_new();
    struct yaml_tree_node node = {.kind = YAML_TREE_SCALAR, .place = place};
    node.text = g_string_chunk_insert(tree->strings, text);
    g_array_append_val(tree->nodes, node);
    return tree;
}

/* Appends a copy of the `count` nodes of `from` from index `first` on, and fixes what they point
 * to. */
static int32_t append_copies(struct tree *to, const struct tree *from, int32_t first, int32_t count,
                             int32_t shift)
{
    int32_t begin = (int32_t)to->nodes->len;
    for (int32_t i = first; i < first + count; i++) {
        struct yaml_tree_node node = *node_at(from, i);
        node.key = node.key ? g_string_chunk_insert(to->strings, node.key) : NULL;
        node.text = node.text ? g_string_chunk_insert(to->strings, node.text) : NULL;
        node.first += shift;
        g_array_append_val(to->nodes, node);
    }
    return begin;
}

void yaml_tree_replace(struct tree *tree, int32_t node, const struct tree *value)
{
    int32_t count = (int32_t)value->nodes->len, shift = (int32_t)tree->nodes->len - 1;
    append_copies(tree, value, 1, count - 1, shift);
    struct yaml_tree_node *to = node_at(tree, node);
    const struct yaml_tree_node *root = node_at(value, 0);
    to->kind = root->kind;
    to->place = root->place;
    to->text = root->text ? g_string_chunk_insert(tree->strings, root->text) : NULL;
    to->is_quoted = root->is_quoted;
    to->first = root->first + shift;
    to->count = root->count;
}

int32_t yaml_tree_add(struct tree *tree, int32_t map, const char *key, struct place place)
{
    struct yaml_tree_node parent = *node_at(tree, map);
    assert(parent.kind == YAML_TREE_MAP);
    parent.first = append_copies(tree, tree, parent.first, parent.count, 0);
    struct yaml_tree_node child = {.kind = YAML_TREE_MAP,
                                   .place = place,
                                   .key_place = place,
                                   .key = g_string_chunk_insert(tree->strings, key)};
    g_array_append_val(tree->nodes, child);
    parent.count++;
    *node_at(tree, map) = parent;
    return (int32_t)tree->nodes->len - 1;
}
