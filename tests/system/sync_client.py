# SPDX-License-Identifier: ISC
"""Clients that know a collection by sync-collection (RFC 6578) alone, for the system tests that hold them against PROPFIND."""
import xml.etree.ElementTree as ET
from daemon import DAV, NS

PASSWORD = "sync-secret"
CTAG = "{http://calendarserver.org/ns/}getctag"
PROPS = '<d:prop><d:getetag/><x:getctag xmlns:x="http://calendarserver.org/ns/"/></d:prop>'
MAX_PAGES = 5000


class Session:
    """One user's connection."""

    def __init__(self, daemon, user="anna", password=PASSWORD):
        self.daemon, self.user, self.password = daemon, user, password
        self.connection = daemon.connect()

    def __del__(self):
        self.connection.close()

    def request(self, method, path, body=None, **headers):
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.daemon.request(method, path, body, sent, self.user, self.password, self.connection)


def rows_of(body):
    """{href: tag, or None for a row with a status}: etag of an item, ctag of a collection."""
    tree, rows = ET.fromstring(body), {}
    for row in tree.findall("d:response", NS):
        status = row.findtext("d:status", None, NS)
        tag = row.findtext(f".//{DAV}getetag") or row.findtext(f".//{CTAG}") or ""
        rows[row.findtext("d:href", None, NS)] = status if status else tag
    return rows, tree.findtext("d:sync-token", None, NS)


def listing(session, path, deep=False, absent=(404,), **headers):
    """What PROPFIND says: {href: tag}, the target itself left out; None: it is not there."""
    status, _, body = session.request("PROPFIND", path, f'<d:propfind xmlns:d="DAV:">{PROPS}</d:propfind>', Depth="1",
                                      **headers)
    if status in absent:
        return None
    assert status == 207, (status, body)
    rows, _ = rows_of(body)
    rows.pop(path)
    if deep:
        for href in [href for href in rows if href.endswith("/")]:
            rows.update(listing(session, href, True, absent, **headers) or {})
    return rows


def different(mine, real, deep):
    """{href: (known, listed)} of what differs."""
    if deep:  # members are told one by one, so that a collection need not be told again
        mine, real = ({k: "" if k.endswith("/") else v for k, v in rows.items()} for rows in (mine, real))
    return {href: (mine.get(href), real.get(href)) for href in mine.keys() | real.keys()
            if mine.get(href) != real.get(href)}


def without_mark(tag):
    """A token or ctag without the number of the last refused write."""
    return tag.rsplit("/", 1)[0] + "/0" if tag.startswith("data:,") else tag


class Client:
    """Knows the members of one collection by sync-collection alone."""

    absent = (404,)  # statuses that say: nothing is there

    def __init__(self, path, level="1", limit=0):
        self.path, self.level, self.limit = path, level, limit
        self.token, self.known, self.past = "", {}, [("", {})]

    @property
    def deep(self):
        return self.level != "1"

    def headers(self):
        return {}

    def report(self, session):
        """Asks what is new: (status, body)."""
        limit = f"<d:limit><d:nresults>{self.limit}</d:nresults></d:limit>" if self.limit else ""
        body = (f'<d:sync-collection xmlns:d="DAV:"><d:sync-token>{self.token}</d:sync-token>'
                f"<d:sync-level>{self.level}</d:sync-level>{limit}{PROPS}</d:sync-collection>")
        status, _, answer = session.request("REPORT", self.path, body, **self.headers())
        return status, answer

    def gone(self, session):
        """The collection is not there."""

    def refused(self, session, answer):
        raise AssertionError(("a token was refused", self.path, self.token, answer))

    def told(self, session, rows):
        """Rows of one page, before they are taken in."""

    def page(self, session):
        """One report; True: there is more."""
        status, answer = self.report(session)
        if status in (400, 403) and b"valid-sync-token" in answer:
            self.refused(session, answer)
            return True
        if status in self.absent:
            self.gone(session)
            return False
        assert status == 207, (status, answer)
        rows, self.token = rows_of(answer)
        more = "507" in (rows.pop(self.path, None) or "")
        assert not self.limit or len(rows) <= self.limit, rows
        self.told(session, rows)
        for href, tag in rows.items():
            if tag.startswith("HTTP/1.1 404"):
                gone = [known for known in self.known if known == href or
                        href.endswith("/") and known.startswith(href)]
                for known in gone:
                    del self.known[known]
            else:
                self.known[href] = tag
        self.past.append((self.token, dict(self.known)))
        return more

    def sync(self, session):
        for _ in range(MAX_PAGES):
            if not self.page(session):
                return
        raise AssertionError("the pages have no end")

    def forget_marks(self):
        """A restart forgets which writes were refused just before (webdav/mark.h)."""
        self.past = [(without_mark(token), {href: without_mark(tag) for href, tag in known.items()})
                     for token, known in self.past]
        self.token, known = self.past[-1]
        self.known = dict(known)

    def go_back(self, random):
        """Wakes up with the state of any earlier page."""
        self.token, known = random.choice(self.past)
        self.known = dict(known)

    def differs(self, session):
        real = listing(session, self.path, self.deep, self.absent, **self.headers())
        if real is None:
            return None
        wrong = different(self.known, real, self.deep)
        return wrong and (self.path, self.level, self.limit, self.token, wrong)
