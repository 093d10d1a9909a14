import datetime as dt

from accounts.currencies import KNOWN, code_of, in_force

DAY = dt.date(2026, 11, 29)


def test_currencies_are_those_people_pay_in():
    assert {"USD", "EUR", "JPY", "XOF", "CLF"} <= in_force(DAY)
    assert not {"DEM", "HRK", "BGN", "UER", "CNH", "XXX", "XTS", "XAU"} & in_force(DAY)
    assert {"DEM", "HRK", "BGN"} <= KNOWN
    assert not {"CNH", "XXX", "XTS", "UER"} & KNOWN
    assert (code_of(" jpy "), code_of("HRK", in_force(DAY)), code_of("ｊｐｙ")) == ("JPY", "", "")


def test_a_currency_is_in_force_from_its_first_day_to_its_last():
    last = dt.date(2025, 12, 31)
    assert [code_of("BGN", in_force(day)) for day in (last, last + dt.timedelta(1))] == ["BGN", ""]
    first = dt.date(1999, 1, 1)
    assert [code_of("EUR", in_force(day)) for day in (first - dt.timedelta(1), first)] == ["", "EUR"]
