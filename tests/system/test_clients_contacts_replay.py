#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""The contacts of Thunderbird, DAVx5 and Apple, which do not run here: their own requests as they were recorded, or as their source
writes them, in their order; and the answers held against what each of them makes of an answer."""
import unittest, urllib.parse
import xml.etree.ElementTree as ET
from daemon import DAV
from household import CS, Household, PASSWORD, rows

CARDDAV = "{urn:ietf:params:xml:ns:carddav}"
ME = "/dav/principals/users/anna/"
HOME = "/dav/addressbooks/anna/"


def card(uid, name, *lines, version="3.0"):
    return "\r\n".join(["BEGIN:VCARD", f"VERSION:{version}", f"UID:{uid}", f"FN:{name}", f"N:{name};;;;", *lines, "END:VCARD", ""])


class Client(Household):
    agent, kind, headers = "", "text/xml", {}

    def send(self, method, path, body=None, code=207, user="anna", **headers):
        """One request with the client's own headers; underscores of header names are dashes."""
        sent = {"User-Agent": self.agent, **self.headers, **({"Content-Type": self.kind} if body else {}),
                **{k.replace("_", "-"): v for k, v in headers.items()}}
        answer = self.daemon.request(method, path, body, sent, user, PASSWORD)
        self.assertEqual(answer[0], code, answer)
        return answer

    def rows(self, *args, **how):
        return {urllib.parse.unquote(r.href): r for r in rows(self.send(*args, **how)[2])}

    def well_known(self, body):
        """Answers where to go before it knows who asks, and lets nobody in there without a password."""
        headers = self.send("PROPFIND", "/.well-known/carddav", body, code=301, user=None, Depth="0")[1]
        self.assertTrue(headers["location"].startswith("/"))
        asked = self.send("PROPFIND", headers["location"], body, code=401, user=None, Depth="0")[1]
        self.assertRegex(asked["www-authenticate"], "^Basic ")
        row = list(self.rows("PROPFIND", headers["location"], body, Depth="0").values())[0]
        self.assertEqual(row.href_of(DAV + "current-user-principal"), ME)

    def elsewhere(self, method, path, text=None, code=201, media="text/vcard"):
        return self.ask(method, path, text, {"Content-Type": media} if text else {}, "anna", code=code)


