import datetime as dt
import pytest
from health import scoring, shipped, partitions
from health.models import *
from tests import factories as make
from tests.factories import DAY
pytestmark = pytest.mark.django_db

def test_smoke():
    make.organisation(); shipped.install(DAY)
    c = make.customer(first_contract_on=DAY-dt.timedelta(days=500), stage="mature")
    partitions.ensure_partitions(DAY-dt.timedelta(days=60), DAY)
    UsageDay.objects.bulk_create(UsageDay(customer=c, day=DAY-dt.timedelta(days=i), uses=10, active_users=3, core_uses=2, features=3) for i in range(56))
    assert scoring.score_range(c.pk, c.pk, DAY) == 1
    s = Score.objects.select_related("scorecard").get()
    print(s.value, s.band, s.coverage, s.oldest_input_on, s.parts)
    assert scoring.score_customers([c.pk], DAY) == 1
    assert scoring.score_range(c.pk, c.pk, DAY+dt.timedelta(days=1)) == 1
    print(Score.objects.values())
    scoring.score_history([DAY-dt.timedelta(days=30)])
