/* See master_session.h. A replica that comes back is known by its address and the port it
 * announces; one that announces none, by its address alone. */
#include "sim/host/session/master_session.h"

#include <string.h>
#include "sim/engine/quantity.h"
#include "sim/engine/time.h"
#include "sim/host/session/feeder.h"
#include "sim/host/session/session_report.h"
#include "sim/text/humanize.h"

#define NOBODY 0 /* node of a connection that is no known replica */

/* Nothing in it: a file of the oldest format that all versions load, without a checksum. */
static const char EMPTY_RDB[] = "REDIS0006\xff\0\0\0\0\0\0\0";

/* One connection. */
struct visit {
    int32_t node;
    int64_t opened;
    const char *why;   /* the row that fired last */
    const char *phase; /* the state, as the last row left it */
    int64_t shown_ack; /* the acknowledgement that was printed last; -1: none */
};

struct guest {
    char address[48];
    int64_t port;
};

struct master_session {
    const struct master_session_config *config;
    struct session session;
    struct narrator narrator;
    struct session_report report;
    struct master_host *host;
    struct feeder *feeder;
    struct visit visits[MASTER_PEERS_MAX];
    struct guest guests[SESSION_NODES];
    enum session_end end;
    bool was_online, has_pinged;
    int64_t counted; /* bytes for the replicas since one came online */
    int64_t stream_bytes;
};

static void say(struct master_session *self, int32_t peer, const struct line *line)
{
    const struct visit *visit = &self->visits[peer];
    struct line whole = *line;
    whole.t = session_now(&self->session);
    whole.who = visit->node != NOBODY ? self->report.nodes[visit->node].name : "--";
    narrate(&self->narrator, &whole);
}

static void say_here(struct master_session *self, const char *said, const char *why)
{
    session_say(&self->session, WAY_HERE, said, why);
}

/* ---- who is it ---- */

static bool is_here(const struct master_session *self, int32_t node)
{
    for (int32_t i = 0; i < MASTER_PEERS_MAX; i++)
        if (master_host_has(self->host, i) && self->visits[i].node == node)
            return true;
    return false;
}

static int32_t find_guest(const struct master_session *self, const char *address, int64_t port)
{
    for (int32_t node = 1; node < (int32_t)self->report.scenario.node_count; node++)
        if (strcmp(self->guests[node].address, address) == 0 && self->guests[node].port == port &&
            !is_here(self, node))
            return node;
    return NOBODY;
}

/* A connection for a payload is nobody's: its replica is known by the other one. */
static bool is_payload(const struct master_session *self, int32_t peer)
{
    return master_host_master(self->host, peer)->is_channel;
}

static void know(struct master_session *self, int32_t peer)
{
    struct visit *visit = &self->visits[peer];
    const char *address = master_host_peer_address(self->host, peer);
    int64_t port = master_host_master(self->host, peer)->listening_port;
    char name[16];
    if (visit->node != NOBODY || is_payload(self, peer))
        return;
    int32_t node = find_guest(self, address, port);
    uint32_t count = self->report.scenario.node_count;
    bool is_full = count == SESSION_NODES;
    if (node == NOBODY && is_full)
        node = SESSION_NODES - 1; /* more than there are names: the last one is for the rest */
    if (node == NOBODY) {
        g_snprintf(name, sizeof name, "r%u", count);
        node = session_report_add(&self->report, name);
        g_strlcpy(self->guests[node].address, address, sizeof self->guests[node].address);
        self->guests[node].port = port;
    }
    visit->node = node;
}

/* ---- what comes in ---- */

static void take_opened(struct master_session *self, const struct host_event *event)
{
    struct visit *visit = &self->visits[event->peer];
    *visit = (struct visit){.opened = event->now,
                            .why = "",
                            .phase = master_state_name(MASTER_COMMANDS),
                            .shown_ack = -1};
    char *said =
        g_strdup_printf("connection from %s", master_host_peer_address(self->host, event->peer));
    say(self, event->peer,
        &(struct line){.way = WAY_HERE, .said = said, .why = "an ordinary client so far"});
    g_free(said);
}

