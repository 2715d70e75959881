#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""The directory of the household's people, and address books for everybody: whom each way shows under each [people] search;
whoever syncs ends with what is listed; python3-vobject reads all cards; users of before, and users that were pushed."""
import json, re, unittest, urllib.parse
import xml.etree.ElementTree as ET
import vobject
from daemon import DAV, Daemon, FORM, tree_path

PEOPLE = ("anna", "ben", "carl", "dora")
CONFIG = "[auth]\nthrottle = off\n[people]\nsearch = %s\n"
URL = "/dav/directory/"
CARD = "urn:ietf:params:xml:ns:carddav"
SYNC = (f'<d:sync-collection xmlns:d="DAV:" xmlns:x="{CARD}"><d:sync-token>%s</d:sync-token><d:sync-level>1</d:sync-level>%s'
        "<d:prop><d:getetag/><x:address-data/></d:prop></d:sync-collection>")
QUERY = (f'<x:addressbook-query xmlns:d="DAV:" xmlns:x="{CARD}"><d:prop><d:getetag/></d:prop><x:filter><x:prop-filter '
         'name="UID"/></x:filter></x:addressbook-query>')
LIMIT = "<d:limit><d:nresults>%d</d:nresults></d:limit>"
XML = {"Content-Type": "application/xml"}


def name_of(href):
    return urllib.parse.unquote(href)[len(URL):].removesuffix(".vcf")


def rows(body):
    """{name: (status, etag)} but for the collection itself, and the sync-token."""
    root = ET.fromstring(body)
    found = {}
    for response in root.findall(DAV + "response"):
        href = response.findtext(DAV + "href")
        if href != URL:
            found[name_of(href)] = (response.findtext(DAV + "status") or "200", response.findtext(f".//{DAV}getetag"))
    return found, root.findtext(DAV + "sync-token")


class Reader:
    """One person's program: asks, and keeps what a sync tells it."""

    def __init__(self, test, user, limit=0):
        self.test, self.user, self.limit, self.token, self.cards = test, user, limit, "", {}

    def ask(self, method, path, body=None, headers=None, code=207):
        who = {} if self.user == "admin" else {"user": self.user, "password": "pw"}
        status, sent, answer = self.test.daemon.request(method, path, body, {**XML, **(headers or {})}, **who)
        self.test.assertEqual(status, code, answer)
        return sent, answer

    def listed(self):
        found, _ = rows(self.ask("PROPFIND", URL, '<d:propfind xmlns:d="DAV:"><d:prop><d:getetag/></d:prop></d:propfind>',
                                 {"Depth": "1"})[1])
        return {name: etag for name, (_, etag) in found.items()}

    def sync(self):
        while True:
            body = self.ask("REPORT", URL, SYNC % (self.token, LIMIT % self.limit if self.limit else ""))[1]
            found, self.token = rows(body)
            for name, (status, etag) in found.items():
                if status == "200":
                    self.cards[name] = etag
                else:
                    self.cards.pop(name, None)
            if b" 507 " not in body:
                return set(found)

    def refused(self):
        who = {} if self.user == "admin" else {"user": self.user, "password": "pw"}
        return self.test.daemon.request("REPORT", URL, SYNC % (self.token, ""), XML, **who)


class Base(unittest.TestCase):
    daemon = None

    def start(self, setting="members"):
        self.daemon = Daemon(config=CONFIG % setting)
        self.daemon.start()
        self.addCleanup(self.daemon.__exit__, None, None, None)
        for name in PEOPLE:
            self.daemon.add_user(name, "pw")
        self.group("kids", "ben")
        self.group("club", "anna,group:kids")

    def group(self, name, members):
        status, _, body = self.daemon.request("PUT", f"/groups/{name}", f"members={members}", FORM)
        self.assertIn(status, (200, 201), body)


