"""The confidence interval of a share."""

from __future__ import annotations

from math import sqrt
from typing import Final

Z_95: Final = 1.959963984540054


def wilson(hits: float, n: float, z: float = Z_95) -> tuple[float, float] | None:
    """The interval that covers the true share of ``hits`` in ``n`` with 95 % confidence, 0 to 1.

    None where ``n`` is 0. E. B. Wilson, Probable Inference, the Law of Succession, and Statistical
    Inference, JASA 22 (1927).
    """
    if n <= 0:
        return None
    share, square = hits / n, z * z
    middle = (share + square / (2 * n)) / (1 + square / n)
    reach = z / (1 + square / n) * sqrt(share * (1 - share) / n + square / (4 * n * n))
    return (middle - reach if hits else 0.0), (middle + reach if hits < n else 1.0)
