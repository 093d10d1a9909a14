"""The Django admin of the record, mounted only where TSUNAGU_ADMIN says so."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin

from accounts.models import Customer, Organisation, Segment, User
from accounts.models.customers import COPIES


class OwnColumns(admin.ModelAdmin):
    """Saves only the fields that were changed, as the product's own forms do."""

    def save_model(self, request: Any, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001 (Django's own)
        if not change:
            super().save_model(request, obj, form, change)
        elif form.changed_data:
            obj.save(update_fields=form.changed_data)


@admin.register(Customer)
class CustomerAdmin(OwnColumns):
    """The customers as a plain list; owners change by a handover, on the product's own pages."""

    list_display = ("name", "score", "band", "arr", "next_renewal_on", "segment", "touch_model", "owner", "last_touch_on")  # fmt: skip
    list_filter = ("status", "band", "segment")
    list_select_related = ("segment", "owner")
    list_per_page = 50
    search_fields = ("name",)
    raw_id_fields = ("parent", "pinned_segment")
    readonly_fields: ClassVar[tuple[str, ...]] = (*sorted(COPIES), "merged_into")

    def lookup_allowed(self, lookup: str, value: str, request: Any = None) -> bool:
        """Allow a filter by owner in the address, as the portfolio has one."""
        return lookup == "owner__id__exact" or super().lookup_allowed(lookup, value, request)


@admin.register(User)
class UserAdmin(OwnColumns):
    """People, without adding or deleting. Roles and deactivations have rules and change on the page of users."""

    list_display = ("name", "email", "role", "is_active")
    exclude = ("password", "groups", "user_permissions")
    readonly_fields = ("role", "is_active", "manager", "is_superuser", "last_login")

    def has_add_permission(self, request: Any) -> bool:  # noqa: ARG002 (Django's own)
        return False

    def has_delete_permission(self, request: Any, obj: User | None = None) -> bool:  # noqa: ARG002 (Django's own)
        return False


admin.site.register([Organisation, Segment], OwnColumns)
