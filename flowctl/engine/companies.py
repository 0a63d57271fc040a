"""Company names: the form in which they are the same, and how alike two of them are."""

from __future__ import annotations

import re
import unicodedata


def _listed(text: str) -> list[str]:
    return text.split(", ")


# Legal forms, as words that `normalised` has taken apart: `S.p.A.` is `spa`, `Sp. z o.o.` is `sp zoo`. Left out are
# those that more often end a name than a company: `is` (Danish), `me` (Brazilian), `ky` (Finnish), `uk` (Uzbek).
FORMS = frozenset(
    tuple(form.split())
    for form in _listed(
        # English
        "inc, incorporated, corp, corporation, co, company, ltd, limited, llc, llp, lllp, lp, plc, pllc, unlimited, "
        "pty, pte, pvt, cic, cio, private limited, public limited company, limited liability company, "
        # German
        "ag, gmbh, ggmbh, mbh, kg, kgaa, ohg, gbr, ug, haftungsbeschrankt, ev, eg, se, partg, partgmbb, "
        "aktiengesellschaft, gesellschaft mbh, gesellschaft mit beschrankter haftung, "
        # French, Dutch, Italian
        "sa, sas, sasu, sarl, eurl, snc, sca, scs, scop, sagl, cie, societe anonyme, "
        "bv, nv, vof, cvba, bvba, sprl, vzw, asbl, spa, srl, srls, sapa, scarl, scrl, "
        # Spanish, Portuguese
        "sl, slu, sll, slne, sau, sad, cia, sa de cv, sab de cv, sapi de cv, s de rl, s de rl de cv, "
        "ltda, lda, eirl, eireli, epp, sgps, "
        # The north and the Baltic
        "as, asa, ans, aps, amba, ab, hb, kb, oy, oyj, abp, ehf, hf, ohf, ou, sia, uab, "
        # Central and eastern Europe, Turkey
        "sro, spol sro, spol s ro, vos, doo, dooel, dd, ad, ead, ood, eood, kft, zrt, nyrt, sp zoo, sp zo o, sp k, "
        "sp j, spk, spj, spolka akcyjna, spolka z ograniczona odpowiedzialnoscia, epe, sti, sirketi, anonim sirketi, "
        "ooo, oao, zao, pao, ооо, оао, зао, пао, тоо, тов, jsc, pjsc, cjsc, ojsc, joint stock company, "
        # Asia, Africa and the Middle East
        "kk, gk, yk, 株式会社, 有限会社, 合同会社, 株, 有限公司, 有限责任公司, 股份有限公司, 주식회사, 주, "
        "sdn, bhd, tbk, psc, wll, fze, fzc, fzco, fz, saog, saoc, sal, bm, בע מ"
    )
)
# Forms that stand before the name, and the article.
BEFORE = frozenset(
    _listed(
        "the, pt, ab, ooo, oao, zao, pao, ооо, оао, зао, пао, ао, ип, тоо, тов, "
        "株式会社, 有限会社, 合同会社, 株, 주식회사, 주"
    )
)
JOINS = frozenset(("and", "et", "und", "og", "och", "y", "e"))  # between the name and its form: `& Co. KG`
_GLUED = re.compile("(株式会社|有限会社|合同会社|股份有限公司|有限责任公司|有限公司|주식회사)")
_LONGEST = max(map(len, FORMS))
_LAST = frozenset(form[-1] for form in FORMS)

# What people and forms write where they know of no company; as `normalised` has it (`your` is left of `Your Company`).
STANDARD_ANSWERS = frozenset(
    _listed(
        "na, none, no, nil, null, nan, unknown, undefined, blank, empty, tbd, tbc, tba, xx, xxx, xxxx, test, asdf, "
        "not provided, not available, not applicable, not specified, not given, not known, not disclosed, no name, "
        "no answer, unspecified, undisclosed, confidential, company, company name, the, your, my, self, "
        "self employed, freelance, freelancer, individual, private person, unemployed, student, retired"
    )
)

_SIGNS = {
    **dict.fromkeys("'’‘`´", ""),
    **dict.fromkeys("&+＆", " and "),
    **dict(zip("øæœłđðþı", ("o", "ae", "oe", "l", "d", "d", "th", "i"), strict=True)),
}
_MARKS = str.maketrans(dict.fromkeys("™℠®©", " "))  # before NFKC, which would write TM


class _Letters(dict[int, str]):
    """What each character becomes: a letter itself, an accent nothing, all else a space. Found out when first met."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        if 0x300 <= code <= 0x36F:
            becomes = ""
        else:
            becomes = _SIGNS.get(char, char if unicodedata.category(char)[0] in "LMN" else " ")
        self[code] = becomes
        return becomes


_LETTERS = _Letters()


def normalised(name: str) -> str:
    """A company name without case, accents, punctuation and legal form; the same when it is normalised again."""
    return " ".join(_bare(_words(name)))


def _words(name: str) -> list[str]:
    text = name.lower() if name.isascii() else _composed(name)
    return _with_initials_joined(text.translate(_LETTERS).split())


def _composed(name: str) -> str:
    """A name with letters beyond ASCII: without accents, in NFC, and with the forms apart that are written in one."""
    text = unicodedata.normalize("NFKC", name.translate(_MARKS)).casefold()
    text = unicodedata.normalize("NFKD", text).casefold().translate(_LETTERS)
    return _GLUED.sub(r" \1 ", unicodedata.normalize("NFC", text))


def _with_initials_joined(words: list[str]) -> list[str]:
    """`s p a` as `spa`, `j p morgan` as `jp morgan`: initials are the same with and without their points."""
    joined: list[str] = []
    is_initial = False
    for word in words:
        if len(word) == 1 and is_initial:
            joined[-1] += word
        else:
            joined.append(word)
        is_initial = len(word) == 1
    return joined


def _bare(words: list[str]) -> list[str]:
    """The words without legal forms at either end; a name that is nothing else stays as it is."""
    end = len(words)
    while (shorter := _without_form(words, end)) < end:
        end = shorter
        while end > 1 and words[end - 1] in JOINS:
            end -= 1
    start = 0
    while start < end - 1 and words[start] in BEFORE:
        start += 1
    return words[start:end]


def _without_form(words: list[str], end: int) -> int:
    """Where the words end without the longest legal form that they end with."""
    if end == 0 or words[end - 1] not in _LAST:  # nearly every word: a million names are a second faster
        return end
    for length in range(min(_LONGEST, end - 1), 0, -1):
        if tuple(words[end - length : end]) in FORMS:
            return end - length
    return end


def known(name: str) -> str | None:
    """The normalised name of a company; None of a standard answer for a missing one."""
    bare = normalised(name)
    return None if not bare or bare in STANDARD_ANSWERS else bare


def in_order(name: str) -> str:
    """A normalised name with its words in alphabetical order."""
    return " ".join(sorted(name.split(" "))) if " " in name else name


def score(a: str, b: str) -> float:
    """How alike two normalised names are, from 0 to 100: rapidfuzz's `ratio`; 100 for the same words in any order.

    `ratio` is twice the number of letters that both have in one order, in percent of all letters of both; so it is
    symmetric, and a missing word counts as much as it is long. Scores of parts (`partial_ratio`, `token_set_ratio`,
    `WRatio`) call `Bank` and `Bank of Norway` the same.
    """
    from rapidfuzz.fuzz import ratio

    return 100.0 if in_order(a) == in_order(b) else ratio(a, b)
