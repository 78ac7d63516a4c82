"""Addresses that carry another one: click counters, AMP caches, web archives. The way out is read off the address."""

from __future__ import annotations

import re

from yarl import URL

# An address within an address within an address; more of them are somebody's game.
_DEEPEST = 3

# Hosts that send a reader on, and the parameter that says where to: as these services build such links themselves.
_FORWARDERS: dict[str, dict[str, tuple[str, ...]]] = {
    "google": {"/url": ("url", "q")},
    "facebook.com": {"/l.php": ("u",), "/flx/warn": ("u",)},
    "instagram.com": {"/": ("u",)},
    "vk.com": {"/away.php": ("to",)},
    "ok.ru": {"/dk": ("st.link",)},
    "youtube.com": {"/redirect": ("q",)},
    "t.umblr.com": {"/redirect": ("z",)},
    "out.reddit.com": {"/": ("url",)},
    "bing.com": {"/news/apiclick.aspx": ("url",)},
    "yandex.ru": {"/clck/jsredir": ("url",)},
}
_FORWARDING_HOST = re.compile(r"(?:www\.|l\.|lm\.|m\.|away\.)?(?:(google)\.[a-z.]{2,6}|(.+))")

# `s/` in an AMP cache's path stands for https; a capture of a web archive begins with its moment.
_AMP_CACHE = re.compile(r"https?://(?:[^/]+\.)?cdn\.ampproject\.org/[a-z]/(s/)?(.+)", re.IGNORECASE)
_AMP_VIEWER = re.compile(r"https?://(?:www\.)?google\.[a-z.]{2,6}/amp/(s/)?(.+)", re.IGNORECASE)
_ARCHIVE = re.compile(r"https?://web\.archive\.org/web/\d{1,14}(?:[a-z]{2}_)?/(.+)", re.IGNORECASE)
_SCHEME = re.compile(r"https?:/+", re.IGNORECASE)


def unwrap(url: str) -> str:
    """The address that this one leads to by its own words, or itself. Nothing is asked of the network."""
    for _ in range(_DEEPEST):
        inner = _carried(url)
        if inner is None:
            break
        url = inner
    return url


def _carried(url: str) -> str | None:
    for pattern in (_AMP_CACHE, _AMP_VIEWER):
        if found := pattern.fullmatch(url):
            scheme = "https" if found[1] else "http"
            return f"{scheme}://{found[2]}" if "." in found[2].partition("/")[0] else None
    if (found := _ARCHIVE.fullmatch(url)) and (begin := _SCHEME.match(found[1])):
        return f"{begin[0].rstrip('/')}//{found[1][begin.end() :]}"
    return _forwarded(url)


def _forwarded(url: str) -> str | None:
    try:
        parts = URL(url)
    except ValueError:
        return None
    host = _FORWARDING_HOST.fullmatch((parts.raw_host or "").lower())
    paths = _FORWARDERS.get(host[1] or host[2]) if host else None
    for name in (paths or {}).get(parts.path, ()):
        inner = parts.query.get(name, "")
        if _SCHEME.match(inner):
            return inner
    return None
