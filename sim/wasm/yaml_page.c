/* yaml_tree_parse() where the page parses: page/src/yaml.ts makes the same tree from the same text, and hands
 * it over as records, each a line of numbers and the bytes that it announces:
 *
 *      kind line column key_line key_column is_quoted first count key_length text_length LF key text
 *
 * A length of -1 is no text. PROBLEM in place of a kind: the text says what is wrong at line, column, and there is no
 * tree. */
#include <stdlib.h>
#include <string.h>
#include "sim/scenario/yaml_tree.h"

#define PROBLEM 3

enum number { KIND, LINE, COLUMN, KEY_LINE, KEY_COLUMN, QUOTED, FIRST, COUNT, KEY, TEXT, NUMBERS };

/* Memory of lab_take(): the records, with a NUL behind the last. */
__attribute__((import_module("page"), import_name("parse"))) char *page_parse(const char *text,
                                                                              size_t len);

/* Of the next `len` bytes; NULL for -1. */
static const char *take_text(struct tree *tree, const char **at, int32_t len)
{
    if (len < 0)
        return NULL;
    const char *text = g_string_chunk_insert_len(tree->strings, *at, len);
    *at += len;
    return text;
}

/* One record; false: it is a problem. */
static bool take_record(struct tree *tree, const char **at, int32_t source,
                        struct diagnostics *diagnostics)
{
    int32_t numbers[NUMBERS];
    for (int i = 0; i < NUMBERS; i++) {
        char *end;
        numbers[i] = (int32_t)strtol(*at, &end, 10);
        *at = end;
    }
    ++*at;
    struct yaml_tree_node node = {
        .kind = (enum yaml_tree_kind)numbers[KIND],
        .place = {source, numbers[LINE], numbers[COLUMN]},
        .key_place = {numbers[KEY] < 0 ? 0 : source, numbers[KEY_LINE], numbers[KEY_COLUMN]},
        .is_quoted = numbers[QUOTED],
        .first = numbers[FIRST],
        .count = numbers[COUNT]};
    node.key = take_text(tree, at, numbers[KEY]);
    node.text = take_text(tree, at, numbers[TEXT]);
    if (numbers[KIND] == PROBLEM)
        diagnostics_add(diagnostics, node.place, "%s", node.text);
    else
        g_array_append_val(tree->nodes, node);
    return numbers[KIND] != PROBLEM;
}

struct tree *yaml_tree_parse(const char *text, size_t len, int32_t source,
                             struct diagnostics *diagnostics)
{
    struct tree *tree = yaml_tree_new();
    char *records = page_parse(text, len);
    bool is_good = true;
    for (const char *at = records; *at != '\0';)
        is_good = take_record(tree, &at, source, diagnostics) && is_good;
    free(records);
    if (is_good)
        return tree;
    yaml_tree_free(tree);
    return NULL;
}
