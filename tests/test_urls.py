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
    ("https://tribune.example/й", "https://tribune.example/и\u0306"),
    ("https://tribune.example/a?q=b+c", "https://tribune.example/a?q=b%20c"),
    ("https://tribune.example/a?x=1&id=7", "https://tribune.example/a?x=1&amp;id=7"),
    ("https://tribune.example/a", "https://m.tribune.example/a"),
    ("https://tribune.example/a", "https://www.m.tribune.example/a"),
    ("https://tribune.example/news/fire-1", "https://tribune.example/news/fire-1/amp/"),
    ("https://tribune.example/news/fire-1", "https://tribune.example/amp/news/fire-1"),
    ("https://tribune.example/news/fire-1.html", "https://amp.tribune.example/news/fire-1.amp.html"),
    ("https://tribune.example/news/fire-1", "https://tribune.example/news/fire-1?amp&outputType=amp"),
    ("https://tribune.example/1", "https://tribune-example.cdn.ampproject.org/c/s/www.tribune.example/1?amp=1"),
    ("https://tribune.example/1", "https://www.google.com/amp/s/tribune.example/1"),
    ("https://tribune.example/a?id=7", "https://l.facebook.com/l.php?u=https%3A%2F%2Ftribune.example%2Fa%3Fid%3D7&h=x"),
    ("https://tribune.example/a", "https://www.google.kz/url?sa=t&url=https%3A%2F%2Ftribune.example%2Fa"),
    ("https://tribune.example/a", "https://vk.com/away.php?to=http%3A%2F%2Ftribune.example%2Fa"),
    ("https://tribune.example/a?id=7", "https://web.archive.org/web/20220105101112id_/http://tribune.example/a?id=7"),
    ("https://tribune.example/a?id=7", "https://tribune.example/a;jsessionid=0A1B?id=7&PHPSESSID=abc"),
    ("https://tribune.example/a.aspx", "https://tribune.example/(S(lit3py55t21z5v55vlm25s55))/a.aspx"),
    ("https://tribune.example/a", "https://tribune.example/a?sid=0123456789abcdef0123456789abcdef"),
    ("https://tribune.example/a", "https://tribune.example/a?source=rss&ref=twitter&yclid=5&mtm_source=x&cmpid=mail"),
    ("https://tribune.example/2022/a.html", "https://tribune.example/2022/a.html?m=1"),
]
DIFFERENT = [
    ("https://tribune.example/a?id=7", "https://tribune.example/a?id=8"),
    ("https://tribune.example/a?ref=7", "https://tribune.example/a"),
    ("https://tribune.example/A", "https://tribune.example/a"),
    ("https://tribune.example/a", "https://kz.tribune.example/a"),
    ("https://tribune.example/a", "https://tribune.example:8080/a"),
    ("https://tribune.example/a?p=1&p=2", "https://tribune.example/a?p=2&p=1"),
    ("https://www.example/a", "https://example/a"),
    ("https://m.kz/a", "https://kz/a"),
    ("https://www.com.kz/a", "https://com.kz/a"),
    ("https://ru.tribune.example/a", "https://kk.tribune.example/a"),
    ("https://tribune.example/tags/amp", "https://tribune.example/tags"),
    ("https://tribune.example/?amplifier=1", "https://tribune.example/"),
    ("https://tribune.example/archive?m=1", "https://tribune.example/archive"),
    ("https://tribune.example/a?sid=7", "https://tribune.example/a?sid=8"),
    ("https://tribune.example/a?source=7", "https://tribune.example/a"),
    ("https://tribune.example/a?cmp=7", "https://tribune.example/a"),
    ("https://tribune.example/#!/article/7", "https://tribune.example/#!/article/8"),
    ("https://tribune.example/a%2Fb", "https://tribune.example/a/b"),
    ("https://www.google.com/url?q=fires", "https://www.google.com/url?q=floods"),
    ("https://tribune.example/%CF%F0", "https://tribune.example/%CF%F1"),
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


_HOSTS = st.from_regex(r"((www|m|amp)\.){0,3}[a-z0-9а-яё]{1,8}(\.[a-z]{2,5}){0,2}", fullmatch=True)
_PIECES = st.sampled_from(
    ["amp", ".amp", "/", ".html", ";jsessionid=1", "(S(a1))", "%2F", "&amp;", "?", "=", "#", "a-1"]
)
_TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=30)
_PATHS = st.one_of(_TEXTS, st.lists(_PIECES, max_size=6).map("".join))


@given(host=_HOSTS, path=_PATHS, query=_PATHS)
def test_the_key_of_a_key_is_the_key(host: str, path: str, query: str) -> None:
    try:
        key = identity_key(f"https://{host}/{path}?{query}")
    except NotAnAddressError:
        return
    assert identity_key(f"https://{key}") == key
    assert key.startswith(host_of(f"https://{key}"))
