/* See narration.h. Lines are kept to the end: only then is it known which messages never arrived. */
#include "sim/cli/narration.h"

#include <glib.h>
#include <string.h>
#include "sim/host/session/narrate.h"
#include "sim/text/humanize.h"

struct remark {
    int64_t t, last; /* of the first, and of the last that is like it */
    int64_t count;
    int32_t node; /* NO_NODE: nobody */
    enum way way;
    char *said, *why;
    bool is_repeated; /* those like it are counted with it */
    bool is_lost;     /* a message that did not arrive */
};

#define NO_NODE (-1)

struct narration {
    const char *const *names;
    int width; /* of the longest name */
    GArray *lines;
    int32_t *masters;   /* by node: at whom it knocked last; NO_NODE: at nobody */
    GHashTable *on_way; /* number of a message -> index in lines, + 1 */
    trace_watcher *next;
    void *next_user;
};

static void remark_clear(void *user)
{
    struct remark *remark = user;
    g_free(remark->said);
    g_free(remark->why);
}

struct narration *narration_new(const char *const *names)
{
    struct narration *self = g_new0(struct narration, 1);
    self->names = names;
    for (const char *const *name = names; *name != NULL; name++)
        self->width = MAX(self->width, (int)strlen(*name));
    self->masters = g_new(int32_t, g_strv_length((char **)names) + 1);
    for (guint i = 0; i < g_strv_length((char **)names); i++)
        self->masters[i] = NO_NODE;
    self->lines = g_array_new(FALSE, FALSE, sizeof(struct remark));
    g_array_set_clear_func(self->lines, remark_clear);
    self->on_way = g_hash_table_new(NULL, NULL);
    return self;
}

void narration_free(struct narration *self)
{
    if (self == NULL)
        return;
    g_array_free(self->lines, TRUE);
    g_free(self->masters);
    g_hash_table_destroy(self->on_way);
    g_free(self);
}

/* ---- lines ---- */

static struct remark *line_at(const struct narration *self, guint index)
{
    return &g_array_index(self->lines, struct remark, index);
}

/* The last line of that node. */
static struct remark *last_of(const struct narration *self, int32_t node)
{
    for (guint i = self->lines->len; i > 0; i--)
        if (line_at(self, i - 1)->node == node)
            return line_at(self, i - 1);
    return NULL;
}

/* Takes remark.said and remark.why. */
static void add(struct narration *self, struct remark remark)
{
    struct remark *last = remark.is_repeated ? last_of(self, remark.node) : NULL;
    if (last != NULL && last->is_repeated && strcmp(last->said, remark.said) == 0) {
        last->count++;
        last->last = remark.t;
        remark_clear(&remark);
        return;
    }
    remark.count = 1;
    remark.last = remark.t;
    g_array_append_val(self->lines, remark);
}

static void remark_of(struct narration *self, const struct event *event, enum way way, char *said,
                      const char *why)
{
    add(self,
        (struct remark){
            .t = event->t, .node = event->node, .way = way, .said = said, .why = g_strdup(why)});
}

/* ---- messages ---- */

/* "PSYNC ? -1" as it stands on the wire; a reply is a line already. Free with g_free. */
static char *wire_of(const struct event_send *send)
{
    const char *text = send->text != NULL ? send->text : "";
    if (strcmp(send->what, "newline") == 0)
        return g_strdup("\n");
    if (text[0] == '\0' || strchr("+-$", text[0]) != NULL)
        return g_strconcat(text, "\r\n", NULL);
    char **words = g_strsplit(text, " ", -1);
    GString *wire = g_string_new(NULL);
    g_string_printf(wire, "*%u\r\n", g_strv_length(words));
    for (char **word = words; *word != NULL; word++)
        g_string_append_printf(wire, "$%zu\r\n%s\r\n", strlen(*word), *word);
    g_strfreev(words);
    return g_string_free(wire, FALSE);
}

