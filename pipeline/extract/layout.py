"""Markup made simple: controls taken out, and tables that only lay out the page turned into divisions."""

from __future__ import annotations

from lxml.html import HtmlElement

# What a reader operates or what is drawn, never prose.
_CONTROLS = ("select", "option", "textarea", "button", "svg", "template")
_CELLS = ("table", "thead", "tbody", "tfoot", "tr", "td", "th")
# What stands in a cell that lays out a page, and not in one that holds a value.
_STRUCTURE = frozenset({"table", "p", "div", "h1", "h2", "h3", "ul", "ol", "form", "center", "hr"})
_LONGEST_VALUE = 300
_MOST_LINES = 2


def simplify(tree: HtmlElement) -> None:
    """Change the tree in place: without controls, and with layout tables as divisions."""
    for control in list(tree.iter(*_CONTROLS)):
        if control.getparent() is not None:
            control.drop_tree()
    # From the innermost outwards, so that a data table within a layout table stays one.
    for table in reversed(list(tree.iter("table"))):
        if _lays_out(table):
            for part in table.iter(*_CELLS):
                part.tag = "div"


def _lays_out(table: HtmlElement) -> bool:
    """Whether a cell holds structure, several lines or more text than a value has."""
    for cell in table.iter("td", "th", "div"):
        within = cell.iterdescendants()
        if any(each.tag in _STRUCTURE for each in within):
            return True
        if sum(1 for _ in cell.iter("br")) > _MOST_LINES or len(cell.text_content()) > _LONGEST_VALUE:
            return True
    return False
