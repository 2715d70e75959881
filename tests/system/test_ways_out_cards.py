#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Every way out of an address book obeys the rule of test_ways_out: one book with a card of each kind in it, everybody who may
look at it, and every request that could tell something, in every version that a card is given in."""
import json, re, time, unittest
from daemon import Daemon
from ways_cards import *

#          at which URL: (opened, halved, secret, edmade, aumade, denied); a card has no times, so CONFIDENTIAL is as PRIVATE
SIGHTS = {
    ("anna", "owner"): (ALL,) * 6,
    ("ed", "share"): (ALL, NONE, NONE, ALL, NONE, ALL),  # editor
    ("ed", "owner"): (ALL, NONE, NONE, ALL, NONE, ALL),
    ("ed-ro", "share"): (ALL, NONE, NONE, ALL, NONE, ALL),  # the editor's device, scope read-only
    ("ed-cals", "share"): (NONE,) * 6,  # … scope calendars
    ("ed-cals", "owner"): (NONE,) * 6,
    ("au", "share"): (ALL, NONE, NONE, NONE, ALL, ALL),  # author
    ("au", "owner"): (ALL, NONE, NONE, NONE, ALL, ALL),
    ("re", "share"): (ALL, NONE, NONE, NONE, NONE, NONE),  # reader
    ("re", "owner"): (ALL, NONE, NONE, NONE, NONE, NONE),
    ("me", "share"): (ALL, NONE, NONE, NONE, NONE, NONE),  # in a group that may read
    ("bu", "owner"): (NONE,) * 6,  # read-free-busy: a book is never busy
    ("bu", "share"): (NONE,) * 6,
    ("fr", "owner"): (SHUT, NONE, NONE, NONE, NONE, NONE),  # writes what is there, and reads nothing
    ("ad", "owner"): (ALL, NONE, NONE, NONE, NONE, ALL),  # admin: entries do not bind, CLASS does
    ("ad", "of-ed"): (ALL, NONE, NONE, NONE, NONE, ALL),
    ("st", "owner"): (NONE,) * 6,  # stranger
    ("st", "of-ed"): (NONE,) * 6,
    ("re", "of-ed"): (NONE,) * 6,  # a share is its sharee's
    ("link", "public"): (ALL, NONE, NONE, NONE, NONE, NONE),
    ("acl-guest", "public"): (ALL, NONE, NONE, NONE, NONE, NONE),
}
# RFC 9110 14.2: only GET has ranges. A jCard is one card (RFC 7095 3.1): a book has none.
GIVEN = {("GET", "none"): 406, ("HEAD", "none"): 406, ("GET", "part"): 206}  # ranges of cards, not of books
MAY_ADD = ("anna", "ed", "au", "ad")
TOLD = {"PUT over a hidden name": 409, "PUT with a hidden UID": 409}
ONLY_GET = "guests have GET and HEAD alone"
NO_ACCOUNT = "guests have no account, and devices no access to it"
UPDATE = dav_xml("propertyupdate", "<D:set><D:prop><M:mark>x</M:mark></D:prop></D:set>")


def each(**excused):
    """As in test_ways_out."""
    def wrap(function):
        def test(self):
            for viewer, place in SIGHTS:
                if place not in excused and not (viewer in DEVICES and "devices" in excused):
                    with self.subTest(viewer=viewer, place=place):
                        function(self, viewer, place, self.base(viewer, place))
        test.__doc__, test.__name__ = function.__doc__, function.__name__
        return test
    return wrap


def management(viewer, place):
    """Under which user and name the management interface knows the place."""
    return {"owner": ("anna", "cal"), "share": (viewer, "anna-cal"), "of-ed": ("ed", "anna-cal")}[place]


class WaysOutCardsTest(CardBed):
    sights = SIGHTS

    # ---------------------------------------------------------------- cards by their URL

    @each(public=ONLY_GET)
    def test_get_and_head(self, viewer, place, base):
        for method in ("GET", "HEAD"):
            for what, headers in ACCEPTS.items():
                self.alike(viewer, place, what, lambda item: self.ask(viewer, method, base + card_name(item), None, headers))
                for item in self.by_sight(viewer, place, ALL):
                    answer = self.look(viewer, place, what, method, base + card_name(item), None, headers)
                    self.assertEqual(answer.status, GIVEN.get((method, what), 200), f"{viewer} {place} {item}")

    @each(public=ONLY_GET)
    def test_propfind_on_cards(self, viewer, place, base):
        for inside in ("<D:allprop/>", f"<D:allprop/><D:include>{PROPERTIES}</D:include>", "<D:propname/>",
                       f"<D:prop>{PROPERTIES}</D:prop>"):
            ask = lambda item: self.ask(viewer, "PROPFIND", base + card_name(item), dav_xml("propfind", inside),
                                        {**XML, "Depth": "0"})
            self.alike(viewer, place, inside, ask)
            for item in self.by_sight(viewer, place, ALL):
                self.assertEqual(self.clean(viewer, place, ask(item), inside).status, 207)

    @each(public=ONLY_GET)
    def test_reports_on_cards(self, viewer, place, base):
        reports = (cards(""), cards(has("FN")), sync("", "1"),
                   dav_xml("addressbook-multiget", f"<D:prop>{PROPERTIES}</D:prop><D:href>x</D:href>", "R"),
                   dav_xml("expand-property", '<D:property name="owner"/>'))
        for body in reports:
            for depth in ("0", "1"):
                self.alike(viewer, place, body[40:200], lambda item: self.ask(
                    viewer, "REPORT", base + card_name(item), body, {**XML, "Depth": depth}))
        for method in ("OPTIONS", "POST", "LOCK", "UNLOCK", "PATCH"):
            self.alike(viewer, place, method, lambda item: self.ask(viewer, method, base + card_name(item)))

    # ---------------------------------------------------------------- the book

    @each()
    def test_get_the_book(self, viewer, place, base):
        seen = self.by_sight(viewer, place, ALL)
        for what, headers in ACCEPTS.items():
            for method in ("HEAD", "GET"):
                answer = self.look(viewer, place, what, method, base, None, headers)
                if not seen:
                    self.assertEqual(answer.status, 403 if viewer == "fr" else 404, f"{viewer} {place}")
            if answer.status == 200:
                self.shown(answer, "sum", seen, what)
                if "etag" in answer.headers:
                    known = self.look(viewer, place, "304", "GET", base, None, {
                        **headers, "If-None-Match": answer.headers["etag"]})
                    self.assertEqual((known.status, known.body), (304, b""))
            if seen:
                self.assertEqual(answer.status, 406 if what in ("jCard", "none") else 200,
                                 f"{viewer} {place} {what}: {answer}")

    @each(public=ONLY_GET)
    def test_propfind_on_collections(self, viewer, place, base):
        bodies = (dav_xml("propfind", f"<D:allprop/><D:include>{PROPERTIES}</D:include>"), "",
                  dav_xml("propfind", "<D:propname/>"), dav_xml("propfind", f"<D:prop>{PROPERTIES}</D:prop>"),
                  *(dav_xml("propfind", f"<D:prop><D:getetag/><D:getcontentlength/>{data}</D:prop>") for data in DATA.values()))
        home = base.rsplit("/", 2)[0] + "/"
        for body in bodies:
            for depth in ("0", "1", "infinity"):
                for path in (base, base[:-1], home, "/dav/addressbooks/", "/dav/directory/", "/dav/"):
                    answer = self.look(viewer, place, f"{body[:200]} {depth} {path}", "PROPFIND", path, body,
                                       {**XML, "Depth": depth})
                    if path == base and depth == "1":
                        self.shown(answer, "name", self.by_sight(viewer, place, ALL), body)

    @each(public=ONLY_GET)
    def test_queries(self, viewer, place, base):
        """Asked twice, as the second answer is remembered; each is for this viewer alone."""
        props = {"FN": "sum", "N": "sum", "NOTE": "des", "ADR": "loc", "CATEGORIES": "cat", "X-WAYS": "xpr", "EMAIL": "ala",
                 "UID": "uid"}
        seen = self.by_sight(viewer, place, ALL)
        home = base.rsplit("/", 2)[0] + "/"
        ask = lambda body, path=base: self.look(viewer, place, body[-500:], "REPORT", path, body, {**XML, "Depth": "1"})
        for item in ITEMS:
            for prop, fact in props.items():
                text = mark(fact, item)
                for more, body in enumerate((has(prop, text), has(prop, text), has(prop, text[1:-1].lower()))):
                    answer = ask(cards(body))
                    self.shown(answer, "name", {item} & set(seen), f"{viewer} {place} {prop} {item}")
                    ask(cards(body), home)
                answer = ask(cards(has(prop, text, 'negate-condition="yes"')))
                self.shown(answer, "name", set(seen) - {item}, f"{viewer} {place} not {prop} {item}")
            for n in (0, 1):
                # what is hidden counts in no limit
                answer = ask(cards(has("FN", mark("sum", item)), more=f"<R:limit><R:nresults>{n}</R:nresults></R:limit>"))
                self.assertEqual("HTTP/1.1 507" in answer.text, item in seen and n == 0, f"{viewer} {place} {item} {n}")
        for data in DATA.values():
            for body in (cards("", data), cards(has("CLASS"), data),
                         cards('<R:prop-filter name="CLASS"><R:is-not-defined/></R:prop-filter>', data)):
                answer = ask(body)
                if "prop-filter" not in body:
                    self.shown(answer, "name", seen, body)
        answer = ask(cards("", more=f"<R:limit><R:nresults>{len(seen)}</R:nresults></R:limit>"))
        self.assertNotIn("HTTP/1.1 507", answer.text)

    @each(public=ONLY_GET)
    def test_multiget(self, viewer, place, base):
        seen = self.by_sight(viewer, place, ALL)
        for where in {base, BOOK, base.rsplit("/", 2)[0] + "/"}:
            for href in {base, BOOK, "/dav/addressbooks/ed/anna-cal/"}:
                there = [p for p in ("owner", "share", "of-ed") if (viewer, p) in SIGHTS and self.base(viewer, p) == href]
                sights = (SIGHTS[viewer, there[0]] if there else
                          SIGHTS[viewer, place] if href == BOOK else (NONE,) * len(ITEMS))
                for what, data in DATA.items():
                    ask = lambda *items: self.ask(viewer, "REPORT", where, dav_xml(
                        "addressbook-multiget", f"<D:prop>{PROPERTIES.replace('<R:address-data/>', '')}{data}</D:prop>" +
                        "".join(f"<D:href>{href}{card_name(item)}</D:href>" for item in items), "R"), XML)
                    every = ask(*ITEMS, ABSENT)
                    self.clean(viewer, place, every, f"{where} {href}", [(i, "name") for i in ITEMS], sights)
                    for item, sight in zip(ITEMS, sights):
                        if sight == NONE:
                            self.assertEqual(ask(item).comparable(item), ask(ABSENT).comparable(ABSENT), f"{viewer}, {where}")
                    if where == href == base:
                        self.shown(every, "sum", seen, f"{viewer} {place} {what}")

    @each(public=ONLY_GET)
    def test_sync(self, viewer, place, base):
        seen = self.by_sight(viewer, place, ALL)
        home = base.rsplit("/", 2)[0] + "/"
        for token in {"", self.tokens[viewer, place] or ""}:
            for data in DATA.values():
                for level in ("1", "infinite"):
                    body = sync(token, level).replace("<R:address-data/>", data)
                    answer = self.look(viewer, place, f"sync {level} {token}", "REPORT", base, body, XML)
                    self.shown(answer, "name", seen, f"{viewer} {place} {token} {answer}")
                    self.shown(answer, "sum", seen, f"{viewer} {place} {token}")
                    self.look(viewer, place, "home", "REPORT", home, sync("", level).replace("<R:address-data/>", data), XML)
        token, names = "", set()
        for _ in range(len(ITEMS) + 2):
            answer = self.look(viewer, place, "page", "REPORT", base, dav_xml(
                "sync-collection", f"<D:sync-token>{token}</D:sync-token><D:sync-level>1</D:sync-level>"
                "<D:limit><D:nresults>1</D:nresults></D:limit><D:prop><D:getetag/><R:address-data/></D:prop>"), XML)
            names |= {item for item in ITEMS if card_name(item) in answer.text}
            if "HTTP/1.1 507" not in answer.text:
                break
            token = re.search(r"<d:sync-token>([^<]+)<", answer.text).group(1)
        self.assertEqual(names, set(seen), f"{viewer} {place}")

    # ---------------------------------------------------------------- writing, as a way to look

    @each(public=ONLY_GET)
    def test_copies(self, viewer, place, base):
        user = DEVICES.get(viewer, viewer)
        own = f"/dav/addressbooks/{user}/contacts/"
        for method in ("COPY", "MOVE"):
            self.alike(viewer, place, method, lambda item: self.ask(
                viewer, method, base + card_name(item), headers={"Destination": own + card_name(item)}))
        if user == "anna":
            return
        target = f"/dav/addressbooks/{user}/whole/"
        answer = self.look(viewer, place, "COPY", "COPY", base, headers={"Destination": target})
        copy = self.look(viewer, place, "copy of all", "GET", target)
        if answer.status == 201:
            self.shown(copy, "sum", self.by_sight(viewer, place, ALL), "copy of all")
            self.must(204, user, "DELETE", target)

    @each(public=ONLY_GET)
    def test_writes_on_what_is_hidden(self, viewer, place, base):
        for method, body, headers in (("DELETE", None, {}), ("PROPPATCH", UPDATE, XML), ("ACL", dav_xml("acl", ""), XML)):
            self.alike(viewer, place, method, lambda item: self.ask(viewer, method, base + card_name(item), body, headers))

    @each(public=ONLY_GET)
    def test_taken_names_and_uids(self, viewer, place, base):
        """Who may add is told that it is taken, without by what; nobody else is told even that (TOLD)."""
        if viewer == "fr":
            return  # test_writer_without_sight
        new = lambda version: card_of(ABSENT, version, uid="NEW")
        writer = viewer in MAY_ADD and (place != "of-ed" or viewer == "ad")
        for item in self.by_sight(viewer, place, NONE):
            for version in ("3.0", "4.0"):
                asks = {
                    "PUT over a hidden name": lambda i: self.ask(
                        viewer, "PUT", base + card_name(i), new(version), {**VCF, "Prefer": "return=representation"}),
                    "PUT with a hidden UID": lambda i: self.ask(
                        viewer, "PUT", base + "new.vcf", card_of(ABSENT, version, uid=mark("uid", i)), VCF),
                    "PUT of itself": lambda i: self.ask(viewer, "PUT", base + card_name(i), card_of(ABSENT, version, uid=mark(
                        "uid", i)), VCF),
                    "PUT If-None-Match": lambda i: self.ask(viewer, "PUT", base + card_name(i), new(version), {
                        **VCF, "If-None-Match": "*", "Prefer": "return=representation"}),
                    "POST": lambda i: self.ask(viewer, "POST", base + ";add-member", card_of(
                        ABSENT, version, uid=mark("uid", i)), VCF),
                }
                for what, ask in asks.items():
                    hidden = ask(item)
                    self.clean(viewer, place, hidden, what, [(item, "name")])
                    if writer:
                        self.assertGreaterEqual(hidden.status, 403, f"{viewer} {place} {what}: {hidden!r}")
                        self.assertNotIn("href", hidden.text)
                        self.assertEqual(hidden.status, TOLD.get(what, hidden.status))
                    else:
                        self.assertEqual(hidden.comparable(item), ask(ABSENT).comparable(ABSENT), f"{viewer} {what} {item}")

    @each(public=ONLY_GET)
    def test_conditions(self, viewer, place, base):
        """ETags and If headers are no questions that what is hidden answers, with none of a card's ETags."""
        for item in self.by_sight(viewer, place, NONE):
            tags = {m: self.tags[item] + m for m in MARKS} | {"wrong": "0" * 40}
            for method, body in (("GET", None), ("HEAD", None), ("DELETE", None), ("PUT", card_of(item)), ("PROPFIND", ""),
                                 ("PUT", card_of(item, "3.0")), ("PROPPATCH", UPDATE)):
                if viewer == "fr" and method == "PUT":
                    continue
                for header, form in (("If-Match", '"{}"'), ("If-None-Match", '"{}"'), ("If", '(["{}"])'),
                                     ("If", '(Not ["{}"])')):
                    answers = {what: self.ask(viewer, method, base + card_name(item), body, {
                        "Content-Type": VCF["Content-Type"] if method == "PUT" else XML["Content-Type"],
                        "Prefer": "return=representation", header: form.format(tag)}) for what, tag in tags.items()}
                    statuses = {what: answer.status for what, answer in answers.items()}
                    self.assertEqual(len(set(statuses.values())), 1, f"{viewer} {place} {method} {header} {form}: {statuses}")
                    for answer in answers.values():
                        self.clean(viewer, place, answer, header, [(item, "name")])
            for on in (base, "/dav/"):
                for form in ('<{}> (["{}"])', '<{}> (Not ["{}"])'):
                    statuses = {(what, i): self.ask(viewer, "PROPFIND", on, "", {
                        "Depth": "0", "If": form.format(self.daemon.url + base + card_name(i), tag)}).status
                        for what, tag in tags.items() for i in (item, ABSENT)}
                    self.assertEqual(len(set(statuses.values())), 1, f"{viewer} {place} {on} {form}: {statuses}")

    def test_writer_without_sight(self):
        """Who may write and not read learns nothing of what stood there, in whatever version, and destroys nothing that is
        hidden by its CLASS."""
        self.must(201, "anna", "PUT", BOOK + "fr.vcf", card_of("opened", uid="FR", sum="Before"), VCF)
        self.must(201, "anna", "PUT", BOOK + "fr3.vcf", card_of("opened", "3.0", uid="FR3", sum="Before"), VCF)
        for item in ITEMS:
            if CLASSES[item] != "PUBLIC":
                for version in ("3.0", "4.0"):
                    answer = self.look("fr", "owner", "PUT", "PUT", BOOK + card_name(item), card_of(item, version), VCF)
                    self.assertIn(answer.status, (403, 404, 409))
        for version in ("3.0", "4.0", "3.0"):
            for headers in ({}, {"Prefer": "return=representation"}):
                # over 4.0, 3.0, and over what was just written
                answers = [self.look("fr", "owner", "PUT", "PUT", BOOK + name, card_of("absent", version, uid=uid),
                                     {**VCF, **headers}) for name, uid in (("fr.vcf", "FR"), ("fr3.vcf", "FR3"))]
                shown = [(answer.status, set(answer.headers), "Before" in answer.text) for answer in answers]
                self.assertEqual(shown[0], shown[1], answers)
                self.assertIn(answers[0].status, (200, 204))
                self.assertFalse(shown[0][2])
        for name in ("fr.vcf", "fr3.vcf"):
            self.must(204, "anna", "DELETE", BOOK + name)

    # ---------------------------------------------------------------- guests

    @each(owner="logs in", share="logs in", **{"of-ed": "logs in"})
    def test_guests(self, viewer, place, base):
        for method in ("PROPFIND", "REPORT", "OPTIONS", "POST", "PUT", "DELETE", "COPY"):
            answer = self.look(viewer, place, method, method, base, cards(""), {**XML, "Depth": "1", "Destination": BOOK + "x"})
            self.assertEqual(answer.status, 405, f"{viewer} {method}")
        for path in (base + "?version=4.0", base[:-4], base[:-4] + ".ics", base + "/", *(f"{base}/{card_name(i)}" for i in ITEMS),
                     *(f"/public/anna/cal/{card_name(i)}" for i in ITEMS)):
            echo = [(i, "name") for i in ITEMS if card_name(i) in path]
            self.look(viewer, place, path, "GET", path, echo=echo)

    # ---------------------------------------------------------------- the management interface

    @each(public=NO_ACCOUNT, devices=NO_ACCOUNT)
    def test_export(self, viewer, place, base):
        user, name = management(viewer, place)
        for query_ in ("", "?version=3.0", "?version=4.0", "?kind=addressbook"):
            answer = self.look(viewer, place, "export", "GET", f"/api/v1/users/{user}/collections/{name}/export{query_}")
            if answer.status == 200:
                self.shown(answer, "sum", self.by_sight(viewer, place, ALL), "export")
            self.assertEqual(answer.status == 200, viewer in (user, "ad") and bool(self.by_sight(viewer, place, ALL)),
                             f"{viewer} {place} {answer!r}")

    @each(public=NO_ACCOUNT, devices=NO_ACCOUNT)
    def test_log(self, viewer, place, base):
        user, name = management(viewer, place)
        for path in ("", f"/{user}", f"/{user}/{name}"):
            answer = self.look(viewer, place, f"log {path}", "GET", f"/api/v1/log{path}?limit=1000")
            if viewer in (user, "ad") and path and (viewer, place) != ("bu", "share"):
                self.assertEqual(answer.status, 200)
                self.shown(answer, "sum", self.by_sight(viewer, place, ALL), f"log {path}")
        self.alike(viewer, place, "log of one", lambda item: self.ask(
            viewer, "GET", f"/api/v1/log/{user}/{name}/{card_name(item)}"))

    @each(public=NO_ACCOUNT, devices=NO_ACCOUNT)
    def test_import(self, viewer, place, base):
        """Neither that a card looks like what is hidden is told, nor that it is the same; its UID is taken."""
        user, name = management(viewer, place)
        if viewer == "fr":
            return
        def tell(item, query_="", **changed):
            answer = self.look(viewer, place, "import", "POST", f"/api/v1/users/{user}/collections/{name}/import?dry_run=1{query_}",
                               card_of(item, "3.0", **changed), VCF, echo=[(item, fact) for fact in FACTS])
            if answer.status != 200:
                return answer.status, answer.comparable(item)
            return 200, re.sub(r"\bNEW\w*|x-request-id: \S+|date: [^\n]*", "", answer.comparable(item))
        for item in self.by_sight(viewer, place, NONE):
            for query_ in ("", "&duplicates=skip", "&duplicates=keep"):
                # the same content, the same name and mail address; alone
                for changed in ({"uid": "NEW1"}, {"uid": "NEW1", "des": "other"}):
                    self.assertEqual(tell(item, query_, **changed), tell(ABSENT, query_, **changed), f"{viewer} {item}")
                # its UID: whether it is the same is not told
                self.assertEqual(tell(item, query_)[1], tell(item, query_, des="other")[1])

    # ---------------------------------------------------------------- birthdays

    @each(public=NO_ACCOUNT, devices=NO_ACCOUNT)
    def test_birthdays(self, viewer, place, base):
        if place != "share" and viewer != "st":
            return
        switch = f"/api/v1/users/{viewer}/birthdays"
        calendar = f"/dav/calendars/{viewer}/birthdays/"
        self.must(201, viewer, "PUT", switch, None)
        seen = self.by_sight(viewer, place, ALL)
        def names(answer):
            return {item for item in ITEMS if mark("sum", item) in answer.text}
        self.assertTrue(self.daemon.wait_for(5, lambda: names(self.ask(viewer, "GET", calendar)) == set(seen)),
                        self.ask(viewer, "GET", calendar))
        for path, body in ((calendar, sync("", "1")), (calendar, query(comp("")))):
            answer = self.look(viewer, place, "birthdays", "REPORT", path, body, {**XML, "Depth": "1"})
            self.assertEqual(names(answer), set(seen))
        self.look(viewer, place, "birthdays", "GET", calendar)
        self.look(viewer, place, "log of birthdays", "GET", f"/api/v1/log/{viewer}/birthdays?limit=1000")
        # who else sees the calendar sees what everybody sees of the book
        if viewer == "ed":
            self.must(200, viewer, "ACL", calendar, dav_xml("acl", ace(href_of("st"), "read")), XML)
            shared = self.ask("st", "GET", calendar)
            self.assertEqual(names(shared), {"opened"}, shared)
            self.must(200, viewer, "ACL", calendar, dav_xml("acl", ""), XML)
        self.must(204, viewer, "DELETE", switch)

    def test_birthdays_end_with_the_share(self):
        self.must(201, "me", "PUT", "/api/v1/users/me/birthdays", None)
        calendar = "/dav/calendars/me/birthdays/"
        self.assertTrue(self.daemon.wait_for(5, lambda: mark("sum", "opened") in self.ask("me", "GET", calendar).text))
        self.daemon.request("DELETE", "/groups/team/users/me")
        self.assertTrue(self.daemon.wait_for(5, lambda: mark("sum", "opened") not in self.ask("me", "GET", calendar).text))
        self.assertEqual(self.ask("me", "GET", "/dav/addressbooks/me/anna-cal/").status, 404)
        self.daemon.request("PUT", "/groups/team/users/me")
        self.must(204, "me", "DELETE", "/api/v1/users/me/birthdays")

    # ---------------------------------------------------------------- oneself

    @each(public=ONLY_GET, devices="read-only")
    def test_me_card(self, viewer, place, base):
        """One's own card may be one that is seen; of hidden ones nothing is told."""
        home = f"/dav/addressbooks/{viewer}/"
        for href in {base, BOOK}:
            ask = lambda item: self.ask(viewer, "PROPPATCH", home, dav_xml(
                "propertyupdate", f"<D:set><D:prop><S:me-card><D:href>{href}{card_name(item)}</D:href></S:me-card></D:prop></D:set>"),
                XML)
            if href == base:
                self.alike(viewer, place, f"me-card {href}", ask)


if __name__ == "__main__":
    unittest.main()
