"""All that is known of one URL, from first sight to story, or why it is not there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg.rows import dict_row

from pipeline.extract.dates import rule_of
from pipeline.identify.urls import host_of, identity_key, key_hash
from pipeline.warehouse.connect import Connection
from pipeline.warehouse.queries import query
from pipeline.warehouse.tombstones import domains_above
from pipeline.warehouse.values import claims_from_json

Row = dict[str, Any]

# Heading and query of each section, in the order of an article's way.
_SECTIONS = {
    "announced": "explain_announcements",
    "known to archives": "explain_sightings",
    "rejections": "explain_rejections",
    "captures": "explain_captures",
    "text": "explain_text",
    "pruned": "explain_pruned",
    "date": "explain_date",
    "revisions": "explain_revisions",
    "gone": "explain_absences",
    "judgements": "explain_judgements",
    "evidence": "explain_evidence",
    "story": "explain_story",
    "origin": "explain_origin",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """`state` is unknown, pending, loaded, already_known, out_of_scope, rejected or forgotten.

    `verdict` says it in a sentence. `sections` hold the rows behind it, by heading; empty ones are left out.
    """

    url: str
    key: str
    state: str
    verdict: str
    sections: Mapping[str, Sequence[Row]]


def explain(connection: Connection, url: str) -> Explanation:
    """Explain one URL, in whatever spelling. Raises `NotAnAddressError` when it is none."""
    key = identity_key(url)
    where = {"key_hash": key_hash(key), "domains": domains_above(host_of(url))}
    tombstones = _rows(connection, "explain_tombstone", where)
    candidate = next(iter(_rows(connection, "explain_candidate", where)), None)
    article = next(iter(_rows(connection, "explain_article", where)), {})
    ids = {
        "candidate_id": candidate and candidate["candidate_id"],
        "article_id": article.get("article_id") or (candidate and candidate["article_id"]),
    }
    sections = {heading: _rows(connection, name, ids) for heading, name in _SECTIONS.items()}
    if sections["date"]:
        sections["date"] = [{**row, "rule": _rule(row, sections["date"])} for row in sections["date"]]
    state, verdict = _verdict(candidate, tombstones, sections, article)
    if candidate:
        sections = {
            "first seen": [{k: candidate[k] for k in ("discovered_at", "source", "feed", "run_id", "url")}],
            **sections,
        }
    return Explanation(
        url=url,
        key=key,
        state=state,
        verdict=verdict,
        sections={heading: rows for heading, rows in sections.items() if rows},
    )


def _rule(row: Row, claims: Sequence[Row]) -> str | None:
    """Why a claim of the date was decided for; None for one that was not."""
    return rule_of(claims_from_json(claims)) if row["decided"] else None


def _verdict(  # noqa: PLR0911 - one answer a state
    candidate: Row | None, tombstones: Sequence[Row], sections: Mapping[str, Sequence[Row]], article: Row
) -> tuple[str, str]:
    if tombstones:
        stone = tombstones[0]
        return (
            "forgotten",
            f"{stone['what']} was forgotten on {stone['forgotten_at']:%Y-%m-%d}: {stone['why']}",
        )
    if candidate is None:
        if article:
            return _led_to(sections)
        return (
            "unknown",
            "never seen: no feed that we poll has announced it, and no searched archive names it as ours",
        )
    match candidate["state"]:
        case "loaded":
            return "loaded", f"loaded, {_place_in(sections['story'])}"
        case "already_known":
            return "already_known", f"it is the article {candidate['article_url']}, which was known before"
        case "out_of_scope":
            by_terms = f"{candidate['feed']} is matched by terms, and none is in what it says of it"
            return "out_of_scope", f"out of scope: {candidate['detail'] or by_terms}"
        case "rejected":
            return "rejected", _rejection(candidate)
        case state:
            return state, f"pending: {_waits_for(candidate, sections)}"


def _led_to(sections: Mapping[str, Sequence[Row]]) -> tuple[str, str]:
    """What is to be said of an article that no candidate of its own led to."""
    if story := sections.get("story"):
        return "loaded", f"another address led here; it is loaded, {_place_in(story)}"
    return "pending", "another address led here; it waits to be loaded"


def _place_in(story: Sequence[Row]) -> str:
    """Which place an article has in its story, and why it is there."""
    leader, others = story[0], story[0]["articles"] - 1
    if not others:
        return "the only one of its story"
    count = f"in a story with {others} other{'' if others == 1 else 's'}"
    asked = next(row for row in story if row["is_asked"])
    if asked is leader:
        return f"{count}, and the first of them"
    if asked["share"] == 1:
        shared = "every run of four words of the shorter text stands in both"
    else:
        shared = f"{asked['share']:.0%} of the shorter text's runs of four words stand in both"
    return f"{count}: a copy of {leader['url']}, which came first ({leader['time']:%Y-%m-%d %H:%M} UTC); {shared}"


def _rejection(candidate: Row) -> str:
    again = (
        f"; asked for again after {candidate['fetch_due_at']:%Y-%m-%d %H:%M} UTC" if candidate["fetch_due_at"] else ""
    )
    says_more = candidate["detail"] and candidate["detail"] != candidate["meaning"]
    detail = f" ({candidate['detail']})" if says_more else ""
    return f"rejected, {candidate['reason']}: {candidate['meaning']}{detail}{again}"


def _waits_for(candidate: Row, sections: Mapping[str, Sequence[Row]]) -> str:
    if candidate["fetch_due_at"]:
        return f"to be fetched, due since {candidate['fetch_due_at']:%Y-%m-%d %H:%M} UTC"
    steps = {row["next_step"] for row in sections["captures"]} - {None}
    return f"it waits for the step {min(steps)}" if steps else "it waits to be loaded"


def _rows(connection: Connection, name: str, parameters: Mapping[str, object]) -> list[Row]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query(name), parameters).fetchall()
