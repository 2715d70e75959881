#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Rules that can not be followed in bounded steps, by the ways that are no PUT: a push names the file and is refused;
one that stands in the repository all the same holds no query up, with the index and without one."""
import shutil, time, unittest
from daemon import Daemon, event, tree_path
from test_git import CALENDAR, PASSWORD, Clone, Household, commit_by_plumbing

HOSTILE = ["FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30", "FREQ=MINUTELY;INTERVAL=1000;BYMONTH=2;BYMONTHDAY=31",
           "FREQ=DAILY;INTERVAL=7;BYDAY=MO", "FREQ=SOMETIMES", "RSCALE=DISCORDIAN;FREQ=YEARLY",
           "FREQ=SECONDLY;BYSECOND=1,5;BYSETPOS=2"]
QUERY = ('<c:calendar-query xmlns:c="urn:ietf:params:xml:ns:caldav" xmlns:d="DAV:"><d:prop><d:getetag/></d:prop><c:filter>'
         '<c:comp-filter name="VCALENDAR"><c:comp-filter name="VEVENT"><c:time-range start="%s" end="%s"/>'
         "</c:comp-filter></c:comp-filter></c:filter></c:calendar-query>")
SECONDS = 5.0  # for all of them, with sanitizers, on a busy machine; one alone took libical minutes


def hostile(name, rule):
    return event(name, extra=[f"RRULE:{rule}"])


class HostileTest(unittest.TestCase):
    def found(self, home, start, end):
        begin = time.monotonic()
        status, _, body = home.request("REPORT", "", QUERY % (start, end), {"Depth": "1"})
        self.assertEqual(status, 207)
        self.assertLess(time.monotonic() - begin, SECONDS)
        return body.decode()

    def test_push_is_refused(self):
        with Daemon() as daemon:
            home, clone = Household(daemon), Clone(daemon)
            before = home.head()
            for n, rule in enumerate(HOSTILE):
                clone.commit(f"hostile{n}.ics", hostile(f"h{n}", rule))
                done = clone.push()
                self.assertNotEqual(done.returncode, 0, rule)
                self.assertIn(f"hostile{n}.ics", done.stderr)
                clone.run("reset", "-q", "--hard", "origin/main")
            self.assertEqual(home.head(), before)

    def test_what_stands_there_costs_little(self):
        """An older program, or a hand, put them there: phones lose nothing, and all others are answered."""
        with Daemon() as daemon:
            home = Household(daemon)
            for n in range(len(HOSTILE)):
                home.put(f"a{n}.ics", event(f"a{n}"))
            home.put("fine.ics", event("fine", extra=["RRULE:FREQ=DAILY"]))
            daemon.stop()
            commit_by_plumbing(daemon, {tree_path(CALENDAR, f"a{n}.ics"): hostile(f"a{n}", rule)
                                        for n, rule in enumerate(HOSTILE)})
            for with_index in (True, False):
                if not with_index:
                    daemon.stop()
                    shutil.rmtree(daemon.data / "index", ignore_errors=True)
                daemon.start()
                self.assertIn("fine.ics", self.found(home, "20800101T000000Z", "20800102T000000Z"))
                self.assertIn("fine.ics", self.found(home, "99991230T000000Z", "99991231T000000Z"))
                first = self.found(home, "20260301T000000Z", "20260302T000000Z")
                self.assertIn("fine.ics", first)
                for n in range(len(HOSTILE)):  # the first instance alone
                    self.assertIn(f"a{n}.ics", first)


if __name__ == "__main__":
    unittest.main()
