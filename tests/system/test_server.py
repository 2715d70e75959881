#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""The daemon as a service: the throttle of log-ins, TLS and its reload, signals, configuration, framing of requests,
what is logged."""
import os, re, signal, socket, ssl, subprocess, tempfile, threading, time, unittest
from daemon import Daemon, BINARY, ADMIN_PASSWORD, FORM, basic, event

ICAL = {"Content-Type": "text/calendar"}
CALENDAR = "/dav/calendars/admin/personal/"


def raw(port, data, source="127.0.0.1", end=True):
    """Sends bytes as they are, and that there are no more; everything that comes back until the end."""
    with socket.create_connection(("127.0.0.1", port), timeout=30, source_address=(source, 0)) as connection:
        connection.sendall(data)
        if end:
            connection.shutdown(socket.SHUT_WR)
        answer = b""
        try:
            while chunk := connection.recv(65536):
                answer += chunk
        except ConnectionError:
            pass
        return answer


def login(daemon, user, password, source="127.0.0.1"):
    """(status, Retry-After) of one log-in from an address."""
    answer = raw(daemon.port, (f"PROPFIND /dav/ HTTP/1.1\r\nHost: x\r\nDepth: 0\r\nConnection: close\r\n"
                               f"Authorization: {basic(user, password)}\r\n\r\n").encode(), source, end=False)
    wait = re.search(rb"(?i)\r\nRetry-After: (\d+)", answer)
    return int(answer.split()[1]), int(wait.group(1)) if wait else None


class ThrottleTest(unittest.TestCase):
    def test_throttle(self):
        with Daemon(config="") as daemon:
            daemon.add_user("anna", "right")
            self.assertEqual([login(daemon, "anna", f"wrong{n}")[0] for n in range(4)], [401] * 4)
            statuses = [login(daemon, "anna", f"wrong{n}") for n in range(4, 8)]
            self.assertEqual(statuses[-1][0], 429, statuses)
            self.assertIsNotNone(statuses[-1][1])
            self.assertLessEqual(statuses[-1][1], 60)
            # right log-ins from elsewhere are never delayed
            self.assertEqual(login(daemon, "anna", "right", "127.0.0.2")[0], 207)
            self.assertEqual(login(daemon, "admin", ADMIN_PASSWORD, "127.0.0.2")[0], 207)
            # nothing sleeps: a refused log-in is quick
            start = time.time()
            login(daemon, "anna", "wrong")
            self.assertLess(time.time() - start, 1)
            # a restart forgives nothing
            daemon.stop()
            daemon.start()
            self.assertIn(login(daemon, "anna", "wrong")[0], (401, 429))

    def test_wrong_passwords_do_not_block_others(self):
        """Hashing is for workers: while wrong passwords pour in, somebody logged in is served."""
        with Daemon() as daemon:
            self.assertEqual(daemon.request("GET", CALENDAR)[0], 200)
            ending = []
            threads = [threading.Thread(target=self.guess, args=(daemon, n, ending)) for n in range(8)]
            for thread in threads:
                thread.start()
            time.sleep(0.3)
            start = time.time()
            for _ in range(20):
                self.assertEqual(daemon.request("GET", CALENDAR)[0], 200)
            spent = time.time() - start
            ending.append(True)
            for thread in threads:
                thread.join()
            self.assertLess(spent, 5)

    def guess(self, daemon, number, ending):
        tries = 0
        while not ending:
            login(daemon, "admin", f"guess-{number}-{tries}")
            tries += 1


class TlsTest(unittest.TestCase):
    def certificate(self, folder, name):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                        "-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem"), "-days", "2",
                        "-subj", f"/CN={name}"], check=True, capture_output=True)

    def subject(self, daemon):
        context = ssl._create_unverified_context()
        with socket.create_connection(("127.0.0.1", daemon.port), timeout=30) as plain:
            with context.wrap_socket(plain) as secure:
                secure.sendall(f"GET {CALENDAR} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: "
                               f"{basic('admin', ADMIN_PASSWORD)}\r\n\r\n".encode())
                self.assertIn(b" 200 ", secure.recv(200))
                pem = ssl.DER_cert_to_PEM_cert(secure.getpeercert(True))
        return subprocess.run(["openssl", "x509", "-noout", "-subject"], input=pem, text=True, capture_output=True).stdout

    def test_tls_and_reload(self):
        daemon = Daemon()
        self.certificate(daemon.folder, "first.example.org")
        daemon.options = ["--tls-cert", str(daemon.folder / "cert.pem"), "--tls-key", str(daemon.folder / "key.pem")]
        with daemon:
            self.assertTrue(daemon.url.startswith("https://"))
            self.assertIn("first.example.org", self.subject(daemon))
            self.certificate(daemon.folder, "second.example.org")
            daemon.process.send_signal(signal.SIGHUP)
            self.assertTrue(daemon.wait_for(5, lambda: "second.example.org" in self.subject(daemon)))


class SignalTest(unittest.TestCase):
    def test_stop_finishes_what_runs(self):
        """SIGTERM while eight connections write: everything acknowledged is there, and the end is clean."""
        with Daemon() as daemon:
            done = []
            threads = [threading.Thread(target=self.write, args=(daemon, n, done)) for n in range(8)]
            for thread in threads:
                thread.start()
            time.sleep(1)
            daemon.stop()
            for thread in threads:
                thread.join()
            daemon.start()
            self.assertGreater(len(done), 8)
            for path in done:
                self.assertEqual(daemon.request("GET", path)[0], 200, path)
            daemon.fsck()

    def write(self, daemon, number, done):
        connection = daemon.connect()
        try:
            for n in range(10000):
                path = f"{CALENDAR}{number}-{n}.ics"
                if daemon.request("PUT", path, event(path), ICAL, connection=connection)[0] == 201:
                    done.append(path)
        except (OSError, Exception):  # the daemon ended
            connection.close()

    def test_log(self):
        """One line a request, without the query; no secrets."""
        with Daemon() as daemon:
            daemon.request("PUT", "/users/bert?password=in-the-query")
            daemon.request("GET", CALENDAR + "none.ics?token=in-the-query", headers={"User-Agent": "Phone/1.0"})
            daemon.request("PUT", "/users/emil", "password=in-the-form", FORM)
            log = daemon.log()
            for secret in (ADMIN_PASSWORD, "in-the-query", "in-the-form", basic("admin", ADMIN_PASSWORD)):
                self.assertNotIn(secret, log)
            line = next(l for l in log.splitlines() if "none.ics" in l)
            for word in ("admin", "GET", "404", "Phone/1.0"):
                self.assertIn(word, line)


class ConfigurationTest(unittest.TestCase):
    def serve(self, text, *options):
        with tempfile.TemporaryDirectory() as folder:
            config = os.path.join(folder, "daybook.conf")
            with open(config, "w") as file:
                file.write(text)
            return subprocess.run([BINARY, "serve", "--config", config, "--data", os.path.join(folder, "store"),
                                   "--listen", "127.0.0.1:0", *options], capture_output=True, text=True, timeout=60)

    def test_unknown_key(self):
        done = self.serve("[auth]\nthrottle = off\nthrotle = off\n")
        self.assertNotEqual(done.returncode, 0)
        self.assertRegex(done.stderr, r"daybook\.conf:3: .*throtle")

    def test_newer_data_folder(self):
        with Daemon() as daemon:
            daemon.stop()
            for file in daemon.data.iterdir():
                if file.name in ("format", "version"):
                    file.write_text("9999\n")
                    done = subprocess.run([BINARY, "serve", "--data", str(daemon.data), "--listen", "127.0.0.1:0"],
                                          capture_output=True, text=True, timeout=60)
                    self.assertNotEqual(done.returncode, 0)
                    self.assertRegex(done.stderr, "newer|version")
                    file.write_text("1\n")
            daemon.start()


class FramingTest(unittest.TestCase):
    """What libmicrohttpd lets through must not reach a proxy's next request (RFC 9112 6.3)."""

    def test_smuggling(self):
        with Daemon() as daemon:
            head = f"PUT {CALENDAR}a.ics HTTP/1.1\r\nHost: x\r\nAuthorization: {basic('admin', ADMIN_PASSWORD)}\r\n"
            second = "GET /health HTTP/1.1\r\nHost: x\r\n\r\n"
            for lengths in ("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", "Content-Length: 4\r\nContent-Length: 5\r\n",
                            "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", "Content-Length: -1\r\n",
                            "Content-Length: 4, 5\r\n", "Content-Length: 0x4\r\n"):
                with self.subTest(lengths):
                    answer = raw(daemon.port, f"{head}{lengths}\r\n0\r\n\r\n{second}".encode())
                    self.assertTrue(answer.startswith(b"HTTP/1.1 4") or answer == b"", answer[:200])
                    self.assertNotIn(b" 200 ", answer)
            self.assertEqual(daemon.request("GET", "/health", user=None)[0], 200)

    def test_continue(self):
        with Daemon() as daemon:
            body = event("a")
            head = (f"PUT {CALENDAR}a.ics HTTP/1.1\r\nHost: x\r\nAuthorization: {basic('admin', ADMIN_PASSWORD)}\r\n"
                    f"Expect: 100-continue\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n")
            with socket.create_connection(("127.0.0.1", daemon.port), timeout=30) as connection:
                connection.sendall(head.encode())
                self.assertIn(b"100 Continue", connection.recv(100))
                connection.sendall(body.encode())
                self.assertIn(b" 201 ", connection.recv(1000))

    def test_slow_and_broken_off(self):
        with Daemon() as daemon:
            with socket.create_connection(("127.0.0.1", daemon.port), timeout=30) as connection:
                for byte in b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n":
                    connection.sendall(bytes([byte]))
                    time.sleep(0.005)
                self.assertIn(b" 200 ", connection.recv(1000))
            raw(daemon.port, f"PUT {CALENDAR}a.ics HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nBEGIN".encode())
            raw(daemon.port, b"GET /hea")
            raw(daemon.port, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
            self.assertEqual(daemon.request("GET", "/health", user=None)[0], 200)

    def test_many_headers(self):
        with Daemon() as daemon:
            lines = "".join(f"X-{n}: {'y' * 100}\r\n" for n in range(5000))
            answer = raw(daemon.port, f"GET /health HTTP/1.1\r\nHost: x\r\n{lines}\r\n".encode())
            self.assertTrue(answer == b"" or answer.split()[1] in (b"400", b"413", b"431"), answer[:100])
            self.assertEqual(daemon.request("GET", "/health", user=None)[0], 200)


if __name__ == "__main__":
    unittest.main()
