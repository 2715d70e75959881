#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Answers are streamed: a listing of 20 000 rows, read slowly, does not grow memory; it shows one state, whatever is
written meanwhile; and nobody waits for the slow reader."""
import http.client, socket, time, unittest
from daemon import Daemon, RELEASE, ADMIN_PASSWORD, basic, event

EVENTS = 20000
MAX_GROWTH = 24 * 1024 * 1024
BIG = "/dav/calendars/admin/big/"
LISTING = '<d:propfind xmlns:d="DAV:"><d:prop><d:getetag/><d:getcontenttype/><d:resourcetype/></d:prop></d:propfind>'
QUERY = ('<c:calendar-query xmlns:c="urn:ietf:params:xml:ns:caldav" xmlns:d="DAV:"><d:prop><d:getetag/><c:calendar-data/>'
         '</d:prop><c:filter><c:comp-filter name="VCALENDAR"/></c:filter></c:calendar-query>')


def export(count):
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//system//EN", "METHOD:PUBLISH", "X-WR-CALNAME:Big"]
    for n in range(count):
        day = f"2026{n % 12 + 1:02}{n % 28 + 1:02}"
        lines += ["BEGIN:VEVENT", f"UID:big-{n}", "DTSTAMP:20260101T000000Z", f"DTSTART:{day}T100000Z",
                  f"DTEND:{day}T110000Z", f"SUMMARY:Event number {n}", f"DESCRIPTION:{'some words ' * 8}", "END:VEVENT"]
    return "\r\n".join(lines + ["END:VCALENDAR"]) + "\r\n"


class SlowReader:
    """Asks, then reads the answer in small steps."""

    def __init__(self, daemon, method, path, body="", headers=""):
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32 * 1024)
        self.socket.settimeout(60)
        self.socket.connect(("127.0.0.1", daemon.port))
        self.socket.sendall((f"{method} {path} HTTP/1.1\r\nHost: x\r\nAuthorization: {basic('admin', ADMIN_PASSWORD)}\r\n"
                             f"{headers}Connection: close\r\nContent-Length: {len(body)}\r\n\r\n{body}").encode())
        self.chunks = []
        self.response = http.client.HTTPResponse(self.socket, method=method)

    def read(self, steps=None, pause=0.0):
        """So many steps, or to the end. The whole answer so far."""
        if self.response.headers is None:
            self.response.begin()
        while steps is None or steps > 0:
            chunk = self.response.read(64 * 1024)
            if not chunk:
                break
            self.chunks.append(chunk)
            steps = None if steps is None else steps - 1
            time.sleep(pause)
        return b"".join(self.chunks)


class StreamingTest(unittest.TestCase):
    def test_streaming(self):
        with Daemon(binary=RELEASE) as daemon:
            file = daemon.folder / "big.ics"
            file.write_text(export(EVENTS), newline="")
            done = daemon.command("import", str(file), "--to", "admin/big")
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            depth = "Depth: 1\r\nContent-Type: application/xml\r\n"
            for method, body, headers, row in (("PROPFIND", LISTING, depth, b"<d:response>"),
                                               ("GET", "", "", b"BEGIN:VEVENT"),
                                               ("REPORT", QUERY, depth, b"<d:response>")):
                with self.subTest(method):
                    self.read_slowly(daemon, method, body, headers, row)

    def read_slowly(self, daemon, method, body, headers, row):
        SlowReader(daemon, method, BIG, body, headers).read()  # what is remembered after the first time is no growth
        before = daemon.memory()
        daemon.forget_peak()
        readers = [SlowReader(daemon, method, BIG, body, headers) for _ in range(4)]
        for reader in readers:
            reader.read(steps=20, pause=0.01)
        self.others_go_on(daemon, method)
        answers = [reader.read() for reader in readers]
        growth = daemon.memory("VmHWM") - before
        print(f"{method}: 4 times {len(answers[0]) >> 20} MB, {growth >> 10} kB more at the peak")
        self.assertLess(growth, MAX_GROWTH)
        for answer in answers:
            extra = 1 if method == "PROPFIND" else 0
            self.assertEqual(answer.count(row), EVENTS + extra)

    def others_go_on(self, daemon, method):
        start = time.time()
        path = f"{BIG}meanwhile-{method}.ics"
        self.assertEqual(daemon.request("PUT", path, event(path), {"Content-Type": "text/calendar"})[0], 201)
        self.assertEqual(daemon.request("DELETE", path)[0], 204)
        self.assertLess(time.time() - start, 2)


if __name__ == "__main__":
    unittest.main()