static void remark_send(struct narration *self, const struct event *event)
{
    const struct event_send *send = &event->send;
    const char *why = "";
    char *wire = wire_of(send);
    char *words = strcmp(send->what, "close") == 0
                      ? g_strdup("(closes the connection)")
                      : narrate_bytes(&(struct narrator){.out = NULL}, wire, strlen(wire), &why);
    bool is_ack = strcmp(send->what, "ack") == 0;
    bool is_repeated = is_ack || strcmp(send->what, "newline") == 0;
    const char *said = is_ack ? "REPLCONF ACK" : words;
    bool is_word = strcmp(send->what, "close") != 0;
    if (strcmp(send->what, "newline") == 0 && self->masters[event->node] == send->to)
        why = "an empty line: it loads, do not give up";
    add(self, (struct remark){.t = event->t,
                              .node = event->node,
                              .way = WAY_OUT,
                              .said = g_strdup_printf("%s: %s", self->names[send->to], said),
                              .why = g_strdup(is_ack ? "so far it has applied the stream" : why),
                              .is_repeated = is_repeated,
                              .is_lost = is_word && !is_repeated});
    if (!is_repeated)
        g_hash_table_insert(self->on_way, GINT_TO_POINTER((int)send->message),
                            GINT_TO_POINTER((int)self->lines->len));
    g_free(words);
    g_free(wire);
}

static void take_receive(struct narration *self, int64_t message)
{
    gpointer key = GINT_TO_POINTER((int)message);
    int index = GPOINTER_TO_INT(g_hash_table_lookup(self->on_way, key));
    if (index == 0)
        return;
    line_at(self, (guint)index - 1)->is_lost = false;
    g_hash_table_remove(self->on_way, key);
}

static void remark_knock(struct narration *self, const struct event *event)
{
    const char *outcome = event->syn.outcome;
    self->masters[event->node] = event->syn.master;
    add(self,
        (struct remark){
            .t = event->t,
            .node = event->node,
            .way = WAY_HERE,
            .said = g_strdup_printf("connects to %s: %s", self->names[event->syn.master], outcome),
            .why = g_strdup(strcmp(outcome, "lost") == 0 ? "nobody answers; the kernel tries again"
                                                         : ""),
            .is_repeated = true});
}

/* ---- what nodes do ---- */

static void remark_end(struct narration *self, const struct event *event)
{
    const struct event_drop *drop = &event->drop;
    const char *peer = drop->peer >= 0 ? self->names[drop->peer] : "?";
    char *buffer =
        drop->buffer_bytes != TRACE_ABSENT
            ? g_strdup_printf(", %s in its output buffer", humanize_size(drop->buffer_bytes).text)
            : g_strdup("");
    char *why = g_strdup_printf("%s%s", drop_why(drop->why), buffer);
    remark_of(self, event, WAY_BAD,
              g_strdup_printf("no more link to %s: %s", peer, drop_name(drop->why)), why);
    g_free(why);
    g_free(buffer);
}

static void remark_decision(struct narration *self, const struct event *event)
{
    static const char *const KINDS[] = {[REASON_KIND_PARTIAL] = "partial",
                                        [REASON_KIND_FULL] = "full",
                                        [REASON_KIND_ERROR] = "error"};
    const struct event_answer *answer = &event->answer;
    GString *why = g_string_new(reason_why(answer->reason));
    if (answer->asked_offset > 0)
        g_string_append_printf(why, "; asked: %s", humanize_digits(answer->asked_offset).text);
    if (answer->asked_offset > 0 && answer->backlog_first != TRACE_ABSENT)
        g_string_append_printf(why, ", the backlog begins at %s",
                               humanize_digits(answer->backlog_first).text);
    remark_of(self, event, WAY_HERE,
              g_strdup_printf("decides: %s [%s]", KINDS[answer->kind], reason_name(answer->reason)),
              why->str);
    g_string_free(why, TRUE);
}

static void remark_loaded(struct narration *self, const struct event *event)
{
    const struct event_loaded *loaded = &event->loaded;
    char *why = loaded->load_ns != TRACE_ABSENT
                    ? g_strdup_printf("in %s", humanize_span(loaded->load_ns).text)
                    : g_strdup("");
    remark_of(self, event, WAY_HERE, g_strdup("loaded"), why);
    g_free(why);
}

