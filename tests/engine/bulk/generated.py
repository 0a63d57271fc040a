"""Whole worlds at random: flows of every node type, tables, rosters, people, data sets, and records to route.

Everything hangs on one seed. Constants and values come from the same small pools, with their neighbours, so that
records fall on both sides of every comparison.
"""

import datetime as dt
import random
from dataclasses import dataclass
from itertools import pairwise

from flowctl import document as yaml
from flowctl.engine import World, world_of
from flowctl.expr import coerce
from flowctl.flow import Model, Record, load_model
from flowctl.flow.record import fitted
from tests.engine.surroundings import SURROUNDINGS

IDS = ["001A000001AbCdE", "001A000001AbCdEIAU", "001A000001abcde", "003B0000001zzzz", "nothing"]
DAYS = ["2026-03-29", "2026-03-28", "2026-10-25", "2026-11-01", "2026-11-23", "2028-02-29", "2027-02-28"]
HOURS = ["00:00:00", "07:59:59", "08:00:00", "09:00:00", "10:00:00.000001", "23:59:59.999999"]
TEXTS = {
    "Email": [
        "ana@acme.example",
        "ANA@Acme.Example ",
        "bo@mail.acme.co.uk",
        "cy@gmail.com",
        "dé@blåbær.no",
        "none",
        "",
    ],
    "Company": [
        "Acme",
        "ACME Inc.",
        "Müller GmbH",
        "muller",
        "n/a",
        "Straße AG",
        "STRASSE ag",
        "  ",
        "Hill University",
    ],
    "Website": ["https://www.acme.co.uk/x", "acme.example", "blåbær.no", "linkedin.com/company/acme", "-"],
    "Country": ["Norway", "norway ", "NORGE", "Chile", "Peru\u0301", "Perú", "  ", "De", "N"],
    "Name": ["Ana", "Ødegård", "ODEGARD", "a", "Z z"],
    "Account_Key": IDS,
    "First_Source": ["web", "Web", "event", ""],
    "Language": ["de", "fr", "DE ", "xx"],
}
PICKS = {"Status": ["Raw", "MQL", "Qualified", "mql", "Old"], "Stage": ["New", "Open", "Won", "Lost"]}
NUMBERS = {"Score": [0.0, 25.0, 50.0, 50.000001, -1.0, 1e300, 24.999999], "Best_Score": [0.0, 25.0, 50.0, 99.5]}
TOPICS = ["CI", "CD", "Security", "CI;CD", "CD;Security", "ci", "CI;CD;Security"]
PEOPLE = ["user/ana", "user/ben", "user/cy", "user/bot", "user/dan", "user/gone"]
OWNERS = [*PEOPLE, "queue/raw", "queue/partner"]
ROSTERS = ["emea", "apac", "small"]


@dataclass(frozen=True)
class Generated:
    model: Model
    world: World
    seed: int

    def records(self, n, sort=True):
        """Records with their moments, in order of arrival."""
        return list(_records(random.Random(self.seed * 7 + n), self.world, n, sort))


