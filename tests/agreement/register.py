"""Which figure stands where: a label, what it is about, and a reader for each place that shows it.

Whoever adds a place that shows one of these figures adds its reader here; whoever adds a figure that two places show
adds the figure. A reader takes a ``Visit`` (and a customer, where the figure is about one) and gives what the place
says, as the place says it, or ``ABSENT`` where the person has no such place.
"""

from __future__ import annotations

import csv
import datetime as dt
import html
import io
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any, Final

from django.core.management import call_command
from django.test import Client

from accounts.models import User
from config.ui import figures
from health.models import Motion
from tests.markup import tight

ABSENT: Final = object()
HTMX: Final = {"HX-Request": "true"}


@dataclass
class Visit:
    """A person going through the product; each address is asked once."""

    person: User
    day: dt.date
    client: Client = field(default_factory=Client)
    asked: dict[str, str] = field(default_factory=dict)

    def page(self, address: str, *, htmx: bool = False) -> str:
        """What an address answers; every answer is a 200."""
        if address not in self.asked:
            self.client.force_login(self.person)
            answer = self.client.get(address, headers=HTMX if htmx else {})
            assert answer.status_code == 200, (address, answer.status_code)
            content = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
            self.asked[address] = content.decode("utf-8-sig")
        return self.asked[address]

    def words(self, address: str, *, htmx: bool = False) -> str:
        """The page as one line of text."""
        bare = re.sub(r"<(script|style|template).*?</\1>", " ", self.page(address, htmx=htmx), flags=re.DOTALL)
        return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", bare)).split())

    def find(self, pattern: str, address: str, *, htmx: bool = False) -> Any:
        """What the first group of ``pattern`` reads in the page's text; ABSENT where it is not said."""
        found = re.search(pattern, self.words(address, htmx=htmx))
        return found[1] if found else ABSENT

    def api(self, address: str) -> list[dict[str, Any]]:
        """Every row of a list of the API."""
        rows: list[dict[str, Any]] = []
        following: str | None = f"/api/v1/{address}"
        while following:
            said = json.loads(self.page(following))
            rows += said["results"]
            following = said["next"]
        return rows

    @cached_property
    def exported(self) -> list[dict[str, str]]:
        """The rows of the portfolio's export."""
        return list(csv.DictReader(io.StringIO(self.page("/customers/export.csv"))))

    @cached_property
    def figures(self) -> Any:
        """What ``manage.py figures`` prints; it knows no person, so only who sees everything can be held to it."""
        if self.person.role != "admin":
            return ABSENT
        out = io.StringIO()
        call_command("figures", "--json", f"--day={self.day.isoformat()}", stdout=out)
        return json.loads(out.getvalue())

    def command(self, *path: str, form: Callable[[Any], Any] = lambda value: value) -> Any:
        found = self.figures
        for name in path:
            found = found if found is ABSENT else found[name]
        return found if found is ABSENT else form(found)

    def said(self, address: str) -> Any:
        """One object of the API."""
        return json.loads(self.page(address))

    def rows(self, command: str) -> Any:
        """What ``manage.py customers --json`` or ``renewals --json`` prints; as ``figures`` for who sees everything."""
        if self.person.role != "admin":
            return ABSENT
        if command not in self.asked:
            out = io.StringIO()
            call_command(command, "--json", stdout=out)
            self.asked[command] = out.getvalue()
        return json.loads(self.asked[command])


Portfolio = Callable[[Visit], Any]
OfCustomer = Callable[[Visit, int], Any]


@dataclass(frozen=True)
class Figure:
    """A figure of one person's portfolio, and the places that say it."""

    label: str
    places: Mapping[str, Portfolio]


@dataclass(frozen=True)
class Fact:
    """A figure of one customer, and the places that say it."""

    label: str
    places: Mapping[str, OfCustomer]


def short(amount: Any) -> Any:
    """An amount as pages write large money."""
    return amount if amount is ABSENT else figures.money_short(Decimal(str(amount)), "USD")


def whole(amount: Any) -> Any:
    return amount if amount is ABSENT else str(int(amount))


def open_cases(visit: Visit) -> str:
    mine = "csm" if visit.person.role == "csm" else ""
    rows = visit.api("cases/?state=open") if not mine else visit.api("cases/")
    awake = [
        row
        for row in rows
        if row["state"] != "closed" and not (row["snoozed_until"] and row["snoozed_until"] > visit.day.isoformat())
    ]
    return str(sum(1 for row in awake if not mine or row["owner"] == visit.person.email))


