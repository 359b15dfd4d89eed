/* First the nodes (lives of one server), then for each pair of processes what their clocks are
 * apart, by requests that are sure to be the same (history and offset); then every attempt gets the
 * nearest session that fits. */
#include "sim/incident/join.h"

#include <stdlib.h>
#include <string.h>
#include "sim/engine/time.h"

#define NEAR_NS    (3 * NS_PER_S)
#define QUARTER_NS (900 * NS_PER_S)
#define SAMPLE     200

/* ---- nodes ---- */

static bool overlap(const struct process *a, const struct process *b)
{
    int32_t a_low = MIN(a->first.line, a->latest.line), a_high = MAX(a->first.line, a->latest.line);
    int32_t b_low = MIN(b->first.line, b->latest.line), b_high = MAX(b->first.line, b->latest.line);
    return a_low <= b_high && b_low <= a_high;
}

static bool are_lives_of_one(const struct incident *incident, const struct process *a,
                             const struct process *b)
{
    const char *of_a = incident_file_at(incident, a->file)->node;
    const char *of_b = incident_file_at(incident, b->file)->node;
    if (a->port && b->port && a->port != b->port)
        return false;
    if (a->file != b->file)
        return of_a && of_b && strcmp(of_a, of_b) == 0;
    return strcmp(a->name, b->name) == 0 && !overlap(a, b);
}

static char *stem(const char *path)
{
    char *base = g_path_get_basename(path);
    char *dot = strrchr(base, '.');
    if (dot && dot != base && strlen(dot) <= 5)
        *dot = '\0';
    return base;
}

/* "[pod/redis-0/redis]" and "redis-server[12]:" without what is around the name. */
static char *plain_name(const char *name)
{
    const char *from = name + strspn(name, "[(<\"'");
    size_t len = strcspn(from, "])>\"'");
    const char *bracket = memchr(from, '[', len);
    if (bracket && bracket > from)
        len = (size_t)(bracket - from);
    while (len > 1 && strchr(":,", from[len - 1]))
        len--;
    if (len > 4 && memcmp(from, "pod/", 4) == 0) {
        from += 4;
        len -= 4;
        const char *slash = memchr(from, '/', len);
        len = slash ? (size_t)(slash - from) : len;
    }
    return g_strndup(len > 0 ? from : name, len > 0 ? len : strlen(name));
}

static bool has_name(const GPtrArray *names, const char *name)
{
    for (guint i = 0; i < names->len; i++)
        if (strcmp(names->pdata[i], name) == 0)
            return true;
    return false;
}

/* The file's name, if that is all there is in it; the wrapper's; or with its port or pid. */
static char *name_node(const struct stories *stories, const struct process *process)
{
    const struct incident *incident = stories->incident;
    const struct incident_file *file = incident_file_at(incident, process->file);
    int32_t others = 0;
    bool has_other_name = false;
    for (guint i = 0; i < incident_process_count(incident); i++) {
        const struct process *other = incident_process(incident, i);
        others += other->file == process->file && other->node != process->node && other->known > 0;
        has_other_name = has_other_name ||
                         (other->file == process->file && strcmp(other->name, process->name) != 0);
    }
    if (file->node)
        return g_strdup(file->node);
    if (process->name[0] && (has_other_name || others > 0))
        return plain_name(process->name);
    char *base = stem(file->name);
    if (others == 0)
        return base;
    char *name = process->port ? g_strdup_printf("%s:%" G_GINT64_FORMAT, base, process->port)
                               : g_strdup_printf("%s[%s]", base, process->pid);
    g_free(base);
    return name;
}

static void find_nodes(struct stories *stories)
{
    const struct incident *incident = stories->incident;
    int32_t count = 0;
    for (guint i = 0; i < incident_process_count(incident); i++) {
        struct process *process = incident_process(incident, i);
        process->node = -1;
        for (guint k = 0; k < i && process->node < 0; k++) {
            struct process *other = incident_process(incident, k);
            if (are_lives_of_one(incident, other, process))
                process->node = other->node;
        }
        if (process->node < 0)
            process->node = count++;
    }
    for (int32_t node = 0; node < count; node++) {
        guint i = 0;
        while (incident_process(incident, i)->node != node)
            i++;
        char *name = name_node(stories, incident_process(incident, i));
        for (int n = 2; has_name(stories->nodes, name); n++) {
            char *other = g_strdup_printf("%s/%d", name, n);
            g_free(name);
            name = other;
        }
        g_ptr_array_add(stories->nodes, name);
    }
}

