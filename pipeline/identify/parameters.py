"""Which parameters of an address select what it shows, and which only tell where the reader came from.

In doubt a parameter selects. The names are those that the click counters, mailers and servers themselves document.
"""

from __future__ import annotations

import re

_TRACKER = re.compile(
    r"""
    utm_\w+ | _ga | _gl | gclid | gclsrc | dclid | gbraid | wbraid | gad_source | gad_campaignid    # Google
    | fbclid | fb_(action_ids|action_types|ref|source|comment_id) | igshid | igsh                   # Meta
    | ys?clid | ymclid | _?openstat                                                                 # Yandex
    | msclkid | twclid | ttclid | li_fat_id | rdt_cid | scclid | rb_clickid | __twitter_impression | ref_(src|url)
    | mc_[ce]id | mkt_tok | _hs(enc|mi) | hsctatracking | vero_(id|conv) | oly_(anon|enc)_id | ml_subscriber(_hash)?
    | (mtm|pk|piwik|matomo)_(campaign|source|medium|kwd|keyword|content|cid|group|placement)
    | at_(medium|campaign|creation|custom\d|link_\w+|ptr_\w+|bbc_team) | xtor                      # AT Internet
    | ns_(campaign|mchannel|source|linkname|fee) | guce_referrer(_sig)? | guccounter | _branch_match_id | erid
    """,
    re.IGNORECASE | re.VERBOSE,
)
# Campaign names of single publishers; another one may number its articles under such a name.
_CAMPAIGN = re.compile(r"ocid|cmpid|cmp|icid|ncid|s_cid|wt\.?mc(_id)?|ito|smid|smtyp|spm|trk", re.IGNORECASE)
_WORDY = re.compile(r".*[a-z].*", re.IGNORECASE)

# Names that select an article on one site and tell where its reader came from on another: by these values the latter.
_WHENCE = re.compile(r"ref|referrer|src|source|from|via|share|feed_source", re.IGNORECASE)
_PLACES = re.compile(
    r"rss\d?(feed)?|feed|atom|twitter|tw|t\.co|facebook|fb|vk|vkontakte|ok|odnoklassniki|telegram|tg|whatsapp|wa|viber"
    r"|instagram|ig|linkedin|reddit|e?mail|newsletter|push|google|googlenews|yandex|yandexnews|yandex_news|copy|copylink",
    re.IGNORECASE,
)

_SESSION = re.compile(
    r"phpsessid|jsessionid|aspsessionid\w*|asp\.net_sessionid|cftoken|cfid|oscsid|zenid", re.IGNORECASE
)
# Short names that are sessions when the value is a digest, and anything else otherwise.
_PERHAPS_SESSION = re.compile(r"s|sid|sess|session|session_?id|sessid", re.IGNORECASE)
_DIGEST = re.compile(r"(?=.*\d)(?=.*[a-z])[0-9a-z]{26,64}", re.IGNORECASE)

# The page in another shape: AMP by any of these, and what Blogger calls mobile, on its .html pages alone.
_AMP = re.compile(r"_?amp(=(1|true|yes|amp)?)?|(output(type)?|view)=amp|noamp=mobile", re.IGNORECASE)
_MOBILE = re.compile(r"(mobile|is_?mobile)=(1|0|true|false|yes|no)", re.IGNORECASE)
_BLOGGER = re.compile(r"m=[01]")


def selects(parameter: str, path: str) -> bool:
    """Whether a parameter (`name=value`, as in the address) may select what the page at that path shows."""
    name, _, value = parameter.partition("=")
    return not (
        _TRACKER.fullmatch(name)
        or (_CAMPAIGN.fullmatch(name) and _WORDY.fullmatch(value))
        or (_WHENCE.fullmatch(name) and _PLACES.fullmatch(value))
        or _SESSION.fullmatch(name)
        or (_PERHAPS_SESSION.fullmatch(name) and _DIGEST.fullmatch(value))
        or _AMP.fullmatch(parameter)
        or _MOBILE.fullmatch(parameter)
        or (_BLOGGER.fullmatch(parameter) and path.endswith(".html"))
    )
