"""Tokens of the API: made, found by their secret, limited to resources, revoked."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import Iterable
from typing import Final
from uuid import uuid4

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from accounts.models import ApiToken, User

# By the prefix scanners of public code know a leaked secret.
PREFIX: Final = "tsunagu_"
SHOWN: Final = len(PREFIX) + 4
MOST: Final = 20
LONGEST_DAYS: Final = 366
ALL: Final = "*"
# Who writes these makes admins.
NAMED: Final = frozenset({"users"})
FRESH: Final = dt.timedelta(minutes=1)


@transaction.atomic
def issue(
    user: User, name: str, scopes: Iterable[str], *, days: int, by: User, now: dt.datetime
) -> tuple[ApiToken, str]:
    """A new token that acts as ``user`` for ``days`` days (1 to 366), and its secret, which cannot be read again.

    Raises ValidationError where ``user`` has 20 working ones already.
    """
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if working(user, now) >= MOST:
        raise ValidationError(_("%(most)s tokens work already: revoke one that is no longer needed.") % {"most": MOST})
    secret = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        user=user, name=name, digest=digest(secret), hint=secret[:SHOWN], scopes=sorted(set(scopes)), made_by=by,
        expires_at=now + dt.timedelta(days=days),
    )  # fmt: skip
    return token, secret


@transaction.atomic
def issue_service(
    name: str,
    role: str,
    scopes: Iterable[str],
    *,
    days: int,
    by: User,
    now: dt.datetime,
    program: User | None = None,
) -> tuple[ApiToken, str]:
    """A token for a program, which acts as a user of its own: it has a name and a role, cannot sign in and owns nothing.

    A known ``program`` keeps its name and its role, and acts again. Raises ValidationError as ``issue``.
    """
    if program:
        User.objects.filter(pk=program.pk, is_service=True).update(is_active=True)
        return issue(program, name, scopes, days=days, by=by, now=now)
    address = f"{uuid4()}@service.invalid"
    user = User.objects.create_user(address, name=name, role=role, is_service=True, digest_mail=False)
    return issue(user, name, scopes, days=days, by=by, now=now)


def working(user: User, now: dt.datetime) -> int:
    """How many tokens of ``user`` work at ``now``."""
    return ApiToken.objects.filter(user=user, revoked_at=None, expires_at__gt=now).count()


def digest(secret: str) -> str:
    """What is stored of a secret. Its 256 random bits need no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


def find(secret: str, now: dt.datetime) -> ApiToken | None:
    """The token with this secret, if it works at ``now``. One statement."""
    if not secret.startswith(PREFIX) or not secret.isascii():
        return None
    token = ApiToken.objects.select_related("user").filter(digest=digest(secret)).first()
    return token if token and token.works(now) else None


def note_use(token: ApiToken, now: dt.datetime) -> None:
    """Store that the token was used, at most once a minute."""
    if token.last_used_at is None or token.last_used_at < now - FRESH:
        stale = Q(last_used_at=None) | Q(last_used_at__lt=now - FRESH)
        ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)


def allows(token: ApiToken, resource: str, *, writing: bool) -> bool:
    """Whether its scopes cover reading, or ``writing``, ``resource``; writing some needs the resource's own scope."""
    acts = ("write",) if writing else ("read", "write")
    names = (resource,) if writing and resource in NAMED else (resource, ALL)
    return any(f"{name}:{act}" in token.scopes for name in names for act in acts)


@transaction.atomic
def revoke(token: ApiToken, now: dt.datetime) -> bool:
    """Revoke the token from the next request on; False where it was revoked before. A program without another ends."""
    user = User.objects.select_for_update(no_key=True).get(pk=token.user_id)
    was_working = ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=now)
    if user.is_service and user.is_active and not working(user, now):
        User.objects.filter(pk=user.pk).update(is_active=False)
    return bool(was_working)


@transaction.atomic
def end_programs(now: dt.datetime) -> int:
    """End programs whose last token expired; how many. Another token lets one act again."""
    programs = User.objects.select_for_update(no_key=True).filter(is_service=True, is_active=True)
    pks = list(programs.order_by("pk").values_list("pk", flat=True))
    act = ApiToken.objects.filter(user__in=pks, revoked_at=None, expires_at__gt=now)
    return User.objects.filter(pk__in=pks).exclude(pk__in=act.values("user")).update(is_active=False)


def revoke_all(user: User) -> int:
    """Revoke every token that acts as ``user``; returns how many worked or had expired only."""
    return ApiToken.objects.filter(user=user, revoked_at=None).update(revoked_at=Now())


def listed(tokens: Iterable[str]) -> dict[str, list[str]]:
    """Scopes by what they allow: ``{"read": ["customers"], "write": ["*"]}``."""
    found: dict[str, list[str]] = {}
    for scope in sorted(tokens):
        resource, _colon, act = scope.partition(":")
        found.setdefault(act, []).append(resource)
    return found
