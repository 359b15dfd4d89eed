/* The rules, by what the two sides logged (R the replica, M its master):
 *
 *      R and M timed out                     silence of the link, repl-timeout before
 *      M timed out, R lost it later          the replica stood still
 *      R timed out, or its dial did, M not   the master stood still
 *      both lost it                          a cut, refused until the dial that got through
 *      a banner of M, of R                   shutdown or crash, until it was ready
 *      M's saving child ended by a signal    that child is killed
 *      M closed R for a limit while R was    a slow link, from when the buffer began to fill: in no
 *      online and bytes moved                log, but nothing else fills it so */
#include "sim/incident/derive_fault.h"

#include <string.h>
#include "sim/engine/time.h"
#include "sim/incident/derive_load.h"
#include "sim/incident/derive_name.h"

#define SLOW_SHARE 20 /* a link that is slow moves this part of what is written at most */
#define IN_FLIGHT                                                                                  \
    (INT64_C(153) << 10) /* send-buffer of a relayed link: it drains behind the close */

struct fault {
    int64_t at_ns;
    char *text; /* without the time */
};

struct faults {
    const struct stories *stories;
    const GPtrArray *evidence;
    const struct derive_clock *clock;
    GArray *list; /* struct fault */
};

static void add(struct faults *faults, int64_t at_ns, char *text)
{
    struct fault fault = {at_ns, text};
    if (at_ns >= faults->clock->from_ns && at_ns < faults->clock->to_ns)
        g_array_append_val(faults->list, fault);
    else
        g_free(text);
}

static char *seconds(int64_t ns)
{
    int64_t ms = MAX(ns / NS_PER_MS, 1);
    return g_strdup_printf("%" G_GINT64_FORMAT ".%03ds", ms / 1000, (int)(ms % 1000));
}

static void add_link(struct faults *faults, const struct story *story, const char *what,
                     int64_t from, int64_t to)
{
    char *m = derive_name(stories_node(faults->stories, story->master));
    char *r = derive_name(stories_node(faults->stories, story->replica));
    char *length = seconds(to - from);
    add(faults, from, g_strdup_printf("%s: %s-%s, for: %s", what, m, r, length));
    g_free(m);
    g_free(r);
    g_free(length);
}

static void add_node(struct faults *faults, const struct process *process, const char *what,
                     int64_t from, int64_t to)
{
    char *name = derive_name(stories_node(faults->stories, process));
    char *length = seconds(to - from);
    add(faults, from, g_strdup_printf("%s: %s, for: %s", what, name, length));
    g_free(name);
    g_free(length);
}

/* ---- processes that ended and began ---- */

/* The time of its last such turn before `before`; HALF_ABSENT: there is none. */
static int64_t turn_between(const struct process *process, enum turn_kind what, int64_t from,
                            int64_t to)
{
    for (guint i = process->turns->len; i-- > 0;) {
        const struct turn *turn = &g_array_index(process->turns, struct turn, i);
        int64_t at = incident_time(process, turn->at.ns);
        if (turn->what == what && at >= from && at <= to)
            return at;
    }
    return HALF_ABSENT;
}

static void add_life(struct faults *faults, const struct process *before, const struct process *now,
                     int64_t began)
{
    int64_t ready = HALF_ABSENT, ended = HALF_ABSENT,
            seen = incident_time(before, before->latest.ns);
    for (guint i = now->turns->len; i-- > 0;) {
        const struct turn *turn = &g_array_index(now->turns, struct turn, i);
        int64_t at = incident_time(now, turn->at.ns);
        if (turn->what == TURN_READY && at >= began)
            ready = at;
    }
    if (before != now)
        ended = turn_between(before, TURN_ENDED, INT64_MIN / 2, began);
    bool has_saved = turn_between(before, TURN_SAVED_LAST, seen - NS_PER_S, seen) != HALF_ABSENT;
    /* A process that was killed logs nothing: its replicas saw the end of it. */
    int64_t end = ended != HALF_ABSENT ? ended : seen;
    const GArray *list = faults->stories->list;
    for (guint i = 0; i < list->len; i++) {
        const struct story *story = &g_array_index(list, struct story, i);
        if (!story->r || story->r->lost.ns == HALF_ABSENT || story->master != now)
            continue;
        int64_t lost = incident_time(story->replica, story->r->lost.ns);
        if (ended == HALF_ABSENT && lost > end && lost < began)
            end = lost;
    }
    if (ready == HALF_ABSENT || ready <= end)
        return;
    add_node(faults, now,
             ended == HALF_ABSENT ? "crash"
             : has_saved          ? "save: yes, shutdown"
                                  : "save: no, shutdown",
             end, ready);
}

static void add_lives(struct faults *faults)
{
    const struct incident *incident = faults->stories->incident;
    for (guint i = 0; i < incident_process_count(incident); i++) {
        const struct process *process = incident_process(incident, i), *before = NULL;
        for (guint k = 0; k < i; k++)
            if (incident_process(incident, k)->node == process->node)
                before = incident_process(incident, k);
        for (guint k = 0; k < process->turns->len; k++) {
            const struct turn *turn = &g_array_index(process->turns, struct turn, k);
            if (turn->what != TURN_STARTED)
                continue;
            if (before)
                add_life(faults, before, process, incident_time(process, turn->at.ns));
            before = process;
        }
    }
}

