/* What Prometheus would have scraped from the servers of a run, as OpenMetrics text with the time of each sample: metrics have
 * the names and labels that redis_exporter gives them, so that a dashboard for it shows a run. */
#ifndef PSYNCSIM_PAGE_OPENMETRICS_H
#define PSYNCSIM_PAGE_OPENMETRICS_H

#include <glib.h>
#include <stdint.h>

struct openmetrics;

/* `epoch`: the Unix time, in s, of moment 0 of the run. Free with openmetrics_free. */
struct openmetrics *openmetrics_new(int64_t epoch);
void openmetrics_free(struct openmetrics *self);

/* Samples one server; t, in ns, must not go back. `info` is what INFO answers (info_text.h); NULL:
 * nobody answers. */
void openmetrics_scrape(struct openmetrics *self, int64_t t, const char *node, const char *info);

void openmetrics_print(const struct openmetrics *self, GString *out);

#endif
