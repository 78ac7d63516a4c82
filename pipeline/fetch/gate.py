"""A gate through which new connections go one after the other, with a moment between them."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import aiohttp


def spaced(seconds: float) -> aiohttp.TraceConfig:
    """Let a session open its connections so many seconds apart; how many are open is no matter."""
    opens_at = 0.0

    async def begin(_: aiohttp.ClientSession, __: SimpleNamespace, ___: Any) -> None:
        nonlocal opens_at
        now = asyncio.get_running_loop().time()
        opens_at = max(now, opens_at + seconds)
        await asyncio.sleep(opens_at - now)

    trace = aiohttp.TraceConfig()
    trace.on_connection_create_start.append(begin)
    return trace
