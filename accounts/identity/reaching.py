"""What a source goes on saying of a customer that was merged reaches the survivor, where the survivor has it from there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from typing import Any, Final

from django.db import connection

from accounts import facts, ownership
from accounts.identity.values import BOTH, EMPTY, FIELDS, SAID, attributes_given, said_of
from accounts.models import Customer, Merge

# A chain of merges is walked a step at a time.
LONGEST: Final = 20
BATCH: Final = 200
WRITTEN: Final = (*(name for name in FIELDS if name != "owner_id"), *BOTH)
# (customer, column) that somebody emptied: it is none because they said so. What an Undo took back, or a merge, nobody emptied.
EMPTIED: Final = """
    SELECT DISTINCT e.customer_id, f.key FROM history_entry e CROSS JOIN LATERAL jsonb_each(e.after) f
    WHERE e.kind = 'customer' AND e.operation = 'changed' AND e.customer_id = ANY(%(ids)s) AND f.value IN ('null', '""')
      AND split_part(e.door, ':', 1) NOT IN ('merge', 'undo')
"""


def reach(merged: Collection[int], day: dt.date) -> list[int]:
    """Give the survivors of ``merged`` what changed of these since the merges, or since the last time; the survivors that
    changed.

    A field, an attribute or a tag reaches a survivor that has it from there and where nobody changed it since, or that has
    none and of which nobody emptied it. An owner comes by a handover. A fixed number of statements a step of the chain.
    """
    changed: set[int] = set()
    step = set(merged)
    for _step in range(LONGEST):
        links = list(Merge.objects.filter(undone_at=None, merged__in=step).select_related("merged").order_by("pk"))
        if not links:
            break
        step = _step_up(links, day)
        changed |= step
    return sorted(changed)


def _step_up(links: list[Merge], day: dt.date) -> set[int]:
    ids = {link.survivor_id for link in links}
    survivors = {
        customer.pk: customer
        for customer in Customer.objects.select_for_update(of=("self",)).filter(pk__in=ids).order_by("pk")
    }
    emptied = _emptied(ids)
    standing = Merge.objects.filter(undone_at=None, survivor__in=ids)
    tags: dict[int, dict[int, list[str]]] = {}
    for pk, into, theirs in standing.values_list("pk", "survivor", "merged__tags"):
        tags.setdefault(into, {})[pk] = theirs
    able = _able(links)
    written: set[int] = set()
    heirs: dict[int, int] = {}
    for link in links:
        survivor = survivors[link.survivor_id]
        before = said_of(survivor)
        _take_fields(link, survivor, emptied, able)
        others = [theirs for pk, theirs in tags[survivor.pk].items() if pk != link.pk]
        _take_tags(link, survivor, others)
        _take_attributes(link, survivor)
        link.after[SAID] = said_of(link.merged)
        if any(before[name] != getattr(survivor, name) for name in WRITTEN):
            written.add(survivor.pk)
        if before["owner_id"] != survivor.owner_id and survivor.owner_id:
            heirs[survivor.pk] = survivor.owner_id
    Merge.objects.bulk_update(links, ["before", "after"], batch_size=BATCH)
    Customer.objects.bulk_update([survivors[pk] for pk in sorted(written)], WRITTEN, batch_size=BATCH)
    if heirs:
        ownership.move(heirs, day=day, door=ownership.Door.IMPORT)
    facts.record(day, sorted(heirs))
    return written | heirs.keys()


def _emptied(ids: Iterable[int]) -> set[tuple[int, str]]:
    with connection.cursor() as cursor:
        cursor.execute(EMPTIED, {"ids": list(ids)})
        return set(cursor.fetchall())


def _said(link: Merge) -> dict[str, Any]:
    """What the survivor has heard of; merges of earlier releases remember only the fields that they wrote."""
    written = {name: link.after[name] for name in FIELDS if name in link.after}
    return dict(link.after.get(SAID) or said_of(link.merged) | written)


def _able(links: Iterable[Merge]) -> set[int]:
    """Those of the owners that sources say anew who may have customers."""
    new = {link.merged.owner_id for link in links if link.merged.owner_id != _said(link)["owner_id"]}
    return ownership.able(pk for pk in new if pk)


def _take_fields(link: Merge, survivor: Customer, emptied: set[tuple[int, str]], able: set[int]) -> None:
    said = _said(link)
    for name in FIELDS:
        now, stands = getattr(link.merged, name), getattr(survivor, name)
        if now in EMPTY or now in (stands, said[name]):
            continue
        if name == "owner_id" and now not in able:
            continue
        is_theirs = link.after[name] == stands if name in link.after else _is_free(survivor, name, emptied)
        if is_theirs:
            link.before.setdefault(name, stands)
            link.after[name] = now
            setattr(survivor, name, now)


def _is_free(survivor: Customer, name: str, emptied: set[tuple[int, str]]) -> bool:
    return getattr(survivor, name) in EMPTY and (survivor.pk, name.removesuffix("_id")) not in emptied


def _take_tags(link: Merge, survivor: Customer, others: list[list[str]]) -> None:
    now = link.merged.tags
    said = _said(link)["tags"]
    before = link.before.get("tags", survivor.tags)
    given = [tag for tag in link.after.get("tags", []) if tag not in before]
    new = [tag for tag in now if tag not in said and tag not in survivor.tags]
    gone = {tag for tag in said if tag not in now and tag in given and not any(tag in theirs for theirs in others)}
    if new or gone:
        survivor.tags = [*(tag for tag in survivor.tags if tag not in gone), *new]
        link.before["tags"] = before
        link.after["tags"] = [*before, *(tag for tag in given if tag not in gone), *new]


def _take_attributes(link: Merge, survivor: Customer) -> None:
    now = link.merged.attributes
    said = _said(link)["attributes"]
    before = link.before.get("attributes", survivor.attributes)
    after = link.after.get("attributes", before)
    given = attributes_given(link)
    changed: dict[str, Any] = {}
    for key in now.keys() | said.keys():
        stands = survivor.attributes.get(key)
        if now.get(key) == said.get(key) or stands != (given[key][1] if key in given else None):
            continue
        if key in given:
            changed[key] = now.get(key, given[key][0])
        elif key not in before:
            changed[key] = now.get(key)
    if changed:
        survivor.attributes = _written(survivor.attributes, changed)
        link.before["attributes"] = before
        link.after["attributes"] = _written(after, changed)


def _written(attributes: dict[str, Any], changed: dict[str, Any]) -> dict[str, Any]:
    """The attributes with those that changed; one that is None now is none."""
    return {key: value for key, value in (attributes | changed).items() if value is not None}