class WhoSeesWhom(Base):
    def check(self, setting, wanted):
        self.start(setting)
        wanted = {**wanted, "admin": {*PEOPLE, "admin", "~kids", "~club"}}
        for user, seen in wanted.items():
            with self.subTest(setting=setting, user=user):
                reader = Reader(self, user)
                self.assertEqual(set(reader.listed()), seen)
                self.assertEqual(set(rows(reader.ask("REPORT", URL, QUERY, {"Depth": "1"})[1])[0]), seen)
                whole = reader.ask("GET", URL, code=200)[1].decode()
                self.assertEqual(whole.count("BEGIN:VCARD"), len(seen))
                reader.sync()
                self.assertEqual(reader.cards, reader.listed())
                for name in (*PEOPLE, "admin", "~kids", "~club"):
                    there = name in seen
                    reader.ask("GET", f"{URL}{name}.vcf", code=200 if there else 404)
                    # What is hidden is refused as what is not there.
                    hidden = reader.ask("PUT", f"{URL}{name}.vcf", "x", {"Content-Type": "text/vcard"}, code=403)[1]
                    if not there:
                        nothing = reader.ask("PUT", f"{URL}nobody.vcf", "x", {"Content-Type": "text/vcard"}, code=403)[1]
                        self.assertEqual(hidden, nothing)
                    kind, plain = ("groups", name[1:]) if name[0] == "~" else ("users", name)
                    address = reader.ask("PROPFIND", f"/dav/principals/{kind}/{plain}/", f'<d:propfind xmlns:d="DAV:" '
                                         f'xmlns:x="{CARD}"><d:prop><x:principal-address/></d:prop></d:propfind>',
                                         {"Depth": "0"})[1]
                    self.assertEqual(f"{URL}{name}.vcf".encode() in address, there)

    def test_members(self):
        everybody = {*PEOPLE, "admin", "~kids", "~club"}
        self.check("members", {"anna": everybody, "dora": everybody})

    def test_groups(self):
        together = {"anna", "ben", "~kids", "~club"}
        self.check("groups", {"anna": together, "ben": together, "dora": {"dora"}})

    def test_admins(self):
        self.check("admins", {"anna": {"anna", "~club"}, "ben": {"ben", "~kids", "~club"}, "dora": {"dora"}})
        # The group's card does not tell whom one may not find.
        card = lambda user: Reader(self, user).ask("GET", URL + "~club.vcf", code=200)[1].decode()
        self.assertEqual(card("anna").count("ADDRESSBOOKSERVER-MEMBER"), 1)
        self.assertEqual(card("ben").count("ADDRESSBOOKSERVER-MEMBER"), 0)
        self.assertEqual(card("admin").count("ADDRESSBOOKSERVER-MEMBER"), 2)


