#!/usr/bin/python3
"""The HOLD model of bench_hold.c in SimPy: N processes that sleep for a random time, again and again."""
import json
import statistics
import sys
import time

import simpy

HOLDS = 50_000
REPETITIONS = 3
WORD = (1 << 64) - 1


def increments(count):
    """The sequence of bench_hold.c, made before the clock starts."""
    state, made = 1, []
    for _ in range(count):
        state = (state * 6364136223846793005 + 1442695040888963407) & WORD
        made.append(1 + (state >> 44))
    return made


def sleeper(env, sleeps):
    while True:
        yield env.timeout(next(sleeps))


def measure(n, sleeps):
    env = simpy.Environment()
    source = iter(sleeps)
    for _ in range(n):
        env.process(sleeper(env, source))
    for _ in range(2 * n):  # the start of each process and its first timeout
        env.step()
    start = time.perf_counter()
    for _ in range(HOLDS):
        env.step()
    return (time.perf_counter() - start) * 1e9 / HOLDS


def main():
    n = int(sys.argv[1])
    sleeps = increments(HOLDS + 3 * n)
    ns = statistics.median(measure(n, sleeps) for _ in range(REPETITIONS))
    print(json.dumps({"n": n, "ns": round(ns, 1)}))


main()
