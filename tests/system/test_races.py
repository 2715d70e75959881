#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Many at once, on few resources: locks, puts at the quota, queries that share what is remembered of a series, free-busy
and availability that change. No answer is 500, what may be 503 is a lock on what was removed meanwhile; the build with
ThreadSanitizer says the rest: DAYBOOK_BIN=build/tsan/daybook DURATION=60 tests/system/test_races.py."""
import os, random, threading, time, unittest
from daemon import Daemon, event
from test_badinput import ALARMS, CALENDAR, ICAL, RANGE, XML, availability, free_busy, lockinfo, query, text_matches

DURATION = int(os.environ.get("DURATION", "10"))
THREADS, FILES, SUMMARIES = 12, 6, 9
ACTIONS = 50  # of each thread at least, however slow the machine
HOME, FILE = "/dav/calendars/admin/", "/dav/files/admin/f{}.txt"
DEEP, TEXT = {**XML, "Depth": "1"}, {"Content-Type": "text/plain"}
FEW = availability("FREQ=DAILY").split("BEGIN:AVAILABLE")
MARCH = '<c:calendar-data><c:expand start="20260301T000000Z" end="20260401T000000Z"/></c:calendar-data>'
AVAILABILITY = '<d:propertyupdate xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><d:set><d:prop>' \
               "<c:calendar-availability>{}</c:calendar-availability></d:prop></d:set></d:propertyupdate>"
LISTING = '<d:propfind xmlns:d="DAV:"><d:prop><d:lockdiscovery/><d:quota-used-bytes/></d:prop></d:propfind>'


class Client(threading.Thread):
    def __init__(self, daemon, number, until):
        super().__init__()
        self.daemon_, self.random, self.until = daemon, random.Random(number), until
        self.connection, self.statuses, self.wrong = daemon.connect(), {}, []

    def run(self):
        actions = [self.lock, self.put_file, self.remove, self.put_event, self.propose, self.free_busy, self.look]
        done = 0
        while (time.time() < self.until or done < ACTIONS) and not self.wrong:
            done += 1
            self.random.choice(actions)(self.random.randrange(FILES))
        self.connection.close()

    def ask(self, method, path, body="", headers=None):
        status, found, answer = self.daemon_.request(method, path, body, headers, connection=self.connection)
        self.statuses[method, status] = self.statuses.get((method, status), 0) + 1
        if status >= 500 and status != 507 and (method, status) != ("LOCK", 503):
            self.wrong.append((method, path, status, answer))
        return found

    def lock(self, n):
        scope = self.random.choice(["shared", "exclusive"])
        timeout = f"Second-{self.random.choice([1, 2, 60])}"
        token = self.ask("LOCK", FILE.format(n), lockinfo("x").replace("exclusive", scope),
                         {**XML, "Timeout": timeout}).get("lock-token")
        if token:
            self.ask("PUT", FILE.format(n), "x" * self.random.randrange(40000), {**TEXT, "If": f"({token})"})
            self.ask("LOCK", FILE.format(n), "", {"If": f"({token})"})
            self.ask("UNLOCK", FILE.format(n), "", {"Lock-Token": token})

    def put_file(self, n):
        self.ask("PUT", FILE.format(n), "y" * self.random.randrange(300000), TEXT)

    def remove(self, n):
        self.ask("DELETE", FILE.format(n))
        self.ask("PROPFIND", "/dav/files/admin/", LISTING, DEEP)

    def put_event(self, n):
        rule = self.random.choice(["DAILY", "WEEKLY", "HOURLY"])
        body = event(f"e{n}", f"Straße Ä{self.random.randrange(SUMMARIES)}", extra=[f"RRULE:FREQ={rule}"])
        self.ask("PUT", f"{CALENDAR}e{n}.ics", body, ICAL)
        self.ask("GET", f"{CALENDAR}e{n}.ics", "", {"Range": "bytes=3-9", "CalDAV-Timezones": "F"})

    def propose(self, n):
        text = "BEGIN:AVAILABLE".join(FEW[:n + 2]) + ("" if n + 2 >= len(FEW) else "END:VAVAILABILITY\r\nEND:VCALENDAR\r\n")
        self.ask("PROPPATCH", HOME, AVAILABILITY.format(text), XML)

    def free_busy(self, n):
        self.ask("REPORT", HOME if n % 2 else CALENDAR, free_busy(2026, 2027), DEEP)

    def look(self, n):
        asked = (query(text_matches(1, text=f"STRASSE ä{n}")), query(RANGE.format(2026, 2027), MARCH),
                 query(ALARMS.format(2026)))
        self.ask("REPORT", CALENDAR, asked[n % len(asked)], DEEP)


class RacesTest(unittest.TestCase):
    def test_many_at_once(self):
        with Daemon(config="[auth]\nthrottle = off\n[limits]\nquota = 1M\n") as daemon:
            daemon.request("GET", CALENDAR)
            clients = [Client(daemon, n, time.time() + DURATION) for n in range(THREADS)]
            for client in clients:
                client.start()
            for client in clients:
                client.join()
            self.assertEqual([wrong for client in clients for wrong in client.wrong], [])
            found = {}
            for client in clients:
                for key, n in client.statuses.items():
                    found[key] = found.get(key, 0) + n
            print(sorted(found.items()))
            for key in (("LOCK", 200), ("UNLOCK", 204), ("PUT", 204), ("PROPPATCH", 207), ("REPORT", 200), ("REPORT", 207)):
                self.assertIn(key, found)
            daemon.fsck()


if __name__ == "__main__":
    unittest.main()
