"""What playbooks keep of customers that become one: plays with their tasks, each running once."""

from __future__ import annotations

from typing import Final

from accounts.identity.merging import Rows
from playbooks.models import Enrolment, Task

SAME_PLAY: Final = """EXISTS (SELECT FROM playbooks_enrolment x WHERE x.customer_id = %(to)s AND x.playbook_id = t.playbook_id
    AND (x.occasion = t.occasion OR x.state = 'running' AND t.state = 'running'
         AND NOT starts_with(x.occasion, 'renewal:') AND NOT starts_with(t.occasion, 'renewal:')))"""
# A task stays with its play.
OF_A_PLAY_ASLEEP: Final = (
    """EXISTS (SELECT FROM playbooks_enrolment x WHERE x.id = t.enrolment_id AND x.customer_id <> %(to)s)"""
)
ROWS: Final = (Rows(Enrolment, SAME_PLAY, wakes=False), Rows(Task, OF_A_PLAY_ASLEEP))
