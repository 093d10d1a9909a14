import threading

import pytest
from django.db import connection

from playbooks import enrolment
from playbooks.models import Enrolment, StepRun, Task
from tests.factories import DAY, customer, organisation
from tests.playbooks.rows import playbook, renewal, stage


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_side_by_side_enrol_once():
    organisation()
    playbook("stage_entered")
    playbook("renewal_due", reentry_days=0, name="Prep")
    for _ in range(20):
        one = customer()
        stage(one, "onboarding", 3)
        renewal(one, 60)
    begin = threading.Barrier(2)
    entered: list[int] = []

    def run() -> None:
        try:
            begin.wait()
            entered.append(enrolment.sweep(DAY))
        finally:
            connection.close()

    both = [threading.Thread(target=run) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert sum(entered) == 40
    assert Enrolment.objects.count() == Task.objects.count() == 40
    assert StepRun.objects.filter(state="entered", task__isnull=False).count() == StepRun.objects.count() == 40
