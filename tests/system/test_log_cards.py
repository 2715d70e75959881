#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""What `daybook log` says a garbling client did: what was lost from a card, marked; how much of a book is gone; and of all that
to each only what they may see."""
import base64, json, os, subprocess, unittest
from daemon import Daemon, event, tree_path
from ways import break_item
from test_git import commit_by_plumbing

PASSWORD = "log-cards-secret"
BOOK = "/dav/addressbooks/anna/contacts/"
CALENDAR = "/dav/calendars/anna/personal/"
VCARD, ICAL = {"Content-Type": "text/vcard"}, {"Content-Type": "text/calendar"}


def photo(size, seed=0):
    return "PHOTO;ENCODING=b;TYPE=JPEG:" + base64.b64encode(bytes((n * 7 + seed) % 251 for n in range(size))).decode()


def card(uid, *extra, fn="Bea"):
    lines = ["BEGIN:VCARD", "VERSION:3.0", f"UID:{uid}", f"FN:{fn}", f"N:;{fn};;;", *extra, "END:VCARD"]
    return "\r\n".join(line[n:n + 70] if n == 0 else " " + line[n:n + 70] for line in lines
                       for n in range(0, len(line), 70)) + "\r\n"


class LogCardsTest(unittest.TestCase):
    def setUp(self):
        self.daemon = Daemon()
        self.daemon.start()
        self.addCleanup(self.daemon.__exit__, None, None, None)
        for name in ("anna", "ben"):
            self.daemon.add_user(name, PASSWORD)
        self.daemon.command("addressbook", "add", "anna/contacts")  # fails where it is there already

    def put(self, path, body, user="anna", agent="Phone/1"):
        headers = dict(VCARD if "addressbooks" in path else ICAL, **{"User-Agent": agent})
        status, _, answer = self.daemon.request("PUT", path, body, headers, user, PASSWORD)
        self.assertIn(status, (201, 204), answer)

    def delete(self, path, agent="Phone/1"):
        self.assertEqual(self.daemon.request("DELETE", path, None, {"User-Agent": agent}, "anna", PASSWORD)[0], 204)

    def log(self, *args):
        done = self.daemon.command("log", *args)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def entries(self, *args):
        return json.loads(self.log(*args, "--json"))["entries"]

    def seen_by(self, user, path):
        status, _, body = self.daemon.request("GET", f"/api/v1/log/{path}", user=user, password=PASSWORD)
        self.assertEqual(status, 200, body)
        return json.loads(body)["entries"]

    def below(self, *args):
        """The lines below the newest entry."""
        lines = self.log(*args).splitlines()
        return [line[18:] for line in lines[1:] if line.startswith(" " * 18)] if len(lines) > 1 else []

    def last(self, path, before, after):
        """What is said of one change."""
        self.put(path, before)
        self.put(path, after)
        found = self.below("anna/" + path.split("/")[4], "-n", "1")
        self.daemon.request("DELETE", path, user="anna", password=PASSWORD)
        return found

    def test_words(self):
        full = ["TEL:+49 1", "EMAIL:bea@example.org", "NOTE:" + "words " * 30, "TITLE:Doctor"]
        rows = [
            ([photo(480000)], [photo(12000)], [" ! photo got smaller (480 KB to 12 KB)"]),
            ([photo(20000)], [], [" ! photo removed"]),
            (full, full[3:], [" ! 3 of 7 properties vanished: TEL, EMAIL, NOTE"]),
            (full, [], [" ! became empty: 4 of 7 properties vanished: TEL, EMAIL, TITLE, NOTE"]),
            ([], ["EMAIL:bea@example.org"], ["   e-mail address added"]),
            (["TEL:1"], ["TEL:2"], ['   phone number changed from "1" to "2"']),
            (full[2:], [full[2][:60], full[3]], [" ! note cut short (179 to 55 characters)"]),
            (["REV:20260101T000000Z"], ["REV:20260102T000000Z"], ["   only REV changed"]),
            ([f"X-{n}:1" for n in range(9)], [f"X-{n}:2" for n in range(9)],
             [f"   X-{n} changed" for n in range(5)] + ["   and 4 more"]),
        ]
        for before, after, want in rows:
            with self.subTest(want=want):
                self.assertEqual(self.last(BOOK + "a.vcf", card("a", *before), card("a", *after)), want)

    def test_renamed(self):
        self.assertEqual(self.last(BOOK + "a.vcf", card("a"), card("a", fn="Beate")), ['   name changed from "Bea" to "Beate"'])

    def test_calendars(self):
        before = event("e", "Dentist", "20260301T100000Z", "20260301T110000Z", ["LOCATION:Town"])
        after = event("e", "Dentist", "20260301T120000Z", "20260301T110000Z".replace("T11", "T13"))
        self.assertEqual(self.last(CALENDAR + "e.ics", before, after),
                         [" ! location removed", "   time moved from 2026-03-01 10:00 UTC to 2026-03-01 12:00 UTC",
                          "   end moved from 2026-03-01 11:00 UTC to 2026-03-01 13:00 UTC"])

    def test_json(self):
        self.put(BOOK + "a.vcf", card("a", "TEL:1"))
        self.put(BOOK + "a.vcf", card("a"))
        newest, oldest = self.entries("anna/contacts", "-n", "2")
        self.assertEqual(newest["changes"][0]["changes_in"],
                         [{"kind": "removed", "property": "TEL", "text": "phone number removed", "loss": True}])
        self.assertIsNone(oldest["changes"][0]["changes_in"])
        self.assertIsNone(newest["bulk"])

    def test_one_by_one(self):
        """A phone that empties a book does it card by card; somebody else's change in between does not hide that."""
        for n in range(15):
            self.put(f"{BOOK}{n}.vcf", card(f"u{n}"))
        for n in range(12):
            self.delete(f"{BOOK}{n}.vcf")
            if n == 5:
                self.put(CALENDAR + "e.ics", event("e"))
        self.assertIn(" ! removed 12 of 15 cards, one by one from anna/contacts", self.below("anna/contacts"))
        for args in ("-n", "1"), ("-n", "100"):
            newest, *others = self.entries("anna/contacts", *args)
            self.assertEqual((newest["bulk"]["removed"], newest["bulk"]["of"]), (12, 15))
            self.assertEqual([e for e in others if e["bulk"]], [])
        self.delete(BOOK + "12.vcf", "Tablet/1")
        self.assertEqual([bool(e["bulk"]) for e in self.entries("anna/contacts", "-n", "3")], [False, True, False])

    def test_one_commit(self):
        for n in range(1, 13):
            self.put(f"{BOOK}{n}.vcf", card(f"u{n}"))
        commit_by_plumbing(self.daemon, {tree_path("addressbooks/anna/contacts", f"{n}.vcf"): None for n in range(1, 12)})
        self.assertTrue(self.daemon.wait_for(5, lambda: self.entries("anna/contacts", "-n", "1")[0]["n_changes"] == 11))
        bulk = self.entries("anna/contacts", "-n", "1")[0]["bulk"]
        self.assertEqual(bulk, {"removed": 11, "of": 12, "collection": "anna/contacts", "text": "removed 11 of 12 cards"})
        self.assertIn(" ! removed 11 of 12 cards from anna/contacts", self.below("anna/contacts", "-n", "1"))

    def test_few_and_whole(self):
        """Some removals are nothing special; a book that is removed is told as that."""
        self.assertEqual(self.daemon.command("addressbook", "add", "anna/club").returncode, 0)
        for n in range(12):
            self.put(f"/dav/addressbooks/anna/club/{n}.vcf", card(f"u{n}"))
            self.put(f"{BOOK}{n}.vcf", card(f"u{n}"))
        for n in range(9):
            self.delete(f"{BOOK}{n}.vcf")
        self.assertEqual(self.daemon.command("addressbook", "remove", "anna/club").returncode, 0)
        self.assertEqual([e["subject"] for e in self.entries("-n", "100") if e["bulk"]], [])

    def test_same_name(self):
        """A calendar and an address book of one name, there and gone; of cards as well as of one card."""
        for kind in "calendar", "addressbook":
            self.assertEqual(self.daemon.command(kind, "add", "anna/club").returncode, 0)
        self.put("/dav/addressbooks/anna/club/a.vcf", card("a"))
        self.put("/dav/calendars/anna/club/a.ics", event("e"))
        for _ in range(2):
            found = [c["path"] + "/" + (c["name"] or "") for e in self.entries("anna/club", "-n", "100") for c in e["changes"]]
            self.assertIn("addressbooks/anna/club/a.vcf", found)
            self.assertIn("calendars/anna/club/a.ics", found)
            self.assertEqual({f.split("/")[2] for f in found}, {"club"})
            only = [c["name"] for e in self.entries("anna/club/a.vcf", "-n", "100") for c in e["changes"]]
            self.assertEqual(set(only), {"a.vcf"})
            for kind in "calendars", "addressbooks":
                self.daemon.request("DELETE", f"/dav/{kind}/anna/club/", None, {}, "anna", PASSWORD)
        self.assertIn("there never was", self.daemon.command("log", "anna/never").stderr)

    def test_moved(self):
        """What is somewhere else now is not gone."""
        self.assertEqual(self.daemon.command("addressbook", "add", "anna/club").returncode, 0)
        for n in range(12):
            self.put(f"{BOOK}{n}.vcf", card(f"u{n}"))
            status, _, body = self.daemon.request("MOVE", f"{BOOK}{n}.vcf", None, {
                "Destination": f"/dav/addressbooks/anna/club/{n}.vcf"}, "anna", PASSWORD)
            self.assertEqual(status, 201, body)
        self.assertEqual([e["subject"] for e in self.entries("-n", "100") if e["bulk"]], [])

    def test_rights(self):
        """To a reader nothing is told of what was private before or is now, and no number of what they do not see."""
        for name, first, second in ("open", "PUBLIC", "PUBLIC"), ("was", "PRIVATE", "PUBLIC"), ("is", "PUBLIC", "PRIVATE"):
            self.put(f"{BOOK}{name}.vcf", card(name, f"CLASS:{first}", "NOTE:secret", "TEL:1", fn=name))
            self.put(f"{BOOK}{name}.vcf", card(name, f"CLASS:{second}", "TEL:2", fn=name))
        for n in range(12):
            self.put(f"{BOOK}{n}.vcf", card(f"u{n}"))
        for n in range(12):
            self.delete(f"{BOOK}{n}.vcf")
        done = self.daemon.command("addressbook", "share", "anna/contacts", "--with", "ben", "--as", "reader")
        self.assertEqual(done.returncode, 0, done.stderr)
        own = self.entries("anna/contacts", "-n", "100")
        self.assertEqual(sum(any(c["changes_in"] for c in e["changes"]) for e in own), 3)
        self.assertEqual([e["bulk"]["of"] for e in own if e["bulk"]], [15])
        self.assertEqual(own, self.seen_by("anna", "anna/contacts?limit=100"))
        # A share shows nothing of what went before it: what follows is seen.
        for name in "open", "was", "is":
            self.put(f"{BOOK}{name}.vcf", card(name, "CLASS:PUBLIC" if name != "is" else "CLASS:PRIVATE", "EMAIL:a@b", fn=name))
        for n in range(12):
            self.put(f"{BOOK}{n}.vcf", card(f"u{n}"))
        for n in range(12):
            self.delete(f"{BOOK}{n}.vcf")
        share = [r for r in self.seen_by("ben", "ben?limit=1000") if any(c["summary"] for c in r["changes"])]
        told = {c["summary"]: [i["text"] for i in c["changes_in"]] for e in share for c in e["changes"] if c["changes_in"]}
        self.assertEqual(set(told), {"open", "was"})
        self.assertIn("phone number removed", told["open"])
        bulks = [e["bulk"] for e in share if e["bulk"]]
        self.assertEqual([(b["removed"], b["of"]) for b in bulks], [(12, None)])
        self.assertNotIn("secret", json.dumps(share))

    def test_bounds(self):
        """A card of as many lines as may be (CARD_MAX_LINES), and many versions of a large one, cost what the call allows and no more."""
        many = [card("a", *(f"X-A{n}:{v}" for n in range(19900))) for v in range(2)]
        self.put(BOOK + "a.vcf", many[0])
        self.put(BOOK + "a.vcf", many[1])
        self.assertLessEqual(len(self.entries("anna/contacts", "-n", "1")[0]["changes"][0]["changes_in"]), 50)
        # More lines than a client may send: by hand, past all rules.
        self.daemon.stop()
        for v in range(2):
            break_item(self.daemon, "addressbooks/anna/contacts", "a.vcf", card("a", *(f"X-A{n}:{v}" for n in range(60000))))
        self.daemon.start()
        self.assertIsNone(self.entries("anna/contacts", "-n", "1")[0]["changes"][0]["changes_in"])
        for n in range(8):
            self.put(BOOK + "b.vcf", card("b", photo(4000000, n)))
        compared = [e["changes"][0]["changes_in"] for e in self.entries("anna/contacts", "-n", "8")]
        self.assertEqual(compared[0][0]["text"], "photo changed")
        self.assertIsNone(compared[6])


if __name__ == "__main__":
    unittest.main()
