/* See replica_session.h. The sentences are those of the machine's rows; what is known beyond them
 * is in replica_view.c. Values of the stream are never shown: they may be somebody's data. */
#include "sim/host/session/replica_session.h"

#include <string.h>
#include "sim/engine/time.h"
#include "sim/host/session/replica_view.h"
#include "sim/host/session/session_report.h"
#include "sim/text/humanize.h"

#define REPLICA     1 /* node of the report */
#define SHOWN_FIRST 3 /* commands of the stream that are shown one by one */
#define PROGRESS_NS NS_PER_S
#define NOTHING_YET INT64_MIN

/* What came since a moment. */
struct harvest {
    int64_t bytes, commands, pings;
};

struct replica_session {
    const struct replica_session_config *config;
    struct session session;
    struct narrator narrator;
    struct session_report report;
    struct replica_host *host;
    enum session_end end;
    char *words; /* why it ended, and their room */
    size_t size;
    bool was_connected, was_online, is_dropping;
    char *said;          /* received, but not yet printed */
    const char *why;     /* the row that fired last, for the end of a connection */
    const char *state;   /* of the machine, before the call */
    const char *phase;   /* in which the connection ended */
    const char *failure; /* of the system, when connecting */
    bool is_denied;
    struct replica_question question;
    struct resp_reader reader; /* commands of the stream */
    struct harvest all, since_ack;
    int64_t shown, counted; /* commands shown; bytes of this connection */
    bool has_acked, is_quiet;
    int64_t payload_size, payload_got, payload_t, progress_t;
    int64_t payload_bytes, payload_ns; /* of all payloads */
};

static void say(struct replica_session *self, enum way way, const char *said, const char *why)
{
    session_say(&self->session, way, said, why);
}

static void stop(struct replica_session *self, enum session_end end, const char *words)
{
    self->end = end;
    if (words != NULL)
        g_strlcpy(self->words, words, self->size);
    session_stop(&self->session);
}

/* ---- the master speaks ---- */

static void say_said(struct replica_session *self, const char *why)
{
    if (self->said != NULL)
        say(self, WAY_IN, self->said, why);
    g_clear_pointer(&self->said, g_free);
}

static void take_heard(struct replica_session *self, const struct host_event *event)
{
    static const char *const DENIALS[] = {"-NOAUTH", "-WRONGPASS", "-NOPERM"};
    const char *why = "";
    say_said(self, "");
    self->said = narrate_bytes(&self->narrator, event->bytes, event->len, &why);
    for (size_t i = 0; i < G_N_ELEMENTS(DENIALS); i++) {
        size_t len = strlen(DENIALS[i]);
        bool is_denial = event->len >= len && memcmp(event->bytes, DENIALS[i], len) == 0;
        if (!is_denial || strcmp(self->state, replica_state_name(REPLICA_PING_REPLY)) == 0)
            continue;
        self->is_denied = true;
        g_snprintf(self->words, self->size, "%.*s", (int)strcspn(event->bytes, "\r\n"),
                   event->bytes);
    }
}

static void take_row(struct replica_session *self, const struct row_info *row)
{
    if (strcmp(row->on, "skip") == 0)
        say(self, WAY_HERE, "(not asked)", row->why);
    if (strcmp(row->on, "dial") != 0) {
        self->why = row->why;
        self->phase = self->state;
    }
    say_said(self, row->why);
    self->state = row->next;
}

/* ---- the stream ---- */

static void show_command(struct replica_session *self, bool is_ping)
{
    char *name = g_ascii_strup(resp_arg(&self->reader, 0), -1);
    char *said = g_strdup_printf("%.24s%s", name, self->reader.argc > 1 ? " …" : "");
    say(self, WAY_IN, said,
        is_ping ? "14 bytes of the stream as any other: the master's sign of life moves the offset"
                : "the stream: what the master executes is sent, and executed here");
    g_free(said);
    g_free(name);
}

static void take_command(struct replica_session *self, int64_t t, int64_t offset)
{
    bool is_ping = resp_arg_is(&self->reader, 0, "ping");
    self->all.commands++;
    self->since_ack.commands++;
    self->since_ack.pings += is_ping;
    if (is_ping)
        session_report_ping(&self->report, t, offset);
    if ((is_ping && self->all.pings == 0) || (!is_ping && self->shown++ < SHOWN_FIRST))
        show_command(self, is_ping);
    self->all.pings += is_ping;
}

static void take_stream(struct replica_session *self, const struct host_event *event)
{
    const char *bytes = event->bytes;
    size_t left = event->len;
    int64_t end = replica_host_replica(self->host)->read_reploff;
    self->all.bytes += (int64_t)left;
    self->since_ack.bytes += (int64_t)left;
    while (left > 0) {
        struct resp_progress progress = resp_read(&self->reader, bytes, left);
        bytes += progress.eaten;
        left -= progress.eaten;
        if (progress.event == RESP_ERROR)
            break;
        if (progress.event == RESP_COMMAND)
            take_command(self, event->now, end - (int64_t)left);
    }
    self->counted += (int64_t)event->len;
    session_counted(&self->session, self->counted);
}

