import datetime as dt

from accounts.currencies import KNOWN, code_of, in_force, meant_by
from accounts.imports.recognising.figures import marks_of
from config.ui.figures import SIGNS, money

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


def test_what_our_own_pages_write_names_its_currency_in_a_file():
    for code, sign in SIGNS.items():
        assert code in meant_by(sign)
        assert marks_of([money(1200, code)]) == (sign,)
    assert meant_by("S$") == ("SGD",)
