#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Random people, groups, entries and requests: each answer of the daemon must be the one of a small model of RFC 3744
(acl_model.py). SEED=N repeats a run, FOR_SECONDS=N makes it longer, REPLAY=FILE does again what a mismatch has printed."""
import collections, json, os, random, re, time, unittest
import xml.etree.ElementTree as ET
from acl_model import Model, WORDS, CONFLICT, EXISTS, NOTHING, OK, UID, href, leaves, parent
from daemon import Daemon, event, DAV, FORM

SEED = int(os.environ.get("SEED", time.time_ns() % 1000000))
SECONDS = float(os.environ.get("FOR_SECONDS", 50))
PASSWORD = "model-secret"
PEOPLE = ["anna", "ben", "carl", "dora", "emil"]
OWNERS = PEOPLE[:3]
GROUPS = ["g1", "g2", "g3", "g4"]  # each may hold those before it
CALDAV = "{urn:ietf:params:xml:ns:caldav}"
CREATOR = "{http://calendarserver.org/ns/}created-by"
XML = "application/xml"
NAMESPACES = 'xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav" xmlns:cs="http://calendarserver.org/ns/"'
CALENDARS = [f"calendars/{u}/{c}" for u in OWNERS for c in ("c1", "c2")]
FOLDERS = [f"files/{u}/{f}" for u in OWNERS for f in ("d1", "d2", "d1/d3")]
HOMES = [f"{top}/{u}" for u in OWNERS for top in ("calendars", "files")]
EVENTS = [f"{c}/e{n}.ics" for c in CALENDARS for n in range(1, 4)]
FILES = [f"{f}/f{n}.txt" for f in FOLDERS + [h for h in HOMES if h.startswith("files")] for n in (1, 2)]
PATHS = HOMES + CALENDARS + FOLDERS + EVENTS + FILES
QUERY = (f'<c:calendar-query {NAMESPACES}><d:prop><d:getetag/></d:prop><c:filter><c:comp-filter name="VCALENDAR">'
         '<c:comp-filter name="VEVENT"/></c:comp-filter></c:filter></c:calendar-query>')
BUSY = f'<c:free-busy-query {NAMESPACES}><c:time-range start="20260101T000000Z" end="20270101T000000Z"/></c:free-busy-query>'
PROPS = f"<d:propfind {NAMESPACES}><d:prop><d:current-user-privilege-set/><d:acl/></d:prop></d:propfind>"


def uids_of(body):
    """Of the events: what stands before them is the calendar's own (RFC 7986 5.3)."""
    return set(re.findall(r"UID:(\S+)", body.decode().partition("BEGIN:VEVENT")[2]))


def is_item(path):
    return "." in path


def day_of(uid):
    return f"202603{1 + int(re.search('[0-9]+', uid).group()) % 27:02d}"


def privilege(word):
    return f"<d:privilege><{'c' if word == 'read-free-busy' else 'd'}:{word}/></d:privilege>"


def acl_body(entries):
    def principal(who):
        kind, _, name = who.partition(":")
        return {"owner": "<d:property><d:owner/></d:property>", "created-by": "<d:property><cs:created-by/></d:property>",
                "user": f"<d:href>/dav/principals/users/{name}/</d:href>",
                "group": f"<d:href>/dav/principals/groups/{name}/</d:href>"}.get(kind, f"<d:{kind}/>")
    return f"<d:acl {NAMESPACES}>" + "".join(
        f"<d:ace><d:principal>{principal(who)}</d:principal><d:{'grant' if grant else 'deny'}>" +
        "".join(privilege(word) for word in words) + f"</d:{'grant' if grant else 'deny'}></d:ace>"
        for who, grant, words in entries) + "</d:acl>"


def word_of(element):
    return element.tag.partition("}")[2]


def principal_of(element):
    first = element[0]
    if first.tag == DAV + "href":
        kind, name = re.fullmatch(r"/dav/principals/(user|group)s/([^/]+)/", first.text).groups()
        return f"{kind}:{name}"
    return word_of(first[0] if first.tag == DAV + "property" else first)


def entries_of(acl):
    """The acl property as Model.acl has it."""
    entries = []
    for ace in acl:
        said = ace.find(DAV + "grant") if ace.find(DAV + "grant") is not None else ace.find(DAV + "deny")
        inherited = ace.find(f"{DAV}inherited/{DAV}href")
        mark = "protected" if ace.find(DAV + "protected") is not None else "" if inherited is None else inherited.text
        entries.append((principal_of(ace.find(DAV + "principal")), said.tag == DAV + "grant",
                        frozenset(leaves(word_of(p[0]) for p in said)), mark))
    return entries