static bool is_ack(const char *said)
{
    return g_ascii_strncasecmp(said, "REPLCONF ACK ", 13) == 0;
}

static void say_ack(struct master_session *self, int32_t peer, const char *said)
{
    struct visit *visit = &self->visits[peer];
    int64_t offset = master_host_master(self->host, peer)->ack_offset;
    int64_t behind = master_host_history(self->host)->offset - offset;
    bool is_new = offset != visit->shown_ack;
    char *why = g_strdup_printf("applied up to there: %s behind; said each second, shown when it "
                                "moves",
                                humanize_size(behind).text);
    if (is_new)
        say(self, peer, &(struct line){.way = WAY_IN, .said = said, .why = why});
    visit->shown_ack = offset;
    g_free(why);
}

static void take_heard(struct master_session *self, const struct host_event *event)
{
    const struct narrator words = {.out = NULL};
    const char *why = "";
    char *plain = narrate_bytes(&words, event->bytes, event->len, &why);
    char *said = narrate_bytes(&self->narrator, event->bytes, event->len, &why);
    if (master_host_master(self->host, event->peer)->listening_port > 0)
        know(self, event->peer);
    if (strcmp(plain, "\\n") == 0)
        why = "an empty line: the replica is loading, and alive";
    if (is_ack(plain))
        say_ack(self, event->peer, said);
    else
        say(self, event->peer, &(struct line){.way = WAY_IN, .said = said, .why = why});
    g_free(said);
    g_free(plain);
}

static void take_row(struct master_session *self, const struct host_event *event)
{
    struct visit *visit = &self->visits[event->peer];
    const struct row_info *row = &event->row;
    visit->why = row->why;
    if (strcmp(row->next, master_state_name(MASTER_CLOSED)) != 0)
        visit->phase = row->next;
    if (strcmp(row->on, "payload") == 0 && visit->node != NOBODY)
        session_report_payload(&self->report, event->now, visit->node,
                               master_host_master(self->host, event->peer)->diskless
                                   ? -1
                                   : self->config->host.rdb_bytes);
    if (strcmp(row->on, "sent-streamed") == 0)
        say(self, event->peer,
            &(struct line){.way = WAY_HERE, .said = "the stream is held back", .why = row->why});
}

/* ---- acts ---- */

static void say_sent(struct master_session *self, int32_t peer, const struct act *act)
{
    for (uint64_t at = 0; at < act->len;) {
        const char *why = "", *bytes = act->text + at;
        size_t len = narrate_first(bytes, act->len - at);
        char *said = narrate_bytes(&self->narrator, bytes, len, &why);
        say(self, peer, &(struct line){.way = WAY_OUT, .said = said, .why = why});
        g_free(said);
        at += len;
    }
}

static void note_answer(struct master_session *self, const struct host_event *event,
                        enum reason_kind kind)
{
    const struct act *act = event->act;
    int32_t peer = event->peer;
    know(self, peer);
    int32_t node = self->visits[peer].node;
    struct backlog_range backlog = master_host_backlog(self->host);
    const struct session_answer answer = {kind, act->reason,
                                          master_host_history(self->host)->offset, &backlog};
    session_report_connect(&self->report, event->now, node);
    self->report.attempts[node].event.dialled_ns = self->visits[peer].opened;
    session_report_ask(&self->report, event->now, node, act->len > 0 ? act->text : "?",
                       act->offset);
    session_report_answer(&self->report, event->now, node, &answer);
}

static void come_online(struct master_session *self, const struct host_event *event, bool is_full)
{
    int32_t node = self->visits[event->peer].node;
    int64_t offset =
        is_full ? master_host_master(self->host, event->peer)->ack_offset : event->act->offset - 1;
    int64_t owed = self->report.attempts[node].event.owed_bytes;
    char *said = is_full ? g_strdup("online: full")
                         : g_strdup_printf("online: partial, %s owed", humanize_size(owed).text);
    session_report_online(&self->report, event->now, node, offset);
    say(self, event->peer,
        &(struct line){.way = WAY_GOOD, .said = said, .why = self->visits[event->peer].why});
    g_free(said);
    self->was_online = true;
    self->counted = 0;
    session_came(&self->session);
}

