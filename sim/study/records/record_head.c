/* Heads: which part of a study, and what sets two of them apart. */
#include "sim/study/records/record_head.h"

#include <glib.h>
#include <string.h>

struct record_file_piece record_file_piece(uint64_t total, uint32_t number, uint32_t of)
{
    uint64_t size = total / of, longer = total % of, before = number - 1;
    return (struct record_file_piece){before * size + MIN(before, longer),
                                      size + (before < longer)};
}

void record_file_head_clear(struct record_file_head *head)
{
    g_free((char *)head->kind);
    g_free((char *)head->about);
    *head = (struct record_file_head){0};
}

/* The first line of `ours` that `theirs` has not at the same place: both, for a message. */
static char *difference(const char *theirs, const char *ours)
{
    while (*theirs && *theirs == *ours && strcspn(theirs, "\n") == strcspn(ours, "\n") &&
           strncmp(theirs, ours, strcspn(ours, "\n")) == 0) {
        theirs += strcspn(theirs, "\n") + 1;
        ours += strcspn(ours, "\n") + 1;
    }
    int their_len = (int)strcspn(theirs, "\n"), our_len = (int)strcspn(ours, "\n");
    return g_strdup_printf("'%.*s', not '%.*s'", MIN(their_len, 120), theirs, MIN(our_len, 120),
                           ours);
}

char *record_file_difference(const struct record_file_head *theirs,
                             const struct record_file_head *ours)
{
    if (strcmp(theirs->kind, ours->kind) != 0)
        return g_strdup_printf("'%.120s', not '%s'", theirs->kind, ours->kind);
    if (strcmp(theirs->about, ours->about) != 0)
        return difference(theirs->about, ours->about);
    if (theirs->total != ours->total || theirs->words != ours->words)
        return g_strdup("other numbers of items or words");
    if (theirs->of != ours->of || theirs->number != ours->number)
        return g_strdup_printf("shard %u/%u, not %u/%u", theirs->number, theirs->of, ours->number,
                               ours->of);
    return NULL;
}
