#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Debian's python3-vobject and python3-icalendar read all that is emitted: the samples of data/cards in every version that can
be asked for, by GET, multiget, query and sync, alone and as whole books; jCard by the rules of RFC 7095; the birthdays."""
import base64, json, pathlib, re, unittest
from datetime import date
import icalendar, vobject
import xml.etree.ElementTree as ET
from household import Household, PASSWORD, rows

SAMPLES = pathlib.Path(__file__).resolve().parent.parent / "data" / "cards"
NAMES = sorted(p.stem for p in SAMPLES.glob("*.vcf") if not p.stem.endswith("-2.1"))
BOOK = "/dav/addressbooks/anna/contacts/"
CARDDAV = "{urn:ietf:params:xml:ns:carddav}"
XMLNS = 'xmlns:d="DAV:" xmlns:x="urn:ietf:params:xml:ns:carddav"'
TYPES = {3: "text/vcard; version=3.0", 4: "text/vcard; version=4.0", "j": "application/vcard+json"}
DATA = {None: "<x:address-data/>", 3: '<x:address-data content-type="text/vcard" version="3.0"/>',
        4: '<x:address-data content-type="text/vcard" version="4.0"/>',
        "j": '<x:address-data content-type="application/vcard+json" version="4.0"/>'}


def sample(name):
    return (SAMPLES / f"{name}.vcf").read_bytes().decode()


def version_of(text):
    return int(re.search(r"VERSION:(\d)", text)[1])


def component(value):
    return " ".join(value) if isinstance(value, list) else value


class Emitted(Household):
    def setUp(self):
        super().setUp()
        self.assertGreater(len(NAMES), 15)
        for name in NAMES:
            text = sample(name)
            etag = self.ask("PUT", BOOK + name + ".vcf", text, {"Content-Type": TYPES[version_of(text)]}, "anna", code=201)[1]
            self.assertIn("etag", etag, name)

    def get(self, path, kind=None):
        headers = {"Accept": TYPES[kind]} if kind else {}
        _, answered, body = self.ask("GET", path, headers=headers, user="anna", code=200)
        return answered, body.decode()

    def report(self, body):
        """{name: address-data}; the line ends of XML are LF."""
        found = rows(self.ask("REPORT", BOOK, body, {"Depth": "1"}, "anna", code=207)[2])
        return {r.href.rsplit("/", 1)[1][:-4]: r.text(CARDDAV + "address-data") for r in found if r.href != BOOK}

    def same_person(self, name, text, version):
        """vobject reads it, and finds whom the sample is about: names, numbers, addresses, whatever the version."""
        found, told = vobject.readOne(text), vobject.readOne(sample(name))
        self.assertEqual(found.version.value, f"{version}.0", name)
        self.assertEqual(found.fn.value, told.fn.value, name)
        for word, strip in (("email", ""), ("tel", "tel:"), ("org", ""), ("nickname", ""), ("note", "")):
            got, want = (sorted(self.digits(word, l.value, strip) for l in card.contents.get(word, [])) for card in (found, told))
            self.assertEqual(got, want, (name, word))
        if "n" in told.contents and version_of(sample(name)) == version:
            self.assertEqual(found.n.value, told.n.value, name)

    @staticmethod
    def digits(word, value, strip):
        return re.sub("[^0-9+]", "", str(value)) if word == "tel" else str(value)


class EveryVersionTest(Emitted):
    def test_get(self):
        for name in NAMES:
            stored = version_of(sample(name))
            for kind, version in ((None, 3), (3, 3), (4, 4)):
                with self.subTest(name=name, kind=kind):
                    answered, text = self.get(BOOK + name + ".vcf", kind)
                    self.assertEqual(answered["content-type"].replace(" ", ""), f"text/vcard;charset=utf-8;version={version}.0".replace(";version=3.0", ""))
                    self.same_person(name, text, version)
                    if version == stored:
                        self.assertEqual(text, sample(name))

    def test_reports(self):
        hrefs = "".join(f"<d:href>{BOOK}{n}.vcf</d:href>" for n in NAMES)
        for kind, version in ((None, 3), (3, 3), (4, 4)):
            prop = f"<d:prop><d:getetag/>{DATA[kind]}</d:prop>"
            bodies = {
                "multiget": f"<x:addressbook-multiget {XMLNS}>{prop}{hrefs}</x:addressbook-multiget>",
                "query": f"<x:addressbook-query {XMLNS}>{prop}</x:addressbook-query>",
                "sync": f"<d:sync-collection {XMLNS}><d:sync-token/><d:sync-level>1</d:sync-level>{prop}</d:sync-collection>",
            }
            for which, body in bodies.items():
                with self.subTest(which=which, kind=kind):
                    found = self.report(body)
                    self.assertEqual(sorted(found), NAMES)
                    for name, text in found.items():
                        self.same_person(name, text, version)
                        self.assertEqual(text.replace("\r", ""), self.get(BOOK + name + ".vcf", kind)[1].replace("\r", ""))

    def test_whole_book(self):
        for kind, version in ((None, 3), (3, 3), (4, 4)):
            answered, text = self.get(BOOK, kind)
            found = list(vobject.readComponents(text))
            self.assertEqual(len(found), len(NAMES))
            self.assertEqual(sorted(c.fn.value for c in found), sorted(vobject.readOne(sample(n)).fn.value for n in NAMES))
            self.assertEqual({c.version.value for c in found}, {f"{version}.0"})
        done = self.daemon.command("export", "anna/contacts")
        self.assertEqual(len(list(vobject.readComponents(done.stdout))), len(NAMES))

    def test_photos(self):
        """The same picture in both versions, decoded."""
        seen = 0
        for name in NAMES:
            three, four = vobject.readOne(self.get(BOOK + name + ".vcf", 3)[1]), self.get(BOOK + name + ".vcf", 4)[1]
            if "photo" not in three.contents or not isinstance(three.photo.value, bytes):
                continue
            # vobject cuts a URI at its comma; Nextcloud's is no URI
            got = re.search(r"\nPHOTO[:;].*[,:]([A-Za-z0-9+/=]+)\r", re.sub(r"\r\n ", "", four))[1]
            got = base64.b64decode(got, validate=True)
            self.assertEqual(got, three.photo.value, name)
            self.assertTrue(got[:4] in (b"\x89PNG", b"\xff\xd8\xff\xdb", b"\xff\xd8\xff\xe0", b"GIF8"), (name, got[:8]))
            seen += 1
        self.assertGreater(seen, 4)


class JcardTest(Emitted):
    def check(self, card, name):
        """RFC 7095 3.2 to 3.4."""
        kind, properties = card
        self.assertEqual(kind, "vcard")
        self.assertEqual(properties[0], ["version", {}, "text", "4.0"])
        for prop, params, value_type, *values in properties:
            self.assertEqual((prop, value_type), (prop.lower(), value_type.lower()), name)
            self.assertIsInstance(params, dict)
            self.assertTrue(values, (name, prop))
            self.assertNotIn("value", params)
            self.assertNotIn("version", params)
            for key, value in params.items():
                self.assertEqual(key, key.lower())
                self.assertIsInstance(value, (str, list))
        told = vobject.readOne(sample(name))
        self.assertIn(told.fn.value, [p[3] for p in properties if p[0] == "fn"])
        if "n" in told.contents:
            self.assertIn(component(told.n.value.family), [component(p[3][0]) for p in properties if p[0] == "n"])
        # BDAY as RFC 7095 3.5.4 writes dates.
        for p in properties:
            if p[0] in ("bday", "anniversary", "deathdate") and p[2].startswith("date"):
                self.assertRegex(p[3], r"^(\d{4}(-\d\d(-\d\d)?)?|--\d\d(-\d\d)?|---\d\d)(T.*)?$|^T", (name, p))

    def test_all(self):
        for name in NAMES:
            with self.subTest(name):
                answered, text = self.get(BOOK + name + ".vcf", "j")
                self.assertRegex(answered["content-type"], "^application/vcard\\+json")
                self.check(json.loads(text), name)
        hrefs = "".join(f"<d:href>{BOOK}{n}.vcf</d:href>" for n in NAMES)
        found = self.report(f"<x:addressbook-multiget {XMLNS}><d:prop>{DATA['j']}</d:prop>{hrefs}</x:addressbook-multiget>")
        for name, text in found.items():
            self.check(json.loads(text), name)


class BirthdaysTest(Emitted):
    # What the samples say: month, day, and the year behind the name where it is known.
    WANTED = {
        "🎂 Anna Beispiel (1979)": "0228", "🎂 Ben Beispiel": "0229", "🎂 Carla Muster (1985)": "0412",
        "🎂 Dora Muster (1990)": "1103", "🎂 Dr. Greta Maria Example jr.": "0229", "🎂 Emil Kaufmann (1966)": "0715",
        "🎂 Frida Brandt (1971)": "0102", "🎂 Henning Kruse (1962)": "1003", "🎂 Inga Kruse (1964)": "0503",
        "🎂 Jonas Example (1980)": "1231", "🎂 Lea Feldmann (1993)": "1108", "🎂 Otto Rest (1953)": "0115",
        "💍 Anna Beispiel (2011)": "0903", "💍 Ben Beispiel (2011)": "0903", "💍 Carla Muster": "0620",
        "💍 Dora Muster (2015)": "0808", "💍 Dr. Greta Maria Example jr. (2009)": "0620", "💍 Emil Kaufmann (1995)": "0505",
        "💍 Frida Brandt (2004)": "0229", "💍 Henning Kruse (1990)": "0707", "💍 Inga Kruse (1990)": "0707",
        "💍 Karl von Beispiel (2001)": "1224", "💍 Lea Feldmann (2020)": "0222",
    }

    def test_icalendar(self):
        self.command("calendar", "birthdays", "anna", "on")
        path = "/dav/calendars/anna/birthdays/"

        def events():
            calendar = icalendar.Calendar.from_ical(self.ask("GET", path, user="anna", code=200)[2])
            found = {str(e["SUMMARY"]): e for e in calendar.walk("VEVENT")}
            return found if set(self.WANTED) == set(found) else None
        found = self.daemon.wait_for(20, events)
        self.assertTrue(found)
        for summary, day in self.WANTED.items():
            event = found[summary]
            self.assertIsInstance(event["DTSTART"].dt, date)
            self.assertEqual(f"{event['DTSTART'].dt:%m%d}", day)
            self.assertEqual(event["RRULE"]["FREQ"], ["YEARLY"])
            self.assertEqual(event["TRANSP"], "TRANSPARENT")
            year = re.search(r"\((\d+)\)$", summary)
            self.assertTrue(not year or event["DTSTART"].dt.year == int(year[1]), summary)


if __name__ == "__main__":
    unittest.main()
