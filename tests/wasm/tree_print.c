/* Prints the YAML tree of each file named, or what is wrong with its text. Linked with the program's parser, and in
 * WebAssembly with the page's: both must print the same. Of what is no YAML at all the words are the parser's own, and
 * the place alone is printed. What stands behind a NUL is no part of the text. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sim/scenario/yaml_tree.h"
#include "sim/text/source_text.h"

static void print_text(const char *label, const char *text)
{
    if (text == NULL)
        return;
    printf(" %s \"", label);
    for (; *text != '\0'; text++)
        if (*text == '\n')
            printf("\\n");
        else
            putchar(*text);
    printf("\"");
}

static void print_tree(const struct tree *tree)
{
    static const char *const KINDS[] = {"map", "list", "scalar"};
    for (int32_t i = 0; i < (int32_t)tree->nodes->len; i++) {
        const struct yaml_tree_node *node = yaml_tree_at(tree, i);
        printf("%d %s %d:%d", (int)i, KINDS[node->kind], (int)node->place.line,
               (int)node->place.column);
        if (node->kind != YAML_TREE_SCALAR)
            printf(" %d+%d", (int)node->first, (int)node->count);
        if (node->key != NULL)
            printf(" key %d:%d", (int)node->key_place.line, (int)node->key_place.column);
        print_text("key", node->key);
        print_text(node->is_quoted ? "quoted" : "text", node->text);
        printf("\n");
    }
}

static void print_problems(struct diagnostics *diagnostics)
{
    static const char OWN_WORDS[] = "not YAML";
    for (size_t i = 0; i < diagnostics_count(diagnostics); i++) {
        char *text = diagnostics_text(diagnostics, i), *own = strstr(text, OWN_WORDS);
        printf("%.*s\n", own ? (int)(own - text + (ptrdiff_t)strlen(OWN_WORDS)) : 1000, text);
        g_free(text);
    }
}

static void print_file(const char *path)
{
    size_t len;
    char *error = NULL, *bytes = text_read(path, &len, &error);
    struct diagnostics *diagnostics = diagnostics_new();
    struct place place = {0};
    GString *clean = g_string_new(NULL);
    printf("== %s\n", path);
    if (bytes == NULL)
        exit(4);
    const char *refused = text_clean(bytes, strnlen(bytes, len), clean, &place);
    place.source = diagnostics_source(diagnostics, "text", NULL, 0);
    if (refused != NULL)
        diagnostics_add(diagnostics, place, "%s", refused);
    struct tree *tree = refused != NULL || clean->len == 0
                            ? NULL
                            : yaml_tree_parse(clean->str, clean->len, place.source, diagnostics);
    if (tree != NULL)
        print_tree(tree);
    print_problems(diagnostics);
    yaml_tree_free(tree);
    diagnostics_free(diagnostics);
    g_string_free(clean, TRUE);
    g_free(bytes);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        print_file(argv[i]);
    return 0;
}
