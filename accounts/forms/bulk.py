"""Bulk acts on customers that concern the record alone: hand over, tag, pin."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import customers, ownership, tagging
from accounts.bulk import Act, Before, Done, Values, Who, done
from accounts.forms.customers import owners_to_choose
from accounts.forms.tags import TagsField
from accounts.models import Handover, Segment, User
from config.fields import PersonField
from config.shipping import translated

STAYS: Final = _("Its owner has changed since, or the one before may have no customers now.")
EVENTS: Final = ("accounts:changed",)


class OwnerForm(forms.Form):
    owner = PersonField(User.objects.none(), label=_("New owner"))

    def __init__(self, data: Any = None, *, user: User, day: dt.date) -> None:  # noqa: ARG002 (as every such form)
        super().__init__(data)
        self.fields["owner"].queryset = owners_to_choose(user)  # type: ignore[attr-defined]


class TagForm(forms.Form):
    tags = TagsField()

    def __init__(self, data: Any = None, *, user: User, day: dt.date) -> None:  # noqa: ARG002 (as every such form)
        super().__init__(data)

    def clean_tags(self) -> list[str]:
        tags = tagging.read(self.cleaned_data["tags"])
        if not tags:
            raise ValidationError(_("Name a tag."))
        return tags


class PinForm(forms.Form):
    segment = forms.ModelChoiceField(Segment.objects.order_by("position"), label=_("Pinned segment"))
    reason = forms.CharField(label=_("Reason of the pin"), max_length=200)

    def __init__(self, data: Any = None, *, user: User, day: dt.date) -> None:  # noqa: ARG002 (as every such form)
        super().__init__(data)
        self.fields["segment"].label_from_instance = lambda segment: translated(segment.name)  # type: ignore[attr-defined]


def _hand_over(ids: list[int], values: Values, who: Who) -> Done:
    heir = User.objects.get(pk=values["owner"])
    handed = ownership.hand_over(ids, heir, day=who.day, door=ownership.Door.PAGE, by=who.user)
    if handed.handover is None:
        return Done(same=set(ids))
    moved = handed.handover.moves.values_list("customer_id", flat=True)
    before = {pk: {"handover": handed.handover.pk} for pk in moved}
    return Done(before, same=set(ids) - before.keys())


def _hand_back(before: Mapping[int, Before], _values: Values, who: Who) -> dict[int, ValidationError]:
    returned_pks: set[int] = set()
    handovers = Handover.objects.filter(pk__in={row["handover"] for row in before.values()})
    for handover in handovers.order_by("pk"):
        try:
            undone = ownership.undo(handover, day=who.day, now=who.now, by=who.user, customers=before)
        except ValidationError:
            continue
        if undone.handover:
            returned_pks |= set(undone.handover.moves.values_list("customer_id", flat=True))
    return {pk: ValidationError(STAYS) for pk in before if pk not in returned_pks}


def _tags(values: Values) -> str:
    return ", ".join(f"“{tag}”" for tag in values["tags"])


def _tag(ids: list[int], values: Values, _who: Who) -> Done:
    return done(tagging.add(ids, values["tags"]), lambda tags: {"tags": tags})


def _untag(ids: list[int], values: Values, _who: Who) -> Done:
    return done(tagging.remove(ids, values["tags"]), lambda tags: {"tags": tags})


def _tags_back(act: Any, reason: Any) -> Any:
    """The undo of a tag act by the opposite ``act``; customers with the same tags are done together."""

    def back(before: Mapping[int, Before], _values: Values, _who: Who) -> dict[int, ValidationError]:
        groups: dict[tuple[str, ...], list[int]] = {}
        for pk, row in before.items():
            groups.setdefault(tuple(row["tags"]), []).append(pk)
        refusals: dict[int, ValidationError] = {}
        for tags, ids in groups.items():
            outcome = act(ids, tags)
            refusals |= outcome.refused | {pk: ValidationError(reason) for pk in outcome.same}
        return refusals

    return back


def _pin(ids: list[int], values: Values, who: Who) -> Done:
    segment = Segment.objects.get(pk=values["segment"])
    return done(customers.pin_all(ids, segment, values["reason"], day=who.day), dict)


def _unpin(before: Mapping[int, Before], values: Values, who: Who) -> dict[int, ValidationError]:
    return customers.unpin_all(before, values["segment"], values["reason"], day=who.day).refused


def _person(values: Values) -> str:
    return str(User.objects.filter(pk=values["owner"]).values_list("name", flat=True).first() or "?")


def _segment(values: Values) -> str:
    return translated(Segment.objects.filter(pk=values["segment"]).values_list("name", flat=True).first() or "?")


OWNER: Final = Act(
    "owner", "customers", _("Owner"), "user", OwnerForm,
    said=lambda values: gettext("Handed over to %(name)s") % {"name": _person(values)},
    run=_hand_over, back=_hand_back, changed=EVENTS, letter="r",
)  # fmt: skip
PIN: Final = Act(
    "pin", "customers", _("Pin to a segment"), "pin", PinForm,
    said=lambda values: gettext("Pinned to “%(segment)s”") % {"segment": _segment(values)},
    run=_pin, back=_unpin, changed=EVENTS,
)  # fmt: skip
ACTS: Final = (
    OWNER,
    Act(
        "tag", "customers", _("Tag"), "tag", TagForm,
        said=lambda values: gettext("Tag added: %(tags)s") % {"tags": _tags(values)},
        run=_tag, back=_tags_back(tagging.remove, _("The tag has been taken away since.")), changed=EVENTS,
    ),
    Act(
        "untag", "customers", _("Take a tag away"), "minus", TagForm,
        said=lambda values: gettext("Tag taken away: %(tags)s") % {"tags": _tags(values)},
        run=_untag, back=_tags_back(tagging.add, _("The tag has been given again since.")), changed=EVENTS,
    ),
    PIN,
)  # fmt: skip