def generated(seed, nodes=12, types=None, data=True):
    """A world with a flow `lead` of about so many nodes, which may go on in `tail` and `account`."""
    rng = random.Random(seed)
    files = {**SURROUNDINGS, **_surroundings(rng)}
    files["flows/lead.yaml"] = yaml.dump(_flow(rng, "lead", "Lead", nodes, types, ["tail", "account"]))
    files["flows/tail.yaml"] = yaml.dump(_flow(rng, "tail", "Lead", max(3, nodes // 4), types, []))
    files["flows/account.yaml"] = yaml.dump(_flow(rng, "account", "Account", 4, types, []))
    model = load_model(files)
    assert not model.problems, [str(problem) for problem in model.problems[:3]]
    accounts = [_account(rng, model) for _ in range(12)] if data else []
    return Generated(model, world_of(model, {"Account": accounts}), seed)


# What stands around the flow --------------------------------------------------------------------------------------


def _surroundings(rng):
    rosters = {
        "emea": {
            "turns": rng.choice(["order", "count"]),
            "hours": "Mo-Fr 08:00-18:00",
            "zone": "Europe/Berlin",
            "members": [
                {"user": "ana", "weight": rng.randint(1, 3), "skills": ["german"]},
                {"user": "ben", "cap": f"{rng.randint(1, 9)}/day", "skills": ["french"]},
                {"user": "cy", "leave": [{"from": "2026-11-23", "to": "2026-11-24", "cover": "ana"}]},
                {"user": "dan"},
            ],
        },
        "apac": {"sticky": "company", "members": [{"user": "ben"}, {"user": "cy", "weight": 2}, {"user": "ana"}]},
        "small": {"turns": "count", "cap": "3/day, 5/week", "members": [{"user": "ben"}, {"user": "cy"}]},
    }
    rows = [f"{c},{p},{lo},{r}" for c, p, lo, r in _rows(rng)]
    return {
        **{f"flows/rosters/{name}.yaml": yaml.dump({"roster": name} | r) for name, r in rosters.items()},
        "flows/tables/lands.yaml": """\
table: lands
hit: first
columns:
  Country: {key: exact, type: text}
  Name: {key: prefix, type: text}
  Score: {key: range, type: number}
  Roster: {type: roster}
""",
        "flows/tables/lands.csv": "\n".join(["Country,Name,Score,Roster", *dict.fromkeys(rows), ""]),
    }


def _rows(rng):
    for country in ("Norway", "Chile", "Perú", ""):
        for prefix in rng.sample(["A", "Ø", "Z", ""], 2):
            yield country, prefix, rng.choice(["0..25", "50..", "..24", ""]), rng.choice(ROSTERS)


def _account(rng, model):
    type_ = model.objects["Account"]
    raw = {
        "Id": rng.choice(IDS),
        "Name": rng.choice(TEXTS["Company"]),
        "Website": rng.choice(TEXTS["Website"]),
        "Country": rng.choice(TEXTS["Country"]),
        "Type": rng.choice(["Customer", "Prospect", "Partner"]),
        "Seats": rng.choice(["10", "50", ""]),
        "BDR": rng.choice(PEOPLE),
        "CreatedDate": f"{rng.choice(DAYS)}T09:00:00Z",
    }
    return Record("Account", {k: fitted(v, type_.fields[k].typed(), model.settings.zone) for k, v in raw.items()})


# The flow ---------------------------------------------------------------------------------------------------------


def _flow(rng, name, object_, nodes, types, others):
    ids = [f"{name[0]}{i}" for i in range(nodes)]
    made = {}
    for at, id_ in enumerate(ids[:-1]):
        near = ids[at + 1 : at + 9]
        may_end = at > nodes * 2 // 3  # else most records would be gone before they have met anything
        made[id_] = _node(rng, object_, lambda near=near: rng.choice(near), types, others, may_end)
    # Every node is reached: the one before leads there by some way.
    for here, next_ in pairwise(ids):
        _lead_to(made[here], next_)
    made[ids[-1]] = {"type": "end", "result": "Routed"}
    return {"flow": name, "object": object_, "triggers": ["created", "updated"], "start": ids[0], "nodes": made}


def _lead_to(node, next_):
    for way in ("otherwise", "then", "unmatched", "missing", "expired"):
        if way in node:
            node[way] = next_
            return


TYPES = (
    ["decision"] * 10 + ["set"] * 4 + ["assign"] * 2 + ["rotate"] * 2 + ["lookup", "match", "wait", "notify",
     "create", "convert", "merge", "continue", "end"]
)  # fmt: skip


def _node(rng, object_, to, types, others, may_end):  # noqa: C901 - one case for each type
    type_ = rng.choice(types or TYPES)
    if type_ in ("end", "continue") and not may_end:
        type_ = "decision"
    if object_ == "Account" and type_ in ("match", "merge", "convert"):
        type_ = "decision"
    when = lambda: condition(rng, object_)  # noqa: E731 - said often
    match type_:
        case "decision":
            count = rng.randint(1, 4)
            return {
                "type": "decision",
                "branches": [{"when": when(), "then": to()} for _ in range(count)],
                "otherwise": to(),
            }
        case "set":
            names = rng.sample([*SETTABLE[object_]], rng.randint(1, 2))
            return {"type": "set", "values": {n: rng.choice(SETTABLE[object_][n]) for n in names}, "then": to()}
        case "assign":
            target = rng.choice(["user/ana", "queue/raw", "user/dan", *ASSIGNED[object_]])
            return {
                "type": "assign",
                "to": target,
                "then": to(),
                **({"unavailable": to()} if rng.random() < 0.6 else {}),
            }
        case "rotate":
            roster = rng.choice([*ROSTERS, *ROSTERS, "land.Roster"])
            asked = {"as": "sdr", "where": rng.choice(SKILLED[object_])} if rng.random() < 0.3 else {}
            return {"type": "rotate", "roster": roster, **asked, "then": to(), "nobody": to()}
        case "lookup":
            by = {"Country": "Country", "Name": "Name", "Score": "Score" if object_ == "Lead" else "Seats"}
            return {"type": "lookup", "table": "lands", "as": "land", "by": by, "found": to(), "missing": to()}
        case "match":
            by = rng.sample(["email_domain", "website_domain", "company_name", {"company_name": 85}, "related"], 2)
            by += [{"id": rng.choice(["Partner_Id", "Account_Key"])}]
            asked = {"where": rng.choice(["account.Type != 'Partner'", "account.Country = Country"])}
            prefer = rng.sample(["newest", "oldest", "closest", "account.Seats >= 50"], 2)
            ways = {"matched": to(), "unmatched": to()}
            more = asked if rng.random() < 0.5 else {}
            return {"type": "match", "object": "Account", "as": "account", "by": by, **more, "prefer": prefer, **ways}
        case "wait":
            return {
                "type": "wait",
                "until": when(),
                "for": rng.choice(["2 HOURS", "3 DAYS", "20 DAYS"]),
                "met": to(),
                "expired": to(),
            }
        case "notify":
            message = rng.choice(["{{Name}} from {{Country}}", "{{Owner}} has {{Score}}", "one more"])
            return {
                "type": "notify",
                "channel": "slack",
                "to": rng.choice(["owner", "#x"]),
                "message": message,
                "then": to(),
            }
        case "create":
            values = {"Name": rng.choice(["Name", "'New one'"]), "Country": "Country"}
            return {"type": "create", "object": "Account", "as": "made", "values": values, "then": to()}
        case "convert":
            return {"type": "convert", "account": "account", "values": {"Name": "Name"}, "then": to()}
        case "merge":
            return {
                "type": "merge",
                "with": "account",
                "keep": rng.choice(["oldest", "newest", "filled"]),
                "then": to(),
            }
        case "continue" if others:
            other = rng.choice(others)
            return {"type": "continue", "flow": other, **({"with": "account"} if other == "account" else {})}
        case _:
            return {"type": "end", "result": rng.choice(["Held", "Routed", "Sent away"])}


SETTABLE = {
    "Lead": {
        "Status": ["'MQL'", "'Raw'", "BLANK", "Language"],
        "Country": ["'Norway'", "'Chile'", "account.Country", "Name", "BLANK"],
        "Score": ["50", "25", "Best_Score", "Score + 1", "BLANK", "MAX(Score, Best_Score)"],
        "Trial_End": ["TODAY + 30 DAYS", "2026-11-23", "BLANK"],
        "Blocked": ["TRUE", "FALSE"],
        "Topics": ["'CI'", "BLANK"],
        "Name": ["Company", "'Ana'"],
        "Email": ["'cy@gmail.com'", "Website"],
        "Rep": ["account.BDR", "CreatedBy", "BLANK"],
    },
    "Account": {"Country": ["'Norway'", "Name"], "Seats": ["50", "Seats + 1"], "Type": ["'Customer'"]},
}
ASSIGNED = {"Lead": ["Rep", "account.BDR", "CreatedBy"], "Account": ["BDR"]}
SKILLED = {
    "Lead": ["sdr.Skills INCLUDES ('german')", "sdr.Name = Name OR sdr.Skills INCLUDES ('french')", "Score >= 50"],
    "Account": ["sdr.Skills INCLUDES ('german')", "Seats >= 50"],
}


# Conditions ---------------------------------------------------------------------------------------------------------


def condition(rng, object_, depth=2):
    if depth and rng.random() < 0.4:
        parts = [condition(rng, object_, depth - 1) for _ in range(rng.randint(2, 3))]
        return "(" + rng.choice([" AND ", " OR "]).join(parts) + ")"
    text = atom(rng, object_)
    return f"NOT ({text})" if rng.random() < 0.15 else text


def atom(rng, object_):
    if object_ == "Account":
        return rng.choice(
            [
                f"Country = {_quoted(rng.choice(TEXTS['Country'][:4]))}",
                "Seats >= 50",
                "Type IN ('Customer', 'Partner')",
                "BDR.Team = 'Sales Dev'",
                "Name CONTAINS 'acme'",
                "ISNEW()",
            ]
        )
    return rng.choice(ATOMS)(rng)


def _quoted(text):
    return "'" + text.replace("'", "\\'") + "'"


def _text_of(rng, name):
    return rng.choice([text for text in TEXTS[name] if text.strip()]).strip()


def _texts(rng):
    name = rng.choice(["Country", "Company", "Email", "Name", "Website", "Language"])
    one = _quoted(_text_of(rng, name))
    some = ", ".join(sorted({_quoted(_text_of(rng, name)) for _ in range(rng.randint(1, 3))}))
    piece = _quoted(_text_of(rng, name)[rng.randint(0, 2) :][: rng.randint(1, 5)].strip() or "a")
    return rng.choice(
        [
            f"{name} = {one}",
            f"{name} != {one}",
            f"{name} IN ({some})",
            f"{name} NOT IN ({some})",
            f"{name} CONTAINS {piece}",
            f"{name} STARTS WITH {piece}",
            f"{name} ENDS WITH {piece}",
            f"{name} IS BLANK",
            f"{name} LIKE {_quoted(f'%{piece[1:-1]}_')}",
            f"{name} IS NOT BLANK",
            f"MATCHES({name}, '^[a-m]')",
            f"{name} < {one}",
            f"{name} CONTAINS ({some})",
        ]
    )


def _picks(rng):
    name = rng.choice(list(PICKS))
    some = ", ".join(sorted({_quoted(rng.choice(PICKS[name])) for _ in range(rng.randint(1, 3))}))
    return rng.choice([f"{name} IN ({some})", f"{name} NOT IN ({some})", f"{name} = {_quoted(PICKS[name][0])}"])


def _numbers(rng):
    name, other = rng.sample(["Score", "Best_Score"], 2)
    a, b = sorted(rng.choice([-1, 0, 24.999999, 25, 50, 50.000001, 99.5]) for _ in range(2))
    op = rng.choice(["=", "!=", "<", "<=", ">", ">="])
    return rng.choice(
        [
            f"{name} {op} {a}",
            f"{name} BETWEEN {a} AND {b}",
            f"{name} IN ({a}, {b})",
            f"{name} IS BLANK",
            f"{name} {op} {other}",
            f"{name} + {other} {op} {a}",
            f"MAX({name}, {other}) {op} {a}",
            f"{name} * 2 - 1 {op} {other}",
        ]
    )


def _days(rng):
    op = rng.choice(["=", "!=", "<", "<=", ">", ">="])
    day, other = rng.choice(DAYS), rng.choice(DAYS)
    n = rng.choice([0, 1, 30])
    return rng.choice(
        [
            f"Trial_End {op} {day}",
            f"Trial_End BETWEEN {min(day, other)} AND {max(day, other)}",
            f"Trial_End {op} TODAY - {n} DAYS",
            f"Trial_End {op} CreatedDate",
            "Trial_End IS BLANK",
            f"CreatedDate {op} {day}",
            f"CreatedDate {op} {day}T08:00:00Z",
            f"CreatedDate {op} NOW - {n} HOURS",
            f"CreatedDate + {n} DAYS {op} TODAY",
        ]
    )


def _others(rng):
    return rng.choice(
        [
            "Blocked",
            "NOT Blocked",
            "Blocked = FALSE",
            "ISNEW()",
            "CHANGED(Status)",
            "CHANGED(Country)",
            "CHANGED(Blocked)",
            "PRIOR(Status) = 'Raw'",
            "PRIOR(Country) IS BLANK",
            "PRIOR(Score) < Score",
            "CHANGED(Partner_Id)",
            f"Topics INCLUDES ({_quoted(rng.choice(TOPICS))})",
            f"Topics EXCLUDES ({_quoted(rng.choice(TOPICS))})",
            "Topics IS BLANK",
            f"Partner_Id = {_quoted(rng.choice(IDS))}",
            f"Partner_Id IN ('{IDS[0]}', '{IDS[4]}')",
            "Partner_Id = Account_Key",
            "Country = account.Country",
            "Name = Company",
            "Country IN (Name, 'Chile')",
            "Owner.Team = 'Sales Dev'",
            "Owner IS BLANK",
            "Owner.Active",
            "Owner.Type = 'Queue'",
            "Rep.Region = 'EMEA'",
            "CreatedBy.Is_Integration_User__c",
            "campaign.Name = 'Fair'",
            "campaign.Name IS BLANK",
            "sdr.Region = 'EMEA'",
            "account.Type = 'Customer'",
            "account.Seats >= 50",
            "account.Name CONTAINS 'a'",
            "account.BDR.Team = 'x'",
            "account.Name IS BLANK",
            "land.Roster = 'emea'",
            "made.Country = 'Norway'",
            "Name CONTAINS Country",
        ]
    )


ATOMS = (_texts, _texts, _picks, _numbers, _numbers, _days, _others, _others)


# Records ------------------------------------------------------------------------------------------------------------


def _records(rng, world, n, sort):
    types = world.types
    moments = [_moment(rng) for _ in range(n)]
    for at in sorted(moments) if sort else moments:
        fields = _fields(rng, types["Lead"], at, world.zone)
        prior = None
        if rng.random() < 0.4:
            before = _fields(rng, types["Lead"], at, world.zone)
            prior = fields | {name: before[name] for name in rng.sample(sorted(before), 4)}
        related = {}
        if rng.random() < 0.3:
            related["account"] = _carried(rng, types["Account"], world.zone)
        if rng.random() < 0.3:
            related["campaign"] = Record("Campaign", {"Name": rng.choice(["Fair", "fair ", None])})
        yield Record("Lead", fields, prior, related), at


def _moment(rng):
    day = dt.date(2026, 11, 20) + dt.timedelta(days=rng.randint(0, 9))
    if rng.random() < 0.1:
        day = dt.date.fromisoformat(rng.choice(DAYS))
    return dt.datetime.fromisoformat(f"{day}T{rng.choice(HOURS)}+00:00")


def _fields(rng, types, at, zone):
    raw = {name: rng.choice(pool) for name, pool in (TEXTS | PICKS).items()}
    raw |= {name: rng.choice([*pool, None]) for name, pool in NUMBERS.items()}
    raw |= {
        "Id": f"00Q{rng.randrange(10**12):012}",
        "Blocked": rng.choice([True, False]),
        "Topics": rng.choice([*TOPICS, None]),
        "Trial_End": rng.choice([*DAYS, None]),
        "CreatedDate": at,
        "CreatedBy": rng.choice([*PEOPLE, None]),
        "Owner": rng.choice([*OWNERS, None]),
        "Rep": rng.choice([*PEOPLE, None]),
        "Partner_Id": rng.choice([*IDS, None]),
    }
    return {name: coerce(value, types[name], zone) for name, value in raw.items()}


def _carried(rng, types, zone):
    raw = {"Id": rng.choice(IDS), "Name": rng.choice(TEXTS["Company"]), "Country": rng.choice(TEXTS["Country"])}
    raw |= {
        "Type": rng.choice(["Customer", "Partner"]),
        "Seats": rng.choice([10.0, 50.0, None]),
        "BDR": rng.choice(PEOPLE),
    }
    return Record("Account", {name: coerce(value, types[name], zone) for name, value in raw.items()})
