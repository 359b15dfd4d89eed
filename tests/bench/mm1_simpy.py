#!/usr/bin/python3
"""M/M/1 at 80 % load in SimPy, as its documentation writes it: a process per customer, a Resource as the server."""
import json
import random
import statistics
import time

import simpy

CUSTOMERS = 20_000
REPETITIONS = 3


def customer(env, server, draws, times):
    arrived = env.now
    with server.request() as request:
        yield request
        yield env.timeout(draws.expovariate(1.0))
    times.append(env.now - arrived)


def source(env, server, draws, times):
    while True:
        yield env.timeout(draws.expovariate(0.8))
        env.process(customer(env, server, draws, times))


def measure(seed):
    env = simpy.Environment()
    server = simpy.Resource(env)
    draws = random.Random(seed)
    times = []
    env.process(source(env, server, draws, times))
    start = time.perf_counter()
    while len(times) < CUSTOMERS:
        env.step()
    return (time.perf_counter() - start) * 1e9 / CUSTOMERS, statistics.fmean(times)


def main():
    runs = [measure(seed) for seed in range(REPETITIONS)]
    ns = statistics.median(run[0] for run in runs)
    in_system = statistics.fmean(run[1] for run in runs)
    print(json.dumps({"ns": round(ns, 1), "in_system": round(in_system, 3)}))


main()
