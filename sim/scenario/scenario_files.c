/* So few that the list is searched from its start. See scenario_files.h. */
#include "sim/scenario/scenario_files.h"

#include <string.h>

static void free_file(void *file)
{
    struct scenario_file *gone = file;
    g_free(gone->name);
    g_free(gone->text);
    g_free(gone);
}

struct scenario_files *scenario_files_new(void)
{
    struct scenario_files *files = g_new(struct scenario_files, 1);
    files->list = g_ptr_array_new_with_free_func(free_file);
    return files;
}

void scenario_files_free(struct scenario_files *files)
{
    if (!files)
        return;
    g_ptr_array_free(files->list, TRUE);
    g_free(files);
}

const char *scenario_files_find(const struct scenario_files *files, const char *name)
{
    for (guint i = 0; i < files->list->len; i++) {
        const struct scenario_file *file = files->list->pdata[i];
        if (strcmp(file->name, name) == 0)
            return file->text;
    }
    return NULL;
}

void scenario_files_add(struct scenario_files *files, const char *name, const char *text)
{
    if (scenario_files_find(files, name))
        return;
    struct scenario_file *file = g_new(struct scenario_file, 1);
    *file = (struct scenario_file){g_strdup(name), g_strdup(text)};
    g_ptr_array_add(files->list, file);
}
