/* libfyaml parses; its tree is copied breadth first into ours, which needs no recursion and keeps
 * siblings together. Aliases are followed here, under a budget of nodes: FYPCF_RESOLVE_DOCUMENT
 * would let 270 bytes grow to gigabytes. Its diagnostics are collected as data, never printed. */
#include "sim/scenario/yaml_tree.h"
#include <assert.h>
#include <libfyaml.h>
#include <string.h>

/* A node on its way over: the parser's node beside ours. */
struct origin {
    struct fy_node *from;
    int32_t depth;
};

struct copying {
    struct tree *tree;
    struct fy_document *parsed;
    GArray *origins; /* of struct origin, one per node of the document */
    int32_t source;
    struct diagnostics *diagnostics;
    bool has_failed;
};

static void fail(struct copying *copying, struct place place, const char *what)
{
    diagnostics_add(copying->diagnostics, place, "%s", what);
    copying->has_failed = true;
}

static struct place token_place(struct fy_token *token, struct place otherwise)
{
    const struct fy_mark *mark = token ? fy_token_start_mark(token) : NULL;
    if (!mark)
        return otherwise;
    return (struct place){otherwise.source, mark->line + 1, mark->column + 1};
}

/* Where a node begins: a map or list where its first scalar does. */
static struct place node_place(struct fy_node *node, struct place otherwise)
{
    for (int32_t depth = 0; node && depth < YAML_TREE_DEPTH_MAX; depth++) {
        if (fy_node_get_type(node) == FYNT_SCALAR)
            return token_place(fy_node_get_scalar_token(node), otherwise);
        void *at = NULL;
        if (fy_node_get_type(node) == FYNT_SEQUENCE) {
            node = fy_node_sequence_iterate(node, &at);
        } else {
            struct fy_node_pair *pair = fy_node_mapping_iterate(node, &at);
            node = pair ? fy_node_pair_key(pair) : NULL;
        }
    }
    return otherwise;
}

/* The node that an alias names, directly or over other aliases; NULL after a problem. */
static struct fy_node *follow(struct copying *copying, struct fy_node *node, struct place place)
{
    for (int hops = 0; node && fy_node_is_alias(node); hops++) {
        size_t len = 0;
        const char *name = fy_node_get_scalar(node, &len);
        struct fy_anchor *anchor =
            name ? fy_document_lookup_anchor(copying->parsed, name, len) : NULL;
        node = anchor && hops < YAML_TREE_DEPTH_MAX ? fy_anchor_node(anchor) : NULL;
        if (!node)
            fail(copying, place, "this alias names no anchor of the text");
    }
    return node;
}

/* Text of a scalar node, NULL after a problem. */
static const char *scalar_text(struct copying *copying, struct fy_node *node, struct place place)
{
    size_t len = 0;
    const char *text = fy_node_get_scalar(node, &len);
    if (!text)
        return "";
    if (memchr(text, 0, len) || !g_utf8_validate(text, (gssize)len, NULL)) {
        fail(copying, place, "a value that holds a NUL or is not valid UTF-8");
        return NULL;
    }
    return g_string_chunk_insert_len(copying->tree->strings, text, (gssize)len);
}

/* Appends ours for the parser's node; its children come when its turn does. */
static void append(struct copying *copying, struct fy_node *from, const struct yaml_tree_node *like,
                   int32_t depth)
{
    struct yaml_tree_node node = *like;
    if (copying->tree->nodes->len >= YAML_TREE_NODES_MAX || depth > YAML_TREE_DEPTH_MAX) {
        fail(copying, node.place,
             depth > YAML_TREE_DEPTH_MAX
                 ? "nested too deeply; a scenario needs no more than a few levels"
                 : "more than 20000 values, aliases followed; a scenario is a small file");
        return;
    }
    from = follow(copying, from, node.place);
    enum fy_node_type type = from ? fy_node_get_type(from) : FYNT_SCALAR;
    node.kind = type == FYNT_MAPPING    ? YAML_TREE_MAP
                : type == FYNT_SEQUENCE ? YAML_TREE_LIST
                                        : YAML_TREE_SCALAR;
    if (from)
        node.place = node_place(from, node.place);
    if (node.kind == YAML_TREE_SCALAR) {
        node.text = from ? scalar_text(copying, from, node.place) : "";
        enum fy_node_style style = from ? fy_node_get_style(from) : FYNS_PLAIN;
        node.is_quoted = style == FYNS_SINGLE_QUOTED || style == FYNS_DOUBLE_QUOTED;
    }
    if (copying->has_failed)
        return;
    struct origin origin = {from, depth};
    g_array_append_val(copying->tree->nodes, node);
    g_array_append_val(copying->origins, origin);
}

static void append_pair(struct copying *copying, struct fy_node_pair *pair,
                        const struct yaml_tree_node *parent, int32_t depth)
{
    struct fy_node *key = fy_node_pair_key(pair), *value = fy_node_pair_value(pair);
    struct yaml_tree_node like = {.place = node_place(key, parent->place)};
    if (!key || fy_node_get_type(key) != FYNT_SCALAR || fy_node_is_alias(key)) {
        fail(copying, like.place, "a key must be a plain word");
        return;
    }
    like.key_place = like.place;
    like.key = scalar_text(copying, key, like.place);
    if (!like.key)
        return;
    if (strcmp(like.key, "<<") == 0) {
        fail(copying, like.place,
             "merge keys (<<) are not offered; repeat the keys, or use an alias for the whole map");
        return;
    }
    append(copying, value, &like, depth);
}

