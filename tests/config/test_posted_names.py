"""Whatever names and counts are posted to a form that is merged, even such that nobody drew, it is read to its end."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

import pytest
from django.http import QueryDict

from accounts.forms.rules import ConditionsSheet
from config.web.merging import merged
from config.web.sheets import FormSheet, Sheet, Sheets
from health.forms.lines import MeasuresSheet
from health.forms.thresholds import ThresholdsSheet
from health.measures import Unit
from health.scorecards import Content, Group, Line, Threshold
from playbooks.forms.design import DesignForm, PlaybookForm, StepsSheet, TriggerSheet
from tests.factories import DAY

ODD: Final = ["", "x", "-1", "²", "9999999999", "9" * 5000, "by_hand:", "state:", "state:gone", "g:", "m:x:y"]
NAMES: Final = ["x", "__prefix__", "-1", "²", "9" * 5000]


def sheets() -> list[Sheet]:
    line = Line("nps", Decimal(1), 30, Decimal(0), Decimal(9), 90, (Threshold(30, Decimal(0), Decimal(5)),))
    steps = [{"position": 1, "title": "Ring", "note": "", "due_business_days": 2}]
    return [
        ThresholdsSheet(line, Unit.SHARE),
        MeasuresSheet(Content("Standard", groups=(Group("All", Decimal(1), (line,), "all"),)), {}),
        TriggerSheet(DesignForm(kind="by_hand")),
        StepsSheet(steps),
        ConditionsSheet({"all": [{"field": "arr", "test": "at_least", "value": 1}]}, "c", "Audience", DAY),
        FormSheet(PlaybookForm()),
    ]


@pytest.mark.django_db
def test_names_and_counts_that_nobody_drew_are_read():
    kinds = {one for kind in [Sheet, *Sheet.__subclasses__()] for one in kind.__subclasses__()} - {Sheets}
    assert {type(one) for one in sheets()} == {one for one in kinds if not one.__module__.startswith("tests.")}
    for sheet in sheets():
        names = {*sheet.stands, *(re.sub(r"\d+", odd, name) for name in sheet.stands for odd in NAMES)}
        for odd in ODD:
            sent = QueryDict(mutable=True)
            for name in names:
                sent.setlist(name, [odd])
            merged(sheet, sent, {})
