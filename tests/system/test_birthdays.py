#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Birthday calendars: on and off, and in step with the address books whatever happens to these: cards changed, moved, removed,
hidden, pushed; books shared and taken back; people who go; a daemon that was killed in between."""
import json, re, time, unittest
import xml.etree.ElementTree as ET
from daemon import DAV, NS, tree_path
from household import Household, PASSWORD, CALDAV, XML, NAMESPACES, rows
from test_git import Clone

BOOK = "/dav/addressbooks/{}/friends/"
DAYS = "/dav/calendars/{}/birthdays/"
SOON = 10.0  # seconds; it takes 50 ms, but for a machine that is busy with other tests
SYNC = ('<d:sync-collection xmlns:d="DAV:"><d:sync-token>{}</d:sync-token><d:sync-level>1</d:sync-level>'
        "<d:prop><d:getetag/></d:prop></d:sync-collection>")


def card(uid, name, *lines):
    return "\r\n".join(["BEGIN:VCARD", "VERSION:3.0", f"UID:{uid}", f"FN:{name}", f"N:{name};;;;", *lines, "END:VCARD", ""])


class Birthdays(Household):
    def setUp(self):
        super().setUp()
        for user in ("anna", "ben"):
            self.command("addressbook", "add", f"{user}/friends")
        self.command("calendar", "birthdays", "anna", "on")

    # ---- what is done

    def put_card(self, name, fn, *lines, user="anna", book=None, code=201):
        self.ask("PUT", (book or BOOK.format(user)) + name + ".vcf", card(name, fn, *lines),
                 {"Content-Type": "text/vcard"}, user, code=code)

    # ---- what is seen

    def entries(self, user="anna", path=None):
        """{SUMMARY: the object} of the calendar; None: there is none."""
        path = path or DAYS.format(user)
        status, _, body = self.ask("REPORT", path, f"<c:calendar-query {NAMESPACES}><d:prop><c:calendar-data/></d:prop>"
                                   '<c:filter><c:comp-filter name="VCALENDAR"/></c:filter></c:calendar-query>',
                                   {"Depth": "1"}, user)
        if status == 404:
            return None
        self.assertEqual(status, 207, body)
        data = [r.text(CALDAV + "calendar-data") for r in rows(body)]
        return {re.search(r"SUMMARY:(.*)", d).group(1): d for d in data}

    def becomes(self, *summaries, user="anna", path=None):
        """Soon these are there, and no others."""
        want = set(summaries)
        found = self.daemon.wait_for(SOON, lambda: set(self.entries(user, path) or ()) == want)
        self.assertTrue(found, (want, self.entries(user, path)))

    def stays(self, *summaries, user="anna"):
        """Also when all that could follow has followed."""
        time.sleep(0.3)
        self.assertEqual(set(self.entries(user)), set(summaries))

    def sync(self, token="", path=DAYS.format("anna"), user="anna"):
        """(token, {name: gone?})"""
        tree = ET.fromstring(self.ask("REPORT", path, SYNC.format(token), user=user, code=207)[2])
        return tree.findtext("d:sync-token", "", NS), {
            r.findtext("d:href", "", NS).rsplit("/", 1)[1]: r.find("d:status", NS) is not None
            for r in tree.findall("d:response", NS)}

    def head(self):
        return self.daemon.git("rev-parse", "main").strip()

    def subjects(self):
        return self.daemon.git("log", "--format=%s", "main").splitlines()

    # ---- on and off

    def test_on_and_off(self):
        self.put_card("oma", "Oma", "BDAY:1950-04-12")
        self.becomes("🎂 Oma (1950)")
        self.assertIn("birthdays of anna: on, in anna/birthdays\n", self.command("calendar", "birthdays", "anna"))
        self.assertIn("birthdays of ben: off\n", self.command("calendar", "birthdays", "ben"))
        self.assertIn("Birthdays, made from address books", self.command("calendar", "list", "anna"))
        self.assertEqual(json.loads(self.command("calendar", "birthdays", "anna", "--json"))["url"],
                         "/dav/calendars/anna/birthdays/")
        self.command("calendar", "birthdays", "anna", "on")  # nothing to do
        self.assertEqual(self.command("calendar", "birthdays", "anna", "off"), "birthdays of anna: off\n")
        self.assertIsNone(self.entries())
        self.command("calendar", "birthdays", "anna", "off")
        self.command("calendar", "birthdays", "anna", "on")
        self.becomes("🎂 Oma (1950)")
        self.ask("DELETE", DAYS.format("anna"), user="anna", code=204)  # a client does it
        self.assertIn("off", self.command("calendar", "birthdays", "anna"))
        for args in (["birthdays"], ["birthdays", "anna", "yes"], ["birthdays", "nobody", "on"], ["birthdays", "..", "on"]):
            self.assertNotEqual(self.daemon.command("calendar", *args).returncode, 0, args)
        self.assertIn("there is no user", self.daemon.command("calendar", "birthdays", "nobody").stderr)

    def test_over_http(self):
        path = "/api/v1/users/{}/birthdays"
        self.assertEqual(json.loads(self.ask("GET", path.format("ben"), code=200)[2]), {"on": False, "name": None, "url": None})
        self.ask("PUT", path.format("ben"), code=201)
        self.assertTrue(json.loads(self.ask("PUT", path.format("ben"), code=200)[2])["on"])
        self.ask("PUT", path.format("anna"), user="ben", code=403)
        self.ask("DELETE", path.format("anna"), user="ben", code=403)
        self.ask("GET", path.format("anna"), user="ben", code=403)
        self.ask("POST", path.format("ben"), code=405)
        self.ask("DELETE", path.format("ben"), code=204)
        self.assertEqual(self.home("ben"), {"personal", "tasks"} & self.home("ben"))

    def test_the_name_is_taken(self):
        self.command("calendar", "add", "ben/birthdays", "--name", "My own")
        self.assertIn("on, in ben/birthdays-2", self.command("calendar", "birthdays", "ben", "on"))
        self.put_card("oma", "Oma", "BDAY:19500412", user="ben")
        self.becomes("🎂 Oma (1950)", user="ben", path="/dav/calendars/ben/birthdays-2/")
        self.assertEqual(self.entries("ben"), {})

    def test_without_the_daemon(self):
        self.put_card("oma", "Oma", "BDAY:1950-04-12", user="ben")
        self.daemon.stop()
        self.command("calendar", "birthdays", "ben", "on")
        self.assertIn("  1 entry", self.command("calendar", "list", "ben"))
        self.daemon.start()
        self.becomes("🎂 Oma (1950)", user="ben")

    # ---- cards

    def test_cards_change(self):
        self.put_card("oma", "Oma", "BDAY:1950-04-12", "ANNIVERSARY:19750503")
        self.put_card("opa", "Opa")
        self.becomes("🎂 Oma (1950)", "💍 Oma (1975)")
        token, first = self.sync()
        birthday = next(n for n in first if n.startswith("birthday-"))
        self.put_card("oma", "Oma", "BDAY:1950-04-13", "ANNIVERSARY:19750503", code=204)
        self.assertTrue(self.daemon.wait_for(SOON, lambda: "DTSTART;VALUE=DATE:19500413" in self.entries()["🎂 Oma (1950)"]))
        token, changed = self.sync(token)
        self.assertEqual(changed, {birthday: False})
        self.put_card("oma", "Oma", "ANNIVERSARY:19750503", code=204)
        self.becomes("💍 Oma (1975)")
        token, changed = self.sync(token)
        self.assertEqual(changed, {birthday: True})
        self.put_card("oma", "Omi", "BDAY:--0229", code=204)
        self.becomes("🎂 Omi")
        self.assertIn("RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1", self.entries()["🎂 Omi"])
        self.put_card("opa", "Opa", "BDAY;X-APPLE-OMIT-YEAR=1604:1604-12-31", code=204)
        self.becomes("🎂 Omi", "🎂 Opa")
        self.ask("DELETE", BOOK.format("anna") + "oma.vcf", user="anna", code=204)
        self.becomes("🎂 Opa")
        self.ask("DELETE", BOOK.format("anna"), user="anna", code=204)
        self.becomes()
        self.assertIn('Daybook added "🎂 Opa" to anna/birthdays', self.subjects())
        self.assertIn('Daybook changed "🎂 Oma (1950)" in anna/birthdays', self.subjects())
        self.assertIn('Daybook deleted "🎂 Oma (1950)" from anna/birthdays', self.subjects())
        self.assertIn('Daybook added "🎂 Opa" to anna/birthdays', self.command("log", "anna/birthdays"))
        self.command("check")

    def test_nothing_to_say_costs_nothing(self):
        self.put_card("oma", "Oma", "BDAY:1950-04-12")
        self.becomes("🎂 Oma (1950)")
        token = self.sync()[0]
        self.put_card("oma", "Oma", "BDAY:1950-04-12", "REV:20261126T100000Z", "NOTE:at 8", code=204)
        self.put_card("opa", "Opa")
        self.put("/dav/calendars/anna/personal/a.ics", "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\nBEGIN:VEVENT\r\n"
                 "UID:a\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260101T000000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")
        head = self.head()
        self.stays("🎂 Oma (1950)")
        self.assertEqual(self.head(), head)
        self.assertEqual(self.sync(token), (token, {}))

    def test_moved_and_copied(self):
        self.command("addressbook", "add", "anna/work")
        self.put_card("oma", "Oma", "BDAY:1950-04-12")
        self.becomes("🎂 Oma (1950)")
        to = self.daemon.url + "/dav/addressbooks/anna/work/oma.vcf"
        self.ask("MOVE", BOOK.format("anna") + "oma.vcf", headers={"Destination": to}, user="anna", code=201)
        self.assertTrue(self.daemon.wait_for(SOON, lambda: "/anna/work/oma.vcf" in str(self.entries())))
        self.becomes("🎂 Oma (1950)")
        self.ask("MOVE", "/dav/addressbooks/anna/work/", headers={"Destination": "/dav/addressbooks/anna/office/"},
                 user="anna", code=201)
        self.assertTrue(self.daemon.wait_for(SOON, lambda: "/anna/office/oma.vcf" in str(self.entries())))
        # the calendar itself: moved, it goes on; copied, it is a calendar as any other
        self.ask("MOVE", DAYS.format("anna"), headers={"Destination": "/dav/calendars/anna/days/"}, user="anna", code=201)
        self.ask("COPY", "/dav/calendars/anna/days/", headers={"Destination": "/dav/calendars/anna/mine/"}, user="anna",
                 code=201)
        self.put_card("opa", "Opa", "BDAY:19480101")
        self.becomes("🎂 Oma (1950)", "🎂 Opa (1948)", path="/dav/calendars/anna/days/")
        self.assertEqual(set(self.entries(path="/dav/calendars/anna/mine/")), {"🎂 Oma (1950)"})
        entry = self.sync(path="/dav/calendars/anna/mine/")[1].popitem()[0]
        self.ask("DELETE", "/dav/calendars/anna/mine/" + entry, user="anna", code=204)

    # ---- others

    def test_shared_books(self):
        self.command("calendar", "birthdays", "ben", "on")
        self.put_card("oma", "Oma", "BDAY:1950-04-12")
        self.put_card("doc", "Doctor", "BDAY:1960-01-01", "CLASS:PRIVATE")
        self.put_card("law", "Lawyer", "BDAY:1961-01-01", "CLASS:CONFIDENTIAL")
        self.becomes("🎂 Oma (1950)", "🎂 Doctor (1960)", "🎂 Lawyer (1961)")
        self.stays(user="ben")
        self.command("addressbook", "share", "anna/friends", "--with", "group:kids", "--as", "editor")
        self.becomes("🎂 Oma (1950)", user="ben")
        link = re.search(r"X-DAYBOOK-CARD;VALUE=URI:(\S+)", self.entries("ben")["🎂 Oma (1950)"].replace("\n ", "")).group(1)
        self.ask("GET", link, code=200)
        self.put_card("law", "Lawyer", "BDAY:1961-01-01", code=204)
        self.becomes("🎂 Oma (1950)", "🎂 Lawyer (1961)", user="ben")
        self.put_card("bob", "Bob", "BDAY:1999-09-09", user="ben", book="/dav/addressbooks/ben/anna-friends/")
        self.becomes("🎂 Oma (1950)", "🎂 Lawyer (1961)", "🎂 Doctor (1960)", "🎂 Bob (1999)")
        self.becomes("🎂 Oma (1950)", "🎂 Lawyer (1961)", "🎂 Bob (1999)", user="ben")
        # one card with entries of its own
        self.ask("ACL", BOOK.format("anna") + "oma.vcf", f'<d:acl {NAMESPACES}><d:ace><d:principal>'
                 "<d:href>/dav/principals/users/ben/</d:href></d:principal><d:deny><d:privilege><d:all/></d:privilege>"
                 "</d:deny></d:ace></d:acl>", user="anna", code=200)
        self.becomes("🎂 Lawyer (1961)", "🎂 Bob (1999)", user="ben")
        self.assertTrue(self.daemon.wait_for(SOON, lambda: "CLASS:PRIVATE" in self.entries()["🎂 Oma (1950)"]))
        # out of the group, and in again
        self.assertEqual(self.daemon.request("DELETE", "/groups/kids/users/ben")[0], 204)
        self.becomes(user="ben")
        self.assertIn(self.daemon.request("PUT", "/groups/kids/users/ben")[0], (200, 201, 204))
        self.becomes("🎂 Lawyer (1961)", "🎂 Bob (1999)", user="ben")
        self.ask("DELETE", "/dav/addressbooks/ben/anna-friends/", code=204)  # unsubscribed
        self.becomes(user="ben")
        self.command("addressbook", "share", "anna/friends", "--with", "ben", "--as", "reader")
        self.becomes("🎂 Lawyer (1961)", "🎂 Bob (1999)", user="ben")
        self.command("user", "remove", "anna", "--yes")
        self.becomes(user="ben")
        self.command("check")

    def test_a_shared_calendar_hides_what_the_cards_hide(self):
        self.put_card("oma", "Oma", "BDAY:1950-04-12")
        self.put_card("doc", "Doctor", "BDAY:1960-01-01", "CLASS:PRIVATE")
        self.put_card("law", "Lawyer", "BDAY:1961-01-01", "CLASS:CONFIDENTIAL")
        self.becomes("🎂 Oma (1950)", "🎂 Doctor (1960)", "🎂 Lawyer (1961)")
        for role in ("editor", "author"):
            done = self.daemon.command("calendar", "share", "anna/birthdays", "--with", "ben", "--as", role)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn("share it as reader or busy", done.stderr)
        self.command("calendar", "share", "anna/birthdays", "--with", "ben", "--as", "reader")
        share = "/dav/calendars/ben/anna-birthdays/"
        self.assertEqual(set(self.entries("ben", share)), {"🎂 Oma (1950)"})
        self.assertNotIn("Doctor", self.ask("GET", share, code=200)[2].decode())
        self.command("calendar", "share", "anna/birthdays", "--with", "ben", "--as", "busy")
        self.assertEqual(self.entries("ben", share), {})  # a birthday takes nobody's time

    # ---- what others do to it

    def test_pushes(self):
        self.put_card("oma", "Oma", "BDAY:1950-04-12")
        self.put_card("opa", "Opa", "BDAY:1948-01-01")
        self.becomes("🎂 Oma (1950)", "🎂 Opa (1948)")
        token = self.sync()[0]
        before = self.entries()
        clone = Clone(self.daemon)
        folder = clone.folder / "calendars/anna/birthdays"
        entries = sorted(folder.glob("?/?/*.ics"))
        entries[0].write_bytes(entries[0].read_bytes().replace(b"SUMMARY:", b"SUMMARY:Not "))
        entries[1].unlink()
        odd = folder / tree_path("", "odd.ics")[1:]
        odd.parent.mkdir(parents=True, exist_ok=True)
        odd.write_bytes(entries[0].read_bytes().replace(b"UID:", b"UID:x"))
        clone.run("add", "-A")
        clone.run("commit", "-q", "-m", "Birthdays by hand")
        self.assertEqual(clone.push().returncode, 0)
        self.assertTrue(self.daemon.wait_for(SOON, lambda: "Daybook brought" in self.subjects()[0]))
        self.assertEqual(self.entries(), before)
        self.assertTrue(self.sync(token)[1]["odd.ics"])
        # a card that was pushed
        clone = Clone(self.daemon)
        path = clone.folder / tree_path("addressbooks/anna/friends", "eve.vcf")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(card("eve", "Eve", "BDAY:19900101").encode())
        clone.run("add", "-A")
        clone.run("commit", "-q", "-m", "Eve")
        self.assertEqual(clone.push().returncode, 0)
        self.becomes("🎂 Oma (1950)", "🎂 Opa (1948)", "🎂 Eve (1990)")
        # and a calendar that is switched on so
        clone = Clone(self.daemon)
        path = clone.folder / "calendars/carl/days/.collection"
        path.parent.mkdir(parents=True)
        path.write_text("id 11111111-1111-4111-8111-111111111111\nkind calendar\ncomponents VEVENT\nderived birthdays\n")
        clone.run("add", "-A")
        clone.run("commit", "-q", "-m", "Carl's birthdays")
        self.assertEqual(clone.push().returncode, 0)
        self.command("addressbook", "share", "anna/friends", "--with", "carl", "--as", "reader")
        self.becomes("🎂 Oma (1950)", "🎂 Opa (1948)", "🎂 Eve (1990)", user="carl", path="/dav/calendars/carl/days/")

    def test_killed_in_between(self):
        self.put_card("oma", "Oma", "BDAY:1950-04-12")
        self.becomes("🎂 Oma (1950)")
        for i in range(5):
            for k in range(4):
                self.put_card(f"c{i}-{k}", f"C{i}{k}", "BDAY:19700101")
            time.sleep(0.01 * i)
            self.daemon.kill()
            self.daemon.start()
        self.ask("DELETE", BOOK.format("anna") + "oma.vcf", user="anna", code=204)
        self.daemon.kill()
        self.daemon.start()
        self.becomes(*[f"🎂 C{i}{k} (1970)" for i in range(5) for k in range(4)])
        head = self.head()
        self.daemon.stop()
        self.daemon.start()
        time.sleep(0.5)
        self.assertEqual(self.head(), head)  # a start with nothing to repair
        self.daemon.fsck()

    def test_many_at_once(self):
        """An import is one commit, and so is what follows it; for everybody who sees the book."""
        self.command("calendar", "birthdays", "ben", "on")
        self.command("addressbook", "share", "anna/friends", "--with", "ben", "--as", "reader")
        clone = Clone(self.daemon)
        for i in range(500):
            path = clone.folder / tree_path("addressbooks/anna/friends", f"p{i}.vcf")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(card(f"p{i}", f"P{i}", f"BDAY:{1950 + i % 60}0102").encode())
        clone.run("add", "-A")
        clone.run("commit", "-q", "-m", "All of them")
        before = len(self.subjects())
        self.assertEqual(clone.push().returncode, 0)
        for user in ("anna", "ben"):
            self.assertTrue(self.daemon.wait_for(30, lambda: len(self.entries(user)) == 500), user)
        self.assertLessEqual(len(self.subjects()) - before, 3)


if __name__ == "__main__":
    unittest.main()