class ThunderbirdTest(Client):
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Thunderbird/153.7.0"
    headers = {"Accept": "*/*", "Accept-Language": "en-US,en;q=0.9"}
    NS = 'xmlns="DAV:" xmlns:card="urn:ietf:params:xml:ns:carddav" xmlns:cs="http://calendarserver.org/ns/" xmlns:d="DAV:"'
    XML = '<?xml version="1.0" encoding="utf-8"?>\n'

    def propfind(self, *names):
        return f"{self.XML}<propfind {self.NS}><prop>{''.join(f'<{n}/>' for n in names)}</prop></propfind>"

    def multiget(self, book, *names):
        hrefs = "".join(f"<d:href>{book}{n}</d:href>" for n in names)
        body = f"{self.XML}<card:addressbook-multiget {self.NS}><d:prop><d:getetag/><card:address-data/></d:prop>{hrefs}" \
               "</card:addressbook-multiget>"
        return self.rows("REPORT", book, body, Depth="1")

    def sync(self, book, token, code=207):
        body = f"<sync-collection {self.NS}><sync-token>{token}</sync-token><sync-level>1</sync-level><prop><getetag/>" \
               "<card:address-data/></prop></sync-collection>"
        answer = self.send("REPORT", book, body, code, Depth="1")[2]
        return answer if code != 207 else (ET.fromstring(answer).findtext(DAV + "sync-token"), {r.href: r for r in rows(answer)})

    def test_day(self):
        self.well_known(self.propfind("current-user-principal"))
        row = self.rows("PROPFIND", ME, self.propfind("card:addressbook-home-set"), Depth="0")[ME]
        self.assertEqual(row.href_of(CARDDAV + "addressbook-home-set"), HOME)
        listed = self.rows("PROPFIND", HOME, self.propfind("resourcetype", "displayname", "current-user-privilege-set"), Depth="1")
        self.assertEqual(list(listed)[0], HOME)
        book = HOME + "contacts/"
        self.assertIn(CARDDAV + "addressbook", {e.tag for e in listed[book].props[DAV + "resourcetype"]})
        self.assertLessEqual({DAV + "write", DAV + "write-content"}, listed[book].privileges())
        # A new book: all cards, then name and token.
        first = self.rows("PROPFIND", book, self.propfind("resourcetype", "getetag", "cs:getctag"), Depth="1")
        self.assertEqual(list(first), [book])
        row = self.rows("PROPFIND", book, self.propfind("displayname", "cs:getctag", "sync-token"), Depth="0")[book]
        token = row.text(DAV + "sync-token")
        self.assertRegex(token, ":")
        # It writes 4.0, with no condition, and asks for what it wrote: 3.0 comes, as nobody said a version.
        name = "1ba62e21-9215-46d6-a453-1ae7794c2bd5.vcf"
        newer = card(name[:-4], "Erika Müster", "EMAIL;PREF=1:erika@example.org", "KIND:individual", version="4.0")
        self.kind = "text/vcard"
        etag = self.send("PUT", book + name, newer, 201)[1]["etag"]
        self.kind = "text/xml"
        self.assertRegex(etag, '^"[^"]+"$')
        got = self.multiget(book, name)[book + name]
        self.assertIn("VERSION:3.0", got.text(CARDDAV + "address-data"))
        self.assertIn("Erika Müster", got.text(CARDDAV + "address-data"))
        # What another did comes whole, inside the report.
        self.elsewhere("PUT", book + "foreign.vcf", card("fc1", "Foreign Card"))
        token, found = self.sync(book, token)
        self.assertEqual(set(found), {book + name, book + "foreign.vcf"})
        for row in found.values():
            self.assertTrue(row.text(DAV + "getetag") and "BEGIN:VCARD" in row.text(CARDDAV + "address-data"))
        self.assertEqual(found[book + name].text(DAV + "getetag"), got.text(DAV + "getetag"))
        # It changes the 3.0 that it has: what only 4.0 knows stays.
        changed = got.text(CARDDAV + "address-data").replace("\n", "\r\n").replace("\r\r", "\r").replace("FN:Erika Müster", "FN:Erika M. Müster")
        self.kind = "text/vcard"
        self.send("PUT", book + name, changed, 204)
        self.kind = "text/xml"
        stored = self.ask("GET", book + name, headers={"Accept": "text/vcard;version=4.0"}, user="anna", code=200)[2].decode()
        for line in ("VERSION:4.0", "FN:Erika M. Müster", "EMAIL;PREF=1:erika@example.org", "KIND:individual"):
            self.assertIn(line + "\r\n", stored)
        self.elsewhere("DELETE", book + "foreign.vcf", code=204)
        token, found = self.sync(book, token)
        self.assertIn("404", found[book + "foreign.vcf"].status)
        self.assertIn("Erika M.", found[book + name].text(CARDDAV + "address-data"))
        self.send("DELETE", book + name, code=204)
        token, found = self.sync(book, token)
        self.assertEqual([r.status[9:12] for r in found.values()], ["404"])
        self.assertEqual(self.sync(book, token)[1], {})
        # A token from the server that stood here before: 400, or its contacts never sync again.
        self.assertIn(b"valid-sync-token", self.sync(book, "http://radicale.org/ns/sync/53427f0e", code=400))