const char *stories_node(const struct stories *stories, const struct process *process)
{
    return stories->nodes->pdata[process->node];
}

/* ---- whether two halves are one ---- */

static int64_t r_time(const struct process *process, const struct half_replica *r)
{
    int64_t ns = r->asked.ns != HALF_ABSENT       ? r->asked.ns
                 : r->answered.ns != HALF_ABSENT  ? r->answered.ns
                 : r->receiving.ns != HALF_ABSENT ? r->receiving.ns
                 : r->failed.ns != HALF_ABSENT    ? r->failed.ns
                 : r->done.ns != HALF_ABSENT      ? r->done.ns
                 : r->lost.ns != HALF_ABSENT      ? r->lost.ns
                 : r->dialled.ns != HALF_ABSENT   ? r->dialled.ns
                                                  : 0;
    return incident_time(process, ns);
}

static int64_t m_time(const struct process *process, const struct half_master *m)
{
    int64_t ns = m->asked.ns != HALF_ABSENT       ? m->asked.ns
                 : m->sent.ns != HALF_ABSENT      ? m->sent.ns
                 : m->kill.at.ns != HALF_ABSENT   ? m->kill.at.ns
                 : m->timed_out.ns != HALF_ABSENT ? m->timed_out.ns
                                                  : m->lost.ns;
    return incident_time(process, ns);
}

/* One name, but an offset that lies behind the one before: another replica of that name. */
struct namesake {
    const struct process *master;
    const char *name;
    int64_t offset;
    int count;
};

static int variant_of(GArray *namesakes, const struct story *story)
{
    struct namesake *last = NULL;
    int count = 0;
    for (guint i = 0; i < namesakes->len; i++) {
        struct namesake *other = &g_array_index(namesakes, struct namesake, i);
        if (other->master != story->master || strcmp(other->name, story->m->name) != 0)
            continue;
        count++;
        if (story->m->asked_offset == HALF_ABSENT ||
            (other->offset <= story->m->asked_offset && (!last || other->offset > last->offset)))
            last = other;
        if (story->m->asked_offset == HALF_ABSENT)
            break;
    }
    if (!last) {
        struct namesake made = {story->master, story->m->name, 0, count + 1};
        g_array_append_val(namesakes, made);
        last = &g_array_index(namesakes, struct namesake, namesakes->len - 1);
    }
    if (story->m->asked_offset != HALF_ABSENT)
        last->offset = story->m->asked_offset;
    return last->count;
}

/* Both ask for one offset of one history: then it is sure. */
static bool is_sure(const struct half_replica *r, const struct half_master *m)
{
    bool same_offset = r->asked_offset != HALF_ABSENT && r->asked_offset == m->asked_offset;
    bool same_id = r->asked_id[0] && strcmp(r->asked_id, m->asked_id) == 0;
    return m->verdict == VERDICT_MISMATCH ? same_id : same_offset && r->asked_offset > 1;
}

/* Both begin in the middle of a payload: the master sent the last of it while the replica received.
 */
static bool fits_in_the_middle(const struct half_replica *r, const struct half_master *m)
{
    return r->has_begun_before && m->has_begun_before && m->verdict == VERDICT_NONE &&
           m->sent.ns != HALF_ABSENT && r->receiving.ns != HALF_ABSENT &&
           m->sent.ns >= r->receiving.ns - NEAR_NS && r->received.ns != HALF_ABSENT &&
           m->sent.ns <= r->received.ns + NEAR_NS;
}

static bool fits(const struct half_replica *r, const struct half_master *m)
{
    if (m->verdict == VERDICT_NONE || (r->asked.ns == HALF_ABSENT && r->answered.ns == HALF_ABSENT))
        return false;
    if (m->verdict == VERDICT_REQUESTED || m->verdict == VERDICT_SYNC)
        return r->verdict == VERDICT_REQUESTED ||
               (r->verdict == VERDICT_REFUSED && r->asked_id[0] == '\0');
    if (m->verdict == VERDICT_MISMATCH)
        return strcmp(r->asked_id, m->asked_id) == 0;
    bool is_partial = !verdict_is_full(m->verdict);
    return is_partial == !verdict_is_full(r->verdict) &&
           (m->asked_offset == HALF_ABSENT ? r->asked_id[0] != '\0'
                                           : r->asked_offset == m->asked_offset);
}

