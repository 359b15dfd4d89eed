/* See lesson.h. A drop never happens within a report of the host: a timer of no length is set. */
#include "sim/host/session/session.h"

#include <glib.h>
#include <string.h>
#include "sim/engine/quantity.h"
#include "sim/engine/time.h"

int64_t lesson_now(const struct lesson *lesson)
{
    return (int64_t)uv_hrtime() - lesson->start_ns;
}

void lesson_say(const struct lesson *lesson, enum way way, const char *said, const char *why)
{
    const struct line line = {
        .t = lesson_now(lesson), .who = "", .way = way, .said = said, .why = why};
    narrate(lesson->narrator, &line);
}

void lesson_stop(struct lesson *lesson)
{
    lesson->is_over = true;
    uv_stop(&lesson->loop);
}

static void take_end(uv_timer_t *timer)
{
    lesson_stop(timer->data);
}

static uint64_t in_ms(int64_t ns)
{
    return (uint64_t)((ns + NS_PER_MS - 1) / NS_PER_MS);
}

static void come_back(uv_timer_t *timer)
{
    struct lesson *lesson = timer->data;
    lesson->hooks->back(lesson->user);
}

/* away_ns < 0: until somebody says back. */
static void drop(struct lesson *lesson, int64_t away_ns)
{
    uv_timer_stop(&lesson->drop);
    uv_timer_stop(&lesson->back);
    if (away_ns > 0) {
        uv_update_time(&lesson->loop);
        uv_timer_start(&lesson->back, come_back, in_ms(away_ns), 0);
    }
    lesson->hooks->drop(lesson->user, away_ns != 0);
}

static void take_drop(uv_timer_t *timer)
{
    struct lesson *lesson = timer->data;
    lesson->drops_left--;
    drop(lesson, lesson->plan->away_ns);
}

static void plan_drop(struct lesson *lesson, int64_t ns)
{
    if (lesson->drops_left > 0 && !uv_is_active((uv_handle_t *)&lesson->drop))
        uv_timer_start(&lesson->drop, take_drop, in_ms(ns), 0);
}

void lesson_came(struct lesson *lesson)
{
    if (lesson->plan->drop_after_ns > 0)
        plan_drop(lesson, lesson->plan->drop_after_ns);
}

void lesson_counted(struct lesson *lesson, int64_t bytes)
{
    if (lesson->plan->drop_after_bytes > 0 && bytes >= lesson->plan->drop_after_bytes)
        plan_drop(lesson, 0);
}

/* ---- orders ---- */

static void order_drop(struct lesson *lesson, const char *rest)
{
    int64_t away = -1;
    const char *wrong =
        rest[0] != '\0' ? quantity_parse(QUANTITY_DURATION, rest, strlen(rest), &away) : NULL;
    if (wrong != NULL)
        lesson_say(lesson, WAY_HERE, "drop takes a duration, such as 3s", "");
    else
        drop(lesson, away);
}

static void order_back(struct lesson *lesson)
{
    uv_timer_stop(&lesson->back);
    lesson->hooks->back(lesson->user);
}

static void take_typed(void *user, const char *text)
{
    struct lesson *lesson = user;
    char **words = g_strsplit(text, " ", 2);
    const char *rest = words[1] != NULL ? g_strchug(words[1]) : "";
    if (strcmp(words[0], "drop") == 0)
        order_drop(lesson, rest);
    else if (strcmp(words[0], "back") == 0)
        order_back(lesson);
    else if (strcmp(words[0], "status") == 0)
        lesson->hooks->status(lesson->user);
    else if (strcmp(words[0], "quit") == 0)
        lesson_stop(lesson);
    else if (lesson->hooks->order == NULL || !lesson->hooks->order(lesson->user, words[0], rest))
        lesson_say(lesson, WAY_HERE, "orders are:", lesson->hooks->orders);
    g_strfreev(words);
}

static void take_interrupt(void *user)
{
    lesson_stop(user);
}

static const struct console_hooks CONSOLE = {take_typed, take_interrupt};

/* ---- beginning and end ---- */

void lesson_init(struct lesson *lesson, const struct lesson_plan *plan,
                 const struct narrator *narrator, const struct lesson_hooks *hooks, void *user)
{
    *lesson = (struct lesson){.plan = plan,
                              .narrator = narrator,
                              .hooks = hooks,
                              .user = user,
                              .drops_left = plan->times,
                              .start_ns = (int64_t)uv_hrtime()};
    uv_timer_t *timers[] = {&lesson->end, &lesson->drop, &lesson->back};
    uv_loop_init(&lesson->loop);
    for (size_t i = 0; i < G_N_ELEMENTS(timers); i++) {
        uv_timer_init(&lesson->loop, timers[i]);
        timers[i]->data = lesson;
    }
    lesson->console = console_new(&lesson->loop, &CONSOLE, lesson);
    if (plan->for_ns > 0)
        uv_timer_start(&lesson->end, take_end, in_ms(plan->for_ns), 0);
}

void lesson_run(struct lesson *lesson)
{
    while (!lesson->is_over)
        uv_run(&lesson->loop, UV_RUN_DEFAULT);
}

static void let_go(uv_handle_t *handle)
{
    struct lesson *lesson = handle->data;
    lesson->open_handles--;
}

void lesson_clear(struct lesson *lesson)
{
    uv_timer_t *timers[] = {&lesson->end, &lesson->drop, &lesson->back};
    console_free(lesson->console);
    lesson->open_handles = G_N_ELEMENTS(timers);
    for (size_t i = 0; i < G_N_ELEMENTS(timers); i++)
        uv_close((uv_handle_t *)timers[i], let_go);
    while (lesson->open_handles > 0)
        uv_run(&lesson->loop, UV_RUN_NOWAIT);
    if (uv_loop_close(&lesson->loop) != 0)
        g_assert_not_reached();
}
