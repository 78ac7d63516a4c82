"""Everything that can go wrong, as types.

The tree::

    QantarError                    we, or who called us, cannot go on; the message says what to do next
    ├── SettingsError              a setting is wrong
    ├── ProfileError               a crisis profile is wrong: file, line, key, what would be right
    ├── UsageError                 a command was given something it cannot work with
    ├── WarehouseError             the warehouse is down, or refuses
    │   └── MigrationError         its schema is behind, or a migration was edited, is missing or blocked
    ├── QualityError               rows in the warehouse are wrong; see sql/checks
    ├── MalformedError             a file of an archive is malformed beyond what is gone around
    ├── SchedulerError             Airflow cannot start, or a part of it has died
    ├── EmbeddedError              the PostgreSQL that comes with the package cannot start
    └── ArchiveError               the WARC store cannot be read or written

A failure that the open web may produce at any moment is no exception: it is a `Failure` with a `Reason`
(below), a value that is counted, stored and shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class QantarError(Exception):
    """Qantar cannot go on."""


class SettingsError(QantarError):
    """A setting is wrong."""


class ProfileError(QantarError):
    """A crisis profile is wrong."""


class UsageError(QantarError):
    """A command was given something that it cannot work with."""


class WarehouseError(QantarError):
    """The warehouse is down, or refuses."""


class MigrationError(WarehouseError):
    """The schema cannot be brought to the current version."""


class QualityError(QantarError):
    """Rows in the warehouse are wrong."""


class MalformedError(QantarError):
    """A file of an archive is malformed beyond what is gone around."""


class SchedulerError(QantarError):
    """Airflow cannot start, or a part of it has died."""


class EmbeddedError(QantarError):
    """The embedded PostgreSQL cannot start."""


class ArchiveError(QantarError):
    """The WARC store cannot be read or written."""


class Reason(StrEnum):
    """The closed list of why a feed document or a candidate was rejected.

    `sql/migrations` seeds `ops.reasons` with the same list; a test keeps the two equal.
    """

    # before any request
    NO_URL = "no_url"
    URL_INVALID = "url_invalid"
    URL_TOO_LONG = "url_too_long"
    FORGOTTEN = "forgotten"
    # between the request and the last byte
    ADDRESS_REFUSED = "address_refused"
    ROBOTS_DISALLOWED = "robots_disallowed"
    DNS_FAILURE = "dns_failure"
    CONNECTION_FAILED = "connection_failed"
    TLS_FAILURE = "tls_failure"
    TIMEOUT = "timeout"
    TOO_LARGE = "too_large"
    TOO_MANY_REDIRECTS = "too_many_redirects"
    REDIRECT_INVALID = "redirect_invalid"
    MALFORMED_RESPONSE = "malformed_response"
    HTTP_NOT_FOUND = "http_not_found"
    HTTP_GONE = "http_gone"
    HTTP_FORBIDDEN = "http_forbidden"
    HTTP_TOO_MANY_REQUESTS = "http_too_many_requests"
    HTTP_CLIENT_ERROR = "http_client_error"
    HTTP_SERVER_ERROR = "http_server_error"
    EMPTY_BODY = "empty_body"
    # a feed document
    NOT_A_FEED = "not_a_feed"
    HTML_INSTEAD_OF_FEED = "html_instead_of_feed"
    PARSER_TIMEOUT = "parser_timeout"
    PARSER_MEMORY = "parser_memory"
    PARSER_CRASHED = "parser_crashed"
    # a page
    NOT_HTML = "not_html"
    UNDECODABLE = "undecodable"
    NO_TEXT = "no_text"
    SECTION_FRONT = "section_front"
    MEDIA_ONLY = "media_only"
    PAYWALL = "paywall"
    COOKIE_WALL = "cookie_wall"
    CHALLENGE = "challenge"
    EXTRACTOR_TIMEOUT = "extractor_timeout"
    EXTRACTOR_MEMORY = "extractor_memory"
    EXTRACTOR_CRASHED = "extractor_crashed"
    # an archive
    NOT_ARCHIVED = "not_archived"
    MALFORMED_RECORD = "malformed_record"

    @property
    def passing(self) -> bool:
        """Whether asking again later may help."""
        return self in _PASSING


_PASSING = frozenset(
    {
        Reason.DNS_FAILURE,
        Reason.CONNECTION_FAILED,
        Reason.TLS_FAILURE,
        Reason.TIMEOUT,
        Reason.MALFORMED_RESPONSE,
        Reason.HTTP_FORBIDDEN,
        Reason.HTTP_NOT_FOUND,
        Reason.HTTP_TOO_MANY_REQUESTS,
        Reason.HTTP_SERVER_ERROR,
        Reason.EMPTY_BODY,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """An expected failure: a result, not an exception.

    `detail` is one line for a person and holds no secret. `status` is the HTTP status where there was one.
    `retry_after` is what the server asked for, never cut short. `took` is the time on the network.
    """

    reason: Reason
    detail: str
    status: int | None = None
    retry_after: timedelta | None = None
    took: timedelta | None = None
