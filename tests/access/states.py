"""The states that an object can be in, and who then still reads it; each is entered inside a transaction that is taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Final

from accounts.models import Customer, Segment
from health.models import CaseRule, OwnMeasure
from playbooks import versions
from playbooks.models import Enrolment, Playbook
from renewals.models import Renewal
from tests.access.policy import ADMIN, NOBODY, POLICY, SIGNED_IN, Route
from tests.factories import DAY

World = SimpleNamespace
VOID: Final = {"stage": "closed", "outcome": "void", "void_reason": "trial", "closed_on": DAY}


@dataclass(frozen=True)
class State:
    """``enter`` brings the object called ``kind`` into it; of those who read the kind only ``readers`` read it then."""

    kind: str
    enter: Callable[[World], World]
    readers: frozenset[str] = SIGNED_IN
    without: frozenset[str] = NOBODY  # routes that ask for something else that the object in the state has none of

    def routes(self, world: World) -> dict[str, Route]:
        """The routes that lead to an object of the kind; ``book``: to anything of the customer."""
        return {name: route for name, route in POLICY.items() if self.kind in named(route.args, world)}


class Watch:
    """An object that notes which of its attributes were asked for."""

    def __init__(self, inner: Any, seen: set[str]) -> None:
        self.inner, self.seen = inner, seen

    def __getattr__(self, name: str) -> Any:
        self.seen.add(name)
        found = getattr(self.inner, name)
        return Watch(found, self.seen) if name == "book" else found


def named(made: Callable[[Any], Iterable[Any]], world: World) -> set[str]:
    """The objects of the company that an address is made of."""
    seen: set[str] = set()
    made(Watch(world, seen))
    return seen


def instead(kind: str, other: str) -> Callable[[World], World]:
    """The company with another of its objects, which is in the state, in the place of ``kind``."""

    def enter(world: World) -> World:
        if hasattr(world.book, kind):
            return having(world, book=having(world.book, **{kind: getattr(world.book, other)}))
        return having(world, **{kind: getattr(world, other)})

    return enter


def having(space: SimpleNamespace, **changed: Any) -> SimpleNamespace:
    return SimpleNamespace(**vars(space) | changed)


def written(model: Any, kind: str, **fields: Any) -> Callable[[World], World]:
    """The company after its object has got these values."""

    def enter(world: World) -> World:
        row = getattr(world.book, kind) if hasattr(world.book, kind) else getattr(world, kind)
        values = {name: value(world) if callable(value) else value for name, value in fields.items()}
        assert model.objects.filter(pk=row.pk).update(**values) == 1
        return world

    return enter


def sketched(kind: str) -> Callable[[World], World]:
    """The company with a playbook that nobody has published yet."""
    return lambda world: having(world, **{kind: versions.create("Sketched")})


STATES: Final = {
    # The page of a merged customer leads to its survivor, and an undo asks for that one.
    "merged": State(
        "book",
        written(Customer, "customer", merged_into=lambda world: world.far.customer),
        NOBODY,
        frozenset({"accounts:customer"}),
    ),
    "churned": State("customer", written(Customer, "customer", status="churned", arr=0)),
    "prospect": State("customer", written(Customer, "customer", status="prospect", stage="onboarding", arr=0)),
    "given to nobody": State(
        "customer", written(Customer, "customer", owner=None), frozenset({"admin", "viewer", "manager", "stranger"})
    ),
    "renewal decided": State("renewal", instead("renewal", "decided")),
    "renewal closed": State("renewal", instead("renewal", "closed")),
    "renewal void": State("renewal", written(Renewal, "renewal", **VOID)),
    "case snoozed": State("case", instead("case", "asleep")),
    "case closed": State("case", instead("case", "shut")),
    "task snoozed": State("task", instead("task", "snoozed")),
    "task done": State("task", instead("task", "done")),
    "task open": State("done", instead("done", "task")),
    "qbr held": State("qbr", instead("qbr", "held")),
    "qbr open": State("held", instead("held", "qbr")),
    "play ended": State(
        "enrolment",
        written(Enrolment, "enrolment", state="exited", finished_on=DAY, exit_reason="stopped"),
    ),
    "scorecard draft": State("card", instead("card", "sketch"), ADMIN),
    "scorecard out of use": State("card", instead("card", "kept")),
    # What a draft would do is there for drafts only.
    "scorecard in use": State(
        "sketch",
        instead("sketch", "card"),
        without=frozenset({"health:scorecard_movers", "health:scorecard_preview"}),
    ),
    "playbook never published": State("wide", sketched("wide"), ADMIN),
    "its runs": State("play", sketched("play"), ADMIN),
    "playbook paused": State("play", written(Playbook, "play", state="paused")),
    "playbook without a draft": State("drafted", instead("drafted", "wide")),
    "rule at rest": State("rule", written(CaseRule, "rule", is_active=False)),
    "own measure hidden": State("own", written(OwnMeasure, "own", is_hidden=True)),
    "segment out of use": State("segment", written(Segment, "segment", is_active=False)),
    "user gone": State("owner", instead("owner", "former"), without=frozenset({"health:digest_of"})),
    "user there": State("former", instead("former", "spare")),
}
