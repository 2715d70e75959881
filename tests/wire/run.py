#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Replays HTTP transcripts (*.http, form in README.md) against the real daemon.

    run.py [--daybook BIN] [--keep] [--quiet] [FILE-or-word ...]

One daemon with a fresh data folder serves all transcripts; each transcript gets a user of its own.
"""
import argparse, base64, concurrent.futures, http.client, os, pathlib, re, secrets, shutil, socket, subprocess
import sys, tempfile, time, xml.etree.ElementTree as ET

HERE = pathlib.Path(__file__).resolve().parent
NS = {"d": "DAV:", "c": "urn:ietf:params:xml:ns:caldav", "card": "urn:ietf:params:xml:ns:carddav",
      "cs": "http://calendarserver.org/ns/", "ical": "http://apple.com/ns/ical/", "x": "http://example.org/x",
      "oc": "http://owncloud.org/ns", "me": "http://me.com/_namespace/"}
ADMIN_PASSWORD = "transcript-admin"
USER_PASSWORD = "transcript-user"
SOON = 20  # seconds; what follows a commit in another one takes 50 ms, but for a machine that is busy with other tests
# What must never be in the log: passwords, and anything of a query string.
SECRETS = [ADMIN_PASSWORD, USER_PASSWORD, "in-the-query"]
CONFIG = "[auth]\nthrottle = off\n[limits]\nmax_resource_size = 1048576\nmax_file_size = 4194304\nquota = 20971520\n" \
    "max_date_time = 90000101T000000Z\nmax_attendees_per_instance = 100\n"


class Mismatch(Exception):
    pass


class Daemon:
    """The daemon under test, on a free port."""

    def __init__(self, binary, folder):
        self.folder, self.logfile = folder, folder / "daemon.log"
        env = dict(os.environ, DAYBOOK_ADMIN_PASSWORD=ADMIN_PASSWORD, HOME=str(folder))
        config = folder / "wire.conf"
        config.write_text(CONFIG)
        with open(self.logfile, "w") as log:
            self.process = subprocess.Popen(
                [binary, "serve", "--config", str(config), "--data", str(folder / "store"),
                 "--listen", "127.0.0.1:0"], stderr=log, env=env)
        self.port = self.wait_for_port()

    def log(self):
        return self.logfile.read_text(errors="replace")

    def wait_for_port(self):
        deadline = time.time() + 60
        while time.time() < deadline:
            found = re.search(r"listening on http://127\.0\.0\.1:(\d+)/", self.log())
            if found:
                return int(found.group(1))
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise SystemExit("the daemon did not start:\n" + self.log())

    def stop(self):
        """Ends it; returns what is wrong with how it ended and with what it logged."""
        self.process.terminate()
        code = self.process.wait(timeout=120)
        text = self.log()
        if code or "Sanitizer" in text or "runtime error:" in text:
            return f"the daemon ended with {code}:\n" + text[-6000:]
        leaked = [s for s in SECRETS if s in text]
        return f"the log tells secrets: {leaked}" if leaked else None


class Connection:
    """Raw HTTP/1.1 on one socket: http.client would normalise what some transcripts must send as it is."""

    def __init__(self, port):
        self.port, self.sock, self.kept = port, None, True

    def exchange(self, head, body, method):
        for attempt in (0, 1):
            fresh = self.sock is None
            if fresh:
                self.sock = socket.create_connection(("127.0.0.1", self.port), timeout=60)
            try:
                return self.once(head, body, method)
            except (ConnectionError, http.client.HTTPException):
                self.close()
                if fresh or attempt:
                    raise

    def once(self, head, body, method):
        try:
            self.sock.sendall(head + body)
        except ConnectionError:
            pass  # refused before all was sent: the answer may be there
        response = http.client.HTTPResponse(self.sock, method=method)
        response.begin()
        content = response.read()
        self.kept = not response.will_close
        if response.will_close:
            self.close()
        return response.status, response.getheaders(), content

    def close(self):
        if self.sock:
            self.sock.close()
        self.sock = None


class Request:
    """What stands above ---- in one exchange."""

    def __init__(self, lines):
        self.user, self.raw, self.chunked, self.times, self.soon = None, False, False, 1, False
        lines = list(lines)
        while lines and (not lines[0].strip() or lines[0][0] in "#!"):
            self.directive(lines.pop(0).strip())
        if not lines:
            raise Mismatch("no request line")
        self.method, _, target = lines.pop(0).partition(" ")
        self.target, _, version = target.partition(" HTTP/")
        self.version = "HTTP/" + (version or "1.1")
        self.headers = []
        while lines and lines[0].strip():
            self.headers.append(lines.pop(0))
        self.body = lines[1:]

    def directive(self, line):
        word, _, rest = line.partition(" ")
        if word == "!as":
            self.user = rest.strip()
        elif word == "!raw":
            self.raw = True
        elif word == "!chunked":
            self.chunked = True
        elif word == "!times":
            self.times = int(rest)
        elif word == "!soon":
            self.soon = True
        elif line and not line.startswith("#"):
            raise Mismatch(f"unknown directive {line}")


NAMESPACES = "".join(f' xmlns:{prefix}="{uri}"' for prefix, uri in NS.items())


# Principals of an entry that are elements; everybody else is a user's name, group:NAME, or an href (RFC 3744 5.5.1).
PRINCIPALS = {**{n: f"<d:{n}/>" for n in ("all", "authenticated", "unauthenticated", "self")},
              "owner": "<d:property><d:owner/></d:property>",
              "created-by": "<d:property><cs:created-by/></d:property>"}


def ace_xml(line):
    """An entry of an ACL body: grant|deny WHO PRIVILEGE ..."""
    what, who, *names = line.split()
    folder, _, name = who.rpartition(":")
    href = who if "/" in who else f"/dav/principals/{folder or 'user'}s/{name}/"
    privileges = "".join(f"<d:privilege><{n if ':' in n else 'd:' + n}/></d:privilege>" for n in names)
    return (f"<d:ace><d:principal>{PRINCIPALS.get(who, f'<d:href>{href}</d:href>')}</d:principal>"
            f"<d:{what}>{privileges}</d:{what}></d:ace>")


def xml_body(word, tail, rest):
    """The short forms of XML bodies; None when `word` is none of them."""
    names, inner = "".join(f"<{n}/>" for n in tail.split() if ":" in n), "\n".join(rest)
    words = dict(w.split("=", 1) for w in tail.split() if "=" in w)
    limit = f"<d:limit><d:nresults>{words['limit']}</d:nresults></d:limit>" if "limit" in words else ""
    test = f' test="{words["test"]}"' if "test" in words else ""
    forms = {
        "@propfind": ("d:propfind", f"<d:prop>{names}</d:prop>"),
        "@set": ("d:propertyupdate", f"<d:set><d:prop>{inner}</d:prop></d:set>"),
        "@acl": ("d:acl", "".join(ace_xml(line) for line in rest if word == "@acl")),
        "@lock": ("d:lockinfo", f"<d:lockscope><d:{tail}/></d:lockscope><d:locktype><d:write/></d:locktype>"
                  + (f"<d:owner>{inner}</d:owner>" if inner else "")),
        "@remove": ("d:propertyupdate", f"<d:remove><d:prop>{names}</d:prop></d:remove>"),
        "@mkcalendar": ("c:mkcalendar", f"<d:set><d:prop>{inner}</d:prop></d:set>"),
        "@mkcol": ("d:mkcol", f"<d:set><d:prop>{inner}</d:prop></d:set>"),
        "@sync": ("d:sync-collection", f"<d:sync-token>{inner}</d:sync-token>"
                  f"<d:sync-level>{words.get('level', '1')}</d:sync-level>{limit}<d:prop>{names}</d:prop>"),
        "@multiget": ("c:calendar-multiget",
                      f"<d:prop>{names}</d:prop>" + "".join(f"<d:href>{h}</d:href>" for h in rest)),
        "@cards": ("card:addressbook-multiget",
                   f"<d:prop>{names}</d:prop>" + "".join(f"<d:href>{h}</d:href>" for h in rest)),
        "@search": ("card:addressbook-query", f"<d:prop>{names}</d:prop><card:filter{test}>{inner}</card:filter>"
                    + limit.replace("d:", "card:")),
        "@mkbook": ("d:mkcol", "<d:set><d:prop><d:resourcetype><d:collection/><card:addressbook/></d:resourcetype>"
                    f"{inner}</d:prop></d:set>"),
        "@query": ("c:calendar-query", f'<d:prop>{names}</d:prop><c:filter><c:comp-filter name="VCALENDAR">'
                   f"{inner}</c:comp-filter></c:filter>"),
    }
    if word not in forms:
        return None
    root, inside = forms[word]
    return f'<?xml version="1.0" encoding="utf-8"?>\n<{root}{NAMESPACES}>{inside}</{root}>\n'.encode()


def made_body(lines):
    """Bytes of a body: one of the short forms of README.md, or as it stands."""
    lines = list(lines)
    while lines and not lines[-1].strip():
        lines.pop()
    if not lines:
        return b""
    word, _, tail = lines[0].partition(" ")
    if word in ("@event", "@todo"):
        uid, _, summary = tail.partition(" ")
        kind, dates = ("VTODO", []) if word == "@todo" else (
            "VEVENT", ["DTSTART:20260301T100000Z", "DTEND:20260301T110000Z"])
        made = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//wire//EN", f"BEGIN:{kind}", f"UID:{uid}",
                "DTSTAMP:20260101T000000Z", f"SUMMARY:{summary or uid}", *(lines[1:] or dates), f"END:{kind}",
                "END:VCALENDAR"]
        return ("\r\n".join(made) + "\r\n").encode()
    if word in ("@card", "@card4"):
        uid, _, name = tail.partition(" ")
        version, extra = ("4.0", []) if word == "@card4" else ("3.0", ["N:;;;;"])
        extra = [] if any(re.match(r"N[;:]", line) for line in lines[1:]) else extra
        made = ["BEGIN:VCARD", f"VERSION:{version}", *([f"UID:{uid}"] if uid != "-" else []), f"FN:{name or uid}",
                *extra, *lines[1:], "END:VCARD"]
        return ("\r\n".join(made) + "\r\n").encode()
    if word == "@repeat":
        count, _, text = tail.partition(" ")
        filled = ("\n".join(lines[1:]) or "@@").replace("@@", text.replace("\\n", "\n") * int(count))
        return (filled.replace("\n", "\r\n") + "\r\n" if filled.startswith("BEGIN:") else filled).encode()
    if word == "@hex":
        return bytes.fromhex("".join([tail] + lines[1:]))
    if word == "@text":
        return tail.encode()
    made = xml_body(word, tail, lines[1:])
    if made:
        return made
    text = "\n".join(lines) + "\n"
    if text.startswith("BEGIN:"):
        text = text.replace("\n", "\r\n")
    return text.encode("utf-8", "surrogateescape")


class Transcript:
    def __init__(self, path, daemon):
        self.path, self.daemon = path, daemon
        self.user = "u" + secrets.token_hex(4)
        self.vars = {"user": self.user, "home": f"/dav/calendars/{self.user}", "files": f"/dav/files/{self.user}",
                     "books": f"/dav/addressbooks/{self.user}", "host": f"127.0.0.1:{daemon.port}",
                     "password": USER_PASSWORD, "principal": f"/dav/principals/users/{self.user}/"}
        self.sent, self.made = b"", {"nobody", "admin"}
        self.connection = Connection(daemon.port)

    def run(self):
        self.make_user(self.user)
        try:
            return self.play(self.path)
        finally:
            self.connection.close()

    def play(self, path):
        for number, part in enumerate(re.split(r"(?m)^====.*\n", path.read_text()), 1):
            try:
                for name in re.findall(r"(?m)^!include (\S+)$", part):
                    problem = self.play(HERE / name)
                    if problem:
                        return problem
                self.exchange(re.sub(r"(?m)^!include .*\n", "", part))
            except Mismatch as error:
                return f"{path.name}: exchange {number}: {error}"
        return None

    def make_user(self, name):
        if name in self.made:
            return
        token = base64.b64encode(f"admin:{ADMIN_PASSWORD}".encode()).decode()
        body = f"password={USER_PASSWORD}".encode()
        head = (f"PUT /users/{name} HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {token}\r\n"
                f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n").encode()
        status, _, content = self.connection.exchange(head, body, "PUT")
        if status not in (200, 201):
            raise Mismatch(f"creating user {name}: {status} {content[:200]!r}")
        self.made.add(name)

    def fill(self, text):
        return re.sub(r"\$\{(\w+)\}", lambda m: self.value(m.group(1)), text)

    def value(self, name):
        if name not in self.vars:
            raise Mismatch(f"${{{name}}} is not set")
        return self.vars[name]

    def exchange(self, part):
        lines = part.split("\n")
        cut = next((i for i, l in enumerate(lines) if re.match(r"---- [0-9|]+$", l)), None)
        if cut is None:
            if any(l.strip() and not l.startswith("#") for l in lines):
                raise Mismatch("no ---- line")
            return
        times = Request(lines[:cut]).times
        for n in range(1, times + 1):
            self.vars["n"] = str(n)
            request = Request([self.fill(l) for l in lines[:cut]])
            deadline = time.time() + (SOON if request.soon else 0)
            while not self.ask(request, [l for l in lines[cut:] if not l.startswith("#")], deadline):
                time.sleep(0.05)

    def ask(self, request, want, deadline):
        """False: the answer is not what is wanted, and may still become so."""
        status, headers, body = self.send(request)
        try:
            self.compare(want, status, headers, body)
        except Mismatch as error:
            if time.time() < deadline:
                return False
            shown = body[:3000].decode(errors="replace")
            raise Mismatch(f"{request.method} {request.target}: {error}\n  got {status} {dict(headers)}\n{shown}") from None
        return True

    def send(self, request):
        user = request.user or self.user
        if user != self.user:
            self.make_user(user)
        body = made_body(request.body)
        if body:
            self.sent = body
        names = {h.split(":")[0].lower() for h in request.headers}
        headers = list(request.headers)
        if not request.raw:
            if "host" not in names:
                headers.append(f"Host: 127.0.0.1:{self.daemon.port}")
            if "authorization" not in names and user != "nobody":
                password = ADMIN_PASSWORD if user == "admin" else USER_PASSWORD
                headers.append("Authorization: Basic " + base64.b64encode(f"{user}:{password}".encode()).decode())
            if request.chunked:
                headers.append("Transfer-Encoding: chunked")
                body = b"".join(b"%x\r\n%s\r\n" % (len(c), c) for c in (body[:7], body[7:]) if c) + b"0\r\n\r\n"
            elif body and not names & {"content-length", "transfer-encoding"}:
                headers.append(f"Content-Length: {len(body)}")
        head = "\r\n".join([f"{request.method} {request.target} {request.version}"] + headers) + "\r\n\r\n"
        return self.connection.exchange(head.encode("utf-8", "surrogateescape"), body, request.method)

    # ---- comparing

    def compare(self, lines, status, headers, body):
        want = lines.pop(0)[4:].strip()
        if str(status) not in want.split("|"):
            raise Mismatch(f"status {status}, wanted {want}")
        while lines and lines[0].strip():
            self.compare_header(lines.pop(0), headers)
        for line in lines:
            if line.strip():
                self.check(line, body)

    def compare_header(self, line, headers):
        found = {k.lower(): v for k, v in reversed(headers)}
        if line.startswith("!"):
            if line[1:].strip().lower() in found:
                raise Mismatch(f"header {line[1:]} is there")
            return
        name, _, want = line.partition(":")
        name, want = name.strip(), want.strip()
        got = found.get(name.lower())
        if got is None:
            raise Mismatch(f"header {name} is missing")
        if re.fullmatch(r"=\w+", want):
            self.vars[want[1:]] = got
        elif want.startswith("!= "):
            if got == self.fill(want[3:]):
                raise Mismatch(f"header {name} is still {got!r}")
        elif want.startswith("~ "):
            if not re.search(self.fill(want[2:]), got):
                raise Mismatch(f"header {name}: {got!r} does not match {want[2:]}")
        elif self.fill(want) not in ("*", got):
            raise Mismatch(f"header {name}: {got!r}, wanted {self.fill(want)!r}")

    def check(self, line, body):
        word, _, rest = line.partition(" ")
        checks = {"has": self.has, "no": self.has_not, "empty": self.is_empty, "count": self.count, "text": self.text,
                  "error": self.error, "same": self.same, "save": self.save, "match": self.match, "pick": self.pick,
                  "prop": self.prop, "row": self.row, "rows": self.rows, "hrefs": self.hrefs, "kept": self.kept,
                  "xml": self.is_xml, "ace": self.ace, "holds": self.holds, "needs": self.needs}
        if word not in checks:
            raise Mismatch(f"unknown check {word}")
        checks[word](rest if word == "pick" else self.fill(rest), body)

    def has(self, rest, body):
        if rest.encode() not in body:
            raise Mismatch(f"body lacks {rest!r}")

    def has_not(self, rest, body):
        if rest.encode() in body:
            raise Mismatch(f"body has {rest!r}")

    def match(self, rest, body):
        if not re.search(rest, body.decode(errors="replace"), re.S):
            raise Mismatch(f"body does not match {rest!r}")

    def pick(self, rest, body):
        name, _, pattern = rest.partition(" ")
        found = re.search(self.fill(pattern), body.decode(errors="replace"), re.S)
        if not found:
            raise Mismatch(f"body does not match {pattern!r}")
        self.vars[name] = found.group(1)

    def is_empty(self, rest, body):
        if body:
            raise Mismatch("body is not empty")

    def kept(self, rest, body):
        if not self.connection.kept:
            raise Mismatch("the connection was closed")

    def same(self, rest, body):
        want = self.sent if rest == "sent" else made_body([rest]) if rest.startswith("@") else self.value(rest).encode()
        if body != want:
            raise Mismatch(f"body differs from {rest}: {want[:300]!r}")

    def save(self, rest, body):
        self.vars[rest.strip()] = body.decode(errors="replace")

    # ---- comparing XML

    def is_xml(self, rest, body):
        self.tree(body)

    def tree(self, body):
        try:
            return ET.fromstring(body)
        except ET.ParseError as error:
            raise Mismatch(f"body is not XML: {error}") from None

    def responses(self, body, href=None):
        rows = self.tree(body).findall("d:response", NS)
        return [r for r in rows if href is None or r.findtext("d:href", "", NS) == href]

    def find(self, path, body):
        picked = re.match(r"\[(.*?)\](/?)(.*)$", path)
        if picked:  # [HREF]/path: inside the d:response of that href
            rows = self.responses(body, picked.group(1))
            return [e for r in rows for e in (r.findall(picked.group(3), NS) if picked.group(3) else [r])]
        return self.tree(body).findall(path, NS)

    def count(self, rest, body):
        number, _, path = rest.partition(" ")
        found = len(self.find(path, body))
        if found != int(number):
            raise Mismatch(f"{found} of {path}, wanted {number}")

    def rows(self, rest, body):
        if len(self.responses(body)) != int(rest):
            raise Mismatch(f"{len(self.responses(body))} rows, wanted {rest}")

    def hrefs(self, rest, body):
        got = sorted(r.findtext("d:href", "", NS) for r in self.responses(body))
        if got != sorted(rest.split()):
            raise Mismatch(f"hrefs are {got}")

    def row(self, rest, body):
        """row STATUS HREF: one response for it, with that d:status and no propstat."""
        status, _, href = rest.partition(" ")
        rows = self.responses(body, href)
        if len(rows) != 1 or rows[0].find("d:propstat", NS) is not None:
            raise Mismatch(f"no row of its own for {href}, or one with propstat")
        if f" {status} " not in rows[0].findtext("d:status", "", NS) + " ":
            raise Mismatch(f"{href} has status {rows[0].findtext('d:status', '', NS)}")

    def prop(self, rest, body):
        """prop STATUS NAME [HREF]: the property stands exactly once, under that status."""
        status, name, *href = rest.split()
        rows = self.responses(body, href[0] if href else None)
        found = [s.findtext("d:status", "", NS) for r in rows for s in r.findall("d:propstat", NS)
                 for _ in s.findall("d:prop/" + name, NS)]
        if len(rows) != 1 or len(found) != 1 or found[0].split()[1:2] != [status]:
            raise Mismatch(f"{name} stands under {found} in {len(rows)} rows")

    def text(self, rest, body):
        path, sign, want = re.match(r"(.*?) (!?=) (.*)$", rest + " ").groups()
        found, want = self.find(path.strip(), body), want.strip()
        if not found:
            raise Mismatch(f"no {path}")
        got = (found[0].text or "").strip()
        if want.startswith("=:"):
            self.vars[want[2:]] = got
        elif sign == "!=" and got == want:
            raise Mismatch(f"{path} is still {got!r}")
        elif sign == "=" and want != "*" and got != want:
            raise Mismatch(f"{path} is {got!r}, wanted {want!r}")

    # ---- comparing rights

    def short(self, e):
        """The name of an element as transcripts write it: DAV's without prefix."""
        for prefix, uri in NS.items():
            if e.tag.startswith(f"{{{uri}}}"):
                return ("" if prefix == "d" else prefix + ":") + e.tag[len(uri) + 2:]
        return e.tag

    def ace_words(self, e):
        """An entry of DAV:acl in the words of @acl; principals as hrefs, then what else it says."""
        who = e.find("d:principal/*", NS)
        name = who.text if who.tag.endswith("}href") else (who[0] if len(who) else who).tag.split("}")[1]
        what = next(x for x in e if self.short(x) in ("grant", "deny"))
        words = [self.short(what), name, *sorted(self.short(x) for x in what.findall("d:privilege/*", NS))]
        for x in e:
            if self.short(x) in ("protected", "inherited"):
                words += [self.short(x), x.findtext("d:href", "", NS)]
        return " ".join(words).strip()

    def ace(self, rest, body):
        """ace N TEXT: the entry at that place, from 1; ace N: there are so many."""
        number, _, want = rest.strip().partition(" ")
        found = [self.ace_words(e) for e in self.find("d:response/d:propstat/d:prop/d:acl/d:ace", body)]
        if not want and len(found) != int(number) or want and want not in found[int(number) - 1:int(number)]:
            raise Mismatch("entries are\n    " + "\n    ".join(found))

    def holds(self, rest, body):
        """holds [HREF] PRIVILEGE ...: current-user-privilege-set is exactly this."""
        href, rest = re.match(r"(?:\[(.*?)\] ?)?(.*)$", rest).groups()
        path = "d:propstat/d:prop/d:current-user-privilege-set/d:privilege/*"
        found = sorted(self.short(e) for r in self.responses(body, href) for e in r.findall(path, NS))
        if found != sorted(rest.split()):
            raise Mismatch(f"privileges are {' '.join(found)}")

    def needs(self, rest, body):
        """needs HREF PRIVILEGE HREF PRIVILEGE ...: need-privileges with exactly these resources (3744 7.1.1)."""
        self.error("d:need-privileges", body)
        words = rest.split()
        found = sorted((r.findtext("d:href", "", NS), self.short(r.find("d:privilege/*", NS)))
                       for r in self.tree(body).findall("d:need-privileges/d:resource", NS))
        if found != sorted(zip(words[::2], words[1::2])):
            raise Mismatch(f"needed are {found}")

    def error(self, rest, body):
        """The body is DAV:error with exactly one element, that one, and no text beside it."""
        root = self.tree(body)
        prefix, _, name = rest.strip().partition(":")
        children = list(root)
        loose = (root.text or "").strip() + "".join((c.tail or "").strip() for c in children)
        if root.tag != "{DAV:}error" or len(children) != 1 or loose:
            raise Mismatch("not a DAV:error with exactly one element")
        if children[0].tag != f"{{{NS[prefix]}}}{name}":
            raise Mismatch(f"error is {children[0].tag}, wanted {rest}")