/* ---- roles ---- */

/* The node that listens at HOST:PORT; NULL: none of them. */
static const struct process *listener(const struct stories *stories, const char *address)
{
    const char *colon = strrchr(address, ':');
    int64_t port = colon ? piece_number((struct piece){colon + 1, strlen(colon + 1)}, 0) : 0;
    for (guint i = 0; port > 0 && i < incident_process_count(stories->incident); i++)
        if (incident_process(stories->incident, i)->port == port)
            return incident_process(stories->incident, i);
    return NULL;
}

static void add_roles(struct faults *faults)
{
    const struct incident *incident = faults->stories->incident;
    for (guint i = 0; i < incident_process_count(incident); i++) {
        const struct process *process = incident_process(incident, i);
        char *name = derive_name(stories_node(faults->stories, process));
        for (guint k = 0; k < process->turns->len; k++) {
            const struct turn *turn = &g_array_index(process->turns, struct turn, k);
            int64_t at = incident_time(process, turn->at.ns);
            const struct process *master =
                turn->what == TURN_FOLLOWS ? listener(faults->stories, turn->text) : NULL;
            if (turn->what == TURN_PROMOTED)
                add(faults, at, g_strdup_printf("promote: %s", name));
            if (!master || master->node == process->node)
                continue;
            char *to = derive_name(stories_node(faults->stories, master));
            add(faults, at, g_strdup_printf("replicaof: %s, to: %s", name, to));
            g_free(to);
        }
        g_free(name);
    }
}

/* ---- links ---- */

static int64_t utc(const struct process *process, struct mark mark)
{
    return mark.ns == HALF_ABSENT ? HALF_ABSENT : incident_time(process, mark.ns);
}

/* The end of the silence: when the handshake of the dial that got through went on. */
static int64_t heard_again(const struct story *story, int64_t otherwise)
{
    int64_t pong = utc(story->replica, story->r->pong);
    return pong != HALF_ABSENT ? pong
                               : MAX(utc(story->replica, story->r->asked), otherwise + NS_PER_MS);
}

static void add_cut(struct faults *faults, const struct story *story, int64_t lost, int64_t dialled)
{
    bool is_refused =
        story->r->refusals > 0 && dialled != HALF_ABSENT && dialled > lost + 10 * NS_PER_MS;
    /* It dials once a second: the end stands in the middle between two dials, so that a beat which
     * is off by some milliseconds does not cost a second. */
    if (is_refused)
        add_link(faults, story, "cut", lost, dialled - MIN(NS_PER_S / 2, (dialled - lost) / 2));
    else
        add_link(faults, story, "refuse: no, cut", lost, lost + NS_PER_MS);
}

/* A replica that was online filled its buffer while bytes moved: its link was slow, from when the
 * stream was shorter by what the buffer held, to behind the last kill before a payload came through.
 * How late the replica learns of the kill shows how slowly what was on its way arrived. */
static void add_slow(struct faults *faults, const struct story *story, guint index)
{
    const GArray *list = faults->stories->list;
    const struct kill *kill = &story->lost_m->kill;
    int64_t killed = utc(story->lost_by, kill->at), until = killed;
    if (!kill->is_online || kill->omem <= 0)
        return;
    GArray *points = derive_points(faults->stories, faults->evidence, faults->clock,
                                   (guint)story->lost_by->node);
    int64_t filled = derive_span(points, killed, kill->omem);
    g_array_unref(points);
    for (guint i = index; i < list->len; i++) {
        const struct story *next = &g_array_index(list, struct story, i);
        if (next->replica != story->replica || !next->m)
            continue;
        if (story_outcome(next) != OUTCOME_FAILED)
            break;
        until = MAX(until, utc(next->master, next->m->kill.at));
    }
    if (filled == HALF_ABSENT || filled < NS_PER_MS || filled > 3600 * NS_PER_S)
        return;
    int64_t rate = mul_div(kill->omem, NS_PER_S, filled) / SLOW_SHARE;
    int64_t drained = utc(story->replica, story->r->lost) - killed;
    if (drained > NS_PER_S / 10)
        rate = MIN(rate, mul_div(IN_FLIGHT, NS_PER_S, drained));
    int64_t from = MAX(killed - filled - filled / SLOW_SHARE, faults->clock->from_ns);
    char *what = g_strdup_printf("bandwidth: %" G_GINT64_FORMAT "b/s, slow", MAX(rate, 1));
    add_link(faults, story, what, from, until + 10 * NS_PER_MS);
    g_free(what);
}

