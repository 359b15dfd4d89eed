/* See address.h. */
#include "sim/host/address.h"

#include <glib.h>
#include <netdb.h>
#include <string.h>

#define PORT_MAX 65535

static bool is_port(const char *text)
{
    guint64 port = 0;
    return g_ascii_string_to_unsigned(text, 10, 1, PORT_MAX, &port, NULL);
}

/* What stands before host and port; NULL after a complaint. */
static const char *skip_scheme(const char *text, char **wrong)
{
    if (g_ascii_strncasecmp(text, "rediss://", 9) == 0 ||
        g_ascii_strncasecmp(text, "valkeys://", 10) == 0)
        *wrong = g_strdup("TLS is not supported: connect through a TLS tunnel (stunnel, socat), or "
                          "to the server's plain port");
    else if (strchr(text, '@') != NULL)
        *wrong = g_strdup("a password in an address is seen by everybody on this machine; put it "
                          "into PSYNCSIM_PASSWORD, or a file for --password-file");
    else if (g_ascii_strncasecmp(text, "redis://", 8) == 0)
        return text + 8;
    else if (g_ascii_strncasecmp(text, "valkey://", 9) == 0)
        return text + 9;
    return *wrong == NULL ? text : NULL;
}

char *address_parse(struct address *address, const char *text)
{
    char *wrong = NULL;
    const char *host = skip_scheme(text, &wrong);
    if (host == NULL)
        return wrong;
    bool is_bracketed = host[0] == '[';
    const char *close = is_bracketed ? strchr(host, ']') : NULL;
    const char *colon = is_bracketed ? (close != NULL ? close + 1 : host) : strrchr(host, ':');
    host += is_bracketed;
    size_t len = close != NULL   ? (size_t)(close - host)
                 : colon != NULL ? (size_t)(colon - host)
                                 : 0;
    if (colon == NULL || colon[0] != ':' || len == 0 || len >= sizeof address->host)
        return g_strdup_printf("found '%s', expected HOST:PORT, such as localhost:6379 or "
                               "[::1]:6379",
                               text);
    if (!is_bracketed && memchr(host, ':', len) != NULL)
        return g_strdup_printf("found '%s', expected brackets around an IPv6 address: [%.*s]:%s",
                               text, (int)len, host, colon + 1);
    if (!is_port(colon + 1))
        return g_strdup_printf("found port '%s', expected a number from 1 to %d", colon + 1,
                               PORT_MAX);
    memcpy(address->host, host, len);
    address->host[len] = '\0';
    g_strlcpy(address->port, colon + 1, sizeof address->port);
    return NULL;
}

char *address_print(const struct address *address)
{
    bool is_ip6 = strchr(address->host, ':') != NULL;
    return g_strdup_printf(is_ip6 ? "[%s]:%s" : "%s:%s", address->host, address->port);
}

const char *address_resolve(const struct address *address, bool is_passive, struct places *places)
{
    struct addrinfo wanted = {.ai_socktype = SOCK_STREAM, .ai_flags = is_passive ? AI_PASSIVE : 0};
    struct addrinfo *found = NULL;
    int error = getaddrinfo(address->host, address->port, &wanted, &found);
    if (error != 0)
        return gai_strerror(error);
    memset(places, 0, sizeof *places);
    for (struct addrinfo *at = found; at != NULL && places->count < PLACES_MAX; at = at->ai_next)
        memcpy(&places->list[places->count++], at->ai_addr, at->ai_addrlen);
    freeaddrinfo(found);
    return NULL;
}
