"""Where the RavenStack files are, for tests that run on them; skipped, visibly, without them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("REAL_DATA_DIR", PROJECT.parent / "shared" / "data"))
FOLDER = DATA / "ravenstack"
EXPECTED = DATA / "expected" / "ravenstack.json"

needed = pytest.mark.skipif(
    not FOLDER.is_dir() or not EXPECTED.is_file(),
    reason=f"the real data set is not in {DATA}: name its folder in REAL_DATA_DIR",
)
