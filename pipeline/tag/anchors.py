"""Whose events are told: home's, or those of another country where something alike happened."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from functools import cached_property

from pipeline.crisis.profile import Relevance
from pipeline.tag.found import Found

# How many sentences after it a word of elsewhere still holds, in an article that is set at home.
_ASIDE_LASTS = 1


class Anchors:
    """The words of an article that say where it is set."""

    def __init__(self, found: Sequence[Found], rules: Relevance, *, is_flash: bool) -> None:
        self._is_flash = is_flash

        def of(groups: tuple[str, ...]) -> list[Found]:
            return [each for each in found if each.group in groups]

        self.named = of(rules.named)
        self.era = of(rules.era)
        self._home = of(rules.home)
        self._weak = of(rules.weak_home)
        self._abroad = of(rules.abroad)
        self._elsewhere = of(rules.elsewhere) + (self._abroad if self._leads_abroad else [])
        self._all = sorted(self._home + self._elsewhere, key=lambda each: each.position)
        self._positions = [each.position for each in self._all]
        self._foreign = {id(each) for each in self._elsewhere}

    @property
    def best(self) -> Found | None:
        """The first word that says: at home."""
        return next(iter(self._home or self._weak), None)

    @cached_property
    def set_elsewhere(self) -> bool:
        """Whether headline and lead speak more of elsewhere than of home; on a draw, what is named first counts."""
        balance = sum(each.in_lead for each in self._home) - sum(each.in_lead for each in self._elsewhere)
        return balance < 0 or (balance == 0 and bool(self._all) and id(self._all[0]) in self._foreign)

    @property
    def titled_elsewhere(self) -> bool:
        """Whether the headline names something of elsewhere."""
        return any(each.field == "title" for each in self._elsewhere)

    @property
    def _leads_abroad(self) -> bool:
        """Whether other countries are named in headline or lead, and home only later and in one sentence at most."""
        home = {each.sentence for each in (*self._home, *self._weak)}
        first = min((each.sentence for each in self._abroad if each.in_lead), default=None)
        return first is not None and len(home) <= 1 and all(each > first for each in home)

    def own(self, event: Found, *, in_peak: bool) -> bool:
        """Whether an event is home's.

        A flash may name no place at all. In the peak, the word of an office (the ministry, the riot police) is
        then enough, as long as nothing foreign is named either.
        """
        if not self._all:
            return in_peak and self._is_flash and bool(self._weak) and not self._abroad
        anchor = self._nearest(event)
        return id(anchor) not in self._foreign or (
            not self.set_elsewhere and event.sentence > anchor.sentence + _ASIDE_LASTS and bool(self._home)
        )

    def _nearest(self, event: Found) -> Found:
        """The nearest anchor of the event's sentence; else the last one before it; else the first of all."""
        index = bisect_right(self._positions, event.position)
        around = self._all[max(0, index - 1) : index + 1]
        same = [each for each in around if each.sentence == event.sentence]
        if same:
            return min(same, key=lambda each: abs(each.position - event.position))
        return self._all[max(0, index - 1)]