def tasks(visit: Visit, *, late: bool = False) -> str:
    mine = visit.person.role == "csm"
    day = visit.day.isoformat()
    rows = [
        row
        for row in visit.api("tasks/")
        if not row["done_at"]
        and not (row["snoozed_until"] and row["snoozed_until"] > day)
        and (not mine or row["assignee"] == visit.person.email)
        and (not late or row["due_on"] < day)
    ]
    return str(len(rows))


def band(visit: Visit, name: str) -> str:
    return str(sum(1 for row in visit.exported if row["band"] == name))


def of_current(visit: Visit, act: Callable[[list[Any]], Any]) -> Any:
    """``act`` on the rows of ``customers --json`` that stand in the portfolio."""
    rows = visit.rows("customers")
    return ABSENT if rows is ABSENT else act([row for row in rows if row["status"] in {"live", "notice"}])


def rail(place: str) -> Portfolio:
    return lambda visit: re.search(
        rf"\[data-count='{place}'\]\">\s*(\d+)", visit.page("/counts/?also=tasks", htmx=True)
    )[1]  # type: ignore[index]


def tab(place: str, address: str) -> Portfolio:
    """The tab of the page; the rail of the page itself is filled by ``rail``."""
    return lambda visit: re.findall(rf'data-count="{place}">\s*(\d+)', visit.page(address))[-1]


def of_team(pattern: str) -> Portfolio:
    """What the team's page says; only who manages has it."""
    return lambda visit: visit.find(pattern, "/team/") if visit.person.role in {"manager", "admin"} else ABSENT


def coverage_of(band_words: str) -> Figure:
    """The share of a band's customers that were touched in their segment's cadence."""
    return Figure(
        f"touch coverage of {band_words}",
        {
            "coverage": lambda v: v.find(rf"{band_words} \d+ \d+% (\d+%)", "/next-actions/coverage/"),
            "team": of_team(rf"Health band Customers of customers of ARR .*?{band_words} \d+ (\d+%)"),
        },
    )


def in_band(name: str) -> Figure:
    return Figure(
        f"customers in {name}",
        {
            "export": lambda v: band(v, name),
            "API": lambda v: str(sum(1 for row in v.api("customers/") if row["band"] == name)),
            "figures": lambda v: whole(v.command("customers_per_band", name)),
            "customers --json": lambda v: of_current(v, lambda rows: str(sum(row["band"] == name for row in rows))),
        },
    )


PORTFOLIO: Final = (
    Figure(
        "customers",
        {
            "totals below the portfolio": lambda v: v.find(r"(\d+) customers?\b", "/customers/totals/"),
            "export": lambda v: str(len(v.exported)),
            "API": lambda v: str(len(v.api("customers/"))),
            "customers --json": lambda v: of_current(v, lambda rows: str(len(rows))),
        },
    ),
    Figure(
        "ARR",
        {
            "totals below the portfolio": lambda v: v.find(r"by ARR (\S+)", "/customers/totals/"),
            "export": lambda v: short(sum(Decimal(row["arr"] or 0) for row in v.exported)),
            "API": lambda v: short(sum(Decimal(row["arr"] or 0) for row in v.api("customers/"))),
            "figures": lambda v: short(v.command("arr")),
            "customers --json": lambda v: of_current(
                v, lambda rows: short(sum(Decimal(str(row["arr"] or 0)) for row in rows))
            ),
        },
    ),
    *(in_band(name) for name in ("green", "yellow", "red")),
    Figure(
        "cases open",
        {"rail": rail("cases"), "tab": tab("cases", "/cases/"), "API": open_cases},
    ),
    Figure(
        "tasks open",
        {"counts": rail("tasks"), "tab": tab("tasks", "/tasks/"), "API": tasks},
    ),
    Figure(
        "tasks late",
        {
            "tab": lambda v: v.find(r"Open \d+ Late (\d+)", "/tasks/"),
            "API": lambda v: tasks(v, late=True),
        },
    ),
    Figure(
        "final forecast of the quarter",
        {
            "forecast": lambda v: v.find(r"Final forecast (\S+)", "/forecast/"),
            "team": of_team(r"Final forecast (\S+)"),
        },
    ),
    coverage_of("Green"),
    Figure("My day", {"rail": rail("day"), "page": lambda v: v.find(r"My day All (\d+)", "/")}),
    Figure("renewals in work", {"rail": rail("renewals"), "tab": tab("renewals", "/renewals/")}),
    Figure("reviews due", {"tab of renewals": tab("reviews", "/renewals/"), "tab": tab("reviews", "/qbrs/")}),
)


