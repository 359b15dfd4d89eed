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
    struct document *document;
    struct fy_document *parsed;
    GArray *origins; /* of struct origin, one per node of the document */
    int32_t source;
    struct problems *problems;
    bool has_failed;
};

static struct document *document_new(void)
{
    struct document *document = g_new0(struct document, 1);
    document->nodes = g_array_new(FALSE, TRUE, sizeof(struct document_node));
    document->strings = g_string_chunk_new(1024);
    return document;
}

void document_free(struct document *document)
{
    if (!document)
        return;
    g_array_free(document->nodes, TRUE);
    g_string_chunk_free(document->strings);
    g_free(document);
}

static struct document_node *node_at(const struct document *document, int32_t node)
{
    assert(node >= 0 && (guint)node < document->nodes->len);
    return &g_array_index(document->nodes, struct document_node, node);
}

const struct document_node *document_at(const struct document *document, int32_t node)
{
    return node_at(document, node);
}

int32_t document_find(const struct document *document, int32_t map, const char *key)
{
    const struct document_node *node = node_at(document, map);
    for (int32_t i = node->first; node->kind == DOCUMENT_MAP && i < node->first + node->count; i++)
        if (strcmp(node_at(document, i)->key, key) == 0)
            return i;
    return -1;
}

static void fail(struct copying *copying, struct place place, const char *what)
{
    problems_add(copying->problems, place, "%s", what);
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
    for (int32_t depth = 0; node && depth < DOCUMENT_DEPTH_MAX; depth++) {
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
        node = anchor && hops < DOCUMENT_DEPTH_MAX ? fy_anchor_node(anchor) : NULL;
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
    return g_string_chunk_insert_len(copying->document->strings, text, (gssize)len);
}

/* Appends ours for the parser's node; its children come when its turn does. */
static void append(struct copying *copying, struct fy_node *from, const struct document_node *like,
                   int32_t depth)
{
    struct document_node node = *like;
    if (copying->document->nodes->len >= DOCUMENT_NODES_MAX || depth > DOCUMENT_DEPTH_MAX) {
        fail(copying, node.place,
             depth > DOCUMENT_DEPTH_MAX
                 ? "nested too deeply; a scenario needs no more than a few levels"
                 : "more than 20000 values, aliases followed; a scenario is a small file");
        return;
    }
    from = follow(copying, from, node.place);
    enum fy_node_type type = from ? fy_node_get_type(from) : FYNT_SCALAR;
    node.kind = type == FYNT_MAPPING    ? DOCUMENT_MAP
                : type == FYNT_SEQUENCE ? DOCUMENT_LIST
                                        : DOCUMENT_SCALAR;
    if (from)
        node.place = node_place(from, node.place);
    if (node.kind == DOCUMENT_SCALAR) {
        node.text = from ? scalar_text(copying, from, node.place) : "";
        enum fy_node_style style = from ? fy_node_get_style(from) : FYNS_PLAIN;
        node.is_quoted = style == FYNS_SINGLE_QUOTED || style == FYNS_DOUBLE_QUOTED;
    }
    if (copying->has_failed)
        return;
    struct origin origin = {from, depth};
    g_array_append_val(copying->document->nodes, node);
    g_array_append_val(copying->origins, origin);
}

static void append_pair(struct copying *copying, struct fy_node_pair *pair,
                        const struct document_node *parent, int32_t depth)
{
    struct fy_node *key = fy_node_pair_key(pair), *value = fy_node_pair_value(pair);
    struct document_node like = {.place = node_place(key, parent->place)};
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
    struct document_node parent = *node_at(copying->document, index);
    if (parent.kind == DOCUMENT_SCALAR)
        return;
    parent.first = (int32_t)copying->document->nodes->len;
    void *at = NULL;
    if (parent.kind == DOCUMENT_LIST) {
        struct document_node like = {.place = parent.place};
        for (struct fy_node *item;
             !copying->has_failed && (item = fy_node_sequence_iterate(origin.from, &at));)
            append(copying, item, &like, origin.depth + 1);
    } else {
        for (struct fy_node_pair *pair;
             !copying->has_failed && (pair = fy_node_mapping_iterate(origin.from, &at));)
            append_pair(copying, pair, &parent, origin.depth + 1);
    }
    parent.count = (int32_t)copying->document->nodes->len - parent.first;
    *node_at(copying->document, index) = parent;
}

static struct document *copy(struct fy_document *parsed, int32_t source, struct problems *problems)
{
    struct copying copying = {.document = document_new(),
                              .parsed = parsed,
                              .origins = g_array_new(FALSE, FALSE, sizeof(struct origin)),
                              .source = source,
                              .problems = problems};
    struct document_node root = {.place = {source, 1, 1}};
    append(&copying, fy_document_root(parsed), &root, 0);
    for (int32_t i = 0; !copying.has_failed && (guint)i < copying.document->nodes->len; i++)
        append_children(&copying, i);
    g_array_free(copying.origins, TRUE);
    if (!copying.has_failed)
        return copying.document;
    document_free(copying.document);
    return NULL;
}

static void add_parser_problems(struct fy_diag *diag, int32_t source, struct problems *problems)
{
    void *at = NULL;
    size_t before = problems_count(problems);
    for (struct fy_diag_error *error; (error = fy_diag_errors_iterate(diag, &at));) {
        struct place place = {source, error->line, error->column};
        problems_add(problems, place, "not YAML: %s", error->msg);
    }
    if (problems_count(problems) == before)
        problems_add(problems, (struct place){source, 0, 0}, "not YAML");
}

/* The one document of the text; problems for none or a second. */
static struct document *parse_one(struct fy_parser *parser, struct fy_diag *diag, int32_t source,
                                  struct problems *problems)
{
    struct document *document = NULL;
    struct fy_document *first = fy_parse_load_document(parser), *second = NULL;
    if (fy_parser_get_stream_error(parser)) {
        add_parser_problems(diag, source, problems);
    } else if (!first || !fy_document_root(first)) {
        problems_add(problems, (struct place){source, 0, 0},
                     "empty; a scenario has at least nodes and a duration");
    } else if ((second = fy_parse_load_document(parser))) {
        problems_add(problems, node_place(fy_document_root(second), (struct place){source, 0, 0}),
                     "a second document begins here; one file is one scenario");
    } else if (fy_parser_get_stream_error(parser)) {
        add_parser_problems(diag, source, problems);
    } else {
        document = copy(first, source, problems);
    }
    fy_parse_document_destroy(parser, first);
    fy_parse_document_destroy(parser, second);
    return document;
}

static void drop_output(struct fy_diag *diag, void *user, const char *text, size_t len)
{
    (void)diag, (void)user, (void)text, (void)len;
}

struct document *document_parse(const char *text, size_t len, int32_t source,
                                struct problems *problems)
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
    struct document *document = NULL;
    if (len == 0 || fy_parser_set_string(parser, text, len) != 0)
        problems_add(problems, (struct place){source, 0, 0},
                     "empty; a scenario has at least nodes and a duration");
    else
        document = parse_one(parser, diag, source, problems);
    fy_parser_destroy(parser);
    fy_diag_destroy(diag);
    return document;
}

