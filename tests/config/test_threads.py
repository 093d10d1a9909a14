"""The libraries of linear algebra take one thread a process: `config/__init__.py`."""

from __future__ import annotations

import scipy.optimize  # noqa: F401 - brings its own library
from threadpoolctl import threadpool_info


def test_linear_algebra_takes_one_thread_a_process() -> None:
    threads = [one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"]
    assert threads
    assert set(threads) == {1}
