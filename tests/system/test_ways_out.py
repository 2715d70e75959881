#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Every way out obeys one rule: one calendar with an item of each kind, everybody who may look at it, and every request that
could tell something. Each fact of an item is a marker, and all bytes of every answer, headers and body, are searched.

SIGHTS says who sees what; a way that does not fit a viewer is excused beside its test, with the reason. Where something is
hidden, the answer must also be the same, byte for byte, as where nothing is (`alike`), but for TOLD."""
import json, re, unittest
from daemon import Daemon
from ways import *

# ---------------------------------------------------------------- who sees what

#          at which URL: (opened, halved, secret, edmade, aumade, denied)
SIGHTS = {
    ("anna", "owner"): (ALL, ALL, ALL, ALL, ALL, ALL),
    ("ed", "share"): (ALL, BUSY, NONE, ALL, NONE, ALL),  # editor
    ("ed", "owner"): (ALL, BUSY, NONE, ALL, NONE, ALL),
    ("ed-ro", "share"): (ALL, BUSY, NONE, ALL, NONE, ALL),  # the editor's device, scope read-only
    ("ed-ro", "owner"): (ALL, BUSY, NONE, ALL, NONE, ALL),
    ("ed-cards", "share"): (NONE,) * 6,  # … scope contacts
    ("ed-cards", "owner"): (NONE,) * 6,
    ("au", "share"): (ALL, BUSY, NONE, NONE, ALL, ALL),  # author
    ("au", "owner"): (ALL, BUSY, NONE, NONE, ALL, ALL),
    ("re", "share"): (ALL, BUSY, NONE, NONE, NONE, NONE),  # reader
    ("re", "owner"): (ALL, BUSY, NONE, NONE, NONE, NONE),
    ("me", "share"): (ALL, BUSY, NONE, NONE, NONE, NONE),  # in a group that may read
    ("me", "owner"): (ALL, BUSY, NONE, NONE, NONE, NONE),
    ("bu", "share"): (BUSY, BUSY, NONE, NONE, NONE, NONE),  # read-free-busy, with the share
    ("bu", "owner"): (NONE,) * 6,
    ("fr", "owner"): (NONE,) * 6,  # read-free-busy, unsubscribed
    ("ad", "owner"): (ALL, BUSY, NONE, NONE, NONE, ALL),  # admin: entries do not bind, CLASS does
    ("ad", "of-ed"): (ALL, BUSY, NONE, NONE, NONE, ALL),  # at the editor's share
    ("st", "owner"): (NONE,) * 6,  # stranger
    ("st", "of-ed"): (NONE,) * 6,
    ("re", "of-ed"): (NONE,) * 6,  # a share is its sharee's
    ("link", "public"): (ALL, BUSY, NONE, NONE, NONE, NONE),
    ("link-busy", "public"): (BUSY, BUSY, NONE, NONE, NONE, NONE),
    ("acl-guest", "public"): (ALL, BUSY, NONE, NONE, NONE, NONE),
}
# free-busy-query counts all items whatever their CLASS (RFC 4791 7.10), of which one holds read-free-busy (6.1.1).
EVERY = set(ITEMS)
FREE_BUSY = {
    "anna": EVERY, "ed": EVERY, "ed-ro": EVERY, "ed-cards": set(), "au": EVERY, "re": EVERY - {"denied"},
    "me": EVERY - {"denied"}, "bu": EVERY - {"denied"}, "fr": EVERY - {"denied"}, "ad": EVERY, "st": set(),
}
MAY_ADD = ("anna", "ed", "au", "ad")

# Where hidden and absent differ for who may add: the name, or the UID, is taken, and that is all that is said (DESIGN.md 7).
TOLD = {"PUT over a hidden name": 409, "PUT with a hidden UID": 409, "COPY over a hidden name": 409}

# ---------------------------------------------------------------- which way is for whom

ONLY_GET = "guests have GET and HEAD alone: test_get_the_calendar, test_guests"
NO_ACCOUNT = "guests have no account, and devices no access to it: test_management_is_closed"
LOGS_IN = "not a guest"


def each(**excused):
    """A test that is walked by every viewer at every place of SIGHTS, but those that are excused with the reason: by place, or
    all devices."""
    def wrap(function):
        def test(self):
            for viewer, place in SIGHTS:
                if place not in excused and not (viewer in DEVICES and "devices" in excused):
                    with self.subTest(viewer=viewer, place=place):
                        function(self, viewer, place, self.base(viewer, place))
        test.__doc__, test.__name__ = function.__doc__, function.__name__
        return test
    return wrap


class WaysOutTest(Bed):
    sights = SIGHTS

    def sights_at(self, viewer, href):
        """At a URL that is not the viewer's own place."""
        if href == CAL:
            return SIGHTS[viewer, "owner"]
        for place in ("share", "of-ed"):
            if (viewer, place) in SIGHTS and self.base(viewer, place) == href:
                return SIGHTS[viewer, place]
        return (NONE,) * len(ITEMS)

    # ---------------------------------------------------------------- items by their URL

    @each(public=ONLY_GET)
    def test_get_and_head(self, viewer, place, base):
        for method in ("GET", "HEAD"):
            for headers in ({}, {"Range": "bytes=0-40"}, {"Accept": "text/html"}, {"Accept": "text/calendar"}):
                self.alike(viewer, place, method, lambda item: self.ask(
                    viewer, method, base + name_of(item), headers=headers))
            for item in self.by_sight(viewer, place, ALL, BUSY):
                answer = self.look(viewer, place, method, method, base + name_of(item))
                self.assertEqual(answer.status, 200, f"{viewer} {place} {item}")
                whole = item in self.by_sight(viewer, place, ALL)
                self.assertEqual(self.tags[item] in answer.headers["etag"] and "-b1" not in answer.headers["etag"], whole)
                if method == "GET":
                    self.assertEqual(mark("sum", item) in answer.text, whole)
                    self.assertIn(mark("time", item), answer.text)

    @each(public=ONLY_GET)
    def test_propfind_on_items(self, viewer, place, base):
        bodies = {"allprop": "<D:allprop/>", "allprop with more": f"<D:allprop/><D:include>{PROPERTIES}</D:include>",
                  "propname": "<D:propname/>", "by name": f"<D:prop>{PROPERTIES}</D:prop>"}
        for what, inside in bodies.items():
            ask = lambda item: self.ask(viewer, "PROPFIND", base + name_of(item), dav_xml("propfind", inside),
                                        {**XML, "Depth": "0"})
            self.alike(viewer, place, what, ask)
            for item in self.by_sight(viewer, place, ALL, BUSY):
                answer = self.clean(viewer, place, ask(item), what)
                self.assertEqual(answer.status, 207)
                if what == "by name":
                    self.assertEqual(mark("ded", item) in answer.text, item in self.by_sight(viewer, place, ALL))

    @each(public=ONLY_GET)
    def test_reports_on_items(self, viewer, place, base):
        """A report on one item, and every other verb that changes nothing, or is not allowed to."""
        reports = {
            "calendar-query": query(comp("")),
            "multiget": dav_xml("calendar-multiget", f"<D:prop>{PROPERTIES}</D:prop><D:href>x</D:href>", "C"),
            "expand-property": dav_xml("expand-property", '<D:property name="owner"/><D:property name="created-by" '
                                       'namespace="http://calendarserver.org/ns/"><D:property name="displayname"/></D:property>'),
            "acl-principal-prop-set": dav_xml("acl-principal-prop-set", "<D:prop><D:displayname/></D:prop>"),
            "principal-match": dav_xml("principal-match", "<D:principal-property><D:owner/></D:principal-property>"),
            "sync-collection": sync("", "1"),
            "free-busy-query": dav_xml("free-busy-query", f"<C:time-range {RANGE}/>", "C"),
        }
        for what, body in reports.items():
            for depth in ("0", "1"):
                ask = lambda item: self.ask(viewer, "REPORT", base + name_of(item), body, {**XML, "Depth": depth})
                self.alike(viewer, place, what, ask)
                for item in self.by_sight(viewer, place, ALL, BUSY):
                    self.clean(viewer, place, ask(item), what)
        for method in ("OPTIONS", "POST", "LOCK", "UNLOCK", "PATCH", "X-OTHER"):
            self.alike(viewer, place, method, lambda item: self.ask(viewer, method, base + name_of(item)))

    # ---------------------------------------------------------------- the calendar

    @each()
    def test_get_the_calendar(self, viewer, place, base):
        seen = self.by_sight(viewer, place, ALL, BUSY)
        answer = self.look(viewer, place, "GET", "GET", base)
        head = self.look(viewer, place, "HEAD", "HEAD", base)
        self.assertEqual(head.status, answer.status)
        if viewer == "ed-cards" or not seen:
            self.assertEqual(answer.status, 404, f"{viewer} {place}")
            return
        self.assertEqual(answer.status, 200, f"{viewer} {place}")
        self.shown(answer, "sum", self.by_sight(viewer, place, ALL), "GET")
        self.shown(answer, "time", seen, "GET")
        # Only at home a calendar as a whole has one: elsewhere it would tell of changes to what is hidden (RFC 6578 3.5.1).
        if "etag" in answer.headers:
            known = self.look(viewer, place, "304", "GET", base, headers={"If-None-Match": answer.headers["etag"]})
            self.assertEqual((known.status, known.body), (304, b""))
        self.look(viewer, place, "*", "GET", base, headers={"If-None-Match": "*"})

    @each(public=ONLY_GET)
    def test_propfind_on_collections(self, viewer, place, base):
        bodies = {"allprop": dav_xml("propfind", f"<D:allprop/><D:include>{PROPERTIES}</D:include>"), "empty": "",
                  "propname": dav_xml("propfind", "<D:propname/>"),
                  "by name": dav_xml("propfind", f"<D:prop>{PROPERTIES}</D:prop>")}
        home = base.rsplit("/", 2)[0] + "/"
        for what, body in bodies.items():
            for depth in ("0", "1", "infinity"):
                for path in (base, base[:-1], home, "/dav/calendars/", "/dav/", "/"):
                    answer = self.look(viewer, place, f"{what} {depth} {path}", "PROPFIND", path, body,
                                       {**XML, "Depth": depth})
                    if path == base and depth == "1":
                        self.shown(answer, "name", self.by_sight(viewer, place, ALL, BUSY), what)
        for path in (home, "/dav/calendars/", f"/dav/principals/users/{DEVICES.get(viewer, viewer)}/"):
            self.look(viewer, place, "GET", "GET", path)

    @each(public=ONLY_GET)
    def test_queries(self, viewer, place, base):
        whole = {"SUMMARY": "sum", "DESCRIPTION": "des", "LOCATION": "loc", "CATEGORIES": "cat", "X-WAYS": "xpr"}
        seen, all_ = self.by_sight(viewer, place, ALL, BUSY), self.by_sight(viewer, place, ALL)
        ask = lambda what, body, depth="1": self.look(viewer, place, what, "REPORT", base, body, {**XML, "Depth": depth})
        for prop, fact in whole.items():
            for item in ITEMS:
                for text in (mark(fact, item), mark(fact, item)[1:-1].lower()):
                    answer = ask(f"{prop} {item}", query(comp(match(prop, text))))
                    self.shown(answer, "name", {item} & set(all_), f"{viewer} {place} {prop} {item}")
            self.shown(ask("defined", query(comp(f'<C:prop-filter name="{prop}"/>'))), "name",
                       seen if prop == "SUMMARY" else all_, f"{viewer} {place} {prop} is there")
        for item in ITEMS:
            answer = ask(f"UID {item}", query(comp(match("UID", mark("uid", item)))))
            self.shown(answer, "name", {item} & set(seen), f"{viewer} {place} UID {item}")
            start = f"20260310T0{hour_of(item)}"
            answer = ask(f"time {item}", query(comp(f'<C:time-range start="{start}0000Z" end="{start}1000Z"/>')))
            self.shown(answer, "name", {item} & set(seen), f"{viewer} {place} time {item}")
            # the alarm goes off five minutes before
            start = f"20260310T0{hour_of(item) - 1}"
            for inside in (f'<C:time-range start="{start}5000Z" end="{start}5900Z"/>',
                           match("DESCRIPTION", mark("ala", item))):
                answer = ask(f"alarm {item}", query(comp(f'<C:comp-filter name="VALARM">{inside}</C:comp-filter>')))
                self.shown(answer, "name", {item} & set(all_), f"{viewer} {place} alarm {item}")
        # who is not matched by what is hidden: no difference can be told apart from what is shown
        for text in (mark("sum", "halved"), mark("sum", ABSENT)):
            answer = ask("negated", query(comp(match("SUMMARY", text, 'negate-condition="yes"'))))
            self.shown(answer, "name", [i for i in seen if i not in all_ or text != mark("sum", i)], "negated")
        answer = ask("no class", query(comp('<C:prop-filter name="CLASS"><C:is-not-defined/></C:prop-filter>')))
        # the times of what is public have none
        self.shown(answer, "name", [i for i in seen if i not in all_ and CLASSES[i] == "PUBLIC"], "no class")

    @each(public=ONLY_GET)
    def test_calendar_data(self, viewer, place, base):
        """Parts, expansions and free-busy sets of what a query gives."""
        datas = ("<C:calendar-data/>", f"<C:calendar-data><C:expand {RANGE}/></C:calendar-data>",
                 f"<C:calendar-data><C:limit-recurrence-set {RANGE}/></C:calendar-data>",
                 f"<C:calendar-data><C:limit-freebusy-set {RANGE}/></C:calendar-data>",
                 '<C:calendar-data><C:comp name="VCALENDAR"><C:allprop/><C:comp name="VEVENT"><C:allprop/><C:allcomp/></C:comp>'
                 '</C:comp></C:calendar-data>',
                 '<C:calendar-data><C:comp name="VCALENDAR"><C:comp name="VEVENT"><C:prop name="SUMMARY"/>'
                 '<C:prop name="UID"/><C:prop name="DTSTART"/><C:prop name="X-WAYS"/><C:comp name="VALARM"><C:allprop/></C:comp>'
                 '</C:comp></C:comp></C:calendar-data>')
        for data in datas:
            for what, inside in (("all", comp("")), ("time", comp(f"<C:time-range {RANGE}/>"))):
                answer = self.look(viewer, place, f"{what} {data}", "REPORT", base, query(inside, data),
                                   {**XML, "Depth": "1"})
                self.shown(answer, "name", self.by_sight(viewer, place, ALL, BUSY), f"{viewer} {place} {data}")
                self.shown(answer, "sum", self.by_sight(viewer, place, ALL), f"{viewer} {place} {data}")

    @each(public=ONLY_GET)
    def test_queries_on_homes(self, viewer, place, base):
        """Calendars of a home are looked through together."""
        home = base.rsplit("/", 2)[0] + "/"
        for depth in ("1", "infinity"):
            for item in ITEMS:
                for body in (query(comp(match("SUMMARY", mark("sum", item)))), query(comp(match("UID", mark("uid", item))))):
                    self.look(viewer, place, f"home {depth}", "REPORT", home, body, {**XML, "Depth": depth})
            self.look(viewer, place, f"home {depth}", "REPORT", home, query(comp("")), {**XML, "Depth": depth})

    @each(public=ONLY_GET)
    def test_multiget(self, viewer, place, base):
        for where in {base, CAL, base.rsplit("/", 2)[0] + "/"}:
            for href in {base, CAL, "/dav/calendars/ed/anna-cal/"}:
                sights = self.sights_at(viewer, href)
                ask = lambda *items: self.ask(viewer, "REPORT", where, dav_xml(
                    "calendar-multiget", f"<D:prop>{PROPERTIES}</D:prop>" +
                    "".join(f"<D:href>{href}{name_of(item)}</D:href>" for item in items), "C"), XML)
                every = ask(*ITEMS, ABSENT)
                self.clean(viewer, place, every, f"{where} {href}", [(i, "name") for i in ITEMS], sights)
                for item, sight in zip(ITEMS, sights):
                    one = ask(item)
                    self.clean(viewer, place, one, f"{where} {href} {item}", [(item, "name")], sights)
                    if sight == NONE:
                        self.assertEqual(one.comparable(item), ask(ABSENT).comparable(ABSENT),
                                         f"{viewer}, {where} {href} {item}")
                if where == href == base:
                    self.shown(every, "sum", self.by_sight(viewer, place, ALL), f"{viewer} {place}")
                    self.shown(every, "time", self.by_sight(viewer, place, ALL, BUSY), f"{viewer} {place}")

    @each(public=ONLY_GET)
    def test_sync(self, viewer, place, base):
        seen = self.by_sight(viewer, place, ALL, BUSY)
        for token in {"", self.tokens[viewer, place] or ""}:
            for level in ("1", "infinite"):
                answer = self.look(viewer, place, f"sync {level} {token}", "REPORT", base, sync(token, level), XML)
                if seen:
                    self.assertEqual(answer.status, 207, f"{viewer} {place}: {answer!r}")
                self.shown(answer, "name", seen, f"{viewer} {place} {token}")
                self.shown(answer, "sum", self.by_sight(viewer, place, ALL), f"{viewer} {place} {token}")
        home = base.rsplit("/", 2)[0] + "/"
        for level in ("1", "infinite"):
            sights = SIGHTS[viewer, place]
            self.look(viewer, place, f"home {level}", "REPORT", home, sync("", level), XML, sights=sights)

    @each(public=ONLY_GET)
    def test_sync_in_pages(self, viewer, place, base):
        """The limit cuts what is shown, not what is hidden: no page tells how many there are between."""
        token, names = "", set()
        for _ in range(len(ITEMS) + 2):
            body = dav_xml("sync-collection", f"<D:sync-token>{token}</D:sync-token><D:sync-level>1</D:sync-level>"
                           "<D:limit><D:nresults>1</D:nresults></D:limit><D:prop><D:getetag/></D:prop>")
            answer = self.look(viewer, place, "page", "REPORT", base, body, XML)
            names |= {item for item in ITEMS if name_of(item) in answer.text}
            if "HTTP/1.1 507" not in answer.text:
                break
            token = re.search(r"<d:sync-token>([^<]+)<", answer.text).group(1)
        self.assertEqual(names, set(self.by_sight(viewer, place, ALL, BUSY)), f"{viewer} {place}")

    @each(public=ONLY_GET)
    def test_free_busy(self, viewer, place, base):
        body = dav_xml("free-busy-query", f"<C:time-range {RANGE}/>", "C")
        answer = self.ask(viewer, "REPORT", base, body, {**XML, "Depth": "1"})
        counted = FREE_BUSY[viewer] if place != "of-ed" or viewer == "ad" else set()
        self.clean(viewer, place, answer, "free-busy", [(item, "time") for item in counted])
        self.shown(answer, "time", counted, f"{viewer} {place}")
        home = base.rsplit("/", 2)[0] + "/"
        answer = self.ask(viewer, "REPORT", home, body, {**XML, "Depth": "infinity"})
        self.clean(viewer, place, answer, "free-busy of a home", [(item, "time") for item in counted])

    @each(public=ONLY_GET)
    def test_principal_reports(self, viewer, place, base):
        search = ('<D:property-search><D:prop><D:displayname/></D:prop><D:match>{}</D:match></D:property-search>'
                  f"<D:prop>{PROPERTIES}</D:prop>")
        bodies = [dav_xml("principal-match", f"<D:self/><D:prop>{PROPERTIES}</D:prop>"),
                  dav_xml("principal-match", f"<D:principal-property><D:owner/></D:principal-property>"
                          f"<D:prop>{PROPERTIES}</D:prop>"),
                  dav_xml("principal-search-property-set", ""),
                  dav_xml("acl-principal-prop-set", f"<D:prop>{PROPERTIES}</D:prop>"),
                  dav_xml("expand-property", "".join(
                      f'<D:property name="{name}"><D:property name="displayname"/><D:property name="acl"/></D:property>'
                      for name in ("owner", "current-user-principal", "principal-collection-set", "acl", "sync-token",
                                   "inherited-acl-set", "group-member-set", "alternate-URI-set"))),
                  *(dav_xml("principal-property-search", search.format(text)) for text in ("a", mark("sum", "secret")))]
        for body in bodies:
            for path in (base, base.rsplit("/", 2)[0] + "/", "/dav/", "/dav/principals/", "/dav/principals/users/anna/"):
                for depth in ("0", "1"):
                    self.look(viewer, place, f"{path} {body[60:200]}", "REPORT", path, body, {**XML, "Depth": depth})

    # ---------------------------------------------------------------- writing, as a way to look

    @each(public=ONLY_GET)
    def test_copies(self, viewer, place, base):
        """What is copied is what is seen; busy items cannot be taken for what they are not."""
        user = DEVICES.get(viewer, viewer)
        own = f"/dav/calendars/{user}/personal/"
        for method in ("COPY", "MOVE"):
            self.alike(viewer, place, method, lambda item: self.ask(
                viewer, method, base + name_of(item), headers={"Destination": own + name_of(item)}))
        for item in self.by_sight(viewer, place, BUSY):
            for method in ("COPY", "MOVE"):
                self.look(viewer, place, method, method, base + name_of(item), headers={"Destination": own + "copy.ics"})
                copy = self.look(viewer, place, method, "GET", own + "copy.ics")
                if copy.status == 200:
                    self.must(204, user, "DELETE", own + "copy.ics")
        for item in self.by_sight(viewer, place, ALL):
            answer = self.look(viewer, place, "COPY", "COPY", base + name_of(item), headers={"Destination": own + "copy.ics"})
            if answer.status == 201:
                self.assertIn(mark("sum", item), self.look(viewer, place, "copy", "GET", own + "copy.ics").text)
                self.must(204, user, "DELETE", own + "copy.ics")
        if user == "anna":
            return
        target = f"/dav/calendars/{user}/whole/"
        answer = self.look(viewer, place, "COPY", "COPY", base, headers={"Destination": target})
        copy = self.look(viewer, place, "copy of all", "GET", target)
        self.look(viewer, place, "copy of all", "PROPFIND", target, dav_xml("propfind", f"<D:prop>{PROPERTIES}</D:prop>"),
                  {**XML, "Depth": "1"})
        if answer.status == 201:
            self.assertEqual(copy.status, 200)
            self.must(204, user, "DELETE", target)


    def tearDown(self):
        """Nothing of the owner's was changed by looking."""
        for item in ITEMS:
            answer = self.ask("anna", "GET", CAL + name_of(item))
            self.assertEqual((answer.status, answer.headers.get("etag")), (200, f'"{self.tags[item]}"'), item)
            self.assertIn(mark("ded", item), self.ask("anna", "PROPFIND", CAL + name_of(item), dav_xml(
                "propfind", "<D:prop><M:mark/></D:prop>"), {**XML, "Depth": "0"}).text)

    @each(public=ONLY_GET)
    def test_writes_on_what_is_hidden(self, viewer, place, base):
        update = dav_xml("propertyupdate", "<D:set><D:prop><M:mark>x</M:mark></D:prop></D:set>")
        for method, body, headers in (("DELETE", None, {}), ("PROPPATCH", update, XML),
                                      ("ACL", dav_xml("acl", ""), XML)):
            ask = lambda item: self.ask(viewer, method, base + name_of(item), body, headers)
            self.alike(viewer, place, method, ask)
            for item in self.by_sight(viewer, place, BUSY):
                self.assertEqual(self.clean(viewer, place, ask(item), method).status, 403, f"{viewer} {place} {method}")
        for item in self.by_sight(viewer, place, BUSY):
            answer = self.look(viewer, place, "PUT over busy", "PUT", base + name_of(item), event_of(ABSENT).replace(
                mark("uid", ABSENT), mark("uid", item)), ICS)
            self.assertEqual(answer.status, 403, f"{viewer} {place}: {answer!r}")

    @each(public=ONLY_GET)
    def test_taken_names_and_uids(self, viewer, place, base):
        """Who may add is told that it is taken, without by what; nobody else is told even that (TOLD)."""
        new = event_of(ABSENT).replace(mark("uid", ABSENT), "NEW")
        writer = viewer in MAY_ADD and (place != "of-ed" or viewer == "ad")
        own = f"/dav/calendars/{DEVICES.get(viewer, viewer)}/personal/"
        for item in self.by_sight(viewer, place, NONE):
            asks = {
                "PUT over a hidden name": lambda i: self.ask(viewer, "PUT", base + name_of(i), new, ICS),
                "PUT with a hidden UID": lambda i: self.ask(
                    viewer, "PUT", base + "new.ics", event_of(ABSENT).replace(mark("uid", ABSENT), mark("uid", i)), ICS),
                "PUT If-None-Match": lambda i: self.ask(
                    viewer, "PUT", base + name_of(i), new, {**ICS, "If-None-Match": "*"}),
                "MKCALENDAR": lambda i: self.ask(viewer, "MKCALENDAR", base + name_of(i)),
            }
            for what, ask in asks.items():
                hidden = ask(item)
                self.clean(viewer, place, hidden, what, [(item, "name")] if "name" in what or "PUT I" in what or
                           what == "MKCALENDAR" else [])
                if writer and what in TOLD:
                    self.assertEqual(hidden.status, TOLD[what], f"{viewer} {place} {what}: {hidden!r}")
                    self.assertNotIn("href", hidden.text)
                elif not writer:
                    self.assertEqual(hidden.comparable(item), ask(ABSENT).comparable(ABSENT), f"{viewer} {place} {what} {item}")
            if writer:
                self.must(201, viewer, "PUT", own + "mine.ics", new, ICS)
                over = self.look(viewer, place, "COPY over", "COPY", own + "mine.ics",
                                 headers={"Destination": base + name_of(item)}, echo=[(item, "name")])
                self.assertEqual(over.status, TOLD["COPY over a hidden name"], f"{viewer} {place}: {over!r}")
                self.must(204, viewer, "DELETE", own + "mine.ics")

    @each(public=ONLY_GET)
    def test_conditions(self, viewer, place, base):
        """ETags, tokens and If headers are no questions that what is hidden answers."""
        hidden = self.by_sight(viewer, place, NONE)
        for item in hidden:
            tags = {"real": self.tags[item], "busy": self.tags[item] + "-b1", "wrong": "0" * 40}
            for method, body in (("GET", None), ("HEAD", None), ("DELETE", None), ("PUT", event_of(item)),
                                 ("PROPFIND", ""), ("PROPPATCH", dav_xml("propertyupdate", "<D:set><D:prop><M:mark>x"
                                                                        "</M:mark></D:prop></D:set>"))):
                for header, form in (("If-Match", '"{}"'), ("If-None-Match", '"{}"'), ("If", '(["{}"])'),
                                     ("If", '(Not ["{}"])')):
                    answers = {what: self.ask(viewer, method, base + name_of(item), body, {
                        "Content-Type": ICS["Content-Type"] if method == "PUT" else XML["Content-Type"],
                        header: form.format(tag)}) for what, tag in tags.items()}
                    statuses = {what: answer.status for what, answer in answers.items()}
                    self.assertEqual(len(set(statuses.values())), 1, f"{viewer} {place} {method} {header} {form}: {statuses}")
                    for answer in answers.values():
                        self.clean(viewer, place, answer, header, [(item, "name")])
            # asked on another resource
            for on in (base, *(base + name_of(i) for i in self.by_sight(viewer, place, ALL, BUSY)[:1]), "/dav/"):
                for form in ('<{}> (["{}"])', '<{}> (Not ["{}"])'):
                    answers = {(what, i): self.ask(viewer, "PROPFIND", on, "", {
                        "Depth": "0", "If": form.format(self.daemon.url + base + name_of(i), tag)})
                        for what, tag in tags.items() for i in (item, ABSENT)}
                    statuses = {what: answer.status for what, answer in answers.items()}
                    self.assertEqual(len(set(statuses.values())), 1, f"{viewer} {place} {on} {form}: {statuses}")

    @each(public=ONLY_GET)
    def test_busy_conditions(self, viewer, place, base):
        """The ETag of the whole item is not one of the busy one."""
        for item in self.by_sight(viewer, place, BUSY):
            url = base + name_of(item)
            for header, tag, status in (("If-Match", self.tags[item], 412), ("If-Match", self.tags[item] + "-b1", 200),
                                        ("If-None-Match", self.tags[item], 200),
                                        ("If-None-Match", self.tags[item] + "-b1", 304)):
                answer = self.look(viewer, place, header, "GET", url, headers={header: f'"{tag}"'})
                self.assertEqual(answer.status, status, f"{viewer} {place} {header} {tag}: {answer!r}")

    # ---------------------------------------------------------------- guests

    @each(owner=LOGS_IN, share=LOGS_IN, **{"of-ed": LOGS_IN})
    def test_guests(self, viewer, place, base):
        """GET and HEAD are all there is (test_get_the_calendar); nothing else is even looked at."""
        bodies = (None, query(comp("")), sync("", "1"), dav_xml("propfind", f"<D:prop>{PROPERTIES}</D:prop>"))
        for method in ("PROPFIND", "REPORT", "OPTIONS", "POST", "PUT", "DELETE", "COPY", "ACL"):
            for body in bodies:
                answer = self.look(viewer, place, method, method, base, body, {**XML, "Depth": "1", "Destination": CAL + "x"})
                self.assertEqual(answer.status, 405, f"{viewer} {method}")
        for path in (base + "?expand=1", base[:-4], base + "/", *(f"{base}/{name_of(i)}" for i in ITEMS),
                     *(f"/public/anna/cal/{name_of(i)}" for i in ITEMS)):
            echo = [(i, "name") for i in ITEMS if name_of(i) in path]
            self.look(viewer, place, path, "GET", path, echo=echo)
        for path in (CAL, *(CAL + name_of(i) for i in ITEMS)):
            answer = self.look(viewer, place, path, "GET", path)
            self.assertEqual(answer.status, 401)

    # ---------------------------------------------------------------- the management interface

    @each(public=NO_ACCOUNT, devices=NO_ACCOUNT)
    def test_export(self, viewer, place, base):
        user, name = {"owner": ("anna", "cal"), "share": (viewer, "anna-cal"), "of-ed": ("ed", "anna-cal")}[place]
        answer = self.look(viewer, place, "export", "GET", f"/api/v1/users/{user}/collections/{name}/export")
        if viewer not in (user, "ad"):
            self.assertEqual(answer.status, 403)
            return
        self.assertEqual(answer.status, 200)
        self.shown(answer, "sum", self.by_sight(viewer, place, ALL), "export")
        self.shown(answer, "time", self.by_sight(viewer, place, ALL, BUSY), "export")

    @each(public=NO_ACCOUNT, devices=NO_ACCOUNT)
    def test_log(self, viewer, place, base):
        user, name = {"owner": ("anna", "cal"), "share": (viewer, "anna-cal"), "of-ed": ("ed", "anna-cal")}[place]
        allowed = viewer in (user, "ad")
        for path in ("", f"/{user}", f"/{user}/{name}"):
            answer = self.look(viewer, place, f"log {path}", "GET", f"/api/v1/log{path}?limit=1000")
            if allowed and path:
                self.assertEqual(answer.status, 200)
                self.shown(answer, "sum", self.by_sight(viewer, place, ALL), f"log {path}")
                self.shown(answer, "name", self.by_sight(viewer, place, ALL, BUSY), f"log {path}")
                changes = sum(entry["n_changes"] for entry in json.loads(answer.body)["entries"]
                              for c in entry["changes"][:1] if c["name"] and "NAME" in c["name"])
                # added, given a property; the denied one an ACL, too
                most = 2 * len(self.by_sight(viewer, place, ALL, BUSY)) + 1
                self.assertLessEqual(changes, most)
        ask = lambda item: self.ask(viewer, "GET", f"/api/v1/log/{user}/{name}/{name_of(item)}")
        self.alike(viewer, place, "log of one", ask)
        for item in self.by_sight(viewer, place, ALL, BUSY):
            answer = self.clean(viewer, place, ask(item), "log of one")
            self.assertEqual(answer.status, 200 if allowed else 403)

    def test_log_by_command(self):
        """Who may run it could read the folder: it tells all. What it tells is told nowhere else."""
        for args in (["log"], ["log", "anna"], ["log", "anna/cal"], ["log", "ed/anna-cal"]):
            done = self.daemon.command(*args, "-n", "1000", "--json")
            self.assertEqual(done.returncode, 0, done.stderr)
            for item in ITEMS:
                self.assertIn(mark("sum", item), done.stdout, args)
        self.assertIn(mark("sum", "secret"), self.daemon.command("export", "anna/cal").stdout)
        # as the sharee sees it
        done = Answer(200, {}, self.daemon.command("export", "re/anna-cal").stdout.encode())
        self.clean("re", "share", done, "daybook export")
        self.assertNotIn(mark("sum", "secret"), self.daemon.log())

    @each(public=NO_ACCOUNT, devices=NO_ACCOUNT)
    def test_the_rest_of_the_management(self, viewer, place, base):
        """Lists, and what an import says about what it meets."""
        lists = ("users", "users/{}", "users/{}/collections", "users/{}/devices", "users/{}/links",
                 "users/{}/collections/cal/links", "users/{}/collections/anna-cal/links", "devices", "groups", "groups/team",
                 "version")
        for user in {viewer, "anna", "ed"}:
            for path in lists:
                self.look(viewer, place, path, "GET", f"/api/v1/{path.format(user)}")
        self.look(viewer, place, "check", "POST", "/api/v1/check", "{}", {"Content-Type": "application/json"})
        user, name = {"owner": ("anna", "cal"), "share": (viewer, "anna-cal"), "of-ed": ("ed", "anna-cal")}[place]
        for item in self.by_sight(viewer, place, NONE, BUSY):
            target = f"/api/v1/users/{user}/collections/{name}/import"
            same, other = (self.look(viewer, place, "import", "POST", target, body, ICS, echo=[
                (item, "uid"), (item, "sum"), (i, "sum")]) for i, body in (
                    (item, event_of(item)), (item, event_of(item).replace(mark("sum", item), mark("sum", item)[::-1]))))
            # that it is the same is not told either
            self.assertEqual(same.status, other.status)
            if same.status == 200:
                for answer in (same, other):
                    told = json.loads(answer.body)
                    self.assertEqual((told["added"], told["changed"], told["unchanged"], len(told["refused"])),
                                     (0, 0, 0, 1))

    def test_management_is_closed(self):
        """To devices and guests."""
        for viewer in (*DEVICES, *GUESTS):
            for path in ("/api/v1/log/ed", "/api/v1/log/ed/anna-cal", "/api/v1/users/ed/collections/anna-cal/export",
                         "/api/v1/users/anna/collections/cal/export", "/api/v1/users/ed/collections"):
                answer = self.ask(viewer, "GET", path)
                self.assertIn(answer.status, (401, 403), f"{viewer} {path}")
                self.assertEqual(self.leaks(answer, (NONE,) * len(ITEMS)), [])

    def test_faults(self):
        """`check` names damaged entries to the keeper; an admin over HTTP is told where they are."""
        with Daemon() as daemon:
            daemon.add_user("anna", PASSWORD)
            daemon.request("PUT", "/dav/calendars/anna/personal/" + name_of("secret"), event_of("secret"), ICS, "anna", PASSWORD)
            daemon.stop()
            break_item(daemon, "calendars/anna/personal", name_of("secret"), f"BEGIN:VCALENDAR\r\n{mark('sum', 'secret')}\r\n")
            daemon.start()
            status, _, body = daemon.request("POST", "/api/v1/check", "{}", {"Content-Type": "application/json"})
            told = json.loads(body)
            self.assertEqual((status, told["ok"]), (200, False))
            self.assertEqual({p["path"] for p in told["problems"]}, {"calendars/anna/personal"}, told)
            self.assertNotIn("secret", body.decode())
            self.assertIn(name_of("secret"), daemon.command("check").stdout)


if __name__ == "__main__":
    unittest.main()
