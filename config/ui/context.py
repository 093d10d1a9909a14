"""The frame around every page: navigation, theme, age of the data.

Each part is computed only when a template uses it, so that fragments pay nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django.core.signals import request_finished
from django.db.models import BooleanField, F
from django.db.models.expressions import RawSQL
from django.db.models.functions import JSONObject
from django.http import HttpRequest
from django.urls import NoReverseMatch, get_urlconf, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from config import clock
from config.demo import published
from config.ui import figures

# The frame being rendered, so that filters, which get no context, read the day once a request.
_rendering: ContextVar[Frame | None] = ContextVar("rendering", default=None)


@dataclass(frozen=True)
class Place:
    """A place of the navigation; of the URL names ``names`` the first that exists counts."""

    key: str
    words: str | Promise
    icon: str
    names: tuple[str, ...]
    letter: str = ""
    admins: bool = False
    counted: bool = False
    managers: bool = False


PLACES = (
    Place("team", _("Team"), "users", ("accounts:team",), "t", managers=True),
    Place("day", _("My day"), "day", ("playbooks:day", "accounts:day"), "d", counted=True),
    Place("customers", _("Customers"), "customers", ("accounts:portfolio",), "c"),
    Place("cases", _("Cases"), "case", ("health:cases",), "k", counted=True),
    Place("renewals", _("Renewals"), "renewal", ("renewals:pipeline",), "r", counted=True),
    Place("forecast", _("Forecast"), "forecast", ("renewals:forecast",), "f"),
    Place("playbooks", _("Playbooks"), "playbook", ("playbooks:playbooks",), "p"),
    Place("motions", _("Next actions"), "branch", ("health:motions",)),
)
CONFIGURE = (
    Place("first_steps", _("First steps"), "todo", ("guide:page",), admins=True),
    Place("segments", _("Segments"), "segment", ("accounts:segments",), admins=True),
    Place("scorecards", _("Scorecards"), "score", ("health:scorecards",), admins=True),
    Place("case_rules", _("Case rules"), "bolt", ("health:case_rules",), admins=True),
    Place("users", _("Users"), "users", ("accounts:users",), admins=True),
    Place("organisation", _("Organisation"), "sliders", ("accounts:organisation",), admins=True),
    Place("imports", _("Imports"), "table", ("accounts:imports",), admins=True),
    Place("backups", _("Backups"), "data", ("backup:page",), admins=True),
    Place("history", _("History"), "clock", ("history:page",), admins=True),
    Place("set_aside", _("Set aside"), "stop", ("setaside:page",), admins=True),
)


# Read in the same query as the day: whether the demo's password works, who may import, and whether any customer exists.
ALSO = JSONObject(
    published=published.WORKS,
    importers=F("importers"),
    customers=RawSQL("EXISTS (SELECT FROM accounts_customer)", (), output_field=BooleanField()),
)


@dataclass(frozen=True)
class Link:
    """A place that exists, as the rail shows it."""

    key: str
    words: str | Promise
    icon: str
    url: str
    letter: str
    current: bool
    counted: bool


def address_of(names: tuple[str, ...]) -> str:
    """The address of the first URL name that is routed, or nothing; looked up once a process."""
    return _address_of(names, get_urlconf())


@lru_cache(maxsize=100)
def _address_of(names: tuple[str, ...], _urlconf: str | None) -> str:
    for name in names:
        try:
            return reverse(name)
        except NoReverseMatch:
            continue
    return ""


class Frame:
    """The frame of one request: every part is computed once, and only if used."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    @cached_property
    def standing(self) -> tuple[dt.date, dt.datetime | None, ZoneInfo, dict[str, Any] | None]:
        """The organisation's day, when new data was last scored, its zone, and the values of ``ALSO``: one query."""
        return clock.standing(ALSO)

    @property
    def published(self) -> bool:
        """Whether the published password of the demo works."""
        return bool((self.standing[3] or {}).get("published"))

    @property
    def is_empty(self) -> bool:
        """Whether there is no customer yet, so that most pages are empty."""
        return not (self.standing[3] or {}).get("customers")

    @property
    def today(self) -> dt.date:
        """The organisation's day, however many dates a page shows."""
        return self.standing[0]

    @cached_property
    def zone(self) -> ZoneInfo:
        """The time zone for the person's instants: their own, else the organisation's."""
        own = getattr(getattr(self.request, "user", None), "time_zone", "")
        return ZoneInfo(own) if own else self.standing[2]

    @cached_property
    def theme(self) -> str:
        """``light`` or ``dark`` where the person chose, else nothing: the system decides."""
        chosen = self.request.COOKIES.get("theme", "")
        return chosen if chosen in {"light", "dark"} else ""

    @cached_property
    def letters_off(self) -> bool:
        """Whether single-letter keys are switched off (WCAG 2.1.4)."""
        return self.request.COOKIES.get("letters") == "off"

    @cached_property
    def places(self) -> list[Link]:
        return self._links(place for place in PLACES if self.manages or not place.managers)

    @cached_property
    def hand(self) -> list[Link]:
        """The four places of a phone's bottom bar."""
        return self.places[:4]

    @cached_property
    def more(self) -> list[Link]:
        """The places behind "More" on a phone."""
        return self.places[4:]

    @cached_property
    def role(self) -> str:
        """The person's role; "" without a sign-in."""
        return str(getattr(getattr(self.request, "user", None), "role", ""))

    @property
    def manages(self) -> bool:
        """Whether the person sees the places of managers and admins."""
        return self.role in {"manager", "admin"}

    @cached_property
    def admin(self) -> bool:
        """Whether the person sees the places of admins."""
        return self.role == "admin"

    @cached_property
    def imports(self) -> bool:
        """Whether the person may bring in files."""
        from accounts import access

        user = getattr(self.request, "user", None)
        if user is None or not getattr(user, "is_authenticated", False):
            return False
        return access.imports(user, (self.standing[3] or {}).get("importers") or [])

    @cached_property
    def row_acts(self) -> list[tuple[str, str]]:
        """Keys of acts on the customer of a row, and their addresses with 0 for the customer."""
        from accounts.finding import letters

        user = getattr(self.request, "user", None)
        return letters(user) if user and user.is_authenticated and self.search_url else []

    @cached_property
    def looks(self) -> tuple[object, ...]:
        """Everything on which the cached pieces of the frame depend."""
        places = tuple((link.url, link.current) for link in (*self.places, *self.configure))
        return self.role, self.theme, self.letters_off, self.search_url, places

    @cached_property
    def configure(self) -> list[Link]:
        if not self.admin:
            return [link for link in self._links(CONFIGURE) if link.key == "imports"] if self.imports else []
        put_away = getattr(self.request.user, "guide_put_away", False)
        return [link for link in self._links(CONFIGURE) if not (put_away and link.key == "first_steps")]

    @cached_property
    def search_url(self) -> str:
        return address_of(("accounts:search",))

    @cached_property
    def counts_url(self) -> str:
        """The address of the counts beside the places; "" without a sign-in."""
        signed_in = getattr(getattr(self.request, "user", None), "is_authenticated", False)
        return address_of(("accounts:counts",)) if signed_in else ""

    @cached_property
    def data_age(self) -> str:
        """``4 minutes`` since the last sweep for new data; "" before the first."""
        swept_at = self.standing[1]
        return figures.age(swept_at, clock.now()) if swept_at else ""

    def _links(self, places: Iterable[Place]) -> list[Link]:
        addressed = [(place, address_of(place.names)) for place in places]
        routed = [(place, url) for place, url in addressed if url]
        path = self.request.path
        current_url = max((u for _, u in routed if path == u or (u != "/" and path.startswith(u))), default="", key=len)
        return [
            Link(p.key, p.words, p.icon, u, p.letter, current=u == current_url, counted=p.counted)
            for p, u in ((self._own(place), url) for place, url in routed)
        ]

    def _own(self, place: Place) -> Place:
        """A place for the person: a viewer has no day of tasks, but the overview in its place."""
        if place.key != "day" or self.role != "viewer":
            return place
        return replace(place, words=_("How we stand"), counted=False)


