"""Measures of use against what the contracts allow: modules, seats and limits.

A feature is open to a customer when it belongs to no module, or to one that a running contract names on the day.
The bits of ``health.signals.rollup`` distinguish features: from the 64th feature on, bits are shared and the counts
are at most what they should be.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from accounts.periods import entitled
from health.measures.measure import Measure, Unit
from health.measures.usage import LAST, NAMED, PEAK, PEAK_BEFORE, SEATS, STICKINESS, USER_DAYS, USES
from health.signals.rollup import SLOTS

BITS = {"bits": "bit_or(u.feature_bits) {in_window}", "most": "max(u.features) {in_window}"}
MODULES = {"entitled": "bit_or(1::bigint << z.slot)"}
FREE = f"""(SELECT coalesce(bit_or(1::bigint << z.slot), 0) FROM ({SLOTS}) z
    JOIN health_feature f ON f.id = z.id WHERE f.module = '')"""
MODULES_KNOWN = "EXISTS (SELECT FROM health_feature WHERE module <> '')"
OPEN = f"(coalesce({{entitled}}, 0) | {FREE})"
HOW_MANY_OPEN = f"bit_count({OPEN}::bit(64))"
# A source that does not report the features of a day reports how many there were.
SHARE_USED = f"""(CASE WHEN {{bits}} <> 0 THEN bit_count(({{bits}} & {OPEN})::bit(64))
    ELSE least({{most}}, {HOW_MANY_OPEN}) END::float8 / nullif({HOW_MANY_OPEN}, 0))"""
ALLOWED = """(SELECT sum(o.quantity) FROM accounts_entitlement o JOIN accounts_contract n ON n.id = o.contract_id
    WHERE n.customer_id = k.customer_id AND o.kind = 'limit' AND o.name = e.name
      AND :entitled AND {known_n})""".replace(":entitled", entitled("o", "n", "{day}"))
TAKEN = """(SELECT coalesce(sum(d.uses), 0) FROM health_featureday d
    WHERE d.customer_id = k.customer_id AND d.feature_id = f.id AND d.day <= {day} AND d.day > {day} - {w})"""

ENTITLEMENT = (
    Measure(
        key="feature_share",
        name=_("Open features used"),
        about=_(
            "Different features used in the window, as a share of those open to the customer: "
            "the ones of no module and the ones of modules under contract."
        ),
        unit=Unit.SHARE,
        group="adoption",
        columns={"usage": LAST | BITS, "modules": MODULES},
        amount=f"CASE WHEN {{most}} > 0 THEN {SHARE_USED} END",
        newest="{last}",
        zero_at=0.2,
        full_at=0.7,
        window=90,
        rows="features",
        literature="Field guide 90 and 95 (breadth of use, low feature use), 77 (against entitlement).",
    ),
    Measure(
        key="unentitled_features",
        name=_("Features used beyond the contract"),
        about=_(
            "Features used in the window that belong to a module no running contract names: a wish to buy, "
            "or a contract that is wrong. No data while no feature belongs to a module."
        ),
        unit=Unit.COUNT,
        group="growth",
        columns={"usage": LAST | BITS, "modules": MODULES},
        amount=f"CASE WHEN {MODULES_KNOWN} AND {{bits}} <> 0 THEN bit_count(({{bits}} & ~{OPEN})::bit(64)) END::float8",
        newest="{last}",
        zero_at=0,
        full_at=2,
        rows="features",
        literature="Field guide 100 (visits to an area not entitled).",
    ),
    Measure(
        key="limit_reached",
        name=_("Limit reached"),
        about=_(
            "The most used of what is limited, as a share of its limit: the most users of one day against the seats, "
            "and uses of a feature in the window against the limit of its name. Near 100% both a risk and a reason to "
            "sell more."
        ),
        unit=Unit.SHARE,
        group="growth",
        columns={
            "usage": LAST | PEAK,
            "seats": SEATS,
            "limits": {"tightest": f"max({TAKEN}::float8 / nullif({ALLOWED}, 0))"},
        },
        amount="greatest(CASE WHEN {seen} IS NOT NULL THEN coalesce({peak}, 0)::float8 / nullif({seats}, 0) END, "
        "{tightest})",
        newest="coalesce({seen}, {day})",
        zero_at=1.1,
        full_at=0.9,
        rows="limits",
        literature="Field guide 90 (hitting limits is both risk and upsell).",
    ),
    Measure(
        key="pes",
        name=_("Product engagement (PES)"),
        about=_(
            "Mean of three parts of 0 to 100: adoption (share of the open features used), stickiness (as the "
            "measure of that name) and growth (the most users of one day against the window before: as many is "
            "50, twice as many or all new is 100). Silence after use is 0."
        ),
        unit=Unit.INDEX,
        group="adoption",
        columns={"usage": LAST | USES | BITS | PEAK | PEAK_BEFORE | USER_DAYS | NAMED, "modules": MODULES},
        amount=f"""CASE WHEN {{seen}} IS NULL OR {HOW_MANY_OPEN} = 0 THEN NULL
            WHEN coalesce({{uses}}, 0) = 0 THEN 0
            WHEN {{most}} > 0 AND {{peak}} > 0 THEN 100 * ({SHARE_USED} + {STICKINESS}
                + CASE WHEN {{peak_before}} > 0 THEN least(1, {{peak}}::float8 / (2.0::float8 * {{peak_before}})) ELSE 1 END) / 3
            END::float8""",
        newest="{seen}",
        zero_at=10,
        full_at=60,
        reach=2,
        literature="Field guide 95 (PES: mean of adoption, stickiness and growth, each 0–100).",
    ),
)
