/* Owed bytes: the offset of the payload less the offset that was asked for, plus one. It is exact
 * where the save began with this request; a save that came later or was there before makes it a
 * bound. */
#include "sim/incident/figures.h"

#include <stdlib.h>
#include <string.h>
#include "sim/engine/time.h"

int64_t figures_span(struct mark from, struct mark to)
{
    if (from.ns == HALF_ABSENT || to.ns == HALF_ABSENT || to.ns < from.ns)
        return HALF_ABSENT;
    return to.ns - from.ns;
}

static struct figure owed_by_master(const struct half_master *m)
{
    if (m->sent_bytes != HALF_ABSENT)
        return (struct figure){m->sent_bytes, GRADE_READ};
    if (m->verdict == VERDICT_PASSED && m->last_offset != HALF_ABSENT &&
        m->asked_offset != HALF_ABSENT && m->last_offset >= m->asked_offset)
        return (struct figure){m->last_offset - m->asked_offset, GRADE_READ};
    return (struct figure){0, GRADE_NONE};
}

static struct figure owed_by_offsets(const struct story *story)
{
    const struct half_replica *r = story->r;
    enum verdict verdict = story_verdict(story);
    int64_t last = r && r->full_offset != HALF_ABSENT                ? r->full_offset
                   : story->m && story->m->end_offset != HALF_ABSENT ? story->m->end_offset
                                                                     : HALF_ABSENT;
    int64_t asked = r && r->asked_offset != HALF_ABSENT ? r->asked_offset
                    : story->m                          ? story->m->asked_offset
                                                        : HALF_ABSENT;
    if ((verdict != VERDICT_PASSED && verdict != VERDICT_NO_BACKLOG) || last == HALF_ABSENT ||
        asked == HALF_ABSENT || last < asked - 1 || asked < 0)
        return (struct figure){0, GRADE_NONE};
    enum grade grade = GRADE_COMPUTED;
    int64_t answered = r ? figures_span(r->asked, r->answered) : HALF_ABSENT;
    if (story->m && story->m->is_attached)
        grade = GRADE_AT_LEAST;
    else if (story->m &&
             (story->m->delayed.ns != HALF_ABSENT || story->m->waited.ns != HALF_ABSENT))
        grade = GRADE_AT_MOST;
    else if (!story->m && answered > NS_PER_S)
        grade = GRADE_AT_MOST; /* the fork came later than the decision */
    return (struct figure){last - asked + 1, grade};
}

/* ---- the write rate ---- */

#define NEIGHBOURS 60 /* resynchronisations before and after, whose offsets count */

struct point {
    int64_t t_ns, offset;
};

static int by_point_time(const void *a, const void *b)
{
    const struct point *x = a, *y = b;
    return (x->t_ns > y->t_ns) - (x->t_ns < y->t_ns);
}

/* Offsets of one master, around the resynchronisation, with the time at which the stream stood
 * there. */
static guint collect(const struct stories *stories, const struct story *of, struct point *points,
                     guint max)
{
    guint count = 0;
    guint at = (guint)(of - (const struct story *)stories->list->data);
    guint end = MIN(at + NEIGHBOURS, stories->list->len);
    for (guint i = at > NEIGHBOURS ? at - NEIGHBOURS : 0; i < end && count + 2 < max; i++) {
        const struct story *story = &g_array_index(stories->list, struct story, i);
        if (story->master != of->master || (!of->master && story->replica != of->replica) ||
            (!of->replica && strcmp(story->name, of->name) != 0))
            continue;
        const struct half_replica *r = story->r;
        const struct half_master *m = story->m;
        if (r && r->full_offset > 0 && r->answered.ns != HALF_ABSENT)
            points[count++] =
                (struct point){incident_time(story->replica, r->answered.ns), r->full_offset};
        else if (r && r->asked_offset > 1 && r->lost.ns != HALF_ABSENT &&
                 story_verdict(story) != VERDICT_SECOND_OFFSET)
            points[count++] =
                (struct point){incident_time(story->replica, r->lost.ns), r->asked_offset};
        if (m && m->sent_bytes != HALF_ABSENT && m->asked_offset != HALF_ABSENT)
            points[count++] = (struct point){incident_time(story->master, m->decided.ns),
                                             m->asked_offset + m->sent_bytes};
        else if (m && !r && m->asked_offset > 1 && m->verdict == VERDICT_PASSED)
            points[count++] =
                (struct point){incident_time(story->master, m->asked.ns), m->asked_offset};
    }
    return count;
}

/* The steepest chain that never falls is not wanted: the mean from the first to the last. */
static struct figure find_rate(const struct stories *stories, const struct story *story)
{
    struct point points[256];
    guint count = collect(stories, story, points, G_N_ELEMENTS(points));
    qsort(points, count, sizeof(points[0]), by_point_time);
    for (guint i = 1; i < count; i++)
        if (points[i].offset < points[i - 1].offset)
            return (struct figure){0, GRADE_NONE}; /* two histories, or two replicas of one name */
    if (count < 2)
        return (struct figure){0, GRADE_NONE};
    int64_t ns = points[count - 1].t_ns - points[0].t_ns;
    int64_t bytes = points[count - 1].offset - points[0].offset;
    if (ns < NS_PER_S / 2 || bytes <= 0)
        return (struct figure){0, GRADE_NONE};
    return (struct figure){mul_div(bytes, NS_PER_S, ns), GRADE_COMPUTED};
}

