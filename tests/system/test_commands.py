#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Every command against a real data folder: alone under the folder's lock, and beside a running daemon (control.sock).

The program is $DAYBOOK_BIN, else $DAYBOOK, else build/daybook."""
import base64, glob, json, os, pathlib, re, shutil, sqlite3, subprocess, tempfile, time, unittest, urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("DAYBOOK_BIN") or os.environ.get("DAYBOOK") or str(ROOT / "build/daybook")
DATA = ROOT / "tests/data"
PASSWORD = "päss:wörd %41"
EVENT = ("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//EN\r\nBEGIN:VEVENT\r\nUID:{0}\r\nDTSTAMP:20260101T000000Z\r\n"
         "DTSTART:20260102T100000Z\r\nSUMMARY:{1}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")
LEAVES = [["user", "add"], ["user", "passwd"], ["user", "list"], ["user", "remove"], ["user", "admin"], ["group", "add"],
          ["group", "remove"], ["group", "list"], ["group", "members"], ["calendar", "list"],
          ["calendar", "add"], ["calendar", "remove"], ["calendar", "share"], ["calendar", "shares"],
          ["calendar", "link"], ["calendar", "links"], ["calendar", "unlink"], ["addressbook", "list"],
          ["addressbook", "add"], ["addressbook", "remove"], ["addressbook", "share"], ["addressbook", "shares"],
          ["addressbook", "link"], ["addressbook", "links"], ["addressbook", "unlink"], ["import"], ["export"], ["log"], ["check"], ["backup"], ["version"]]


class Bed(unittest.TestCase):
    """A folder of its own; `daybook(...)` runs a command on it."""
    daemon = None

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="daybook-commands-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.data = os.path.join(self.folder, "data")
        self.env = dict(os.environ, HOME=self.folder, DAYBOOK_ADMIN_PASSWORD="admin-secret", TZ="UTC",
                        GIT_CONFIG_NOSYSTEM="1")
        self.prepare()

    def prepare(self):
        pass

    def daybook(self, *args, stdin="", code=0):
        done = subprocess.run([BINARY, *args, "--data", self.data], input=stdin, capture_output=True, text=True,
                              env=self.env, timeout=300)
        self.assertEqual(done.returncode, code, f"{args}\n{done.stdout}\n{done.stderr}")
        self.assertNotIn("Sanitizer", done.stderr)
        self.assertNotIn("runtime error", done.stderr)
        return done

    def as_json(self, *args, **more):
        return json.loads(self.daybook(*args, "--json", **more).stdout)

    def add_user(self, name="anna", *options):
        return self.daybook("user", "add", name, *options, stdin=PASSWORD + "\n")

    def write(self, name, text):
        path = pathlib.Path(self.folder, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
        return str(path)

    def start(self):
        log = open(os.path.join(self.folder, "log"), "w+")
        self.addCleanup(log.close)
        self.daemon = subprocess.Popen([BINARY, "serve", "--data", self.data, "--listen", "127.0.0.1:0"],
                                       stderr=log, env=self.env)
        self.addCleanup(self.stop)
        deadline = time.time() + 60
        while time.time() < deadline and self.daemon.poll() is None:
            found = re.search(r"listening on http://127\.0\.0\.1:(\d+)/", pathlib.Path(log.name).read_text())
            if found:
                self.port = int(found.group(1))
                return
            time.sleep(0.05)
        self.fail(pathlib.Path(log.name).read_text())

    def stop(self):
        if not self.daemon:
            return
        daemon, self.daemon = self.daemon, None
        daemon.terminate()
        code = daemon.wait(timeout=60)
        log = pathlib.Path(self.folder, "log").read_text(errors="replace")
        self.assertEqual(code, 0, log[-4000:])
        self.assertNotIn("Sanitizer", log)
        self.assertNotIn("wörd", log)

    def http(self, method, path, login=None, body=None, content_type=None):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", method=method, data=body)
        if login:
            request.add_header("Authorization", "Basic " + base64.b64encode(":".join(login).encode()).decode())
        if content_type:
            request.add_header("Content-Type", content_type)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()


class Commands:
    """What holds with and without a daemon."""

    def test_users(self):
        out = self.add_user("Anna", "--name", "Anna B.", "--mail", "anna@example.org,a@example.net").stdout
        self.assertIn("added anna", out)
        self.assertIn("anna/personal", out)
        self.assertIn("anna/tasks", out)
        self.daybook("user", "add", "bob", "--admin", stdin="x\n")
        users = {u["name"]: u for u in self.as_json("user", "list")["users"]}
        self.assertEqual(users["anna"]["display_name"], "Anna B.")
        self.assertEqual(users["anna"]["mails"], ["anna@example.org", "a@example.net"])
        self.assertFalse(users["anna"]["admin"])
        self.assertTrue(users["bob"]["admin"])
        self.assertIn("Anna B.", self.daybook("user", "list").stdout)
        self.assertIn("already", self.daybook("user", "add", "anna", stdin="x\n", code=1).stderr)
        self.assertIn("no user name", self.daybook("user", "add", "a/b", stdin="x\n", code=1).stderr)
        self.assertIn("password", self.daybook("user", "add", "carl", code=1).stderr)
        self.daybook("user", "passwd", "anna", stdin="new\n")
        self.assertIn("no user carl", self.daybook("user", "passwd", "carl", stdin="new\n", code=1).stderr)
        self.assertIn("--yes", self.daybook("user", "remove", "anna", code=1).stderr)
        self.assertIn("removed", self.daybook("user", "remove", "anna", "--yes").stdout)
        self.assertIn("no user anna", self.daybook("user", "remove", "anna", "-y", code=1).stderr)
        self.assertNotIn("anna", {u["name"] for u in self.as_json("user", "list")["users"]})

    def test_calendars(self):
        self.add_user()
        self.daybook("calendar", "add", "anna/school", "--name", "Schule & Hort", "--color", "#ff8800")
        self.daybook("calendar", "add", "anna/chores", "--components", "VTODO")
        found = {c["name"]: c for c in self.as_json("calendar", "list", "anna")["calendars"]}
        self.assertEqual(set(found), {"personal", "tasks", "school", "chores"})
        self.assertEqual(found["school"]["displayname"], "Schule & Hort")
        self.assertEqual(found["school"]["color"], "#ff8800")
        self.assertEqual(found["school"]["components"], ["VEVENT"])
        self.assertEqual(found["chores"]["kind"], "tasks")
        self.assertIn("anna/school", self.daybook("calendar", "list").stdout)
        self.assertIn("already", self.daybook("calendar", "add", "anna/school", code=1).stderr)
        self.assertIn("no color", self.daybook("calendar", "add", "anna/x", "--color", "blue", code=1).stderr)
        self.assertIn("no component", self.daybook("calendar", "add", "anna/x", "-c", "VX", code=1).stderr)
        self.daybook("calendar", "add", "anna", code=2)
        self.daybook("calendar", "remove", "anna/school")
        self.assertIn("no anna/school", self.daybook("calendar", "remove", "anna/school", code=1).stderr)
        self.assertIn("no user eve", self.daybook("calendar", "list", "eve", code=1).stderr)

    def test_import_export_of_all_samples(self):
        self.add_user()
        files = sorted(glob.glob(str(DATA / "*.ics"))) + sorted(glob.glob(str(DATA / "import/[!b]*.ics")))
        self.assertGreaterEqual(len(files), 3)
        for number, file in enumerate(files):
            first = self.as_json("import", file, "--to", f"anna/c{number}")
            self.assertGreater(first["added"], 0, file)
            self.assertEqual(first["refused"], [], file)
            again = self.as_json("import", file, "--to", f"anna/c{number}")
            self.assertEqual((again["added"], again["changed"], again["commit"]), (0, 0, None), file)
            for place in [c["name"] for c in first["collections"]]:
                exported = os.path.join(self.folder, "out.ics")
                self.daybook("export", f"anna/{place}", "-o", exported)
                written = pathlib.Path(exported).read_bytes().replace(b"\r\n", b"\n").decode()
                self.assertEqual(self.daybook("export", f"anna/{place}").stdout, written)
                back = self.as_json("import", exported, "--to", f"anna/{place}")
                self.assertEqual((back["added"], back["changed"], back["refused"]), (0, 0, []), file)
                copy = self.as_json("import", exported, "--to", f"anna/copy-{place}")
                self.assertEqual(copy["added"], back["unchanged"], file)

    def test_import_names_and_colors(self):
        self.add_user()
        out = self.daybook("import", str(DATA / "import/google.ics"), "--to", "anna").stdout
        self.assertIn("anna/familie-müller (new): 3 added", out)
        self.daybook("import", str(DATA / "import/nextcloud.ics"), "--to", "anna/club", "--name", "Club")
        found = {c["name"]: c for c in self.as_json("calendar", "list", "anna")["calendars"]}
        self.assertEqual(found["familie-müller"]["displayname"], "Familie Müller")
        self.assertEqual(found["club"]["displayname"], "Club")
        self.assertEqual(found["club"]["color"], "#e78074")
        self.assertEqual(found["club-tasks"]["kind"], "tasks")

    def test_import_from_folder_and_stdin(self):
        self.add_user()
        self.write("in/a.ics", EVENT.format("a", "A"))
        self.write("in/deep/b.ICS", EVENT.format("b", "B"))
        self.write("in/notes.txt", "not this")
        out = self.daybook("import", os.path.join(self.folder, "in"), "--to", "anna/personal").stdout
        self.assertIn("anna/personal: 2 added, 0 changed, 0 unchanged", out)
        out = self.daybook("import", "-", "--to", "anna/personal", stdin=EVENT.format("b", "B2")).stdout
        self.assertIn("0 added, 1 changed", out)
        os.mkdir(os.path.join(self.folder, "empty"))
        self.assertIn("no .ics", self.daybook("import", os.path.join(self.folder, "empty"), "--to", "anna/x", code=1).stderr)

    def test_import_refusals(self):
        self.add_user()
        done = self.daybook("import", str(DATA / "import/broken.ics"), "--to", "anna/personal", code=1)
        self.assertIn("2 added", done.stdout)
        self.assertEqual(done.stderr.count("refused: broken.ics, line "), 2, done.stderr)
        self.assertIn('"No such rule"', done.stderr)
        done = self.daybook("import", str(DATA / "import/nextcloud.ics"), "--to", "anna/personal", code=1)
        self.assertIn("import it into anna/tasks", done.stderr)
        zipped = self.write("x.zip", "PK\3\4")
        self.assertIn("unpack", self.daybook("import", zipped, "--to", "anna/personal", code=1).stderr)
        self.daybook("import", "/nonexistent.ics", "--to", "anna/personal", code=1)
        self.daybook("import", zipped, code=2)
        self.daybook("import", zipped, "--to", "/", code=2)
        self.assertIn("no user eve", self.daybook("import", str(DATA / "import/icloud.ics"), "--to", "eve/x", code=1).stderr)

    def test_log(self):
        self.add_user("anna", "--name", "Anna")
        self.daybook("import", "-", "--to", "anna/personal", stdin=EVENT.format("a", "Dentist"))
        self.daybook("import", "-", "--to", "anna/personal", stdin=EVENT.format("a", "Dentist moved"))
        out = self.daybook("log", "anna/personal").stdout
        self.assertRegex(out, r"(?m)^\d{4}-\d\d-\d\d \d\d:\d\d +admin imported 1 entry into ")
        entries = self.as_json("log", "anna/personal/a.ics")["entries"]
        self.assertEqual([e["changes"][0]["what"] for e in entries], ["changed", "added"])
        self.assertEqual([e["changes"][0]["summary"] for e in entries], ["Dentist moved", "Dentist"])
        self.assertEqual(entries[0]["who"], "admin")
        self.assertRegex(entries[0]["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertEqual(len(self.as_json("log", "-n", "1")["entries"]), 1)
        self.assertGreaterEqual(len(self.as_json("log", "anna")["entries"]), 3)
        self.daybook("calendar", "remove", "anna/personal")
        self.assertEqual(len(self.as_json("log", "anna/personal", "-n", "2")["entries"]), 2)
        self.assertIn("never was", self.daybook("log", "anna/never", code=1).stderr)
        self.daybook("log", "-n", "0", code=2)
        self.daybook("log", "-n", "x", code=2)

    def test_check(self):
        self.add_user()
        self.daybook("import", str(DATA / "import/google.ics"), "--to", "anna/personal")
        self.assertIn("in order", self.daybook("check").stdout)
        answer = self.as_json("check")
        self.assertTrue(answer["ok"])
        self.assertEqual(answer["problems"], [])

    def test_backup(self):
        self.add_user()
        self.daybook("import", str(DATA / "import/google.ics"), "--to", "anna/personal")
        backup = os.path.join(self.folder, "backup")
        self.assertIn(backup, self.daybook("backup", backup).stdout)
        bundles = glob.glob(backup + "/daybook-*.bundle")
        self.assertEqual(len(bundles), 1)
        subprocess.run(["git", "bundle", "verify", bundles[0]], cwd=self.folder, check=True, capture_output=True,
                       env=dict(self.env, GIT_DIR=self.data + "/repo.git"))
        restored = os.path.join(self.folder, "restored")
        os.mkdir(restored, 0o700)
        subprocess.run(["git", "clone", "-q", "--bare", bundles[0], restored + "/repo.git"], check=True, capture_output=True,
                       env=self.env)
        subprocess.run(["git", "-C", restored + "/repo.git", "fsck", "--strict"], check=True, capture_output=True)
        with sqlite3.connect(f"file:{backup}/state.db?mode=ro", uri=True) as db:
            self.assertEqual(db.execute("pragma integrity_check").fetchone(), ("ok",))
        shutil.copy(backup + "/state.db", restored + "/state.db")
        self.stop()
        self.data = restored
        found = {c["name"]: c for c in self.as_json("calendar", "list", "anna")["calendars"]}
        self.assertEqual(found["personal"]["entries"], 3)
        self.assertIn("in order", self.daybook("check").stdout)
        self.daybook("backup", "/nonexistent/dir", code=1)
        self.daybook("backup", code=2)


class Alone(Commands, Bed):
    """Under the folder's lock."""

    def test_check_finds_damage(self):
        self.add_user()
        self.daybook("import", str(DATA / "import/google.ics"), "--to", "anna/personal")
        packs = glob.glob(self.data + "/repo.git/objects/pack/*.pack")
        self.assertTrue(packs)
        for pack in packs:
            size = os.path.getsize(pack)
            os.chmod(pack, 0o600)
            with open(pack, "r+b") as file:
                file.seek(size // 2)
                byte = file.read(1)
                file.seek(size // 2)
                file.write(bytes([byte[0] ^ 0xFF]))
        done = self.daybook("check", code=1)
        self.assertNotIn("in order", done.stdout)

    def test_long_folder(self):
        self.data = os.path.join(self.folder, "x" * 100, "y" * 100)
        os.makedirs(os.path.dirname(self.data))
        self.add_user()
        self.start()
        self.assertIn("anna", {u["name"] for u in self.as_json("user", "list")["users"]})

    def test_stale_socket(self):
        self.add_user()
        import socket
        with socket.socket(socket.AF_UNIX) as left:
            left.bind(self.data + "/control.sock")
        self.assertIn("anna", self.daybook("user", "list").stdout)

    def test_no_folder(self):
        self.assertIn("no Daybook", self.daybook("user", "list", code=1).stderr)
        self.assertFalse(os.path.exists(self.data))

    def test_people_before_the_first_start(self):
        """Whoever is there already, the first start makes an administrator, with the role and a password of its own."""
        self.add_user()
        self.add_user("admin")
        self.start()
        users = {u["name"]: u["admin"] for u in self.as_json("user", "list")["users"]}
        self.assertEqual(users, {"admin": True, "anna": False})
        self.assertEqual(self.http("GET", "/api/v1/users", ("admin", "admin-secret"))[0], 200)
        self.assertEqual(self.http("GET", "/api/v1/users", ("admin", PASSWORD))[0], 401)
        self.assertEqual(self.http("GET", "/api/v1/users/anna", ("anna", PASSWORD))[0], 200)

    def test_an_administrator_before_the_first_start(self):
        self.add_user("anna", "--admin")
        self.start()
        self.assertEqual([u["name"] for u in self.as_json("user", "list")["users"]], ["anna"])

    def test_config(self):
        conf = self.write("bad.conf", "[server]\nnonsense = 1\n")
        self.assertIn("bad.conf:2", self.daybook("user", "list", "--config", conf, code=1).stderr)

    @unittest.skipUnless(os.geteuid() == 0, "needs root")
    def test_root_becomes_the_owner(self):
        os.chmod(self.folder, 0o711)
        os.mkdir(self.data, 0o700)
        os.chown(self.data, 65534, 65534)
        self.add_user()
        backup = os.path.join(self.folder, "backup")
        self.daybook("backup", backup)
        for top in (self.data, backup):
            for folder, folders, files in os.walk(top):
                for name in folders + files:
                    self.assertEqual(os.lstat(os.path.join(folder, name)).st_uid, 65534, name)


class BesideTheDaemon(Commands, Bed):
    """Through control.sock."""

    def prepare(self):
        self.start()

    def test_what_commands_do_is_served_at_once(self):
        self.add_user()
        login = ("anna", PASSWORD)
        self.assertEqual(self.http("GET", "/api/v1/users/anna", login)[0], 200)
        self.assertEqual(self.http("GET", "/api/v1/users/anna", ("anna", "wrong"))[0], 401)
        self.daybook("import", "-", "--to", "anna/personal", stdin=EVENT.format("a", "Dentist"))
        status, text = self.http("GET", "/dav/calendars/anna/personal/a.ics", login)
        self.assertEqual(status, 200)
        self.assertIn("SUMMARY:Dentist", text)
        self.daybook("user", "passwd", "anna", stdin="new\n")
        self.assertEqual(self.http("GET", "/api/v1/users/anna", login)[0], 401)
        self.assertEqual(self.http("GET", "/api/v1/users/anna", ("anna", "new"))[0], 200)
        self.daybook("user", "remove", "anna", "--yes")
        self.assertEqual(self.http("GET", "/api/v1/users/anna", ("anna", "new"))[0], 401)

    def test_enrolment_over_http(self):
        admin = ("admin", "admin-secret")
        self.assertEqual(self.http("PUT", "/users/anna", admin, b'{"password": "one"}', "application/json")[0], 201)
        self.assertEqual(self.http("PUT", "/users/anna?password=two", admin)[0], 200)
        self.assertEqual(self.http("PUT", "/users/bob", admin, b"password=x", "application/x-www-form-urlencoded")[0], 201)
        self.assertEqual(self.http("PUT", "/users/carl?password=x")[0], 401)
        self.assertEqual(self.http("PUT", "/users/carl?password=x", ("anna", "two"))[0], 403)
        self.assertEqual(self.http("PUT", "/users/anna", ("anna", "two"), b'{"password": "three"}', "application/json")[0], 200)
        self.assertEqual(self.http("DELETE", "/users/anna", admin)[0], 204)
        self.assertEqual(self.http("DELETE", "/users/anna", admin)[0], 404)
        self.assertNotIn("password=", pathlib.Path(self.folder, "log").read_text())

    def test_import_over_http(self):
        admin = ("admin", "admin-secret")
        self.http("PUT", "/users/anna?password=x", admin)
        body = (DATA / "import/icloud.ics").read_bytes()
        status, text = self.http("POST", "/api/v1/users/anna/import", ("anna", "x"), body, "text/calendar")
        self.assertEqual((status, json.loads(text)["added"]), (200, 2))
        status, text = self.http("GET", "/api/v1/log/anna/zuhause", ("anna", "x"))
        self.assertIn("anna imported 2 entries into Zuhause", text)


    def git(self, folder, *args):
        done = subprocess.run(["git", "-C", folder, "-c", "user.name=Anna", "-c", "user.email=anna@example.org", *args],
                              capture_output=True, text=True, env=self.env)
        self.assertEqual(done.returncode, 0, f"{args}\n{done.stdout}\n{done.stderr}")
        return done.stdout.strip()

    def entries(self):
        return self.daybook("export", "anna/personal").stdout.count("BEGIN:VEVENT")

    def wait_for_entries(self, count):
        deadline = time.time() + 10
        while time.time() < deadline and self.entries() != count:
            time.sleep(0.1)
        self.assertEqual(self.entries(), count)

    def test_roll_back(self):
        """The commands of the README, "Rolling back with git"."""
        self.add_user()
        self.daybook("import", str(DATA / "holidays.ics"), "--to", "anna/personal")
        full = self.entries()
        family = os.path.join(self.folder, "family")
        self.git(self.folder, "clone", "-q", self.data + "/repo.git", family)
        commit = self.git(family, "log", "-1", "--format=%h", "calendars/anna/personal")
        self.git(family, "revert", "--no-edit", commit)
        self.git(family, "push", "-q")
        self.wait_for_entries(0)
        then = self.git(family, "rev-list", "-1", "--first-parent", "main~1")
        self.git(family, "restore", f"--source={then}", "--staged", "--worktree", "calendars/anna/personal")
        self.git(family, "commit", "-qm", "Back to the first of November")
        self.git(family, "push", "-q")
        self.wait_for_entries(full)
        self.assertIn("everything is in order", self.daybook("check").stdout)

    def test_restored_backup(self):
        """The commands of the README, "Every day"."""
        self.add_user()
        self.daybook("import", str(DATA / "holidays.ics"), "--to", "anna/personal")
        full, backup, data = self.entries(), os.path.join(self.folder, "backup"), os.path.join(self.folder, "new")
        self.daybook("backup", backup)
        self.stop()
        os.mkdir(data, 0o700)
        subprocess.run(["git", "clone", "-q", "--bare", *glob.glob(backup + "/*.bundle"), data + "/repo.git"], check=True)
        shutil.copy(backup + "/state.db", data)
        self.data = data
        self.start()
        self.assertEqual(self.http("GET", "/api/v1/users/anna", ("anna", PASSWORD))[0], 200)
        self.assertEqual(self.entries(), full)


@unittest.skipUnless(os.path.exists(os.path.join(os.path.dirname(BINARY), "cmake_install.cmake")), "no build folder")
class Installed(unittest.TestCase):
    """`cmake --install`, as packagers do it."""

    FILES = ["usr/bin/daybook", "etc/daybook/daybook.conf", "usr/lib/systemd/system/daybook.service",
             "usr/lib/systemd/system/daybook.socket", "usr/lib/sysusers.d/daybook.conf", "usr/lib/tmpfiles.d/daybook.conf",
             "usr/share/doc/daybook/README.md", "usr/share/doc/daybook/examples/nginx.conf"]

    def install(self, root, prefix):
        subprocess.run(["cmake", "--install", os.path.dirname(BINARY), "--prefix", prefix], check=True,
                       capture_output=True, env=dict(os.environ, DESTDIR=root))

    def test_files(self):
        with tempfile.TemporaryDirectory() as root:
            self.install(root, "/usr")
            for file in self.FILES:
                self.assertTrue(os.path.exists(f"{root}/{file}"), file)
            if shutil.which("scdoc"):
                self.assertIn(".TH", pathlib.Path(root, "usr/share/man/man5/daybook.conf.5").read_text())
            done = subprocess.run([root + "/usr/bin/daybook", "version"], capture_output=True, text=True)
            self.assertRegex(done.stdout, r"^daybook \d")

    def test_configuration_stays(self):
        with tempfile.TemporaryDirectory() as root:
            conf = pathlib.Path(root, "etc/daybook/daybook.conf")
            conf.parent.mkdir(parents=True)
            conf.write_text("mine")
            self.install(root, "/opt/daybook")
            self.assertEqual(conf.read_text(), "mine")
            unit = pathlib.Path(root, "opt/daybook/lib/systemd/system/daybook.service").read_text()
            self.assertIn("ExecStart=/opt/daybook/bin/daybook serve", unit)


class Words(unittest.TestCase):
    """Help and wrong use; no data folder needed."""

    def run_it(self, *args):
        return subprocess.run([BINARY, *args], capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)

    def test_help(self):
        for leaf in LEAVES:
            done = self.run_it(*leaf, "--help")
            self.assertEqual(done.returncode, 0, leaf)
            self.assertIn("usage: daybook " + " ".join(leaf), done.stdout)
            self.assertIn("--data DIR", done.stdout)
            self.assertEqual(done.stderr, "")

    def test_wrong_use(self):
        for args in (["user"], ["user", "dance"], ["user", "add"], ["user", "add", "a", "b"], ["user", "list", "--wrong"],
                     ["user", "add", "anna", "--password", "x"], ["export"], ["import"], ["export", "anna"],
                     ["calendar", "add", "x", "--data"], ["check", "x"]):
            done = self.run_it(*args)
            self.assertEqual(done.returncode, 2, args)
            self.assertIn("usage: daybook", done.stderr)

    def test_version(self):
        self.assertRegex(self.run_it("version").stdout, r"^daybook \d+\.\d+\.\d+\n$")
        self.assertEqual(json.loads(self.run_it("version", "--json").stdout)["name"], "daybook")


if __name__ == "__main__":
    unittest.main()
