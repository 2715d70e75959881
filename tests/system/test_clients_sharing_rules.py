#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""How GNOME, Thunderbird and DAVx5 decide whether a calendar may be changed, applied to what the server answers to their own
questions: for every role, at the share and at the owner's URL; and what they then meet when they write all the same."""
import unittest
import xml.etree.ElementTree as ET
from daemon import ADMIN_PASSWORD, DAV, event
from household import CALDAV, Household, NAMESPACES, OWN, PASSWORD, SHARE, propfind, rows

WRITING = {DAV + "all", DAV + "write", DAV + "write-content"}
READ_ONLY, WRITABLE, NOTHING = "read-only", "writable", "nothing there"
# Who asks, in what role, where; and what all three clients must make of it. An author is writable, and is refused with
# need-privileges what is not theirs: all three take that back, while a read-only calendar would keep authors from adding.
OUTCOMES = [
    ("anna", "none", OWN, WRITABLE),
    ("ben", "editor", SHARE, WRITABLE),
    ("ben", "editor", OWN, WRITABLE),
    ("ben", "author", SHARE, WRITABLE),
    ("ben", "author", OWN, WRITABLE),
    ("ben", "reader", SHARE, READ_ONLY),
    ("ben", "reader", OWN, READ_ONLY),
    ("ben", "busy", SHARE, READ_ONLY),
    ("ben", "busy", OWN, NOTHING),
    ("ben", "none", SHARE, NOTHING),
    ("ben", "none", OWN, NOTHING),
    ("carl", "editor", OWN, NOTHING),
    ("admin", "none", OWN, WRITABLE),
]


def gnome(allow, privileges):
    """evolution-data-server 3.46, e-cal-backend-caldav.c: Allow counts only where the privileges cannot be read."""
    if privileges is None:
        return bool({"PUT", "POST", "DELETE"} & {word.strip() for word in allow.split(",")})
    return bool(privileges & WRITING)


def thunderbird(privileges):
    """calendar/providers/caldav."""
    return bool(privileges & (WRITING | {DAV + "write-properties"}))


def davx5(privileges):
    """dav4jvm, CurrentUserPrivilegeSet.mayWriteContent."""
    return bool(privileges & WRITING)


class Rules(Household):
    def setUp(self):
        super().setUp()
        self.put(OWN + "dentist.ics", event("dentist", "Dentist"))

    def row(self, path, body, user, password, depth="0"):
        """The row of `path`; None where there is nothing."""
        asked = path if depth == "0" else path.rstrip("/").rsplit("/", 1)[0] + "/"
        status, _, answer = self.ask("PROPFIND", asked, body, {"Depth": depth}, user, password)
        if status == 404:
            return None
        self.assertEqual(status, 207)
        return next((r for r in rows(answer) if r.href == path), None)

    def verdicts(self, path, user, password=None):
        """What each of the three says, each by its own requests."""
        password = password or (ADMIN_PASSWORD if user == "admin" else PASSWORD)
        allow = self.ask("OPTIONS", path, user=None)[1]["allow"]
        asked = {
            "GNOME": (propfind("d:current-user-privilege-set"), "0", lambda held: gnome(allow, held)),
            "Thunderbird": (propfind("d:resourcetype", "d:owner", "d:current-user-principal",
                                     "d:current-user-privilege-set", "d:supported-report-set",
                                     "c:supported-calendar-component-set", "cs:getctag"), "0", thunderbird),
            "DAVx5": (propfind("d:current-user-privilege-set", "d:displayname", "d:owner", "d:resourcetype",
                               "c:supported-calendar-component-set", "cs:source"), "1", davx5),
        }
        found = {}
        for client, (body, depth, rule) in asked.items():
            # DAVx5 lists homes; another's home it does not see, and it is given the calendar's own URL then.
            own = f"/{user}/" in path or user == "admin"
            row = self.row(path, body, user, password, depth if own else "0")
            self.assertIsNot(row and row.privileges() is None, True, f"{client} cannot read its privileges at {path}")
            found[client] = NOTHING if row is None else WRITABLE if rule(row.privileges()) else READ_ONLY
        return found


class OutcomesTest(Rules):
    def test_all(self):
        for user, role, path, want in OUTCOMES:
            with self.subTest(user=user, role=role, path=path):
                self.share(("users/ben", role))
                self.assertEqual(self.verdicts(path, user), dict.fromkeys(("GNOME", "Thunderbird", "DAVx5"), want))

    def test_through_group(self):
        """The same by membership; what is granted by name comes on top."""
        for role, want in (("editor", WRITABLE), ("author", WRITABLE), ("reader", READ_ONLY), ("busy", READ_ONLY)):
            self.share(("groups/kids", role))
            self.assertEqual(set(self.verdicts(SHARE, "ben").values()), {want}, role)
        self.share(("groups/kids", "reader"), ("users/ben", "editor"))
        self.assertEqual(set(self.verdicts(SHARE, "ben").values()), {WRITABLE})
        self.assertEqual(set(self.verdicts("/dav/calendars/carl/anna-personal/", "carl").values()), {READ_ONLY})

    def test_devices(self):
        """A read-only device of an owner, an editor, an author is told so."""
        for user, path in (("anna", OWN), ("ben", SHARE)):
            secret = self.command("device", "add", user, "Wall tablet", "--scope", "read-only").strip()
            for role in ("editor", "author", "reader", "busy"):
                self.share(("users/ben", role))
                self.assertEqual(set(self.verdicts(path, user, secret).values()), {READ_ONLY}, (user, role))

    def test_home(self):
        """DAVx5 offers "create" where the home says bind, "delete" where the collection says unbind: in one's own home."""
        for role in ("editor", "author", "reader", "busy"):
            self.share(("users/ben", role))
            found = self.props("/dav/calendars/ben/", "d:current-user-privilege-set", "d:owner", "d:displayname",
                               depth=1)
            self.assertIn(DAV + "bind", found["/dav/calendars/ben/"].privileges())
            self.assertIn(DAV + "unbind", found["/dav/calendars/ben/personal/"].privileges())
            self.assertEqual(DAV + "unbind" in found[SHARE].privileges(), role == "editor")
            # Whose it is: DAVx5 and Thunderbird show it.
            self.assertEqual(found[SHARE].href_of(DAV + "owner"), "/dav/principals/users/anna/")
            self.assertEqual(found[SHARE].text(DAV + "displayname"), "Personal (Anna)")
            self.assertEqual(found["/dav/calendars/ben/personal/"].href_of(DAV + "owner"), "/dav/principals/users/ben/")

    def test_other_homes(self):
        """DAVx5 follows group-membership and proxies to homes of others: nothing of theirs is listed there."""
        self.share(("groups/kids", "editor"))
        for path in ("/dav/calendars/anna/", "/dav/calendars/carl/"):
            self.ask("PROPFIND", path, propfind("d:displayname"), {"Depth": "1"}, code=404)
        row = self.props("/dav/principals/groups/kids/", "c:calendar-home-set", "d:displayname", "d:resourcetype")
        self.assertIn(CALDAV + "calendar-home-set", row["/dav/principals/groups/kids/"].missing)