/* ---- the rest ---- */

static int64_t apart(const struct stories *stories, const struct story *story, int64_t *fuzz)
{
    *fuzz = 2 * NS_PER_MS;
    int64_t shift = 0;
    for (guint i = 0; i < stories->skews->len; i++) {
        const struct skew *skew = &g_array_index(stories->skews, struct skew, i);
        if (skew->replica != story->replica->index || skew->master != story->lost_by->index)
            continue;
        shift = (skew->low_ns + skew->high_ns) / 2;
        *fuzz = MAX((skew->high_ns - skew->low_ns) / 2 + NS_PER_MS, 2 * NS_PER_MS);
    }
    return shift;
}

static void find_loss(const struct stories *stories, const struct story *story,
                      struct figures *figures)
{
    const struct half_replica *r = story->r;
    const struct half_master *lost = story->lost_m;
    bool by_r = r && r->lost.ns != HALF_ABSENT, by_m = lost && lost->lost.ns != HALF_ABSENT;
    figures->lost_by = by_r ? r->lost_by : by_m ? lost->lost_by : ENDED_NOT;
    if (by_m && lost->lost_by != ENDED_LOST && figures->lost_by == ENDED_LOST)
        figures->lost_by = lost->lost_by;
    if (by_m && lost->kill.omem != HALF_ABSENT && lost->kill.at.ns != HALF_ABSENT)
        figures->lost_by_master_bytes = (struct figure){lost->kill.omem, GRADE_READ};
    if (!by_r || !by_m)
        return;
    int64_t fuzz, shift = apart(stories, story, &fuzz);
    figures->first_ns = incident_time(story->lost_by, lost->lost.ns) -
                        incident_time(story->replica, r->lost.ns) - shift;
    figures->is_one_moment = llabs(figures->first_ns) <= fuzz;
}

static void find_times(const struct story *story, struct figures *figures)
{
    const struct half_replica *r = story->r;
    const struct half_master *m = story->m;
    if (r) {
        figures->away_ns = figures_span(r->lost, r->done);
        figures->back_ns = figures_span(r->lost, r->asked);
        figures->dial_ns = figures_span(r->lost, r->dialled);
        figures->round_trip_ns = figures_span(r->connected, r->pong);
        figures->answer_ns = figures_span(r->asked, r->answered);
        figures->transfer_ns = figures_span(r->receiving, r->received);
        figures->flush_ns =
            r->loading.ns > r->flushing.ns ? figures_span(r->flushing, r->loading) : HALF_ABSENT;
        struct mark begin = r->loading.ns > r->flushing.ns ? r->loading : r->flushing;
        if (begin.ns == HALF_ABSENT)
            begin = r->loading.ns != HALF_ABSENT ? r->loading : r->received;
        figures->load_ns = figures_span(begin, r->done);
        if (r->payload_bytes != HALF_ABSENT)
            figures->payload = (struct figure){r->payload_bytes, GRADE_READ};
    } else if (story->lost_m && m) {
        figures->back_ns = figures_span(story->lost_m->lost, m->asked);
        figures->away_ns =
            figures_span(story->lost_m->lost, verdict_is_full(m->verdict) ? m->sent : m->decided);
    }
    if (!m)
        return;
    figures->wait_ns = figures_span(m->asked, m->start);
    figures->fork_ns = m->is_attached ? HALF_ABSENT : figures_span(m->start, m->forked);
    figures->save_ns =
        figures_span(m->forked, m->saved.ns != HALF_ABSENT ? m->saved : m->save_done);
    if (!r && !m->is_diskless)
        figures->transfer_ns = figures_span(m->save_done, m->sent);
    if (figures->payload.grade == GRADE_NONE && m->written_bytes != HALF_ABSENT)
        figures->payload = (struct figure){m->written_bytes, GRADE_READ};
    if (m->kill.at.ns != HALF_ABSENT)
        figures->killed_after_ns = figures_span(m->asked, m->kill.at);
}

struct figures figures_of(const struct stories *stories, const struct story *story)
{
    struct figures figures = {.away_ns = HALF_ABSENT,
                              .back_ns = HALF_ABSENT,
                              .dial_ns = HALF_ABSENT,
                              .round_trip_ns = HALF_ABSENT,
                              .answer_ns = HALF_ABSENT,
                              .wait_ns = HALF_ABSENT,
                              .fork_ns = HALF_ABSENT,
                              .save_ns = HALF_ABSENT,
                              .transfer_ns = HALF_ABSENT,
                              .flush_ns = HALF_ABSENT,
                              .load_ns = HALF_ABSENT,
                              .killed_after_ns = HALF_ABSENT};
    if (story->m)
        figures.owed = owed_by_master(story->m);
    if (figures.owed.grade == GRADE_NONE)
        figures.owed = owed_by_offsets(story);
    figures.rate = find_rate(stories, story);
    find_loss(stories, story, &figures);
    find_times(story, &figures);
    if (figures.owed.grade == GRADE_NONE && figures.lost_by_master_bytes.grade != GRADE_NONE &&
        story_verdict(story) == VERDICT_PASSED)
        figures.owed = (struct figure){figures.lost_by_master_bytes.value, GRADE_AT_LEAST};
    return figures;
}
