"""The columns of the record whose changes are kept in the history, and those of sweeps (``config.history``)."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from accounts.models import (
    ApiToken,
    Attribute,
    ClosingDay,
    Contact,
    Contract,
    ContractLine,
    Customer,
    Effort,
    Entitlement,
    ExchangeRate,
    FieldOrder,
    Organisation,
    Post,
    SavedMapping,
    SavedView,
    Segment,
    Source,
    User,
)
from config.history.kept import keep

OF_CONTRACT: Final = "(SELECT c.customer_id FROM accounts_contract c WHERE c.id = {row}.contract_id)"
OF_CONTACT: Final = "(SELECT c.customer_id FROM accounts_contact c WHERE c.id = {row}.contact_id)"
OF_SOURCE: Final = {"source": _("source"), "external_id": _("external id")}


def declare() -> None:
    """Declare the tables of this app."""
    keep(
        Customer,
        "name reading domain industry use_case employees country owner parent tags attributes pinned_segment pin_reason"
        " merged_into created_at",
        # Copies of dated facts and scores, each with its writer (``accounts.models.customers``).
        own="arr status stage segment touch_model first_contract_on leaves_on sentiment sentiment_on last_touch_on"
        " score band band_since scored_at score_changed_at next_renewal_on next_prep_on",
        customer="{row}.id",
        words={"tags": _("tags"), "merged_into": _("merged into"), "created_at": _("added")},
    )
    keep(
        Contact,
        "customer name family_name given_name honorific reading email department title roles state state_on source"
        " external_id created_at",
        own="named",
        customer="{row}.customer_id",
        words={"customer": _("customer"), "roles": _("roles"), "created_at": _("added")} | OF_SOURCE,
    )
    keep(
        Post,
        "contact department title starts_on ends_on source external_id",
        customer=OF_CONTACT,
        named="title",
        words={"contact": _("contact")} | OF_SOURCE,
    )
    keep(
        Contract,
        "customer source external_id starts_on ends_on ended_on term_months notice_days notice_given_on"
        " notice_withdrawn_on auto_renews is_trial currency replaced_by beside known_on end_known_on",
        # The values of the last file, with which the next file is compared.
        own="source_said named",
        customer="{row}.customer_id",
        named="external_id",
        words={
            "customer": _("customer"),
            "source": _("source"),
            "replaced_by": _("replaced by"),
            "beside": _("stands beside"),
        },
    )
    keep(
        ContractLine,
        "contract product starts_on ends_on quantity annual_amount discount_percent known_on notice_given_on"
        " agreed_ends_on",
        # The start by which files find the line again.
        own="source_starts_on",
        customer=OF_CONTRACT,
        named="product",
        words={"contract": _("contract")},
    )
    keep(
        Entitlement,
        "contract kind name quantity starts_on ends_on",
        customer=OF_CONTRACT,
        named="kind",
        words={"contract": _("contract")},
    )
    keep(
        User,
        "password is_superuser email name role manager language time_zone digest_scope digest_mail weekly_hours"
        " customer_share is_active is_service is_staff date_joined invited_at guide_put_away",
        own="last_login",
        hidden=("password",),
    )
    keep(
        Segment,
        "name position rule touch_model touch_every_days qbr_every_days ebr_every_days renewal_lead_days"
        " customers_per_csm arr_per_csm renewals_per_csm assigning is_active",
        shipped="name",
    )
    keep(
        Segment.pool.through,
        "segment user",
        whole=("segment", "{row}.segment_id"),
        inserts=("segment", "{row}.segment_id"),
        named="user",
        label=_("person in the pool of a segment"),
        words={"segment": _("segment"), "user": _("user")},
    )
    keep(
        Organisation,
        "name time_zone currency fiscal_year_start_month holiday_country bank_holidays frozen_today onboarding_days url"
        " alerts_per_day least_logged counts_unsettled people_months segments_settled_on"
        " found_by keys_join importers",
        own="people_forgotten_before person_key",
    )
    keep(
        Source,
        "name silent_days is_over",
        own="heard_at over_since resumed_on",
        named="name",
        whole=("organisation", "1"),
        label=_("source"),
    )
    keep(FieldOrder, "target field sources", named="field", whole=("organisation", "1"), label=_("whose word counts"))
    keep(Attribute, "key label kind choices position is_shown is_active", named="label")
    keep(Effort, "kind minutes", named="kind", whole=("organisation", "1"))
    keep(SavedView, "kind name owner shared team filter order columns group position")
    keep(SavedMapping, "name toml withdrawn_at", own="by")
    keep(
        ApiToken,
        "user name digest hint scopes made_by created_at expires_at revoked_at",
        own="last_used_at",
        hidden=("digest",),
    )
    keep(ClosingDay, "day name", named="day", whole=("organisation", "1"))
    keep(ExchangeRate, "currency fiscal_year rate known_on", named="currency", whole=("organisation", "1"))
