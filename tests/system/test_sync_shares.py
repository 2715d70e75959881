#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Whoever is not the owner syncs, too, and always ends with what PROPFIND lists for them, nothing more and nothing lost,
through every change of view: rights, groups, classes, shares, people, pushes, restarts. Random, from a seed:

    SEED=7 DURATION=90 tests/system/test_sync_shares.py     another run; the default is a seed of the day
    REPLAY=FILE tests/system/test_sync_shares.py           the steps of a run that failed, one a line"""
import collections, os, random, shutil, sys, tempfile, time, unittest, zlib
import xml.etree.ElementTree as ET
from urllib.parse import quote
from daemon import Daemon, event, tree_path, FORM, NS
from sync_client import Client, Session, different, listing, rows_of, PASSWORD
from test_git import Clone

SEED = int(os.environ.get("SEED", time.strftime("%Y%m%d")))
SECONDS = float(os.environ.get("DURATION", 40))
STEPS = int(os.environ.get("STEPS", 100000))
CONVERGE_EVERY = 80
FOCUS_EVERY, FOCUS = 20, 5  # a few clients and one calendar have most of the attention for so many changes
OWNER, SHAREES = "anna", ("ben", "carl", "dora")
GROUPS = ("kids", "family", "club")
CALENDARS, BOOKS = "/dav/calendars/", "/dav/addressbooks/"
NAMES = ["personal", "work", "club"]
OWNED = [CALENDARS + f"{OWNER}/{name}/" for name in NAMES] + [BOOKS + f"{OWNER}/friends/"]
HOMES = [CALENDARS + f"{OWNER}/", BOOKS + f"{OWNER}/"]
ABSENT = (401, 403, 404)  # nobody of that name any more; not to be read; nothing there that one may see
XMLNS = 'xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav" xmlns:s="http://calendarserver.org/ns/"'
JSON = {"Content-Type": "application/json"}
CREATOR = "<d:property><s:created-by/></d:property>"
WRITES = ("write-content", "write-properties", "unbind")
ROLES = {"busy": ["read-free-busy"], "reader": ["read"], "author": ["read", "bind"], "editor": ["read", "write"],
         "all": ["all"]}


# ---- texts

def privileges(names):
    return "".join(f"<d:privilege><{'c' if name == 'read-free-busy' else 'd'}:{name}/></d:privilege>" for name in names)


def ace(verb, who, names):
    return f"<d:ace><d:principal>{who}</d:principal><d:{verb}>{privileges(names)}</d:{verb}></d:ace>"


def href(kind, name):
    return f"<d:href>/dav/principals/{kind}/{name}/</d:href>"


def acl(entries):
    """The body of an ACL request: (who, role, or "deny")."""
    aces = [ace("deny", who, ["read"]) for who, role in entries if role == "deny"]
    aces += [ace("grant", who, ROLES[role]) for who, role in entries if role != "deny"]
    if any(role == "author" for _, role in entries):
        aces.append(ace("grant", CREATOR, WRITES))
    return f"<d:acl {XMLNS}>{''.join(aces)}</d:acl>"


def todo(uid, extra):
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//system//EN", "BEGIN:VTODO", f"UID:{uid}",
                        "DTSTAMP:20260101T000000Z", "SUMMARY:Task", *extra, "END:VTODO", "END:VCALENDAR", ""])


def card(uid, summary, extra):
    return "\r\n".join(["BEGIN:VCARD", "VERSION:3.0", f"UID:{uid}", f"FN:{summary}", f"N:{summary};;;;", *extra,
                        "END:VCARD", ""])


# ---- clients

class Sharee(Client):
    """A client of somebody who may come to see more or less at any time."""

    absent = ABSENT

    def __init__(self, world, key):
        self.user, path, level, limit, self.keeps = key
        super().__init__(path, level, limit)
        self.world, self.key = world, key
        self.epochs = [world.epoch]
        self.pending = False  # a write was refused, and no answer came since

    def headers(self):
        """A device of its own, or nearly: refusals are told to it alone."""
        return {"User-Agent": f"Client{zlib.crc32(repr(self.key).encode()) % 40}/1.0"}

    def gone(self, session):
        """Some forget; others come back with what they had when there is something again."""
        if not self.keeps:
            self.token, self.known = "", {}

    def refused(self, session, answer):
        self.world.check_refusal(self)
        self.token, self.known = "", {}

    def told(self, session, rows):
        never = rows.keys() - self.world.seen[self.user]
        assert not never, ("rows about what this person never saw", self.key, never)
        # told: changed, then gone after all? A row without status is one that is seen now.
        self.world.count["rows"] += len(rows)

    def page(self, session):
        before = len(self.past)
        more = super().page(session)
        if len(self.past) > before:
            self.epochs.append(self.world.epoch)
            self.pending = False
        return more

    def epoch(self):
        """That of the change of view which the token knows of."""
        return self.epochs[max(i for i, (token, _) in enumerate(self.past) if token == self.token)]

    def go_back_to(self, index):
        self.token, known = self.past[index % len(self.past)]
        self.known = dict(known)


class ByTag:
    """Knows a collection by its ctag: lists it anew when that has changed."""

    def __init__(self, world, key):
        self.user, self.path, self.level, self.limit, self.keeps = self.key = key
        self.world, self.tag, self.known = world, None, {}
        self.deep = False

    headers = Sharee.headers

    def tag_now(self, session):
        status, _, body = session.request("PROPFIND", self.path, f"<d:propfind {XMLNS}><d:prop><s:getctag/></d:prop>"
                                          "</d:propfind>", Depth="0", **self.headers())
        return None if status in ABSENT else rows_of(body)[0][self.path]

    def page(self, session):
        tag = self.tag_now(session)
        if tag is None:
            self.tag, self.known = None, {}
        elif tag != self.tag:
            self.tag, self.known = tag, listing(session, self.path, False, ABSENT, **self.headers())
        return False

    sync = page

    def go_back_to(self, index):
        pass

    def differs(self, session):
        real = listing(session, self.path, False, ABSENT, **self.headers())
        wrong = real and different(self.known, real, False)
        return wrong and (self.path, wrong)


def clients_of(path):
    """(level, limit, keeps) of the clients that look at a collection or a home."""
    if path.count("/") == 4:
        return [("1", 0, True), ("1", 2, True), ("infinite", 0, True), ("infinite", 1, True), ("infinite", 3, False)]
    return [("1", 0, False), ("1", 0, True), ("1", 1, True), ("1", 3, True), ("tag", 0, False)]


# ---- the world

class World:
    """The household, and all that is done to it; every step is a tuple that can be printed and done again."""

    def __init__(self, daemon):
        self.daemon, self.clients = daemon, {}
        self.seen = collections.defaultdict(set)  # by person: every href that any listing ever showed
        self.listed = collections.defaultdict(dict)  # by person: {collection: (ctag, {href: tag})} of the last look
        self.places = collections.defaultdict(set)  # by person: collections where clients are
        self.epoch = 0  # of changes of anybody's view
        self.count = collections.Counter()
        self.history = []
        self.sessions, self.clone, self.gone = {}, None, set()
        for user in (OWNER, *SHAREES):
            daemon.add_user(user, PASSWORD)

    def session(self, user):
        if user not in self.sessions:
            self.sessions[user] = Session(self.daemon, user)
        return self.sessions[user]

    def admin(self, method, path, body=None, headers=None):
        return self.daemon.request(method, path, body, headers)

    def do(self, step):
        self.history.append(step)
        self.count[step[0]] += 1
        getattr(self, "do_" + step[0])(*step[1:])

    # -- changes

    def changed(self, view):
        self.epoch += view
        self.look()

    def do_request(self, user, method, path, body, headers, view=False):
        status, _, answer = self.session(user).request(method, path, body, **headers)
        assert status < 500, (status, answer)
        self.count[f"{method} {status}"] += 1
        if status < 300:
            self.changed(view)

    def do_admin(self, method, path, body, headers):
        status, _, answer = self.admin(method, path, body, headers)
        assert status < 500, (status, answer)
        self.count[f"{method} {path.split('/')[1]} {status}"] += 1
        if path.startswith("/users/") and status < 300:
            (self.gone.add if method == "DELETE" else self.gone.discard)(path.split("/")[2])
        self.changed(True)

    def restarted(self):
        """A restart forgets which writes it refused just before (webdav/mark.h)."""
        for client in self.clients.values():
            if isinstance(client, Sharee) and client.pending:
                client.token, client.known = "", {}
        self.sessions = {}
        self.look()

    def do_kill(self):
        self.daemon.kill()
        self.daemon.start()
        self.restarted()

    def do_restart(self, index):
        self.daemon.stop()
        if not index:
            shutil.rmtree(self.daemon.data / "index")
        self.daemon.start()
        self.restarted()

    def do_push(self, path, old, new):
        """Replaces a text in a file, as somebody does by hand; refusals are part of it."""
        self.clone = self.clone or Clone(self.daemon)
        self.clone.run("fetch", "-q", "origin")
        self.clone.run("reset", "-q", "--hard", "origin/main")
        file = self.clone.folder / path
        text = file.read_bytes().decode() if file.is_file() else ""
        if old not in text:
            return
        file.write_bytes(text.replace(old, new, 1).encode())
        self.clone.run("add", "-A")
        if self.clone.run("commit", "-q", "-m", "by hand", check=False).returncode:
            return
        place = "/dav/" + "/".join(path.split("/")[:3]) + "/"
        before = self.tag_of(self.session(OWNER), place)
        if self.clone.push().returncode == 0:
            self.count["pushed"] += 1
            noticed = self.daemon.wait_for(5, lambda: self.tag_of(self.session(OWNER), place) != before)
            assert noticed, ("the push is not noticed", path)
            time.sleep(0.1)  # shares follow in a commit of their own
        self.changed(True)

    # -- looks

    def look(self):
        """What everybody sees now joins what they ever saw."""
        for user in SHAREES:
            session = self.session(user)
            for home in sorted(self.homes(user)):
                self.look_at_home(user, session, home)
            # What can be read, but stands in no home that can.
            for path in sorted({*OWNED, *self.places[user]} - self.listed[user].keys() - self.homes(user)):
                self.look_at(user, session, path, self.tag_of(session, path))

    def homes(self, user):
        return {CALENDARS + user + "/", BOOKS + user + "/", *HOMES}

    def tag_of(self, session, path):
        status, _, body = session.request("PROPFIND", path, f"<d:propfind {XMLNS}><d:prop><s:getctag/></d:prop>"
                                          "</d:propfind>", Depth="0")
        return None if status in ABSENT else self.tag_in(body, path)

    def tag_in(self, body, path):
        rows, _ = rows_of(body)
        assert path in rows, ("PROPFIND does not tell of its target", path, body)
        return rows[path]

    def look_at_home(self, user, session, home):
        children = listing(session, home, False, ABSENT)
        if children is not None:
            self.places[user].add(home)
        children = children or {}
        self.seen[user].update(children)
        for path, tag in children.items():
            self.look_at(user, session, path, tag)
        for path in [path for path in self.listed[user] if path.startswith(home) and path not in children]:
            del self.listed[user][path]  # or it can be seen alone: that is asked next

    def look_at(self, user, session, path, tag):
        if tag is None:
            self.listed[user].pop(path, None)
            return
        self.places[user].add(path)
        if self.listed[user].get(path, ("",))[0] != tag:
            rows = listing(session, path, False, ABSENT)
            self.listed[user][path] = tag, rows
            self.seen[user].update(rows)

    # -- clients

    def client(self, key):
        if key not in self.clients:
            self.clients[key] = (ByTag if key[2] == "tag" else Sharee)(self, key)
        return self.clients[key]

    def do_page(self, key):
        self.client(key).page(self.session(key[0]))

    def do_sync(self, key):
        client, session = self.client(key), self.session(key[0])
        before = dict(client.known)
        client.sync(session)
        wrong = client.differs(session)
        wrong = wrong and self.not_quiet(client, session, wrong)
        assert not wrong, ("does not converge", key, wrong)
        if wrong is not None:
            self.check_bodies(client, session, before)
            if isinstance(client, Sharee):
                self.check_quiet(client, session)

    def do_back(self, key, index):
        self.client(key).go_back_to(index)

    def do_refuse(self, key, method, path):
        """A write that may be refused. The client has done it already at home: the next sync must put things right."""
        client, session = self.client(key), self.session(key[0])
        if path not in client.known:
            return
        body = event(path.rsplit("/", 1)[1], "mine") if method == "PUT" else None
        headers = {"Content_Type": "text/calendar"} if body else {}
        status, _, answer = session.request(method, path, body, **headers, **client.headers())
        assert status < 500, (status, answer)
        self.count[f"refused {method} {status}"] += 1
        if method == "DELETE":
            del client.known[path]
        elif status == 403:
            client.known[path] = "mine"
        if isinstance(client, Sharee):
            client.pending = True
        if status < 300:
            self.changed(False)
        self.do_sync(key)

    def do_converge(self):
        """Everybody, everywhere."""
        for user in SHAREES:
            for path in sorted(self.places[user]):
                for rest in clients_of(path):
                    self.do_sync((user, path, *rest))

    # -- what must hold

    def not_quiet(self, client, session, wrong):
        """The ctag of a child may be another one when nothing in it is new to this person: somebody else joined a group."""
        return {href: tags for href, tags in wrong[-1].items()
                if not (href.endswith("/") and all(tags) and self.quiet(client, session, href, tags[0]))}

    def quiet(self, client, session, path, token):
        child = Client(path)
        child.headers = client.headers
        child.token = token
        status, answer = child.report(session)
        return status == 207 and not rows_of(answer)[0]

    def check_quiet(self, client, session):
        """Nothing new: the next sync is empty and its token the same, which is the collection's, and its ctag."""
        had = client.token
        status, answer = client.report(session)
        rows, token = rows_of(answer)
        assert status == 207 and not rows and token == had, ("not quiet", client.key, had, answer)
        status, _, body = session.request("PROPFIND", client.path, f"<d:propfind {XMLNS}><d:prop><s:getctag/>"
                                          "<d:sync-token/></d:prop></d:propfind>", Depth="0", **client.headers())
        tree = ET.fromstring(body)
        tags = {e.text for e in tree.iter() if e.tag.endswith("}getctag") or e.tag.endswith("}sync-token")}
        assert tags == {had}, ("the token is another one", client.key, had, tags)

    def check_bodies(self, client, session, before):
        """What multiget gives of the news is what GET gives."""
        news = sorted(href for href, tag in client.known.items() if before.get(href) != tag and not href.endswith("/"))
        if client.deep or not news:
            return
        card = client.path.startswith(BOOKS)
        ns, data = ("urn:ietf:params:xml:ns:carddav", "address-data") if card else (NS["c"], "calendar-data")
        name = "addressbook-multiget" if card else "calendar-multiget"
        hrefs = "".join(f"<d:href>{href}</d:href>" for href in news)
        status, _, body = session.request("REPORT", client.path, f'<x:{name} xmlns:x="{ns}" xmlns:d="DAV:"><d:prop>'
                                          f"<d:getetag/><x:{data}/></d:prop>{hrefs}</x:{name}>")
        assert status == 207, (status, body)
        rows = ET.fromstring(body).findall("d:response", NS)
        assert sorted(row.findtext("d:href", None, NS) for row in rows) == news, (news, body)
        for row in rows:
            path, etag = row.findtext("d:href", None, NS), row.findtext(".//d:getetag", None, NS)
            status, headers, got = session.request("GET", path)
            text = row.findtext(f".//{{{ns}}}{data}")
            assert status == 200 and headers["etag"] == etag == client.known[path], (path, etag, status, client.known)
            assert text is not None and text.replace("\r", "") == got.decode().replace("\r", ""), (path, text, got)

    def check_refusal(self, client):
        """A token may be refused when a limit cannot hold a changed view, when another collection stands there now, and
        when it was an admin's who is none any more."""
        self.count["tokens refused"] += 1
        part = client.token.split("/")
        if client.limit and client.epoch() != self.epoch:
            return
        if part[3].startswith("a") and not self.is_admin(client.user):
            return
        assert self.replaced(client, part), ("a good token was refused", client.key, client.token, client.epoch(), self.epoch)

    def is_admin(self, user):
        return b'"admin": true' in self.admin("GET", f"/api/v1/users/{user}")[2]

    def replaced(self, client, part):
        positions = {int(part[1]) >> 24} | {int(number) >> 24 for number in part[3].lstrip("a").split(".")}
        head = self.daemon.git("rev-list", "--first-parent", "--reverse", "main").split()
        now = self.identities(client, "main")
        for position in positions:
            then = self.identities(client, head[position])
            if any(then[path] != now[path] for path in then.keys() & now.keys()):
                return True
        return False

    def identities(self, client, commit):
        """{collection: what it is, and what it shows}"""
        top = client.path.removeprefix("/dav/").rstrip("/")
        found = {}
        for path in self.daemon.git("ls-tree", "-r", "--name-only", commit, "--", top).split("\n"):
            if path.endswith("/.collection"):
                lines = self.daemon.git("show", f"{commit}:{path}").split("\n")
                found[path] = [line for line in lines if line.startswith("share-of ")]
                if found[path]:
                    target = found[path][0].split(" ", 2)
                    found[path].append(self.where(commit, target[1]))
        return found

    def where(self, commit, id_):
        found = self.daemon.git("grep", "-l", f"^id {id_}", commit, check=False).split("\n")
        return [path.split(":", 1)[1] for path in found if path]

    def end(self):
        self.daemon.fsck()