def hrefs_of(body):
    return {row.text for row in ET.fromstring(body).iterfind(f"{DAV}response/{DAV}href")}


class Chooser:
    """What to do next. A step is a list that JSON can hold: [user, verb, …]."""

    def __init__(self, rng, model):
        self.rng, self.model, self.uids = rng, model, 0

    def entries(self):
        """Most obey 8.1.1: denials first, and nothing both granted and denied to the same."""
        rng, taken, entries = self.rng, {}, []
        careless = rng.random() < 0.05
        for grant in (False, True):
            for _ in range(rng.choice((0, 0, 1, 2) if not grant else (0, 1, 1, 2, 3))):
                who = rng.choice(["user:" + rng.choice(PEOPLE)] * 4 + ["group:" + rng.choice(GROUPS)] * 4 +
                                 ["all", "authenticated", "unauthenticated", "self", "owner", "created-by", "created-by"])
                known = who.partition(":")[2] in self.model.users | set(self.model.groups) or ":" not in who
                words = rng.sample(WORDS, rng.randint(1, 3)) if rng.random() < 0.5 else [rng.choice(WORDS)]
                words = words if grant or rng.random() < 0.3 else [w for w in words if w != "all"]
                bits = leaves(words)
                if words and known and not (bits & taken.setdefault((who, not grant), set()) and not careless):
                    taken.setdefault((who, grant), set()).update(bits)
                    entries.append([who, grant, words])
        return rng.sample(entries, len(entries)) if careless else entries

    def path(self, paths=PATHS, there=0.85):
        live = [p for p in paths if p.split("/")[1] in self.model.users]
        known = [p for p in live if p in self.model.nodes]
        return self.rng.choice(known if known and self.rng.random() < there else live)

    def put(self, user, path=None):
        path = path or self.path(EVENTS + FILES, 0.5)
        node = self.model.nodes.get(path)
        self.uids += 1
        stem = path.split("/")[-1].partition(".")[0]
        free = all(self.model.nodes[p].uid != stem for p in self.model.children(parent(path)))
        return [user, "PUT", path, node.uid if node else stem if free else f"uid-{self.uids}"]

    def transfer(self, user, verb):
        path = self.path(CALENDARS + FOLDERS + EVENTS * 2 + FILES * 2, 0.95)
        like = EVENTS if path in EVENTS else FILES if path in FILES else CALENDARS if path in CALENDARS else FOLDERS
        same = [p for p in like if p.split("/")[-1] == path.split("/")[-1]]
        to = self.path(same if is_item(path) and self.rng.random() < 0.8 else like, 0.4)
        apart = to != path and not to.startswith(path + "/") and not path.startswith(to + "/")
        fits = like is not CALENDARS or parent(to) == parent(path)  # RFC 4791 5.3.1.1: in one's own home
        return [user, verb, path, to] if apart and fits else self.step()

    def people(self):
        rng, gone = self.rng, [u for u in PEOPLE if u not in self.model.users]
        what = rng.random()
        if gone and what < 0.5:
            return ["admin", "make user", rng.choice(gone)]
        if not gone and what < 0.08:
            return ["admin", "remove user", rng.choice(PEOPLE)]
        if what < 0.12 and self.model.groups:
            return ["admin", "remove group", rng.choice(sorted(self.model.groups))]
        group = rng.choice(GROUPS)
        members = ["user:" + u for u in sorted(self.model.users) if rng.random() < 0.35]
        inner = ["group:" + g for g in GROUPS[:GROUPS.index(group)] if g in self.model.groups and rng.random() < 0.5]
        return ["admin", "group", group, members + inner]

    def step(self):
        rng = self.rng
        user = rng.choice(sorted(self.model.users) * 3 + ["admin"])
        verb = rng.choice(["GET", "PUT", "PUT", "PUT", "DELETE", "PROPFIND", "PROPFIND", "PROPPATCH", "MKCALENDAR", "MKCOL",
                           "COPY", "COPY", "MOVE", "MOVE", "QUERY", "BUSY", "BUSY", "ACL", "PROPS", "PROPS", "PUBLIC"] +
                          ["SET"] * 4 + ["MEND"] * 2 + ["PEOPLE"])
        if verb == "PEOPLE":
            return self.people()
        if verb == "MEND":  # what went is made again, by its owner
            gone = [p for p in PATHS if p not in self.model.nodes and parent(p) in self.model.nodes]
            path = rng.choice(gone or EVENTS)
            owner = path.split("/")[1]
            if owner not in self.model.users:
                return self.step()
            return self.put(owner, path) if is_item(path) else [owner, "MKCALENDAR" if path in CALENDARS else "MKCOL", path]
        if verb == "PUT":
            return self.put(user)
        if verb in ("COPY", "MOVE"):
            return self.transfer(user, verb)
        if verb in ("ACL", "SET"):  # by anybody, and by who certainly may
            path = self.path(HOMES * 2 + CALENDARS * 2 + FOLDERS * 2 + EVENTS + FILES, 0.97)
            return [user if verb == "ACL" else path.split("/")[1], "ACL", path, self.entries()]
        places = {"MKCALENDAR": CALENDARS, "PUBLIC": CALENDARS, "QUERY": CALENDARS, "MKCOL": FOLDERS,
                  "BUSY": CALENDARS + HOMES[::2], "DELETE": CALENDARS + FOLDERS + EVENTS * 2 + FILES * 2,
                  "GET": CALENDARS + EVENTS + FILES}
        path = self.path(places.get(verb, PATHS), 0.5 if verb.startswith("MK") else 0.9)
        return [None if verb == "PUBLIC" else user, verb, path]


