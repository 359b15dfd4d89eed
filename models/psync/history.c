/* Who shares which bytes with whom. An id names a history, an offset a byte in it (the first has
 * offset 1). A node remembers one earlier id: it followed that history up to second_offset - 1 and
 * left it there.
 *
 * The decision asks two things in this order: is it the same history as far as the replica got, and
 * are the owed bytes still there. A replica that asks for `offset` has every byte before it. */
#include "models/psync/history.h"

#include <assert.h>
#include <string.h>

static const char no_id[] = "0000000000000000000000000000000000000000";

static void set_id(char *id, const char *from)
{
    assert(strlen(from) == REPLID_LEN);
    memmove(id, from, REPLID_SIZE);
}

static void clear_second(struct history *history)
{
    set_id(history->id2, no_id);
    history->second_offset = -1;
}

void history_init(struct history *history, const char *id)
{
    set_id(history->id, id);
    clear_second(history);
    history->offset = 0;
}

void history_renew(struct history *history, const char *new_id)
{
    set_id(history->id, new_id);
    clear_second(history);
}

void history_shift(struct history *history, const char *new_id)
{
    history_continue_as(history, history->id, new_id);
}

void history_continue_as(struct history *history, const char *cached_id, const char *new_id)
{
    set_id(history->id2, cached_id);
    set_id(history->id, new_id);
    history->second_offset = history->offset + 1;
}

void history_replace(struct history *history, const char *id, int64_t offset)
{
    set_id(history->id, id);
    clear_second(history);
    history->offset = offset;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool history_same_id(const char *a, const char *b)
{
    while (*a != '\0' && lower(*a) == lower(*b)) {
        a++;
        b++;
    }
    return *a == '\0' && *b == '\0';
}

static enum reason decide_history(const struct history *history, const char *id, int64_t offset)
{
    if (id[0] == '?')
        return REASON_FULL_REQUESTED;
    if (history_same_id(id, history->id))
        return REASON_ACCEPTED;
    if (!history_same_id(id, history->id2))
        return REASON_ID_MISMATCH;
    return offset <= history->second_offset ? REASON_ACCEPTED_SECOND_ID : REASON_SECOND_OFFSET;
}

enum reason history_decide(const struct history *history, const struct backlog_range *backlog,
                           const char *id, int64_t offset)
{
    enum reason reason = decide_history(history, id, offset);
    if (reason_kind(reason) != REASON_KIND_PARTIAL)
        return reason;
    if (!backlog->exists)
        return REASON_NO_BACKLOG;
    if (offset < backlog->first)
        return REASON_BACKLOG_PASSED;
    if (offset > backlog->first + backlog->length)
        return REASON_OFFSET_AHEAD;
    return reason;
}
