"""The Django admin of the record, mounted only where TSUNAGU_ADMIN says so."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin

from accounts.models import Customer, Organisation, Segment, User
from accounts.models.customers import COPIES


@admin.register(Customer)
class CustomerAdmin(admin.ModelAdmin):
    """The customers as the plainest of lists."""

    list_display = ("name", "score", "band", "arr", "next_renewal_on", "segment", "touch_model", "owner", "last_touch_on")  # fmt: skip
    list_filter = ("status", "band", "segment")
    list_select_related = ("segment", "owner")
    list_per_page = 50
    search_fields = ("name",)
    raw_id_fields = ("owner", "parent", "segment", "pinned_segment", "merged_into")
    readonly_fields: ClassVar[tuple[str, ...]] = tuple(sorted(COPIES))

    def save_model(self, request: Any, obj: Customer, form: Any, change: bool) -> None:  # noqa: FBT001 (Django's own)
        """Save only the fields that were changed, as the customer's own form does."""
        if change:
            obj.save(update_fields=form.changed_data)
        else:
            super().save_model(request, obj, form, change)

    def lookup_allowed(self, lookup: str, value: str, request: Any = None) -> bool:
        """Owners may be asked for by address, as the portfolio's own filter does."""
        return lookup == "owner__id__exact" or super().lookup_allowed(lookup, value, request)


admin.site.register([Organisation, Segment, User])