# ---- chance

class Chance:
    """Decides what happens next."""

    def __init__(self, world, seed):
        self.world, self.random = world, random.Random(seed)
        self.clients, self.owned = [], OWNED[0]

    def focus(self):
        """Others turn up: those who read page by page must meet writers between the pages."""
        self.owned = self.random.choices(OWNED, (4, 2, 2, 2))[0]
        self.clients = [self.any_client() for _ in range(FOCUS)]

    def pick(self, *of):
        return self.random.choice(of)

    def who(self):
        return self.random.choices((OWNER, *SHAREES), (4, 1, 1, 1))[0]

    def place(self, user):
        """A collection as this person reaches it."""
        shares = sorted(path for path in self.world.listed[user] if path.split("/")[3] == user)
        near = [path for path in shares if path.endswith(f"/{OWNER}-{self.owned.split('/')[-2]}/")]
        what = self.random.random()
        if user == OWNER or not shares or what < 0.2:
            return self.owned if what > 0.05 and self.random.random() < 0.7 else self.pick(*OWNED)
        return self.pick(*near) if near and what < 0.8 else self.pick(*shares)

    def name(self, place):
        return place + self.pick("a", "b", "c", "d", "e%20f", "g%C3%A9") + (".vcf" if place.startswith(BOOKS) else ".ics")

    def put(self):
        user = self.who()
        place = self.place(user)
        path = self.name(place)
        uid = path.rsplit("/", 1)[1] if self.random.random() < 0.9 else "b.ics"
        summary = str(self.random.randrange(4))
        level = self.pick("", "", "PUBLIC", "PRIVATE", "PRIVATE", "CONFIDENTIAL")
        extra = [f"CLASS:{level}"] if level else []
        if place.startswith(BOOKS):
            body, kind = card(uid, summary, extra), "text/vcard"
        elif self.random.random() < 0.15:
            body, kind = todo(uid, extra), "text/calendar"
        else:
            extra += self.pick([], [], [], ["TRANSP:TRANSPARENT"], ["STATUS:CANCELLED"])
            body, kind = event(uid, summary, extra=extra), "text/calendar"
        return "request", user, "PUT", path, body, {"Content_Type": kind}

    def delete(self):
        user = self.who()
        return "request", user, "DELETE", self.name(self.place(user)), None, {}

    def move(self):
        user = self.who()
        source = self.place(user)
        target = self.place(user)
        return ("request", user, self.pick("MOVE", "COPY"), self.name(source), None,
                {"Destination": self.name(target), "Overwrite": self.pick("T", "F")})

    def principal(self):
        return self.random.choices(
            [href("users", self.pick(*SHAREES)), href("groups", self.pick(*GROUPS)), "<d:all/>", "<d:authenticated/>"],
            (6, 4, 1, 1))[0]

    def entries(self, roles):
        return acl([(self.principal(), self.pick(*roles)) for _ in range(self.random.randrange(4))])

    def rights(self):
        roles = ["busy", "busy", "reader", "reader", "author", "editor", "editor", "deny", "all"]
        return "request", OWNER, "ACL", self.pick(self.owned, *OWNED), self.entries(roles), {}, True

    def rights_of_home(self):
        return "request", OWNER, "ACL", self.pick(*HOMES), self.entries(["reader", "busy", "deny", "editor"]), {}, True

    def rights_of_item(self):
        return "request", OWNER, "ACL", self.name(self.pick(self.owned, *OWNED)), self.entries(["reader", "deny", "deny", "editor"]), {}

    def rights_by_sharee(self):
        user = self.pick(*SHAREES)
        return "request", user, "ACL", self.place(user), self.entries(["reader", "busy", "all"]), {}, True

    def property(self):
        user = self.who()
        place = self.place(user)
        path = self.pick(place, self.name(place))
        return "request", user, "PROPPATCH", path, (
            f'<d:propertyupdate {XMLNS}><d:set><d:prop><d:displayname>{self.random.randrange(9)}</d:displayname>'
            f'<x xmlns="u">{self.random.randrange(9)}</x></d:prop></d:set></d:propertyupdate>'), {}

    def group(self):
        members = self.random.sample([*SHAREES, *(f"group:{name}" for name in GROUPS)], self.random.randrange(4))
        body = '{"members": [%s]}' % ", ".join(f'"{name}"' for name in members)
        return "admin", "PUT", f"/groups/{self.pick(*GROUPS)}", body, JSON

    def member(self):
        path = f"/groups/{self.pick(*GROUPS)}/users/{self.pick(*SHAREES)}"
        return "admin", self.pick("PUT", "DELETE"), path, None, None

    def group_goes(self):
        return "admin", "DELETE", f"/groups/{self.pick(*GROUPS)}", None, None

    def role(self):
        body = '{"admin": %s}' % self.random.choices(("true", "false"), (1, 2))[0]
        return "admin", "PUT", f"/api/v1/users/{self.pick(*SHAREES)}/admin", body, JSON

    def unsubscribe(self):
        user = self.pick(*SHAREES)
        return "request", user, "DELETE", self.place(user), None, {}, True

    def rename(self):
        user = self.who()
        place = self.place(user)
        top = CALENDARS if place.startswith(CALENDARS) else BOOKS
        return ("request", user, "MOVE", place, None,
                {"Destination": f"{top}{user}/{self.pick('personal', 'work', 'club', 'anna-work', 'mine')}/",
                 "Overwrite": self.pick("T", "F")}, True)

    def remove(self):
        return "request", OWNER, "DELETE", self.pick(*OWNED), None, {}, True

    def make(self):
        path = self.pick(*OWNED)
        if path.startswith(BOOKS):
            body = (f'<d:mkcol {XMLNS} xmlns:r="urn:ietf:params:xml:ns:carddav"><d:set><d:prop><d:resourcetype>'
                    "<d:collection/><r:addressbook/></d:resourcetype></d:prop></d:set></d:mkcol>")
            return "request", OWNER, "MKCOL", path, body, {}, True
        return "request", OWNER, "MKCALENDAR", path, None, {}, True

    def push(self):
        place = self.pick(*OWNED).removeprefix("/dav/").rstrip("/")
        if self.random.random() < 0.5:
            old, new = self.pick(("ace grant ", "ace deny "), ("ace deny ", "ace grant "), (" read", " read-free-busy"),
                                 ("\n", "\nace grant users/ben read\n"), ("\n", "\nace grant groups/kids read,write\n"))
            return "push", place + "/.collection", old, new
        old, new = self.pick(("PRIVATE", "PUBLIC"), ("PUBLIC", "PRIVATE"), ("CONFIDENTIAL", "PRIVATE"))
        return "push", tree_path(place, self.pick("a", "b", "c", "d") + (".vcf" if "book" in place else ".ics")), old, new

    def daemon(self):
        return self.random.choices([("kill",), ("restart", True), ("restart", False)])[0]

    KINDS = {put: 60, delete: 14, move: 6, rights: 16, rights_of_home: 3, rights_of_item: 8, rights_by_sharee: 2,
             property: 3, group: 5, member: 8, group_goes: 1, role: 3, unsubscribe: 3, rename: 2, remove: 1, make: 4,
             push: 1, daemon: 0.6}

    def change(self):
        gone = sorted(self.world.gone)
        if gone and self.random.random() < 0.2:
            return "admin", "PUT", f"/users/{gone[0]}", f"password={PASSWORD}", FORM
        if not gone and self.random.random() < 0.005:
            return "admin", "DELETE", f"/users/{self.random.choices((OWNER, *SHAREES), (1, 2, 2, 2))[0]}", None, None
        kind = self.random.choices(list(self.KINDS), list(self.KINDS.values()))[0]
        return kind(self)

    def any_client(self):
        user = self.pick(*SHAREES)
        path = self.pick(*sorted(self.world.places[user]))
        return user, path, *self.pick(*clients_of(path))

    def look(self):
        """What a client does next."""
        key = self.any_client() if self.random.random() < 0.2 else self.pick(*self.clients)
        what = self.random.random()
        client = self.world.client(key)
        if what < 0.7:
            return "page", key
        if what < 0.78:
            return "back", key, self.random.randrange(1000)
        items = sorted(href for href in client.known if not href.endswith("/"))
        if what < 0.86 and items:
            return "refuse", key, self.pick("DELETE", "DELETE", "PUT"), self.pick(*items)
        return "sync", key