static void append_children(struct copying *copying, int32_t index)
{
    struct origin origin = g_array_index(copying->origins, struct origin, index);
    struct yaml_tree_node parent =
        g_array_index(copying->tree->nodes, struct yaml_tree_node, index);
    if (parent.kind == YAML_TREE_SCALAR)
        return;
    parent.first = (int32_t)copying->tree->nodes->len;
    void *at = NULL;
    if (parent.kind == YAML_TREE_LIST) {
        struct yaml_tree_node like = {.place = parent.place};
        for (struct fy_node *item;
             !copying->has_failed && (item = fy_node_sequence_iterate(origin.from, &at));)
            append(copying, item, &like, origin.depth + 1);
    } else {
        for (struct fy_node_pair *pair;
             !copying->has_failed && (pair = fy_node_mapping_iterate(origin.from, &at));)
            append_pair(copying, pair, &parent, origin.depth + 1);
    }
    parent.count = (int32_t)copying->tree->nodes->len - parent.first;
    g_array_index(copying->tree->nodes, struct yaml_tree_node, index) = parent;
}

static struct tree *copy(struct fy_document *parsed, int32_t source,
                         struct diagnostics *diagnostics)
{
    struct copying copying = {.tree = yaml_tree_new(),
                              .parsed = parsed,
                              .origins = g_array_new(FALSE, FALSE, sizeof(struct origin)),
                              .source = source,
                              .diagnostics = diagnostics};
    struct yaml_tree_node root = {.place = {source, 1, 1}};
    append(&copying, fy_document_root(parsed), &root, 0);
    for (int32_t i = 0; !copying.has_failed && (guint)i < copying.tree->nodes->len; i++)
        append_children(&copying, i);
    g_array_free(copying.origins, TRUE);
    if (!copying.has_failed)
        return copying.tree;
    yaml_tree_free(copying.tree);
    return NULL;
}

static void add_parser_diagnostics(struct fy_diag *diag, int32_t source,
                                   struct diagnostics *diagnostics)
{
    void *at = NULL;
    size_t before = diagnostics_count(diagnostics);
    for (struct fy_diag_error *error; (error = fy_diag_errors_iterate(diag, &at));) {
        struct place place = {source, error->line, error->column};
        diagnostics_add(diagnostics, place, "not YAML: %s", error->msg);
    }
    if (diagnostics_count(diagnostics) == before)
        diagnostics_add(diagnostics, (struct place){source, 0, 0}, "not YAML");
}

/* The one document of the text; problems for none or a second. */
static struct tree *parse_one(struct fy_parser *parser, struct fy_diag *diag, int32_t source,
                              struct diagnostics *diagnostics)
{
    struct tree *tree = NULL;
    struct fy_document *first = fy_parse_load_document(parser), *second = NULL;
    if (fy_parser_get_stream_error(parser)) {
        add_parser_diagnostics(diag, source, diagnostics);
    } else if (!first || !fy_document_root(first)) {
        diagnostics_add(diagnostics, (struct place){source, 0, 0},
                        "empty; a scenario has at least nodes and a duration");
    } else if ((second = fy_parse_load_document(parser))) {
        diagnostics_add(diagnostics,
                        node_place(fy_document_root(second), (struct place){source, 0, 0}),
                        "a second document begins here; one file is one scenario");
    } else if (fy_parser_get_stream_error(parser)) {
        add_parser_diagnostics(diag, source, diagnostics);
    } else {
        tree = copy(first, source, diagnostics);
    }
    fy_parse_document_destroy(parser, first);
    fy_parse_document_destroy(parser, second);
    return tree;
}

static void drop_output(struct fy_diag *diag, void *user, const char *text, size_t len)
{
    (void)diag, (void)user, (void)text, (void)len;
}

struct tree *yaml_tree_parse(const char *text, size_t len, int32_t source,
                             struct diagnostics *diagnostics)
{
    struct fy_diag_cfg diag_cfg;
    fy_diag_cfg_default(&diag_cfg);
    diag_cfg.fp = NULL;
    diag_cfg.output_fn = drop_output;
    diag_cfg.colorize = false;
    struct fy_diag *diag = fy_diag_create(&diag_cfg);
    assert(diag);
    fy_diag_set_collect_errors(diag, true);
    struct fy_parse_cfg cfg = {.search_path = "", .flags = FYPCF_COLLECT_DIAG, .diag = diag};
    struct fy_parser *parser = fy_parser_create(&cfg);
    assert(parser);
    struct tree *tree = NULL;
    if (len == 0 || fy_parser_set_string(parser, text, len) != 0)
        diagnostics_add(diagnostics, (struct place){source, 0, 0},
                        "empty; a scenario has at least nodes and a duration");
    else
        tree = parse_one(parser, diag, source, diagnostics);
    fy_parser_destroy(parser);
    fy_diag_destroy(diag);
    return tree;
}