class SyncTest(Base):
    def steps(self):
        """What happens to the household, and which cards everybody who finds all is told of."""
        yield lambda: None, set()
        yield lambda: self.group("kids", "ben,carl"), {"~kids"}
        yield lambda: self.group("new", "dora,anna"), {"~new"}
        yield lambda: self.daemon.add_user("eve", "pw"), {"eve"}
        yield lambda: self.daemon.request("DELETE", "/groups/new"), {"~new"}
        yield lambda: self.daemon.request("DELETE", "/users/eve"), {"eve"}
        yield lambda: (self.daemon.add_user("fay", "pw"), self.daemon.request("DELETE", "/users/fay")), {"fay"}
        yield lambda: self.group("club", "dora"), {"~club"}
        # What others write in their own homes is not told here.
        yield lambda: self.daemon.request("PUT", "/dav/addressbooks/anna/contacts/a.vcf", "BEGIN:VCARD\r\nVERSION:3.0\r\n"
                                          "UID:a\r\nFN:A\r\nN:A;;;;\r\nEND:VCARD\r\n", {"Content-Type": "text/vcard"},
                                          "anna", "pw"), set()

    def check(self, setting):
        self.start(setting)
        readers = [Reader(self, user, limit) for user in ("anna", "ben", "dora", "admin") for limit in (0, 1, 2)]
        for reader in readers:
            reader.sync()
        for number, (step, changed) in enumerate(self.steps()):
            step()
            for reader in readers:
                # A limit that is too small for the whole difference makes the reader start over (report_sync.c).
                status, _, body = reader.refused()
                if status != 207:
                    self.assertNotEqual(setting, "members")
                    reader.token, reader.cards = "", {}
                with self.subTest(setting=setting, step=number, user=reader.user, limit=reader.limit):
                    if reader.limit and setting != "members":
                        reader.limit, limit = 0, reader.limit
                        told = reader.sync()
                        reader.limit = limit
                    else:
                        told = reader.sync()
                    self.assertEqual(reader.cards, reader.listed())
                    if setting == "members" and not reader.limit:
                        self.assertEqual(told, changed)

    def test_members(self):
        self.check("members")

    def test_groups(self):
        self.check("groups")

    def test_admins(self):
        self.check("admins")

    def test_another_setting(self):
        """How far people find each other is set anew: nobody keeps cards that they would not get."""
        self.start("members")
        anna = Reader(self, "anna")
        anna.sync()
        self.assertIn("dora", anna.cards)
        self.daemon.stop()
        self.daemon.config = CONFIG % "groups"
        self.daemon.start()
        status, _, body = anna.refused()
        self.assertIn(status, (400, 403))
        self.assertIn(b"valid-sync-token", body)
        anna.token, anna.cards = "", {}
        anna.sync()
        self.assertNotIn("dora", anna.cards)

    def test_admin_no_more(self):
        self.start("admins")
        self.assertEqual(self.daemon.command("user", "admin", "anna").returncode, 0)
        anna = Reader(self, "anna")
        anna.sync()
        self.assertIn("dora", anna.cards)
        self.assertEqual(self.daemon.command("user", "admin", "anna", "--revoke").returncode, 0)
        self.assertIn(anna.refused()[0], (400, 403))


class CardsTest(Base):
    def test_vobject(self):
        """Debian's python3-vobject reads each card, and finds in it what was said."""
        self.start()
        name = 'Gerda; "Oma", Õ\\n'
        status, _, body = self.daemon.request("PUT", "/api/v1/users/oma", json.dumps(
            {"password": "x" * 12, "display_name": name, "mails": ["oma@example.org", "gerda@example.org"]}),
            {"Content-Type": "application/json"})
        self.assertEqual(status, 201, body)
        text = Reader(self, "anna").ask("GET", URL, code=200)[1].decode()
        cards = {card.fn.value: card for card in vobject.readComponents(text)}
        self.assertEqual(set(cards), {"anna", "ben", "carl", "dora", "admin", "kids", "club", name})
        oma = cards[name]
        self.assertEqual([mail.value for mail in oma.contents["email"]], ["oma@example.org", "gerda@example.org"])
        self.assertEqual(oma.n.value.given, name)
        members = {member.value for member in cards["club"].contents["x-addressbookserver-member"]}
        self.assertEqual(members, {"urn:uuid:" + cards[who].uid.value for who in ("anna", "kids")})
        for card in cards.values():
            card.validate()

    def test_names(self):
        """Whatever a user may be called has a URL of its own that leads back to the card."""
        self.start()
        names = ["a.b", "a+b", "a@example.org", "a-b_c", "0", "x.vcf", "a" * 64]
        for name in names:
            self.daemon.request("PUT", "/users/" + urllib.parse.quote(name), "password=pw", FORM)
        reader = Reader(self, "anna")
        body = reader.ask("PROPFIND", URL, None, {"Depth": "1"})[1].decode()
        hrefs = set(re.findall(r"<d:href>([^<]*)</d:href>", body))
        listed = reader.listed()
        for name in names:
            if name not in listed:
                self.assertEqual(self.daemon.request("GET", "/users/" + urllib.parse.quote(name))[0], 404, name)
                continue
            href = next(h for h in hrefs if h.startswith(URL) and name_of(h) == name)
            text = reader.ask("GET", href, code=200)[1].decode()
            self.assertIn(f"FN:{name}", text.replace("\r\n ", ""))


