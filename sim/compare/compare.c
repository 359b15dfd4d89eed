/* Aligns stories and compares numbers. See compare.h. */
#include "sim/compare/compare.h"

#include <assert.h>
#include <string.h>
#include "sim/engine/time.h"

/* Longer middles than this are set side by side as they come. */
#define CELLS_MAX 4000000

/* ---- where stories part ---- */

/* What lies between the common beginning and the common end. */
struct gap {
    guint a, a_end, b, b_end;
};

static const struct compare_step *step(const struct compare_story *story, guint index)
{
    return compare_story_step(story, index);
}

static bool is_same(const struct compare_node *node, guint a, guint b)
{
    return compare_step_is_same(step(node->a, a), step(node->b, b));
}

static void add_row(struct compare_node *node, const struct compare_step *a,
                    const struct compare_step *b)
{
    struct compare_row row = {a, b, a != NULL && b != NULL && compare_step_is_same(a, b)};
    node->is_same = node->is_same && row.is_same;
    g_array_append_val(node->rows, row);
}

/* Steps that have no match on the other side: those of one kind stand beside each other. */
static void add_unmatched(struct compare_node *node, struct gap gap)
{
    while (gap.a < gap.a_end || gap.b < gap.b_end) {
        const struct compare_step *a = gap.a < gap.a_end ? step(node->a, gap.a) : NULL;
        const struct compare_step *b = gap.b < gap.b_end ? step(node->b, gap.b) : NULL;
        if (a != NULL && b != NULL && a->kind != b->kind)
            *(gap.a_end - gap.a < gap.b_end - gap.b ? &a : &b) = NULL;
        add_row(node, a, b);
        gap.a += a != NULL;
        gap.b += b != NULL;
    }
}

/* lengths[i * width + j]: of the longest common sequence of what follows a + i and b + j. */
static uint32_t *fill(const struct compare_node *node, struct gap gap)
{
    guint rows = gap.a_end - gap.a, width = gap.b_end - gap.b + 1;
    uint32_t *lengths = g_new0(uint32_t, (gsize)(rows + 1) * width);
    for (guint i = rows; i-- > 0;)
        for (guint j = width - 1; j-- > 0;) {
            const uint32_t *below = &lengths[(gsize)(i + 1) * width + j];
            uint32_t right = lengths[(gsize)i * width + j + 1];
            lengths[(gsize)i * width + j] =
                is_same(node, gap.a + i, gap.b + j) ? below[1] + 1 : MAX(below[0], right);
        }
    return lengths;
}

static void align_gap(struct compare_node *node, struct gap gap)
{
    guint rows = gap.a_end - gap.a, width = gap.b_end - gap.b + 1;
    guint i = 0, j = 0, last_i = 0, last_j = 0;
    uint32_t *lengths = fill(node, gap);
    while (i < rows && j + 1 < width) {
        const uint32_t *here = &lengths[(gsize)i * width + j];
        if (!is_same(node, gap.a + i, gap.b + j)) {
            *(here[width] >= here[1] ? &i : &j) += 1;
            continue;
        }
        struct gap between = {gap.a + last_i, gap.a + i, gap.b + last_j, gap.b + j};
        add_unmatched(node, between);
        add_row(node, step(node->a, gap.a + i), step(node->b, gap.b + j));
        last_i = ++i;
        last_j = ++j;
    }
    struct gap rest = {gap.a + last_i, gap.a_end, gap.b + last_j, gap.b_end};
    add_unmatched(node, rest);
    g_free(lengths);
}

static void align(struct compare_node *node)
{
    struct gap gap = {0, node->a->steps->len, 0, node->b->steps->len};
    guint end_a = gap.a_end;
    while (gap.a < gap.a_end && gap.b < gap.b_end && is_same(node, gap.a, gap.b)) {
        add_row(node, step(node->a, gap.a), step(node->b, gap.b));
        gap.a++;
        gap.b++;
    }
    while (gap.a < gap.a_end && gap.b < gap.b_end && is_same(node, gap.a_end - 1, gap.b_end - 1)) {
        gap.a_end--;
        gap.b_end--;
    }
    guint b_tail = gap.b_end;
    if ((uint64_t)(gap.a_end - gap.a + 1) * (gap.b_end - gap.b + 1) <= CELLS_MAX)
        align_gap(node, gap);
    else
        add_unmatched(node, gap);
    for (guint i = gap.a_end; i < end_a; i++)
        add_row(node, step(node->a, i), step(node->b, b_tail++));
}

/* ---- counts ---- */

static void add_count(struct compare_node *node, const char *name, int64_t a, int64_t b)
{
    struct compare_count count = {name, a, b};
    if (a != 0 || b != 0)
        g_array_append_val(node->counts, count);
}

static int64_t tally_of(const GArray *tallies, const char *name)
{
    for (guint i = 0; i < tallies->len; i++) {
        const struct compare_tally *tally = &g_array_index(tallies, struct compare_tally, i);
        if (strcmp(tally->name, name) == 0)
            return tally->count;
    }
    return 0;
}

