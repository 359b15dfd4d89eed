/* Positions and messages. See tap.h. */
#include "sim/world/tap.h"

#include <string.h>
#include "models/psync/resp.h"
#include "sim/engine/time.h"
#include "sim/world/account.h"
#include "sim/world/node.h"
#include "sim/world/node_backlog.h"
#include "sim/world/output.h"

#define SHOWN_MAX 240 /* characters of a message */

/* ---- positions ---- */

static void look_at_node(struct world *world, struct node *node)
{
    struct backlog_range range = node_backlog(world, node);
    EMIT(world, position, node->index, e->offset = node_offset(world, node),
         e->behind_bytes = account_behind(world, node),
         e->backlog_first = range.exists ? range.first : TRACE_ABSENT,
         e->backlog_bytes = range.exists ? range.length : TRACE_ABSENT);
}

static void look_at_conn(struct world *world, const struct conn *conn)
{
    EMIT(world, flow, conn->master, e->replica = conn->replica,
         e->buffer_bytes = output_usage(world, conn),
         e->sent_offset = conn->is_stream_open ? output_sent(world, conn) : TRACE_ABSENT);
}

static void look(struct world *world)
{
    for (uint32_t i = 0; i < world->node_count; i++)
        if (world->nodes[i].is_up)
            look_at_node(world, &world->nodes[i]);
    EACH_CONN(conn, world)
        if (conn->master_has && conn->is_recorded)
            look_at_conn(world, conn);
}

static void look_at(struct world *world, int64_t t)
{
    struct tap *tap = &world->tap;
    void (*looks)(void *user, struct world *world) = tap->looks;
    while (tap->looks != NULL && tap->at <= t) {
        world->now = tap->at;
        tap->looks = tap->again > 0 ? looks : NULL;
        tap->at += tap->again;
        looks(tap->user, world);
    }
}

static int64_t next_position(const struct tap *tap)
{
    bool is_over = tap->until > 0 && tap->next > tap->until;
    return tap->every > 0 && !is_over ? tap->next : TIME_NEVER;
}

void tap_look_before(struct world *world, int64_t t)
{
    struct tap *tap = &world->tap;
    for (; next_position(tap) <= t && !world->trace->is_broken; tap->next += tap->every) {
        world->now = tap->next;
        tap->extra = 0;
        look(world);
    }
    look_at(world, t);
}

int64_t tap_next(const struct world *world)
{
    const struct tap *tap = &world->tap;
    int64_t next = next_position(tap);
    return tap->looks != NULL ? min64(next, tap->at) : next;
}

void tap_look_after(struct world *world)
{
    struct tap *tap = &world->tap;
    bool is_new = world->trace->events != tap->heard;
    tap->heard = world->trace->events;
    if (tap->every == 0 || !is_new || tap->extra == TAP_EXTRA_LOOKS)
        return;
    tap->extra++;
    look(world);
}

/* ---- messages ---- */

struct shown {
    const char *what;
    char text[SHOWN_MAX + 1];
};

static void show(struct shown *shown, const char *text, size_t len)
{
    size_t used = strlen(shown->text);
    for (size_t i = 0; i < len && used < SHOWN_MAX; i++)
        shown->text[used++] = text[i] < ' ' || text[i] > '~' ? '.' : text[i];
    shown->text[used] = '\0';
}

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

static void show_command(struct shown *shown, struct span text)
{

    static const char *const NAMES[][2] = {
        {"PING", "ping"},   {"AUTH", "auth"},  {"REPLCONF ACK", "ack"},  {"REPLCONF", "replconf"},
        {"PSYNC", "psync"}, {"SYNC", "psync"}, {"FAILOVER", "failover"}, {"", "data"}};
    struct resp_reader reader;
    if (text.bytes[0] == '\n') { /* while it loads: it is alive */
        shown->what = "newline";
        return;
    }
    memset(&reader, 0, sizeof reader);
    struct resp_progress progress = resp_read(&reader, text.bytes, (size_t)text.len);
    for (int64_t i = 0; progress.event == RESP_COMMAND && i < reader.argc; i++) {
        show(shown, " ", i > 0);
        show(shown, resp_arg(&reader, i), strlen(resp_arg(&reader, i)));
    }
    size_t name = 0;
    while (!begins(shown->text, NAMES[name][0]))
        name++;
    shown->what = NAMES[name][1];
    if (begins(shown->text, "AUTH "))
        memcpy(shown->text, "AUTH ...", sizeof "AUTH ..."); /* no password in a trace */
}

static void show_reply(struct shown *shown, struct span text)
{
    static const char *const NAMES[][2] = {
        {"+PONG", "pong"},         {"+OK", "ok"},  {"+FULLRESYNC", "fullresync"},
        {"+CONTINUE", "continue"}, {"-", "error"}, {"$", "payload"},
        {"\n", "newline"},         {"", "data"},
    };
    char line[SHOWN_MAX + 1];
    size_t len = (size_t)text.len < SHOWN_MAX ? (size_t)text.len : SHOWN_MAX;
    memcpy(line, text.bytes, len);
    line[len] = '\0';
    size_t name = 0;
    while (!begins(line, NAMES[name][0]))
        name++;
    shown->what = NAMES[name][1];
    show(shown, line, strcspn(line, "\r\n"));
}

static int32_t end_of(const struct conn *conn, int direction, bool is_sender)
{
    return (direction == UP) == is_sender ? conn->replica : conn->master;
}

void tap_sent(struct world *world, struct conn *conn, int direction, struct span text,
              int64_t leaves)
{
    if (!world->tap.has_messages)
        return;
    struct shown shown = {.what = "close"};
    if (text.len > 0 && direction == UP)
        show_command(&shown, text);
    else if (text.len > 0)
        show_reply(&shown, text);
    mail_number(&conn->mail[direction], ++world->tap.messages);
    EMIT(world, send, end_of(conn, direction, true), e->to = end_of(conn, direction, false),
         e->message = world->tap.messages, e->what = shown.what,
         e->text = shown.text[0] != '\0' ? shown.text : NULL, e->leaves_ns = leaves);
}

void tap_received(struct world *world, const struct conn *conn, int direction,
                  const struct letter *letter)
{
    if (world->tap.has_messages && letter->number > 0)
        EMIT(world, receive, end_of(conn, direction, false),
             e->from = end_of(conn, direction, true), e->message = letter->number);
}

void tap_knocked(struct world *world, const struct conn *conn, const char *outcome)
{
    if (world->tap.has_messages)
        EMIT(world, syn, conn->replica, e->master = conn->master, e->attempt = conn->syns,
             e->outcome = outcome);
}
