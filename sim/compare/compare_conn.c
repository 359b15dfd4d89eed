/* See compare_conn.h. */
#include "sim/compare/compare_conn.h"

#include <assert.h>
#include <string.h>

void compare_conns_init(struct compare_conns *conns)
{
    conns->list = g_array_new(FALSE, FALSE, sizeof(struct compare_conn));
    conns->current = COMPARE_NO_CONN;
}

void compare_conns_clear(struct compare_conns *conns)
{
    g_array_free(conns->list, TRUE);
}

struct compare_conn *compare_conn_at(const struct compare_conns *conns, guint index)
{
    assert(index < conns->list->len);
    return &g_array_index(conns->list, struct compare_conn, index);
}

static struct compare_conn *add(struct compare_conns *conns, guint at, int64_t t,
                                const char *master)
{
    struct compare_conn conn = {.attempt = compare_step_new(COMPARE_ATTEMPT, t, master),
                                .end = compare_step_new(COMPARE_END, t, master)};
    g_array_insert_val(conns->list, at, conn);
    if (conns->current != COMPARE_NO_CONN && conns->current >= at)
        conns->current++;
    return compare_conn_at(conns, at);
}

struct compare_conn *compare_conn_add_attempt(struct compare_conns *conns, int64_t t,
                                              const char *master)
{
    guint at = conns->list->len;
    struct compare_conn *conn = add(conns, at, t, master);
    conn->has_attempt = true;
    conns->current = at;
    return conn;
}

/* In which order the end of such a connection and a change of the role are seen is chance: the
 * connection comes first. */
struct compare_conn *compare_conn_add_unbegun(struct compare_conns *conns, int64_t t,
                                              const char *master)
{
    guint at = conns->list->len;
    while (at > 0 && compare_conn_at(conns, at - 1)->is_role)
        at--;
    struct compare_conn *conn = add(conns, at, t, master);
    conn->is_open = true;
    if (conns->current == COMPARE_NO_CONN)
        conns->current = at;
    return conn;
}

struct compare_conn *compare_conn_add_role(struct compare_conns *conns, int64_t t,
                                           const char *master)
{
    struct compare_conn *conn = add(conns, conns->list->len, t, master);
    conn->is_role = true;
    conn->attempt.kind = COMPARE_ROLE;
    return conn;
}

struct compare_conn *compare_conn_current(const struct compare_conns *conns)
{
    return conns->current != COMPARE_NO_CONN ? compare_conn_at(conns, conns->current) : NULL;
}

static struct compare_conn *last_attempt(const struct compare_conns *conns)
{
    guint i = conns->list->len;
    while (i > 0 && !compare_conn_at(conns, i - 1)->has_attempt)
        i--;
    return i > 0 ? compare_conn_at(conns, i - 1) : NULL;
}

struct compare_conn *compare_conn_without_ask(const struct compare_conns *conns)
{
    struct compare_conn *last = last_attempt(conns);
    bool lacks_it =
        last != NULL && !last->is_asked && last->attempt.outcome == NULL && !last->has_ended;
    return lacks_it ? last : NULL;
}

struct compare_conn *compare_conn_without_answer(const struct compare_conns *conns)
{
    struct compare_conn *last = last_attempt(conns);
    return last != NULL && last->attempt.answer == NULL ? last : NULL;
}

struct compare_conn *compare_conn_without_outcome(const struct compare_conns *conns)
{
    struct compare_conn *last = last_attempt(conns);
    bool lacks_it = last != NULL && last->attempt.outcome == NULL && last->attempt.answer != NULL &&
                    !compare_step_is_refusal(&last->attempt);
    return lacks_it ? last : NULL;
}

struct compare_conn *compare_conn_open_at(const struct compare_conns *conns, const char *master)
{
    for (guint i = 0; i < conns->list->len; i++) {
        struct compare_conn *conn = compare_conn_at(conns, i);
        if (conn->is_open && strcmp(conn->end.master, master) == 0)
            return conn;
    }
    return NULL;
}

struct compare_step *compare_conn_end(struct compare_conn *conn, int64_t t)
{
    if (!conn->has_ended)
        conn->end.t = t;
    conn->has_ended = true;
    return &conn->end;
}