static void say_decision(struct master_session *self, const struct act *act, const char *kind)
{
    struct backlog_range backlog = master_host_backlog(self->host);
    struct words first = humanize_digits(backlog.first), asked = humanize_digits(act->offset);
    struct words last = humanize_digits(master_host_history(self->host)->offset);
    if (backlog.exists && act->offset > 0)
        narrate_more(&self->narrator, "%s (%s): %s. Asked for: %s; the backlog holds %s to %s.",
                     kind, reason_name(act->reason), reason_why(act->reason), asked.text,
                     first.text, last.text);
    else
        narrate_more(&self->narrator, "%s (%s): %s.", kind, reason_name(act->reason),
                     reason_why(act->reason));
}

static void end_visit(struct master_session *self, const struct host_event *event)
{
    struct visit *visit = &self->visits[event->peer];
    enum drop drop = event->act->drop;
    char *said = g_strdup_printf("%s: %s", drop_name(drop), drop_why(drop));
    bool is_done = is_payload(self, event->peer) && drop == DROP_RDB_ONLY;
    if (visit->node != NOBODY)
        session_report_drop(&self->report, event->now, visit->node, drop, visit->phase);
    say(self, event->peer,
        &(struct line){.way = is_done ? WAY_HERE : WAY_BAD, .said = said, .why = visit->why});
    g_free(said);
}

static void take_act(struct master_session *self, const struct host_event *event)
{
    const struct act *act = event->act;
    int32_t node = self->visits[event->peer].node;
    switch (act->kind) {
    case ACT_SEND:
        say_sent(self, event->peer, act);
        break;
    case ACT_CLOSE:
        end_visit(self, event);
        break;
    case ACT_WANT:
        if (is_payload(self, event->peer))
            break;
        note_answer(self, event, REASON_KIND_FULL);
        say_decision(self, act, "Full");
        break;
    case ACT_OFFER:
        note_answer(self, event, REASON_KIND_FULL);
        say_decision(self, act, "Full, over two connections");
        break;
    case ACT_REFUSE:
        note_answer(self, event, REASON_KIND_ERROR);
        say_decision(self, act, "Refused");
        break;
    case ACT_GRANT:
        if (master_host_master(self->host, event->peer)->state == MASTER_STREAMING) {
            come_online(self, event, true); /* within a full one */
            break;
        }
        note_answer(self, event, REASON_KIND_PARTIAL);
        say_decision(self, act, "Partial");
        come_online(self, event, false);
        break;
    case ACT_START_STREAM:
        come_online(self, event, true);
        break;
    case ACT_ACK:
        if (node != NOBODY)
            session_report_ack(&self->report, event->now, node, act->offset);
        break;
    default: /* a master here is asked for no more */
        break;
    }
}

/* ---- the rest ---- */

static void take_payload_sent(struct master_session *self, const struct host_event *event)
{
    int32_t node = self->visits[event->peer].node;
    int64_t buffer = master_host_buffer(self->host, event->peer);
    char *said = g_strdup_printf("payload sent: %s", humanize_size(event->number).text);
    if (node != NOBODY)
        session_report_payload_sent(&self->report, event->now, node, event->number, buffer);
    self->counted += event->number;
    say(self, event->peer,
        &(struct line){.way = WAY_HERE,
                       .said = said,
                       .why = "into the socket; what was written meanwhile waits in its output "
                              "buffer"});
    g_free(said);
    session_counted(&self->session, self->counted);
}

static void take_stream(struct master_session *self, const struct host_event *event)
{
    bool is_ping = event->len == STREAM_PING_BYTES &&
                   memcmp(event->bytes, stream_ping, STREAM_PING_BYTES) == 0;
    self->counted += (int64_t)event->len;
    self->stream_bytes += (int64_t)event->len;
    if (is_ping)
        session_report_ping(&self->report, event->now, master_host_history(self->host)->offset);
    if (is_ping && !self->has_pinged)
        say_here(self, "PING into the stream", "a sign of life, and 14 bytes as any other");
    self->has_pinged |= is_ping;
    session_counted(&self->session, self->counted);
}