class RefusedTest(Rules):
    """What a client meets that writes all the same: its calendar was writable yesterday."""

    def needs(self, answer, href, privilege):
        """DAVx5 drops its change quietly only for need-privileges; exactly one element in DAV:error, no text."""
        self.assertEqual(answer[0], 403, answer)
        self.assertIn("xml", answer[1]["content-type"])
        error = ET.fromstring(answer[2])
        self.assertEqual((error.tag, [e.tag for e in error]), (DAV + "error", [DAV + "need-privileges"]))
        found = [(r.findtext(DAV + "href"), [p[0].tag for p in r.iter(DAV + "privilege")]) for r in error[0]]
        self.assertEqual(found, [(href, [DAV + privilege])])

    def test_davx5(self):
        item = SHARE + "dentist.ics"
        for role in ("reader", "busy"):
            self.share(("users/ben", "editor"))
            self.share(("users/ben", role))
            tag = self.props(item, "d:getetag")[item].text(DAV + "getetag")
            token = self.props(SHARE, "d:sync-token")[SHARE].text(DAV + "sync-token")
            self.needs(self.put(SHARE + "n.ics", event("n"), "ben", None, **{"If-None-Match": "*"}), SHARE, "bind")
            self.needs(self.put(item, event("dentist", "Doctor"), "ben", None, **{"If-Match": tag}), item, "write-content")
            # The refused change is told again: DAVx5 has dropped its own copy.
            self.announced(token, ["dentist.ics"])
            token = self.props(SHARE, "d:sync-token")[SHARE].text(DAV + "sync-token")
            self.needs(self.ask("DELETE", item, headers={"If-Match": tag}), SHARE, "unbind")
            self.announced(token, ["dentist.ics"])
            self.assertEqual(self.props(item, "d:getetag")[item].text(DAV + "getetag"), tag)

    def announced(self, token, names):
        fresh = self.props(SHARE, "d:sync-token")[SHARE].text(DAV + "sync-token")
        self.assertNotEqual(fresh, token)
        for since, want in ((token, names), (fresh, [])):
            body = f"<d:sync-collection {NAMESPACES}><d:sync-token>{since}</d:sync-token><d:sync-level>1</d:sync-level>" \
                   "<d:prop><d:getetag/><d:resourcetype/></d:prop></d:sync-collection>"
            answer = self.ask("REPORT", SHARE, body, {"Depth": "0"}, code=207)[2]
            self.assertEqual([r.href.rsplit("/", 1)[1] for r in rows(answer)], want)
            self.assertEqual(ET.fromstring(answer).findtext(DAV + "sync-token"), fresh)

    def test_author(self):
        """Writable in all three, and what is not theirs is refused in a way that all three take back."""
        self.share(("users/ben", "author"))
        self.put(SHARE + "mine.ics", event("mine"), "ben", **{"If-None-Match": "*"})
        self.put(SHARE + "mine.ics", event("mine", "Changed"), "ben", 204)
        held = {href: row.privileges() for href, row in
                self.props(SHARE, "d:current-user-privilege-set", depth=1).items()}
        self.assertIn(DAV + "write-content", held[SHARE + "mine.ics"])
        self.assertNotIn(DAV + "write-content", held[SHARE + "dentist.ics"])
        self.assertNotIn(DAV + "write", held[SHARE])
        self.needs(self.put(SHARE + "dentist.ics", event("dentist", "Doctor"), "ben", None), SHARE + "dentist.ics",
                   "write-content")
        self.needs(self.ask("DELETE", SHARE + "dentist.ics"), SHARE, "unbind")
        self.ask("DELETE", SHARE + "mine.ics", code=204)
        # Without bind nothing is left of it (webdav/acl.h): not even what they added once.
        self.put(SHARE + "mine.ics", event("mine"), "ben")
        self.share(("users/ben", "reader"))
        self.assertEqual(set(self.verdicts(SHARE, "ben").values()), {READ_ONLY})
        self.needs(self.put(SHARE + "mine.ics", event("mine", "Again"), "ben", None), SHARE + "mine.ics", "write-content")


if __name__ == "__main__":
    unittest.main()
