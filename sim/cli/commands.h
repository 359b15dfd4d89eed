/* The subcommands, each declared in its cmd_*.c. */
#ifndef PSYNCSIM_CLI_COMMANDS_H
#define PSYNCSIM_CLI_COMMANDS_H

#include "sim/cli/option.h"

#define COMMAND(name) extern const struct command command_##name;
#include "sim/cli/commands.def"
#undef COMMAND

#endif