static void take_event(void *user, const struct host_event *event)
{
    struct master_session *self = user;
    switch (event->kind) {
    case HOST_OPENED:
        take_opened(self, event);
        break;
    case HOST_HEARD:
        take_heard(self, event);
        break;
    case HOST_ROW:
        take_row(self, event);
        break;
    case HOST_ACT:
        take_act(self, event);
        break;
    case HOST_PAYLOAD:
        take_payload_sent(self, event);
        break;
    case HOST_STREAM:
        take_stream(self, event);
        break;
    default:
        break;
    }
    if (!self->report.report->trace.is_broken &&
        (self->narrator.out == NULL || ferror(self->narrator.out) == 0))
        return;
    self->end = SESSION_UNWRITABLE;
    session_stop(&self->session);
}

/* ---- orders ---- */

static void order_drop(void *user, bool is_away)
{
    struct master_session *self = user;
    say_here(self, is_away ? "drop: all links break, nobody can connect" : "drop: all links break",
             "");
    master_host_drop(self->host, is_away);
}

static void order_back(void *user)
{
    struct master_session *self = user;
    const char *wrong = master_host_back(self->host);
    say_here(self,
             wrong == NULL ? "back: it listens" : "it cannot listen:", wrong == NULL ? "" : wrong);
}

static void order_status(void *user)
{
    struct master_session *self = user;
    const struct history *history = master_host_history(self->host);
    struct backlog_range backlog = master_host_backlog(self->host);
    char *said =
        g_strdup_printf("at %s of %.8s…", humanize_digits(history->offset).text, history->id);
    char *why = backlog.exists ? g_strdup_printf("the backlog holds %s, from %s on",
                                                 humanize_size(backlog.length).text,
                                                 humanize_digits(backlog.first).text)
                               : g_strdup("no backlog yet: it begins with the first replica");
    say_here(self, said, why);
    g_free(said);
    g_free(why);
    for (int32_t i = 0; i < MASTER_PEERS_MAX; i++) {
        if (!master_host_has(self->host, i))
            continue;
        said = g_strdup_printf("%s, acknowledged %s",
                               master_state_name(master_host_master(self->host, i)->state),
                               humanize_digits(master_host_master(self->host, i)->ack_offset).text);
        why = g_strdup_printf("output buffer %s",
                              humanize_size(master_host_buffer(self->host, i)).text);
        say(self, i, &(struct line){.way = WAY_HERE, .said = said, .why = why});
        g_free(said);
        g_free(why);
    }
}

static void order_write(struct master_session *self, const char *rest)
{
    int64_t bytes = 0;
    const char *wrong = quantity_parse(QUANTITY_SIZE, rest, strlen(rest), &bytes);
    if (wrong != NULL || bytes > INT64_C(1) << 30)
        say_here(self, "write takes a size, up to 1gb", "");
    else if (!master_host_backlog(self->host).exists)
        say_here(self, "there is no stream before the first replica", "");
    else
        feeder_write(self->feeder, bytes);
    if (wrong == NULL)
        order_status(self);
}

static bool order_other(void *user, const char *word, const char *rest)
{
    struct master_session *self = user;
    if (strcmp(word, "write") == 0) {
        order_write(self, rest);
    } else if (strcmp(word, "refuse") == 0) {
        master_host_refuse(self->host, true);
        say_here(self, "refuse: as one that has lost its own master", "whoever asks is put off");
    } else if (strcmp(word, "serve") == 0) {
        master_host_refuse(self->host, false);
        say_here(self, "serve: as a master", "");
    } else {
        return false;
    }
    return true;
}

static const struct session_hooks HOOKS = {
    order_drop, order_back, order_status, order_other,
    "drop [DURATION], back, write SIZE, refuse, serve, status, quit"};

/* ---- beginning and end ---- */

