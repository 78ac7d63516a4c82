"""The identity of a URL."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.identify.urls import NotAnAddressError, host_of, identity_key

SAME = [
    ("http://tribune.example/a", "https://tribune.example/a"),
    ("https://tribune.example/a", "https://WWW.Tribune.example:443/a/"),
    ("https://tribune.example/a", "https://tribune.example/a#comments"),
    ("https://tribune.example/a?id=7", "https://tribune.example/a?utm_source=x&id=7&fbclid=y"),
    ("https://tribune.example/a?x=1&y=2", "https://tribune.example/a?y=2&x=1"),
    ("https://tribune.example/%D0%B0", "https://tribune.example/а"),
    ("https://tribune.example/%7Ea", "https://tribune.example/~a"),
    ("https://tribune.example", "https://tribune.example/"),
    ("https://tribune.example/b", "https://tribune.example/a/../b"),
    ("https://жаңалық.example/a", "https://xn--80aaqw4fuxvb.example/a"),
]
DIFFERENT = [
    ("https://tribune.example/a?id=7", "https://tribune.example/a?id=8"),
    ("https://tribune.example/a?ref=7", "https://tribune.example/a"),
    ("https://tribune.example/A", "https://tribune.example/a"),
    ("https://tribune.example/a", "https://kz.tribune.example/a"),
    ("https://tribune.example/a", "https://tribune.example:8080/a"),
    ("https://tribune.example/a?p=1&p=2", "https://tribune.example/a?p=2&p=1"),
    ("https://www.example/a", "https://example/a"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_spellings_of_one_address_have_one_key(one: str, other: str) -> None:
    assert identity_key(one) == identity_key(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_what_may_select_another_article_has_another_key(one: str, other: str) -> None:
    assert identity_key(one) != identity_key(other)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "javascript:alert(1)",
        "mailto:desk@tribune.example",
        "/relative",
        "ftp://tribune.example/a",
        "http://",
        "http://user:secret@tribune.example/",
        "http://tribune.example:99999/",
        "http://a b/",
        "http://[::1/",
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(NotAnAddressError):
        identity_key(text)


def test_a_refusal_does_not_repeat_a_password() -> None:
    with pytest.raises(NotAnAddressError) as refused:
        identity_key("http://user:secret@tribune.example/")
    assert "secret" not in str(refused.value)


_HOSTS = st.from_regex(r"(www\.){0,3}[a-z0-9а-яё]{1,8}(\.[a-z]{2,5}){0,2}", fullmatch=True)
_PATHS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=30)


@given(host=_HOSTS, path=_PATHS, query=_PATHS)
def test_the_key_of_a_key_is_the_key(host: str, path: str, query: str) -> None:
    try:
        key = identity_key(f"https://{host}/{path}?{query}")
    except NotAnAddressError:
        return
    assert identity_key(f"https://{key}") == key
    assert key.startswith(host_of(f"https://{key}"))