struct document *document_scalar(const char *text, struct place place)
{
    struct document *document = document_new();
    struct document_node node = {.kind = DOCUMENT_SCALAR, .place = place};
    node.text = g_string_chunk_insert(document->strings, text);
    g_array_append_val(document->nodes, node);
    return document;
}

/* Appends a copy of the `count` nodes of `from` from index `first` on, and fixes what they point
 * to. */
static int32_t append_copies(struct document *to, const struct document *from, int32_t first,
                             int32_t count, int32_t shift)
{
    int32_t begin = (int32_t)to->nodes->len;
    for (int32_t i = first; i < first + count; i++) {
        struct document_node node = *node_at(from, i);
        node.key = node.key ? g_string_chunk_insert(to->strings, node.key) : NULL;
        node.text = node.text ? g_string_chunk_insert(to->strings, node.text) : NULL;
        node.first += shift;
        g_array_append_val(to->nodes, node);
    }
    return begin;
}

void document_replace(struct document *document, int32_t node, const struct document *value)
{
    int32_t count = (int32_t)value->nodes->len, shift = (int32_t)document->nodes->len - 1;
    append_copies(document, value, 1, count - 1, shift);
    struct document_node *to = node_at(document, node);
    const struct document_node *root = node_at(value, 0);
    to->kind = root->kind;
    to->place = root->place;
    to->text = root->text ? g_string_chunk_insert(document->strings, root->text) : NULL;
    to->is_quoted = root->is_quoted;
    to->first = root->first + shift;
    to->count = root->count;
}

int32_t document_add(struct document *document, int32_t map, const char *key, struct place place)
{
    struct document_node parent = *node_at(document, map);
    assert(parent.kind == DOCUMENT_MAP);
    parent.first = append_copies(document, document, parent.first, parent.count, 0);
    struct document_node child = {.kind = DOCUMENT_MAP,
                                  .place = place,
                                  .key_place = place,
                                  .key = g_string_chunk_insert(document->strings, key)};
    g_array_append_val(document->nodes, child);
    parent.count++;
    *node_at(document, map) = parent;
    return (int32_t)document->nodes->len - 1;
}