class Davx5Test(Client):
    agent, kind = "DAVx5/4.5-ose (2026/08/21; dav4jvm; ktor/3) Android/15", "application/xml; charset=utf-8"
    headers = {"Accept": "application/xml,text/xml", "Accept-Language": "en-US, en;q=0.7, *;q=0.5"}
    NS = 'xmlns="DAV:" xmlns:CAL="urn:ietf:params:xml:ns:caldav" xmlns:CARD="urn:ietf:params:xml:ns:carddav"'
    XML = "<?xml version='1.0' encoding='UTF-8' ?>"
    PUSH = '<n1:transports xmlns:n1="https://bitfire.at/webdav-push" /><n1:topic xmlns:n1="https://bitfire.at/webdav-push" />'

    def propfind(self, inside):
        return f"{self.XML}<propfind {self.NS}><prop>{inside}</prop></propfind>"

    def discover(self):
        body = self.propfind("<resourcetype /><displayname /><current-user-principal /><CARD:addressbook-home-set />"
                             "<CARD:addressbook-description />")
        row = self.rows("PROPFIND", "/", body, Depth="0")["/"]
        principal = row.href_of(DAV + "current-user-principal")
        allowed = self.send("OPTIONS", principal, code=200, Accept_Encoding="identity")[1]
        self.assertIn("addressbook", [t.strip() for t in allowed["dav"].split(",")])
        body = self.propfind("<displayname /><group-membership /><resourcetype /><CARD:addressbook-home-set />")
        row = self.rows("PROPFIND", principal, body, Depth="0")[principal]
        for group in row.props[DAV + "group-membership"]:
            self.rows("PROPFIND", group.text, body, Depth="0")
        return row.href_of(CARDDAV + "addressbook-home-set")

    def collections(self, home):
        return self.rows("PROPFIND", home, self.propfind("<current-user-privilege-set /><displayname /><owner /><resourcetype />"
                                                         f"{self.PUSH}<CARD:addressbook-description />"), Depth="1")

    def capabilities(self, book):
        body = self.propfind('<supported-report-set /><sync-token /><n1:getctag xmlns:n1="http://calendarserver.org/ns/" />'
                             "<CAL:max-resource-size /><CARD:max-resource-size /><CARD:supported-address-data />")
        return self.rows("PROPFIND", book, body, Depth="0")[book]

    def sync(self, book, token):
        body = f'{self.XML}<sync-collection xmlns="DAV:"><sync-token>{token}</sync-token><sync-level>1</sync-level><prop>' \
               "<getetag /><resourcetype /></prop></sync-collection>"
        answer = self.send("REPORT", book, body, Depth="0")[2]
        return ET.fromstring(answer).findtext(DAV + "sync-token"), {urllib.parse.unquote(r.href): r for r in rows(answer)}

    def multiget(self, book, hrefs, version=None):
        wanted = f'<CARD:address-data content-type="text/vcard"{version and f" version={chr(34)}{version}{chr(34)}" or ""} />'
        body = f'{self.XML}<CARD:addressbook-multiget xmlns="DAV:" xmlns:CARD="urn:ietf:params:xml:ns:carddav"><prop>' \
               f"<getcontenttype /><getetag />{wanted}</prop>{''.join(f'<href>{h}</href>' for h in hrefs)}</CARD:addressbook-multiget>"
        return self.rows("REPORT", book, body, Depth="0")

    def upload(self, path, text, code, media="text/vcard;version=4.0", **conditions):
        kind, self.kind = self.kind, media
        try:
            return self.send("PUT", path, text, code, Push_Dont_Notify='"https://x/sub"', **conditions)[1]
        finally:
            self.kind = kind

    def test_day(self):
        home = self.discover()
        self.assertEqual(home, HOME)
        self.assertLessEqual({DAV + "bind", DAV + "unbind"}, self.collections(home)[home].privileges())
        book = home + "bc73fd2f-b99d-4172-b8e4-cc77c3242005/"
        self.send("MKCOL", book, f"{self.XML}<mkcol {self.NS}><set><prop><resourcetype><collection /><CARD:addressbook />"
                  "</resourcetype><displayname>DAVx5 book</displayname><CARD:addressbook-description>desc"
                  "</CARD:addressbook-description></prop></set></mkcol>", code=201)
        row = self.collections(home)[book]
        self.assertEqual((row.text(DAV + "displayname"), row.text(CARDDAV + "addressbook-description")), ("DAVx5 book", "desc"))
        self.assertEqual(row.href_of(DAV + "owner"), ME)
        self.assertLessEqual({DAV + "write-content", DAV + "unbind"}, row.privileges())
        row = self.capabilities(book)
        kinds = {(e.get("content-type"), e.get("version")) for e in row.props[CARDDAV + "supported-address-data"]}
        self.assertLessEqual({("text/vcard", "3.0"), ("text/vcard", "4.0")}, kinds)
        self.assertIn("sync-collection", ET.tostring(row.props[DAV + "supported-report-set"]).decode())
        self.assertGreater(int(row.text(CARDDAV + "max-resource-size")), 100_000)
        self.assertTrue(row.text(CS + "getctag"))
        # Names as it makes them of UIDs, encoded or not; all of them are found again by what the server says.
        uids = ["80d2072c-03ef-45bc-ae8c-0cfe3aeb5b63", "a@b.example", "it's(1)", "urn:uuid:1", "x=1&y"]
        for uid in uids:
            path = book + (urllib.parse.quote(uid) if "@" in uid else uid) + ".vcf"
            answered = self.upload(path, card(uid, f"Name {uid}", "GENDER:F", version="4.0"), 201, If_None_Match="*")
            self.assertIn("etag", answered)
        self.upload(book + "a@b.example.vcf", card("a@b.example", "Again", version="4.0"), 412, If_None_Match="*")
        token, found = self.sync(book, "")
        self.assertEqual(set(found), {f"{book}{uid}.vcf" for uid in uids})
        for row in found.values():
            self.assertTrue(row.text(DAV + "getetag"))
            self.assertEqual(list(row.props[DAV + "resourcetype"]), [])
        encoded = [urllib.parse.quote(path) for path in found]
        for version in (None, "3.0", "4.0"):
            got = self.multiget(book, [*encoded, book + "nonexistent.vcf"], version)
            self.assertIn("404", got[book + "nonexistent.vcf"].status)
            for path in found:
                self.assertIn(f"VERSION:{version or '3.0'}", got[path].text(CARDDAV + "address-data"))
                self.assertEqual(got[path].text(DAV + "getetag"), found[path].text(DAV + "getetag"))
                self.assertRegex(got[path].text(DAV + "getcontenttype"), "^text/vcard")
        # Changed with the ETag that it was told, whichever version it took; 412 when another was faster.
        path = f"{book}{uids[0]}.vcf"
        etag = found[path].text(DAV + "getetag")
        newer = self.upload(path, card(uids[0], "Changed", "GENDER:F", "TEL:1", version="4.0"), 204, If_Match=etag)["etag"]
        self.upload(path, card(uids[0], "Stale", version="4.0"), 412, If_Match=etag)
        older = self.upload(path, card(uids[0], "By an older DAVx5", "TEL:1"), 204, "text/vcard;charset=utf-8", If_Match=newer)
        self.assertNotIn("etag", older)
        self.assertNotEqual(self.capabilities(book).text(DAV + "sync-token"), token)
        token, found = self.sync(book, token)
        self.assertEqual(set(found), {path})
        got = self.multiget(book, [path], "4.0")[path].text(CARDDAV + "address-data")
        self.assertIn("FN:By an older DAVx5", got)
        self.assertIn("GENDER:F", got)
        self.send("DELETE", path, code=412, If_Match=etag)
        self.send("DELETE", path, code=204, If_Match=found[path].text(DAV + "getetag"))
        token, found = self.sync(book, token)
        self.assertIn("404", found[path].status)
        self.assertEqual(found[path].props, {})
        self.send("DELETE", book, code=204)
        self.assertNotIn(book, self.collections(home))

    def test_reader(self):
        """Of a shared book: read-only, not to be deleted; a card that is changed all the same is refused with the privilege."""
        self.elsewhere("PUT", HOME + "contacts/oma.vcf", card("oma", "Oma"))
        self.command("addressbook", "share", "anna/contacts", "--with", "ben", "--as", "reader")
        home, book = "/dav/addressbooks/ben/", "/dav/addressbooks/ben/anna-contacts/"
        body = self.propfind("<current-user-privilege-set /><displayname /><owner /><resourcetype /><CARD:addressbook-description />")
        row = self.rows("PROPFIND", home, body, Depth="1", user="ben")[book]
        self.assertFalse({DAV + "write-content", DAV + "write", DAV + "all", DAV + "unbind"} & row.privileges())
        self.assertEqual(row.href_of(DAV + "owner"), ME)
        self.kind = "text/vcard;version=4.0"
        answer = self.send("PUT", book + "oma.vcf", card("oma", "Changed", version="4.0"), 403, user="ben")[2]
        self.assertIn(b"need-privileges", answer)


