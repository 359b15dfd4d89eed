/* The shards of one study. One file is open at a time: there may be more than a process may open.
 */
#include <string.h>
#include "sim/study/records/record_file.h"
#include "sim/study/records/record_file_text.h"

struct shards {
    struct shard_head head; /* its texts are the first shard's */
    GPtrArray *list;        /* of struct shard, by number */
    GPtrArray *paths;       /* of each, borrowed */
    const char *first_path; /* the one that the others are compared with */
    struct shard *open;
};

void shards_free(struct shards *shards)
{
    if (!shards)
        return;
    g_ptr_array_free(shards->list, TRUE);
    g_ptr_array_free(shards->paths, TRUE);
    g_free(shards);
}

const struct shard_head *shards_head(const struct shards *shards)
{
    return &shards->head;
}

static bool refuse(GError **error, char *what)
{
    g_set_error(error, SHARD_ERROR, SHARD_ERROR_INPUT, "%s", what);
    g_free(what);
    return false;
}

/* Whether it belongs to the study of the first one. */
static bool belongs(const struct shards *shards, const struct shard *shard, const char *path,
                    GError **error)
{
    const struct shard_head *head = shard_head(shard);
    struct shard_head ours = shards->head;
    const char *first = shards->first_path;
    if (head->of != ours.of)
        return refuse(error, g_strdup_printf("%s is shard %u/%u, %s one of %u", path, head->number,
                                             head->of, first, ours.of));
    ours.number = head->number;
    char *differs = shard_difference(head, &ours);
    if (!differs)
        return true;
    char *what = g_strdup_printf("%s belongs to another study than %s: %s", path, first, differs);
    g_free(differs);
    return refuse(error, what);
}

static bool take(struct shards *shards, const char *path, GError **error)
{
    struct shard *shard = shard_read(path, error);
    if (!shard)
        return false;
    shard_rest(shard);
    const struct shard_head *head = shard_head(shard);
    if (shards->head.of == 0) {
        shards->head = *head;
        g_ptr_array_set_size(shards->list, (gint)head->of);
        g_ptr_array_set_size(shards->paths, (gint)head->of);
        shards->first_path = path;
    }
    if (!belongs(shards, shard, path, error)) {
        shard_free(shard);
        return false;
    }
    guint slot = head->number - 1;
    if (shards->list->pdata[slot]) {
        shard_free(shard);
        return refuse(error, g_strdup_printf("%s and %s are both shard %u/%u",
                                             (char *)shards->paths->pdata[slot], path, slot + 1,
                                             shards->head.of));
    }
    shards->list->pdata[slot] = shard;
    shards->paths->pdata[slot] = (char *)path;
    return true;
}

/* Names the first ones that are not there. */
static bool is_complete(const struct shards *shards, GError **error)
{
    GString *missing = g_string_new(NULL);
    guint count = 0;
    for (guint i = 0; i < shards->list->len; i++) {
        if (shards->list->pdata[i])
            continue;
        if (++count <= 10)
            g_string_append_printf(missing, "%s%u/%u", count > 1 ? ", " : "", i + 1,
                                   shards->head.of);
    }
    if (count > 10)
        g_string_append_printf(missing, " and %u more", count - 10);
    char *what = g_strdup_printf("shard%s %s %s missing", count > 1 ? "s" : "", missing->str,
                                 count > 1 ? "are" : "is");
    g_string_free(missing, TRUE);
    if (count > 0)
        return refuse(error, what);
    g_free(what);
    return true;
}

static void free_shard(void *shard)
{
    shard_free(shard);
}

struct shards *shards_read(const char *const *paths, GError **error)
{
    struct shards *shards = g_new0(struct shards, 1);
    bool is_good = true;
    shards->list = g_ptr_array_new_with_free_func(free_shard);
    shards->paths = g_ptr_array_new();
    for (size_t i = 0; paths[i] && is_good; i++)
        is_good = take(shards, paths[i], error);
    if (!is_good || !is_complete(shards, error)) {
        shards_free(shards);
        return NULL;
    }
    shards->head.number = shards->head.of = 1;
    shards->head.first = 0;
    shards->head.count = shards->head.total;
    return shards;
}

static bool has(struct shard *shard, uint64_t index)
{
    const struct shard_head *head = shard_head(shard);
    return index >= head->first && index - head->first < head->count;
}

static struct shard *shard_with(struct shards *shards, uint64_t index)
{
    guint i = 0;
    if (shards->open && has(shards->open, index))
        return shards->open;
    while (i < shards->list->len && !has(shards->list->pdata[i], index))
        i++;
    return i < shards->list->len ? shards->list->pdata[i] : NULL;
}

bool shards_find(struct shards *shards, uint64_t index, int64_t *words)
{
    struct shard *shard = shard_with(shards, index);
    if (!shard)
        return false;
    if (shards->open && shards->open != shard)
        shard_rest(shards->open);
    shards->open = shard;
    return shard_find(shard, index, words);
}

static bool find_for_crew(void *user, uint64_t index, void *record)
{
    return shards_find(user, index, record);
}

struct crew_keeper shards_keeper(struct shards *shards)
{
    return (struct crew_keeper){find_for_crew, NULL, shards};
}