static void say_ack(struct replica_session *self, const char *said)
{
    struct harvest *since = &self->since_ack;
    bool is_quiet = since->bytes == 0;
    if (is_quiet && self->has_acked && self->is_quiet)
        return;
    if (is_quiet) {
        say(self, WAY_OUT, said,
            self->has_acked ? "nothing new: repeated each second, and not shown until something "
                              "comes"
                            : "all bytes up to there are applied; said each second");
    } else {
        char *why = g_strdup_printf("applied up to there: %s of stream in %s%s",
                                    humanize_size(since->bytes).text,
                                    humanize_count(since->commands, "command").text,
                                    since->pings > 0 ? ", PING among them" : "");
        say(self, WAY_OUT, said, why);
        g_free(why);
    }
    self->is_quiet = is_quiet && self->has_acked;
    self->has_acked = true;
    *since = (struct harvest){0};
}

/* ---- acts ---- */

static bool is_ack(const char *bytes, size_t len)
{
    static const char HEAD[] = "*3\r\n$8\r\nREPLCONF\r\n$3\r\nACK\r\n";
    return len > strlen(HEAD) && memcmp(bytes, HEAD, strlen(HEAD)) == 0;
}

static void say_sent(struct replica_session *self, const struct act *act)
{
    for (uint64_t at = 0; at < act->len;) {
        const char *why = "", *bytes = act->text + at;
        size_t len = narrate_first(bytes, act->len - at);
        char *said = narrate_bytes(&self->narrator, bytes, len, &why);
        if (is_ack(bytes, len))
            say_ack(self, said);
        else
            say(self, WAY_OUT, said, why);
        g_free(said);
        at += len;
    }
}

static void note_sent(struct replica_session *self, int64_t t, const struct act *act)
{
    if (is_ack(act->text, act->len))
        session_report_ack(&self->report, t, REPLICA, replica_host_replica(self->host)->reploff);
    say_sent(self, act);
}

static void take_answer(struct replica_session *self, int64_t t, const struct act *act)
{
    const struct profile *profile = self->config->host.profile;
    bool is_full = act->kind == ACT_FULL;
    const struct session_answer answer = {
        .kind = is_full ? REASON_KIND_FULL : REASON_KIND_PARTIAL,
        .reason = replica_view_reason(&self->question, act, profile),
        .offset = is_full && act->offset >= 0 ? act->offset : TRACE_ABSENT,
    };
    char *words = replica_view_words(&self->question, act, profile);
    session_report_answer(&self->report, t, REPLICA, &answer);
    narrate_more(&self->narrator, "%s", words);
    g_free(words);
}

static void come_online(struct replica_session *self, int64_t t, bool is_full)
{
    int64_t offset = replica_host_history(self->host)->offset;
    char *said = g_strdup_printf("online: %s, at %s", is_full ? "full" : "partial",
                                 humanize_digits(offset).text);
    session_report_online(&self->report, t, REPLICA, offset);
    say(self, WAY_GOOD, said,
        is_full ? "the data and the history are the master's; from here the stream is counted"
                : "the next byte of the stream is the one after");
    self->was_online = true;
    self->has_acked = self->is_quiet = false;
    self->since_ack = (struct harvest){0};
    resp_reset(&self->reader);
    session_came(&self->session);
    g_free(said);
}

static void begin_payload(struct replica_session *self, int64_t t, int64_t size)
{
    self->payload_size = size;
    self->payload_got = 0;
    self->payload_t = self->progress_t = t;
    session_report_payload(&self->report, t, REPLICA, size);
}

static void take_payload(struct replica_session *self, int64_t t, int64_t len)
{
    self->payload_got += len;
    self->counted += len;
    session_counted(&self->session, self->counted);
    if (t - self->progress_t < PROGRESS_NS)
        return;
    int64_t rate = mul_div(self->payload_got, NS_PER_S, t - self->payload_t);
    char *said = self->payload_size < 0
                     ? g_strdup_printf("payload: %s", humanize_size(self->payload_got).text)
                     : g_strdup_printf("payload: %s of %s", humanize_size(self->payload_got).text,
                                       humanize_size(self->payload_size).text);
    char *why = g_strdup_printf("%s/s so far", humanize_size(rate).text);
    say(self, WAY_IN, said, why);
    self->progress_t = t;
    g_free(said);
    g_free(why);
}

