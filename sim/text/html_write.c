/* See html_write.h. */
#include "sim/text/html_write.h"

#include "sim/text/humanize.h"

static const char STYLE[] =
    "<style>\n"
    ":root{color-scheme:light dark;--paper:#fff;--ink:#1a1a1a;--pale:#595959;--line:#e3e3e3;"
    "--now:#b23b00;--then:#1b7837;--low:#1f6fb4;--high:#b23b00}\n"
    "@media (prefers-color-scheme:dark){:root{--paper:#16181c;--ink:#eee;--pale:#b5b5b5;"
    "--line:#34373d;--now:#ff9d5c;--then:#7ad18b;--low:#6db3f2;--high:#ff9d5c}}\n"
    "body{font:15px/1.45 sans-serif;background:var(--paper);color:var(--ink);max-width:960px;"
    "margin:24px auto;padding:0 16px}\n"
    "h1{font-size:1.5em}h2{font-size:1.15em;margin-top:2em}svg{max-width:100%;height:auto}\n"
    "table{border-collapse:collapse;width:100%}\n"
    "th,td{text-align:left;padding:5px 8px;border-bottom:1px solid var(--line);"
    "vertical-align:top}\n"
    "th{color:var(--pale);font-weight:normal}td.n{text-align:right;white-space:nowrap}"
    "td.w{width:40%}\n"
    ".track{position:relative;height:1.1em}\n"
    ".bar{position:absolute;top:15%;height:70%;min-width:2px}\n"
    ".now{background:var(--now)}.then{background:var(--then)}.low{background:var(--low)}"
    ".high{background:var(--high)}\n"
    "pre{overflow-x:auto;font-size:13px}\n"
    "@media print{body{max-width:none}}\n"
    "</style>\n";

void html_begin(GString *out, const char *title)
{
    g_string_append(out, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                         "<meta name=\"viewport\" content=\"width=device-width\">\n<title>");
    html_text(out, title);
    g_string_append_printf(out, "</title>\n%s</head>\n<body>\n<main>\n", STYLE);
}

void html_end(GString *out)
{
    g_string_append(out, "</main>\n</body>\n</html>\n");
}

void html_text(GString *out, const char *text)
{
    GString *clean = g_string_new(text);
    humanize_finish(clean);
    char *escaped = g_markup_escape_text(clean->str, -1);
    g_string_append(out, escaped);
    g_free(escaped);
    g_string_free(clean, TRUE);
}

void html_cell(GString *out, const char *text)
{
    g_string_append(out, "<td>");
    html_text(out, text);
    g_string_append(out, "</td>");
}

void html_number(GString *out, const char *text)
{
    g_string_append(out, "<td class=\"n\">");
    html_text(out, text);
    g_string_append(out, "</td>");
}

void html_track_begin(GString *out)
{
    g_string_append(out, "<td class=\"w\">");
}

void html_bar(GString *out, const char *class, double from, double to)
{
    int left = (int)(CLAMP(from, 0, 1) * 1000 + 0.5), right = (int)(CLAMP(to, 0, 1) * 1000 + 0.5);
    g_string_append(out, "<div class=\"track\">");
    if (to > 0)
        g_string_append_printf(
            out, "<span class=\"bar %s\" style=\"left:%d.%d%%;width:%d.%d%%\"></span>", class,
            left / 10, left % 10, (right - left) / 10, (right - left) % 10);
    g_string_append(out, "</div>");
}

void html_track_end(GString *out)
{
    g_string_append(out, "</td>");
}

void html_screen(GString *out, const char *text)
{
    g_string_append(out, "<pre tabindex=\"0\">");
    html_text(out, text);
    g_string_append(out, "</pre>\n");
}
