#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Debian's cadaver at what is shared: a calendar in one's own home, a folder at its owner's URL."""
import unittest
from daemon import event
from household import Household, OWN, PASSWORD, SHARE
from test_clients_cadaver import cadaver

FOLDER = "/dav/files/anna/shared/"
FORBIDDEN = r"failed:\n403 Forbidden"


class CadaverTest(Household):
    def setUp(self):
        super().setUp()
        (self.daemon.folder / "new.ics").write_text(event("new", "Swimming"), newline="")
        (self.daemon.folder / "mine.txt").write_text("Ben's notes\n")
        self.put(OWN + "dentist.ics", event("dentist", "Dentist"))

    def says(self, path, *expected, user="ben"):
        """Pairs of a command and what it must say."""
        output = cadaver(self.daemon, path, *(command for command, _ in expected), user=user, password=PASSWORD)
        for command, want in expected:
            said = output[output.index(f"> {command}\n"):].split("\ndav:", 1)[0]
            self.assertRegex(said, want)
        return output

    def test_reader(self):
        self.share(("users/ben", "reader"))
        self.says("/dav/calendars/ben/", ("ls", r"(?s)Coll: +anna-personal.*Coll: +personal.*Coll: +tasks"))
        self.says(SHARE,
                  ("ls", r"dentist\.ics"),
                  ("get dentist.ics back.ics", "succeeded"),
                  ("put new.ics", FORBIDDEN),
                  ("put new.ics dentist.ics", FORBIDDEN),
                  ("delete dentist.ics", FORBIDDEN),
                  ("move dentist.ics moved.ics", FORBIDDEN),
                  ("copy dentist.ics copied.ics", FORBIDDEN),
                  ("mkcol folder", "failed:\n403"),
                  ("propset dentist.ics mood good", FORBIDDEN),
                  ("cat dentist.ics", "SUMMARY:Dentist"))
        self.assertEqual((self.daemon.folder / "back.ics").read_bytes(), event("dentist", "Dentist").encode())
        # Out of the share into one's own calendar is reading, and no more.
        self.says(SHARE, ("copy dentist.ics ../personal/copied.ics", "succeeded"),
                  ("move dentist.ics ../personal/moved.ics", FORBIDDEN))
        self.says(OWN, ("ls", r"dentist\.ics"), ("put new.ics", FORBIDDEN))

    def test_own_name(self):
        """The share's displayname is the sharee's, whatever the role."""
        for role in ("reader", "busy", "editor"):
            self.share(("users/ben", role))
            self.says(SHARE, ("set namespace DAV:", "namespace"), (f"propset . displayname {role}", "succeeded"),
                      ("propget . displayname", f"displayname is: {role}"))
            self.says(OWN, ("set namespace DAV:", "namespace"), ("propget . displayname", "displayname is: Personal"), user="anna")

    def test_editor(self):
        self.share(("groups/kids", "editor"))
        self.says(SHARE, ("put new.ics", "succeeded"), ("move dentist.ics moved.ics", "succeeded"),
                  ("copy moved.ics ../personal/copied.ics", "succeeded"), ("delete new.ics", "succeeded"),
                  ("move moved.ics ../personal/taken.ics", r"failed:\n409 Conflict"), ("ls", r"moved\.ics"))
        self.says(OWN, ("ls", r"moved\.ics"), user="anna")
        self.assertIn("Ben moved", self.daemon.git("log", "--format=%s", "main"))

    def test_folder(self):
        self.says("/dav/files/anna/", ("mkcol shared", "succeeded"), ("put mine.txt shared/notes.txt", "succeeded"),
                  ("put mine.txt secret.txt", "succeeded"), user="anna")
        self.share(("users/ben", "reader"), path=FOLDER)
        self.says(FOLDER, ("ls", r"notes\.txt"), ("get notes.txt back.txt", "succeeded"), ("put mine.txt", FORBIDDEN),
                  ("put mine.txt notes.txt", FORBIDDEN), ("mkcol sub", FORBIDDEN), ("delete notes.txt", FORBIDDEN),
                  ("copy notes.txt ../../ben/copy.txt", "succeeded"), ("ls ..", "404"), ("cat ../secret.txt", "404"),
                  ("cat notes.txt", "Ben's notes"))
        self.says("/dav/files/ben/", ("cat copy.txt", "Ben's notes"))
        self.share(("users/ben", "editor"), path=FOLDER)
        self.says(FOLDER, ("put mine.txt", "succeeded"), ("mkcol sub", "succeeded"), ("rmcol sub", "succeeded"),
                  ("ls", r"(?s)mine\.txt.*notes\.txt"))
        self.share(path=FOLDER)
        self.assertIn("404 Not Found", cadaver(self.daemon, FOLDER, "ls", user="ben", password=PASSWORD))


if __name__ == "__main__":
    unittest.main()
