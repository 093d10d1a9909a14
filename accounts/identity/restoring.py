"""What a merge gave its survivor goes back, and goes on from there: what another merge that stands gives too is that one's."""

from __future__ import annotations

import datetime as dt
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from accounts.identity.values import BOTH, FIELDS, SAID, attributes_given, said_of, save
from accounts.models import Customer, Merge, User


@dataclass
class Gone:
    """What a customer has no more of a merge: fields with what they were given and what they become, tags, attributes likewise.

    An attribute that becomes None is none.
    """

    fields: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)
    attributes: dict[str, tuple[Any, Any]] = field(default_factory=dict)


def restore(made: Merge, *, by: User | None, day: dt.date) -> None:
    """Take back what ``made`` gave the survivor, and what went on from there to those whom it was merged into, each where it
    still is as given. A few statements a step of the chain.
    """
    link: Merge | None = made
    gone = Gone(
        {name: (value, made.before[name]) for name, value in made.after.items() if name in FIELDS},
        [tag for tag in made.after.get("tags", []) if tag not in made.before["tags"]],
        {key: (given, before) for key, (before, given) in attributes_given(made).items()},
    )
    while link is not None:
        survivor = link.survivor
        others = Merge.objects.filter(survivor=survivor, undone_at=None).exclude(pk=link.pk).select_related("merged")
        standing = list(others.order_by("pk"))
        said = deepcopy([(other.before, other.after) for other in standing])
        was = {name: getattr(survivor, name) for name in (*FIELDS, *BOTH)}
        save(survivor, falls_to(gone, survivor, link, standing), by=by, day=day)
        survivor.refresh_from_db()
        now = zip(standing, said, strict=True)
        Merge.objects.bulk_update(
            [other for other, before in now if (other.before, other.after) != before], ["before", "after"]
        )
        link = Merge.objects.filter(merged=survivor, undone_at=None).select_related("survivor").first()
        if link is not None:
            gone = passed_on(link, was, survivor)
            link.save(update_fields=["before", "after"])


def falls_to(gone: Gone, survivor: Customer, link: Merge, standing: list[Merge]) -> dict[str, Any]:
    """The columns of ``survivor`` that change once ``gone`` is gone; ``standing``, its other merges, learn what is theirs now."""
    changed: dict[str, Any] = {}
    for name, (given, becomes) in gone.fields.items():
        later = next((made for made in standing if made.pk > link.pk and name in made.before), None)
        if later is not None:
            if later.before[name] == given:
                later.before[name] = becomes
        elif getattr(survivor, name) == given:
            changed[name] = _or_of_another(name, becomes, standing)
    kept = [tag for tag in survivor.tags if tag not in gone.tags or _is_anothers_tag(tag, standing)]
    if kept != survivor.tags:
        changed["tags"] = kept
    attributes = _fallen(gone, survivor, link, standing)
    if attributes != survivor.attributes:
        changed["attributes"] = attributes
    return changed


def _fallen(gone: Gone, survivor: Customer, link: Merge, standing: list[Merge]) -> dict[str, Any]:
    """The attributes of ``survivor`` without those that are gone."""
    attributes = survivor.attributes
    for key, (given, becomes) in gone.attributes.items():
        later = next((made for made in standing if made.pk > link.pk and key in attributes_given(made)), None)
        if later is not None:
            if later.before["attributes"].get(key) == given:
                later.before["attributes"] = _with(later.before["attributes"], key, becomes)
        elif attributes.get(key) == given:
            attributes = _with(attributes, key, _anothers_attribute(key, standing) if becomes is None else becomes)
    return attributes


def passed_on(link: Merge, was: dict[str, Any], merged: Customer) -> Gone:
    """What the next one of the chain has no more, because ``merged`` was as ``was`` and is no longer; ``link`` says so, too."""
    gone = Gone()
    for name in FIELDS:
        value = getattr(merged, name)
        if name in link.after and link.after[name] == was[name] != value:
            gone.fields[name] = (was[name], link.before[name] if value in ("", None) else value)
            link.after[name] = gone.fields[name][1]
    tags = [tag for tag in link.after.get("tags", []) if tag not in link.before["tags"]]
    gone.tags = [tag for tag in tags if tag in was["tags"] and tag not in merged.tags]
    if gone.tags:
        link.after["tags"] = [tag for tag in link.after["tags"] if tag not in gone.tags]
    for key, (before, value) in attributes_given(link).items():
        now = merged.attributes.get(key, before)
        if was["attributes"].get(key) == value != now:
            gone.attributes[key] = (value, now)
            link.after["attributes"] = _with(link.after["attributes"], key, now)
    # The next one of the chain has heard of this, so that the same said again is news.
    if SAID in link.after:
        link.after[SAID] = said_of(merged)
    return gone


def _with(attributes: dict[str, Any], key: str, value: Any) -> dict[str, Any]:
    """The attributes with this one, or without it where the value is None."""
    others = {name: each for name, each in attributes.items() if name != key}
    return others if value is None else others | {key: value}


def _or_of_another(name: str, becomes: Any, standing: list[Merge]) -> Any:
    """``becomes``, or where that is nothing, what the first other merge gives."""
    heir = next((made for made in standing if getattr(made.merged, name) not in ("", None)), None)
    if becomes not in ("", None) or heir is None:
        return becomes
    heir.before[name], heir.after[name] = becomes, getattr(heir.merged, name)
    return heir.after[name]


def _is_anothers_tag(tag: str, standing: list[Merge]) -> bool:
    """Whether another merge gives the tag, which is from it now."""
    heir = next((made for made in standing if tag in made.merged.tags), None)
    if heir is None:
        return False
    before = heir.before.get("tags", [])
    heir.after["tags"] = [*(each for each in heir.after.get("tags", before) if each != tag), tag]
    heir.before["tags"] = [each for each in before if each != tag]
    return True


def _anothers_attribute(key: str, standing: list[Merge]) -> Any:
    """The attribute as another merge gives it, from which it is now; None where none does."""
    heir = next((made for made in standing if key in made.merged.attributes), None)
    if heir is None:
        return None
    before = heir.before.get("attributes", {})
    heir.after["attributes"] = heir.after.get("attributes", before) | {key: heir.merged.attributes[key]}
    heir.before["attributes"] = {each: value for each, value in before.items() if each != key}
    return heir.merged.attributes[key]
