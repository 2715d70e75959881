# SPDX-License-Identifier: ISC
"""The bed of test_ways_out_cards: what ways.py has for a calendar, for an address book with a card of each kind in it, half of
them of 4.0."""
import json
from ways import *

BOOK, VCF, JSON = "/dav/addressbooks/anna/cal/", {"Content-Type": "text/vcard"}, {"Content-Type": "application/json"}
VERSIONS = {"opened": "4.0", "halved": "3.0", "secret": "4.0", "edmade": "4.0", "aumade": "3.0", "denied": "4.0"}
ACCEPTS = {"as it comes": {}, "3.0": {"Accept": "text/vcard;version=3.0"}, "4.0": {"Accept": "text/vcard;version=4.0"},
           "jCard": {"Accept": "application/vcard+json"}, "none": {"Accept": "image/png"},
           "part": {"Range": "bytes=0-40"}}
DATA = {"as it comes": "<R:address-data/>", "3.0": '<R:address-data content-type="text/vcard" version="3.0"/>',
        "4.0": '<R:address-data content-type="text/vcard" version="4.0"/>',
        "jCard": '<R:address-data content-type="application/vcard+json" version="4.0"/>',
        "parts": '<R:address-data><R:prop name="FN"/><R:prop name="X-WAYS" novalue="no"/></R:address-data>'}
MARKS = ("", "-v3", "-v4", "-j")
DEVICES.clear()
DEVICES.update({"ed-ro": "ed", "ed-cals": "ed"})
GUESTS = ("link", "acl-guest")
PROPERTIES += "<S:me-card/><R:addressbook-description/><R:principal-address/><R:supported-address-data/>"

SHUT = "shut"  # may be written, and not read: that it is there is known
TOLD_OF[SHUT] = {"name"}


def card_name(item):
    return mark("name", item) + ".vcf"


def card_of(item, version=None, **changed):
    """Each of them has a length of its own, in its own version."""
    version = version or VERSIONS.get(item, "3.0")
    fact = lambda name: changed.get(name, mark(name, item))
    lines = ["BEGIN:VCARD", f"VERSION:{version}", "PRODID:-//ways//EN", f"UID:{fact('uid')}", f"FN:{fact('sum')}",
             f"N:{fact('sum')};;;;", f"NOTE:{fact('des')}", f"ADR;TYPE=home:;;{fact('loc')};;;;",
             f"CATEGORIES:{fact('cat')}", f"EMAIL:{fact('ala')}@example.org", f"X-WAYS:{fact('xpr')}",
             f"X-TIME:{fact('time')}", f"BDAY:{1950 + hour_of(item)}-03-0{hour_of(item)}",
             f"CLASS:{CLASSES.get(item, 'PUBLIC')}", "END:VCARD"]
    while length_of(item) - len("\r\n".join(lines)) - 2 > 80:
        lines.insert(5, "X-PAD:" + "p" * 52)
    lines[2] += "-" * (length_of(item) - len("\r\n".join(lines)) - 2)
    return "\r\n".join(lines) + "\r\n"


def cards(inside, data="<R:address-data/>", more=""):
    return dav_xml("addressbook-query", f"<D:prop><D:getetag/><D:getcontentlength/><M:mark/>{data}</D:prop>"
                   f"<R:filter>{inside}</R:filter>{more}", "R")


def has(prop, text=None, more=""):
    inside = "" if text is None else f'<R:text-match {more}>{text}</R:text-match>'
    return f'<R:prop-filter name="{prop}">{inside}</R:prop-filter>'


BOOK_ACL = (
    ace(href_of("ed"), "read", "write") + ace(href_of("au"), "read", "bind") + ace(href_of("re"), "read") +
    ace("<D:principal><D:property><S:created-by/></D:property></D:principal>", "write-content", "write-properties", "unbind") +
    ace(href_of("bu"), FREE) + ace(href_of("fr"), "write-content") +
    ace("<D:principal><D:href>/dav/principals/groups/team/</D:href></D:principal>", "read") + ace(UNAUTHENTICATED, "read"))


class CardBed(Bed):
    """`fr` may write what is there, and read nothing."""

    @classmethod
    def base(cls, viewer, place):
        user = DEVICES.get(viewer, viewer)
        return {"owner": BOOK, "share": f"/dav/addressbooks/{user}/anna-cal/", "of-ed": "/dav/addressbooks/ed/anna-cal/",
                "public": cls.public.get(viewer)}[place]

    @classmethod
    def calendar(cls):
        cls.must(201, "anna", "MKCOL", BOOK, dav_xml("mkcol", "<D:set><D:prop><D:resourcetype><D:collection/><R:addressbook/>"
                                                     "</D:resourcetype></D:prop></D:set>"), XML)
        cls.must(200, "anna", "ACL", BOOK, dav_xml("acl", BOOK_ACL), XML)
        cls.tokens, cls.tags = {}, {}
        for viewer, place in cls.sights:
            if place != "public" and viewer not in DEVICES:
                found = cls.ask(viewer, "PROPFIND", cls.base(viewer, place),
                                dav_xml("propfind", "<D:prop><D:sync-token/></D:prop>"), {**XML, "Depth": "0"})
                token = re.search(r"<d:sync-token>([^<]+)<", found.text)
                cls.tokens[viewer, place] = token.group(1) if token else None
        for device, user in DEVICES.items():
            for place in ("share", "owner"):
                cls.tokens[device, place] = cls.tokens[user, place]
        for item in ITEMS:
            maker = MAKERS.get(item, "anna")
            place = BOOK if maker == "anna" else f"/dav/addressbooks/{maker}/anna-cal/"
            put = cls.must(201, maker, "PUT", place + card_name(item), card_of(item), VCF)
            cls.tags[item] = put.headers["etag"].strip('"')
            cls.must(207, maker, "PROPPATCH", place + card_name(item), dav_xml(
                "propertyupdate", f"<D:set><D:prop><M:mark>{mark('ded', item)}</M:mark></D:prop></D:set>"), XML)
        cls.must(200, "anna", "ACL", BOOK + card_name("denied"), dav_xml("acl", ITEM_ACL), XML)

    @classmethod
    def guests_and_devices(cls):
        link = json.loads(cls.api("anna", "POST", "/api/v1/users/anna/collections/cal/links?kind=addressbook", {}).body)
        cls.public = {"link": "/" + link["url"].split("/", 3)[3], "acl-guest": "/public/anna/cal.vcf"}
        for device, scope in (("ed-ro", "read-only"), ("ed-cals", "calendars")):
            made = json.loads(cls.api("ed", "POST", "/api/v1/users/ed/devices", {"name": device, "scope": scope}).body)
            cls.passwords[device] = made["password"]

    def tearDown(self):
        """Nothing of the owner's was changed by looking."""
        for item in ITEMS:
            answer = self.ask("anna", "GET", BOOK + card_name(item), None, {"Accept": "text/vcard;version=" + VERSIONS[item]})
            self.assertEqual((answer.status, answer.headers.get("etag")), (200, f'"{self.tags[item]}"'), item)
            self.assertIn(mark("ded", item), self.ask("anna", "PROPFIND", BOOK + card_name(item), dav_xml(
                "propfind", "<D:prop><M:mark/></D:prop>"), {**XML, "Depth": "0"}).text)
