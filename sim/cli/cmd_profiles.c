/* psyncsim profiles: the server versions, and the columns of one. */
#include <stdio.h>
#include "models/psync/profile.h"
#include "sim/cli/cli.h"
#include "sim/cli/commands.h"

struct args {
    const char *name;
};

static int show(const struct profile *profile)
{
    if (!profile)
        return EXIT_BAD_INPUT;
    printf("%s\n", profile->name);
    for (size_t i = 0; i < profile_field_count(); i++) {
        char value[64];
        profile_field_print(profile, i, value, sizeof value);
        printf("  %-33s %-9s %s\n", profile_field_name(i), value, profile_field_what(i));
    }
    return EXIT_HELD;
}

static int run(const struct cli *cli)
{
    const struct args *args = cli->args;
    if (args->name)
        return show(cli_profile(args->name));
    for (size_t i = 0; i < profile_count(); i++)
        puts(profile_at(i)->name);
    return EXIT_HELD;
}

const struct command command_profiles = {
    .name = "profiles",
    .help = "list server versions, or what one of them can do",
    .options = NO_OPTIONS,
    .operands = OPERAND(name, "PROFILE", 0, ""),
    .args_size = sizeof(struct args),
    .run = run,
};
