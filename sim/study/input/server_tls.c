/* See server_tls.h. The socket has its timeouts from hiredis: SSL_ERROR_WANT_READ means that one
 * passed. */
#include "sim/study/input/server_tls.h"

#include <errno.h>
#include <glib.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <string.h>

#define ROOM 16384 /* of a TLS record */

struct server_tls {
    redisContext *context;
    SSL_CTX *settings;
    SSL *ssl;
};

/* What OpenSSL or the system has against it; `at`: what was being done. */
static void say(const struct server_tls *tls, int result, const char *at, char *words, size_t size)
{
    long verified = tls->ssl ? SSL_get_verify_result(tls->ssl) : X509_V_OK;
    int error = errno;
    unsigned long code = ERR_peek_last_error();
    bool is_late = tls->ssl && SSL_get_error(tls->ssl, result) == SSL_ERROR_WANT_READ;
    const char *why = verified != X509_V_OK ? X509_verify_cert_error_string(verified)
                      : is_late             ? "no answer within 5 s"
                      : code != 0           ? ERR_reason_error_string(code)
                      : error != 0          ? g_strerror(error)
                                            : "the server closed the connection";
    g_snprintf(words, (gulong)size, "TLS: %s: %s", at, why ? why : "an unknown error");
}

/* What could not be done; NULL: all went well. */
static const char *set_up(struct server_tls *tls, const struct server_tls_config *config)
{
    tls->settings = SSL_CTX_new(TLS_client_method());
    if (!tls->settings)
        return "setting up";
    SSL_CTX_set_min_proto_version(tls->settings, TLS1_2_VERSION);
    SSL_CTX_set_verify(tls->settings, SSL_VERIFY_PEER, NULL);
    if (config->cacert ? SSL_CTX_load_verify_locations(tls->settings, config->cacert, NULL) != 1
                       : SSL_CTX_set_default_verify_paths(tls->settings) != 1)
        return "--cacert";
    if (config->cert && SSL_CTX_use_certificate_chain_file(tls->settings, config->cert) != 1)
        return "--cert";
    if (config->key &&
        SSL_CTX_use_PrivateKey_file(tls->settings, config->key, SSL_FILETYPE_PEM) != 1)
        return "--key";
    tls->ssl = SSL_new(tls->settings);
    if (!tls->ssl || SSL_set_fd(tls->ssl, tls->context->fd) != 1)
        return "setting up";
    if (config->sni && (SSL_set_tlsext_host_name(tls->ssl, config->sni) != 1 ||
                        SSL_set1_host(tls->ssl, config->sni) != 1))
        return "--sni";
    return NULL;
}

struct server_tls *server_tls_open(redisContext *context, const struct server_tls_config *config,
                                   char *words, size_t size)
{
    struct server_tls *tls = g_new0(struct server_tls, 1);
    tls->context = context;
    ERR_clear_error();
    errno = 0;
    int result = 1;
    const char *at = set_up(tls, config);
    if (!at) {
        result = SSL_connect(tls->ssl);
        at = result == 1 ? NULL : "the handshake";
    }
    if (!at)
        return tls;
    say(tls, result, at, words, size);
    server_tls_close(tls);
    return NULL;
}

void server_tls_close(struct server_tls *tls)
{
    if (!tls)
        return;
    SSL_free(tls->ssl);
    SSL_CTX_free(tls->settings);
    g_free(tls);
}

/* The next reply; NULL when the bytes end before it does. */
static redisReply *read_reply(struct server_tls *tls, int *result)
{
    char room[ROOM];
    void *reply = NULL;
    while (redisReaderGetReply(tls->context->reader, &reply) == REDIS_OK && !reply) {
        *result = SSL_read(tls->ssl, room, sizeof room);
        if (*result <= 0 ||
            redisReaderFeed(tls->context->reader, room, (size_t)*result) != REDIS_OK)
            return NULL;
    }
    return reply;
}

redisReply *server_tls_ask(struct server_tls *tls, int count, const char **arguments, char *words,
                           size_t size)
{
    char *command = NULL;
    int len = redisFormatCommandArgv(&command, count, arguments, NULL);
    ERR_clear_error();
    errno = 0;
    int result = len > 0 ? SSL_write(tls->ssl, command, len) : 0;
    redisReply *reply = result > 0 ? read_reply(tls, &result) : NULL;
    redisFreeCommand(command);
    if (!reply)
        say(tls, result, "asking", words, size);
    return reply;
}
