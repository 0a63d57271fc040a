"""Company names: what is the same, what is alike, what is no name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowctl.engine.companies import BEFORE, FORMS, JOINS, STANDARD_ANSWERS, known, normalised, score

# fmt: off
SAME = {
    "acme": [
        "Acme", " ACME ", "acme.", "Acme, Inc.", "Acme Inc", "ACME Corporation", "Acme Co., Ltd.", "Acme Company",
        "The Acme Company", "Acme L.L.C.", "Acme LLP", "Acme plc", "Acme P.L.C.", "Acme Pty Ltd", "Acme Pte. Ltd.",
        "Acme Pvt. Ltd.", "Acme Private Limited", "Acme & Co.", "Acme and Company",
        "Acme GmbH", "Acme G.m.b.H.", "Acme AG", "Acme SE", "Acme KGaA", "Acme e.V.", "Acme GmbH & Co. KG",
        "Acme GmbH&Co.KG", "Acme UG (haftungsbeschränkt)", "Acme Aktiengesellschaft",
        "Acme S.A.", "Acme SA", "Acme S.A.S.", "Acme S.à r.l.", "Acme Sàrl", "Acme et Cie", "Acme B.V.", "Acme NV",
        "Acme S.p.A.", "Acme S.r.l.", "Acme S.L.", "Acme S.A. de C.V.", "Acme S. de R.L. de C.V.", "Acme Ltda.",
        "Acme AS", "Acme A/S", "Acme ASA", "Acme ApS", "Acme AB", "AB Acme", "Acme Oy", "Acme Oyj", "Acme ehf.",
        "Acme OÜ", "Acme SIA", "Acme s.r.o.", "Acme spol. s r.o.", "Acme d.o.o.", "Acme Kft.",
        "Acme Sp. z o.o.", "Acme sp. z o. o.", "Acme A.Ş.", "Acme Ltd. Şti.", "OOO Acme", "ООО «Acme»",
        "Acme K.K.", "株式会社Acme", "Acme株式会社", "㈱Acme", "Acme 有限公司", "주식회사 Acme", "Acme Sdn. Bhd.",
        "PT Acme Tbk", "Acme FZE", "Acme™", "Acme®, Inc.", "“Acme”",
    ],
    "johnson and johnson": ["Johnson & Johnson", "Johnson and Johnson", "Johnson + Johnson", "JOHNSON&JOHNSON Inc."],
    "jp morgan": ["J.P. Morgan", "J. P. Morgan", "JP Morgan & Co."],
    "loreal": ["L'Oréal", "L’Oréal S.A.", "LOREAL"],
    "orsted": ["Ørsted A/S", "Orsted"],
    "strasse": ["Straße AG", "STRASSE"],
    "muller und sohne": ["Müller und Söhne", "MÜLLER UND SÖHNE GMBH"],
    "toyota motor": ["Toyota Motor Corporation", "Ｔｏｙｏｔａ Motor"],
    "ガス": ["ガス株式会社", "ｶﾞｽ"],
    "삼성": ["삼성 주식회사"],
    "istanbul": ["İstanbul A.Ş.", "Istanbul"],
}
# fmt: on
OTHERS = [
    ("Acme", "Acme Labs"),
    ("Acme Holding", "Acme"),
    ("Bank of America", "Bank of Africa"),
    ("Deloitte UK", "Deloitte"),
    ("GmbH", "AG"),
    ("SAS", "SE"),
    ("A1", "A2"),
]
ANSWERS = [
    "", " ", "-", "--", "?", ".", "[not provided]", "Not Provided", "N/A", "n.a.", "NA", "None", "null", "Unknown",
    "TBD", "self-employed", "Freelance", "Company", "Your Company", "The Company", "Test", "xxx",
]  # fmt: skip


@pytest.mark.parametrize(("written", "name"), [(written, name) for name, of in SAME.items() for written in of])
def test_a_name_is_the_same_however_it_is_written(written, name):
    assert normalised(written) == name


@pytest.mark.parametrize(("a", "b"), OTHERS)
def test_another_name_stays_another(a, b):
    assert normalised(a) != normalised(b)


@pytest.mark.parametrize("answer", ANSWERS)
def test_a_standard_answer_for_a_missing_company_is_no_name(answer):
    assert known(answer) is None


def test_the_tables_are_written_as_names_are_normalised_to():
    words = {word for form in FORMS for word in form} | BEFORE | JOINS

    assert [word for word in words if word not in normalised(f"x1 {word} x1")] == []
    assert [answer for answer in STANDARD_ANSWERS if normalised(answer) != answer] == []


words = st.one_of(
    st.text(max_size=6),
    st.sampled_from(sorted({" ".join(form) for form in FORMS} | BEFORE | JOINS | {"&", "S.A.", "GmbH", "Acme", "x"})),
)
names = st.lists(words, max_size=5).map(" ".join)


@given(names)
def test_normalising_twice_changes_nothing_more(name):
    assert normalised(normalised(name)) == normalised(name)


@given(names)
def test_case_and_the_spaces_around_a_name_do_not_count(name):
    assert normalised(f"  {name} ") == normalised(name)
    if name.isascii():
        assert normalised(name.upper()) == normalised(name)


@given(names)
def test_a_name_of_letters_never_becomes_nothing(name):
    assert normalised(f"{name} acme") != ""


@given(names.map(normalised), names.map(normalised))
def test_the_score_is_symmetric_and_within_bounds(a, b):
    assert score(a, b) == score(b, a)
    assert 0 <= score(a, b) <= 100
    assert score(a, a) == 100


@given(names.map(normalised).flatmap(lambda name: st.tuples(st.just(name), st.permutations(name.split(" ")))))
def test_the_order_of_words_does_not_count(pair):
    name, words = pair

    assert score(name, " ".join(words)) == 100


def test_a_part_of_a_name_is_not_alike_the_whole():
    assert score("bank", "bank of norway") < 50
    assert score("acme", "acme labs") < 65
