"""What an article is about, with the words that prove it. Pure: text and date in, assessment out."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from urllib.parse import unquote

from pipeline.crisis.profile import Profile
from pipeline.records import Assessment, Match
from pipeline.tag.found import LEAD_WORDS, Found, in_text, in_title
from pipeline.tag.matcher import Matcher, Rule
from pipeline.tag.places import without_parts
from pipeline.tag.relevance import judge
from pipeline.tag.words import Words, read_words

# In a URL, words are parted by these rather than by spaces.
_URL_PARTS = re.compile(r"[_+/=&?-]+")


class Tagger:
    """Judges articles by one crisis profile."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._matcher = Matcher(profile)
        self._home = frozenset(profile.relevance.home)
        home = (rule for rule in self._matcher.rules() if self._names_home(rule) and not rule.denies)
        self._home_words = frozenset(step for rule in home for step in rule.steps)

    def assess(self, *, title: str, text: str, language: str | None, published_at: datetime | None) -> Assessment:
        """Say whether an article is about the crisis, what happens in it and where.

        Args:
            title: the headline; may be empty.
            text: the body, without the headline.
            language: what extraction took it for. Terms of every language are tried whatever it says: short
                texts are often taken for a neighbour's language, and names and quotes cross languages.
            published_at: aware; None when it is not known.

        Returns:
            The assessment. Tags count only in a relevant article; places count in any. Each row of evidence
            quotes the field that it names, by offsets in code points.
        """
        del language
        title_words, text_words = read_words(title), read_words(text)
        found = [
            *in_title(without_parts(self._matcher.find(title_words), title_words), title_words),
            *in_text(without_parts(self._matcher.find(text_words), text_words), text_words, title_words),
        ]
        sentences = sum(words.sentences[-1] + 1 for words in (title_words, text_words) if len(words))
        verdict = judge(
            found,
            sentences=sentences,
            is_flash=len(text_words) <= LEAD_WORDS,
            published_at=published_at,
            profile=self._profile,
        )
        tags = _proven(verdict.own) if verdict.relevant else {}
        places: defaultdict[str, list[Found]] = defaultdict(list)
        for each in found:
            if each.hit.rule.kind == "place":
                places[each.hit.rule.label].append(each)
        words = {"title": title_words, "text": text_words}
        matches = [_match(each, "tag", label, words) for label, proofs in tags.items() for each in proofs]
        matches += [_match(each, "place", label, words) for label, proofs in places.items() for each in proofs]
        if verdict.relevant:
            matches += [_match(each, "relevance", each.group, words) for each in verdict.reasons]
        return Assessment(
            crisis=self._profile.id,
            profile_version=self._profile.version,
            relevant=verdict.relevant,
            relevance=verdict.score,
            tags=tuple(sorted(tags)),
            places=tuple(sorted(places)),
            evidence=tuple(sorted(set(matches), key=lambda each: (each.kind, each.label, each.field, each.start))),
        )

    def mentions(self, *texts: str) -> bool:
        """Whether a headline, summary or URL names the crisis, its country, places or people."""
        return any(self._mentions(read_words(_plain(text))) for text in texts if text)

    def is_of_home(self, word: str) -> bool:
        """Whether a single word stands in some term that names the crisis's home."""
        return not self._home_words.isdisjoint(self._matcher.choices_of(word))

    def _mentions(self, words: Words) -> bool:
        return any(self._names_home(hit.rule) for hit in self._matcher.find(words))

    def _names_home(self, rule: Rule) -> bool:
        return ("places" if rule.kind == "place" else rule.label) in self._home


def _proven(found: Sequence[Found]) -> dict[str, list[Found]]:
    """Each proven tag with its hits: a strong one among them, a weak one in the lead, or two different weak ones."""
    by_tag: defaultdict[str, list[Found]] = defaultdict(list)
    for each in found:
        if each.hit.rule.kind == "tag":
            by_tag[each.hit.rule.label].append(each)
    return {
        tag: hits
        for tag, hits in by_tag.items()
        if any(not each.hit.rule.weak or each.in_lead for each in hits)
        or len({each.hit.rule.steps for each in hits}) > 1
    }


def _match(each: Found, kind: Literal["tag", "place", "relevance"], label: str, words: dict[str, Words]) -> Match:
    source = words[each.field]
    start, end = source.starts[each.hit.first], source.ends[each.hit.last]
    return Match(field=each.field, kind=kind, label=label, quote=source.text[start:end], start=start, end=end)


def _plain(text: str) -> str:
    """A URL as words; any other text as it is."""
    return _URL_PARTS.sub(" ", unquote(text)) if "://" in text else text
