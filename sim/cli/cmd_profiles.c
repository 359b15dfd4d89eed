/* psyncsim profiles: the server versions, the columns of one, and what two do differently. */
#include <inttypes.h>
#include <stdio.h>
#include "models/psync/profile.h"
#include "sim/cli/cli.h"
#include "sim/cli/commands.h"
#include "sim/engine/quantity.h"
#include "sim/text/table.h"

#define VALUE_MAX 24

struct args {
    char **names;
    bool diff;
};

static const struct option_row OPTIONS[] = {
    FLAG(diff, "diff", 'd',
         "what two versions do differently, and what that does to full and partial"),
    {0}};

/* ---- all versions ---- */

static void put_patches(struct table *table, const struct profile *row)
{
    if (row->first_patch == row->last_patch)
        table_put(table, ".%" PRId64, row->first_patch);
    else if (row->last_patch != ANY_PATCH)
        table_put(table, ".%" PRId64 " to .%" PRId64, row->first_patch, row->last_patch);
    else if (row->first_patch > 0)
        table_put(table, "from .%" PRId64, row->first_patch);
    else
        table_put(table, "all");
}

static void put_row(struct table *table, const struct profile *row)
{
    char size[32];
    quantity_print_short(QUANTITY_SIZE, row->default_backlog_bytes, size, sizeof size);
    table_put(table, "%s", row->name);
    put_patches(table, row);
    table_put(table, "%s", size);
    table_put(table, "%s", row->shared_buffer ? "blocks" : "ring");
    table_put(table, "%s", row->psync2 ? "partial" : "full");
    table_put(table, "%s", row->master_restart_partial ? "partial" : "full");
    table_put(table, "%s", row->reconnect_at_once ? "at once" : "each second");
    table_put(table, "%s", row->hard_limit_floor ? "backlog" : "none");
    table_put(table, "%s", row->default_diskless_sync ? "sockets" : "file");
    table_put(table, "%s", row->about);
}

static void print_all(void)
{
    static const struct column COLUMNS[] = {
        {"version", true, false}, {"patches", true, false},     {"backlog", false, false},
        {"kept as", true, false}, {"new master", true, false},  {"master restarted", true, false},
        {"dials", true, false},   {"limit floor", true, false}, {"saves to", true, false},
        {"known", true, false}};
    struct table *table = table_new(COLUMNS, sizeof COLUMNS / sizeof *COLUMNS);
    GString *out = g_string_new(NULL);
    for (size_t i = 0; i < profile_count(); i++)
        put_row(table, profile_at(i));
    table_print(table, out);
    fputs(out->str, stdout);
    g_string_free(out, TRUE);
    table_free(table);
}

/* ---- one, or two ---- */

static void show(const struct profile *row)
{
    printf("%s: %s\n", row->name, row->about);
    for (size_t i = 0; i < profile_field_count(); i++) {
        char value[VALUE_MAX];
        profile_field_print(row, i, value, sizeof value);
        printf("  %-31s %-9s %s (%s)\n", profile_field_name(i), value, profile_field_what(i),
               profile_field_source(i));
    }
}

static void print_difference(const struct profile *from, const struct profile *to, size_t field)
{
    char before[VALUE_MAX], after[VALUE_MAX];
    profile_field_print(from, field, before, sizeof before);
    profile_field_print(to, field, after, sizeof after);
    printf("%s: %s -> %s\n    %s.\n    %s\n", profile_field_name(field), before, after,
           profile_field_what(field), profile_field_effect(field));
}

static void diff(const struct profile *from, const struct profile *to)
{
    size_t count = 0;
    for (size_t i = 0; i < profile_field_count(); i++) {
        if (profile_field_value(from, i) == profile_field_value(to, i))
            continue;
        print_difference(from, to, i);
        count++;
    }
    printf("%s and %s differ in %zu of %zu columns\n", from->name, to->name, count,
           profile_field_count());
}

static int run(const struct cli *cli)
{
    const struct args *args = cli->args;
    const struct profile *rows[2] = {NULL, NULL};
    int count = 0;
    for (char **name = args->names; name != NULL && *name != NULL; name++)
        if ((rows[count++] = cli_profile(*name)) == NULL)
            return EXIT_BAD_INPUT;
    if (args->diff ? count != 2 : count > 1)
        return cli_fail(EXIT_BAD_INPUT, "profiles takes one name, or two with --diff");
    if (args->diff)
        diff(rows[0], rows[1]);
    else if (count == 1)
        show(rows[0]);
    else
        print_all();
    return EXIT_HELD;
}

const struct command command_profiles = {
    .name = "profiles",
    .help = "list server versions, what one of them can do, or how two differ",
    .options = OPTIONS,
    .operands = OPERANDS(names, "PROFILE", 0, 2, "one version, or two with --diff"),
    .args_size = sizeof(struct args),
    .run = run,
};
