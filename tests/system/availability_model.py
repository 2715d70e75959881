#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""When somebody is busy, slot by slot, from RFC 7953 sections 3 to 5 and RFC 4791 7.10 alone: slow, and short enough to read.

A calendar is a list of components as dicts; times are numbers of slots, None where an end is open."""
ORDER = ["BUSY", "BUSY-UNAVAILABLE", "BUSY-TENTATIVE"]  # section 4: the stronger one first


def covers(component, slot):
    start, end = component["start"], component["end"]
    return (start is None or start <= slot) and (end is None or slot < end)


def instances(available):
    """(start, end) of each: those of the rule, without the exceptions, moved by the overrides; then the added ones."""
    start, length = available["start"], available["length"]
    starts = [start + i * available["every"] for i in range(available["count"])]
    for one in starts + [s for s in available["added"] if s not in starts]:
        if one in available["except"]:
            continue
        moved = available["overrides"].get(one)
        yield (moved[0], sum(moved)) if moved else (one, one + length)


def is_available(component, slot):
    """By an AVAILABLE, within its component only."""
    return covers(component, slot) and any(
        start <= slot < end for available in component["available"] for start, end in instances(available))


def unavailable(components, slot):
    """The type by availability, None when free: the highest priority that says anything says all (section 4)."""
    for priority in [1, 2, 3, 4, 5, 6, 7, 8, 9, 0]:
        level = [c for c in components if c["kind"] == "availability" and c["priority"] == priority and covers(c, slot)]
        if any(is_available(c, slot) for c in level):
            return None
        if level:
            return min((c["type"] for c in level), key=ORDER.index)
    return None


def busy(components, slot):
    """The set of types in the slot."""
    types = {c["type"] for c in components if c["kind"] == "event" and covers(c, slot)}
    return types | ({unavailable(components, slot)} - {None})