def exported(name: str) -> OfCustomer:
    return lambda visit, pk: next(row[name] for row in visit.exported if row["id"] == str(pk))


def renewing(visit: Visit, pk: int) -> str:
    """The next renewal of the export; none of a customer that leaves, whose head says that day instead."""
    return "" if exported("leaves_on")(visit, pk) else str(exported("next_renewal_on")(visit, pk))


def served(name: str) -> OfCustomer:
    def read(visit: Visit, pk: int) -> Any:
        value = next(row[name] for row in visit.api("customers/") if row["id"] == pk)
        return "" if value is None else str(value)

    return read


def alone(name: str) -> OfCustomer:
    def read(visit: Visit, pk: int) -> Any:
        value = json.loads(visit.page(f"/api/v1/customers/{pk}/"))[name]
        return "" if value is None else str(value)

    return read


def listed(name: str) -> OfCustomer:
    """What ``customers --json`` says of the customer, found by its name."""

    def read(visit: Visit, pk: int) -> Any:
        (value,) = (row[name] for row in visit.rows("customers") if row["name"] == exported("name")(visit, pk))
        if isinstance(value, float | int):
            return f"{value:.2f}"
        return "" if value is None else value

    return read


def headed(pattern: str, default: str = "") -> OfCustomer:
    """A fact of the customer page's head."""

    def read(visit: Visit, pk: int) -> Any:
        found = visit.find(pattern, f"/customers/{pk}/")
        return default if found is ABSENT else found

    return read


def day_of(label: str) -> OfCustomer:
    """The day beside a label of the customer page's head, as ISO."""

    def read(visit: Visit, pk: int) -> Any:
        found = re.search(rf"<dt>{label}</dt><dd><time datetime=\"([\d-]+)\"", tight(visit.page(f"/customers/{pk}/")))
        return found[1] if found else ""

    return read


def touched(visit: Visit, pk: int) -> Any:
    said = exported("last_touch_on")(visit, pk)
    return figures.days_ago((visit.day - dt.date.fromisoformat(said)).days if said else None)


def motion_of_the_day(visit: Visit, pk: int) -> Any:
    """The motion's key where the customer stands in My day, else what the API says."""
    part = visit.page("/").partition("<aside>")[0].partition(f'href="/customers/{pk}/" tabindex="-1"')[2]
    said = re.search(r'<span class="faint nowrap desk">([^<]+)<', part.partition("</div>")[0])
    keys = {str(motion.label): motion.value for motion in Motion}
    return keys[html.unescape(said[1])] if said else alone("next_motion")(visit, pk)


CUSTOMER: Final = (
    *(
        Fact(name, {"export": exported(name), "API list": served(name), "API": alone(name)})
        for name in ("last_touch_on", "touch_model")
    ),
    *(
        Fact(
            name,
            {
                "export": exported(name),
                "API list": served(name),
                "API": alone(name),
                "customers --json": listed(name),
            },
        )
        for name in ("status", "stage", "segment", "band", "score", "arr", "next_renewal_on")
    ),
    Fact("owner", {"API list": served("owner"), "API": alone("owner"), "customers --json": listed("owner")}),
    Fact(
        "owner's name",
        {"export": exported("owner"), "head of the page": headed(r"Owner \S (.+?) (?:Part of|Nobody holds|Health) ")},
    ),
    Fact(
        "segment in words",
        {"export": exported("segment"), "head of the page": headed(r"Segment, touch (.+?) (?:High|Low|Tech) touch")},
    ),
    Fact(
        "score in whole points",
        {
            "export": lambda v, pk: re.sub(r"\.00$", "", exported("score")(v, pk)),
            "head of the page": headed(r"(\d+) (?:green|yellow|red) "),
            "health panel": lambda v, pk: (
                v.find(r"(\d+) (?:green|yellow|red)\b", f"/customers/{pk}/health/", htmx=True)
                if exported("score")(v, pk)
                else ""
            ),
        },
    ),
    Fact("renews", {"export": renewing, "head of the page": day_of("Renews")}),
    Fact(
        "days since the last touch", {"export": touched, "head of the page": headed(r"Last touch (.+?) Customer since")}
    ),
    Fact(
        "next motion",
        {"API list": served("next_motion"), "API": alone("next_motion"), "My day": motion_of_the_day},
    ),
)
