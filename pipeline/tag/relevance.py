"""Whether an article is about the crisis: a score with reasons.

Events (words of tags and groups) score; anchors (the country, its places and people) say whose events they
are. An event belongs to the nearest anchor of its sentence, else to the last one before it, so that what
happened in another country is not counted however often home is named beside it.

Each kind of event scores once, at its best, and no word for two kinds: its weight in full in the headline and
lead, and in the body by how much of the body is about events at home, so that a paragraph of background does
not make coverage. An article whose headline and lead are set elsewhere is all body.

In the peak an event at home is this crisis. Later it is so only in an article that names the crisis; and an
article without a date must name it or somebody of its era. One that names it in passing is all body, too; and
where another country leads and this crisis is named in passing, it is a comparison, which weighs half of that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pipeline.crisis.profile import Profile, Relevance
from pipeline.tag.anchors import Anchors
from pipeline.tag.found import Found

# The share of body sentences on topic from which on the body's own weight is reached, and that weight: with a lead
# that is set at home, with one that is not or a crisis that is named in passing, and with both.
_ON_TOPIC = 0.3
_BODY_WEIGHTS = (1.0, 0.5, 0.25)
# In passing: named in one sentence, and fewer than so many sentences, in number and share, tell of what weighs so much;
# a greater share where the crisis is not named in the sentences that open an article, its headline and first.
_PASSING, _PASSING_SHARE, _LATER_SHARE, _TELLING, _OPENING = 3, 0.2, 0.4, 0.25, 1
# What an event weighs that makes an article this crisis's, though its headline names something of elsewhere.
_STRONG = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`score` is 0 to 1, one half being the threshold; `reasons` are the best hits of each kind that scored."""

    relevant: bool
    score: float
    reasons: tuple[Found, ...] = ()
    own: tuple[Found, ...] = ()


def judge(
    found: Sequence[Found], *, sentences: int, is_flash: bool, published_at: datetime | None, profile: Profile
) -> Verdict:
    """Weigh what was found.

    Args:
        found: hits in the order of title and text.
        sentences: how many sentences title and text have.
        is_flash: whether the text is no longer than a lead.
        published_at: aware; None when it is not known.
        profile: whose rules these are.
    """
    if published_at is not None and (
        published_at < profile.since or (profile.until is not None and published_at >= profile.until)
    ):
        return Verdict(relevant=False, score=0.0)
    rules = profile.relevance
    anchors = Anchors(found, rules, is_flash=is_flash)
    in_peak = published_at is not None and (rules.peak_until is None or published_at < rules.peak_until)
    own = [each for each in found if anchors.own(each, in_peak=in_peak)]
    events = [each for each in own if _weight(each, rules)]
    if not in_peak and not _is_named(anchors.named, events, rules) and not (published_at is None and anchors.era):
        return Verdict(relevant=False, score=0.0)
    in_passing = not in_peak and _is_in_passing(anchors.named, events, sentences, rules)
    titled = any(each.field == "title" and _weight(each, rules) >= _STRONG for each in events)
    elsewhere = anchors.set_elsewhere or (anchors.titled_elsewhere and not titled)
    points, best = _points(events, sentences, rules, asides=elsewhere + in_passing)
    anchor = [anchors.best] if anchors.best and best else []
    return Verdict(
        relevant=points >= rules.threshold,
        score=round(points / (points + rules.threshold), 3),
        reasons=(*anchor, *best),
        own=tuple(own),
    )


def _weight(found: Found, rules: Relevance) -> float:
    """What an event scores; a weak term does so where it would prove its tag by itself."""
    return rules.events.get(found.group, 0.0) if found.in_lead or not found.hit.rule.weak else 0.0


def _is_named(named: Sequence[Found], events: Sequence[Found], rules: Relevance) -> bool:
    """Whether the crisis is named: by a word that weighs little (a month) in the lead or beside an event alone."""
    telling = {each.sentence for each in events if _weight(each, rules) >= _TELLING}
    return any(each.in_lead or each.sentence in telling or _weight(each, rules) >= _TELLING for each in named)


def _is_in_passing(named: Sequence[Found], events: Sequence[Found], sentences: int, rules: Relevance) -> bool:
    """Whether the crisis is background: what an article is about goes on in more than a sentence or two."""
    if len({each.sentence for each in named}) != 1:
        return False
    telling = len({each.sentence for each in events if _weight(each, rules) >= _TELLING})
    if named[0].sentence <= _OPENING:
        return telling < _PASSING and telling < _PASSING_SHARE * sentences
    return telling < _PASSING and (telling <= 1 or telling < _LATER_SHARE * sentences)


def _points(events: Sequence[Found], sentences: int, rules: Relevance, *, asides: int) -> tuple[float, list[Found]]:
    """What the events score together, and the one of each kind that scored. The lead counts if nothing is an aside."""
    has_lead = not asides
    on_topic = len({each.sentence for each in events if not (each.in_lead and has_lead)})
    body = _BODY_WEIGHTS[asides] * min(1.0, on_topic / (_ON_TOPIC * max(1, sentences)))
    scored = [(_weight(each, rules) * (1.0 if each.in_lead and has_lead else body), each) for each in events]
    best: dict[str, tuple[float, Found]] = {}
    for points, each in sorted(scored, key=lambda one: (-one[0], one[1].hit.first - one[1].hit.last)):
        if each.group not in best and not any(each.overlaps(other) for _, other in best.values()):
            best[each.group] = (points, each)
    return sum(points for points, _ in best.values()), [each for _, each in best.values()]
