#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""One card on two devices, one of which knows vCard 3.0 only: both change it at once and as fast as they can, each with If-Match
and a new look after 412. Each adds and removes lines of its own; in the end the card says what both mean, also what 3.0 has
no word for, and the history has a commit for each change that was acknowledged. DURATION=60 for longer, SEED=7 for others."""
import os, random, re, threading, time, unittest
from daemon import Daemon, tree_path
from ways import break_item

URL = "/dav/addressbooks/anna/contacts/two.vcf"
FIRST = ("BEGIN:VCARD\r\nVERSION:3.0\r\nUID:two\r\nFN:Two Devices\r\nN:Devices;Two;;;\r\nNOTE:both\\, and none\r\n"
         "PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQSkZJRgABAQAAAQABAAD/2wBD\r\nitem9.URL:https://example.org/\r\n"
         "item9.X-ABLabel:_$!<HomePage>!$_\r\nEND:VCARD\r\n")
# What a device writes for its n-th line, and what finds it again in 4.0.
LINES = {
    "3.0": (("TEL;TYPE=CELL:+3{n}", r"TEL.*:\+3{n}$"), ("EMAIL;TYPE=INTERNET,HOME:old{n}@example.org", r"EMAIL.*:old{n}@"),
            ("item{n}.X-ABDATE;VALUE=DATE-AND-OR-TIME:2001-01-01-{n}", r"ITEM{n}\.X-ABDATE.*-{n}$"),
            ("X-OLD-{n}:kept", r"X-OLD-{n}:kept$"), ("ADR;TYPE=HOME:;;Way {n};Town;;;", r"ADR.*Way {n};")),
    "4.0": (("TEL;VALUE=uri;TYPE=cell:tel:+4{n}", r"TEL.*:\+4{n}$"), ("LANG;PREF=1:x-n{n}", r"LANG.*:x-n{n}$"),
            ("RELATED;TYPE=friend:urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6{n:03}", r"RELATED.*c91e6{n:03}$"),
            ("EMAIL;PREF=1;X-N={n}:new{n}@example.org", r"EMAIL.*:new{n}@"), ("X-NEW-{n}:kept", r"X-NEW-{n}:kept$"),
            ("HOBBY;LEVEL=high;INDEX={n}:hobby {n}", r"HOBBY.*:hobby {n}$"), ("KEY:https://example.org/{n}.pgp", r"KEY.*/{n}.pgp$")),
}


def unfold(text):
    return re.sub(r"\r\n[ \t]", "", text).split("\r\n")


def says(lines, pattern, n):
    """Is there this line, in whatever version? Of tel: URIs the number."""
    found = re.compile(pattern.format(n=n), re.I)
    return sum(bool(found.search(line.replace("tel:", ""))) for line in lines)


class Device(threading.Thread):
    def __init__(self, daemon, version, until, seed):
        super().__init__()
        self.daemon, self.version, self.until, self.random = daemon, version, until, random.Random(f"{seed} {version}")
        self.mine, self.next, self.done, self.refused, self.failure = {}, 100, 0, 0, None

    def get(self):
        status, headers, body = self.daemon.request("GET", URL, None, {"Accept": f"text/vcard;version={self.version}"}, "anna", "pw")
        assert status == 200, (status, body)
        return headers["etag"], unfold(body.decode())[:-1]

    def edit(self, lines):
        """Adds a line, or removes one; what it will have of its own then."""
        mine = dict(self.mine)
        if self.version == "3.0" and self.random.random() < .5:
            # many programs drop what they do not know
            lines = [line for line in lines if "X-DAYBOOK-" not in line]
        if mine and self.random.random() < .4:
            n = self.random.choice(list(mine))
            gone = re.compile(mine.pop(n).format(n=n), re.I)
            return [line for line in lines if not gone.search(line.replace("tel:", ""))], mine
        self.next += 1
        line, mine[self.next] = self.random.choice(LINES[self.version])
        return lines[:-1] + [line.format(n=self.next)] + lines[-1:], mine

    def once(self):
        etag, lines = self.get()
        for n, pattern in self.mine.items():
            assert says(lines, pattern, n) == 1, f"{self.version} does not find its {pattern} {n}: {lines}"
        lines, mine = self.edit(lines)
        status, headers, body = self.daemon.request("PUT", URL, "\r\n".join(lines) + "\r\n", {
            "Content-Type": "text/vcard", "If-Match": etag}, "anna", "pw")
        assert status in (204, 412), (status, body, lines)
        if status == 204:
            self.mine, self.done = mine, self.done + 1
        else:
            self.refused += 1

    def run(self):
        try:
            while time.monotonic() < self.until:
                self.once()
        except BaseException as e:  # told by the test
            self.failure = e


class TwoVersionsTest(unittest.TestCase):
    def test_two_devices(self):
        until = time.monotonic() + float(os.environ.get("DURATION", 8))
        with Daemon() as daemon:
            daemon.add_user("anna", "pw")
            status, _, body = daemon.request("PUT", URL, FIRST, {"Content-Type": "text/vcard"}, "anna", "pw")
            self.assertEqual(status, 201, body)
            devices = [Device(daemon, version, until, os.environ.get("SEED", 1)) for version in LINES]
            for device in devices:
                device.start()
            for device in devices:
                device.join()
            for device in devices:
                self.assertIsNone(device.failure, device.failure)
            lines = devices[1].get()[1]
            for device in devices:
                for line, pattern in LINES[device.version]:
                    for n in range(101, device.next + 1):
                        wanted = device.mine.get(n) == pattern
                        self.assertEqual(says(lines, pattern, n), wanted, f"{device.version} {pattern} {n}: {lines}")
            for pattern in ("^FN:Two Devices$", r"^NOTE:both\\, and none$", r"^PHOTO.*/9j/4AAQSkZJRgABAQAAAQABAAD/2wBD",
                            r"^item9\.URL.*:https://example.org/$", r"^item9\.X-ABLabel:_\$!<HomePage>!\$_$"):
                self.assertEqual(says(lines, pattern, 0), 1, f"{pattern}: {lines}")
            commits = daemon.git("log", "--format=%s", "main", "--", "addressbooks/anna/contacts").splitlines()
            changes = [c for c in commits if "changed" in c]
            done = sum(d.done for d in devices)
            self.assertEqual(len(changes), done, f"{[(d.version, d.done, d.refused) for d in devices]}")
            self.assertGreater(min(d.done for d in devices), 3)
            self.assertGreater(sum(d.refused for d in devices), 0)

    def test_over_an_unreadable_card(self):
        """What was shown is the last readable version: a 3.0 card over it is merged with that, and heals it."""
        four = FIRST.replace("VERSION:3.0", "VERSION:4.0").replace("PHOTO;ENCODING=b;TYPE=JPEG:", "PHOTO:data:image/jpeg;base64,")
        four = four.replace("END:", "LANG:fr\r\nEND:")
        for change in ("", "TEL:+49 1\r\n"):
            with self.subTest(change), Daemon() as daemon:
                daemon.add_user("anna", "pw")
                ask = lambda method, body=None, version="3.0": daemon.request(method, URL, body, {
                    "Content-Type": "text/vcard", "Accept": f"text/vcard;version={version}"}, "anna", "pw")
                self.assertEqual(ask("PUT", four)[0], 201)
                daemon.stop()
                break_item(daemon, "addressbooks/anna/contacts", "two.vcf", "BEGIN:VCARD\r\nVERSION:4.0\r\nUID:two\r\n")
                daemon.start()
                self.assertIn("last readable", daemon.command("check").stdout)
                shown = ask("GET")[2].decode()
                self.assertEqual(ask("PUT", shown.replace("END:", change + "END:"))[0], 204)
                stored = ask("GET", version="4.0")[2].decode()
                self.assertIn("LANG:fr", stored)
                self.assertEqual("+49 1" in stored, bool(change))
                self.assertIn("in order", daemon.command("check").stdout)
                self.assertEqual(daemon.git("show", "main:" + tree_path("addressbooks/anna/contacts", "two.vcf")),
                                 stored.replace("\r\n", "\n"))


if __name__ == "__main__":
    unittest.main()