static void finish_payload(struct replica_session *self, int64_t t, int64_t size)
{
    int64_t took = MAX(t - self->payload_t, 1);
    char *said = g_strdup_printf("payload complete: %s", humanize_size(size).text);
    char *why = g_strdup_printf("in %s, %s/s; %s (thrown away here, so that loading takes no time)",
                                humanize_span(took).text,
                                humanize_size(mul_div(size, NS_PER_S, took)).text, self->why);
    self->payload_ns += took;
    self->payload_bytes += size;
    session_report_received(&self->report, t, REPLICA, size);
    say(self, WAY_HERE, said, why);
    g_free(said);
    g_free(why);
}

static void end_connection(struct replica_session *self, int64_t t, enum drop drop)
{
    if (drop == DROP_LOST && self->is_dropping)
        drop = DROP_CUT;
    char *said = g_strdup_printf("%s: %s", drop_name(drop),
                                 drop == DROP_CUT ? "the link is broken on this side"
                                 : drop == DROP_REFUSED && self->failure != NULL ? self->failure
                                                                                 : drop_why(drop));
    say_said(self, "");
    if (drop == DROP_REFUSED)
        session_report_connect_failed(&self->report, t, REPLICA, drop);
    else
        session_report_drop(&self->report, t, REPLICA, drop, self->phase);
    say(self, WAY_BAD, said, self->why);
    g_free(said);
    self->counted = 0;
    if (!self->was_online && !self->config->is_patient && self->is_denied)
        stop(self, SESSION_DENIED, NULL);
    else if (!self->was_connected && !self->config->is_patient && drop == DROP_REFUSED)
        stop(self, SESSION_REFUSED, self->failure);
}

static void connect_master(struct replica_session *self, int64_t t)
{
    char *address = address_print(&self->config->address);
    char *said = g_strdup_printf("connect to %s", address);
    session_report_connect(&self->report, t, REPLICA);
    self->is_denied = false;
    say(self, WAY_HERE, said, "as any client does: replication is a connection the replica opens");
    g_free(said);
    g_free(address);
}

static void take_act(struct replica_session *self, int64_t t, const struct act *act)
{
    switch (act->kind) {
    case ACT_SEND:
    case ACT_SECOND_SEND:
        note_sent(self, t, act);
        break;
    case ACT_SECOND_CONNECT:
        say(self, WAY_HERE, "connect a second time",
            "the payload gets a connection of its own; the stream comes beside it");
        break;
    case ACT_CLOSE:
        end_connection(self, t, act->drop);
        break;
    case ACT_CONNECT:
        connect_master(self, t);
        break;
    case ACT_ASKED:
        g_strlcpy(self->question.id, act->text, sizeof self->question.id);
        self->question.offset = act->offset;
        session_report_ask(&self->report, t, REPLICA, act->text, act->offset);
        break;
    case ACT_CONTINUE:
        take_answer(self, t, act);
        come_online(self, t, false);
        break;
    case ACT_FULL:
        take_answer(self, t, act);
        break;
    case ACT_PAYLOAD:
        begin_payload(self, t, act->offset);
        break;
    case ACT_PAYLOAD_BYTES:
        take_payload(self, t, (int64_t)act->len);
        break;
    case ACT_LOAD:
        finish_payload(self, t, act->offset);
        break;
    case ACT_ONLINE:
        come_online(self, t, true);
        break;
    default: /* no replicas, no backlog */
        break;
    }
}

static void take_event(void *user, const struct host_event *event)
{
    struct replica_session *self = user;
    switch (event->kind) {
    case HOST_OPENED:
        self->was_connected = true;
        say(self, WAY_HERE, "connected", "");
        break;
    case HOST_FAILED:
        self->failure = event->words;
        break;
    case HOST_HEARD:
        take_heard(self, event);
        break;
    case HOST_STREAM:
        take_stream(self, event);
        break;
    case HOST_ROW:
        take_row(self, &event->row);
        break;
    case HOST_ACT:
        take_act(self, event->now, event->act);
        break;
    default:
        break;
    }
    if (self->report.report->trace.is_broken ||
        (self->narrator.out != NULL && ferror(self->narrator.out) != 0))
        stop(self, SESSION_UNWRITABLE, NULL);
}

/* ---- orders ---- */

static void order_drop(void *user, bool is_away)
{
    struct replica_session *self = user;
    if (!replica_host_is_connected(self->host) && !is_away)
        say(self, WAY_HERE, "there is no connection to drop", "");
    self->is_dropping = true;
    replica_host_drop(self->host, is_away);
    self->is_dropping = false;
    if (is_away)
        say(self, WAY_HERE, "away: the link stays broken", "meanwhile the master goes on");
}

static void order_back(void *user)
{
    struct replica_session *self = user;
    if (!replica_host_is_away(self->host)) {
        say(self, WAY_HERE, "the link is not broken", "");
        return;
    }
    say(self, WAY_HERE, "back: the link is whole", "");
    replica_host_back(self->host);
}

