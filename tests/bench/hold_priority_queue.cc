// The HOLD model of bench_hold.c on std::priority_queue, with the same tie rule: time, then order
// of scheduling.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <queue>
#include <vector>

namespace {

constexpr int holds = 2000000;
constexpr int warm_up = 200000;
constexpr int repetitions = 7;

struct Event {
    std::int64_t time;
    std::uint64_t sequence;
    std::uint32_t slot;
    bool operator<(const Event &other) const {
        return time != other.time ? time > other.time : sequence > other.sequence;
    }
};

struct Hold {
    std::priority_queue<Event> queue;
    std::uint64_t state = 1;
    std::uint64_t sequence = 0;

    std::int64_t next_increment() {
        state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        return 1 + static_cast<std::int64_t>(state >> 44);
    }
    void run(int count) {
        for (int i = 0; i < count; i++) {
            Event event = queue.top();
            queue.pop();
            queue.push({event.time + next_increment(), sequence++, event.slot});
        }
    }
};

double measure(std::uint32_t n, std::int64_t &end) {
    Hold hold;
    for (std::uint32_t slot = 0; slot < n; slot++)
        hold.queue.push({hold.next_increment(), hold.sequence++, slot});
    hold.run(warm_up);
    auto start = std::chrono::steady_clock::now();
    hold.run(holds);
    std::chrono::duration<double, std::nano> taken = std::chrono::steady_clock::now() - start;
    end = hold.queue.top().time;
    return taken.count() / holds;
}

} // namespace

int main(int argc, char **argv) {
    int n = argc == 2 ? std::atoi(argv[1]) : 0;
    if (n < 1) {
        std::fprintf(stderr, "usage: hold_priority_queue N\n");
        return 2;
    }
    std::vector<double> ns;
    std::int64_t end = 0;
    for (int i = 0; i < repetitions; i++)
        ns.push_back(measure(static_cast<std::uint32_t>(n), end));
    std::sort(ns.begin(), ns.end());
    std::printf("{\"n\":%d,\"ns\":%.2f,\"end\":%lld}\n", n, ns[repetitions / 2],
                static_cast<long long>(end));
    return 0;
}
