/* config-file: a redis.conf, or what CONFIG GET printed, as the directives of all nodes or of one.
 * What stands in `config` goes before it. */
#include <string.h>
#include "sim/scenario/input_conf.h"
#include "sim/scenario/reading.h"
#include "sim/text/source_text.h"

/* The file's text; NULL after a problem. Free with g_free. */
static char *load(struct reading *reading, int32_t node, const char *name, size_t *len)
{
    const char *known = reading->files ? scenario_files_find(reading->files, name) : NULL;
    if (known) {
        *len = strlen(known);
        return g_strdup(known);
    }
    if (!reading->directory) {
        reading_wrong(reading, node, "config-file: no file can be read from here");
        return NULL;
    }
    char *error = NULL, *path = g_path_is_absolute(name)
                                    ? g_strdup(name)
                                    : g_build_filename(reading->directory, name, NULL);
    char *bytes = text_read(path, len, &error);
    if (!bytes)
        reading_wrong(reading, node, "config-file: %s: %s", path, error);
    else if (reading->files && !memchr(bytes, '\0', *len)) {
        bytes[*len] = '\0'; /* text_read leaves room */
        scenario_files_add(reading->files, name, bytes);
    }
    g_free(error);
    g_free(path);
    return bytes;
}

struct input_conf *read_conf_file(struct reading *reading, int32_t node)
{
    size_t len = 0;
    const char *name = read_text(reading, node, "the name of a redis.conf");
    char *bytes = name ? load(reading, node, name, &len) : NULL;
    if (!bytes)
        return NULL;
    struct input_conf *conf = g_new(struct input_conf, 1);
    input_conf_read(conf, name, bytes, len, reading->diagnostics);
    struct place place = {.source = diagnostics_source(reading->diagnostics, name, NULL, 0)};
    for (guint i = 0; i < conf->includes->len; i++)
        diagnostics_note(reading->diagnostics, place,
                         "includes %s, which is not read: redis-cli CONFIG GET '*' prints all that "
                         "is in force",
                         (char *)conf->includes->pdata[i]);
    g_free(bytes);
    return conf;
}

void apply_conf(const struct input_conf *conf, struct config *config)
{
    for (int i = 0; conf && i < CONFIG_COUNT; i++)
        if (conf->values[i])
            (void)config_set(config, i, conf->values[i]); /* a wrong one was reported */
}

void free_conf(struct input_conf *conf)
{
    if (!conf)
        return;
    input_conf_clear(conf);
    g_free(conf);
}
