"""Pages by their names, in both languages."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Protocol

from django.conf import settings
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import override

from accounts.finding.registry import registered
from config.folding import fold

if TYPE_CHECKING:
    from accounts.models import User
    from config.folding import Wanted

FEW: Final = 6


class Named(Protocol):
    """A place with words, an icon and an address."""

    @property
    def words(self) -> str | Promise: ...
    @property
    def icon(self) -> str: ...
    @property
    def url(self) -> str: ...


@dataclass(frozen=True)
class PagePlace:
    """A page that is no place of the rail: its words, icon and the name of its address, and who may open it."""

    words: str | Promise
    icon: str
    name: str
    may: Callable[[User], bool] = lambda _user: True

    @property
    def url(self) -> str:
        return reverse(self.name)


def pages(user: User, rail: Iterable[Named], wanted: Wanted) -> list[Named]:
    """Pages of which a name has the words, those of the rail first."""
    others = [page for page in registered.pages.values() if page.may(user)]
    return [page for page in [*rail, *others] if wanted.fits(*names(page.words))][:FEW]


def names(words: str | Promise) -> tuple[str, ...]:
    """What the page is called in every language."""
    return _names(words)


@lru_cache(maxsize=200)
def _names(words: str | Promise) -> tuple[str, ...]:
    folded = []
    for language, _name in settings.LANGUAGES:
        with override(language):
            folded.append(fold(str(words)))
    return tuple(dict.fromkeys(folded))
