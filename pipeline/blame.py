"""Whose fault it is when hosts cannot be reached: theirs, or our own network's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeGuard

from pipeline.errors import Failure, Reason

# What our own outage looks like from here.
_UNREACHED = frozenset({Reason.DNS_FAILURE, Reason.CONNECTION_FAILED, Reason.TLS_FAILURE, Reason.TIMEOUT})

_NEARLY_ALL = 0.9
# Fewer hosts than this prove nothing by themselves.
_ENOUGH_HOSTS = 3


# A gateway, or a proxy of ours, says so of the host behind it.
_NOT_REACHED_BEHIND = frozenset({502, 504})


def is_out_of_reach(outcome: object) -> TypeGuard[Failure]:
    """Whether an outcome is a failure to reach the host at all."""
    return isinstance(outcome, Failure) and (outcome.reason in _UNREACHED or outcome.status in _NOT_REACHED_BEHIND)


def looks_like_us(reached: Mapping[str, bool]) -> bool:
    """Whether nearly all hosts were out of reach; `reached` says of each host whether any answer came."""
    return bool(reached) and sum(not came for came in reached.values()) >= _NEARLY_ALL * len(reached)


def is_ours(reached: Mapping[str, bool], witnesses: Mapping[str, bool]) -> bool:
    """Whether a pass in which nearly all hosts were out of reach failed because of us.

    `witnesses` are hosts that answered lately and were asked again just to know: one that answers clears us.
    Where there are none, many hosts at once are taken for proof and a few are not.
    """
    if not looks_like_us(reached):
        return False
    if witnesses:
        return not any(witnesses.values())
    return len(reached) >= _ENOUGH_HOSTS
