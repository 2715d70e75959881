#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Sharing by command, beside the running daemon and without it, and what each role is worth over HTTP to whoever got it:
seen, changed, unsubscribed, renamed by the owner, deleted, through groups, killed right after."""
import json, os, re, unittest
import xml.etree.ElementTree as ET
from daemon import DAV, Daemon, event

PASSWORD = "share-secret"
SCHOOL, SHARE = "/dav/calendars/anna/school/", "/dav/calendars/ben/anna-school/"
HOSTILE = ["..", "group:..", "the kids", "@ben", "bën", "bеn", "ben\u200b", "ben\nace grant all all", "b" * 300, "a/b",
           "users/ben", "ben#1", "group:", "."]
COLOR = ('<d:propertyupdate xmlns:d="DAV:" xmlns:a="http://apple.com/ns/ical/"><d:set><d:prop>'
         '<a:calendar-color>#ff0000</a:calendar-color></d:prop></d:set></d:propertyupdate>')
SYNC = ('<d:sync-collection xmlns:d="DAV:"><d:sync-token>{}</d:sync-token><d:sync-level>1</d:sync-level><d:prop>'
        '<d:getetag/></d:prop></d:sync-collection>')


class Household(unittest.TestCase):
    running = False

    def setUp(self):
        self.daemon = Daemon()
        self.daemon.__enter__()
        self.addCleanup(self.daemon.__exit__, None, None, None)
        for name in ("anna", "ben", "carl"):
            self.daemon.add_user(name, PASSWORD)
        self.out("calendar", "add", "anna/school", "--name", "School")
        if not self.running:
            self.daemon.stop()

    def run_(self, *args, code=0):
        done = self.daemon.command(*args)
        self.assertEqual(done.returncode, code, f"{args}\n{done.stdout}\n{done.stderr}")
        self.assertNotIn("Sanitizer", done.stderr)
        self.assertNotIn("runtime error", done.stderr)
        return done

    def out(self, *args):
        return self.run_(*args).stdout

    def fails(self, *args):
        return self.run_(*args, code=1).stderr

    def share(self, with_, role, what="anna/school"):
        return self.out("calendar", "share", what, "--with", with_, "--as", role)

    def cells(self, row="anna/school", command="calendar"):
        """A row of the matrix, as {person: word}, without the first admin."""
        lines = self.out(command, "shares").splitlines()
        names = lines[0].split()
        found = [l.split() for l in lines[1:] if l.startswith(row + " ")]
        return {n: w for n, w in zip(names, found[0][1:]) if n != "admin*"} if found else None


class Commands:
    """What holds in both ways."""

    def test_share(self):
        self.assertEqual(self.share("ben", "author"), f"anna/school is shared with ben as author: {SHARE}\n")
        self.assertEqual(self.share("Ben", "reader"), f"anna/school is shared with ben as reader: {SHARE}\n")
        self.out("group", "add", "kids", "ben", "carl")
        self.assertEqual(self.share("group:kids", "busy"), "anna/school is shared with group:kids as busy\n")
        self.assertEqual(self.cells(), {"anna": "owner", "ben": "read", "carl": "busy"})
        self.assertEqual(self.cells("anna/personal"), {"anna": "owner", "ben": "-", "carl": "-"})
        self.assertEqual(self.out("calendar", "shares", "anna/school").splitlines(),
                         [f"ben                  read     {SHARE}", "group:kids           busy     ben read, carl busy"])
        self.assertEqual(self.share("ben", "none"), "anna/school is no longer shared with ben\n"
                         "with all other entries, groups and denials, ben is still busy there\n")
        self.assertIn("through the group kids", self.fails("calendar", "share", "anna/school", "--with", "ben", "--as", "none"))
        self.assertEqual(self.share("group:kids", "none"), "anna/school is no longer shared with group:kids\n")
        self.assertEqual(self.out("calendar", "shares", "anna/school"), "anna/school is shared with nobody\n")
        log = self.out("log")
        for words in ("shared School of anna with ben as reader", "shared School of anna with the group kids as busy",
                      "no longer shares School of anna with the group kids"):
            self.assertIn(words, log)

    def test_matrix(self):
        self.share("ben", "editor")
        self.share("carl", "author")
        self.assertIn("unsubscribed carl/anna-school; whose it is keeps it",
                      self.out("calendar", "remove", "carl/anna-school"))
        self.assertEqual(self.cells(), {"anna": "owner", "ben": "edit", "carl": "(add)"})
        self.assertIn("(in brackets) not among their own calendars", self.out("calendar", "shares"))
        os.environ["COLUMNS"] = "30"
        self.addCleanup(os.environ.pop, "COLUMNS", None)
        self.assertIn("anna/school: anna owner, ben edit, carl (add)\n", self.out("calendar", "shares"))
        os.environ.pop("COLUMNS")
        matrix = json.loads(self.out("calendar", "shares", "--json"))
        self.assertEqual([p["name"] for p in matrix["persons"]], ["admin", "anna", "ben", "carl"])
        row = {c["collection"]: c for c in matrix["collections"]}["anna/school"]
        self.assertEqual(row["roles"]["ben"], {"role": "editor", "url": SHARE, "subscribed": True})
        self.assertEqual(row["roles"]["carl"], {"role": "author", "url": None, "subscribed": False})
        of_ben = [c["collection"] for c in json.loads(self.out("calendar", "shares", "ben", "--json"))["collections"]]
        self.assertEqual(of_ben, ["anna/school", "ben/personal", "ben/tasks"])
        listed = self.out("calendar", "list", "ben")
        self.assertRegex(listed, r"(?m)^ben/anna-school +calendar +0 entries +School \(anna\), as editor$")
        self.out("user", "admin", "ben")
        self.assertRegex(self.out("calendar", "shares"), r"(?m)^ +admin\* +anna +ben\* +carl *$")
        self.assertIn("* an admin, who sees and changes everything", self.out("calendar", "shares"))

    def test_address_books(self):
        self.assertIn("added anna/friends", self.out("addressbook", "add", "anna/friends", "--name", "Friends"))
        self.assertIn("as author: /dav/addressbooks/ben/anna-friends/",
                      self.out("addressbook", "share", "anna/friends", "--with", "ben", "--as", "author"))
        self.assertIn("no times", self.fails("addressbook", "share", "anna/friends", "--with", "carl", "--as", "busy"))
        self.assertEqual(self.cells("anna/friends", "addressbook"), {"anna": "owner", "ben": "add", "carl": "-"})
        self.assertIsNone(self.cells("anna/friends"))
        self.assertIn("Friends (anna), as author", self.out("addressbook", "list", "ben"))
        self.assertNotIn("friends", self.out("calendar", "list"))
        self.assertIn("anna/friends is an address book", self.fails("calendar", "share", "anna/friends", "--with", "ben", "--as", "reader"))
        self.assertIn("removed anna/friends", self.out("addressbook", "remove", "anna/friends"))
        self.assertNotIn("friends", self.out("addressbook", "list"))
        self.run_("addressbook", "add", "anna/x", "--components", "VTODO", code=2)

    def test_wrong_use(self):
        share = ("calendar", "share", "anna/school")
        for args, code in ((share, 2), ((*share, "--with", "ben"), 2), ((*share, "--as", "reader"), 2),
                           ((*share, "--with", "", "--as", "reader"), 2), ((*share, "--with", "ben", "--as", ""), 2),
                           (("calendar", "share", "anna", "--with", "ben", "--as", "reader"), 2),
                           (("calendar", "share", "anna/a/b", "--with", "ben", "--as", "reader"), 2),
                           (("calendar", "shares", ""), 2), (("calendar", "shares", "/x"), 2),
                           (("calendar", "shares", "dora"), 1), (("calendar", "shares", "anna/none"), 1),
                           ((*share, "--with", "ben", "--as", "boss"), 1), ((*share, "--with", "anna", "--as", "reader"), 1),
                           ((*share, "--with", "dora", "--as", "reader"), 1),
                           ((*share, "--with", "group:dora", "--as", "none"), 1),
                           (("calendar", "share", "anna/..", "--with", "ben", "--as", "reader"), 1)):
            self.run_(*args, code=code)
        for name in HOSTILE:
            self.assertIn("nobody's name", self.fails(*share, "--with", name, "--as", "reader"), name)
        self.assertEqual(self.out("calendar", "shares", "anna/school"), "anna/school is shared with nobody\n")
        self.share("ben", "editor")
        self.assertIn("only they can", self.fails("calendar", "share", "ben/anna-school", "--with", "carl", "--as", "reader"))

    def test_a_user_made_again_is_nobody(self):
        self.share("ben", "editor")
        self.out("user", "remove", "ben", "--yes")
        self.assertEqual(self.daemon.command("user", "add", "ben", input=PASSWORD + "\n").returncode, 0)
        self.assertEqual(self.cells()["ben"], "-")
        self.assertEqual(self.out("calendar", "shares", "anna/school"), "anna/school is shared with nobody\n")


class Alone(Commands, Household):
    def test_the_daemon_sees_it(self):
        self.share("ben", "reader")
        self.daemon.start()
        self.assertEqual(self.daemon.request("GET", SHARE, user="ben", password=PASSWORD)[0], 200)
        self.assertEqual(self.daemon.request("GET", SCHOOL, user="carl", password=PASSWORD)[0], 404)


class Beside(Commands, Household):
    running = True

    def ask(self, who, method, path, body=None, **headers):
        sent = {k.replace("_", "-"): v for k, v in headers.items()}
        if method == "PUT":
            sent["Content-Type"] = "text/calendar"
        elif body:
            sent["Content-Type"] = "application/xml"
        return self.daemon.request(method, path, body, sent, who, PASSWORD)

    def status(self, *args, **headers):
        return self.ask(*args, **headers)[0]

    def put(self, who, path, uid, day=1):
        return self.status(who, "PUT", path, event(uid, f"Event {uid}", f"202603{day:02}T100000Z", f"202603{day:02}T110000Z"))

    def home(self, who):
        """Calendars that a client finds in a home."""
        status, _, body = self.ask(who, "PROPFIND", f"/dav/calendars/{who}/", Depth="1")
        self.assertEqual(status, 207)
        return {r.find(f"{DAV}href").text.split("/")[-2] for r in ET.fromstring(body).iter(f"{DAV}response")}

    def sync(self, who, path, token=""):
        """(token, {href: is it there})"""
        status, _, body = self.ask(who, "REPORT", path, SYNC.format(token))
        self.assertEqual(status, 207, body)
        tree = ET.fromstring(body)
        rows = {r.find(f"{DAV}href").text: r.find(f"{DAV}status") is None for r in tree.iter(f"{DAV}response")}
        return tree.find(f"{DAV}sync-token").text, rows

    def privileges(self, who, path):
        _, _, body = self.ask(who, "PROPFIND", path,
                              '<d:propfind xmlns:d="DAV:"><d:prop><d:current-user-privilege-set/></d:prop></d:propfind>',
                              Depth="0")
        return set(re.findall(r"<d:privilege><d:([a-z-]+)/>", body.decode()))

    def color(self, who, path):
        _, _, body = self.ask(who, "PROPFIND", path,
                              '<d:propfind xmlns:d="DAV:" xmlns:a="http://apple.com/ns/ical/"><d:prop><a:calendar-color/>'
                              '</d:prop></d:propfind>', Depth="0")
        found = re.search(rb">(#[0-9a-f]+)<", body)
        return found and found.group(1).decode()

    def test_roles(self):
        """see, add, change own, change hers, delete hers, delete own"""
        for role, want, writes in (("editor", (200, 201, 204, 204, 204, 204), True),
                                   ("author", (200, 201, 204, 403, 403, 204), True),
                                   ("reader", (200, 403, 403, 403, 403, 403), False),
                                   ("busy", (200, 403, 403, 403, 403, 403), False)):
            with self.subTest(role):
                self.put("anna", SCHOOL + "hers.ics", "hers")
                self.share("ben", "author")
                self.assertEqual(self.put("ben", SHARE + f"{role}.ics", role), 201)
                self.share("ben", role)
                got = (self.status("ben", "GET", SHARE + "hers.ics"), self.put("ben", SHARE + "new.ics", "new"),
                       self.put("ben", SHARE + f"{role}.ics", role, 2), self.put("ben", SHARE + "hers.ics", "hers", 3),
                       self.status("ben", "DELETE", SHARE + "hers.ics"), self.status("ben", "DELETE", SHARE + f"{role}.ics"))
                self.assertEqual(got, want)
                self.assertEqual("bind" in self.privileges("ben", SHARE), writes)
                self.assertEqual(self.status("ben", "PROPPATCH", SHARE, COLOR), 207)
                self.assertEqual(self.color("ben", SHARE), "#ff0000")
                self.assertIsNone(self.color("anna", SCHOOL))
                if role != "busy":
                    self.assertEqual(self.status("ben", "GET", SCHOOL), 200)  # at her address, too
                self.assertEqual(self.put("ben", SCHOOL + "there.ics", "there"), 201 if writes else
                                 403 if role == "reader" else 404)
                self.assertEqual(self.status("carl", "GET", SCHOOL), 404)
                for name in ("hers", "new", role, "there"):
                    self.status("anna", "DELETE", f"{SCHOOL}{name}.ics")
        self.put("anna", SCHOOL + "hers.ics", "hers")
        seen = self.ask("ben", "GET", SHARE + "hers.ics")[2].decode()
        self.assertIn("SUMMARY:Busy", seen)
        self.assertNotIn("Event hers", seen)
        exported = self.out("export", "ben/anna-school")
        self.assertIn("SUMMARY:Busy", exported)
        self.assertNotIn("Event hers", exported)

    def test_unsubscribe_and_back(self):
        self.put("anna", SCHOOL + "a.ics", "a")
        self.share("ben", "editor")
        self.assertIn("anna-school", self.home("ben"))
        token, _ = self.sync("ben", "/dav/calendars/ben/")
        self.assertEqual(self.status("ben", "DELETE", SHARE), 204)
        self.assertNotIn("anna-school", self.home("ben"))
        token, rows = self.sync("ben", "/dav/calendars/ben/", token)
        self.assertEqual(rows, {SHARE: False})
        self.assertEqual(self.status("anna", "GET", SCHOOL + "a.ics"), 200)
        self.assertEqual(self.cells()["ben"], "(edit)")
        self.share("ben", "editor")
        self.assertEqual(self.status("ben", "GET", SHARE + "a.ics"), 200)
        self.assertEqual(self.sync("ben", "/dav/calendars/ben/", token)[1], {SHARE: True})

    def test_renamed_and_deleted(self):
        self.put("anna", SCHOOL + "a.ics", "a")
        self.share("ben", "editor")
        self.assertEqual(self.sync("ben", SHARE)[1], {SHARE + "a.ics": True})
        home, _ = self.sync("ben", "/dav/calendars/ben/")
        moved = "/dav/calendars/anna/schule/"
        self.assertEqual(self.status("anna", "MOVE", SCHOOL, Destination=self.daemon.url + moved), 201)
        self.assertEqual(self.put("ben", SHARE + "b.ics", "b"), 201)
        self.assertEqual(self.status("anna", "GET", moved + "b.ics"), 200)
        self.assertEqual(self.status("ben", "GET", SHARE + "a.ics"), 200)
        self.assertEqual(self.sync("ben", SHARE)[1], {SHARE + "a.ics": True, SHARE + "b.ics": True})
        self.assertEqual(self.cells("anna/schule")["ben"], "edit")
        self.share("ben", "reader", "anna/schule")
        self.assertEqual(self.put("ben", SHARE + "c.ics", "c"), 403)
        # A new one under the old name is another one.
        self.out("calendar", "add", "anna/school")
        self.assertEqual(self.cells()["ben"], "-")
        self.assertEqual(self.status("anna", "DELETE", moved), 204)
        self.assertNotIn("anna-school", self.home("ben"))
        self.assertEqual(self.sync("ben", "/dav/calendars/ben/", home)[1], {SHARE: False})
        self.assertEqual(self.status("ben", "GET", SHARE + "a.ics"), 404)
        shared = json.loads(self.daemon.request("GET", "/api/v1/users/ben/shares", user="ben", password=PASSWORD)[2])
        self.assertEqual(shared, {"shares": []})

    def test_groups(self):
        self.out("group", "add", "kids", "ben")
        self.put("anna", SCHOOL + "a.ics", "a")
        self.share("group:kids", "reader")
        self.assertIn("anna-school", self.home("ben"))
        self.assertNotIn("anna-school", self.home("carl"))
        token, _ = self.sync("carl", "/dav/calendars/carl/")
        self.out("group", "members", "kids", "--add", "carl")
        self.assertIn("anna-school", self.home("carl"))
        token, rows = self.sync("carl", "/dav/calendars/carl/", token)
        self.assertEqual(rows["/dav/calendars/carl/anna-school/"], True)
        self.assertEqual(self.status("carl", "GET", "/dav/calendars/carl/anna-school/a.ics"), 200)
        self.out("group", "members", "kids", "--drop", "carl")
        self.assertNotIn("anna-school", self.home("carl"))
        self.assertEqual(self.sync("carl", "/dav/calendars/carl/", token)[1], {"/dav/calendars/carl/anna-school/": False})
        self.assertEqual(self.status("carl", "GET", SCHOOL), 404)
        self.out("group", "remove", "kids", "--yes")
        self.assertNotIn("anna-school", self.home("ben"))
        self.assertEqual(self.out("calendar", "shares", "anna/school"), "anna/school is shared with nobody\n")

    def test_through_the_interface(self):
        """Owners share by themselves; entries and share are one commit."""
        before = int(self.daemon.git("rev-list", "--count", "main"))
        path = "/api/v1/users/anna/collections/school/shares/ben"
        status, _, body = self.daemon.request("PUT", path, json.dumps({"role": "author"}),
                                              {"Content-Type": "application/json"}, "anna", PASSWORD)
        self.assertEqual(status, 201, body)
        self.assertEqual(int(self.daemon.git("rev-list", "--count", "main")), before + 1)
        self.assertEqual(self.daemon.git("log", "-1", "--format=%s", "main").strip(), "anna shared School with ben as author")
        stored = self.daemon.git("show", "main:calendars/anna/school/.collection")
        self.assertRegex(stored, r"(?m)^ace grant users/ben#\S+ read,bind$")
        self.assertEqual(self.daemon.request("DELETE", path, user="ben", password=PASSWORD)[0], 403)
        self.assertEqual(self.daemon.request("DELETE", path, user="anna", password=PASSWORD)[0], 204)
        self.assertNotIn("ace", self.daemon.git("show", "main:calendars/anna/school/.collection"))
        self.assertNotIn("anna-school", self.home("ben"))

    def test_killed_right_after(self):
        for round_, role in enumerate(("editor", "none", "busy", "reader", "none")):
            self.share("ben", role)
            self.daemon.kill()
            word = {"editor": "edit", "reader": "read", "none": "-"}.get(role, role)
            self.assertEqual(self.cells()["ben"], word, round_)  # alone, on what was left
            self.daemon.start()
            self.assertEqual("anna-school" in self.home("ben"), role != "none")
            self.assertEqual(self.cells()["ben"], word)
        self.daemon.fsck()


if __name__ == "__main__":
    os.chdir(os.path.dirname(os.path.abspath(__file__)))
    unittest.main()