class BooksTest(unittest.TestCase):
    def books(self, daemon):
        listed = daemon.command("addressbook", "list", "--json")
        self.assertEqual(listed.returncode, 0, listed.stderr)
        return {f"{b['user']}/{b['name']}": b["displayname"] for b in json.loads(listed.stdout)["addressbooks"]}

    def test_for_everybody(self):
        """By command, over HTTP, by trust on first use, and the first admin."""
        with Daemon(config="[auth]\nthrottle = off\ntrust_on_first_use = yes\n") as daemon:
            daemon.add_user("anna", "pw")
            self.assertEqual(daemon.command("user", "add", "ben", input="pw-of-ben\n").returncode, 0)
            self.assertEqual(daemon.request("PROPFIND", "/dav/", None, {"Depth": "0"}, "carl", "pw-of-carl")[0], 207)
            wanted = {f"{name}/contacts": "Contacts" for name in ("admin", "anna", "ben", "carl")}
            self.assertEqual(self.books(daemon), wanted)
            head = daemon.git("rev-parse", "main")
            daemon.stop()
            daemon.start()
            self.assertEqual(daemon.git("rev-parse", "main"), head)
            # Whoever removes it wants none.
            self.assertEqual(daemon.command("addressbook", "remove", "anna/contacts").returncode, 0)
            daemon.stop()
            daemon.start()
            wanted.pop("anna/contacts")
            self.assertEqual(self.books(daemon), wanted)

    def test_users_of_before(self):
        """As an earlier version left them: homes without a book; and users that came by a push, without homes."""
        with Daemon() as daemon:
            for name in ("anna", "ben"):
                daemon.add_user(name, "pw")
            daemon.stop()
            clone = daemon.folder / "clone"
            run = lambda *args: daemon.git("-C", str(clone), *args)
            daemon.git("clone", "-q", str(daemon.repo), str(clone))
            # A history in which there never were books: the root commit anew.
            for name in ("admin", "anna", "ben"):
                run("rm", "-rq", f"addressbooks/{name}/contacts")
            path = clone / tree_path("principals/users", "pushed")
            if not path.parent.exists():
                path = clone / "principals/users/pushed"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("id 11111111-2222-4333-8444-555555555555\nname Pushed\n")
            run("add", "-A")
            run("checkout", "-q", "--orphan", "fresh")
            run("-c", "user.name=Old", "-c", "user.email=old@example.org", "commit", "-qm", "As it was")
            commit = run("rev-parse", "HEAD").strip()
            daemon.git("fetch", "-q", str(clone), "fresh")
            daemon.git("update-ref", "refs/heads/main", commit)
            for stale in (daemon.data / "index").glob("*"):
                stale.unlink()
            daemon.start()
            self.assertEqual(self.books(daemon), {f"{n}/contacts": "Contacts" for n in ("admin", "anna", "ben", "pushed")})
            subjects = daemon.git("log", "--format=%an|%s", "main").splitlines()
            self.assertEqual(len(subjects), 2, subjects)
            self.assertEqual(subjects[0], "Daybook|Daybook gave 4 users the address book Contacts")
            status, _, _ = daemon.request("PUT", "/dav/addressbooks/anna/contacts/a.vcf", "BEGIN:VCARD\r\nVERSION:3.0\r\n"
                                          "UID:a\r\nFN:A\r\nN:A;;;;\r\nEND:VCARD\r\n", {"Content-Type": "text/vcard"},
                                          "anna", "pw")
            self.assertEqual(status, 201)
            self.assertIn("gave 4 users", daemon.command("log", "anna").stdout)
            daemon.fsck()


if __name__ == "__main__":
    unittest.main()
