/* See glib.h: GArray and GPtrArray. Each begins with the public part. */
#include <glib.h>
#include <string.h>

/* ---- sorting ---- */

/* Merges ever longer runs of `from` into `to`, in turns: stable, without recursion. */
static void sort(char *from, gsize count, gsize size, GCompareFunc *compare)
{
    char *other = g_malloc(count * size), *owned = other, *data = from;
    for (gsize run = 1; run < count; run *= 2) {
        char *out = other;
        for (gsize begin = 0; begin < count; begin += 2 * run) {
            gsize middle = MIN(begin + run, count), end = MIN(begin + 2 * run, count);
            gsize a = begin, b = middle;
            while (a < middle || b < end) {
                gboolean is_left =
                    b == end || (a < middle && compare(from + a * size, from + b * size) <= 0);
                memcpy(out, from + (is_left ? a : b) * size, size);
                out += size;
                a += (gsize)is_left;
                b += !is_left;
            }
        }
        char *sorted = other;
        other = from;
        from = sorted;
    }
    if (from != data)
        memcpy(data, from, count * size);
    g_free(owned);
}

/* ---- GArray ---- */

struct array {
    GArray public;
    guint element_size, room;
    gboolean ends_with_zero, is_cleared;
};

static void make_room(struct array *array, guint len)
{
    guint wanted = len + (guint)array->ends_with_zero;
    if (wanted <= array->room)
        return;
    array->room = MAX(2 * array->room, MAX(wanted, 4));
    array->public.data = g_realloc(array->public.data, (gsize)array->room * array->element_size);
}

static char *element(struct array *array, guint index)
{
    return array->public.data + (gsize)index * array->element_size;
}

static GArray *set_length(struct array *array, guint len)
{
    array->public.len = len;
    if (array->ends_with_zero)
        memset(element(array, len), 0, array->element_size);
    return &array->public;
}

GArray *g_array_new(gboolean ends_with_zero, gboolean is_cleared, guint element_size)
{
    struct array *array = g_new0(struct array, 1);
    array->element_size = element_size;
    array->ends_with_zero = ends_with_zero;
    array->is_cleared = is_cleared;
    if (ends_with_zero)
        make_room(array, 0);
    return set_length(array, 0);
}

char *g_array_free(GArray *public, gboolean frees_data)
{
    char *data = public->data;
    g_free(public);
    if (!frees_data)
        return data;
    g_free(data);
    return NULL;
}

GArray *g_array_append_vals(GArray *public, gconstpointer values, guint count)
{
    struct array *array = (struct array *)(void *)public;
    if (count == 0)
        return public;
    make_room(array, public->len + count);
    memcpy(element(array, public->len), values, (gsize)count * array->element_size);
    return set_length(array, public->len + count);
}

GArray *g_array_set_size(GArray *public, guint len)
{
    struct array *array = (struct array *)(void *)public;
    make_room(array, len);
    if (array->is_cleared && len > public->len)
        memset(element(array, public->len), 0, (gsize)(len - public->len) * array->element_size);
    return set_length(array, len);
}

GArray *g_array_remove_range(GArray *public, guint index, guint count)
{
    struct array *array = (struct array *)(void *)public;
    guint end = index + count;
    if (end < public->len)
        memmove(element(array, index), element(array, end),
                (gsize)(public->len - end) * array->element_size);
    return set_length(array, public->len - count);
}

void g_array_sort(GArray *public, GCompareFunc *compare)
{
    sort(public->data, public->len, ((struct array *)(void *)public)->element_size, compare);
}

/* ---- GPtrArray ---- */

struct pointers {
    GPtrArray public;
    guint room;
    GDestroyNotify *frees;
};

GPtrArray *g_ptr_array_new(void)
{
    return g_ptr_array_new_with_free_func(NULL);
}

GPtrArray *g_ptr_array_new_with_free_func(GDestroyNotify *frees)
{
    struct pointers *array = g_new0(struct pointers, 1);
    array->frees = frees;
    return &array->public;
}

gpointer *g_ptr_array_free(GPtrArray *public, gboolean frees_data)
{
    struct pointers *array = (struct pointers *)(void *)public;
    gpointer *data = public->pdata;
    for (guint i = 0; frees_data && array->frees != NULL && i < public->len; i++)
        array->frees(data[i]);
    g_free(array);
    if (!frees_data)
        return data;
    g_free(data);
    return NULL;
}

void g_ptr_array_add(GPtrArray *public, gpointer data)
{
    struct pointers *array = (struct pointers *)(void *)public;
    if (public->len == array->room) {
        array->room = MAX(2 * array->room, 4);
        public->pdata = g_realloc(public->pdata, array->room * sizeof(gpointer));
    }
    public->pdata[public->len++] = data;
}

void g_ptr_array_sort(GPtrArray *public, GCompareFunc *compare)
{
    sort((char *)public->pdata, public->len, sizeof(gpointer), compare);
}

gboolean g_ptr_array_find_with_equal_func(GPtrArray *public, gconstpointer wanted,
                                          GEqualFunc *is_equal, guint *index)
{
    for (guint i = 0; i < public->len; i++)
        if (is_equal(public->pdata[i], wanted)) {
            if (index != NULL)
                *index = i;
            return TRUE;
        }
    return FALSE;
}
