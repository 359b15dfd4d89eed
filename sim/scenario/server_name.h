/* The name of a server version as users write it, and what is wrong with one that is not known. */
#ifndef PSYNCSIM_SCENARIO_SERVER_NAME_H
#define PSYNCSIM_SCENARIO_SERVER_NAME_H

/* For a name that profile_find() does not know: which patches its series stands for, or the nearest
 * known name. The caller frees it. */
char *server_name_wrong(const char *name);

#endif
