#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""vdirsyncer with khard at both ends of a shared address book, on devices that may see contacts alone: as reader, author and
editor; a device that only reads; private cards; a share that ends."""
import unittest
from household import Household, PASSWORD
from test_clients_contacts_khard import Device
from test_clients_vdirsyncer import Device as Calendars

SHARED = "anna-contacts"
PRIVATE = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:{0}\r\nFN:{1}\r\nN:{1};;;;\r\nCLASS:PRIVATE\r\nEND:VCARD\r\n"


class SharingTest(Household):
    def setUp(self):
        super().setUp()
        self.anna, self.ben = self.device("anna", "Anna's phone"), self.device("ben", "Ben's phone")
        for name in ("Gerda", "Tom"):
            self.anna.new(f"First name: {name}\nPhone:\n    home: +49 30 1\n")
        self.anna.sync()
        self.ben.new("First name: Own\n")
        self.ben.sync()

    def device(self, user, name, scope="contacts"):
        secret = self.command("device", "add", user, name, "--scope", scope).strip()
        device = Device(self.daemon, name.replace(" ", "-"), user, secret)
        device.vdirsyncer("discover")
        device.sync()
        return device

    def share(self, role):
        self.command("addressbook", "share", "anna/contacts", "--with", "ben", "--as", role)
        self.ben.vdirsyncer("discover")
        self.ben.sync()

    def head(self):
        return self.daemon.git("rev-parse", "main").strip()

    def last(self):
        return self.daemon.git("log", "-1", "--format=%an|%(trailers:key=Device,valueonly,separator=%x2C)|%s", "main").strip()

    def refused(self, device, book=SHARED):
        """The device may not; nothing is written, and what it did is undone there by hand, as its owner would."""
        head = self.head()
        self.assertIn("403", device.vdirsyncer("sync", "books/" + book, code=1))
        self.assertEqual(self.head(), head)

    def test_reader(self):
        self.share("reader")
        self.assertEqual(self.ben.names("-a", SHARED), ["Gerda", "Tom"])
        self.ben.new("First name: Not mine\n", SHARED)
        self.refused(self.ben)
        self.ben.card("Not mine", SHARED).unlink()
        file = self.ben.card("Gerda", SHARED)
        before = file.read_text()
        file.write_text(before.replace("+49 30 1", "+49 30 2"))
        self.refused(self.ben)
        file.write_text(before)
        self.anna.edit("Gerda", r"\+49 30 1", "+49 30 3")
        self.anna.sync()
        self.ben.sync()
        self.assertIn("+49 30 3", self.ben.khard("show", "Gerda"))
        # The share ends: the book is gone, his own stays.
        self.command("addressbook", "share", "anna/contacts", "--with", "ben", "--as", "none")
        self.assertIn("Not Found", self.ben.vdirsyncer("sync", "books/" + SHARED, code=1))
        self.ben.vdirsyncer("sync", "books/contacts")
        self.assertEqual(self.ben.names("-a", "contacts"), ["Own"])

    def test_author(self):
        self.share("author")
        self.ben.new("First name: By Ben\n", SHARED)
        self.ben.sync()
        self.assertEqual(self.last(), 'Ben|Ben\'s phone|Ben added "By Ben" to anna/contacts')
        self.ben.edit("By Ben", "^Note.*", "Note: hello")
        self.ben.sync()
        self.assertEqual(self.last(), 'Ben|Ben\'s phone|Ben changed "By Ben" in anna/contacts')
        self.anna.sync()
        self.assertIn("hello", self.anna.khard("show", "By Ben"))
        file = self.ben.card("Gerda", SHARED)
        file.write_text(file.read_text().replace("+49 30 1", "+49 30 2"))
        self.refused(self.ben)

    def test_editor(self):
        self.share("editor")
        self.ben.edit("Gerda", r"\+49 30 1", "+49 30 2")
        self.ben.khard("remove", "--force", "Tom")
        self.ben.sync()
        self.anna.sync()
        self.assertIn("+49 30 2", self.anna.khard("show", "Gerda"))
        self.assertEqual(self.anna.names(), ["Gerda"])
        log = self.command("log", "anna/contacts")
        for words in ('Ben changed "Gerda"', 'Ben deleted "Tom"', "Ben's phone"):
            self.assertIn(words, log)
        # What is private stays with Anna, also when it was seen before.
        self.ask("PUT", "/dav/addressbooks/anna/contacts/doctor.vcf", PRIVATE.format("doctor", "Doctor"),
                 {"Content-Type": "text/vcard"}, "anna", code=201)
        self.anna.sync()
        self.ben.sync()
        self.assertEqual(self.anna.names(), ["Doctor", "Gerda"])
        self.assertEqual(self.ben.names("-a", SHARED), ["Gerda"])
        self.daemon.fsck()

    def test_scopes(self):
        """A device for contacts finds no calendars, one for calendars no books; one that only reads is refused."""
        self.share("editor")
        secret = self.command("device", "add", "ben", "Contacts", "--scope", "contacts").strip()
        calendars = Calendars(self.daemon, "calendars", "ben", secret)
        calendars.vdirsyncer("discover")
        calendars.sync()
        self.assertEqual(list((calendars.folder / "calendars").iterdir()), [])
        books = self.device("ben", "Calendars", "calendars")
        self.assertEqual(list((books.folder / "books").iterdir()), [])
        reader = self.device("ben", "Wall tablet", "contacts,read-only")
        self.assertEqual(reader.names("-a", SHARED), ["Gerda", "Tom"])
        for book in ("contacts", SHARED):
            reader.new("First name: Nobody\n", book)
            self.refused(reader, book)
        self.command("device", "revoke", "ben", "Ben's phone", "--yes")
        self.assertIn("401", self.ben.vdirsyncer("sync", code=1))


if __name__ == "__main__":
    unittest.main()
