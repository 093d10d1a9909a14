from accounts.currencies import IN_FORCE, KNOWN, code_of


def test_currencies_are_those_people_pay_in():
    assert {"USD", "EUR", "JPY", "XOF", "CLF"} <= IN_FORCE
    assert not {"DEM", "HRK", "UER", "XXX", "XTS", "XAU"} & IN_FORCE
    assert {"DEM", "HRK"} <= KNOWN
    assert not {"XXX", "XTS", "UER"} & KNOWN
    assert (code_of(" jpy "), code_of("HRK", IN_FORCE), code_of("ｊｐｙ")) == ("JPY", "", "")