static void order_status(void *user)
{
    struct replica_session *self = user;
    const struct history *history = replica_host_history(self->host);
    const struct replica *replica = replica_host_replica(self->host);
    const struct node_record *at = session_report_node(&self->report, REPLICA);
    char *said = g_strdup_printf("%s, at %s", replica_state_name(replica->state),
                                 humanize_digits(history->offset).text);
    char *why = g_strdup_printf(
        "history %.8s…; %" G_GINT64_FORMAT " full, %" G_GINT64_FORMAT " partial; %s of stream",
        history->id, at->full, at->partial, humanize_size(self->all.bytes).text);
    say(self, WAY_HERE, said, why);
    g_free(said);
    g_free(why);
}

static const struct session_hooks HOOKS = {order_drop, order_back, order_status, NULL,
                                           "drop [DURATION], back, status, quit"};

/* ---- the end ---- */

static void print_sums(struct replica_session *self, int64_t t, GString *out)
{
    const struct node_record *at = session_report_node(&self->report, REPLICA);
    int64_t online = session_report_online_ns(&self->report, REPLICA, t);
    g_string_append_printf(out, "  resynchronisations  %" G_GINT64_FORMAT " full", at->full);
    if (at->full > 0)
        g_string_append_printf(
            out, " (payload %s, %s/s)", humanize_size(self->payload_bytes).text,
            humanize_size(mul_div(self->payload_bytes, NS_PER_S, MAX(self->payload_ns, 1))).text);
    g_string_append_printf(out, ", %" G_GINT64_FORMAT " partial, %" G_GINT64_FORMAT " failed\n",
                           at->partial, at->full_failed);
    g_string_append_printf(out, "  online              %s of %s\n", humanize_span(online).text,
                           humanize_span(t).text);
    g_string_append_printf(out, "  stream              %s in %s",
                           humanize_size(self->all.bytes).text,
                           humanize_count(self->all.commands, "command").text);
    if (online > 0)
        g_string_append_printf(out, ", %s/s",
                               humanize_size(mul_div(self->all.bytes, NS_PER_S, online)).text);
    g_string_append_c(out, '\n');
}

static void print_summary(struct replica_session *self, int64_t t)
{
    const struct history *history = replica_host_history(self->host);
    if (self->narrator.out == NULL)
        return;
    char *address = address_print(&self->config->address);
    GString *out = g_string_new(NULL);
    g_string_printf(out, "\nreplica of %s, as %s\n", address, self->config->host.profile->name);
    g_free(address);
    print_sums(self, t, out);
    if (self->was_online)
        g_string_append_printf(out,
                               "  position            %s of %s\n  the same again from there: "
                               "--ask %s:%" G_GINT64_FORMAT "\n",
                               humanize_digits(history->offset).text, history->id, history->id,
                               history->offset + 1);
    humanize_finish(out);
    fwrite(out->str, 1, out->len, self->narrator.out);
    g_string_free(out, TRUE);
}

static void put_header(struct replica_session *self)
{
    char *address = address_print(&self->config->address);
    char *path = g_strdup_printf("replica of %s", address);
    session_report_header(&self->report, path);
    g_free(path);
    g_free(address);
}

static void put_summary(struct replica_session *self, int64_t t)
{
    const struct history *history = replica_host_history(self->host);
    session_report_summary(&self->report, t,
                           &(struct session_position){history->id, history->offset, NULL});
}

static void run(struct replica_session *self)
{
    struct replica_host_config config = self->config->host;
    config.listener = take_event;
    config.listener_user = self;
    self->host = replica_host_new(&config, &self->session.loop);
    put_header(self);
    replica_host_start(self->host);
    session_run(&self->session);
    int64_t t = replica_host_now(self->host);
    if (self->end == SESSION_DONE && !self->was_online)
        self->end = SESSION_NEVER_ONLINE;
    print_summary(self, t);
    put_summary(self, t);
    replica_host_free(self->host);
}

enum session_end replica_session(const struct replica_session_config *config, char *words,
                                 size_t size)
{
    struct replica_session *self = g_new0(struct replica_session, 1);
    self->config = config;
    self->narrator = config->output.narrator;
    self->words = words;
    self->size = size;
    self->state = self->phase = replica_state_name(REPLICA_NONE);
    self->why = "";
    words[0] = '\0';
    session_report_init(&self->report, &config->output,
                        &(struct session_about){.why = "a replica of a real master",
                                                .live = "a real master",
                                                .profile = config->host.profile});
    session_report_add(&self->report, "replica");
    session_init(&self->session, &config->plan, &self->narrator, &HOOKS, self);
    run(self);
    session_clear(&self->session);
    session_report_clear(&self->report);
    enum session_end end = self->end;
    g_free(self->said);
    g_free(self);
    return end;
}
