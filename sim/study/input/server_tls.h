/* TLS around a blocking connection of hiredis, which has none of its own in Debian 12: OpenSSL moves
 * the bytes, hiredis makes commands of words and replies of bytes. */
#ifndef PSYNCSIM_STUDY_INPUT_SERVER_TLS_H
#define PSYNCSIM_STUDY_INPUT_SERVER_TLS_H

#include <hiredis/hiredis.h>
#include <stdbool.h>
#include <stddef.h>

/* As redis-cli has them. The certificate of the server must come from one of cacert's authorities
 * (NULL: the system's), and must bear the name `sni` if there is one. */
struct server_tls_config {
    bool is_wanted;
    const char *cacert, *cert, *key, *sni; /* files, and a name; NULL: none */
};

struct server_tls;

/* Shakes hands over the context's socket, which stays the context's. NULL: words say why. */
struct server_tls *server_tls_open(redisContext *context, const struct server_tls_config *config,
                                   char *words, size_t size);
void server_tls_close(struct server_tls *tls);

/* NULL: the connection is gone, and words say why. Free with freeReplyObject. */
redisReply *server_tls_ask(struct server_tls *tls, int count, const char **arguments, char *words,
                           size_t size);

#endif
