/* Names of servers as a scenario takes them. */
#ifndef PSYNCSIM_INCIDENT_DERIVE_NAME_H
#define PSYNCSIM_INCIDENT_DERIVE_NAME_H

/* The name of a node in a scenario: letters, digits and _. Free with g_free. */
char *derive_name(const char *name);

#endif
