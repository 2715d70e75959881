#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""The HTTP adapter from outside, mostly by raw sockets: framing, limits, 100-continue, keep-alive, TLS, signals,
sockets of systemd, proxies, the control socket, the access log, and what `daybook serve` says when it can not."""
import os, pathlib, re, shutil, signal, socket, ssl, statistics, subprocess, tempfile, time, unittest
from daemon import BINARY, basic, event

PASSWORD = "system-admin"
LOGIN = "Authorization: " + basic("admin", PASSWORD) + "\r\n"
START_SECONDS = 60
QUIET = 20  # seconds without an answer: it hangs


class Server:
    """A daemon with any options, in a folder of its own; .text() is what it wrote to standard error."""

    def __init__(self, *options, config="[auth]\nthrottle = off\n", env=None, folder=None, listen="127.0.0.1:0",
                 before=(), **popen):
        self.own = not folder
        self.folder = pathlib.Path(folder or tempfile.mkdtemp(prefix="daybook-httpd-"))
        (self.folder / "daybook.conf").write_text(config)
        self.log = tempfile.NamedTemporaryFile()
        environment = {k: v for k, v in os.environ.items() if not k.startswith("DAYBOOK_")}
        environment.update(env if env is not None else {"DAYBOOK_ADMIN_PASSWORD": PASSWORD})
        environment["HOME"] = str(self.folder)
        self.data = self.folder / "store"
        line = [*before, os.path.abspath(BINARY), "serve", "--config", str(self.folder / "daybook.conf"),
                "--data", str(self.data), *(["--listen", listen] if listen else []), *options]
        self.process = subprocess.Popen(line, stderr=self.log, env=environment, **popen)

    def text(self):
        return pathlib.Path(self.log.name).read_text(errors="replace")

    def wait_text(self, pattern):
        deadline = time.time() + START_SECONDS
        while time.time() < deadline:
            found = re.search(pattern, self.text())
            if found:
                return found
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        raise AssertionError(f"no {pattern!r} in:\n{self.text()[-4000:]}")

    def __enter__(self):
        try:
            found = self.wait_text(r"listening on (https?)://(\[?[0-9a-f.:]+\]?):(\d+)/")
        except AssertionError:
            self.process.kill()
            self.process.wait()
            raise
        self.host, self.port = found.group(2).strip("[]"), int(found.group(3))
        return self

    def __exit__(self, kind, value, trace):
        code = self.stop()
        text = self.text()
        if self.own:
            shutil.rmtree(self.folder, ignore_errors=True)
        if kind:
            print(text[-4000:])
        elif code or re.search("Sanitizer|runtime error:", text):
            raise AssertionError(f"the daemon ended with {code}:\n{text[-6000:]}")

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=90)

    def connect(self, host=None):
        return Wire(socket.create_connection((host or self.host, self.port), timeout=QUIET))

    def one(self, text, **keywords):
        with self.connect() as wire:
            return wire.ask(text, **keywords)


class Answer:
    def __init__(self, head, body):
        lines = head.decode("latin-1").split("\r\n")
        self.status = int(lines[0].split()[1])
        self.headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            self.headers[name.lower()] = value.strip()
        self.body = body


class Wire:
    """One connection."""

    def __init__(self, sock):
        self.sock, self.buffer = sock, b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    def send(self, text):
        self.sock.sendall(text.encode("latin-1") if isinstance(text, str) else text)

    def more(self):
        try:
            piece = self.sock.recv(65536)
        except ConnectionResetError:
            piece = b""
        self.buffer += piece
        return bool(piece)

    def until(self, mark):
        while mark not in self.buffer:
            if not self.more():
                raise EOFError(self.buffer)
        before, self.buffer = self.buffer.split(mark, 1)
        return before

    def exactly(self, length):
        while len(self.buffer) < length:
            if not self.more():
                raise EOFError(self.buffer)
        piece, self.buffer = self.buffer[:length], self.buffer[length:]
        return piece

    def answer(self, head=False):
        answer = Answer(self.until(b"\r\n\r\n"), b"")
        if head or answer.status in (204, 304) or answer.status < 200:
            return answer
        if answer.headers.get("transfer-encoding") == "chunked":
            while True:
                length = int(self.until(b"\r\n"), 16)
                answer.body += self.exactly(length)
                self.exactly(2)
                if not length:
                    return answer
        if "content-length" in answer.headers:
            answer.body = self.exactly(int(answer.headers["content-length"]))
        return answer

    def ask(self, text, **keywords):
        self.send(text)
        return self.answer(**keywords)

    def at_end(self):
        """The other side closes, and answers nothing before it does."""
        while self.more():
            pass
        return b"HTTP/1.1 200" not in self.buffer


def put(path, body, *headers):
    if isinstance(body, str):
        body = body.encode()
    head = f"PUT {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n" + "".join(h + "\r\n" for h in headers)
    return (head + "\r\n").encode() + body


def get(path, *headers, method="GET"):
    return f"{method} {path} HTTP/1.1\r\nHost: x\r\n" + "".join(h + "\r\n" for h in headers) + "\r\n"


AUTH = LOGIN.strip()
ITEM = "/dav/calendars/admin/personal/{}.ics"
SMUGGLED = "GET /health HTTP/1.1\r\nHost: x\r\n\r\n"

# name, request, status
REFUSED = [
    ("both lengths", "PUT /dav/x HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
                     "0\r\n\r\n" + SMUGGLED, 400),
    ("two lengths", "PUT /dav/x HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: 3\r\n\r\nabc" + SMUGGLED,
     400),
    ("a list of lengths", "PUT /dav/x HTTP/1.1\r\nHost: x\r\nContent-Length: 3, 3\r\n\r\nabc" + SMUGGLED, 400),
    ("a signed length", "PUT /dav/x HTTP/1.1\r\nHost: x\r\nContent-Length: +3\r\n\r\nabc" + SMUGGLED, 400),
    ("a negative length", "PUT /dav/x HTTP/1.1\r\nHost: x\r\nContent-Length: -3\r\n\r\nabc" + SMUGGLED, 400),
    ("an unknown coding", "PUT /dav/x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n" + SMUGGLED, 400),
    ("two codings", "PUT /dav/x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
     400),
    ("a coding twice", "PUT /dav/x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked"
                       "\r\n\r\n0\r\n\r\n" + SMUGGLED, 400),
    ("a coding in 1.0", "PUT /dav/x HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
     400),
    ("a space before the colon", "PUT /dav/x HTTP/1.1\r\nHost: x\r\nContent-Length : 5\r\n\r\n" + SMUGGLED, 400),
    ("a tab before the colon", "PUT /dav/x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding\t: chunked\r\n\r\n" + SMUGGLED,
     400),
    ("a broken chunk", "PUT /dav/x HTTP/1.1\r\nHost: x\r\n" + LOGIN + "Transfer-Encoding: chunked\r\n\r\nzz\r\n"
     + SMUGGLED, 400),
    ("no host", "GET /health HTTP/1.1\r\n\r\n" + SMUGGLED, 400),
    ("two hosts", "GET /health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n" + SMUGGLED, 400),
    ("a bad host", "GET /health HTTP/1.1\r\nHost: a/b\r\n\r\n" + SMUGGLED, 400),
    ("a relative target", "GET health HTTP/1.1\r\nHost: x\r\n\r\n" + SMUGGLED, 400),
    ("a space in the target", "GET /health x HTTP/1.1\r\nHost: x\r\n\r\n" + SMUGGLED, 400),
    ("a control in the target", "GET /health\x01 HTTP/1.1\r\nHost: x\r\n\r\n" + SMUGGLED, 400),
    ("a fragment", "GET /health#x HTTP/1.1\r\nHost: x\r\n\r\n" + SMUGGLED, 400),
    ("a strange method", "G(T /health HTTP/1.1\r\nHost: x\r\n\r\n" + SMUGGLED, 400),
    ("a huge header", "GET /health HTTP/1.1\r\nHost: x\r\nX: " + "x" * 100000 + "\r\n\r\n", 431),
    ("a huge target", "GET /" + "x" * 100000 + " HTTP/1.1\r\nHost: x\r\n\r\n", 414),
    ("HTTP/2.0", "GET /health HTTP/2.0\r\nHost: x\r\n\r\n", 505),
]


class Shared(unittest.TestCase):
    """Tests that need nothing but a running daemon."""

    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.server.__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.server.__exit__(None, None, None)

    def test_refused(self):
        for name, text, status in REFUSED:
            with self.subTest(name), self.server.connect() as wire:
                self.assertEqual(wire.ask(text).status, status)
                self.assertTrue(wire.at_end(), "a second request was answered")

    def test_tolerated(self):
        same = "PROPFIND /dav/ HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nContent-Length: 4\r\n\r\n<x/>"
        rows = [("the same length twice", same, 401),
                ("an absolute target", "GET http://y.example/health HTTP/1.1\r\nHost: x\r\n\r\n", 200),
                ("OPTIONS *", "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", 200),
                ("line feeds only", "GET /health HTTP/1.1\nHost: x\n\n", 200),
                ("TRACE", get("/dav/", method="TRACE"), 501),
                ("nothing there", get("/nowhere"), 404)]
        for name, text, status in rows:
            with self.subTest(name), self.server.connect() as wire:
                self.assertEqual(wire.ask(text).status, status)
                self.assertEqual(wire.ask(get("/health")).status, 200, "the connection is kept")

    def test_http_1_0(self):
        with self.server.connect() as wire:
            answer = wire.ask("GET / HTTP/1.0\r\n\r\n")
            self.assertEqual(answer.status, 200)
            self.assertTrue(wire.at_end())

    def test_page_and_health(self):
        page = self.server.one(get("/"))
        self.assertEqual(page.status, 200)
        self.assertIn(b"http://x/", page.body)
        self.assertIn("default-src 'none'", page.headers["content-security-policy"])
        self.assertNotRegex(page.body.decode(), r"(src|href)=")
        self.assertIn(b'"ok"', self.server.one(get("/health")).body)
        head = self.server.one(get("/", method="HEAD"), head=True)
        self.assertEqual(head.headers["content-length"], page.headers["content-length"])

    def test_dav_methods_on_root(self):
        self.assertEqual(self.server.one(get("/", method="PROPFIND")).status, 401)
        self.assertEqual(self.server.one(get("/", AUTH, "Depth: 0", method="PROPFIND")).status, 207)

    def test_head_has_length_and_no_body(self):
        path = ITEM.format("head")
        with self.server.connect() as wire:
            self.assertEqual(wire.ask(put(path, event("head"), AUTH, "Content-Type: text/calendar")).status, 201)
            full = wire.ask(get(path, AUTH))
            head = wire.ask(get(path, AUTH, method="HEAD"), head=True)
            self.assertEqual(head.headers["content-length"], str(len(full.body)))
            self.assertEqual(wire.ask(get("/health")).status, 200)

    def test_not_modified(self):
        """RFC 9110 8.6: the size of what a 200 would carry, or none; and none ends the connection."""
        path, body = ITEM.format("304"), event("304")
        for method in ("GET", "HEAD"):
            with self.subTest(method), self.server.connect() as wire:
                wire.ask(put(path, body, AUTH, "Content-Type: text/calendar"))
                etag = wire.ask(get(path, AUTH)).headers["etag"]
                answer = wire.ask(get(path, AUTH, f"If-None-Match: {etag}", method=method))
                self.assertEqual((answer.status, answer.headers["etag"]), (304, etag))
                self.assertNotIn("transfer-encoding", answer.headers)
                if "content-length" not in answer.headers:
                    self.assertTrue(wire.at_end())
                    continue
                self.assertEqual(answer.headers["content-length"], str(len(body)))
                self.assertEqual(wire.ask(get("/health")).status, 200, "the connection is kept")

    def test_anonymous_body_is_drained(self):
        with self.server.connect() as wire:
            for size in (10, 3000000):
                answer = wire.ask(put("/dav/files/admin/a", b"x" * size))
                self.assertEqual(answer.status, 401)
                self.assertEqual(answer.headers["www-authenticate"], 'Basic realm="Daybook", charset="UTF-8"')
            self.assertEqual(wire.ask(get("/health")).status, 200)

    def test_wrong_password(self):
        with self.server.connect() as wire:
            answer = wire.ask(put("/dav/files/admin/a", b"x" * 100000,
                                  "Authorization: " + basic("admin", "wrong")))
            self.assertEqual(answer.status, 401)
            self.assertEqual(wire.ask(get("/health")).status, 200)

    def test_too_large(self):
        big = b"<x>" + b" " * (5 << 20) + b"</x>"
        report = f"REPORT /dav/ HTTP/1.1\r\nHost: x\r\n{LOGIN}Content-Length: {len(big)}\r\n\r\n".encode() + big
        with self.server.connect() as wire:
            self.assertEqual(wire.ask(report).status, 413)
            self.assertEqual(wire.ask(get("/health")).status, 200, "drained, the connection is kept")

    def test_far_too_large(self):
        for length in (500 << 20, 1 << 62):
            with self.server.connect() as wire:
                answer = wire.ask(f"PUT /dav/files/admin/a HTTP/1.1\r\nHost: x\r\n{LOGIN}"
                                  f"Content-Length: {length}\r\n\r\n")
                self.assertEqual(answer.status, 413)
                self.assertTrue(wire.at_end())

    def test_expect_continue(self):
        body = event("expect")
        head = put(ITEM.format("expect"), body, AUTH, "Expect: 100-continue", "Content-Type: text/calendar")
        head = head[:-len(body)]
        with self.server.connect() as wire:
            self.assertEqual(wire.ask(head).status, 100)
            self.assertEqual(wire.ask(body).status, 201)
            self.assertEqual(wire.ask(get("/health")).status, 200)

    def test_expect_is_refused_before_the_body(self):
        rows = [("too large", AUTH, 300 << 20, 413), ("nobody", "X: y", 20 << 20, 401)]
        for name, header, length, status in rows:
            with self.subTest(name), self.server.connect() as wire:
                answer = wire.ask(f"PUT /dav/files/admin/a HTTP/1.1\r\nHost: x\r\n{header}\r\n"
                                  f"Expect: 100-continue\r\nContent-Length: {length}\r\n\r\n")
                self.assertEqual(answer.status, status)
                self.assertTrue(wire.at_end())

    def test_chunked_body(self):
        body = event("chunked").encode()
        pieces = b"".join(b"%x\r\n%s\r\n" % (len(body[i:i + 7]), body[i:i + 7]) for i in range(0, len(body), 7))
        text = (f"PUT {ITEM.format('chunked')} HTTP/1.1\r\nHost: x\r\n{LOGIN}Content-Type: text/calendar\r\n"
                "Transfer-Encoding: chunked\r\n\r\n").encode() + pieces + b"0\r\n\r\n"
        with self.server.connect() as wire:
            self.assertEqual(wire.ask(text).status, 201)
            self.assertEqual(wire.ask(get(ITEM.format("chunked"), AUTH)).body, body)

    def test_large_file_comes_back(self):
        body = os.urandom(1 << 20) * 5
        with self.server.connect() as wire:
            self.assertEqual(wire.ask(put("/dav/files/admin/large.bin", body, AUTH)).status, 201)
            self.assertEqual(wire.ask(get("/dav/files/admin/large.bin", AUTH)).body, body)

    def test_pipelined(self):
        paths = [ITEM.format(f"pipe{i}") for i in range(5)]
        with self.server.connect() as wire:
            wire.send(b"".join(put(p, event(p[-9:-4]), AUTH, "Content-Type: text/calendar") for p in paths)
                      + "".join(get(p, AUTH) for p in paths).encode())
            self.assertEqual([wire.answer().status for _ in paths], [201] * 5)
            for path in paths:
                self.assertIn(path[-9:-4].encode(), wire.answer().body)

    def test_raw_target(self):
        for path in ("/dav/calendars/admin/personal/a%2Fb.ics", "/dav/calendars/admin/personal/a%00b.ics"):
            answer = self.server.one(put(path, event("raw"), AUTH, "Content-Type: text/calendar"))
            self.assertIn(answer.status, (400, 403, 404), path)

    def test_many_connections(self):
        """Exactly 128 and 256 ready sockets stall libmicrohttpd's epoll mode."""
        for count in (127, 128, 129, 256):
            wires = [self.server.connect() for _ in range(count)]
            started = time.time()
            for _ in range(3):
                for wire in wires:
                    wire.send(get("/health"))
                for wire in wires:
                    self.assertEqual(wire.answer().status, 200)
            self.assertLess(time.time() - started, QUIET)
            for wire in wires:
                wire.sock.close()

    def test_no_stall_between_packets(self):
        """Nagle's algorithm against delayed acknowledgement would cost 40 ms for each answer of several packets."""
        body = os.urandom(300000)
        times = []
        with self.server.connect() as wire:
            wire.ask(put("/dav/files/admin/packets.bin", body, AUTH))
            for _ in range(20):
                started = time.time()
                self.assertEqual(wire.ask(get("/dav/files/admin/packets.bin", AUTH)).body, body)
                times.append(time.time() - started)
        self.assertLess(min(times), 0.035, statistics.median(times))

    def test_control_socket(self):
        path = self.server.data / "control.sock"
        self.assertEqual(path.stat().st_mode & 0o777, 0o600)
        self.assertEqual(self.server.data.stat().st_mode & 0o777, 0o700)
        sock = socket.socket(socket.AF_UNIX)
        sock.settimeout(QUIET)
        sock.connect(str(path))
        with Wire(sock) as wire:
            answer = wire.ask(get("/api/v1/users"))
            self.assertEqual(answer.status, 200)
            self.assertIn(b"admin", answer.body)
        self.assertEqual(self.server.one(get("/api/v1/users")).status, 401)

    def test_access_log(self):
        agent = 'evil"\x1b[31m 200 "x'
        self.server.one(get("/users/zoe?password=hunter2", f"User-Agent: {agent}", method="PUT"))
        self.server.one(get("/health?forged", "User-Agent: a\tb"))
        line = self.server.wait_text(r".*/users/zoe.*").group(0)
        self.assertNotIn("hunter2", self.server.text())
        self.assertRegex(line, r'^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ 127\.0\.0\.1 - PUT /users/zoe 401 \d+ \d+\.\d '
                               r'"[^"]*" [0-9a-f]{16}$')
        self.assertNotIn("\x1b", line)
        answer = self.server.one(get("/health", AUTH))
        self.server.wait_text(answer.headers["x-request-id"])


