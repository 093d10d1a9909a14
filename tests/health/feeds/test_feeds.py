"""A folder of ``health/feeds`` is all that a source takes: what others keep of sources they learn from it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from accounts.imports.targets import TARGETS, guide_row
from health import feeds
from health.explaining import rows
from health.feeds import Feed
from health.feeds.community import FEED as COMMUNITY
from health.measures import SHIPPED, offered
from health.measures.sources import SOURCES
from tests import factories as make
from tests.accounts.imports import bring, counts, write
from tests.health.conftest import scorecard
from tests.health.measures.test_measures import amount

pytestmark = pytest.mark.django_db
GUIDE = Path(settings.BASE_DIR) / "docs" / "import.md"


@pytest.fixture
def joined(monkeypatch: pytest.MonkeyPatch) -> Iterator[Feed]:
    registers: list[dict[str, Any]] = [TARGETS, SOURCES, SHIPPED, rows.ROWS, rows.COLUMNS]
    kept = [register.copy() for register in registers]
    monkeypatch.setattr(feeds, "__path__", [*feeds.__path__, str(Path(__file__).with_name("folders"))])
    feeds.install()
    module = sys.modules.pop("health.feeds.praise")
    yield module.FEED
    for register, before in zip(registers, kept, strict=True):
        register.clear()
        register.update(before)


def missing_from(guide: str) -> list[str]:
    """Targets whose row the guide lacks, or that it gives other fields than they have."""
    named = {row.split("`")[1]: row for row in guide.splitlines() if row.startswith("| `")}
    return [
        name
        for name, target in TARGETS.items()
        if name not in named or any(f"**{field.name}**" not in named[name] for field in target.fields if field.required)
    ]


def test_the_guide_names_every_target_and_what_each_needs():
    guide = GUIDE.read_text(encoding="utf-8")
    assert missing_from(guide) == []
    assert guide_row(COMMUNITY.target) in guide


def test_the_guide_of_a_new_source_is_asked_for_in_words_that_can_be_copied(joined: Feed):
    guide = GUIDE.read_text(encoding="utf-8")
    assert missing_from(guide) == ["praise"]
    row = guide_row(joined.target)
    assert row == "| `praise` | **external_id**, **customer**, **kind** (review, reference), **happened_on** |"
    assert missing_from(f"{guide}\n{row}\n") == []


@pytest.mark.usefixtures("joined")
def test_a_new_source_is_imported_counted_offered_and_opened_to_its_rows(
    client: Client, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    make.organisation()
    customer = make.customer(owner=make.user())
    customer.external_keys.create(source="csv", external_id="A1")
    lines = "external_id,customer,kind,happened_on\nP1,A1,review,2026-11-01\nP2,A1,reference,2026-01-01\n"
    assert counts(bring(write(tmp_path / "praise.csv", lines))) == (2, 0, 0, 0)
    assert amount(customer, "praise_given") == 1
    assert offered()["praise_given"].name == "Review"
    scorecard({"all": (1, {"praise_given": {"zero_at": 0, "full_at": 4}})})
    client.force_login(customer.owner)
    page = client.get(reverse("health:score_part", args=[customer.pk, "praise_given"])).content.decode()
    assert page.count('<th scope="row">') == 2
    assert "Reference" in page
    with pytest.raises(SystemExit):
        call_command("import_data", "--help")
    assert "praise" in capsys.readouterr().out


def test_every_folder_is_a_feed_that_others_know():
    folders = {path.name for path in Path(feeds.__file__).parent.iterdir() if (path / "__init__.py").is_file()}
    assert "community" in folders
    assert folders <= TARGETS.keys() & SOURCES.keys() & rows.ROWS.keys() & rows.COLUMNS.keys()
    assert all(measure.key in SHIPPED for measure in COMMUNITY.measures)