class Runner:
    """Does a step and asks the model; an AssertionError says where they differ."""

    def __init__(self, daemon):
        self.daemon, self.model, self.connection, self.done = daemon, Model(), None, []
        self.classes = collections.Counter()  # of the step at hand

    def ask(self, user, method, target, body=None, **headers):
        if not self.connection:
            self.connection = self.daemon.connect()
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        args = {"password": PASSWORD} if user != "admin" else {}
        return self.daemon.request(method, target, body, sent, user=user, connection=self.connection, **args)

    def dav(self, user, method, path, body=None, **headers):
        if body:
            headers.setdefault("Content_Type", XML)
        return self.ask(user, method, href(path), body, **headers)

    def judge(self, user, want, status, body, good):
        """The class of an answer: what was expected, or a complaint."""
        self.classes.update([want if isinstance(want, str) else want[0]])
        if want == OK:
            assert status in good, f"{status}, the model lets it through: {body}"
        elif want[0] in ("403", "403 some"):
            assert status == 403, f"{status}, the model refuses: {sorted(want[1])}: {body}"
            needs = {(r.findtext(DAV + "href"), word_of(r.find(DAV + "privilege")[0]))
                     for r in ET.fromstring(body).iterfind(f"{DAV}need-privileges/{DAV}resource")}
            named = {(place, leaf) for place, word in needs for leaf in (leaves([word]) if word == "write" else [word])}
            fits = named == want[1] if want[0] == "403" else named and named <= want[1]
            assert fits, f"need-privileges {sorted(named)}, the model {sorted(want[1])}"
        else:
            assert status == int(want[:3]), f"{status}, the model says {want}: {body}"
            shown = re.findall(rb"<d:href>([^<]*)</d:href>", body)
            hidden = [p for p in self.model.nodes if not self.model.seen(user, p)]
            assert not {h.decode() for h in shown} & {href(p) for p in hidden}, f"tells what is hidden: {body}"
        return want == OK

    # ---- one function a step

    def GET(self, user, path):
        model = self.model
        status, _, body = self.dav(user, "GET", path)
        if self.judge(user, model.reads(user, path), status, body, (200,)) and not is_item(path):
            uids = uids_of(body)
            assert uids == {model.nodes[p].uid for p in model.readable(user, path)}, f"holds {uids}"

    def PUBLIC(self, user, path):
        want = self.model.public(path)
        status, _, body = self.ask(None, "GET", f"/public/{path.partition('/')[2]}.ics")
        if self.judge(None, NOTHING if want is None else OK, status, body, (200,)):
            uids = uids_of(body)
            assert uids == {self.model.nodes[p].uid for p in want}, f"shows {uids}, the model {want}"

    def PUT(self, user, path, uid):
        data = event(uid, start=f"{day_of(uid)}T100000Z", end=f"{day_of(uid)}T110000Z", extra=[f"COMMENT:{time.time_ns()}"])
        kind = "text/calendar" if path.startswith("calendars") else "text/plain"
        status, _, body = self.dav(user, "PUT", path, data if kind == "text/calendar" else f"{uid} {time.time_ns()}",
                                   Content_Type=kind)
        if self.judge(user, self.model.put(user, path, uid), status, body, (201, 204)):
            assert status == (204 if path in self.model.nodes else 201), status
            self.model.did_put(user, path, uid)

    def DELETE(self, user, path):
        status, _, body = self.dav(user, "DELETE", path)
        if self.judge(user, self.model.delete(user, path), status, body, (204,)):
            self.model.drop(path)

    def PROPFIND(self, user, path):
        status, _, body = self.dav(user, "PROPFIND", path, f"<d:propfind {NAMESPACES}><d:prop><d:getetag/></d:prop></d:propfind>",
                                   Depth="1")
        if self.judge(user, self.model.reads(user, path), status, body, (207,)):
            want = {href(p) for p in self.model.readable(user, path) | {path}}
            found = hrefs_of(body) & {href(p) for p in [*PATHS, *self.model.nodes]}
            assert found == want, f"lists {sorted(found)}, the model {sorted(want)}"

    def PROPS(self, user, path):
        model = self.model
        status, _, body = self.dav(user, "PROPFIND", path, PROPS, Depth="0")
        if not self.judge(user, model.reads(user, path), status, body, (207,)):
            return
        good = [s.find(DAV + "prop") for s in ET.fromstring(body).iter(DAV + "propstat") if "200" in s.findtext(DAV + "status")]
        rights, acl = (next((p.find(DAV + name) for p in good if p.find(DAV + name) is not None), None)
                       for name in ("current-user-privilege-set", "acl"))
        found = None if rights is None else {word_of(p[0]) for p in rights}
        assert found == model.told(user, path), f"privileges {found}, the model {model.told(user, path)}"
        told = "read-acl" in model.held(user, path)
        assert (acl is not None) == told, f"acl property {'told' if acl is not None else 'kept back'}"
        if told:
            assert entries_of(acl) == model.acl(path), f"acl {entries_of(acl)}\nthe model {model.acl(path)}"

    def PROPPATCH(self, user, path):
        status, _, body = self.dav(user, "PROPPATCH", path, f"<d:propertyupdate {NAMESPACES}><d:set><d:prop><x:note xmlns:x='x:'>"
                                   f"{time.time_ns()}</x:note></d:prop></d:set></d:propertyupdate>")
        self.judge(user, self.model.proppatch(user, path), status, body, (207,))

    def make(self, user, path, verb):
        status, _, body = self.dav(user, verb, path)
        if self.judge(user, self.model.mkcol(user, path), status, body, (201,)):
            self.model.did_put(user, path, None)

    def MKCALENDAR(self, user, path):
        self.make(user, path, "MKCALENDAR")

    def MKCOL(self, user, path):
        self.make(user, path, "MKCOL")

    def transfer(self, user, path, to, verb):
        status, _, body = self.dav(user, verb, path, Destination=self.daemon.url + href(to))
        if self.judge(user, self.model.transfer(user, path, to, verb == "MOVE"), status, body, (201, 204)):
            assert status == (204 if to in self.model.nodes else 201), status
            self.model.did_transfer(user, path, to, verb == "MOVE")

    def COPY(self, user, path, to):
        self.transfer(user, path, to, "COPY")

    def MOVE(self, user, path, to):
        self.transfer(user, path, to, "MOVE")

    def QUERY(self, user, path):
        status, _, body = self.dav(user, "REPORT", path, QUERY, Depth="1")
        if self.judge(user, self.model.reads(user, path), status, body, (207,)):
            want = {href(p) for p in self.model.readable(user, path)}
            assert hrefs_of(body) == want, f"finds {sorted(hrefs_of(body))}, the model {sorted(want)}"

    def BUSY(self, user, path):
        model = self.model
        status, _, body = self.dav(user, "REPORT", path, BUSY, Depth="1")
        if self.judge(user, model.free_busy(user, path), status, body, (200,)) and path.count("/") == 2:
            want = {day_of(model.nodes[p].uid) for p in model.children(path) if "read-free-busy" in model.held(user, p)}
            found = set(re.findall(r"FREEBUSY:(\d+)T", body.decode()))
            assert found == want, f"busy on {sorted(found)}, the model {sorted(want)}"

    def ACL(self, user, path, entries):
        status, _, body = self.dav(user, "ACL", path, acl_body(entries))
        want = self.model.set_acl(user, path)
        broken = self.model.broken(path, entries) if want == OK else ()
        if broken:
            assert status == 403 and word_of(ET.fromstring(body)[0]) in broken, f"{status}, it breaks {broken}: {body}"
        elif self.judge(user, want, status, body, (200,)):
            self.model.nodes[path].acl = [tuple(entry) for entry in entries]

    # ---- people, and the daemon itself

    def must(self, status, body, *good):
        assert status in good, f"{status}: {body}"

    def make_user(self, user, name):
        status, _, body = self.ask("admin", "PUT", f"/users/{name}", f"password={PASSWORD}", **{"Content_Type": FORM["Content-Type"]})
        self.must(status, body, 201)
        self.model.add_user(name)

    def remove_user(self, user, name):
        status, _, body = self.ask("admin", "DELETE", f"/users/{name}")
        self.must(status, body, 200, 204)
        self.model.remove_principal("user:" + name)

    def remove_group(self, user, name):
        status, _, body = self.ask("admin", "DELETE", f"/groups/{name}")
        self.must(status, body, 204)
        self.model.remove_principal("group:" + name)

    def group(self, user, name, members):
        said = [m.removeprefix("user:") for m in members]
        status, _, body = self.ask("admin", "PUT", f"/groups/{name}", json.dumps({"members": said}), Content_Type="application/json")
        self.must(status, body, 200, 201)
        self.model.groups[name] = members

    def restart(self, user, how):
        self.connection = None
        if how == "kill":
            self.daemon.kill()
        else:
            self.daemon.stop()
        self.daemon.start()

    def run(self, step):
        user, what, *rest = step
        getattr(self, what.replace(" ", "_"))(user, *rest)


