/* See compare_passage.h. */
#include "sim/compare/compare_passage.h"

#include <assert.h>
#include <string.h>

void compare_passages_init(struct compare_passages *passages)
{
    passages->list = g_array_new(FALSE, FALSE, sizeof(struct compare_passage));
    passages->current = COMPARE_NO_PASSAGE;
}

void compare_passages_clear(struct compare_passages *passages)
{
    g_array_free(passages->list, TRUE);
}

struct compare_passage *compare_passage_at(const struct compare_passages *passages, guint index)
{
    assert(index < passages->list->len);
    return &g_array_index(passages->list, struct compare_passage, index);
}

static struct compare_passage *add(struct compare_passages *passages, guint at, int64_t t,
                                   const char *master)
{
    struct compare_passage passage = {.attempt = compare_step_new(COMPARE_ATTEMPT, t, master),
                                      .end = compare_step_new(COMPARE_END, t, master)};
    g_array_insert_val(passages->list, at, passage);
    if (passages->current != COMPARE_NO_PASSAGE && passages->current >= at)
        passages->current++;
    return compare_passage_at(passages, at);
}

struct compare_passage *compare_passage_add_attempt(struct compare_passages *passages, int64_t t,
                                                    const char *master)
{
    guint at = passages->list->len;
    struct compare_passage *passage = add(passages, at, t, master);
    passage->has_attempt = true;
    passages->current = at;
    return passage;
}

/* In which order the end of such a connection and a change of the role are told is chance: the
 * connection comes first. */
struct compare_passage *compare_passage_add_unbegun(struct compare_passages *passages, int64_t t,
                                                    const char *master)
{
    guint at = passages->list->len;
    while (at > 0 && compare_passage_at(passages, at - 1)->is_role)
        at--;
    struct compare_passage *passage = add(passages, at, t, master);
    passage->is_open = true;
    if (passages->current == COMPARE_NO_PASSAGE)
        passages->current = at;
    return passage;
}

struct compare_passage *compare_passage_add_role(struct compare_passages *passages, int64_t t,
                                                 const char *master)
{
    struct compare_passage *passage = add(passages, passages->list->len, t, master);
    passage->is_role = true;
    passage->attempt.kind = COMPARE_ROLE;
    return passage;
}

struct compare_passage *compare_passage_current(const struct compare_passages *passages)
{
    return passages->current != COMPARE_NO_PASSAGE ? compare_passage_at(passages, passages->current)
                                                   : NULL;
}

static struct compare_passage *last_attempt(const struct compare_passages *passages)
{
    guint i = passages->list->len;
    while (i > 0 && !compare_passage_at(passages, i - 1)->has_attempt)
        i--;
    return i > 0 ? compare_passage_at(passages, i - 1) : NULL;
}

struct compare_passage *compare_passage_without_ask(const struct compare_passages *passages)
{
    struct compare_passage *last = last_attempt(passages);
    bool lacks_it =
        last != NULL && !last->is_asked && last->attempt.outcome == NULL && !last->has_ended;
    return lacks_it ? last : NULL;
}

struct compare_passage *compare_passage_without_answer(const struct compare_passages *passages)
{
    struct compare_passage *last = last_attempt(passages);
    return last != NULL && last->attempt.answer == NULL ? last : NULL;
}

struct compare_passage *compare_passage_without_outcome(const struct compare_passages *passages)
{
    struct compare_passage *last = last_attempt(passages);
    bool lacks_it = last != NULL && last->attempt.outcome == NULL && last->attempt.answer != NULL &&
                    !compare_step_is_refusal(&last->attempt);
    return lacks_it ? last : NULL;
}

struct compare_passage *compare_passage_open_at(const struct compare_passages *passages,
                                                const char *master)
{
    for (guint i = 0; i < passages->list->len; i++) {
        struct compare_passage *passage = compare_passage_at(passages, i);
        if (passage->is_open && strcmp(passage->end.master, master) == 0)
            return passage;
    }
    return NULL;
}

struct compare_step *compare_passage_end(struct compare_passage *passage, int64_t t)
{
    if (!passage->has_ended)
        passage->end.t = t;
    passage->has_ended = true;
    return &passage->end;
}