class Own(unittest.TestCase):
    """Tests that start daemons of their own."""

    def test_second_daemon(self):
        with Server() as first:
            second = Server(folder=first.folder)
            self.assertEqual(second.process.wait(timeout=START_SECONDS), 1)
            self.assertIn("is in use by another Daybook", second.text())
            self.assertEqual(first.one(get("/health")).status, 200)
            self.assertTrue((first.data / "control.sock").exists())

    def test_port_in_use(self):
        with Server() as first:
            second = Server(listen=f"127.0.0.1:{first.port}")
            self.assertEqual(second.process.wait(timeout=START_SECONDS), 1)
            self.assertRegex(second.text(), rf"127\.0\.0\.1:{first.port} is in use.*--listen")
            shutil.rmtree(second.folder)

    def test_wrong_starts(self):
        rows = [(["--listen", "8080"], "", 1, "write ADDRESS:PORT"),
                (["--listen", "192.0.2.1:80"], "", 1, "not an address of this machine"),
                (["--tls-cert", "/nowhere"], "", 1, "belong together"),
                (["--tls-cert", "/nowhere", "--tls-key", "/nowhere"], "", 1, "/nowhere: cannot be read"),
                (["--public-url", "cal.example.org"], "", 1, "http:// or https://"),
                ([], "[server]\nport = 80\n", 1, "daybook.conf:2: unknown key \"server.port\""),
                ([], "[server]\ntrusted_proxies = me\n", 1, "trusted_proxies"),
                (["--nonsense"], "", 2, "nonsense"),
                (["--admin-password-file", "/nowhere"], "", 1, "/nowhere")]
        for options, config, code, words in rows:
            with self.subTest(words):
                server = Server(*options, config=config, env={})
                self.assertEqual(server.process.wait(timeout=START_SECONDS), code)
                self.assertIn(words, server.text())
                self.assertNotIn("Sanitizer", server.text())
                shutil.rmtree(server.folder)

    def test_made_up_password(self):
        with Server(env={}) as server:
            password = server.wait_text(r"admin password: (\S+)").group(1)
            text = get("/dav/", "Authorization: " + basic("admin", password), "Depth: 0", method="PROPFIND")
            self.assertEqual(server.one(text).status, 207)
            server.stop()
            with Server(env={}, folder=server.folder) as again:
                self.assertNotIn("admin password", again.text())
                self.assertEqual(again.one(text).status, 207)

    def test_fresh_clone(self):
        """A cloned repository holds people but no passwords: somebody must be able to log in, as an admin."""
        with Server() as server:
            server.one(put(ITEM.format("clone"), event("clone"), AUTH, "Content-Type: text/calendar"))
            server.stop()
            with tempfile.TemporaryDirectory() as folder:
                subprocess.run(["git", "clone", "--quiet", "--bare", str(server.data / "repo.git"),
                                folder + "/store/repo.git"], check=True, capture_output=True)
                os.chmod(folder + "/store", 0o700)
                with Server(folder=folder) as again:
                    self.assertEqual(again.one(get(ITEM.format("clone"), AUTH)).status, 200)
                    self.assertEqual(again.one(get("/api/v1/users", AUTH)).status, 200)
                    self.assertEqual(again.one(put("/users/zoe", "password=x", AUTH, "Content-Type: application/"
                                                   "x-www-form-urlencoded")).status, 201)

    def test_password_file(self):
        with tempfile.NamedTemporaryFile("w") as file:
            file.write("from a file\r\nsecond line\n")
            file.flush()
            with Server("--admin-password-file", file.name, env={}) as server:
                text = get("/dav/", "Authorization: " + basic("admin", "from a file"), "Depth: 0", method="PROPFIND")
                self.assertEqual(server.one(text).status, 207)
                self.assertNotIn("from a file", server.text())

    def test_term_waits_for_requests(self):
        body = event("term").encode()
        text = put(ITEM.format("term"), body, AUTH, "Content-Type: text/calendar")
        with Server() as server, server.connect() as wire, server.connect() as idle:
            self.assertEqual(idle.ask(get("/health")).status, 200)
            wire.send(text[:-20])
            time.sleep(0.3)
            server.process.send_signal(signal.SIGTERM)
            time.sleep(0.5)
            self.assertIsNone(server.process.poll())
            with self.assertRaises(OSError):
                server.connect()
            wire.send(text[-20:])
            answer = wire.answer()
            self.assertEqual(answer.status, 201)
            self.assertEqual(answer.headers["connection"].lower(), "close")
            self.assertEqual(server.process.wait(timeout=QUIET), 0)
            self.assertFalse((server.data / "control.sock").exists())
            with Server(folder=server.folder) as again:
                self.assertEqual(again.one(get(ITEM.format("term"), AUTH)).body, body)

    def test_term_under_load(self):
        with Server() as server:
            wires = [server.connect() for _ in range(40)]
            for i, wire in enumerate(wires):
                for j in range(5):
                    name = f"load{i}-{j}"
                    wire.send(put(ITEM.format(name), event(name), AUTH, "Content-Type: text/calendar"))
            wires[0].answer()
            server.process.send_signal(signal.SIGTERM)
            self.assertEqual(server.process.wait(timeout=60), 0)
            for wire in wires:
                wire.sock.close()

    def test_proxy(self):
        forwarded = ("X-Forwarded-For: 6.6.6.6, 198.51.100.7", "X-Forwarded-Proto: https",
                     "X-Forwarded-Host: cal.example.org")
        with Server(config="[server]\ntrusted_proxies = 127.0.0.0/8\n") as server:
            self.assertIn(b"https://cal.example.org/", server.one(get("/", *forwarded)).body)
            server.wait_text(r"Z 198\.51\.100\.7 - GET / 200")
            answer = server.one(get("/.well-known/caldav", *forwarded))
            self.assertEqual((answer.status, answer.headers["location"]), (301, "/dav/"))
        with Server() as server:
            self.assertIn(b"http://x/", server.one(get("/", *forwarded)).body)
            server.wait_text(r"Z 127\.0\.0\.1 - GET / 200")

    def test_public_url(self):
        with Server("--public-url", "https://cal.example.org/") as server:
            self.assertIn(b"https://cal.example.org/", server.one(get("/")).body)

    def test_addresses(self):
        if not socket.has_ipv6:
            self.skipTest("no IPv6")
        with Server(listen="[::1]:0") as server:
            self.assertEqual(server.one(get("/health")).status, 200)
        with Server(listen="[::]:0") as server:
            for host in ("::1", "127.0.0.1"):
                with server.connect(host) as wire:
                    self.assertEqual(wire.ask(get("/health")).status, 200)
            server.wait_text(r" 127\.0\.0\.1 - GET /health")
        with Server(listen="127.0.0.1:0,[::1]:0") as server:
            self.assertEqual(len(re.findall("listening on", server.wait_text(r"(?s).*\[::1\].*").group(0))), 2)

    def test_long_data_folder(self):
        with tempfile.TemporaryDirectory(prefix="daybook-long-") as top:
            folder = pathlib.Path(top, *["a-rather-long-name-of-a-folder"] * 5)
            folder.mkdir(parents=True)
            with Server(folder=folder) as server:
                self.assertEqual(server.one(get("/health")).status, 200)
                self.assertTrue((server.data / "control.sock").is_socket())

    def test_socket_activation(self):
        listening, notify = socket.socket(), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        with tempfile.TemporaryDirectory() as folder, listening, notify:
            notify.bind(folder + "/notify")
            notify.settimeout(START_SECONDS)
            env = {"DAYBOOK_ADMIN_PASSWORD": PASSWORD, "LISTEN_FDS": "1", "NOTIFY_SOCKET": folder + "/notify"}
            os.dup2(listening.fileno(), 3) if listening.fileno() != 3 else None
            with Server(listen=None, env=env, pass_fds=(3,),
                        before=("sh", "-c", 'LISTEN_PID=$$ exec "$@"', "sh")) as server:
                self.assertEqual(server.port, listening.getsockname()[1])
                self.assertIn(b"READY=1", notify.recv(4096))
                self.assertEqual(server.one(get("/health")).status, 200)
                server.process.send_signal(signal.SIGHUP)
                self.assertIn(b"RELOADING=1", notify.recv(4096))
                self.assertIn(b"READY=1", notify.recv(4096))
                server.process.send_signal(signal.SIGTERM)
                self.assertIn(b"STOPPING=1", notify.recv(4096))
                server.process.wait(timeout=60)
                # The socket outlives the daemon: whoever comes now waits for the next one.
                socket.create_connection(listening.getsockname(), timeout=5).close()

    def certificate(self, folder, name):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                        "-nodes", "-days", "2", "-subj", f"/CN={name}", "-keyout", f"{folder}/key.pem",
                        "-out", f"{folder}/cert.pem"], check=True, capture_output=True)
        return ssl.PEM_cert_to_DER_cert(pathlib.Path(folder, "cert.pem").read_text())

    def secure(self, server):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return Wire(context.wrap_socket(socket.create_connection((server.host, server.port), timeout=QUIET)))

    def test_tls_and_reload(self):
        with tempfile.TemporaryDirectory() as folder:
            first = self.certificate(folder, "first")
            with Server("--tls-cert", folder + "/cert.pem", "--tls-key", folder + "/key.pem") as server:
                old = self.secure(server)
                self.assertEqual(old.sock.getpeercert(True), first)
                self.assertIn(b"https://x/", old.ask(get("/")).body)
                second = self.certificate(folder, "second")
                server.process.send_signal(signal.SIGHUP)
                server.wait_text(r"(?m)^reloaded")
                with self.secure(server) as fresh:
                    self.assertEqual(fresh.sock.getpeercert(True), second)
                    self.assertEqual(fresh.ask(get("/health")).status, 200)
                answer = old.ask(get("/health"))
                self.assertEqual((answer.status, answer.headers["connection"].lower()), (200, "close"))
                old.sock.close()
                pathlib.Path(folder, "cert.pem").write_text("nonsense")
                server.process.send_signal(signal.SIGHUP)
                server.wait_text("the old certificate stays")
                with self.secure(server) as still:
                    self.assertEqual(still.sock.getpeercert(True), second)
                time.sleep(1.5)  # the retired daemon is ended meanwhile
                with self.secure(server) as still:
                    self.assertEqual(still.ask(get("/health")).status, 200)

    def test_commands(self):
        def run(*args):
            return subprocess.run([BINARY, *args], capture_output=True, text=True)

        done = run("--help")
        self.assertEqual(done.returncode, 0)
        for name in ("serve", "user", "calendar", "import", "export", "log", "check", "backup", "version"):
            self.assertRegex(done.stdout, rf"(?m)^  {name} ")
            asked, helped = run(name, "--help"), run("help", name)
            self.assertEqual((asked.returncode, asked.stdout), (0, helped.stdout), name)
        self.assertEqual(run().returncode, 2)
        wrong = run("sevre")
        self.assertEqual(wrong.returncode, 2)
        self.assertIn('did you mean "serve"?', wrong.stderr)
        self.assertEqual(run("help", "nonsense").returncode, 2)
        self.assertRegex(run("--version").stdout, r"^daybook \d")


if __name__ == "__main__":
    unittest.main()