def replay(file, daemon):
    try:
        return Transcript(file, daemon).run()
    except Exception as error:  # a broken connection is a failed transcript, not the end of the run
        return f"{file.name}: {type(error).__name__}: {error}"


def fsck(folder):
    done = subprocess.run(["git", "-C", f"{folder}/store/repo.git", "fsck", "--strict", "--full"],
                          capture_output=True, text=True)
    return "git fsck --strict\n" + done.stdout + done.stderr if done.returncode or "error" in done.stderr else None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--daybook", default=os.environ.get("DAYBOOK_BIN", "build/daybook"))
    parser.add_argument("--keep", action="store_true", help="keep the data folder and print it")
    parser.add_argument("--quiet", action="store_true", help="print only what failed")
    parser.add_argument("words", nargs="*", help="files, or words that must be in a file's name")
    args = parser.parse_args()
    files = sorted(HERE.glob("*/*.http"))
    if args.words:
        files = [f for f in files if any(w in str(f) for w in args.words)]
    folder = tempfile.mkdtemp(prefix="daybook-wire-")
    daemon = Daemon(args.daybook, pathlib.Path(folder))
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for file, problem in zip(files, pool.map(lambda f: replay(f, daemon), files)):
            failed += bool(problem)
            if problem:
                print(f"FAIL {file.name}\n  " + problem.replace("\n", "\n  "))
            elif not args.quiet:
                print(f"ok   {file.name}")
    for problem in (daemon.stop(), fsck(folder)):
        if problem:
            failed += 1
            print("FAIL " + problem)
    print(f"{len(files)} transcripts, {failed} failed")
    if args.keep:
        print(folder)
    else:
        shutil.rmtree(folder, ignore_errors=True)
    return 1 if failed or not files else 0


if __name__ == "__main__":
    sys.exit(main())
