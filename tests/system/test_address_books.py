#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Address books that are shared, by role, and what devices for contacts alone reach: tables of requests and answers over
HTTP; the commands `daybook addressbook`."""
import json, re, unittest
from daemon import DAV, event
from household import Household, PASSWORD, XML, propfind, rows

BOOK, SHARE, HOME = "/dav/addressbooks/anna/contacts/", "/dav/addressbooks/ben/anna-contacts/", "/dav/addressbooks/ben/"
OWN = "/dav/addressbooks/ben/contacts/"
CARDDAV = "{urn:ietf:params:xml:ns:carddav}"
VCARD = {"Content-Type": "text/vcard"}
SYNC = ('<d:sync-collection xmlns:d="DAV:"><d:sync-token>{}</d:sync-token><d:sync-level>1</d:sync-level><d:prop>'
        "<d:getetag/></d:prop></d:sync-collection>")
QUERY = ('<x:addressbook-query xmlns:d="DAV:" xmlns:x="urn:ietf:params:xml:ns:carddav"><d:prop><d:getetag/></d:prop>'
         '<x:filter><x:prop-filter name="FN"/></x:filter></x:addressbook-query>')
# ACL with nothing but read-free-busy: no role of a book.
BUSY = ('<d:acl xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><d:ace><d:principal>'
        "<d:href>/dav/principals/users/ben/</d:href></d:principal><d:grant><d:privilege><c:read-free-busy/></d:privilege>"
        "</d:grant></d:ace></d:acl>")


def card(uid, name, *lines):
    return "\r\n".join(["BEGIN:VCARD", "VERSION:3.0", f"UID:{uid}", f"FN:{name}", f"N:{name};;;;", *lines, "END:VCARD", ""])


class Books(Household):
    def setUp(self):
        super().setUp()
        for name, *lines in (("oma",), ("doctor", "CLASS:PRIVATE"), ("bank", "CLASS:CONFIDENTIAL")):
            self.ask("PUT", f"{BOOK}{name}.vcf", card(name, name.title(), *lines), VCARD, user="anna", code=201)

    def role(self, role, with_="ben"):
        return self.command("addressbook", "share", "anna/contacts", "--with", with_, "--as", role)

    def fails(self, *args, code=1):
        done = self.daemon.command(*args)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stderr

    def listed(self, path=SHARE, **who):
        found = self.props(path, "d:getetag", depth=1, **who)
        return {href[len(path):] for href in found if href != path}

    def status(self, method, path, body=None, headers=None, **who):
        return self.ask(method, path, body, headers, **who)[0]


class RolesTest(Books):
    # what is done, and what it comes to for each role
    TABLE = (
        ("GET", "oma.vcf", None, {"editor": 200, "author": 200, "reader": 200}),
        ("GET", "doctor.vcf", None, {"editor": 404, "author": 404, "reader": 404}),
        ("GET", "bank.vcf", None, {"editor": 404, "author": 404, "reader": 404}),
        ("PUT", "oma.vcf", card("oma", "Oma Gerda"), {"editor": 204, "author": 403, "reader": 403}),
        ("PUT", "new.vcf", card("new", "New"), {"editor": 201, "author": 201, "reader": 403}),
        ("PUT", "new.vcf", card("new", "Newer"), {"editor": 204, "author": 204, "reader": 403}),
        # The name is taken by what they do not see.
        ("PUT", "doctor.vcf", card("other", "Other"), {"editor": 409, "author": 409, "reader": 403}),
        ("PUT", "twin.vcf", card("doctor", "Twin"), {"editor": 409, "author": 409, "reader": 403}),
        ("PROPPATCH", "oma.vcf", '<d:propertyupdate xmlns:d="DAV:"><d:set><d:prop><x xmlns="urn:x">1</x></d:prop></d:set>'
         "</d:propertyupdate>", {"editor": 207, "author": 403, "reader": 403}),
        ("MKCOL", "inner/", None, {"editor": 403, "author": 403, "reader": 403}),
        ("ACL", "", BUSY, {"editor": 403, "author": 403, "reader": 403}),
        ("DELETE", "new.vcf", None, {"editor": 204, "author": 204, "reader": 404}),
        ("DELETE", "doctor.vcf", None, {"editor": 404, "author": 404, "reader": 404}),
        ("DELETE", "oma.vcf", None, {"editor": 204, "author": 403, "reader": 403}),
    )

    def check(self, role):
        self.role(role)
        names = self.props(HOME, "d:displayname", depth=1)
        self.assertEqual(names[SHARE].text(DAV + "displayname"), "Contacts (Anna)")
        self.assertEqual(names[OWN].text(DAV + "displayname"), "Contacts")
        self.assertEqual(self.listed(), {"oma.vcf"})
        found = rows(self.ask("REPORT", SHARE, QUERY, {"Depth": "1"}, code=207)[2])
        self.assertEqual([row.href for row in found], [SHARE + "oma.vcf"])
        first = self.ask("REPORT", SHARE, SYNC.format(""), code=207)[2].decode()
        self.assertEqual(set(re.findall(r"[a-z]+\.vcf", first)), {"oma.vcf"})
        token = re.search("<d:sync-token>(.*)</d:sync-token>", first)[1]
        for method, name, body, wanted in self.TABLE:
            kind = VCARD if method == "PUT" else XML if body else {}
            self.assertEqual(self.status(method, SHARE + name, body, kind), wanted[role], (role, method, name))
        told = self.ask("REPORT", SHARE, SYNC.format(token), code=207)[2].decode()
        if role == "editor":
            self.assertRegex(told, "oma.vcf</d:href><d:status>HTTP/1.1 404")
        self.assertNotIn("doctor", told)
        self.assertNotIn("bank", told)
        self.assertIn("doctor.vcf", self.listed(BOOK, user="anna"))

    def test_editor(self):
        self.check("editor")
        self.assertEqual(self.daemon.git("log", "-1", "--format=%an|%s", "main").strip(),
                         'Ben|Ben deleted "Oma Gerda" from anna/contacts')
        self.assertIn('Ben added "New"', self.command("log", "anna/contacts"))

    def test_author(self):
        self.check("author")

    def test_reader(self):
        self.check("reader")

    def test_group_and_end(self):
        self.role("reader", "group:kids")
        for user in ("ben", "carl"):
            self.assertEqual(self.listed(f"/dav/addressbooks/{user}/anna-contacts/", user=user), {"oma.vcf"})
        self.role("none", "group:kids")
        self.ask("PROPFIND", SHARE, propfind("d:displayname"), {"Depth": "0"}, code=404)
        self.assertNotIn(SHARE, self.props(HOME, "d:displayname", depth=1))

    def test_unsubscribe(self):
        self.role("editor")
        self.ask("DELETE", SHARE, code=204)
        self.assertNotIn(SHARE, self.props(HOME, "d:displayname", depth=1))
        self.assertIn("oma.vcf", self.listed(BOOK, user="anna"))
        self.role("editor")
        self.assertEqual(self.listed(), {"oma.vcf"})
        self.assertIn("unsubscribed ben/anna-contacts", self.command("addressbook", "remove", "ben/anna-contacts"))
        self.assertIn("oma.vcf", self.listed(BOOK, user="anna"))

    def test_never_busy(self):
        """A card has no times: refused in words, and by ACL it shows nothing."""
        for args in (("command", "ben"), ("command", "group:kids")):
            self.assertIn("an address book is never busy: its cards have no times",
                          self.fails("addressbook", "share", "anna/contacts", "--with", args[1], "--as", "busy"))
        status, _, body = self.daemon.request("PUT", "/api/v1/users/anna/collections/contacts/shares/ben",
                                              '{"role": "busy", "kind": "addressbook"}', {"Content-Type": "application/json"},
                                              "anna", PASSWORD)
        self.assertEqual(status, 400)
        self.assertIn(b"never busy", body)
        self.ask("ACL", BOOK, BUSY, user="anna", code=200)
        self.assertNotIn(SHARE, self.props(HOME, "d:displayname", depth=1))
        for path in (BOOK, BOOK + "oma.vcf"):
            self.ask("GET", path, code=404)
            self.ask("PROPFIND", path, propfind("d:displayname"), {"Depth": "0"}, code=404)
        self.ask("REPORT", BOOK, QUERY, {"Depth": "1"}, code=404)
        self.assertRegex(self.command("addressbook", "shares", "anna/contacts"), r"^ben +\(?custom")

    def test_link(self):
        done = self.daemon.command("addressbook", "link", "anna/contacts", "--name", "Club")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"^/public/[a-z2-7]{32}\.vcf\n$")
        self.assertIn('"daybook addressbook unlink"', done.stderr)
        status, _, body = self.daemon.request("GET", done.stdout.strip(), user=None)
        self.assertEqual((status, body.count(b"BEGIN:VCARD")), (200, 1))
        self.assertNotIn(b"Doctor", body)
        self.assertIn("ADDRESS BOOK", self.command("addressbook", "links"))
        links = json.loads(self.command("addressbook", "links", "anna", "--json"))["links"]
        self.assertEqual([(l["collection"], l["kind"], l["name"]) for l in links], [("anna/contacts", "addressbook", "Club")])
        self.assertEqual(self.command("calendar", "links"), "")
        self.assertIn("revoked", self.command("addressbook", "unlink", "anna", links[0]["id"]))
        self.assertEqual(self.daemon.request("GET", done.stdout.strip(), user=None)[0], 404)
        # A calendar is none, also where it has the name.
        self.assertIn("anna/personal is a calendar, not", self.fails("addressbook", "link", "anna/personal"))
        self.assertIn("anna/contacts is an address book, not", self.fails("calendar", "link", "anna/contacts"))
        self.assertIn("anna/tasks is a calendar, not", self.fails("addressbook", "remove", "anna/tasks"))
        self.assertIn("anna/tasks is a calendar, not", self.fails("export", "anna/tasks", "--contacts"))
        self.assertIn("there is no anna/nope", self.fails("addressbook", "share", "anna/nope", "--with", "ben", "--as", "reader"))
        self.assertIn("neither iCalendar data nor vCards",
                      self.daemon.command("import", "-", "--to", "anna", input="hello\n").stderr)
        done = self.daemon.command("import", "-", "--to", "nobody", input=card("x", "X"))
        self.assertEqual((done.returncode, done.stderr), (1, "daybook: there is no user nobody\n"))
        self.assertIn("unknown option", self.fails("addressbook", "link", "anna/contacts", "--busy", code=2))
        self.command("calendar", "add", "anna/contacts")
        self.assertRegex(self.command("calendar", "link", "anna/contacts"), r"\.ics\n$")
        self.assertRegex(self.command("addressbook", "link", "anna/contacts"), r"\.vcf\n$")

    def test_words(self):
        """No calendars where address books are meant."""
        for sub in ("list", "add", "remove", "share", "shares", "link", "links", "unlink"):
            text = self.command("addressbook", sub, "--help")
            self.assertNotIn("alendar", text, sub)
            self.assertNotIn("busy", text, sub)
        self.assertRegex(self.command("addressbook", "list", "anna"), r"^anna/contacts +addressbook +3 cards +Contacts\n$")
        self.assertIn("editor, author, reader or none", self.fails("addressbook", "share", "anna/contacts", "--with", "ben", code=2))
        self.assertIn("editor, author, reader or none",
                      self.fails("addressbook", "share", "anna/contacts", "--with", "ben", "--as", "boss"))
        self.assertIn("editor, author, reader, busy or none",
                      self.fails("calendar", "share", "anna/personal", "--with", "ben", "--as", "boss"))
        for name in ("..", "anna", "anna/", "anna/a/b"):
            self.assertIn("USER/BOOK", self.fails("addressbook", "add", name, code=2) + "USER/BOOK")
        for name in ("anna/..", "anna/.x", "anna/@x", "anna/inbox"):
            self.assertIn("can not name", self.fails("addressbook", "add", name), name)
        self.assertIn("at most 255 bytes", self.fails("addressbook", "add", "anna/" + "x" * 300))
        self.assertIn("is there already", self.fails("addressbook", "add", "anna/contacts"))


class DevicesTest(Books):
    """Ben's devices; a row: what is asked, and the status for each scope. 404 is what is not there for the device."""
    SCOPES = ("all", "contacts", "contacts,read-only", "calendars", "read-only")
    TABLE = (
        ("PROPFIND", "/", None, (207, 207, 207, 207, 207)),
        ("PROPFIND", "/dav/principals/users/ben/", None, (207, 207, 207, 207, 207)),
        ("PROPFIND", HOME, None, (207, 207, 207, 207, 207)),
        ("PROPFIND", OWN, None, (207, 207, 207, 404, 207)),
        ("GET", OWN, None, (200, 200, 200, 404, 200)),
        ("GET", OWN + "tom.vcf", None, (200, 200, 200, 404, 200)),
        ("REPORT", OWN, QUERY, (207, 207, 207, 404, 207)),
        ("REPORT", OWN, SYNC.format(""), (207, 207, 207, 404, 207)),
        ("GET", SHARE + "oma.vcf", None, (200, 200, 200, 404, 200)),
        ("PUT", OWN + "tom.vcf", card("tom", "Tom 2"), (204, 204, 403, 404, 403)),
        ("PUT", SHARE + "oma.vcf", card("oma", "Oma 2"), (204, 204, 403, 404, 403)),
        ("PROPFIND", "/dav/directory/", None, (207, 207, 207, 404, 207)),
        ("GET", "/dav/directory/", None, (200, 200, 200, 404, 200)),
        ("GET", "/dav/directory/anna.vcf", None, (200, 200, 200, 404, 200)),
        ("REPORT", "/dav/directory/", QUERY, (207, 207, 207, 404, 207)),
        ("REPORT", "/dav/directory/", SYNC.format(""), (207, 207, 207, 404, 207)),
        ("PUT", "/dav/directory/anna.vcf", card("x", "X"), (403, 403, 403, 404, 403)),
        ("PUT", "/dav/directory/x.vcf", card("x", "X"), (403, 403, 403, 404, 403)),
        ("PROPFIND", "/dav/calendars/ben/", None, (207, 207, 207, 207, 207)),
        ("PROPFIND", "/dav/calendars/ben/personal/", None, (207, 404, 404, 207, 207)),
        ("GET", "/dav/calendars/ben/personal/e.ics", None, (200, 404, 404, 200, 200)),
        ("PUT", "/dav/calendars/ben/personal/e.ics", event("e"), (204, 404, 404, 204, 403)),
        ("PROPFIND", "/dav/files/ben/", None, (207, 404, 404, 404, 207)),
    )

    def test_matrix(self):
        self.role("editor")
        self.ask("PUT", OWN + "tom.vcf", card("tom", "Tom"), VCARD, code=201)
        self.put("/dav/calendars/ben/personal/e.ics", event("e"), user="ben")
        secrets = [self.command("device", "add", "ben", f"device {i}", "--scope", scope).strip()
                   for i, scope in enumerate(self.SCOPES)]
        for method, path, body, wanted in self.TABLE:
            kind = {"Content-Type": "text/calendar" if path.endswith(".ics") else "text/vcard"} if method == "PUT" else {}
            depth = {"Depth": "0"} if method == "PROPFIND" else {"Depth": "1"} if body == QUERY else {}
            for scope, secret, status in zip(self.SCOPES, secrets, wanted):
                if method == "PUT" and status == 204:
                    body = re.sub(r"(FN|SUMMARY):[^\r]*", rf"\1:By {scope.replace(',', ' ')}", body)
                with self.subTest(method=method, path=path, scope=scope):
                    self.assertEqual(self.status(method, path, body, {**kind, **depth}, password=secret), status)
                    if status == 204:
                        self.assertIn("Device: device", self.daemon.git("log", "-1", "--format=%b", "main"))

    def test_discovery(self):
        """A device for contacts finds its books and the directory, and no calendars: their home is there, and empty (a 404
        would end some clients' discovery); one for calendars is not told of a directory."""
        for scope, books, calendars in (("contacts", True, False), ("calendars", False, True)):
            secret = self.command("device", "add", "ben", scope, "--scope", scope).strip()
            row = self.props("/", "d:current-user-principal", password=secret)["/"]
            me = row.href_of(DAV + "current-user-principal")
            body = self.ask("PROPFIND", me, '<d:propfind xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav" xmlns:x="'
                            + CARDDAV.strip("{}") + '"><d:prop><x:addressbook-home-set/><c:calendar-home-set/>'
                            "<x:directory-gateway/><x:principal-address/></d:prop></d:propfind>", {"Depth": "0"},
                            password=secret, code=207)[2]
            row = rows(body)[0]
            self.assertEqual(row.href_of(CARDDAV + "addressbook-home-set"), HOME)
            self.assertEqual(row.href_of("{urn:ietf:params:xml:ns:caldav}calendar-home-set"), "/dav/calendars/ben/")
            self.assertEqual(CARDDAV + "directory-gateway" in row.props, books)
            self.assertEqual(CARDDAV + "principal-address" in row.props, books)
            self.assertEqual(self.listed(HOME, password=secret), {"contacts/"} if books else set())
            self.assertEqual(self.listed("/dav/calendars/ben/", password=secret), {"personal/", "tasks/"} if calendars else set())


if __name__ == "__main__":
    unittest.main()
