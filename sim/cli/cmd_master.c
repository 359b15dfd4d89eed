#include "sim/cli/cli.h"
int command_master(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return 0;
}
