"""What an address that cannot be read is answered."""

import pytest

from tests.factories import organisation, user

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "address", ["/search/?q=%00", "/tasks/?q=a%00", "/settings/rates/E%00R/2026/", "/api/v1/customers/?search=%00"]
)
def test_a_nul_in_the_address_is_a_400(client, address):
    organisation()
    client.force_login(user("admin"))
    assert client.get(address).status_code == 400
