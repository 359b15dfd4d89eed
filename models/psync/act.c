/* The list of acts: fixed arrays filled from the front. Texts are copied into the room and end with
 * a NUL, so that an act stays valid whatever happens to the bytes it came from. */
#include "models/psync/act.h"

#include <assert.h>
#include <string.h>

void acts_begin(struct acts *acts)
{
    acts->count = 0;
    acts->used = 0;
    acts->row_count = 0;
    acts->left = 0;
    acts->room[sizeof acts->room - 1] = '\0';
}

bool acts_has_room(const struct acts *acts)
{
    return acts->count + ACTS_RESERVE <= ACTS_MAX && acts->used + ACT_TEXT_MAX <= sizeof acts->room;
}

bool acts_sends(const struct acts *acts)
{
    for (uint32_t i = 0; i < acts->count; i++) {
        if (acts->list[i].kind == ACT_SEND)
            return true;
    }
    return false;
}

struct act *acts_add(struct acts *acts, enum act_kind kind)
{
    assert(acts->count < ACTS_MAX);
    struct act *act = &acts->list[acts->count++];
    *act = (struct act){.kind = kind, .text = &acts->room[sizeof acts->room - 1]};
    return act;
}

struct act *acts_add_text(struct acts *acts, enum act_kind kind, const char *text, size_t len)
{
    assert(len < sizeof acts->room - 1 - acts->used);
    struct act *act = acts_add(acts, kind);
    act->text = &acts->room[acts->used];
    act->len = len;
    memcpy(act->text, text, len);
    act->text[len] = '\0';
    acts->used += (uint32_t)len + 1;
    return act;
}

void acts_add_row(struct acts *acts, uint16_t row)
{
    assert(row < ROWS_MAX);
    for (uint32_t i = 0; i < acts->row_count; i++)
        if (acts->rows[i] == row)
            return;
    acts->rows[acts->row_count++] = (uint8_t)row;
}
