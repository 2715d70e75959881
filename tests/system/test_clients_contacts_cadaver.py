#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Debian's cadaver in an address book: what a file manager may do with cards, and what it may not."""
import unittest
from daemon import Daemon, event
from test_clients_cadaver import PASSWORD, cadaver

BOOK = "/dav/addressbooks/anna/contacts/"


def card(uid, name, *lines):
    return "\r\n".join(["BEGIN:VCARD", "VERSION:3.0", f"UID:{uid}", f"FN:{name}", f"N:{name};;;;", *lines, "END:VCARD", ""])


class CadaverContactsTest(unittest.TestCase):
    def setUp(self):
        self.daemon = Daemon()
        self.daemon.start()
        self.addCleanup(self.daemon.__exit__, None, None, None)
        self.daemon.add_user("anna", PASSWORD)
        self.assertEqual(self.daemon.command("addressbook", "add", "anna/choir").returncode, 0)

    def file(self, name, text):
        (self.daemon.folder / name).write_text(text, newline="")

    def say(self, *commands):
        return cadaver(self.daemon, BOOK, *commands)

    def succeeded(self, output, *actions):
        for action in actions:
            self.assertRegex(output, f"{action}[^\n]*(succeeded|\n?.*succeeded)", output)
        self.assertNotIn("failed", output)

    def subject(self):
        return self.daemon.git("log", "-1", "--format=%s", "main").strip()

    def test_cards(self):
        self.file("oma.vcf", card("oma", "Oma", "TEL;TYPE=HOME:1"))
        self.file("newer.vcf", card("oma", "Oma", "TEL;TYPE=HOME:2"))
        output = self.say("put oma.vcf", "ls", "get oma.vcf back.vcf", "cat oma.vcf")
        self.succeeded(output, "Uploading", "Downloading")
        self.assertRegex(output, r"oma\.vcf +\d+ ")
        self.assertIn("TEL;TYPE=HOME:1", output)
        self.assertEqual((self.daemon.folder / "back.vcf").read_bytes(), card("oma", "Oma", "TEL;TYPE=HOME:1").encode())
        self.succeeded(self.say("put newer.vcf oma.vcf"), "Uploading")
        self.assertEqual(self.subject(), 'anna changed "Oma" in contacts')
        # A copy elsewhere keeps its UID; here it would be a second card with it (RFC 6352 6.3.2.1).
        self.succeeded(self.say("copy oma.vcf ../choir/oma.vcf"), "Copying")
        self.assertIn("409", self.say("copy oma.vcf twin.vcf"))
        output = self.say("move oma.vcf grandma.vcf", "ls", "move grandma.vcf ../choir/grandma.vcf")
        self.assertRegex(output, r"Moving[^\n]*grandma.vcf'?: +succeeded")
        self.assertIn("grandma.vcf", output.split("Listing collection")[1])
        self.assertIn("409", output)  # the UID is taken there
        self.succeeded(self.say("rm ../choir/oma.vcf", "move grandma.vcf ../choir/grandma.vcf"), "Deleting", "Moving")
        self.assertNotIn("grandma.vcf", self.say("ls"))
        output = cadaver(self.daemon, "/dav/addressbooks/anna/choir/", "ls", "delete grandma.vcf", "ls")
        self.succeeded(output, "Deleting")
        self.assertNotIn("grandma.vcf", output.split("Listing collection")[-1])
        self.daemon.fsck()

    def test_properties(self):
        """Of a card and of its book; a made-up one stays with the card when that changes, and goes along when it moves."""
        self.file("oma.vcf", card("oma", "Oma"))
        self.file("newer.vcf", card("oma", "Oma", "TEL:2"))
        output = self.say("put oma.vcf", "propset oma.vcf mood good", "propget oma.vcf mood", "propnames oma.vcf",
                          "put newer.vcf oma.vcf", "move oma.vcf ../choir/oma.vcf", "propget ../choir/oma.vcf mood")
        self.assertEqual(output.count("good"), 3, output)  # said once, found twice
        self.assertNotIn("failed", output)
        self.assertIn("getcontenttype", output)
        output = self.say("set namespace DAV:", "propset . displayname Friends", "propget .")
        self.assertNotIn("failed", output)
        self.assertIn("DAV: displayname = Friends", output)
        self.assertRegex(self.daemon.command("addressbook", "list", "anna").stdout, r"anna/contacts +addressbook +0 cards +Friends\n")
        output = self.say("propdel ../choir/oma.vcf mood", "propget ../choir/oma.vcf mood")
        self.assertNotIn("good", output)
        self.daemon.fsck()

    def test_rules(self):
        """Each is refused with its reason, and nothing changes."""
        for name, text in (("oma.vcf", card("oma", "Oma")), ("twin.vcf", card("oma", "Twin")),
                           ("broken.vcf", "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:b\r\n"), ("notes.txt", "no card\n"),
                           ("two.vcf", card("a", "A") + card("b", "B")), ("e.ics", event("e", "Event")),
                           ("old.vcf", "BEGIN:VCARD\r\nVERSION:2.1\r\nN:A\r\nFN:A\r\nEND:VCARD\r\n")):
            self.file(name, text)
        self.say("put oma.vcf")
        head = self.daemon.git("rev-parse", "main")
        for command, status in (("put twin.vcf", 409), ("put broken.vcf", 403), ("put notes.txt", 403), ("put two.vcf", 403),
                                ("put e.ics", 403), ("put old.vcf", 403), ("mkcol folder", 403), ("copy oma.vcf ../oma.vcf", 403),
                                ("move oma.vcf /dav/calendars/anna/personal/oma.vcf", 403), ("cat gone.vcf", 404),
                                ("copy oma.vcf twin.vcf", 409)):
            said = self.say(command)
            self.assertRegex(said, f"failed:?\\s+{status}|{status} ", command)
            self.assertNotIn("succeeded", said, command)
        self.assertEqual(self.daemon.git("rev-parse", "main"), head)
        # A lock holds others off here, too.
        self.file("newer.vcf", card("oma", "Oma", "TEL:2"))
        self.say("lock oma.vcf")
        self.assertIn("423", self.say("put newer.vcf oma.vcf"))
        output = self.say("discover oma.vcf", "steal oma.vcf", "put newer.vcf oma.vcf", "unlock oma.vcf")
        self.succeeded(output, "Uploading", "Unlocking")
        self.daemon.fsck()


if __name__ == "__main__":
    unittest.main()
