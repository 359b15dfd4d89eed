/* The shards of one study. One file is open at a time: there may be more than a process may open.
 */
#include <string.h>
#include "sim/study/records/record_file.h"
#include "sim/study/records/record_file_text.h"

struct record_merge {
    struct record_file_head head; /* its texts are the first shard's */
    GPtrArray *list;              /* of struct record_file, by number */
    GPtrArray *paths;             /* of each, borrowed */
    const char *first_path;       /* the one that the others are compared with */
    struct record_file *open;
};

void record_merge_free(struct record_merge *merge)
{
    if (!merge)
        return;
    g_ptr_array_free(merge->list, TRUE);
    g_ptr_array_free(merge->paths, TRUE);
    g_free(merge);
}

const struct record_file_head *record_merge_head(const struct record_merge *merge)
{
    return &merge->head;
}

static bool refuse(GError **error, char *what)
{
    g_set_error(error, RECORD_FILE_ERROR, RECORD_FILE_ERROR_INPUT, "%s", what);
    g_free(what);
    return false;
}

/* Whether it belongs to the study of the first one. */
static bool belongs(const struct record_merge *merge, const struct record_file *file,
                    const char *path, GError **error)
{
    const struct record_file_head *head = record_file_head(file);
    struct record_file_head ours = merge->head;
    const char *first = merge->first_path;
    if (head->of != ours.of)
        return refuse(error, g_strdup_printf("%s is shard %u/%u, %s one of %u", path, head->number,
                                             head->of, first, ours.of));
    ours.number = head->number;
    char *differs = record_file_difference(head, &ours);
    if (!differs)
        return true;
    char *what = g_strdup_printf("%s belongs to another study than %s: %s", path, first, differs);
    g_free(differs);
    return refuse(error, what);
}

static bool take(struct record_merge *merge, const char *path, GError **error)
{
    struct record_file *file = record_file_read(path, error);
    if (!file)
        return false;
    record_file_rest(file);
    const struct record_file_head *head = record_file_head(file);
    if (merge->head.of == 0) {
        merge->head = *head;
        g_ptr_array_set_size(merge->list, (gint)head->of);
        g_ptr_array_set_size(merge->paths, (gint)head->of);
        merge->first_path = path;
    }
    if (!belongs(merge, file, path, error)) {
        record_file_free(file);
        return false;
    }
    guint slot = head->number - 1;
    if (merge->list->pdata[slot]) {
        record_file_free(file);
        return refuse(error, g_strdup_printf("%s and %s are both shard %u/%u",
                                             (char *)merge->paths->pdata[slot], path, slot + 1,
                                             merge->head.of));
    }
    merge->list->pdata[slot] = file;
    merge->paths->pdata[slot] = (char *)path;
    return true;
}

/* Names the first ones that are not there. */
static bool is_complete(const struct record_merge *merge, GError **error)
{
    GString *missing = g_string_new(NULL);
    guint count = 0;
    for (guint i = 0; i < merge->list->len; i++) {
        if (merge->list->pdata[i])
            continue;
        if (++count <= 10)
            g_string_append_printf(missing, "%s%u/%u", count > 1 ? ", " : "", i + 1,
                                   merge->head.of);
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

static void free_shard(void *file)
{
    record_file_free(file);
}

struct record_merge *record_merge_read(const char *const *paths, GError **error)
{
    struct record_merge *merge = g_new0(struct record_merge, 1);
    bool is_good = true;
    merge->list = g_ptr_array_new_with_free_func(free_shard);
    merge->paths = g_ptr_array_new();
    for (size_t i = 0; paths[i] && is_good; i++)
        is_good = take(merge, paths[i], error);
    if (!is_good || !is_complete(merge, error)) {
        record_merge_free(merge);
        return NULL;
    }
    merge->head.number = merge->head.of = 1;
    merge->head.first = 0;
    merge->head.count = merge->head.total;
    return merge;
}

static bool has(struct record_file *file, uint64_t index)
{
    const struct record_file_head *head = record_file_head(file);
    return index >= head->first && index - head->first < head->count;
}

static struct record_file *shard_with(struct record_merge *merge, uint64_t index)
{
    guint i = 0;
    if (merge->open && has(merge->open, index))
        return merge->open;
    while (i < merge->list->len && !has(merge->list->pdata[i], index))
        i++;
    return i < merge->list->len ? merge->list->pdata[i] : NULL;
}

bool record_merge_find(struct record_merge *merge, uint64_t index, int64_t *words)
{
    struct record_file *file = shard_with(merge, index);
    if (!file)
        return false;
    if (merge->open && merge->open != file)
        record_file_rest(merge->open);
    merge->open = file;
    return record_file_find(file, index, words);
}

static bool find_for_pool(void *user, uint64_t index, void *record)
{
    return record_merge_find(user, index, record);
}

struct worker_pool_store record_merge_keeper(struct record_merge *merge)
{
    return (struct worker_pool_store){find_for_pool, NULL, merge};
}
