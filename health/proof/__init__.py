"""Does the score predict? What a scorecard version said before each closed renewal, held against what happened.

Which renewals closed, and how, the edge passes in as ``Terms``: health knows no renewals.
"""

from health.proof.figures import Classes, Proof, Verdict, by_segment, classes, proof
from health.proof.measures import ranking
from health.proof.rows import HORIZONS, Row, Tallied, Terms, listed, tally, warnings
from health.proof.weights import suggested

__all__ = [
    "HORIZONS",
    "Classes",
    "Proof",
    "Row",
    "Tallied",
    "Terms",
    "Verdict",
    "by_segment",
    "classes",
    "listed",
    "proof",
    "ranking",
    "suggested",
    "tally",
    "warnings",
]
