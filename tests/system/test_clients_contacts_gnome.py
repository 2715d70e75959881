#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Evolution's data server, which GNOME's Contacts and Evolution are built on: without a desktop, on a session bus and a keyring
of its own, driven through its own library by gnome/contacts.py."""
import os, pathlib, subprocess, unittest
from daemon import Daemon, tree_path

HERE = pathlib.Path(__file__).resolve().parent
PASSWORD = "gnome-secret"
SECONDS = 80
STEPS = ("account", "open", "read-only share", "add", "search", "change", "photo", "what others did", "change a newer card",
         "conflict", "deleted elsewhere", "remove", "make a book", "find it", "privileges", "delete it", "end")


class GnomeTest(unittest.TestCase):
    def setUp(self):
        self.daemon = Daemon()
        self.daemon.start()
        self.addCleanup(self.daemon.__exit__, None, None, None)
        for name in ("ben", "anna"):
            self.command("user", "add", name, "--name", name.title(), input=PASSWORD)
        self.command("addressbook", "add", "anna/shared")
        self.command("addressbook", "share", "anna/shared", "--with", "ben", "--as", "reader")
        self.put("anna", "/dav/addressbooks/anna/shared/oma.vcf", "oma", "Oma")
        self.put("ben", "/dav/addressbooks/ben/contacts/theirs.vcf", "theirs", "Theirs")

    def command(self, *args, input=None):
        done = self.daemon.command(*args, input=input)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def put(self, user, path, uid, name):
        text = f"BEGIN:VCARD\r\nVERSION:3.0\r\nUID:{uid}\r\nFN:{name}\r\nN:{name};;;;\r\nEND:VCARD\r\n"
        status, _, body = self.daemon.request("PUT", path, text, {"Content-Type": "text/vcard"}, user, PASSWORD)
        self.assertEqual(status, 201, body)

    def session(self, script):
        """Runs a script with a home, a bus and an open keyring for itself; they end with it."""
        home = self.daemon.folder / "home"
        run = home / "run"
        run.mkdir(parents=True, mode=0o700)
        env = {k: v for k, v in os.environ.items() if not k.startswith(("XDG_", "DBUS_", "DISPLAY", "WAYLAND", "GNOME_"))}
        env.update(HOME=str(home), XDG_RUNTIME_DIR=str(run), GIO_USE_VFS="local", GSETTINGS_BACKEND="memory", LC_ALL="C.UTF-8",
                   DAYBOOK_URL=self.daemon.url, DAYBOOK_USER="ben", DAYBOOK_PASSWORD=PASSWORD)
        inside = f"printf '\\n' | gnome-keyring-daemon --unlock --components=secrets >/dev/null && exec /usr/bin/python3 {script}"
        return subprocess.run(["dbus-run-session", "--", "sh", "-c", inside], env=env, capture_output=True, text=True,
                              timeout=SECONDS)

    def stored(self, name):
        return self.daemon.git("show", "main:" + tree_path("addressbooks/ben/contacts", name))

    def test_contacts(self):
        done = self.session(HERE / "gnome" / "contacts.py")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr[-4000:])
        self.assertEqual(tuple(done.stdout.splitlines()), STEPS)
        four = self.stored("four.vcf")
        for line in ("VERSION:4.0", "GENDER:F;x", "HOBBY;LEVEL=high:Chess", "BDAY:--0229"):
            self.assertIn(line + "\n", four)
        self.assertIn("+49 170 5550199", four)
        log = self.daemon.git("log", "--format=%s|%(trailers:key=User-Agent,valueonly,separator=%x2C)", "--author=Ben", "main")
        for subject in ('added "Eva Eds" to contacts', 'changed "Eva Eds" in contacts', 'deleted "Eva Eds" from contacts'):
            self.assertRegex(log, f"Ben {subject}\\|Evolution/")
        added = self.daemon.git("log", "-p", "--format=", "--author=Ben", "main")
        self.assertIn("+NICKNAME:Evi", added)
        self.assertIn("+PHOTO;", added)
        self.assertNotIn("Stale", added)
        self.daemon.fsck()


if __name__ == "__main__":
    unittest.main()
