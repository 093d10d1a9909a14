"""Does the score predict? A scorecard version's scores before each closed renewal, compared with the outcome.

The edge passes the closed renewals and their outcomes in as ``Terms``: health does not import renewals.
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
