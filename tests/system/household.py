# SPDX-License-Identifier: ISC
"""Anna, who shares, Ben and Carl, and the group of kids, for the tests of sharing: roles by the ACL method, and answers taken
apart."""
import unittest, urllib.parse
import xml.etree.ElementTree as ET
from daemon import Daemon, DAV

PASSWORD = "household-secret"
CALDAV = "{urn:ietf:params:xml:ns:caldav}"
CS = "{http://calendarserver.org/ns/}"
APPLE = "{http://apple.com/ns/ical/}"
XML = {"Content-Type": "application/xml; charset=utf-8"}
NAMESPACES = 'xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav" xmlns:cs="http://calendarserver.org/ns/" ' \
             'xmlns:a="http://apple.com/ns/ical/"'
OWN = "/dav/calendars/anna/personal/"
SHARE = "/dav/calendars/ben/anna-personal/"
# What a role is in entries (RFC 3744 5.5): whom it is about (None: whoever gets the role), and what they may.
CREATOR = "<d:property><cs:created-by/></d:property>"
ROLES = {
    "editor": [(None, "d:read d:write")],
    "author": [(None, "d:read d:bind"), (CREATOR, "d:write-content d:write-properties d:unbind")],
    "reader": [(None, "d:read")],
    "busy": [(None, "c:read-free-busy")],
    "none": [],
}


def acl(*grants):
    """The body of an ACL request; a grant is ("users/ben", "reader")."""
    aces = []
    for principal, role in grants:
        for who, privileges in ROLES[role]:
            href = who or f"<d:href>/dav/principals/{principal}/</d:href>"
            granted = "".join(f"<d:privilege><{name}/></d:privilege>" for name in privileges.split())
            aces.append(f"<d:ace><d:principal>{href}</d:principal><d:grant>{granted}</d:grant></d:ace>")
    return f"<d:acl {NAMESPACES}>{''.join(aces)}</d:acl>"


def propfind(*names):
    return f"<d:propfind {NAMESPACES}><d:prop>{''.join(f'<{n}/>' for n in names)}</d:prop></d:propfind>"


class Row:
    """One d:response: its path, its status where it has one, the properties found."""

    def __init__(self, element):
        self.href = element.findtext(DAV + "href").strip()
        self.status = element.findtext(DAV + "status")
        self.props, self.missing = {}, set()
        for propstat in element.findall(DAV + "propstat"):
            for prop in propstat.find(DAV + "prop"):
                if " 200 " in propstat.findtext(DAV + "status"):
                    self.props[prop.tag] = prop
                else:
                    self.missing.add(prop.tag)

    def text(self, tag):
        return self.props[tag].text if tag in self.props else None

    def href_of(self, tag):
        return self.props[tag].findtext(DAV + "href")

    def privileges(self):
        """None: the property cannot be read."""
        held = self.props.get(DAV + "current-user-privilege-set")
        return None if held is None else {p[0].tag for p in held}


def rows(body):
    return [Row(r) for r in ET.fromstring(body).findall(DAV + "response")]


class Household(unittest.TestCase):
    config = "[auth]\nthrottle = off\n"

    def setUp(self):
        self.daemon = Daemon(config=self.config)
        self.daemon.start()
        self.addCleanup(self.daemon.__exit__, None, None, None)
        for name in ("anna", "ben", "carl"):
            self.command("user", "add", name, "--name", name.title(), "--mail", f"{name}@example.org", input=PASSWORD)
        self.command("group", "add", "kids", "ben", "carl", "--name", "The kids")

    def command(self, *args, input=None):
        done = self.daemon.command(*args, input=input)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def ask(self, method, path, body=None, headers=None, user="ben", password=PASSWORD, code=None):
        """(status, headers, body); fails when the status is another than `code`."""
        answer = self.daemon.request(method, path, body, {**(XML if body else {}), **(headers or {})}, user, password)
        if code:
            self.assertEqual(answer[0], code, answer)
        return answer

    def share(self, *grants, path=OWN, user="anna"):
        self.ask("ACL", path, acl(*grants), user=user, code=200)

    def put(self, path, text, user="anna", code=201, **headers):
        return self.ask("PUT", path, text, {"Content-Type": "text/calendar", **headers}, user, code=code)

    def props(self, path, *names, depth=0, user="ben", code=207, password=PASSWORD):
        """The rows of a PROPFIND by their paths."""
        body = self.ask("PROPFIND", path, propfind(*names), {"Depth": str(depth)}, user, password, code)[2]
        return {urllib.parse.unquote(r.href): r for r in rows(body)} if code == 207 else None

    def home(self, user="ben", password=PASSWORD):
        """What stands in the home, by its last segment."""
        path = f"/dav/calendars/{user}/"
        found = self.props(path, "d:displayname", "d:resourcetype", depth=1, user=user, password=password)
        return {href[len(path):].rstrip("/") for href in found if href != path}
