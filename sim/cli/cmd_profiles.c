/* psyncsim profiles: the server versions, and the columns of one. */
#include "models/psync/profile.h"
#include "sim/cli/cli.h"
#include "sim/text/spelling.h"

static void list(void)
{
    for (size_t i = 0; i < profile_count(); i++)
        puts(profile_at(i)->name);
}

static int show(const char *name)
{
    const struct profile *profile = profile_find(name);
    if (!profile) {
        struct spelling spelling = spelling_to(name);
        for (size_t i = 0; i < profile_count(); i++)
            spelling_offer(&spelling, profile_at(i)->name);
        return cli_fail(EXIT_BAD_INPUT, "there is no profile '%s'%s%s%s", name,
                        spelling.name ? "; did you mean '" : "; psyncsim profiles lists them",
                        spelling.name ? spelling.name : "", spelling.name ? "'?" : "");
    }
    printf("%s\n", profile->name);
    for (size_t i = 0; i < profile_field_count(); i++) {
        char value[64];
        profile_field_print(profile, i, value, sizeof value);
        printf("  %-33s %-9s %s\n", profile_field_name(i), value, profile_field_what(i));
    }
    return EXIT_HELD;
}

int command_profiles(int argc, char **argv)
{
    struct cli cli = cli_begin(NULL, argc, argv);
    int count;
    if (cli_next(&cli) == CLI_STOP)
        return cli.code;
    char **names = cli_operands(&cli, &count);
    if (count > 1)
        return cli_fail(EXIT_BAD_INPUT, "profiles takes one name");
    if (count == 1)
        return show(names[0]);
    list();
    return EXIT_HELD;
}
