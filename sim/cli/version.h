/* The version that every output names. */
#ifndef PSYNCSIM_CLI_VERSION_H
#define PSYNCSIM_CLI_VERSION_H

#define PSYNCSIM_VERSION "0.1.0"

#endif
