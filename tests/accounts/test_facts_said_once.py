"""The record's facts are spelled in the record only: every other room asks its functions and querysets."""

import re
from functools import cache

import pytest
from django.conf import settings

ROOMS = ("accounts", "health", "renewals", "playbooks", "config")
# What says a fact again, and the modules that own it. Only owners may be named here.
SPELLINGS = {
    "a contract runs, ended or was replaced": (
        r"ended_on IS (?:NOT )?NULL|ended_on__isnull(?!=True\) \| Q\(ended_on__gte=F)|coalesce\(\w+\.ended_on, \w+\.ends_on|coalesce\(\w+\.ended_on, \w+\.starts_on\) (?!WHERE)",
        {"accounts/periods.py", "accounts/ends.py", "accounts/leaving.py", "accounts/models/contracts.py"},
    ),
    "a line or an entitlement is in force": (
        r"\bends_on IS NULL OR \S*\bends_on > |ends_on__isnull=True\) \| Q\(ends_on__gte?=(?!F\()",
        {"accounts/periods.py"},
    ),
    "an integration is connected": (
        r"disconnected_on IS NULL OR|disconnected_on__isnull=True\) \| Q\(disconnected_on__gte?=(?!F\()|\.disconnected_on\"",
        {"accounts/periods.py"},
    ),
    "terms": (
        r"make_interval\(months => \w+\.term_months|interval '\d+ months'|months=\w+\.term_months",
        {"accounts/terms.py"},
    ),
    "a touch goes both ways": (
        r"kind (?:<>|!=) 'one_to_many'|exclude\(kind=|Kind\.ONE_TO_MANY|NOT \w+\.proactive",
        {"accounts/models/touchpoints.py"},
    ),
    "a customer is current": (
        r"status (?:NOT )?IN \('live', 'notice'\)|status__in=\[Status\.LIVE, Status\.NOTICE\]",
        {"accounts/lifecycle.py", "accounts/models/customers.py"},
    ),
    "what was so on a past day": (r"FROM accounts_datedfact|DatedFact\.objects", {"accounts/facts.py"}),
    "revenue in reporting currency": (r"reporting_rate\(", {"accounts/amounts.py"}),
    "a notice stands": (
        r"notice_given_on (?:<=|IS)|notice_given_on__",
        {"accounts/ends.py", "accounts/leaving.py", "accounts/models/contracts.py"},
    ),
    "the next renewal is due soon": (
        r"next_renewal_on (?:<=?|BETWEEN) |next_renewal_on__(?:lte?|range)",
        {"health/states/commercial.py"},
    ),
    "out of touch for too long": (r"UNTOUCHED_DAYS: Final", {"accounts/models/segments.py"}),
    "a rule opens a case": (
        r"health_rulehold|RuleHold\.objects",
        {"health/cases/opening.py", "health/cases/sweep.py", "health/cases/voiding.py"},
    ),
    "a milestone is late": (
        r"missed_on (?:BETWEEN|<= \S+ AND)|missed_on__isnull=False, |missed_on__lte",
        {"health/models/signals.py"},
    ),
    "a person is no program": (
        (
            r"is_service=False|User\.objects\.filter\((?:is_active|role)|get_object_or_404\(User,|"
            r"accounts_user(?: \w+)? (?:WHERE (?:\w+\.)?(?:is_active|role)\b(?! AND NOT (?:\w+\.)?is_service)|GROUP BY)"
        ),
        {"accounts/models/users.py"},
    ),
    "how long a customer has been one": (r"first_contract_on (?:<= 90|< 365)", {"accounts/lifecycle.py"}),
}


@cache
def sources() -> dict[str, str]:
    files = (path for room in ROOMS for path in (settings.BASE_DIR / room).rglob("*.py"))
    return {
        str(path.relative_to(settings.BASE_DIR)): path.read_text(encoding="utf-8")
        for path in files
        if "migrations" not in path.parts
    }


@pytest.mark.parametrize("fact", SPELLINGS)
def test_only_its_owners_spell_a_fact(fact):
    pattern, owners = SPELLINGS[fact]
    spelling = {name for name, text in sources().items() if re.search(pattern, text)}
    assert spelling <= owners


# How each was said again before; a pattern that no longer finds these finds nothing.
SAID_AGAIN = {
    "a contract runs, ended or was replaced": [
        "(k.ended_on IS NULL OR k.ended_on > {day})",
        "Q(ended_on__isnull=True) | Q(ended_on__gt=day)",
        "max(coalesce(k.ended_on, k.ends_on))",
    ],
    "a line or an entitlement is in force": [
        "(e.ends_on IS NULL OR e.ends_on > {day})",
        "Q(ends_on__isnull=True) | Q(ends_on__gt=day)",
    ],
    "an integration is connected": ["(g.disconnected_on IS NULL OR g.disconnected_on > {day})"],
    "terms": ["(k.starts_on + make_interval(months => k.term_months))::date", "relativedelta(months=old.term_months)"],
    "a touch goes both ways": ["h.kind <> 'one_to_many'", 'touches.exclude(kind="one_to_many")', "OR NOT h.proactive"],
    "a customer is current": ["c.status IN ('live', 'notice')", "filter(status__in=[Status.LIVE, Status.NOTICE])"],
    "what was so on a past day": ["SELECT f.value FROM accounts_datedfact f", "DatedFact.objects.filter(fact=fact)"],
    "revenue in reporting currency": ["coalesce(reporting_rate(k.currency, %(day)s::date), 0)"],
    "a notice stands": ["c.notice_given_on <= %(day)s", "notice_given_on__isnull"],
    "the next renewal is due soon": ["c.next_renewal_on <= %(until)s", "Q(next_renewal_on__lte=until)"],
    "out of touch for too long": ["UNTOUCHED_DAYS: Final = 90"],
    "a rule opens a case": ["NOT EXISTS (SELECT FROM health_rulehold h", "RuleHold.objects.filter(rule=rule"],
    "a milestone is late": [
        "m.missed_on <= %(day)s AND m.reached_on IS NULL",
        "m.reached_on IS NULL AND m.missed_on BETWEEN %(day)s",
        "missed_on__isnull=False, reached_on__isnull=True",
    ],
    "a person is no program": [
        "User.objects.filter(is_service=False)",
        "User.objects.filter(is_active=True, role=Role.ADMIN)",
        "get_object_or_404(User, pk=pk)",
        "FROM accounts_user WHERE is_active)",
        "FROM accounts_user u WHERE u.is_active",
        "min(id) AS id FROM accounts_user GROUP BY 1",
    ],
    "how long a customer has been one": ["WHEN {day} - c.first_contract_on < 365 THEN"],
}


def test_the_patterns_find_what_they_are_for():
    assert SAID_AGAIN.keys() == SPELLINGS.keys()
    for fact, texts in SAID_AGAIN.items():
        assert all(re.search(SPELLINGS[fact][0], text) for text in texts)


def test_owners_are_modules():
    assert {name for _, owners in SPELLINGS.values() for name in owners} <= sources().keys()