static void remark_fault(struct narration *self, const struct event *event)
{
    bool begins = event->kind == EVENT_FAULT;
    const char *fault = begins ? event->fault.fault : event->heal.fault;
    const char *target = begins ? event->fault.target : event->heal.target;
    remark_of(self, event, begins ? WAY_BAD : WAY_GOOD, g_strdup_printf("%s %s", fault, target),
              begins ? "a fault of the scenario" : "it is over");
}

static void remark_event(struct narration *self, const struct event *event)
{
    switch (event->kind) {
    case EVENT_UP:
        remark_of(self, event, WAY_HERE, g_strdup_printf("serves, as a %s", event->up.role), "");
        break;
    case EVENT_DOWN:
        remark_of(self, event, WAY_BAD, g_strdup_printf("ended: %s", event->down.how),
                  event->down.saved == 1 ? "it saved its data and its position" : "");
        break;
    case EVENT_ROLE:
        remark_of(self, event, WAY_HERE, g_strdup_printf("is a %s now", event->role.role), "");
        break;
    case EVENT_FORK:
        remark_of(self, event, WAY_HERE,
                  g_strdup_printf("forks for a save to %s", event->fork.target), "");
        break;
    case EVENT_PAYLOAD:
        remark_of(self, event, WAY_HERE,
                  g_strdup_printf("begins to send the payload to %s",
                                  self->names[event->payload.replica]),
                  "");
        break;
    case EVENT_RECEIVED:
        remark_of(self, event, WAY_HERE,
                  g_strdup_printf("has the whole payload: %s",
                                  humanize_size(MAX(event->received.payload_bytes, 0)).text),
                  "");
        break;
    case EVENT_ONLINE:
        remark_of(self, event, WAY_GOOD,
                  g_strdup_printf("online: %s",
                                  event->online.kind == REASON_KIND_PARTIAL ? "partial" : "full"),
                  "it applies the stream");
        break;
    case EVENT_LOST:
        remark_of(self, event, WAY_BAD,
                  g_strdup_printf("loses %" G_GINT64_FORMAT " acknowledged writes",
                                  MAX(event->lost.commands, 0)),
                  "it drops their last copy");
        break;
    default:
        break;
    }
}

static void hear(void *user, const struct event *event)
{
    struct narration *self = user;
    switch (event->kind) {
    case EVENT_SEND:
        remark_send(self, event);
        break;
    case EVENT_RECEIVE:
        take_receive(self, event->receive.message);
        break;
    case EVENT_SYN:
        remark_knock(self, event);
        break;
    case EVENT_DROP:
        remark_end(self, event);
        break;
    case EVENT_ANSWER:
        remark_decision(self, event);
        break;
    case EVENT_LOADED:
        remark_loaded(self, event);
        break;
    case EVENT_FAULT:
    case EVENT_HEAL:
        remark_fault(self, event);
        break;
    default:
        remark_event(self, event);
    }
    if (self->next != NULL)
        self->next(self->next_user, event);
}

void narration_watch(struct narration *self, struct trace *trace)
{
    self->next = trace->watcher;
    self->next_user = trace->watcher_user;
    trace->watcher = hear;
    trace->watcher_user = self;
}

/* ---- the whole ---- */

void narration_print(const struct narration *self, FILE *out, bool is_coloured)
{
    struct narrator narrator = {.out = out, .is_coloured = is_coloured};
    GString *why = g_string_new(NULL);
    for (guint i = 0; i < self->lines->len; i++) {
        const struct remark *remark = line_at(self, i);
        char *who = g_strdup_printf("%-*s", self->width,
                                    remark->node == NO_NODE ? "" : self->names[remark->node]);
        g_string_assign(why, remark->why);
        if (remark->count > 1)
            g_string_append_printf(why, "%s%" G_GINT64_FORMAT " times, until %s",
                                   why->len > 0 ? "; " : "", remark->count,
                                   humanize_clock(remark->last).text);
        if (remark->is_lost)
            g_string_append_printf(why, "%sthis one never arrives", why->len > 0 ? "; " : "");
        narrate(&narrator, &(struct line){remark->t, who, remark->way, remark->said, why->str});
        g_free(who);
    }
    g_string_free(why, TRUE);
    fputc('\n', out);
}
