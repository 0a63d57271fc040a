"""The same data written down in many ways: quotes, blocks, brackets, comments, indentation."""

import json

from hypothesis import strategies as st

from flowctl.document import scalar_text

COMMENTS = st.sampled_from(["", "", "", "# asked for by sales\n", "\n", "#\n\n# two: 'lines'\n"])


@st.composite
def written(draw, value):
    """A YAML text that holds the data, one way or another."""
    text = draw(COMMENTS) + draw(block(value, 0))
    return text + draw(st.sampled_from(["", "\n", "# the end\n"]))


@st.composite
def block(draw, value, indent):
    pad = " " * indent
    if isinstance(value, dict) and value:
        lines = [draw(comment(pad)) + pad + key + ":" + draw(below(item, indent)) for key, item in value.items()]
        return "".join(lines)
    if isinstance(value, list) and value:
        return "".join(draw(comment(pad)) + pad + "-" + draw(below(item, indent)) for item in value)
    return pad + draw(bracketed(value)) + "\n"


def comment(pad):
    return COMMENTS.map(lambda lines: "".join(f"{pad}{line}\n" if line else "\n" for line in lines.splitlines()))


@st.composite
def below(draw, value, indent):
    """What stands after a colon or a dash, with its line end."""
    if isinstance(value, (dict, list)) and value and draw(st.integers(0, 3)):
        more = draw(st.sampled_from([1, 2, 4]))
        return draw(st.sampled_from(["\n", "   # more\n", " \n"])) + draw(block(value, indent + more))
    if isinstance(value, str) and can_be_block(value) and draw(st.integers(0, 3)) == 0:
        return draw(block_text(value, indent))
    after = draw(st.sampled_from(["", "   ", "  # aside"]))
    return draw(st.sampled_from([" ", "   "])) + draw(bracketed(value)) + after + "\n"


def can_be_block(text):
    return (
        bool(text.strip()) and text == text.strip() and "\n " not in text and "\n\n" not in text and text.isprintable()
    )


@st.composite
def block_text(draw, text, indent):
    pad = " " * (indent + draw(st.sampled_from([1, 2, 5])))
    if draw(st.booleans()) or "  " in text:
        return f" |-\n{pad}{text}\n"
    words = text.split(" ")
    ends = [draw(st.sampled_from([" ", " ", f"\n{pad}"])) for _ in words[1:]]
    return f" >-\n{pad}{words[0]}" + "".join(end + word for end, word in zip(ends, words[1:], strict=True)) + "\n"


@st.composite
def bracketed(draw, value):
    """Data on one line."""
    if isinstance(value, dict):
        inner = [f"{key}: {draw(bracketed(item))}" for key, item in value.items()]
        return "{" + draw(st.sampled_from([", ", " ,  "])).join(inner) + "}"
    if isinstance(value, list):
        return "[" + ", ".join([draw(bracketed(item)) for item in value]) + draw(st.sampled_from(["]", " ]"]))
    return draw(quoted(value))


@st.composite
def quoted(draw, text):
    if not isinstance(text, str):
        return str(text).lower()
    ways = [scalar_text(text, inside_flow=True), json.dumps(text, ensure_ascii=False)]
    if text.isprintable():
        ways.append("'" + text.replace("'", "''") + "'")
    return draw(st.sampled_from(ways))