/* ---- clocks ---- */

static int compare_numbers(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* How much later the master's clock shows the same, by sure pairs; else by whole quarter hours. */
static bool find_shift(const struct process *replica, const struct process *master, int64_t *shift)
{
    int64_t apart[SAMPLE];
    guint count = 0, loose = 0;
    int64_t first_loose = 0;
    guint rs = MIN(replica->as_replica->len, SAMPLE), ms = MIN(master->as_master->len, SAMPLE);
    for (guint i = 0; i < rs; i++) {
        const struct half_replica *r = &g_array_index(replica->as_replica, struct half_replica, i);
        int64_t best = INT64_MAX;
        for (guint k = 0; k < ms; k++) {
            const struct half_master *m = &g_array_index(master->as_master, struct half_master, k);
            int64_t step = m_time(master, m) - r_time(replica, r);
            if (is_sure(r, m) && llabs(step) < llabs(best))
                best = step;
            if (fits_in_the_middle(r, m))
                loose++;
            else if (fits(r, m) && loose++ == 0)
                first_loose = step;
        }
        if (best != INT64_MAX && count < SAMPLE)
            apart[count++] = best;
    }
    *shift = 0;
    if (count > 0) {
        qsort(apart, count, sizeof(apart[0]), compare_numbers);
        *shift = apart[count / 2];
        return true;
    }
    bool is_open = !replica->clock.zone_is_known || !master->clock.zone_is_known;
    if (loose > 0 && is_open && llabs(first_loose) < 54000 * NS_PER_S) {
        int64_t half = first_loose < 0 ? -QUARTER_NS / 2 : QUARTER_NS / 2;
        *shift = (first_loose + half) / QUARTER_NS * QUARTER_NS;
    }
    return loose > 0;
}

static void narrow(struct skew *skew, const struct story *story)
{
    const struct half_replica *r = story->r;
    const struct half_master *m = story->m;
    int64_t asks = incident_time(story->master, m->asked.ns);
    int64_t acts = incident_time(
        story->master, m->start.ns != HALF_ABSENT && !m->is_attached ? m->start.ns : m->asked.ns);
    if (r->asked.ns == HALF_ABSENT || r->answered.ns == HALF_ABSENT || m->has_begun_before)
        return;
    /* asked + skew <= asks; acts <= answered + skew */
    int64_t high = asks - incident_time(story->replica, r->asked.ns);
    int64_t low = acts - incident_time(story->replica, r->answered.ns);
    if (high < low)
        return;
    skew->low_ns = skew->pairs == 0 ? low : MAX(skew->low_ns, low);
    skew->high_ns = skew->pairs == 0 ? high : MIN(skew->high_ns, high);
    skew->pairs++;
    skew->is_empty = skew->low_ns > skew->high_ns;
}

/* ---- matching ---- */

static guint first_near(const struct process *master, int64_t ns)
{
    guint low = 0, high = master->as_master->len;
    while (low < high) {
        guint middle = (low + high) / 2;
        const struct half_master *m = &g_array_index(master->as_master, struct half_master, middle);
        if (m_time(master, m) < ns)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct half_master *nearest(const struct process *replica, struct half_replica *r,
                                   const struct process *master, int64_t shift)
{
    int64_t when = r_time(replica, r) + shift, best = INT64_MAX;
    struct half_master *found = NULL;
    guint from = first_near(master, when - NEAR_NS);
    for (guint i = from > 8 ? from - 8 : 0; i < master->as_master->len && i < from + 200; i++) {
        struct half_master *m = &g_array_index(master->as_master, struct half_master, i);
        int64_t apart = llabs(m_time(master, m) - when);
        int64_t reach = is_sure(r, m) ? 60 * NS_PER_S : NEAR_NS;
        bool is_middle = shift == 0 && fits_in_the_middle(r, m);
        if (m->match >= 0 || !(is_middle || fits(r, m)) || (apart > reach && !is_middle) ||
            apart >= best)
            continue;
        best = apart;
        found = m;
    }
    return found;
}

static void match_pair(struct stories *stories, struct process *replica, struct process *master)
{
    struct skew skew = {.replica = replica->index, .master = master->index};
    if (replica->node == master->node || replica->as_replica->len == 0 ||
        master->as_master->len == 0)
        return;
    if (!find_shift(replica, master, &skew.shift_ns))
        return;
    for (guint i = 0; i < replica->as_replica->len; i++) {
        struct half_replica *r = &g_array_index(replica->as_replica, struct half_replica, i);
        struct half_master *m = r->match >= 0 ? NULL : nearest(replica, r, master, skew.shift_ns);
        if (!m)
            continue;
        r->match = m->match = (int32_t)stories->list->len;
        struct story story = {
            .replica = replica, .master = master, .r = r, .m = m, .t_ns = r_time(replica, r)};
        narrow(&skew, &story);
        g_array_append_val(stories->list, story);
    }
    if (skew.pairs > 0)
        g_array_append_val(stories->skews, skew);
}

static void add_halves(struct stories *stories, struct process *process)
{
    for (guint i = 0; i < process->as_replica->len; i++) {
        struct half_replica *r = &g_array_index(process->as_replica, struct half_replica, i);
        struct story story = {.replica = process, .r = r, .t_ns = r_time(process, r)};
        if (r->match < 0)
            g_array_append_val(stories->list, story);
    }
    /* A loss is reported with the request that came after it. */
    bool *is_told = g_new0(bool, process->as_master->len + 1);
    for (guint i = 0; i < process->as_master->len; i++) {
        const struct half_master *m = &g_array_index(process->as_master, struct half_master, i);
        if (m->before >= 0)
            is_told[m->before] = true;
    }
    for (guint i = 0; i < process->as_master->len; i++) {
        struct half_master *m = &g_array_index(process->as_master, struct half_master, i);
        struct story story = {.master = process, .m = m, .t_ns = m_time(process, m)};
        bool is_loss =
            !is_told[i] && (m->kill.at.ns != HALF_ABSENT || m->timed_out.ns != HALF_ABSENT);
        if (m->match < 0 && (m->verdict != VERDICT_NONE || is_loss))
            g_array_append_val(stories->list, story);
    }
    g_free(is_told);
}

static int by_time(const void *a, const void *b)
{
    const struct story *x = a, *y = b;
    if (x->t_ns != y->t_ns)
        return x->t_ns < y->t_ns ? -1 : 1;
    int32_t p = x->r ? x->r->asked.line : x->m->asked.line;
    int32_t q = y->r ? y->r->asked.line : y->m->asked.line;
    return (p > q) - (p < q);
}

/* ---- names and losses ---- */

/* A master's log alone names a replica by its address: that of a node, if one listens there. */
static const char *name_of(struct stories *stories, const struct story *story, GArray *namesakes)
{
    if (story->replica)
        return stories_node(stories, story->replica);
    int variant = namesakes->len < 1000 ? variant_of(namesakes, story) : 1;
    const char *name = story->m->name, *colon = strrchr(name, ':');
    struct process *found = NULL;
    int count = 0;
    int64_t port = colon ? piece_number((struct piece){colon + 1, strlen(colon + 1)}, 0) : 0;
    for (guint i = 0; i < incident_process_count(stories->incident) && port > 0; i++) {
        struct process *process = incident_process(stories->incident, i);
        if (process->port == port && process->node != story->master->node &&
            (!found || found->node != process->node)) {
            found = process;
            count++;
        }
    }
    const char *plain = count == 1 ? stories_node(stories, found) : name[0] ? name : "a replica";
    char *text = variant > 1 ? g_strdup_printf("%s/%d", plain, variant) : g_strdup(plain);
    g_ptr_array_add(stories->names, text);
    return text;
}

static void find_losses(struct stories *stories)
{
    for (guint i = 0; i < stories->list->len; i++) {
        struct story *story = &g_array_index(stories->list, struct story, i);
        if (!story->r) {
            if (story->m->before >= 0) {
                story->lost_m = &g_array_index(story->master->as_master, struct half_master,
                                               (guint)story->m->before);
                story->lost_by = story->master;
            }
            continue;
        }
        for (guint k = i, looked = 0; k-- > 0 && looked < 256; looked++) {
            const struct story *before = &g_array_index(stories->list, struct story, k);
            if (before->replica != story->replica || !before->m)
                continue;
            bool is_other = before->master != story->master;
            if (before->m->lost.ns == HALF_ABSENT ||
                (is_other && before->m->lost_by == ENDED_PROCESS))
                break;
            story->lost_m = before->m;
            story->lost_by = before->master;
            break;
        }
    }
}

struct stories *stories_new(struct incident *incident)
{
    struct stories *stories = g_new0(struct stories, 1);
    stories->incident = incident;
    stories->list = g_array_new(FALSE, FALSE, sizeof(struct story));
    stories->skews = g_array_new(FALSE, FALSE, sizeof(struct skew));
    stories->names = g_ptr_array_new_with_free_func(g_free);
    stories->nodes = g_ptr_array_new_with_free_func(g_free);
    incident_clocks(incident);
    find_nodes(stories);
    guint count = incident_process_count(incident);
    for (guint i = 0; i < count; i++) {
        struct process *process = incident_process(incident, i);
        incident_set_zone(incident, process, stories_node(stories, process));
    }
    for (guint r = 0; r < count; r++)
        for (guint m = 0; m < count; m++)
            match_pair(stories, incident_process(incident, r), incident_process(incident, m));
    for (guint i = 0; i < count; i++)
        add_halves(stories, incident_process(incident, i));
    g_array_sort(stories->list, by_time);
    GArray *namesakes = g_array_new(FALSE, FALSE, sizeof(struct namesake));
    for (guint i = 0; i < stories->list->len; i++) {
        struct story *story = &g_array_index(stories->list, struct story, i);
        story->name = name_of(stories, story, namesakes);
    }
    g_array_free(namesakes, TRUE);
    find_losses(stories);
    return stories;
}

void stories_free(struct stories *stories)
{
    if (!stories)
        return;
    g_array_free(stories->list, TRUE);
    g_array_free(stories->skews, TRUE);
    g_ptr_array_free(stories->names, TRUE);
    g_ptr_array_free(stories->nodes, TRUE);
    g_free(stories);
}

/* ---- both together ---- */

enum verdict story_verdict(const struct story *story)
{
    if (!story->m || story->m->verdict == VERDICT_NONE)
        return story->r ? story->r->verdict : VERDICT_NONE;
    bool by_second = story->r && story->r->verdict == VERDICT_ACCEPTED_SECOND;
    return by_second ? VERDICT_ACCEPTED_SECOND : story->m->verdict;
}

static enum outcome master_outcome(const struct half_master *m)
{
    bool is_killed = m->kill.at.ns != HALF_ABSENT;
    if (m->verdict == VERDICT_NONE)
        return OUTCOME_FAILED;
    if (!verdict_is_full(m->verdict))
        return OUTCOME_ONLINE;
    if (m->lost_by == ENDED_SAVE_FAILED || (m->lost.ns != HALF_ABSENT && m->sent.ns == HALF_ABSENT))
        return m->lost_by == ENDED_PROCESS ? OUTCOME_OPEN : OUTCOME_FAILED;
    if (is_killed && m->kill.is_sync && m->sent.ns != HALF_ABSENT)
        return OUTCOME_OPEN; /* nothing says whether it had loaded the payload by then */
    if (is_killed)
        return m->kill.is_online ? OUTCOME_ONLINE : OUTCOME_FAILED;
    return m->sent.ns != HALF_ABSENT ? OUTCOME_ONLINE : OUTCOME_OPEN;
}

enum outcome story_outcome(const struct story *story)
{
    if (!story->r)
        return master_outcome(story->m);
    if (story->r->outcome == OUTCOME_OPEN && story->m && master_outcome(story->m) == OUTCOME_FAILED)
        return OUTCOME_FAILED;
    return story->r->outcome;
}

enum ended story_failed_by(const struct story *story)
{
    if (story_outcome(story) != OUTCOME_FAILED)
        return ENDED_NOT;
    if (story->m && story->m->lost_by != ENDED_NOT && story->m->lost_by != ENDED_LOST)
        return story->m->lost_by;
    return story->r ? story->r->failed_by : story->m->lost_by;
}
