"""The kinds, pages and acts that apps have registered, in the order the palette shows them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from accounts.finding.acts import Act
    from accounts.finding.kinds import Kind
    from accounts.finding.pages import PagePlace


@dataclass
class Registered:
    kinds: dict[str, Kind] = field(default_factory=dict)
    acts: dict[str, Act] = field(default_factory=dict)
    pages: dict[str, PagePlace] = field(default_factory=dict)


registered: Final = Registered()


def register(*, kinds: tuple[Kind, ...] = (), acts: tuple[Act, ...] = (), pages: tuple[PagePlace, ...] = ()) -> None:
    """Let the palette find these; for ``AppConfig.ready``. A key that is taken already is replaced."""
    registered.kinds |= {kind.key: kind for kind in kinds}
    registered.acts |= {act.key: act for act in acts}
    registered.pages |= {page.name: page for page in pages}