static void add_tallies(struct compare_node *node, GPtrArray *names, const GArray *a,
                        const GArray *b)
{
    const char *side = a == node->a->replica_drops ? "replica" : "master";
    for (guint i = 0; i < a->len + b->len; i++) {
        const struct compare_tally *tally =
            i < a->len ? &g_array_index(a, struct compare_tally, i)
                       : &g_array_index(b, struct compare_tally, i - a->len);
        if (i >= a->len && tally_of(a, tally->name) > 0)
            continue;
        char *name = g_strdup_printf("%s drops: %s", side, tally->name);
        g_ptr_array_add(names, name);
        add_count(node, name, tally_of(a, tally->name), tally_of(b, tally->name));
    }
}

static void compare_counts(struct compare_node *node)
{
    const struct compare_story *a = node->a, *b = node->b;
    add_count(node, "full", a->full, b->full);
    add_count(node, "partial", a->partial, b->partial);
    add_count(node, "failed", a->failed, b->failed);
    add_count(node, "refused", a->refused, b->refused);
    add_count(node, "unanswered", a->unanswered, b->unanswered);
    add_count(node, "dials failed", a->dials_failed, b->dials_failed);
    add_count(node, "handshakes ended", a->handshakes_ended, b->handshakes_ended);
    add_tallies(node, node->names, a->replica_drops, b->replica_drops);
    add_tallies(node, node->names, a->master_drops, b->master_drops);
    add_count(node, "forks", a->forks, b->forks);
    add_count(node, "lost writes", a->lost, b->lost);
    add_count(node, "bytes sent to it", a->sent_bytes, b->sent_bytes);
}

/* ---- times ---- */

static int64_t size_of(int64_t t)
{
    return t >= 0 ? t : t == INT64_MIN ? INT64_MAX : -t;
}

bool compare_is_within(const struct compare_tolerance *tolerance, int64_t a, int64_t b)
{
    int64_t larger = MAX(size_of(a), size_of(b));
    uint64_t apart = a > b ? (uint64_t)a - (uint64_t)b : (uint64_t)b - (uint64_t)a;
    uint64_t allowed =
        (uint64_t)tolerance->ns + (uint64_t)mul_div(larger, tolerance->share_ppm, 1000000);
    return apart <= allowed;
}

static void compare_times(struct compare_node *node, const struct compare_tolerance *tolerance)
{
    for (guint i = 0; i < node->rows->len; i++) {
        const struct compare_row *row = compare_row_at(node, i);
        for (int m = 0; m < COMPARE_MEASURES && row->is_same; m++) {
            int64_t a = row->a->measures[m], b = row->b->measures[m];
            if (compare_measure_info((enum compare_measure)m).unit == COMPARE_BYTES ||
                a == TRACE_ABSENT || b == TRACE_ABSENT)
                continue;
            node->times++;
            node->times_beyond += tolerance->is_given && !compare_is_within(tolerance, a, b);
        }
    }
}

/* ---- the whole ---- */

static void node_free(void *user)
{
    struct compare_node *node = user;
    compare_story_free(node->a);
    compare_story_free(node->b);
    g_array_free(node->rows, TRUE);
    g_array_free(node->counts, TRUE);
    g_ptr_array_free(node->names, TRUE);
    g_free(node);
}

static void add_node(struct compare *compare, const char *name)
{
    struct compare_node *node = g_new0(struct compare_node, 1);
    node->name = name;
    node->a = compare_story_new(compare->a, name);
    node->b = compare_story_new(compare->b, name);
    node->rows = g_array_new(FALSE, FALSE, sizeof(struct compare_row));
    node->counts = g_array_new(FALSE, FALSE, sizeof(struct compare_count));
    node->names = g_ptr_array_new_with_free_func(g_free);
    node->is_same = true;
    if (compare_story_is_empty(node->a) && compare_story_is_empty(node->b)) {
        node_free(node);
        return;
    }
    align(node);
    compare_counts(node);
    compare_times(node, &compare->tolerance);
    compare->is_same = compare->is_same && node->is_same;
    compare->times += node->times;
    compare->times_beyond += node->times_beyond;
    g_ptr_array_add(compare->nodes, node);
}

struct compare *compare_new(const struct trace_read *a, const struct trace_read *b,
                            struct compare_tolerance tolerance)
{
    struct compare *compare = g_new0(struct compare, 1);
    compare->a = a;
    compare->b = b;
    compare->tolerance = tolerance;
    compare->nodes = g_ptr_array_new_with_free_func(node_free);
    compare->is_same = true;
    for (guint i = 0; i < a->names->len; i++)
        add_node(compare, a->names->pdata[i]);
    for (guint i = 0; i < b->names->len; i++)
        if (!g_hash_table_contains(a->indices, b->names->pdata[i]))
            add_node(compare, b->names->pdata[i]);
    return compare;
}

void compare_free(struct compare *compare)
{
    g_ptr_array_free(compare->nodes, TRUE);
    g_free(compare);
}

bool compare_is_one_scenario(const struct compare *compare)
{
    const char *a = compare->a->fingerprint, *b = compare->b->fingerprint;
    return a == NULL || b == NULL || strcmp(a, b) == 0;
}

const struct compare_node *compare_node_at(const struct compare *compare, size_t index)
{
    assert(index < compare->nodes->len);
    return compare->nodes->pdata[index];
}

const struct compare_row *compare_row_at(const struct compare_node *node, size_t index)
{
    assert(index < node->rows->len);
    return &g_array_index(node->rows, struct compare_row, index);
}
