/* Pages for a browser that are written as they are read: one file, which needs no other, for light and dark screens and paper.
 * Tables have bars beside their numbers; widths are whole tenths of a percent, so that a page is the same everywhere. */
#ifndef PSYNCSIM_TEXT_HTML_WRITE_H
#define PSYNCSIM_TEXT_HTML_WRITE_H

#include <glib.h>

void html_begin(GString *out, const char *title);
void html_end(GString *out);

/* Escaped, as the printers write it: a joined space (HUMANIZE_JOIN) becomes one. */
void html_text(GString *out, const char *text);
void html_cell(GString *out, const char *text);
void html_number(GString *out, const char *text); /* a cell, to the right */

/* A cell with bars in it. A bar goes over these shares of the width; one from 0 to 0 is none. The
 * classes are now, then, low and high, for their colours. */
void html_track_begin(GString *out);
void html_bar(GString *out, const char *class, double from, double to);
void html_track_end(GString *out);

/* Text as a terminal has it. */
void html_screen(GString *out, const char *text);

#endif