def beginning():
    """A household with something in it."""
    for name in PEOPLE:
        yield ["admin", "make user", name]
    for path in CALENDARS + FOLDERS:
        yield [path.split("/")[1], "MKCALENDAR" if path in CALENDARS else "MKCOL", path]
    for path in EVENTS + FILES:
        yield [path.split("/")[1], "PUT", path, path.split("/")[-1].partition(".")[0]]
    for n, group in enumerate(GROUPS):
        yield ["admin", "group", group, ["user:" + PEOPLE[-1 - n]] + (["group:" + GROUPS[n - 1]] if n else [])]


class AclModel(unittest.TestCase):
    def play(self, runner, steps):
        done, outcomes = runner.done, {}
        for step in steps:
            done.append(step)
            runner.classes.clear()
            try:
                runner.run(step)
            except Exception as e:
                lines = "\n".join(json.dumps(s) for s in done)
                name = runner.daemon.folder.parent / f"daybook-acl-{SEED}.steps"
                name.write_text(lines + "\n")
                self.fail(f"seed {SEED}, step {len(done)} {json.dumps(step)}: {e}\nto see it again: REPLAY={name}, which holds\n{lines}")
            outcomes.setdefault(step[1], collections.Counter()).update(runner.classes or ["done"])
        return outcomes

    def test_random(self):
        rng = random.Random(SEED)
        print(f"SEED={SEED}")
        with Daemon() as daemon:
            runner = Runner(daemon)
            chooser, end = Chooser(rng, runner.model), time.time() + SECONDS
            self.play(runner, beginning())

            def steps():
                while time.time() < end:
                    yield ["", "restart", rng.choice(["stop", "kill"])] if rng.random() < 0.002 else chooser.step()
            outcomes = self.play(runner, steps())
            for verb, classes in sorted(outcomes.items()):
                print(f"{verb:12}", dict(classes.most_common()))
            for verb in ("GET", "PUT", "DELETE", "PROPFIND", "PROPPATCH", "COPY", "MOVE", "ACL") if SECONDS >= 30 else ():
                self.assertGreaterEqual(set(outcomes[verb]), {OK, "403", NOTHING}, f"{verb} was not tried in every way")
            daemon.fsck()

    @unittest.skipUnless("REPLAY" in os.environ, "nothing to replay")
    def test_replay(self):
        with Daemon() as daemon, open(os.environ["REPLAY"]) as file:
            self.play(Runner(daemon), [json.loads(line) for line in file])


if __name__ == "__main__":
    os.chdir(os.path.dirname(os.path.abspath(__file__)))
    unittest.main()
