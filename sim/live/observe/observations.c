/* See journal.h. */
#include "sim/live/observe/observations.h"

#include <assert.h>

static const char *const NAMES[] = {
#define SIGHT(name, from, what) #name,
#include "sim/live/observe/observation.def"
#undef SIGHT
};

void journal_init(struct journal *journal)
{
    journal->sights = g_array_new(FALSE, FALSE, sizeof(struct sight));
    journal->texts = g_string_chunk_new(4096);
}

void journal_clear(struct journal *journal)
{
    g_array_free(journal->sights, TRUE);
    g_string_chunk_free(journal->texts);
}

static const char *keep(struct journal *journal, const char *text)
{
    return text == NULL ? NULL : g_string_chunk_insert_const(journal->texts, text);
}

void journal_add(struct journal *journal, struct sight sight)
{
    sight.order = journal->sights->len;
    sight.text = keep(journal, sight.text);
    sight.more = keep(journal, sight.more);
    for (uint32_t i = 0; i < sight.value_count; i++)
        sight.values[i].text = keep(journal, sight.values[i].text);
    g_array_append_val(journal->sights, sight);
}

void journal_event(struct journal *journal, int64_t t, enum event_kind event, int32_t node,
                   struct trace_fields fields)
{
    assert(fields.count == event_field_count(event) && fields.count <= SIGHT_VALUES_MAX);
    struct sight sight = {.t = t,
                          .kind = SIGHT_EVENT,
                          .node = node,
                          .peer = -1,
                          .event = event,
                          .value_count = (uint32_t)fields.count};
    for (size_t i = 0; i < fields.count; i++)
        sight.values[i] = fields.values[i];
    journal_add(journal, sight);
}

static int by_time(const void *left, const void *right)
{
    const struct sight *a = left, *b = right;
    if (a->t != b->t)
        return a->t < b->t ? -1 : 1;
    return a->order < b->order ? -1 : a->order > b->order;
}

void journal_sort(struct journal *journal, int64_t zero)
{
    for (guint i = 0; i < journal->sights->len; i++)
        g_array_index(journal->sights, struct sight, i).t -= zero;
    g_array_sort(journal->sights, by_time);
}

const char *sight_name(enum sight_kind kind)
{
    return NAMES[kind];
}
