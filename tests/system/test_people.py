#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""[people] search: who finds whom, in lists and searches of the real daemon."""
import re, unittest
from daemon import Daemon, FORM

PEOPLE = ("anna", "ben", "carl", "dora")
SEARCH = """<d:principal-property-search xmlns:d="DAV:"><d:property-search><d:prop><d:displayname/></d:prop>
<d:match/></d:property-search></d:principal-property-search>"""
CONFIG = "[auth]\nthrottle = off\n[people]\nsearch = %s\n"


def names(body):
    return set(re.findall(r"<d:href>/dav/principals/(?:users|groups)/([^/<]+)/</d:href>", body.decode()))


class SearchTest(unittest.TestCase):
    def found(self, daemon, user):
        """Whom a search finds; both lists say the same."""
        who = {"user": user, "password": "pw"} if user != "admin" else {}
        status, _, body = daemon.request("REPORT", "/", SEARCH, {"Depth": "0"}, **who)
        self.assertEqual(status, 207)
        listed = set()
        for kind in "users", "groups":
            status, _, lists = daemon.request("PROPFIND", f"/dav/principals/{kind}/", None, {"Depth": "1"}, **who)
            self.assertEqual(status, 207)
            listed |= names(lists)
        self.assertEqual(names(body), listed)
        return listed

    def household(self, daemon):
        for name in PEOPLE:
            daemon.add_user(name, "pw")
        for group, members in ("kids", "ben"), ("club", "anna,group:kids"):
            status, _, body = daemon.request("PUT", f"/groups/{group}", f"members={members}", FORM)
            self.assertEqual(status, 201, body)

    def check(self, setting, wanted):
        with Daemon(config=CONFIG % setting) as daemon:
            self.household(daemon)
            for user, finds in wanted.items():
                self.assertEqual(self.found(daemon, user), finds, f"{user} under search = {setting}")
            self.assertEqual(self.found(daemon, "admin"), {*PEOPLE, "admin", "kids", "club"})
            # A known URL answers every member of the household.
            status, _, body = daemon.request("PROPFIND", "/dav/principals/users/carl/", None, {"Depth": "0"},
                                             user="dora", password="pw")
            self.assertEqual((status, names(body)), (207, {"carl"}))

    def test_members(self):
        everybody = {*PEOPLE, "admin", "kids", "club"}
        self.check("members", {"anna": everybody, "dora": everybody})

    def test_groups(self):
        together = {"anna", "ben", "kids", "club"}
        self.check("groups", {"anna": together, "ben": together, "dora": {"dora"}})

    def test_admins(self):
        self.check("admins", {"anna": {"anna", "club"}, "ben": {"ben", "kids", "club"}, "dora": {"dora"}})

    def test_unknown_word(self):
        daemon = Daemon(config=CONFIG % "friends")
        with self.assertRaisesRegex(RuntimeError, r"daybook\.conf:4: .*members, groups or admins"):
            with daemon:
                pass


if __name__ == "__main__":
    unittest.main()
