/* The clock and the servers of a live run. */
#include "sim/live/run/live_core.h"

#include <errno.h>

int64_t live_core_now(const struct live_core *core)
{
    return core->zero == 0 ? -1 : (int64_t)uv_hrtime() - core->zero;
}

void live_core_fail(struct live_core *core, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (core->diagnostic == NULL)
        core->diagnostic = g_strdup_vprintf(format, args);
    va_end(args);
    if (core->result == LIVE_DONE)
        core->result = LIVE_SYSTEM;
    core->is_over = true;
}

uint16_t live_core_master_port(const struct live_core *core, int32_t node, int32_t master)
{
    int32_t link = master < 0 ? -1 : scenario_link_between(core->scenario, master, node);
    return link < 0 ? 0 : core->relays[link].port;
}

void live_core_start(struct live_core *core, int32_t node)
{
    struct server *server = &core->servers[node];
    server->master_port = live_core_master_port(core, node, core->masters[node]);
    if (!server_launch(server))
        live_core_fail(core, "%s: starting %s: %s", server->spec->name, server->program->path,
                       g_strerror(errno));
}

void live_core_replicaof(struct live_core *core, int32_t node, int32_t master)
{
    uint16_t port = live_core_master_port(core, node, master);
    struct server *server = &core->servers[node];
    if (!server->is_serving)
        return;
    core->masters[node] = master;
    if (master < 0) { /* its log says when it is one */
        server_command(server, NULL, NULL, "SLAVEOF NO ONE");
        return;
    }
    LIVE_EVENT(core, role, node, e->role = "replica", e->master = master);
    server_command(server, NULL, NULL, "SLAVEOF 127.0.0.1 %u", port);
}
