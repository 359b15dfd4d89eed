"""Whether recorded and simulated runs agree."""
import math

SLACK_S, SLACK_SHARE = 0.060, 0.10
BLOCK_BYTES, BYTES_SHARE = 20504, 0.02
RARE = 0.05


def compositions(total, parts):
    """All ways to put `total` runs into `parts` outcomes."""
    stack = [((), total)]
    while stack:
        counts, left = stack.pop()
        if len(counts) == parts - 1:
            yield counts + (left,)
            continue
        stack += [(counts + (n,), left - n) for n in range(left + 1)]


def multinomial(counts, shares):
    value = math.factorial(sum(counts))
    for count, share in zip(counts, shares):
        value = value / math.factorial(count) * share ** count
    return value


def outcome_p(recorded, simulated):
    """Exact p-value of the recorded counts {outcome: n} under the simulated ones, with half a count of smoothing."""
    names = sorted(set(recorded) | set(simulated))
    total = sum(simulated.values()) + len(names) / 2
    shares = [(simulated.get(name, 0) + 0.5) / total for name in names]
    # What was never recorded is of one kind: outcomes of which no run was seen are told apart by nothing.
    seen = [i for i, name in enumerate(names) if name in recorded]
    shares = [shares[i] for i in seen] + [1 - sum(shares[i] for i in seen)]
    counts = tuple(recorded[names[i]] for i in seen) + (0,)
    found = multinomial(counts, shares)
    runs = sum(counts)
    return sum(p for p in (multinomial(c, shares) for c in compositions(runs, len(shares))) if p <= found * (1 + 1e-9))


def quantile(values, q):
    ordered = sorted(values)
    place = q * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def is_bytes(name):
    return name.startswith(("sent backlog", "asked past fault", "output buffer"))


def within(name, value, values):
    low, high = quantile(values, 0.025), quantile(values, 0.975)
    if is_bytes(name):
        return low - BLOCK_BYTES - BYTES_SHARE * abs(low) <= value <= high + BLOCK_BYTES + BYTES_SHARE * abs(high)
    return low - SLACK_S - SLACK_SHARE * abs(low) <= value <= high + SLACK_S + SLACK_SHARE * abs(high)


def show(name, value):
    return f"{value:,.0f}".replace(",", " ") if is_bytes(name) else f"{value:.3f}"


def pooled(runs):
    found = {}
    for _, measures in runs:
        for name, values in measures.items():
            found.setdefault(name, []).extend(values)
    return found


def counts(runs):
    found = {}
    for outcome, _ in runs:
        found[outcome] = found.get(outcome, 0) + 1
    return found


def differences(recorded, simulated):
    """[{measure, recorded (median), simulated (2.5 %, 97.5 %)}] of what does not agree."""
    there, here = pooled(recorded), pooled(simulated)
    found = []
    for name, values in sorted(there.items()):
        median = quantile(values, 0.5)
        if name in here:
            if not within(name, median, here[name]):
                found.append({"measure": name, "recorded": median, "simulated": [quantile(here[name], 0.025), quantile(here[name], 0.975)]})
        elif sum(name in measures for _, measures in recorded) > len(recorded) / 2 and not name.startswith("output buffer"):
            found.append({"measure": name, "recorded": median, "simulated": None})
    return found
