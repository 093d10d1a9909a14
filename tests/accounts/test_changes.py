import pytest

from accounts import changes
from accounts.models import ChangeMark, Customer
from tests.factories import customer

pytestmark = pytest.mark.django_db


def test_mark_takes_ids_and_querysets():
    one, two = customer(), customer()
    assert changes.mark([one.pk, one.pk]) == 1
    assert changes.mark(Customer.objects.filter(pk=two.pk)) == 1
    assert changes.mark([]) == 0
    assert sorted(ChangeMark.objects.values_list("customer_id", flat=True)) == [one.pk, two.pk]


def test_mark_asks_one_statement_for_a_queryset(django_assert_num_queries):
    for _ in range(3):
        customer()
    with django_assert_num_queries(1):
        changes.mark(Customer.objects.all())
