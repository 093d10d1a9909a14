"""Forms of saved views."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts import access
from accounts.lists import saved
from accounts.models import SavedView, User
from config.fields import WholeField


class ViewForm(forms.ModelForm):
    """A view's name, and whom it is shared with."""

    position = WholeField(
        label=_("position"), min_value=1, max_value=30_000, required=False,
        help_text=_("Views stand in the order of these numbers."),
    )  # fmt: skip

    class Meta:
        model = SavedView
        fields = ("name", "shared", "team", "position")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        teams = saved.teams(user)
        self.fields["team"].queryset = User.objects.filter(pk__in=[leader.pk for leader in teams]).order_by("name")  # type: ignore[attr-defined]
        if not access.writes(user) and self.instance.shared == SavedView.Shared.NOBODY:
            del self.fields["shared"], self.fields["team"]
        elif not teams:
            del self.fields["team"]
            self.fields["shared"].choices = [choice for choice in SavedView.Shared.choices if choice[0] != "team"]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("shared", self.instance.shared) != SavedView.Shared.TEAM:
            data["team"] = None
        elif data.get("team") is None and not self.has_error("team"):
            self.add_error("team", _("Choose the team."))
        if "position" in self.fields and data.get("position") is None:
            data["position"] = self.instance.position
        return data
