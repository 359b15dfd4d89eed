/* Any bytes are a file of records or are refused: no crash, no leak, no undefined behaviour. What
 * is accepted is written again to the same bytes, and what a sweep's head says makes a sweep or
 * does not. */
#include <glib.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "sim/study/records/record_file_text.h"
#include "sim/study/sweep/sweep.h"

#define WORDS 3

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void check_same(GString *written, const char *text)
{
    require(strcmp(written->str, text) == 0);
    g_string_free(written, TRUE);
}

static void try_head(const char *text)
{
    struct record_file_head head;
    if (!record_file_parse_head(text, &head))
        return;
    GString *written = g_string_new(NULL);
    record_file_print_head(&head, written);
    check_same(written, text);
    record_file_head_clear(&head);
}

static void try_record(const char *text)
{
    uint64_t index;
    int64_t words[WORDS];
    if (!record_file_parse_record(text, &index, words, WORDS))
        return;
    GString *written = g_string_new(NULL);
    record_file_print_record(written, index, words, WORDS);
    check_same(written, text);
}

/* As if a head had been checked already: fuzzing finds no checksum. */
static void try_about(const char *text, size_t len)
{
    struct record_file_head head = {
        .kind = "sweep", .about = text, .total = len, .words = (uint32_t)len + 1, .of = 1};
    sweep_free(sweep_from_head(&head));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = g_strndup((const char *)data, size);
    try_head(text);
    try_record(text);
    try_about(text, strlen(text));
    g_free(text);
    return 0;
}
