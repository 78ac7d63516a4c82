"""Asking the web: politely, safely, and with every outcome a value.

    targets    what may be asked for at all: scheme, length, no credentials
    proxies    which way: straight, or through a proxy that the user named
    addresses  the guard: after DNS and before connecting, on every hop
    robots     what the host wishes, RFC 9309
    pace       when: one slot a host, kept in PostgreSQL for every process
    exchange   one request and its answer
    body       bytes off the wire, decompressed within bounds
    statuses   what a status means
    client     all of these, hop by hop: `Client.get`
    many       many requests, fairly: `gather`

aiohttp is imported here and nowhere else.
"""
