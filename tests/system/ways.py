# SPDX-License-Identifier: ISC
"""The bed of test_ways_out: a household with one calendar, an item of each kind in it, each fact of which is a marker; and the
search for markers in all bytes of an answer."""
import json, re, unittest
from daemon import Daemon, FORM, tree_path

# ---------------------------------------------------------------- the items

# PUBLIC; CONFIDENTIAL; PRIVATE; PRIVATE by the editor; PRIVATE by the author; PUBLIC, with an ACL that denies the reader, the
# member, who sees busy times, and guests. `absent` never is; all names have one length, so that answers can be compared.
ITEMS = ("opened", "halved", "secret", "edmade", "aumade", "denied")
CLASSES = {"opened": "PUBLIC", "halved": "CONFIDENTIAL", "secret": "PRIVATE", "edmade": "PRIVATE", "aumade": "PRIVATE",
           "denied": "PUBLIC"}
MAKERS = {"edmade": "ed", "aumade": "au"}
ABSENT = "absent"

ALL, BUSY, NONE = "all", "busy", "none"
FACTS = ("name", "uid", "sum", "des", "loc", "xpr", "ala", "cat", "ded", "time", "tag", "size")
TOLD_OF = {ALL: set(FACTS), BUSY: {"name", "uid", "time"}, NONE: set()}

GUESTS = ("link", "link-busy", "acl-guest")
DEVICES = {"ed-ro": "ed", "ed-cards": "ed"}
PASSWORD = "ways-secret"
CAL, XML, ICS = "/dav/calendars/anna/cal/", {"Content-Type": "application/xml"}, {"Content-Type": "text/calendar"}
NAMESPACES = ('xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:S="http://calendarserver.org/ns/" '
              'xmlns:A="http://apple.com/ns/ical/" xmlns:M="urn:ways" xmlns:R="urn:ietf:params:xml:ns:carddav"')
RANGE = 'start="20260301T000000Z" end="20260401T000000Z"'
# All that an item or a calendar can be asked for by name, calendar-data too.
PROPERTIES = "".join(f"<{p}/>" for p in (
    "D:acl D:acl-restrictions D:alternate-URI-set D:creationdate D:current-user-principal D:current-user-privilege-set "
    "D:displayname D:getcontentlanguage D:getcontentlength D:getcontenttype D:getetag D:getlastmodified D:group "
    "D:group-member-set D:group-membership D:inherited-acl-set D:lockdiscovery D:owner D:principal-collection-set "
    "D:principal-URL D:quota-available-bytes D:quota-used-bytes D:resource-id D:resourcetype D:source D:supportedlock "
    "D:supported-method-set D:supported-privilege-set D:supported-report-set D:sync-token D:add-member "
    "C:calendar-data C:calendar-description C:calendar-timezone C:calendar-free-busy-set C:max-resource-size "
    "C:schedule-tag C:schedule-calendar-transp C:supported-calendar-component-set S:getctag S:created-by S:updated-by "
    "S:source S:invite S:shared-url S:xmpp-uri A:calendar-color A:calendar-order M:mark R:address-data").split())


def length_of(item):
    return 1900 + 41 * (ITEMS.index(item) if item in ITEMS else len(ITEMS))


def hour_of(item):
    return (ITEMS + (ABSENT,)).index(item) + 1


def mark(fact, item):
    """What tells a fact of an item."""
    return {"time": f"20260310T0{hour_of(item)}0000Z", "size": str(length_of(item))}.get(fact, f"{fact.upper()}{item}x")


def name_of(item):
    return mark("name", item) + ".ics"


