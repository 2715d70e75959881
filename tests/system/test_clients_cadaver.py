#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Debian's cadaver: folders and files under /dav/files/U/, and a look into a calendar."""
import os, subprocess, unittest
from daemon import Daemon, event

PASSWORD = "cadaver-secret"


def cadaver(daemon, path, *commands, user="anna", password=PASSWORD):
    """What it said."""
    (daemon.folder / ".netrc").write_text(f"machine 127.0.0.1 login {user} password {password}\n")
    (daemon.folder / ".netrc").chmod(0o600)
    done = subprocess.run(["cadaver", daemon.url + path], input="\n".join(commands) + "\nquit\n", text=True,
                          capture_output=True, cwd=daemon.folder, timeout=120,
                          env=dict(os.environ, HOME=str(daemon.folder), TERM="dumb"))
    return done.stdout + done.stderr


class CadaverTest(unittest.TestCase):
    def succeeded(self, output, *actions):
        for action in actions:
            self.assertRegex(output, f"{action}[^\n]*(succeeded|\n?.*succeeded)", output)
        self.assertNotIn("failed", output)

    def test_files(self):
        with Daemon() as daemon:
            daemon.add_user("anna", PASSWORD)
            (daemon.folder / "notes.txt").write_text("some notes\n")
            (daemon.folder / "other.txt").write_text("other notes\n")
            output = cadaver(daemon, "/dav/files/anna/", "mkcol folder", "put notes.txt", "put other.txt folder/a.txt",
                             "copy notes.txt folder/copy.txt", "move notes.txt folder/moved.txt", "ls folder",
                             "propset folder/a.txt mood good", "propget folder/a.txt mood",
                             "get folder/moved.txt back.txt", "cat folder/a.txt")
            self.succeeded(output, "Creating", "Uploading", "Copying", "Moving", "Downloading")
            self.assertIn("other notes", output)
            self.assertIn("good", output)
            self.assertEqual((daemon.folder / "back.txt").read_text(), "some notes\n")
            output = cadaver(daemon, "/dav/files/anna/", "rm folder/a.txt", "rmcol folder", "ls")
            self.succeeded(output, "Deleting")
            self.assertNotIn("folder", output.split("Listing collection")[-1])
            daemon.fsck()

    def test_calendar_keeps_its_rules(self):
        """What a file manager may try in a calendar: each is refused with its reason, and nothing changes."""
        with Daemon() as daemon:
            daemon.add_user("anna", PASSWORD)
            for name, text in (("e.ics", event("e", "Dentist")), ("same.ics", event("e", "Same UID")),
                               ("broken.ics", event("b", "Broken").replace("END:VEVENT\r\n", "")), ("notes.txt", "no calendar\n"),
                               ("task.ics", event("t", "Task").replace("VEVENT", "VTODO").replace("DTEND", "DUE"))):
                (daemon.folder / name).write_text(text, newline="")
            cadaver(daemon, "/dav/calendars/anna/personal/", "put e.ics")
            head = daemon.git("rev-parse", "main")
            for command, status in (("put same.ics", 409), ("put broken.ics", 403), ("put notes.txt", 403), ("put task.ics", 403),
                                    ("mkcol folder", 403), ("copy e.ics other.ics", 409), ("move e.ics ../tasks/e.ics", 403),
                                    ("copy e.ics ../e.ics", 403), ("cat gone.ics", 404)):
                said = cadaver(daemon, "/dav/calendars/anna/personal/", command)
                self.assertRegex(said, f"failed:?\\s+{status}|{status} ", command)
                self.assertNotIn("succeeded", said, command)
            self.assertEqual(daemon.git("rev-parse", "main"), head)
            output = cadaver(daemon, "/dav/calendars/anna/personal/", "propset e.ics mood good", "propget e.ics mood")
            self.assertIn("good", output)
            self.assertEqual(daemon.git("rev-parse", "main~1"), head)  # the property alone
            daemon.fsck()

    def test_locks(self):
        """Locked in one session; another of the same person is stopped, finds the lock, takes it over and ends it. A
        crash in between changes nothing, and what goes past the protocol goes past locks."""
        with Daemon() as daemon:
            daemon.add_user("anna", PASSWORD)
            (daemon.folder / "notes.txt").write_text("some notes\n")
            (daemon.folder / "other.txt").write_text("other notes\n")
            output = cadaver(daemon, "/dav/files/anna/", "put notes.txt", "lock notes.txt", "put other.txt notes.txt",
                             "showlocks", "unlock notes.txt", "lock notes.txt", "lock new.txt")
            self.succeeded(output, "Uploading", "Locking", "Unlocking")
            self.assertIn("Scope: exclusive", output)
            daemon.kill()
            daemon.start()
            output = cadaver(daemon, "/dav/files/anna/", "put notes.txt", "delete new.txt", "lock notes.txt")
            self.assertEqual(output.count("423 Locked"), 3, output)
            output = cadaver(daemon, "/dav/files/anna/", "discover notes.txt", "steal notes.txt", "put notes.txt",
                             "unlock notes.txt", "steal new.txt", "delete new.txt")
            self.succeeded(output, "Uploading", "Unlocking", "Deleting")
            self.assertIn("urn:uuid:", output)
            output = cadaver(daemon, "/dav/files/anna/", "put other.txt notes.txt", "cat notes.txt", "mkcol folder",
                             "lock folder", "put notes.txt folder/a.txt", "unlock folder", "rmcol folder")
            self.succeeded(output, "Uploading", "Creating", "Locking", "Unlocking", "Deleting")
            self.assertIn("other notes", output)
            daemon.fsck()

    def test_calendar(self):
        with Daemon() as daemon:
            daemon.add_user("anna", PASSWORD)
            (daemon.folder / "e.ics").write_text(event("e", "By cadaver"), newline="")
            output = cadaver(daemon, "/dav/calendars/anna/personal/", "put e.ics", "ls", "get e.ics back.ics",
                             "move e.ics renamed.ics", "ls", "delete renamed.ics")
            self.succeeded(output, "Uploading", "Moving", "Deleting")
            self.assertIn("renamed.ics", output)
            self.assertEqual((daemon.folder / "back.ics").read_bytes(), event("e", "By cadaver").encode())
            daemon.fsck()


if __name__ == "__main__":
    unittest.main()
