#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""The calendars of tests/data: each object survives PUT and GET byte for byte; GET of the whole calendar and
import and export lose and add nothing, and each zone stands once."""
import collections, pathlib, re, unittest
from daemon import Daemon, BINARY

DATA = pathlib.Path(__file__).resolve().parent.parent / "data"
TYPES = {"VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY"}


def unfold(text):
    return re.sub(r"\r?\n[ \t]", "", text)


def components(text):
    """[(type, text)] of what stands directly inside VCALENDAR; the text with its own line ends and folds."""
    found, depth, current = [], 0, []
    for line in text.splitlines(keepends=True):
        word = line.strip().upper()
        if word.startswith("BEGIN:"):
            depth += 1
            if depth == 2:
                current = []
        if depth >= 2:
            current.append(line)
        if word.startswith("END:"):
            if depth == 2:
                found.append((word[4:], "".join(current)))
            depth -= 1
    return found


def value(component, name):
    found = re.search(rf"(?im)^{name}(?:;[^:\r\n]*)?:(.*?)\r?$", unfold(component))
    return found.group(1) if found else None


def objects(text):
    """{UID: bytes of an object with all its components and the zones they use}"""
    zones = {value(c, "TZID"): c for kind, c in components(text) if kind == "VTIMEZONE"}
    grouped = collections.OrderedDict()
    for kind, component in components(text):
        if kind in TYPES:
            grouped.setdefault(value(component, "UID"), []).append(component)
    made = {}
    for uid, parts in grouped.items():
        used = set(re.findall(r'TZID="?([^":;\r\n]+)', unfold("".join(parts))))
        made[uid] = ("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//system//EN\r\n"
                     + "".join(zones[z] for z in sorted(used) if z in zones) + "".join(parts) + "END:VCALENDAR\r\n").encode()
    return made


def canonical(text):
    """What must not change: each component, line by line, without folds."""
    return sorted(unfold(c).replace("\r\n", "\n") for kind, c in components(text) if kind in TYPES)


class RoundTripTest(unittest.TestCase):
    def setUp(self):
        self.files = sorted(DATA.glob("*.ics"))
        self.assertGreaterEqual(len(self.files), 4)

    def test_put_and_get(self):
        with Daemon() as daemon:
            connection = daemon.connect()
            for file in self.files:
                with self.subTest(file.name):
                    self.one_calendar(daemon, connection, file)
            daemon.fsck()

    def one_calendar(self, daemon, connection, file):
        text = file.read_bytes().decode()
        calendar = f"/dav/calendars/admin/of-{file.stem}/"
        self.assertEqual(daemon.request("MKCALENDAR", calendar, connection=connection)[0], 201)
        for number, (uid, body) in enumerate(objects(text).items()):
            path = f"{calendar}{number}.ics"
            status, headers, answer = daemon.request("PUT", path, body, {"Content-Type": "text/calendar"},
                                                     connection=connection)
            self.assertEqual(status, 201, (uid, answer))
            status, again, got = daemon.request("GET", path, connection=connection)
            self.assertEqual((status, got, again["etag"]), (200, body, headers["etag"]))
        whole = daemon.request("GET", calendar, connection=connection)[2].decode()
        self.whole(text, whole)

    def whole(self, text, whole):
        self.assertEqual(whole.count("BEGIN:VCALENDAR"), 1)
        self.assertEqual(canonical(whole), canonical(text))
        zones = [value(c, "TZID") for kind, c in components(whole) if kind == "VTIMEZONE"]
        self.assertEqual(len(zones), len(set(zones)), zones)
        used = {value(c, "TZID") for kind, c in components(text) if kind == "VTIMEZONE"}
        self.assertLessEqual(set(zones), used)

    def test_import_and_export(self):
        with Daemon() as daemon:
            for file in self.files:
                with self.subTest(file.name):
                    before = int(daemon.git("rev-list", "--count", "main"))
                    done = daemon.command("import", str(file), "--to", f"admin/in-{file.stem}")
                    self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
                    # one commit for all, one more at most to make the target
                    self.assertLessEqual(int(daemon.git("rev-list", "--count", "main")), before + 2)
                    whole = daemon.command("export", f"admin/in-{file.stem}")
                    self.assertEqual(whole.returncode, 0, whole.stderr)
                    self.assertEqual(canonical(whole.stdout), canonical(file.read_bytes().decode()))
            daemon.fsck()


if __name__ == "__main__":
    unittest.main()