class SyncSharesTest(unittest.TestCase):
    def setUp(self):
        self.daemon = self.enterContext(Daemon())

    def keep(self, world, error):
        with tempfile.NamedTemporaryFile("w", prefix=f"sync-shares-{SEED}-", suffix=".txt", delete=False) as file:
            file.write("".join(repr(step) + "\n" for step in world.history))
        print(f"\nSEED={SEED}, step {len(world.history)}; again: REPLAY={file.name} {sys.argv[0]}\n{error}", file=sys.stderr)
        for step in world.history[-25:]:
            print("  ", repr(step)[:400], file=sys.stderr)

    def test_as_at_the_owners(self):
        """sync-token, ctag, multiget, query and PUT through a share are what they are at the owner's."""
        world = World(self.daemon)
        anna, ben = world.session(OWNER), world.session("ben")
        own, share = OWNED[0], CALENDARS + f"ben/{OWNER}-personal/"
        anna.request("ACL", own, acl([(href("users", "ben"), "editor")]))
        sides = [(anna, own), (ben, share), (ben, own)]
        kind, tokens, tags = {"Content_Type": "text/calendar"}, {}, {}
        for step in range(8):
            session, place = sides[step % 3]
            body = event(f"e-{step % 5}", f"by {session.user}, {step}")
            status, headers, _ = session.request("PUT", f"{place}e-{step % 5}.ics", body, **kind)
            self.assertEqual(status, 204 if step >= 5 else 201)
            tag = headers["etag"]
            for session, place in sides:
                status, headers, got = session.request("GET", f"{place}e-{step % 5}.ics")
                self.assertEqual((status, headers["etag"], got.decode()), (200, tag, body))
                condition = {"If_None_Match": "*"} if step % 2 else {"If_Match": '"another"'}
                self.assertEqual(session.request("PUT", f"{place}e-{step % 5}.ics", body, **kind, **condition)[0], 412)
            answers = [self.ask_all(session, place, tokens.get((session.user, place), "")) for session, place in sides]
            for (session, place), (rows, token, tag) in zip(sides, answers):
                self.assertEqual(rows, answers[0][0])
                self.assertEqual(token, tag)
                self.assertNotEqual(token, tokens.get((session.user, place)))
                tokens[session.user, place] = token
                self.assertEqual(list(rows["sync"]), [f"e-{step % 5}.ics"])
        self.assertEqual(ben.request("DELETE", share + "e-0.ics")[0], 204)
        self.assertEqual(anna.request("GET", own + "e-0.ics")[0], 404)
        for session, place in sides:
            rows, token, tag = self.ask_all(session, place, tokens[session.user, place])
            self.assertEqual(rows["sync"], {"e-0.ics": "HTTP/1.1 404 Not Found"})
            self.assertEqual(self.ask_all(session, place, token)[0]["sync"], {})

    def ask_all(self, session, place, token):
        """({report: {name: etag and data}}, sync-token of the report, ctag)"""
        props = "<d:prop><d:getetag/><c:calendar-data/></d:prop>"
        names = [f"e-{n}.ics" for n in range(5)]
        reports = {
            "sync": f"<d:sync-collection {XMLNS}><d:sync-token>{token}</d:sync-token><d:sync-level>1</d:sync-level>{props}"
                    "</d:sync-collection>",
            "query": f"<c:calendar-query {XMLNS}>{props}<c:filter><c:comp-filter name='VCALENDAR'><c:comp-filter "
                     "name='VEVENT'><c:time-range start='20260301T103000Z'/></c:comp-filter></c:comp-filter></c:filter>"
                     "</c:calendar-query>",
            "multiget": f"<c:calendar-multiget {XMLNS}>{props}" + "".join(f"<d:href>{place}{name}</d:href>" for name in names)
                        + "</c:calendar-multiget>"}
        found = {}
        for name, body in reports.items():
            status, _, answer = session.request("REPORT", place, body, Depth="1")
            self.assertEqual(status, 207, answer)
            tree = ET.fromstring(answer)
            found[name] = {
                row.findtext("d:href", None, NS).removeprefix(place): row.findtext("d:status", None, NS) or
                (row.findtext(".//d:getetag", None, NS), row.findtext(".//c:calendar-data", None, NS))
                for row in tree.findall("d:response", NS)}
            token = tree.findtext("d:sync-token", token, NS)
        status, _, answer = session.request("PROPFIND", place, f"<d:propfind {XMLNS}><d:prop><s:getctag/></d:prop>"
                                            "</d:propfind>", Depth="0")
        return found, token, rows_of(answer)[0][place]

    def test_random(self):
        world = World(self.daemon)
        try:
            self.replay(world, os.environ["REPLAY"]) if "REPLAY" in os.environ else self.run_random(world)
        except BaseException as error:
            self.keep(world, error)
            raise
        world.end()

    def replay(self, world, path):
        with open(path) as file:
            for line in file:
                world.do(eval(line))  # what `keep` wrote: tuples

    def begin(self, world):
        for path in OWNED[1:]:
            make = Chance(world, 0)
            make.pick = lambda *of, path=path: path
            world.do(make.make())
        world.do(("admin", "PUT", "/groups/kids", '{"members": ["ben"]}', JSON))
        world.do(("admin", "PUT", "/groups/family", '{"members": ["carl", "group:kids"]}', JSON))
        world.do(("request", OWNER, "ACL", OWNED[0], acl([(href("groups", "family"), "editor")]), {}, True))
        world.do(("request", OWNER, "ACL", OWNED[1], acl([(href("users", "dora"), "reader"), (href("groups", "kids"), "busy")
                                                         ]), {}, True))
        world.do(("request", OWNER, "ACL", OWNED[3], acl([(href("groups", "kids"), "author")]), {}, True))

    def run_random(self, world):
        chance, until, step = Chance(world, SEED), time.time() + SECONDS, 0
        self.begin(world)
        while time.time() < until and step < STEPS:
            if step % FOCUS_EVERY == 0:
                chance.focus()
            step += 1
            world.do(chance.change())
            for _ in range(chance.random.randrange(5)):
                world.do(chance.look())
            if step % CONVERGE_EVERY == 0:
                world.do(("converge",))
        world.do(("converge",))
        print(f"SEED={SEED}: {step} changes, {len(world.history)} steps, {dict(world.count)}")


if __name__ == "__main__":
    unittest.main()
