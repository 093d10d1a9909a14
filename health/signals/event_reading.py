"""Events as clients of the Segment tracking API send them: what each says, or why it cannot be taken.

Field guide and ``docs/events.md``: clients send NaN, NUL, lone surrogates, huge numbers and ids of 300 letters. Each event is
read alone, so that a bad one costs none of its neighbours.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from config.text import shown
from health.signals.partitions import acceptable

USES: Final = frozenset({"track", "page", "screen"})
KINDS: Final = USES | {"identify", "group", "alias"}
LONGEST_ID: Final = 200
LONGEST_NAME: Final = 80
# More than a clock can be wrong by says that ``sentAt`` is not the instant of sending.
MOST_SKEW: Final = dt.timedelta(days=1)


class Improper(Exception):  # noqa: N818  a verdict on an event, not a fault
    """Why it cannot be taken; the text is for the person who sends it."""


@dataclass(frozen=True)
class Event:
    """``at`` is the instant by our clock, ``day`` the organisation's; "" is what the event does not say."""

    kind: str
    message_id: str
    at: dt.datetime
    day: dt.date
    user: str
    email: str
    group: str
    name: str
    agent: bool


def key_of(event: Any) -> str:
    """The message id, else a digest of the event: the same one sent again is known again."""
    given = event.get("messageId") if isinstance(event, Mapping) else None
    text = _text(given) if isinstance(given, str | int) and not isinstance(given, bool) else ""
    if text and len(text) <= LONGEST_ID:
        return text
    said = text or json.dumps(_without(event), sort_keys=True, default=str)
    return f"sha256:{hashlib.sha256(said.encode('utf-8', 'replace')).hexdigest()}"


def read(event: Any, sent_at: Any, now: dt.datetime, zone: ZoneInfo, today: dt.date) -> Event:
    """What one event says; ``sent_at`` is that of its batch. Raises Improper."""
    if not isinstance(event, Mapping):
        raise Improper(_("It is no object."))
    kind = event.get("type")
    if not isinstance(kind, str) or kind not in KINDS:
        raise Improper(
            _("type: “%(type)s” is none of %(known)s.")
            % {"type": shown(str(kind))[:40], "known": ", ".join(sorted(KINDS))}
        )
    context = _object(event, "context")
    traits = {**_object(context, "traits"), **_object(event, "traits")}
    properties = _object(event, "properties")
    user = _id(event, "userId")
    if not user and not _id(event, "anonymousId"):
        raise Improper(_("userId is missing, and so is anonymousId."))
    group = _id(event, "groupId") or _id(context, "groupId")
    if kind == "group" and not group:
        raise Improper(_("groupId is missing."))
    try:
        at = _instant(event, sent_at, now)
        day = at.astimezone(zone).date()
    except OverflowError:
        raise Improper(_("timestamp: this is no day of our time.")) from None
    if not acceptable(day, today):
        raise Improper(
            _("timestamp: %(day)s is more than 20 years ago or more than 2 days ahead.") % {"day": day.isoformat()}
        )
    agent = any(flag is True for flag in (properties.get("agent"), context.get("agent"), traits.get("agent")))
    email = _text(traits.get("email")) if isinstance(traits.get("email"), str) else ""
    return Event(kind, key_of(event), at, day, user, email[:LONGEST_ID], group, _name(event, kind), agent)


def _name(event: Mapping[str, Any], kind: str) -> str:
    """What was used: the event's name, of a page or screen its own."""
    field = "event" if kind == "track" else "name"
    given = event.get(field)
    name = _text(given) if isinstance(given, str) else ""
    if kind == "track" and not name:
        raise Improper(_("event is missing: a track says what was done."))
    if len(name) > LONGEST_NAME:
        raise Improper(_("%(field)s is longer than %(most)d characters.") % {"field": field, "most": LONGEST_NAME})
    return name if kind in USES else ""


def _id(holder: Mapping[str, Any], name: str) -> str:
    """An id as a text; numbers are ids, too. One that is too long goes by its digest."""
    given = holder.get(name)
    if given is None or given == "":
        return ""
    if not isinstance(given, str | int) or isinstance(given, bool):
        raise Improper(_("%(field)s is neither a text nor a whole number.") % {"field": name})
    text = _text(given)
    if not text:
        raise Improper(_("%(field)s holds nothing that can be stored.") % {"field": name})
    return text if len(text) <= LONGEST_ID else f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def _instant(event: Mapping[str, Any], sent_at: Any, now: dt.datetime) -> dt.datetime:
    """``timestamp``, else ``originalTimestamp``, else now; corrected by how far the sender's clock is off."""
    field = next((name for name in ("timestamp", "originalTimestamp") if event.get(name)), "")
    if not field:
        return now
    at = _parsed(event[field])
    if at is None:
        text = shown(str(event[field]))[:40]
        raise Improper(
            _("%(field)s: “%(text)s” is no instant as 2026-11-30T09:00:00Z.") % {"field": field, "text": text}
        )
    sent = _parsed(event.get("sentAt") or sent_at)
    skew = now - sent if sent else dt.timedelta(0)
    return at + skew if abs(skew) <= MOST_SKEW else at


def _parsed(given: Any) -> dt.datetime | None:
    """An ISO 8601 instant; without a zone it is UTC."""
    if not isinstance(given, str):
        return None
    try:
        at = parse_datetime(given.strip())
    except ValueError:
        return None
    if at is None:
        return None
    return at if at.tzinfo else at.replace(tzinfo=dt.UTC)


def _object(holder: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    given = holder.get(name)
    return given if isinstance(given, Mapping) else {}


def _text(given: Any) -> str:
    """As it can be stored: without NUL, lone surrogates and control characters."""
    return " ".join(shown(str(given)).replace("\N{REPLACEMENT CHARACTER}", " ").split())


def _without(event: Any) -> Any:
    return {name: value for name, value in event.items() if name != "sentAt"} if isinstance(event, Mapping) else event
