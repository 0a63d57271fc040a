"""What people bring from Salesforce formulas, SOQL, SQL and word processors, and what says it here."""

SPELLINGS = {
    "==": "=", "===": "=", "=>": ">=", "=<": "<=", "<>": "!=", "≠": "!=", "≤": "<=", "≥": ">=",
    "&&": "AND", "||": "OR", "!": "NOT",
}  # fmt: skip

CHARACTERS = {
    "\u200b": "delete it: it is invisible",
    "\ufeff": "delete it: it is invisible",
    "/": "there is no division: multiply the other side",
    ";": "inside quotes `;` joins the values of a multi-select picklist, as in `Topics INCLUDES ('A;B')`",
    "[": "a list stands in round brackets: `Status IN ('Raw', 'MQL')`",
    "{": "write the field's API name alone, as in `Status`",
    "}": "write the field's API name alone, as in `Status`",
    ".": "a number begins with a digit: `0.5`",
    ":": "a period of time is written `TODAY - 30 DAYS`",
}

FUNCTIONS = {
    "AND": "write `A AND B`",
    "OR": "write `A OR B`",
    "CONTAINS": "write `Company CONTAINS 'acme'`",
    "BEGINS": "write `Company STARTS WITH 'acme'`",
    "INCLUDES": "write `Topics INCLUDES ('A', 'B')`",
    "EXCLUDES": "write `Topics EXCLUDES ('A', 'B')`",
    "ISBLANK": "write `Email IS BLANK`",
    "ISNULL": "write `Email IS BLANK`",
    "ISCHANGED": "write `CHANGED(Status)`",
    "PRIORVALUE": "write `PRIOR(Status)`",
    "ISPICKVAL": "write `Status = 'MQL'`",
    "TEXT": "write `Status = 'MQL'`: a picklist compares like a text",
    "REGEX": "write `MATCHES(Company, '^acme')`",
    "IF": "give each case a branch of its own",
    "CASE": "give each case a branch of its own",
}

OPERATORS = {
    "BEGINS": "write `STARTS WITH`",
    "EQUALS": "write `=`",
    "HAS": "write `CONTAINS`",
    "MATCHES": "write `MATCHES(Company, '^acme')`",
    "REGEX": "write `MATCHES(Company, '^acme')`",
    "CHANGED": "write `CHANGED(Status)`",
}
