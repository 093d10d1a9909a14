"""The form of the posts that one person holds and held."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.forms.rows import RowsForm
from accounts.models import Contact, Post
from config.fields import DayField, WholeField

DAY = dt.timedelta(days=1)


class PostRow(forms.Form):
    """One post; ``last_on`` is its last day."""

    number = WholeField(required=False, widget=forms.HiddenInput)
    department = forms.CharField(label=_("Department"), max_length=120, required=False)
    title = forms.CharField(label=pgettext_lazy("of a contact", "Title"), max_length=120, required=False)
    starts_on = DayField(label=_("From"), required=False)
    last_on = DayField(label=_("Last day"), required=False)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if not data.get("department") and not data.get("title"):
            self.add_error("title", _("Say the department or the title."))
        starts_on, last_on = data.get("starts_on"), data.get("last_on")
        if starts_on and last_on and last_on < starts_on:
            self.add_error("last_on", _("The last day lies before the first."))
        return data


class PostsForm(RowsForm):
    """All posts of one contact."""

    saw = forms.CharField(widget=forms.HiddenInput, required=False)
    row_words = pgettext_lazy("of a contact", "Post")

    def row(self, data: Any = None, **options: Any) -> forms.Form:
        return PostRow(data, **options)

    def posts(self, contact: Contact) -> list[Post]:
        """What was typed, as rows of the contact."""
        return [
            Post(
                pk=values["number"],
                contact=contact,
                department=values["department"],
                title=values["title"],
                starts_on=values["starts_on"],
                ends_on=values["last_on"] + DAY if values["last_on"] else None,
            )
            for values in (row.cleaned_data for row in self.filled)
        ]


def stored(posts: list[Post]) -> list[dict[str, Any]]:
    """The rows of the form for the posts of a contact."""
    return [
        {
            "number": post.pk,
            "department": post.department,
            "title": post.title,
            "starts_on": post.starts_on,
            "last_on": post.ends_on - DAY if post.ends_on else None,
        }
        for post in posts
    ]
