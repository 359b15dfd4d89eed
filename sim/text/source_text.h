/* What stands between a file and the YAML parser: only clean, bounded text passes. */
#ifndef PSYNCSIM_TEXT_SOURCE_TEXT_H
#define PSYNCSIM_TEXT_SOURCE_TEXT_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include "sim/text/diagnostic.h"

#define TEXT_MAX (1 << 20)

/* The length of a UTF-8 byte order mark at the start: 3 or 0. */
size_t text_mark_length(const char *bytes, size_t len);

/* Whether the bytes begin with a byte order mark of UTF-16, of either order. */
bool text_is_utf16(const char *bytes, size_t len);

/* What such bytes are when they are no UTF-8 text but a known other thing (gzip, UTF-16): a static
 * sentence; else NULL. */
const char *text_other_form(const char *bytes, size_t len);

/* Appends bytes[0..len) to `out` without a byte order mark and with LF line ends. Returns NULL, or
 * a static sentence: why it is refused; *place (line and column) is then where. */
const char *text_clean(const char *bytes, size_t len, GString *out, struct place *place);

/* The whole file, "-" for stdin. Returns NULL and fills *error (errno's sentence, or that it is
 * larger than TEXT_MAX) when that fails; else free with g_free. */
char *text_read(const char *path, size_t *len, char **error);

/* The same of a file of at most `most` bytes, whole MiB; a NUL stands behind them. */
char *text_read_most(const char *path, size_t most, size_t *len, char **error);

#endif
