/* Where a server is: HOST:PORT as people write it. */
#ifndef PSYNCSIM_HOST_ADDRESS_H
#define PSYNCSIM_HOST_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct address {
    char host[256];
    char port[8];
};

/* "name:6379", "127.0.0.1:6379", "[::1]:6379", any of them after "redis://". Returns NULL, or a
 * sentence about what is wrong with it, to be freed with g_free. */
char *address_parse(struct address *address, const char *text);

/* As it is written, with brackets where they are needed. Free with g_free. */
char *address_print(const struct address *address);

#define PLACES_MAX 8

/* What a name stands for: a server at "localhost" may listen at ::1, or 127.0.0.1, or both. */
struct places {
    struct sockaddr_storage list[PLACES_MAX];
    size_t count; /* at least 1 */
};

/* The addresses that the resolver has for it, to connect to or (is_passive) to listen at. Returns
 * NULL, or what the resolver says, static. Blocks. */
const char *address_resolve(const struct address *address, bool is_passive, struct places *places);

#endif
