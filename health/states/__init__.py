"""The states of a customer on a day. To add a state, write it in its module here.

Case rules open cases for states, playbooks start on them: both run the same query with the same values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from health.states import values as values_of
from health.states.commercial import COMMERCIAL
from health.states.people import PEOPLE
from health.states.score import FALLS
from health.states.state import Measured, State
from health.states.support import SUPPORT
from health.states.use import USE
from health.states.using import USING

STATES: Final[dict[str, State]] = {state.key: state for state in (*FALLS, *USE, *USING, *PEOPLE, *SUPPORT, *COMMERCIAL)}


@dataclass(frozen=True)
class Watch:
    """A state with the values it is watched for, checked, and the measures it reads."""

    state: State
    values: dict[str, Any]
    reads: dict[str, Measured]

    def query(self, columns: Mapping[Measured, str]) -> str:
        """The state's SQL over a ``standing`` (as ``c``) that has these columns: customer_id, facts."""
        return self.state.query(self.values, {name: f"c.{columns[read]}" for name, read in self.reads.items()})

    def bound(self) -> dict[str, Any]:
        """The parameters of the SQL beside those of ``table.moment_of``."""
        return self.state.bound(self.values)


def defaults(key: str) -> dict[str, Any]:
    """The default values of the state."""
    return values_of.defaults(STATES[key].fields)


def check(key: str, stored: Any) -> dict[str, Any]:
    """The values of a state, cleaned; defaults where nothing was given.

    Raises ValidationError with one message a field; a value without a field is refused too.
    """
    return values_of.clean(_state(key).fields, stored, unknown=_("This state has no such value."))


def watch(key: str, stored: Any) -> Watch:
    """The state ``key`` ready to be evaluated with the stored values; raises ValidationError as ``check`` does."""
    cleaned = check(key, stored)
    state = _state(key)
    return Watch(state, cleaned, state.reads(cleaned))


def _state(key: str) -> State:
    state = STATES.get(key) if isinstance(key, str) else None
    if state is None:
        raise ValidationError({"state": _("There is no state “%(name)s”.") % {"name": key}})
    return state


__all__ = ["STATES", "Measured", "State", "Watch", "check", "defaults", "watch"]
