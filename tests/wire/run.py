#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Replays HTTP transcripts (*.http, form in README.md) against the real daemon.

    run.py [--daybook BIN] [--keep] [FILE-or-word ...]

One daemon with a fresh data folder serves all transcripts; each transcript gets a user of its own.
"""
import argparse, base64, concurrent.futures, http.client, os, pathlib, re, secrets, socket, subprocess, sys
import tempfile, time, xml.etree.ElementTree as ET

HERE = pathlib.Path(__file__).resolve().parent
NS = {"d": "DAV:", "c": "urn:ietf:params:xml:ns:caldav", "card": "urn:ietf:params:xml:ns:carddav",
      "cs": "http://calendarserver.org/ns/", "ical": "http://apple.com/ns/ical/", "x": "http://example.org/x"}
ADMIN_PASSWORD = "transcript-admin"
USER_PASSWORD = "transcript-user"


class Mismatch(Exception):
    pass


class Daemon:
    """The daemon under test, on a free port."""

    def __init__(self, binary, data):
        self.data = data
        env = dict(os.environ, DAYBOOK_ADMIN_PASSWORD=ADMIN_PASSWORD, HOME=str(data))
        config = data / "wire.conf"
        config.write_text("[auth]\nthrottle = off\n[limits]\nmax_resource_size = 1048576\nmax_file_size = 4194304\n")
        self.log = open(data / "daemon.log", "w+")
        self.process = subprocess.Popen(
            [binary, "serve", "--config", str(config), "--data", str(data / "store"), "--listen", "127.0.0.1:0"],
            stderr=self.log, env=env)
        self.port = self.wait_for_port()

    def wait_for_port(self):
        deadline = time.time() + 60
        while time.time() < deadline:
            text = (self.data / "daemon.log").read_text(errors="replace")
            found = re.search(r"listening on http://127\.0\.0\.1:(\d+)/", text)
            if found:
                return int(found.group(1))
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise SystemExit("the daemon did not start:\n" + text)

    def stop(self):
        self.process.terminate()
        code = self.process.wait(timeout=60)
        text = (self.data / "daemon.log").read_text(errors="replace")
        if code != 0 or "ERROR: AddressSanitizer" in text or "runtime error:" in text:
            raise SystemExit(f"the daemon ended with {code}:\n" + text[-6000:])


class Connection:
    """Raw HTTP/1.1 on one socket: http.client would normalise what some transcripts must send as it is."""

    def __init__(self, port):
        self.port, self.sock = port, None

    def exchange(self, head, body, method):
        for attempt in (0, 1):
            fresh = self.sock is None
            if fresh:
                self.sock = socket.create_connection(("127.0.0.1", self.port), timeout=60)
            try:
                self.sock.sendall(head + body)
                response = http.client.HTTPResponse(self.sock, method=method)
                response.begin()
                content = response.read()
                if response.will_close:
                    self.close()
                return response.status, response.getheaders(), content
            except (ConnectionError, http.client.HTTPException):
                self.close()
                if fresh or attempt:
                    raise

    def close(self):
        if self.sock:
            self.sock.close()
        self.sock = None


class Transcript:
    def __init__(self, path, daemon):
        self.path, self.daemon = path, daemon
        self.user = "u" + secrets.token_hex(4)
        self.home = f"/dav/calendars/{self.user}"
        self.vars = {"user": self.user, "home": self.home, "files": f"/dav/files/{self.user}",
                     "books": f"/dav/addressbooks/{self.user}", "host": f"127.0.0.1:{daemon.port}",
                     "password": USER_PASSWORD, "principal": f"/dav/principals/users/{self.user}/"}
        self.connection = Connection(daemon.port)

    def run(self):
        text = self.path.read_text()
        self.make_user(self.user)
        try:
            for number, part in enumerate(re.split(r"(?m)^====.*\n", text), 1):
                try:
                    self.exchange(part)
                except Mismatch as error:
                    return f"{self.path.name}: exchange {number}: {error}"
        finally:
            self.connection.close()
        return None

    def make_user(self, name):
        token = base64.b64encode(f"admin:{ADMIN_PASSWORD}".encode()).decode()
        body = f"password={USER_PASSWORD}".encode()
        head = (f"PUT /users/{name} HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {token}\r\n"
                f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n").encode()
        status, _, content = self.connection.exchange(head, body, "PUT")
        if status not in (200, 201):
            raise Mismatch(f"creating user {name}: {status} {content[:200]!r}")

    def fill(self, text):
        return re.sub(r"\$\{(\w+)\}", lambda m: self.value(m.group(1)), text)

    def value(self, name):
        if name not in self.vars:
            raise Mismatch(f"${{{name}}} is not set")
        return self.vars[name]

    def exchange(self, part):
        lines = [l for l in part.split("\n") if not l.startswith("#")]
        cut = next((i for i, l in enumerate(lines) if l.startswith("---- ") or l == "----"), None)
        if cut is None:
            if any(l.strip() for l in lines):
                raise Mismatch("no ---- line")
            return
        request, expected = lines[:cut], lines[cut:]
        status, headers, body, method, target = self.send(request)
        try:
            self.compare(expected, status, headers, body)
        except Mismatch as error:
            shown = body[:3000].decode(errors="replace")
            raise Mismatch(f"{method} {target}: {error}\n  got {status} {dict(headers)}\n{shown}") from None

    # ---- sending

    def send(self, lines):
        user, raw = self.user, False
        lines = [self.fill(l) for l in lines]
        while lines and (not lines[0].strip() or lines[0].startswith("!")):
            word, _, rest = lines.pop(0).partition(" ")
            if word == "!as":
                user = rest.strip()
                if user not in ("nobody", "admin", self.user):
                    self.make_user(user)
            elif word == "!raw":
                raw = True
        method, _, target = lines.pop(0).partition(" ")
        headers = []
        while lines and lines[0].strip():
            headers.append(lines.pop(0))
        body = self.body(lines[1:])
        names = {h.split(":")[0].lower() for h in headers}
        if not raw:
            if "host" not in names:
                headers.append(f"Host: 127.0.0.1:{self.daemon.port}")
            if "authorization" not in names and user != "nobody":
                password = ADMIN_PASSWORD if user == "admin" else USER_PASSWORD
                headers.append("Authorization: Basic " + base64.b64encode(f"{user}:{password}".encode()).decode())
            if body and not names & {"content-length", "transfer-encoding"}:
                headers.append(f"Content-Length: {len(body)}")
        head = "\r\n".join([f"{method} {target} HTTP/1.1"] + headers) + "\r\n\r\n"
        status, headers, content = self.connection.exchange(head.encode("utf-8", "surrogateescape"), body, method)
        return status, headers, content, method, target

    def body(self, lines):
        while lines and not lines[-1].strip():
            lines.pop()
        if not lines:
            return b""
        if lines[0].startswith("@"):
            return self.made_body(lines[0], lines[1:])
        text = "\n".join(lines) + "\n"
        if text.startswith("BEGIN:"):
            text = text.replace("\n", "\r\n")
        return text.encode("utf-8", "surrogateescape")

    def made_body(self, line, rest):
        """@event UID SUMMARY… / @todo UID SUMMARY… [extra lines]; @repeat N TEXT; @hex …"""
        word, _, tail = line[1:].partition(" ")
        if word in ("event", "todo"):
            uid, _, summary = tail.partition(" ")
            kind = "VEVENT" if word == "event" else "VTODO"
            extra = rest or (["DTSTART:20260301T100000Z", "DTEND:20260301T110000Z"] if word == "event" else [])
            body = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//wire//EN", f"BEGIN:{kind}", f"UID:{uid}",
                    "DTSTAMP:20260101T000000Z", f"SUMMARY:{summary or uid}", *extra, f"END:{kind}", "END:VCALENDAR"]
            return ("\r\n".join(body) + "\r\n").encode()
        if word == "repeat":
            count, _, text = tail.partition(" ")
            return (text * int(count)).encode()
        if word == "hex":
            return bytes.fromhex(tail)
        raise Mismatch(f"unknown body @{word}")

    # ---- comparing

    def compare(self, lines, status, headers, body):
        want = lines[0][4:].strip()
        if want and str(status) not in want.split("|"):
            raise Mismatch(f"status {status}, wanted {want}")
        lines = lines[1:]
        while lines and lines[0].strip():
            self.compare_header(lines.pop(0), headers)
        for line in lines:
            if line.strip():
                self.check(line, body)

    def compare_header(self, line, headers):
        found = {k.lower(): v for k, v in headers}
        if line.startswith("!"):
            if line[1:].strip().lower() in found:
                raise Mismatch(f"header {line[1:]} is there")
            return
        name, _, want = line.partition(":")
        name, want = name.strip(), want.strip()
        got = found.get(name.lower())
        if got is None:
            raise Mismatch(f"header {name} is missing")
        if want.startswith("="):
            self.vars[want[1:]] = got
        elif want.startswith("/") and want.endswith("/") and len(want) > 1 and not want.startswith("/dav"):
            if not re.search(self.fill(want[1:-1]), got):
                raise Mismatch(f"header {name}: {got!r} does not match {want}")
        elif self.fill(want) not in ("*", got):
            raise Mismatch(f"header {name}: {got!r}, wanted {self.fill(want)!r}")

    def check(self, line, body):
        word, _, rest = self.fill(line).partition(" ")
        checks = {"has": self.has, "no": self.has_not, "empty": self.is_empty, "count": self.count, "text": self.text,
                  "error": self.error, "same": self.same, "save": self.save, "match": self.match}
        if word not in checks:
            raise Mismatch(f"unknown check {word}")
        checks[word](rest, body)

    def has(self, rest, body):
        if rest.encode() not in body:
            raise Mismatch(f"body lacks {rest!r}")

    def has_not(self, rest, body):
        if rest.encode() in body:
            raise Mismatch(f"body has {rest!r}")

    def match(self, rest, body):
        if not re.search(rest, body.decode(errors="replace"), re.S):
            raise Mismatch(f"body does not match {rest!r}")

    def is_empty(self, rest, body):
        if body:
            raise Mismatch("body is not empty")

    def same(self, rest, body):
        """same @event UID SUMMARY: the body is byte for byte what that made."""
        want = self.made_body(rest, []) if rest.startswith("@") else self.value(rest).encode()
        if body != want:
            raise Mismatch(f"body differs from {rest}")

    def tree(self, body):
        try:
            return ET.fromstring(body)
        except ET.ParseError as error:
            raise Mismatch(f"body is not XML: {error}") from None

    def find(self, path, body):
        # [@href='…'] picks the d:response with that href
        tree = self.tree(body)
        picked = re.match(r"\[(.*?)\](/?)(.*)$", path)
        if picked:
            rows = [r for r in tree.findall("d:response", NS) if r.findtext("d:href", "", NS) == picked.group(1)]
            return [e for r in rows for e in (r.findall(picked.group(3), NS) if picked.group(3) else [r])]
        return tree.findall(path, NS)

    def count(self, rest, body):
        number, _, path = rest.partition(" ")
        found = len(self.find(path, body))
        if found != int(number):
            raise Mismatch(f"{found} of {path}, wanted {number}")

    def text(self, rest, body):
        path, _, want = rest.partition(" = ")
        found = self.find(path.strip(), body)
        if not found:
            raise Mismatch(f"no {path}")
        got = (found[0].text or "").strip()
        if want.strip().startswith("=:"):
            self.vars[want.strip()[2:]] = got
        elif want.strip() != "*" and got != want.strip():
            raise Mismatch(f"{path} is {got!r}, wanted {want.strip()!r}")

    def save(self, rest, body):
        self.vars[rest.strip()] = body.decode(errors="replace")

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


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--daybook", default=os.environ.get("DAYBOOK_BIN", "build/daybook"))
    parser.add_argument("--keep", action="store_true", help="keep the data folder and print it")
    parser.add_argument("words", nargs="*", help="files, or words that must be in a file's name")
    args = parser.parse_args()
    files = sorted(HERE.glob("*.http"))
    if args.words:
        files = [f for f in files if any(w in str(f) for w in args.words)]
    folder = tempfile.mkdtemp(prefix="daybook-wire-")
    daemon = Daemon(args.daybook, pathlib.Path(folder))
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        jobs = {f: pool.submit(lambda f=f: Transcript(f, daemon).run()) for f in files}
        for file, job in jobs.items():
            try:
                problem = job.result()
            except Exception as error:  # a broken connection is a failed transcript, not the end of the run
                problem = f"{file.name}: {type(error).__name__}: {error}"
            print(f"{'FAIL' if problem else 'ok  '} {file.name}")
            if problem:
                failed += 1
                print("  " + problem.replace("\n", "\n  "))
    daemon.stop()
    fsck = subprocess.run(["git", "-C", f"{folder}/store/repo.git", "fsck", "--strict", "--full"],
                          capture_output=True, text=True)
    if fsck.returncode or "error" in fsck.stderr:
        failed += 1
        print("FAIL git fsck --strict\n" + fsck.stdout + fsck.stderr)
    print(f"{len(files) - failed} passed, {failed} failed")
    if args.keep:
        print(folder)
    else:
        subprocess.run(["rm", "-rf", folder])
    return 1 if failed or not files else 0


if __name__ == "__main__":
    sys.exit(main())