def frame_of(request: HttpRequest) -> Frame:
    """The one frame of a request, for views that need its day before anything is rendered."""
    frame: Frame | None = getattr(request, "_frame", None)
    if frame is None:
        frame = Frame(request)
        request._frame = frame  # type: ignore[attr-defined]
    return frame


def shell(request: HttpRequest) -> dict[str, object]:
    """Context processor: ``frame`` for ``base.html``; one frame a request."""
    frame = frame_of(request)
    _rendering.set(frame)
    return {"frame": frame}


def today() -> dt.date:
    """The organisation's day, read once while one request is rendered."""
    frame = _rendering.get()
    return frame.today if frame else clock.today()


def local(instant: dt.datetime) -> dt.datetime:
    """``instant`` by the clock of its reader; outside a request, by that of the organisation."""
    frame = _rendering.get()
    if frame:
        return instant.astimezone(frame.zone)
    organisation = clock.organisation()
    return instant.astimezone(organisation[0] if organisation else clock.UTC)


def moment(instant: dt.datetime) -> str:
    """``24 Nov 15:30 (Asia/Tokyo)``: by its reader's clock, with the zone for readers in different zones."""
    at = local(instant)
    return f"{figures.instant(at, today())} ({at.tzinfo})"


def local_day(instant: dt.datetime) -> dt.date:
    """The day of ``instant`` where its reader is."""
    return local(instant).date()


def forget_rendering(**_kwargs: object) -> None:
    """Let go of the frame when its request has ended."""
    _rendering.set(None)


request_finished.connect(forget_rendering, dispatch_uid="config.ui.forget_rendering")
