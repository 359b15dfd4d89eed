/* A sample is 6 words and all its points. See size_record.h. */
#include "sim/study/size/size_record.h"

#include <glib.h>
#include <string.h>

enum word {
    WORD_COUNT,
    WORD_RUNS,
    WORD_REASON,
    WORD_LIMITED,
    WORD_RISING,
    WORD_BROKEN,
    WORD_POINTS /* three each */
};

/* ---- one ---- */

static void put_point(struct curve_point point, int64_t *words)
{
    words[0] = point.outage_ns;
    words[1] = point.until_ns;
    words[2] = point.need_bytes;
}

void size_record_put(const struct curve_sample *sample, int64_t *words)
{
    memset(words, 0, SIZE_RECORD_WORDS * sizeof *words);
    words[WORD_COUNT] = sample->count;
    words[WORD_RUNS] = sample->runs;
    words[WORD_REASON] = sample->reason;
    words[WORD_LIMITED] = sample->is_limited;
    words[WORD_RISING] = sample->is_rising;
    words[WORD_BROKEN] = sample->broken[0] != '\0';
    for (uint32_t i = 0; i < sample->count; i++)
        put_point(sample->points[i], words + WORD_POINTS + 3 * (size_t)i);
}

static bool get_point(const int64_t *words, struct curve_point *point)
{
    *point = (struct curve_point){words[0], words[1], words[2]};
    return words[0] >= 0 && words[1] >= words[0] && words[2] >= 0;
}

static bool is_in(int64_t value, int64_t least, int64_t most)
{
    return value >= least && value <= most;
}

bool size_record_get(const int64_t *words, struct curve_sample *sample)
{
    bool is_good = is_in(words[WORD_COUNT], 1, CURVE_POINTS) &&
                   is_in(words[WORD_RUNS], 0, UINT32_MAX) &&
                   is_in(words[WORD_REASON], 0, REASON_COUNT) && is_in(words[WORD_LIMITED], 0, 1) &&
                   is_in(words[WORD_RISING], 0, 1) && words[WORD_BROKEN] == 0;
    if (!is_good)
        return false;
    *sample = (struct curve_sample){.count = (uint32_t)words[WORD_COUNT],
                                    .runs = (uint32_t)words[WORD_RUNS],
                                    .reason = (enum reason)words[WORD_REASON],
                                    .is_limited = words[WORD_LIMITED],
                                    .is_rising = words[WORD_RISING]};
    for (uint32_t i = 0; i < sample->count && is_good; i++)
        is_good = get_point(words + WORD_POINTS + 3 * (size_t)i, &sample->points[i]);
    return is_good;
}

/* ---- all ---- */

struct making {
    const struct curve *curve;
    struct size_part *part;
    uint64_t broken;
    bool is_broken;
};

static void work(void *user, uint64_t index, void *record)
{
    const struct making *making = user;
    struct curve_sample sample;
    curve_make(making->curve, index, &sample);
    size_record_put(&sample, record);
}

static bool look(void *user, uint64_t index, const void *record)
{
    struct making *making = user;
    const struct size_part *part = making->part;
    const int64_t *words = record;
    making->is_broken = words[WORD_BROKEN];
    making->broken = index;
    if (part->seen && !making->is_broken)
        part->seen(part->user, index - part->first + 1);
    return !making->is_broken;
}

static bool find(void *user, uint64_t index, void *record)
{
    return record_file_find(user, index, record);
}

/* A broken one is not kept: it comes again, and with it the message. */
static bool add(void *user, uint64_t index, const void *record)
{
    const int64_t *words = record;
    return words[WORD_BROKEN] || record_file_add(user, index, words);
}

bool size_record_make(const struct curve *curve, struct worker_pool *pool, struct size_part *part)
{
    struct making making = {.curve = curve, .part = part};
    struct worker_pool_task task = {work, look, &making, SIZE_RECORD_WORDS * sizeof(int64_t)};
    void *records = g_malloc0_n(part->count + 1, task.record_size);
    if (part->file)
        worker_pool_keep(pool, (struct worker_pool_store){find, add, part->file});
    bool is_good = worker_pool_map(pool, &task, part->first, part->count, records);
    if (making.is_broken) {
        struct curve_sample sample;
        curve_make(curve, making.broken, &sample);
        g_strlcpy(part->broken, sample.broken, sizeof part->broken);
    }
    g_free(records);
    return is_good;
}

struct curve_sample *size_record_all(struct record_merge *merge)
{
    const struct record_file_head *head = record_merge_head(merge);
    int64_t words[SIZE_RECORD_WORDS];
    bool is_good = head->words == SIZE_RECORD_WORDS;
    struct curve_sample *samples = is_good ? g_new(struct curve_sample, head->total + 1) : NULL;
    for (uint64_t i = 0; i < head->total && is_good; i++)
        is_good = record_merge_find(merge, i, words) && size_record_get(words, &samples[i]);
    if (is_good)
        return samples;
    g_free(samples);
    return NULL;
}