def event_of(item, more=""):
    """Each of them has a length of its own."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//ways//EN", "BEGIN:VEVENT", f"UID:{mark('uid', item)}",
             "DTSTAMP:20260101T000000Z", f"DTSTART:{mark('time', item)}", "DURATION:PT30M", f"SUMMARY:{mark('sum', item)}",
             f"DESCRIPTION:{mark('des', item)}", f"LOCATION:{mark('loc', item)}", f"CATEGORIES:{mark('cat', item)}",
             f"X-WAYS:{mark('xpr', item)}", f"CLASS:{CLASSES.get(item, 'PUBLIC')}", "BEGIN:VALARM", "ACTION:DISPLAY",
             "TRIGGER:-PT5M", f"DESCRIPTION:{mark('ala', item)}", "END:VALARM", "END:VEVENT", "END:VCALENDAR"]
    short = length_of(item) - len("\r\n".join(lines)) - 2 - len(more)
    for n in range(short // 60 + 1):
        size = min(60, short - 60 * n)
        if size > 10:
            lines.insert(5, "X-PAD:" + "p" * (size - 8))
    missing = length_of(item) - len("\r\n".join(lines)) - 2 - len(more)
    lines[2] += "-" * missing + more
    body = "\r\n".join(lines) + "\r\n"
    assert len(body) == length_of(item), (item, len(body))
    return body


def dav_xml(name, inside, ns="D"):
    return f'<?xml version="1.0"?><{ns}:{name} {NAMESPACES}>{inside}</{ns}:{name}>'


def href_of(user):
    return f"<D:principal><D:href>/dav/principals/users/{user}/</D:href></D:principal>"


def ace(who, *privileges, deny=False):
    word = "deny" if deny else "grant"
    inside = "".join(f"<D:privilege><{p if ':' in p else 'D:' + p}/></D:privilege>" for p in privileges)
    return f"<D:ace>{who}<D:{word}>{inside}</D:{word}></D:ace>"


UNAUTHENTICATED = "<D:principal><D:unauthenticated/></D:principal>"
FREE = "C:read-free-busy"
CALENDAR_ACL = (
    ace(href_of("ed"), "read", "write") + ace(href_of("au"), "read", "bind") + ace(href_of("re"), "read") +
    ace("<D:principal><D:property><S:created-by/></D:property></D:principal>", "write-content", "write-properties", "unbind") +
    ace(href_of("bu"), FREE) + ace(href_of("fr"), FREE) +
    ace("<D:principal><D:href>/dav/principals/groups/team/</D:href></D:principal>", "read") + ace(UNAUTHENTICATED, "read"))
ITEM_ACL = "".join(ace(who, "all", deny=True) for who in
                   (href_of("re"), href_of("me"), href_of("bu"), href_of("fr"), UNAUTHENTICATED))


def comp(inside):
    return f'<C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">{inside}</C:comp-filter></C:comp-filter>'


def match(prop, text, more=""):
    return f'<C:prop-filter name="{prop}"><C:text-match {more}>{text}</C:text-match></C:prop-filter>'


def query(inside, data="<C:calendar-data/>"):
    return dav_xml("calendar-query", f"<D:prop><D:getetag/><D:getcontentlength/><M:mark/>{data}</D:prop>"
                   f"<C:filter>{inside}</C:filter>", "C")


def sync(token, level):
    return dav_xml("sync-collection", f"<D:sync-token>{token}</D:sync-token><D:sync-level>{level}</D:sync-level>"
                   f"<D:prop>{PROPERTIES}</D:prop>")


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body
        self.bytes = ("\n".join(f"{k}: {v}" for k, v in sorted(headers.items())) + "\n\n").encode() + body
        self.text = self.bytes.decode("utf-8", "replace")

    def __repr__(self):
        return f"{self.status}\n{self.text[:3000]}"

    def comparable(self, item):
        """Without what differs between any two answers, and with the item's marks made those of the absent one."""
        text = f"{self.status}\n" + "\n".join(
            line for line in self.text.split("\n") if not re.match(r"(?i)(date|x-request-id):", line))
        for fact in FACTS:
            text = text.replace(mark(fact, item), mark(fact, ABSENT))
        return text


