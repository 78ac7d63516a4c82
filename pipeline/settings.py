"""Settings: environment variables that begin with `QANTAR_`, and the proxies for fetching."""

from __future__ import annotations

import ipaddress
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

from pydantic import AliasChoices, Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from pipeline.errors import SettingsError

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_CHECKOUT = Path(__file__).resolve().parent.parent
_PROJECT_URL = "https://qantar.example/about"


def _default_home() -> Path:
    """`.qantar` in the checkout; in the working folder where the package was installed without one."""
    return (_CHECKOUT if (_CHECKOUT / "pyproject.toml").exists() else Path.cwd()) / ".qantar"


def _both_cases(name: str) -> AliasChoices:
    """A proxy variable by its two customary spellings, the lower-case one first as curl has it."""
    return AliasChoices(name.lower(), name.upper())


class Settings(BaseSettings):
    """Everything that can be set, with its default; `read_settings` makes one from the environment."""

    model_config = SettingsConfigDict(
        env_prefix="QANTAR_",
        frozen=True,
        populate_by_name=True,
        extra="ignore",
        ignored_types=(cached_property,),
    )

    home: Path = Field(default_factory=_default_home)
    database_url: str | None = None
    archive_url: str | None = None
    crisis: Annotated[tuple[str, ...], NoDecode] = ("kazakhstan_2022",)
    user_agent: str = f"qantar/{version('qantar')} (+{_PROJECT_URL})"
    allow_private: Annotated[tuple[Network, ...], NoDecode] = ()
    host_delay: float = Field(default=1.0, ge=0, le=3600)
    shards: int = Field(default=2, ge=1, le=256)
    gdelt_url: str = "http://data.gdeltproject.org"
    wayback_url: str = "https://web.archive.org"
    ccnews_url: str = "https://data.commoncrawl.org"
    warc_url: str | None = None
    http_proxy: str | None = Field(default=None, validation_alias=_both_cases("http_proxy"))
    https_proxy: str | None = Field(default=None, validation_alias=_both_cases("https_proxy"))
    no_proxy: Annotated[tuple[str, ...], NoDecode] = Field(default=(), validation_alias=_both_cases("no_proxy"))

    @field_validator("crisis", "allow_private", "no_proxy", mode="before")
    @classmethod
    def _split_commas(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("database_url", "archive_url", "warc_url", "http_proxy", "https_proxy", mode="before")
    @classmethod
    def _empty_is_unset(cls, value: object) -> object:
        return value or None

    @field_validator("gdelt_url", "wayback_url", "ccnews_url")
    @classmethod
    def _is_a_root(cls, value: str) -> str:
        if not value.startswith(("http://", "https://")) or not value.isprintable() or " " in value:
            raise ValueError("must be the http or https address under which the archive's paths hang")
        return value.rstrip("/")

    @field_validator("home")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @field_validator("crisis")
    @classmethod
    def _at_least_one(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value:
            raise ValueError("name at least one crisis, a bundled profile such as kazakhstan_2022 or a folder")
        return value

    @field_validator("user_agent")
    @classmethod
    def _names_a_contact(cls, value: str) -> str:
        if not ("@" in value or "://" in value) or not value.isprintable():
            raise ValueError(
                "must hold a contact, an e-mail address or a URL, such as 'mylab/1 (+https://mylab.example)'"
            )
        return value

    @property
    def archive_root(self) -> str:
        """Where WARC files go, as an fsspec URL or path."""
        return self.archive_url or str(self.home / "archive")

    @property
    def archive_roots(self) -> tuple[str, ...]:
        """The addresses of the public archives, which whoever set them vouches for."""
        return (self.gdelt_url, self.wayback_url, self.ccnews_url)


def read_settings() -> Settings:
    """The settings that the environment asks for; raise `SettingsError` naming the variable that is wrong."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        variable = name.upper() if name.lower().endswith("_proxy") else f"QANTAR_{name.upper()}"
        raise SettingsError(f"{variable}: {first['msg'].removeprefix('Value error, ')}") from error