static void add_loss(struct faults *faults, const struct story *story, guint index)
{
    const struct half_replica *r = story->r;
    const struct half_master *m = story->lost_m;
    int64_t lost = utc(story->replica, r->lost), dialled = utc(story->replica, r->dialled);
    int64_t timeout = faults->clock->timeout_ns;
    int64_t gave_up = m ? utc(story->lost_by, m->timed_out) : HALF_ABSENT;
    if (m && m->kill.at.ns != HALF_ABSENT) {
        add_slow(faults, story, index);
        return;
    }
    if (turn_between(story->replica, TURN_FOLLOWS, lost - NS_PER_S / 10,
                     utc(story->replica, r->asked)) != HALF_ABSENT ||
        turn_between(story->master, TURN_STARTED, lost - NS_PER_S,
                     utc(story->replica, r->asked) + NS_PER_S) != HALF_ABSENT)
        return; /* that is a fault of its own */
    if (r->lost_by == ENDED_TIMEOUT && gave_up != HALF_ABSENT)
        add_link(faults, story, "partition", MIN(lost, gave_up) - timeout,
                 heard_again(story, lost));
    else if (r->lost_by == ENDED_TIMEOUT)
        add_node(faults, story->master, "pause", lost - timeout, heard_again(story, lost));
    else if (gave_up != HALF_ABSENT && lost > gave_up + NS_PER_S / 2)
        add_node(faults, story->replica, "pause", gave_up - timeout, lost);
    else if (r->timed_dial.ns != HALF_ABSENT && r->was_connected) {
        add_node(faults, story->master, "pause", lost - NS_PER_MS, heard_again(story, lost));
        add_link(faults, story, "refuse: no, cut", lost, lost + NS_PER_MS);
    } else
        add_cut(faults, story, lost, dialled);
}

/* An attempt that failed: what ended it, until the next one of the replica. */
static void add_failure(struct faults *faults, const struct story *story, const struct story *next)
{
    const struct half_replica *r = story->r;
    const struct half_master *m = story->m;
    int64_t failed = utc(story->replica, r->failed), timeout = faults->clock->timeout_ns;
    int64_t gave_up = utc(story->master, m->timed_out);
    if (m->lost_by == ENDED_SAVE_FAILED && m->lost.ns != HALF_ABSENT) {
        char *name = derive_name(stories_node(faults->stories, story->master));
        add(faults, utc(story->master, m->lost) - NS_PER_MS,
            g_strdup_printf("kill-child: %s", name));
        g_free(name);
        return;
    }
    if (m->kill.at.ns != HALF_ABSENT || failed == HALF_ABSENT || r->failed_by == ENDED_TURNED)
        return;
    int64_t again = next ? heard_again(next, failed) : failed + NS_PER_S;
    int64_t answered = utc(story->replica, r->answered), begun = utc(story->replica, r->receiving);
    /* Before the payload is through: how fast the link was is not known of one that failed. */
    int64_t latest = begun != HALF_ABSENT ? begun - 20 * NS_PER_MS : INT64_MAX;
    if (r->failed_by == ENDED_TIMEOUT_BULK)
        add_link(faults, story, "partition",
                 MAX(MIN(failed - timeout - NS_PER_S / 2, latest), answered + 5 * NS_PER_MS),
                 again);
    else if (gave_up != HALF_ABSENT)
        add_node(faults, story->replica, "pause",
                 MAX(gave_up - timeout - 5 * NS_PER_S / 2, MAX(answered, begun) + 50 * NS_PER_MS),
                 MAX(failed, gave_up + NS_PER_S));
    else if (next)
        add_cut(faults, next, failed, utc(next->replica, next->r->dialled));
}

static const struct story *next_of(const GArray *list, guint i)
{
    const struct story *story = &g_array_index(list, struct story, i);
    for (guint k = i + 1; k < list->len; k++) {
        const struct story *next = &g_array_index(list, struct story, k);
        if (next->replica == story->replica && next->r && next->m)
            return next;
    }
    return NULL;
}

static int by_time(const void *a, const void *b)
{
    const struct fault *x = a, *y = b;
    return x->at_ns != y->at_ns ? (x->at_ns > y->at_ns) - (x->at_ns < y->at_ns)
                                : strcmp(x->text, y->text);
}

void derive_faults(const struct stories *stories, const GPtrArray *evidence,
                   const struct derive_clock *clock, GString *out)
{
    struct faults faults = {stories, evidence, clock,
                            g_array_new(FALSE, FALSE, sizeof(struct fault))};
    const GArray *list = stories->list;
    add_lives(&faults);
    add_roles(&faults);
    for (guint i = 0; i < list->len; i++) {
        const struct story *story = &g_array_index(list, struct story, i);
        if (!story->r || !story->m || story_verdict(story) == VERDICT_NONE)
            continue;
        if (story->r->lost.ns != HALF_ABSENT)
            add_loss(&faults, story, i);
        if (story->r->outcome == OUTCOME_FAILED)
            add_failure(&faults, story, next_of(list, i));
    }
    g_array_sort(faults.list, by_time);
    for (guint i = 0; i < faults.list->len; i++) {
        struct fault *fault = &g_array_index(faults.list, struct fault, i);
        char *at = seconds(fault->at_ns - clock->from_ns);
        g_string_append_printf(out, "  - { at: %s, %s }\n", at, fault->text);
        g_free(at);
        g_free(fault->text);
    }
    g_array_free(faults.list, TRUE);
}
