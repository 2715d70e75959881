#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Random cards and random filters: an addressbook-query must find and show what a slow evaluator, written from RFC 6352 alone, finds
(card_query_model.py). SEED=N repeats a run, DURATION=N makes it longer; what differs is made as small as can be and printed."""
import datetime, hashlib, os, re, time, unittest
import xml.etree.ElementTree as ET
from hypothesis import HealthCheck, Phase, given, seed, settings, strategies as st
from daemon import Daemon, DAV
from card_query_model import CARD, matches, shown

SEED = int(os.environ.get("SEED", datetime.date.today().toordinal()))
SECONDS = float(os.environ.get("DURATION", 30))
BATCH = 20  # examples between two looks at the clock
XML = {"Content-Type": "application/xml; charset=utf-8", "Depth": "1"}
WORDS = ["Anna", "ANNA", "ann", "Straße", "STRASSE", "éa", "e\u0301A", "ÉA", "Ǆ", "ǆ", "ﬁne", "FINE", "Ａb", "ΣΑΣ", "σας", "a,b",
         "a;b", "c\\d", "two\nlines", "Ångström", "ANGSTRÖM", "한글", "ạ̈", "x" * 70, "ıİ", "😀 ok", "^n", "ᾳ", "Ω", "a:b", "a=b"]
TYPES = ["home", "WORK", "cell", "x-boat", "wor"]
# Properties that are the same in both versions: what a filter sees of the others is not for this test.
TEXTS = ["NICKNAME", "NOTE", "EMAIL", "TEL", "ORG", "CATEGORIES", "ADR", "X-ODD", "TITLE"]
GROUPS = ["", "", "", "item1.", "ITEM2.", "x-g."]
texts = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(" ".join)
percent = st.integers(0, 99)


def escaped(text):
    return text.replace("\\", "\\\\").replace(",", "\\,").replace(";", "\\;").replace("\n", "\\n")


def fold(text, width):
    """By bytes, as RFC 6350 3.2 says, never inside a character."""
    out, length = "", 0
    for char in text:
        size = len(char.encode())
        if length + size > width:
            out, length = out + "\r\n ", 1
        out, length = out + char, length + size
    return out


# ---- cards

@st.composite
def params(draw, version):
    out = ""
    if draw(percent) < 60:
        types = draw(st.lists(st.sampled_from(TYPES), min_size=1, max_size=2, unique=True))
        out += ";TYPE=" + (",".join(types) if draw(st.booleans()) else ";TYPE=".join(types))
    if draw(percent) < 20:
        out += ";" + draw(st.sampled_from(["X-P=1", "x-p=Anna", 'X-P="a;b:c,d"', "X-P=", "X-P=Straße,ann"]))
    if version == "4.0" and draw(percent) < 10:
        out += draw(st.sampled_from([";X-CARET=^n^^n", ";X-CARET=a^'b^'"]))
    return out


@st.composite
def properties(draw, version):
    name = draw(st.sampled_from(TEXTS))
    value = draw(texts)
    if name in ("EMAIL", "TEL"):
        value = draw(st.sampled_from(["anna@example.org", "ANNA@EXAMPLE.ORG", "+49 170 1", "ben@office.example.org", "tom@anna.example.org"]))
    elif name in ("ADR", "ORG"):
        parts = draw(st.lists(texts, min_size=7, max_size=7) if name == "ADR" else st.lists(texts, min_size=1, max_size=2))
        value = ";".join(escaped(p) if draw(st.booleans()) else "" for p in parts)
    elif name == "CATEGORIES":
        value = ",".join(escaped(t) for t in draw(st.lists(texts, min_size=1, max_size=3)))
    else:
        value = escaped(value)
    name = name.lower() if draw(percent) < 10 else name
    return draw(st.sampled_from(GROUPS)) + name + draw(params(version)) + ":" + value


@st.composite
def cards(draw):
    """(name, text) of one card; equal cards have equal names."""
    version = draw(st.sampled_from(["3.0", "3.0", "4.0"]))
    fn = draw(texts)
    lines = ["BEGIN:VCARD", f"VERSION:{version}", "UID:@", f"FN:{escaped(fn)}"]
    lines += [f"N:{escaped(fn)};{escaped(draw(texts))};;;"] if version == "3.0" or draw(st.booleans()) else []
    lines += draw(st.lists(properties(version), max_size=6)) + ["END:VCARD"]
    width = draw(st.sampled_from([75, 75, 20, 9]))
    text = "\r\n".join(fold(line, width) for line in lines) + "\r\n"
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    return digest + ".vcf", text.replace("UID:@", f"UID:{digest}" if width > 20 else f"UID:{digest[:4]}\r\n {digest[4:]}")


# ---- filters

def element(tag, /, *children, text=None, **attributes):
    e = ET.Element(CARD + tag, {k.replace("_", "-"): v for k, v in attributes.items() if v is not None})
    e.extend(children)
    e.text = text
    return e


tests = st.sampled_from([None, "anyof", "allof", "allof"])


@st.composite
def text_matches(draw):
    word = draw(st.sampled_from(WORDS + TYPES + ["anna@example.org", "example", "1", ""]))
    cut = draw(st.integers(0, 2))
    word = word[:len(word) - cut] if draw(st.booleans()) else word[cut:]
    return element("text-match", text=word, match_type=draw(st.sampled_from([None, "contains", "equals", "starts-with", "ends-with"])),
                   collation=draw(st.sampled_from([None, None, "default", "i;ascii-casemap", "i;octet", "i;unicode-casemap"])),
                   negate_condition=draw(st.sampled_from([None, None, "yes", "no"])))


@st.composite
def param_filters(draw):
    inner = draw(st.sampled_from([0, 1, 2, 2]))
    return element("param-filter", *([], [element("is-not-defined")], [draw(text_matches())])[inner],
                   name=draw(st.sampled_from(["TYPE", "TYPE", "type", "X-P", "X-CARET", "LANGUAGE"])))


@st.composite
def prop_filters(draw):
    name = draw(st.sampled_from(["FN", "N", "UID", "VERSION", "fn", "BEGIN", "X-NONE"] + TEXTS))
    name = draw(st.sampled_from(["", "", "", "item1.", "Item2.", "none."])) + name
    how = draw(st.integers(0, 9))
    if how == 0:
        return element("prop-filter", element("is-not-defined"), name=name)
    children = draw(st.lists(text_matches(), max_size=2)) if how > 1 else []
    children += draw(st.lists(param_filters(), max_size=2)) if how > 5 else []
    return element("prop-filter", *children, name=name, test=draw(tests))


filters = st.builds(lambda found, test: element("filter", *found, test=test), st.lists(prop_filters(), max_size=3), tests)
wanted_parts = st.lists(st.tuples(st.sampled_from(TEXTS + ["FN", "VERSION", "item1.TEL", "email", "UID"]), st.sampled_from([None, "no", "yes"])),
                        max_size=4, unique_by=lambda part: part[0].rpartition(".")[2].upper())
limits = st.sampled_from([None, None, 0, 1, 3])


@st.composite
def examples(draw):
    """Cards by their names, and what is asked of them: [(filter, parts, limit)]."""
    return dict(draw(st.lists(cards(), min_size=1, max_size=6))), draw(
        st.lists(st.tuples(filters, wanted_parts, limits), min_size=1, max_size=20))


class CardQueryModel(unittest.TestCase):
    def put(self, found):
        """Each example in an address book of its own, since limits count what else is there."""
        self.books, self.known = self.books + 1, found
        self.path = f"/dav/addressbooks/admin/model-{self.books}/"
        prop = "<d:prop><d:resourcetype><d:collection/><c:addressbook/></d:resourcetype></d:prop>"
        status, _, body = self.ask("MKCOL", self.path, '<d:mkcol xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:carddav"><d:set>'
                                   f"{prop}</d:set></d:mkcol>", {"Content-Type": "text/xml"})
        self.assertEqual(status, 201, body)
        for name, text in found.items():
            status, _, body = self.ask("PUT", self.path + name, text, {"Content-Type": "text/vcard"})
            self.assertEqual(status, 201, (body, text))

    def ask(self, method, path, body=None, headers=None):
        return self.daemon.request(method, path, body and body.encode(), headers, connection=self.connection)

    def query(self, body):
        """{name: address-data}, and whether the row of 8.6.2 is there."""
        status, _, answer = self.ask("REPORT", self.path, body, XML)
        self.assertEqual(status, 207, (answer, body))
        found, more = {}, False
        for row in ET.fromstring(answer).iterfind(f"{DAV}response"):
            href = row.findtext(f"{DAV}href")
            if href == self.path:
                self.assertIn(" 507 ", row.findtext(f"{DAV}status"))
                more = True
            else:
                found[href.rpartition("/")[2]] = row.findtext(f"{DAV}propstat/{DAV}prop/{CARD}address-data")
        return found, more

    def check(self, wanted, parts, limit):
        data = element("address-data", *[element("prop", name=name, novalue=novalue) for name, novalue in parts],
                       content_type="text/vcard", version="3.0")
        prop = ET.Element(DAV + "prop")
        prop.append(data)
        ending = [] if limit is None else [element("limit", element("nresults", text=str(limit)))]
        body = ET.tostring(element("addressbook-query", prop, wanted, *ending), encoding="unicode")
        found, more = self.query(body)
        expected = {name for name, text in self.known.items() if matches(wanted, text)}
        self.hits += len(expected)
        why = f"seed {SEED}\n{body}\n" + "\n".join(re.sub(r"\r\n ", "", self.known[n]) for n in sorted(expected ^ set(found))[:3])
        self.assertLessEqual(set(found), expected, why)
        self.assertEqual(len(found), len(expected) if limit is None else min(limit, len(expected)), why)
        self.assertEqual(more, limit is not None and len(expected) > limit, why)
        for name, text in found.items():
            if "VERSION:3.0" in self.known[name]:
                unfolded = re.sub(r"\n[ \t]", "", text).rstrip("\n").split("\n")
                self.assertEqual(unfolded, shown(data, self.known[name]), why)

    def test_random(self):
        print(f"SEED={SEED}")
        self.books, self.known, self.asked, self.hits = 0, {}, 0, 0
        end = time.time() + SECONDS

        @settings(max_examples=BATCH, deadline=None, database=None, suppress_health_check=list(HealthCheck),
                  phases=[Phase.generate, Phase.shrink], report_multiple_bugs=False)
        @given(examples())
        def run(example):
            self.put(example[0])
            for question in example[1]:
                self.asked += 1
                self.check(*question)
        with Daemon() as self.daemon:
            self.connection = self.daemon.connect()
            batch = 0
            while time.time() < end:
                seed(SEED + 1000000 * batch)(run)()
                batch += 1
            self.connection.close()
        print(f"{self.asked} filters, {self.hits} hits")
        self.assertGreater(self.hits, 0)


if __name__ == "__main__":
    os.chdir(os.path.dirname(os.path.abspath(__file__)))
    unittest.main()