class Bed(unittest.TestCase):
    sights = {}  # (viewer, place): how much of each of ITEMS
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.daemon = Daemon()
        cls.daemon.__enter__()
        cls.addClassCleanup(cls.daemon.__exit__, None, None, None)
        cls.passwords, cls.public = {}, {}
        cls.people()
        cls.calendar()
        cls.guests_and_devices()

    # ---------------------------------------------------------------- the household

    @classmethod
    def people(cls):
        for name in ("anna", "ed", "au", "re", "me", "bu", "fr", "st"):
            cls.daemon.add_user(name, PASSWORD)
        status, _, _ = cls.daemon.request("PUT", "/users/ad", json.dumps({"password": PASSWORD, "admin": True}),
                                          {"Content-Type": "application/json"})
        assert status == 201
        status, _, _ = cls.daemon.request("PUT", "/groups/team", "members=me", FORM)
        assert status == 201

    @classmethod
    def ask(cls, viewer, method, path, body=None, headers=None):
        user = DEVICES.get(viewer, viewer)
        status, got, content = cls.daemon.request(
            method, path, body, headers, user=None if viewer in GUESTS else user,
            password=cls.passwords.get(viewer, PASSWORD))
        return Answer(status, got, content)

    @classmethod
    def must(cls, status, viewer, *request):
        answer = cls.ask(viewer, *request)
        assert answer.status == status, (viewer, request, answer)
        return answer

    @classmethod
    def base(cls, viewer, place):
        return {"owner": CAL, "share": f"/dav/calendars/{DEVICES.get(viewer, viewer)}/anna-cal/",
                "of-ed": "/dav/calendars/ed/anna-cal/", "public": cls.public.get(viewer)}[place]

    @classmethod
    def calendar(cls):
        cls.must(201, "anna", "MKCALENDAR", CAL)
        cls.must(200, "anna", "ACL", CAL, dav_xml("acl", CALENDAR_ACL), XML)
        cls.must(204, "fr", "DELETE", "/dav/calendars/fr/anna-cal/")
        cls.tokens = {}
        for viewer, place in cls.sights:
            if place != "public" and viewer not in DEVICES:
                found = cls.ask(viewer, "PROPFIND", cls.base(viewer, place),
                                dav_xml("propfind", "<D:prop><D:sync-token/></D:prop>"), {**XML, "Depth": "0"})
                token = re.search(r"<d:sync-token>([^<]+)<", found.text)
                cls.tokens[viewer, place] = token.group(1) if token else None
        for device, user in DEVICES.items():
            for place in ("share", "owner"):
                cls.tokens[device, place] = cls.tokens[user, place]
        cls.tags = {}
        for item in ITEMS:
            maker = MAKERS.get(item, "anna")
            place = CAL if maker == "anna" else f"/dav/calendars/{maker}/anna-cal/"
            put = cls.must(201, maker, "PUT", place + name_of(item), event_of(item), ICS)
            cls.tags[item] = put.headers["etag"].strip('"')
            cls.must(207, maker, "PROPPATCH", place + name_of(item), dav_xml(
                "propertyupdate", f"<D:set><D:prop><M:mark>{mark('ded', item)}</M:mark></D:prop></D:set>"), XML)
        cls.must(200, "anna", "ACL", CAL + name_of("denied"), dav_xml("acl", ITEM_ACL), XML)

    @classmethod
    def api(cls, viewer, method, path, fields=None):
        return cls.ask(viewer, method, path, None if fields is None else json.dumps(fields),
                       {"Content-Type": "application/json"})

    @classmethod
    def guests_and_devices(cls):
        links = "/api/v1/users/anna/collections/cal/links"
        whole, busy = (json.loads(cls.api("anna", "POST", links, fields).body) for fields in ({}, {"busy": True}))
        cls.public = {"link": "/" + whole["url"].split("/", 3)[3], "link-busy": "/" + busy["url"].split("/", 3)[3],
                      "acl-guest": "/public/anna/cal.ics"}
        for device, scope in (("ed-ro", "read-only"), ("ed-cards", "contacts")):
            made = json.loads(cls.api("ed", "POST", "/api/v1/users/ed/devices", {"name": device, "scope": scope}).body)
            cls.passwords[device] = made["password"]

    # ---------------------------------------------------------------- what must not come out

    def leaks(self, answer, sights, echo=()):
        """(item, fact) of all that is told and must not be. `echo`: what was asked for by name comes back."""
        found = []
        for item, sight in zip(ITEMS, sights):
            for fact in set(FACTS) - TOLD_OF[sight] - {e for i, e in echo if i == item}:
                if fact == "tag":
                    told = re.search(self.tags[item] + "(?!-b1)" if sight == BUSY else self.tags[item], answer.text)
                elif fact == "size":
                    told = (f">{length_of(item)}<" in answer.text or
                            answer.headers.get("content-length") == str(length_of(item)))
                else:
                    told = mark(fact, item).lower() in answer.text.lower()
                if told:
                    found.append((item, fact))
        return found

    def clean(self, viewer, place, answer, what, echo=(), sights=None):
        sights = sights or self.sights[viewer, place]
        found = self.leaks(answer, sights, echo)
        self.assertEqual(found, [], f"{viewer} at {place}, {what}: {answer!r}")
        self.assertNotIn(answer.status, (500, 503), f"{viewer} at {place}, {what}: {answer!r}")
        return answer

    def look(self, viewer, place, what, method, path, body=None, headers=None, echo=(), sights=None):
        return self.clean(viewer, place, self.ask(viewer, method, path, body, headers), what, echo, sights)

    def shown(self, answer, fact, wanted, what):
        """Exactly these items are there, by this fact."""
        got = {item for item in ITEMS if mark(fact, item) in answer.text}
        self.assertEqual(got, set(wanted), f"{what}: {answer!r}")

    def by_sight(self, viewer, place, *sights):
        return [item for item, sight in zip(ITEMS, self.sights[viewer, place]) if sight in sights]

    def alike(self, viewer, place, what, ask):
        """`ask(item)` answers for what is hidden as for what is not there, in every byte."""
        nothing = ask(ABSENT)
        for item in self.by_sight(viewer, place, NONE):
            answer = ask(item)
            self.clean(viewer, place, answer, what, [(item, fact) for fact in FACTS])
            self.assertEqual(answer.comparable(item), nothing.comparable(ABSENT), f"{viewer} at {place}, {what}, {item}")

    def tearDown(self):
        """Nothing of the owner's was changed by looking."""
        for item in ITEMS:
            answer = self.ask("anna", "GET", CAL + name_of(item))
            self.assertEqual((answer.status, answer.headers.get("etag")), (200, f'"{self.tags[item]}"'), item)
            self.assertIn(mark("ded", item), self.ask("anna", "PROPFIND", CAL + name_of(item), dav_xml(
                "propfind", "<D:prop><M:mark/></D:prop>"), {**XML, "Depth": "0"}).text)


def break_item(daemon, collection, name, content):
    """A commit by hand that nobody checks, as the daemon rests."""
    path = tree_path(collection, name)
    index = str(daemon.folder / "index.tmp")
    blob = daemon.git("hash-object", "-w", "--stdin", input=content).strip()
    env = {"GIT_INDEX_FILE": index, "GIT_AUTHOR_NAME": "x", "GIT_AUTHOR_EMAIL": "x", "GIT_COMMITTER_NAME": "x",
           "GIT_COMMITTER_EMAIL": "x"}
    daemon.git("read-tree", "main", env=env)
    daemon.git("update-index", "--add", "--cacheinfo", f"100644,{blob},{path}", env=env)
    tree = daemon.git("write-tree", env=env).strip()
    commit = daemon.git("commit-tree", tree, "-p", "main", "-m", "by hand", env=env).strip()
    daemon.git("update-ref", "refs/heads/main", commit)
