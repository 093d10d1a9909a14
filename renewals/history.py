"""Which columns of renewals the change history records, and which it skips as derived (``config.history``)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from config.history.kept import keep
from renewals.models import PrepPart, Renewal


def declare() -> None:
    """Declare the tables of this app."""
    keep(
        Renewal,
        "customer contract term_number stage category csm_likelihood csm_note csm_called_on final_likelihood"
        " final_category final_reason final_by final_on outcome closed_on closed_by closed_arr void_reason cancellation"
        " successor",
        # What follows from the contract, what the model says, and what reopening needs.
        own="due_on notice_on prep_on arr arr_going_on leaving leaves_on prep_opened_on prep_with model_likelihood"
        " model_low model_high before_closing named",
        customer="{row}.customer_id",
        named="due_on",
        words={
            "customer": _("customer"),
            "contract": _("contract"),
            "csm_called_on": _("called on"),
            "final_reason": _("reason of the decision"),
            "final_by": _("decided by"),
            "final_on": _("decided on"),
            "closed_by": _("closed by"),
            "cancellation": _("cancellation"),
            "successor": _("next contract"),
        },
    )
    keep(
        PrepPart,
        "renewal part note done_on done_by",
        # Pre-filled from live data.
        own="facts",
        customer="(SELECT r.customer_id FROM renewals_renewal r WHERE r.id = {row}.renewal_id)",
        whole=("renewal", "{row}.renewal_id"),
        label=_("part of renewal prep"),
        named="part",
        words={"renewal": _("renewal"), "done_by": _("done by")},
    )
