"""Measures of customers' answers to surveys.

An answer has the weight of the roles that its contact has on the day of the score.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from health.measures.measure import Measure, Unit

NPS_LAST = "max(s.answered_on) FILTER (WHERE s.kind = 'nps')"
NPS_SIGN = "CASE WHEN s.answer >= 9 THEN 1 WHEN s.answer <= 6 THEN -1 ELSE 0 END"
# An answer of a buyer or sponsor counts three times, a champion's twice, any other or an unknown person's once.
ROLE_WEIGHT = """CASE WHEN p.roles && ARRAY['buyer', 'sponsor']::varchar[] THEN 3
    WHEN 'champion' = ANY(p.roles) THEN 2 ELSE 1 END"""
# Roles that weigh more, or may: of an answer without a contact nobody can tell whether one of these gave it.
MAY_WEIGH = f"(p.roles IS NULL OR {ROLE_WEIGHT} > 1)"
IN_NPS = "FILTER (WHERE s.kind = 'nps' {and_in_window})"
IN_UNKNOWN = "FILTER (WHERE s.contact_id IS NOT NULL AND p.roles IS NULL {and_in_window})"
IN_NAMELESS = "FILTER (WHERE s.contact_id IS NULL {and_in_window})"


def mean_of(kind: str) -> dict[str, str]:
    """The columns ``answer`` and ``answered`` of one kind of survey."""
    return {
        "answer": f"avg(s.answer) FILTER (WHERE s.kind = '{kind}' {{and_in_window}})",
        "answered": f"max(s.answered_on) FILTER (WHERE s.kind = '{kind}')",
    }


SURVEYS = (
    Measure(
        key="nps",
        name=_("NPS"),
        about=_("Promoters (9 and 10) less detractors (0 to 6), as a share of the window's answers, −100 to 100."),
        unit=Unit.INDEX,
        group="relationship",
        columns={
            "surveys": {
                "balance": f"100 * avg({NPS_SIGN}) {IN_NPS}",
                "last_nps": NPS_LAST,
            }
        },
        amount="{balance}::float8",
        newest="{last_nps}",
        zero_at=-50,
        full_at=50,
        window=180,
        shelf_life=180,
        literature="Reichheld, 2003; field guide 84 and 96.",
    ),
    Measure(
        key="nps_weighted",
        name=_("NPS by role"),
        about=_(
            "NPS in which an answer of an economic buyer or executive sponsor counts three times, "
            "a champion's twice, anybody else's once; −100 to 100. A past day counts the roles of that day; "
            "no data where those of somebody who answered are unknown."
        ),
        unit=Unit.INDEX,
        group="relationship",
        columns={
            "voices": {
                "balance": f"100.0::float8 * sum({NPS_SIGN} * {ROLE_WEIGHT}) {IN_NPS} / sum({ROLE_WEIGHT}) {IN_NPS}",
                "last_nps": NPS_LAST,
                "unknown": f"count(*) {IN_UNKNOWN}",
                "nameless": f"count(*) {IN_NAMELESS}",
            },
            "contacts": {"gone": f"count(*) FILTER (WHERE p.is_gone AND {MAY_WEIGH})"},
        },
        amount="CASE WHEN {unknown} = 0 AND ({nameless} = 0 OR coalesce({gone}, 0) = 0) THEN {balance}::float8 END",
        newest="{last_nps}",
        zero_at=-50,
        full_at=50,
        window=180,
        shelf_life=180,
        literature="Reichheld, 2003; field guide 96 (decision makers' answers weigh more).",
    ),
    Measure(
        key="renewal_intent",
        name=_("Renewal intent"),
        about=_("Average answer, 0 to 10, to the question whether they will renew."),
        unit=Unit.INDEX,
        group="relationship",
        columns={"surveys": mean_of("intent")},
        amount="{answer}::float8",
        newest="{answered}",
        zero_at=3,
        full_at=8,
        window=180,
        shelf_life=180,
        literature="Field guide 6 (loyalty: renewal intent).",
    ),
    Measure(
        key="survey_csat",
        name=_("Satisfaction"),
        about=_("Average answer, 1 to 5, to the survey on satisfaction; ratings of tickets stand apart."),
        unit=Unit.STARS,
        group="relationship",
        columns={"surveys": mean_of("csat")},
        amount="{answer}::float8",
        newest="{answered}",
        zero_at=2.5,
        full_at=4.5,
        window=180,
        shelf_life=180,
        literature="Field guide 70 (half-yearly CSAT).",
    ),
    Measure(
        key="ces",
        name=_("Ease of use (CES)"),
        about=_("Average answer, 1 to 7, to the question how easy it was; 7 is easiest."),
        unit=Unit.INDEX,
        group="experience",
        columns={"surveys": mean_of("ces")},
        amount="{answer}::float8",
        newest="{answered}",
        zero_at=3,
        full_at=6,
        window=365,
        shelf_life=365,
        literature="Dixon, Freeman and Toman, 2010 (customer effort score); field guide 105.",
    ),
)
