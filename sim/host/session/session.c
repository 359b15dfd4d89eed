/* See session.h. A drop never happens within a report of the host: a timer of no length is set. */
#include "sim/host/session/session.h"

#include <glib.h>
#include <string.h>
#include "sim/engine/quantity.h"
#include "sim/engine/time.h"

int64_t session_now(const struct session *session)
{
    return (int64_t)uv_hrtime() - session->start_ns;
}

void session_say(const struct session *session, enum way way, const char *said, const char *why)
{
    const struct line line = {
        .t = session_now(session), .who = "", .way = way, .said = said, .why = why};
    narrate(session->narrator, &line);
}

void session_stop(struct session *session)
{
    session->is_over = true;
    uv_stop(&session->loop);
}

static void take_end(uv_timer_t *timer)
{
    session_stop(timer->data);
}

static uint64_t in_ms(int64_t ns)
{
    return (uint64_t)((ns + NS_PER_MS - 1) / NS_PER_MS);
}

static void come_back(uv_timer_t *timer)
{
    struct session *session = timer->data;
    session->hooks->back(session->user);
}

/* away_ns < 0: until somebody says back. */
static void drop(struct session *session, int64_t away_ns)
{
    uv_timer_stop(&session->drop);
    uv_timer_stop(&session->back);
    if (away_ns > 0) {
        uv_update_time(&session->loop);
        uv_timer_start(&session->back, come_back, in_ms(away_ns), 0);
    }
    session->hooks->drop(session->user, away_ns != 0);
}

static void take_drop(uv_timer_t *timer)
{
    struct session *session = timer->data;
    session->drops_left--;
    drop(session, session->plan->away_ns);
}

static void plan_drop(struct session *session, int64_t ns)
{
    if (session->drops_left > 0 && !uv_is_active((uv_handle_t *)&session->drop))
        uv_timer_start(&session->drop, take_drop, in_ms(ns), 0);
}

void session_came(struct session *session)
{
    if (session->plan->drop_after_ns > 0)
        plan_drop(session, session->plan->drop_after_ns);
}

void session_counted(struct session *session, int64_t bytes)
{
    if (session->plan->drop_after_bytes > 0 && bytes >= session->plan->drop_after_bytes)
        plan_drop(session, 0);
}

/* ---- orders ---- */

static void order_drop(struct session *session, const char *rest)
{
    int64_t away = -1;
    const char *wrong =
        rest[0] != '\0' ? quantity_parse(QUANTITY_DURATION, rest, strlen(rest), &away) : NULL;
    if (wrong != NULL)
        session_say(session, WAY_HERE, "drop takes a duration, such as 3s", "");
    else
        drop(session, away);
}

static void order_back(struct session *session)
{
    uv_timer_stop(&session->back);
    session->hooks->back(session->user);
}

static void take_typed(void *user, const char *text)
{
    struct session *session = user;
    char **words = g_strsplit(text, " ", 2);
    const char *rest = words[1] != NULL ? g_strchug(words[1]) : "";
    if (strcmp(words[0], "drop") == 0)
        order_drop(session, rest);
    else if (strcmp(words[0], "back") == 0)
        order_back(session);
    else if (strcmp(words[0], "status") == 0)
        session->hooks->status(session->user);
    else if (strcmp(words[0], "quit") == 0)
        session_stop(session);
    else if (session->hooks->order == NULL || !session->hooks->order(session->user, words[0], rest))
        session_say(session, WAY_HERE, "orders are:", session->hooks->orders);
    g_strfreev(words);
}

static void take_interrupt(void *user)
{
    session_stop(user);
}

static const struct console_hooks CONSOLE = {take_typed, take_interrupt};

/* ---- beginning and end ---- */

void session_init(struct session *session, const struct session_plan *plan,
                  const struct narrator *narrator, const struct session_hooks *hooks, void *user)
{
    *session = (struct session){.plan = plan,
                                .narrator = narrator,
                                .hooks = hooks,
                                .user = user,
                                .drops_left = plan->times,
                                .start_ns = (int64_t)uv_hrtime()};
    uv_timer_t *timers[] = {&session->end, &session->drop, &session->back};
    uv_loop_init(&session->loop);
    for (size_t i = 0; i < G_N_ELEMENTS(timers); i++) {
        uv_timer_init(&session->loop, timers[i]);
        timers[i]->data = session;
    }
    session->console = console_new(&session->loop, &CONSOLE, session);
    if (plan->for_ns > 0)
        uv_timer_start(&session->end, take_end, in_ms(plan->for_ns), 0);
}

void session_run(struct session *session)
{
    while (!session->is_over)
        uv_run(&session->loop, UV_RUN_DEFAULT);
}

static void let_go(uv_handle_t *handle)
{
    struct session *session = handle->data;
    session->open_handles--;
}

void session_clear(struct session *session)
{
    uv_timer_t *timers[] = {&session->end, &session->drop, &session->back};
    console_free(session->console);
    session->open_handles = G_N_ELEMENTS(timers);
    for (size_t i = 0; i < G_N_ELEMENTS(timers); i++)
        uv_close((uv_handle_t *)timers[i], let_go);
    while (session->open_handles > 0)
        uv_run(&session->loop, UV_RUN_NOWAIT);
    if (uv_loop_close(&session->loop) != 0)
        g_assert_not_reached();
}
