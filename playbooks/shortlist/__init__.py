"""My day: what is due (``due``), in which order and why (``ranking``), and the acts finished today (``finished``)."""

from playbooks.shortlist.days import due_count, today
from playbooks.shortlist.finished import finished
from playbooks.shortlist.lines import Block, Counts, Day, Line
from playbooks.shortlist.whose import customers, task_count, tasks

__all__ = [
    "Block",
    "Counts",
    "Day",
    "Line",
    "customers",
    "due_count",
    "finished",
    "task_count",
    "tasks",
    "today",
]
