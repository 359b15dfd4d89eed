/* See glib.h. A size of 0 is no memory, NULL. */
#include <glib.h>
#include <stdlib.h>
#include <string.h>

gpointer g_malloc(gsize size)
{
    void *memory = size > 0 ? malloc(size) : NULL;
    if (size > 0 && memory == NULL)
        abort();
    return memory;
}

gpointer g_malloc0(gsize size)
{
    return g_malloc0_n(size, 1);
}

gpointer g_malloc_n(gsize count, gsize size)
{
    if (size > 0 && count > SIZE_MAX / size)
        abort();
    return g_malloc(count * size);
}

gpointer g_malloc0_n(gsize count, gsize size)
{
    void *memory = g_malloc_n(count, size);
    if (memory != NULL)
        memset(memory, 0, count * size);
    return memory;
}

gpointer g_realloc(gpointer memory, gsize size)
{
    void *moved = size > 0 ? realloc(memory, size) : NULL;
    if (size > 0 && moved == NULL)
        abort();
    if (size == 0)
        free(memory);
    return moved;
}

void g_free(gpointer memory)
{
    free(memory);
}