class AppleTest(Client):
    agent, kind = "iOS/18.1.1 (22B91) dataaccessd/1.0", "text/xml"
    headers = {"Brief": "t", "Prefer": "return=minimal", "Accept": "*/*"}
    NS = 'xmlns:A="DAV:" xmlns:B="urn:ietf:params:xml:ns:carddav" xmlns:C="http://calendarserver.org/ns/" xmlns:D="http://me.com/_namespace/"'
    XML = '<?xml version="1.0" encoding="UTF-8"?>\n'

    def propfind(self, *names):
        return f"{self.XML}<A:propfind {self.NS}><A:prop>{''.join(f'<{n}/>' for n in names)}</A:prop></A:propfind>"

    def test_day(self):
        self.well_known(self.propfind("A:current-user-principal", "A:principal-URL", "A:resourcetype"))
        self.send("OPTIONS", ME, code=200, user=None)
        self.assertIn("addressbook", self.send("OPTIONS", ME, code=200)[1]["dav"])
        names = ("B:addressbook-home-set", "B:directory-gateway", "A:displayname", "C:email-address-set",
                 "A:principal-collection-set", "A:principal-URL", "A:resource-id", "A:supported-report-set")
        row = self.rows("PROPFIND", ME, self.propfind(*names), Depth="0")[ME]
        self.assertEqual(row.missing, set())  # return=minimal: nothing about what is not there
        self.assertEqual(row.href_of(CARDDAV + "addressbook-home-set"), HOME)
        self.assertEqual(row.href_of(DAV + "principal-URL"), ME)
        self.assertIn("anna@example.org", [e.text for e in row.props[CS + "email-address-set"]])
        gateway = row.href_of(CARDDAV + "directory-gateway")
        names = ("D:bulk-requests", "A:add-member", "A:current-user-privilege-set", "A:displayname", "D:guardian-restricted",
                 "B:max-image-size", "B:max-resource-size", "C:me-card", "A:owner", "C:push-transports", "C:pushkey",
                 "A:quota-available-bytes", "A:quota-used-bytes", "A:resource-id", "A:resourcetype", "A:supported-report-set",
                 "A:sync-token")
        listed = self.rows("PROPFIND", HOME, self.propfind(*names), Depth="1")
        book = HOME + "contacts/"
        self.assertEqual(set(listed), {HOME, book})
        self.assertTrue(listed[book].text(DAV + "sync-token"))
        self.assertIn(DAV + "write", listed[book].privileges())
        self.assertGreater(int(listed[book].text(CARDDAV + "max-image-size")), 100_000)

        self.cards(book)
        self.group(book)
        self.search(gateway)

    def upload(self, path, text, code=201, **conditions):
        self.kind = "text/vcard"
        answer = self.send("PUT", path, text, code, **conditions)[1]
        self.kind = "text/xml"
        return answer

    def multiget(self, book, *hrefs):
        """It wraps them in white space."""
        wrapped = "".join(f"<A:href>\n      {h}\n    </A:href>" for h in hrefs)
        body = f"{self.XML}<B:addressbook-multiget {self.NS}><A:prop><A:getetag/><B:address-data/></A:prop>{wrapped}</B:addressbook-multiget>"
        return self.rows("REPORT", book, body, Depth="1")

    def cards(self, book):
        # It makes up a token where it has none: 403 lets it start over, 400 does not.
        body = f"{self.XML}<A:sync-collection {self.NS}><A:sync-token>A2C3B1F0-5E5B-4B1C-9C0C-0A6C1D2E3F40</A:sync-token>" \
               "<A:sync-level>1</A:sync-level><A:prop><A:getetag/></A:prop></A:sync-collection>"
        refused = self.send("REPORT", book, body, 403)[2]
        self.assertEqual([e.tag for e in ET.fromstring(refused)], [DAV + "valid-sync-token"])
        text = card("4F6B1B0E", "Greta", "item1.TEL:+49 30 1", "item1.X-ABLabel:Bootshaus",
                    "BDAY;X-APPLE-OMIT-YEAR=1604:1604-02-29", "item2.X-ABDATE;type=pref:2009-06-20",
                    "item2.X-ABLabel:_$!<Anniversary>!$_")
        etag = self.upload(book + "4F6B1B0E.vcf", text, If_None_Match="*")["etag"]
        for number in range(300):
            self.elsewhere("PUT", f"{book}many-{number}.vcf", card(f"many-{number}", f"Many {number}"))
        listed = self.rows("PROPFIND", book, self.propfind("A:getetag", "A:resourcetype"), Depth="1")
        self.assertEqual(len(listed), 302)
        self.assertEqual(listed[book + "4F6B1B0E.vcf"].text(DAV + "getetag"), etag)
        got = self.multiget(book, *(h for h in listed if h != book))
        self.assertEqual(len(got), 301)
        self.assertEqual(got[book + "4F6B1B0E.vcf"].text(CARDDAV + "address-data").replace("\r", ""), text.replace("\r", ""))
        again = self.upload(book + "4F6B1B0E.vcf", text.replace("Bootshaus", "Boot"), 204, If_Match=etag)["etag"]
        self.assertNotEqual(again, etag)
        self.upload(book + "4F6B1B0E.vcf", text, 412, If_Match=etag)

    def group(self, book):
        """A group, the own card, and a 4.0 card with members, which is a group of Apple's here."""
        members = ["X-ADDRESSBOOKSERVER-KIND:group", "X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:4F6B1B0E"]
        self.upload(book + "group.vcf", card("g1", "Club", *members), If_None_Match="*")
        self.elsewhere("PUT", book + "newer.vcf", card("g2", "Choir", "KIND:group", "MEMBER:urn:uuid:4F6B1B0E", version="4.0"),
                       media="text/vcard;version=4.0")
        for row in self.multiget(book, book + "group.vcf", book + "newer.vcf").values():
            for line in members:
                self.assertIn(line, row.text(CARDDAV + "address-data").splitlines())
        body = f"{self.XML}<A:propertyupdate {self.NS}><A:set><A:prop><C:me-card><A:href>{book}4F6B1B0E.vcf</A:href></C:me-card>" \
               "</A:prop></A:set></A:propertyupdate>"
        self.send("PROPPATCH", HOME, body, code=200)  # return=minimal: nothing to say (RFC 8144 2.1)
        row = self.rows("PROPFIND", HOME, self.propfind("C:me-card"), Depth="0")[HOME]
        self.assertEqual(row.href_of(CS + "me-card"), book + "4F6B1B0E.vcf")

    def search(self, gateway):
        """The people of the household, as it asks for them while somebody types."""
        match = '<B:text-match collation="i;unicode-casemap" match-type="contains">ben</B:text-match>'
        filters = "".join(f'<B:prop-filter name="{n}" test="anyof">{match}</B:prop-filter>' for n in ("FN", "EMAIL", "NICKNAME"))
        body = f'{self.XML}<B:addressbook-query {self.NS}><A:prop><A:getetag/><B:address-data/></A:prop><B:filter test="anyof">' \
               f"{filters}</B:filter><B:limit><B:nresults>50</B:nresults></B:limit></B:addressbook-query>"
        found = self.rows("REPORT", gateway, body, Depth="1")
        self.assertEqual([r.text(CARDDAV + "address-data").count("FN:Ben") for r in found.values()], [1])


if __name__ == "__main__":
    unittest.main()
