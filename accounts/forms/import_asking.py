"""What is asked of a file as its form stands: of its layout, of its cells, and of the fields that its columns fill."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from accounts.forms import import_decimals, import_standing
from accounts.forms.import_decimals import DECIMAL
from accounts.forms.import_layout import LAYOUT
from accounts.forms.import_questions import OF_TAX
from accounts.imports.recognising import Recognised

if TYPE_CHECKING:
    from accounts.forms.import_file import FileSetup

OF_LAYOUT: Final = (*LAYOUT, "sheet")


def ask(setup: FileSetup, found: Recognised) -> None:
    """Set what is asked of the file, and what its columns settle; ``found`` is the file before its layout was answered."""
    own = [question for question in setup.recognised.questions if question.about not in OF_LAYOUT]
    if setup.chosen and not setup.chosen.asks:
        own = [question for question in own if question.about in OF_TAX]
    told = import_standing.tells_tax(setup)
    setup.asked = [question for question in found.questions if question.about in OF_LAYOUT]
    setup.asked += [
        question
        for question in own
        if not import_standing.leaves_out(setup, question)
        and (question.about not in OF_TAX or question.column not in told)
    ]
    decimal = next((question for question in own if question.about == DECIMAL and not question.is_mixed), None)
    if decimal and (sign := import_decimals.settled(setup)):
        setup.asked.remove(decimal)
        setup.settled[DECIMAL, ""] = sign
    setup.asked += import_standing.questions(setup)
