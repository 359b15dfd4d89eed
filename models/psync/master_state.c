/* Questions about a replica's connection, and what holds in each of its states. */
#include "models/psync/master_state.h"

#include <assert.h>
#include <string.h>

#define NS_PER_S INT64_C(1000000000)

bool master_is_overdue(int64_t since_ns, int64_t now_ns, int64_t limit_s)
{
    return now_ns / NS_PER_S - since_ns / NS_PER_S > limit_s;
}

bool master_is_replica(const struct master *master)
{
    return master->state >= MASTER_WAIT_CHANNEL && master->state < MASTER_CLOSED;
}

bool master_is_good(const struct master *master, int64_t max_lag_s, int64_t now)
{
    bool is_online = master->state == MASTER_ONLINE || master->state == MASTER_GATED;
    return is_online && !master_is_overdue(master->ack_time_ns, now, max_lag_s);
}

bool master_records_stream(const struct master *master)
{
    return master->state >= MASTER_WAIT_END && master->state < MASTER_CLOSED && !master->rdb_only;
}

void master_check(const struct master *master)
{
    assert(master->state < MASTER_STATE_COUNT);
    assert(master->ack_offset >= 0);
    assert(!master->diskless || master->state >= MASTER_WAIT_END);
    assert(!master->pre_psync || master->state != MASTER_COMMANDS);
    assert(master->state != MASTER_GATED || (master->diskless && !master->rdb_only));
    assert(master->state < MASTER_SEND_BULK || !master->diskless ||
           master->state == MASTER_CLOSED || strlen(master->mark) == REPLID_LEN);
    assert(master->state != MASTER_TRANSMITTED || (master->rdb_only && master->is_channel));
    assert((master->capa &
            ~(uint32_t)(CAPA_EOF | CAPA_PSYNC2 | CAPA_RDB_CHANNEL | CAPA_DUAL_CHANNEL)) == 0);
    resp_check(&master->reader);
}
