"""Data of tests in memory: given back when nobody can reach them any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests import servers

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_memory_of_a_clone_that_is_gone_is_given_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    memory, clones = tmp_path / "memory", {name: tmp_path / name for name in ("there", "gone")}
    memory.mkdir()
    (memory / "of-another-program").mkdir()
    monkeypatch.setattr(servers, "MEMORY", memory)
    monkeypatch.setattr(servers, "MEMORY_NEEDED", 0)
    for name, clone in clones.items():
        clone.mkdir()
        monkeypatch.setenv("LOCAL_DIR", str(clone))
        assert (servers._fresh_folder() / "servers").is_symlink(), name
    kept = {place.resolve() for place in clones["there"].glob("tests/*/servers")}
    clones["gone"].rename(tmp_path / "deleted")
    servers._sweep_abandoned()
    assert {*memory.iterdir()} == kept | {memory / "of-another-program"}
