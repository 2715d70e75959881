# SPDX-License-Identifier: ISC
"""A second opinion on what an addressbook-query finds and shows, for test_card_query_model.py: RFC 6352 8.3, 8.4, 8.6, 10.4 and 10.5,
RFC 2426 4 and RFC 6350 3.3 and 3.4 for the cards, RFC 4790 and RFC 5051 (query_model.py) for the texts, written from the RFCs alone.
It is slow and takes nothing for granted but that cards are valid."""
import re
from query_model import Prop, ascii_casemap, unicode_casemap

CARD = "{urn:ietf:params:xml:ns:carddav}"
# 8.3: "In the absence of a collation explicitly specified by the client, or if the client specifies the "default" ..."
COLLATIONS = {None: unicode_casemap, "default": unicode_casemap, "i;unicode-casemap": unicode_casemap,
              "i;ascii-casemap": ascii_casemap, "i;octet": str.encode}
# 10.5.4
TYPES = {"equals": lambda value, text: value == text, "contains": lambda value, text: text in value,
         "starts-with": lambda value, text: value.startswith(text), "ends-with": lambda value, text: value.endswith(text)}


class Line:
    """One content line: its group (or None), name, parameters in order, each with all its values."""

    def __init__(self, line, version):
        head, self.value = Prop.cut(line, ":")
        self.head = head
        name, rest = Prop.cut(head, ";")
        self.group, _, self.name = name.upper().rpartition(".")
        self.params = []
        while rest:
            one, rest = Prop.cut(rest, ";")
            key, values = one.split("=", 1)
            found = []
            while values is not None:
                value, more = Prop.cut(values, ",")
                found.append(self.decoded(value, version))
                values = more if len(value) < len(values) else None
            self.params.append((key.upper(), found))

    @staticmethod
    def decoded(value, version):
        """Without its quotes; RFC 6868 is of vCard 4.0."""
        value = value[1:-1] if value.startswith('"') else value
        if version == "3.0":
            return value
        return re.sub(r"\^[n'^]", lambda m: {"^n": "\n", "^'": '"', "^^": "^"}[m.group()], value)

    def text(self):
        """RFC 2426 4, RFC 6350 3.4: what a backslash keeps apart, and the line end that it makes."""
        return re.sub(r"\\(.)", lambda m: "\n" if m.group(1) in "nN" else m.group(1), self.value)

    def is_named(self, name):
        """10.4.2, 10.5.1: without a group "with any group prefix", with one that alone; names have no case (RFC 6350 3.3)."""
        group, _, name = name.upper().rpartition(".")
        return self.name == name and (not group or self.group == group)


def lines(text):
    """The properties of a card; BEGIN and END are none."""
    version = re.search(r"^VERSION:(.*?)\r?$", text, re.M).group(1)
    unfolded = re.sub(r"\r?\n[ \t]", "", text).splitlines()
    return [Line(line, version) for line in unfolded if line and not line.upper().startswith(("BEGIN:", "END:"))]


# ---- filters (10.5)

def of(element, *names):
    return [e for e in element if e.tag in [CARD + name for name in names]]


def test(element, results):
    """anyof is a logical OR, and what is meant where nothing is said."""
    return all(results) if element.get("test") == "allof" else any(results)


def matches(element, text):
    """A filter, and a card. One that holds nothing asks for nothing."""
    found = lines(text)
    props = of(element, "prop-filter")
    return not props or test(element, [prop_filter(e, found) for e in props])


def prop_filter(element, found):
    named = [line for line in found if line.is_named(element.get("name"))]
    if of(element, "is-not-defined"):
        return not named
    conditions = of(element, "text-match", "param-filter")
    return any(not conditions or test(element, [condition(e, line) for e in conditions]) for line in named)


def condition(element, line):
    return text_match(element, [line.text()]) if element.tag == CARD + "text-match" else param_filter(element, line)


def param_filter(element, line):
    """A parameter that stands twice has the values of both (RFC 6350 5.6: TYPE=home;TYPE=work is TYPE=home,work)."""
    named = [values for name, values in line.params if name == element.get("name").upper()]
    if of(element, "is-not-defined"):
        return not named
    return bool(named) and all(text_match(e, sum(named, [])) for e in of(element, "text-match"))


def text_match(element, values):
    """Negated: none of the values fits."""
    prepare, fits = COLLATIONS[element.get("collation")], TYPES[element.get("match-type", "contains")]
    hit = any(fits(prepare(value), prepare(element.text or "")) for value in values)
    return hit != (element.get("negate-condition") == "yes")


# ---- what is shown (10.4)

def shown(element, text):
    """The lines that address-data asks for, unfolded, in their order."""
    asked = of(element, "prop")
    out = []
    for line in lines(text):
        by = next((e for e in asked if line.is_named(e.get("name"))), None)
        if by is not None or not asked:
            out.append(line.head + ":" + ("" if by is not None and by.get("novalue") == "yes" else line.value))
    return ["BEGIN:VCARD", *out, "END:VCARD"]
