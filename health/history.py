"""The columns of rules, scorecards and cases whose changes are kept: who, when, before, after (``config.history``)."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from config.history.kept import keep
from health.models import (
    Case,
    CaseRule,
    Ceiling,
    MeasureGroup,
    OwnMeasure,
    Scorecard,
    ScorecardMeasure,
    TenureThreshold,
)

OF_GROUP: Final = "(SELECT g.scorecard_id FROM health_measuregroup g WHERE g.id = {row}.group_id)"
OF_LINE: Final = """(
    SELECT g.scorecard_id FROM health_scorecardmeasure m JOIN health_measuregroup g ON g.id = m.group_id
    WHERE m.id = {row}.line_id)"""


def declare() -> None:
    """Declare the tables of this app."""
    keep(
        CaseRule,
        "key name about kind type reason detector values plan audience severity due_days_high due_days_low due_days_tech"
        " is_active off_reason mode demoted_on judged_from precision_floor least_judged position",
        own="swept_on",
        shipped="name about plan off_reason",
        words={
            "off_reason": _("why it is not in use"),
            "demoted_on": _("digest only since"),
            "judged_from": _("judged from"),
            "position": _("position"),
        },
    )
    keep(
        OwnMeasure,
        "key name about source feature attribute survey statistic window_days zero_at full_at shelf_life_days is_hidden"
        " created_on created_by",
        words={"feature": _("feature"), "created_on": _("added"), "created_by": _("added by")},
    )
    keep(
        Scorecard,
        "key name version purpose position stages is_published is_draft based_on note green_from yellow_from created_on"
        " created_by",
        # The order in which scores of this version store their measures.
        own="measures",
        shipped="name",
        words={
            "stages": _("stages"),
            "based_on": _("based on"),
            "created_on": _("added"),
            "created_by": _("added by"),
        },
    )
    keep(
        Scorecard.segments.through,
        "scorecard segment",
        whole=("scorecard", "{row}.scorecard_id"),
        inserts=("scorecard", "{row}.scorecard_id"),
        named="segment",
        label=_("segment of a scorecard"),
        words={"scorecard": _("scorecard"), "segment": _("segment")},
    )
    keep(
        MeasureGroup,
        "scorecard key name position weight",
        whole=("scorecard", "{row}.scorecard_id"),
        inserts=("scorecard", "{row}.scorecard_id"),
        label=_("group of measures"),
        shipped="name",
        words={"scorecard": _("scorecard"), "key": _("key"), "position": _("position")},
    )
    keep(
        ScorecardMeasure,
        "group measure window_days zero_at full_at weight shelf_life_days",
        # The order of its lines follows from what was done to them.
        own="position",
        whole=("scorecard", OF_GROUP),
        inserts=("scorecard", OF_GROUP),
        label=_("measure of a scorecard"),
        named="measure",
        words={"group": _("group of measures")},
    )
    keep(
        TenureThreshold,
        "line from_days zero_at full_at",
        whole=("scorecard", OF_LINE),
        inserts=("scorecard", OF_LINE),
        label=_("threshold by tenure"),
        named="from_days",
        words={"line": _("measure")},
    )
    keep(
        Ceiling,
        "scorecard condition at_most",
        whole=("scorecard", "{row}.scorecard_id"),
        inserts=("scorecard", "{row}.scorecard_id"),
        label=_("ceiling"),
        named="condition",
        words={"scorecard": _("scorecard")},
    )
    keep(
        Case,
        "customer rule kind reason title type plan severity owner state opened_on opened_by due_on snoozed_until"
        " snooze_reason acted_on closed_on closed_at closed_by resolution resolution_note",
        # Columns that the sweeps write.
        own="value alerted held_back newest_evidence_on passed_on named",
        customer="{row}.customer_id",
        named="title",
        shipped="title resolution_note",
        follows="owner",
        words={
            "customer": _("customer"),
            "rule": _("case rule"),
            "owner": _("owner"),
            "opened_by": _("opened by"),
            "acted_on": _("first acted on"),
            "closed_at": _("closed at"),
            "closed_by": _("closed by"),
        },
    )