static void print_replica(const struct master_session *self, int32_t node, int64_t t, GString *out)
{
    const struct node_record *at = session_report_node(&self->report, node);
    g_string_append_printf(
        out,
        "  %-4s %s:%" G_GINT64_FORMAT "  %" G_GINT64_FORMAT " full, %" G_GINT64_FORMAT
        " partial, %" G_GINT64_FORMAT " failed, %" G_GINT64_FORMAT
        " refused; online %s of %s; acknowledged %s\n",
        self->report.nodes[node].name, self->guests[node].address, self->guests[node].port,
        at->full, at->partial, at->full_failed, at->refused,
        humanize_span(session_report_online_ns(&self->report, node, t)).text, humanize_span(t).text,
        humanize_digits(self->report.offsets[node]).text);
}

static void print_summary(struct master_session *self, int64_t t)
{
    const struct history *history = master_host_history(self->host);
    if (self->narrator.out == NULL)
        return;
    GString *out = g_string_new(NULL);
    g_string_printf(out, "\nmaster at %s:%d, as %s\n", self->config->address.host,
                    master_host_port(self->host), self->config->host.profile->name);
    for (int32_t node = 1; node < (int32_t)self->report.scenario.node_count; node++)
        print_replica(self, node, t, out);
    g_string_append_printf(out, "  stream %s, up to %s of %s\n",
                           humanize_size(self->stream_bytes).text,
                           humanize_digits(history->offset).text, history->id);
    humanize_finish(out);
    fwrite(out->str, 1, out->len, self->narrator.out);
    g_string_free(out, TRUE);
}

static void put_header(struct master_session *self)
{
    char *path = g_strdup_printf("master at %s:%d", self->config->address.host,
                                 master_host_port(self->host));
    session_report_header(&self->report, path);
    g_free(path);
}

static void put_summary(struct master_session *self, int64_t t)
{
    const struct history *history = master_host_history(self->host);
    struct backlog_range backlog = master_host_backlog(self->host);
    session_report_summary(&self->report, t,
                           &(struct session_position){history->id, history->offset, &backlog});
}

static void say_listening(struct master_session *self)
{
    char *said = g_strdup_printf("listening at %s:%d", self->config->address.host,
                                 master_host_port(self->host));
    char *why = g_strdup_printf("REPLICAOF %s %d makes a server its replica, and replaces that "
                                "server's data",
                                self->config->address.host, master_host_port(self->host));
    say_here(self, said, why);
    g_free(said);
    g_free(why);
}

static void run(struct master_session *self)
{
    put_header(self);
    say_listening(self);
    self->feeder =
        feeder_new(&self->session.loop, self->host, self->config->rate, self->config->value_bytes);
    session_run(&self->session);
    int64_t t = master_host_now(self->host);
    if (self->end == SESSION_DONE && !self->was_online)
        self->end = SESSION_NEVER_ONLINE;
    print_summary(self, t);
    put_summary(self, t);
    feeder_free(self->feeder);
}

static void start(struct master_session *self, char *words, size_t size)
{
    struct master_host_config config = self->config->host;
    if (config.rdb == NULL) {
        config.rdb = EMPTY_RDB;
        config.rdb_bytes = sizeof EMPTY_RDB;
    }
    config.listener = take_event;
    config.listener_user = self;
    self->host = master_host_new(&config, &self->session.loop);
    const char *wrong = master_host_start(self->host);
    if (wrong == NULL) {
        run(self);
    } else {
        self->end = SESSION_REFUSED;
        g_strlcpy(words, wrong, size);
    }
    master_host_free(self->host);
}

enum session_end master_session(const struct master_session_config *config, char *words,
                                size_t size)
{
    struct master_session *self = g_new0(struct master_session, 1);
    self->config = config;
    self->narrator = config->output.narrator;
    words[0] = '\0';
    session_report_init(&self->report, &config->output,
                        &(struct session_about){.why = "a master of real replicas",
                                                .live = "real replicas",
                                                .profile = config->host.profile,
                                                .is_master = true});
    session_init(&self->session, &config->plan, &self->narrator, &HOOKS, self);
    start(self, words, size);
    session_clear(&self->session);
    session_report_clear(&self->report);
    enum session_end end = self->end;
    g_free(self);
    return end;
}
