#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""The repository is an ordinary one: it tells who changed what, takes pushes and commits made by hand (checked like a
PUT), refuses bad ones, and the daemon starts on whatever of it is left."""
import contextlib, os, pathlib, shutil, sqlite3, subprocess, tempfile, unittest
import xml.etree.ElementTree as ET
from daemon import Daemon, event, tree_path, NS

PASSWORD = "git-secret"
CALENDAR = "calendars/anna/personal"
ME = {"GIT_AUTHOR_NAME": "By Hand", "GIT_AUTHOR_EMAIL": "hand@example.org", "GIT_COMMITTER_NAME": "By Hand",
      "GIT_COMMITTER_EMAIL": "hand@example.org"}
SECONDS = 2.0  # what was pushed is seen over HTTP within
SYNC = ('<d:sync-collection xmlns:d="DAV:"><d:sync-token>%s</d:sync-token><d:sync-level>1</d:sync-level>'
        "<d:prop><d:getetag/></d:prop></d:sync-collection>")


class Household:
    """A daemon with the user anna, and what she does."""

    def __init__(self, daemon):
        self.daemon = daemon
        daemon.add_user("anna", PASSWORD)

    def request(self, method, name, body=None, headers=None):
        return self.daemon.request(method, f"/dav/{CALENDAR}/{name}", body, headers, "anna", PASSWORD)

    def put(self, name, body, headers=None):
        status, answer, content = self.request("PUT", name, body, {"Content-Type": "text/calendar", **(headers or {})})
        assert status in (201, 204), (status, content)
        return answer["etag"]

    def get(self, name):
        status, headers, body = self.request("GET", name)
        return (body.decode(), headers["etag"]) if status == 200 else None

    def seen(self, name, body):
        """The bytes are what GET gives, at once or soon."""
        return self.daemon.wait_for(SECONDS, lambda: (self.get(name) or [None])[0] == body)

    def sync(self, token=""):
        """(new token, {name: status})"""
        status, _, body = self.request("REPORT", "", SYNC % token, {"Content-Type": "application/xml"})
        assert status == 207, (status, body)
        tree = ET.fromstring(body)
        rows = {r.findtext("d:href", "", NS).rsplit("/", 1)[1]: "404" if r.find("d:status", NS) is not None else "200"
                for r in tree.findall("d:response", NS)}
        return tree.findtext("d:sync-token", "", NS), rows

    def head(self):
        return self.daemon.git("rev-parse", "main").strip()


class Clone:
    """A working copy, as somebody who may push has it."""

    def __init__(self, daemon):
        self.folder = pathlib.Path(tempfile.mkdtemp(dir=daemon.folder))
        self.run("clone", "-q", "-b", "main", str(daemon.repo), str(self.folder))

    def run(self, *args, check=True):
        env = {**os.environ, **ME, "HOME": str(self.folder)}
        return subprocess.run(["git", *args], cwd=self.folder, env=env, check=check, capture_output=True, text=True)

    def commit(self, name, text, message="by hand"):
        path = self.folder / tree_path(CALENDAR, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
        self.run("add", "-A")
        self.run("commit", "-q", "-m", message)

    def push(self, *args):
        return self.run("push", "-q", "origin", *(args or ("main",)), check=False)


def commit_by_plumbing(daemon, changes, parent="main"):
    """A commit made in the bare repository itself, without hooks: {path: text or None}."""
    env = {**ME, "GIT_INDEX_FILE": str(daemon.folder / "by-hand.index")}
    daemon.git("read-tree", parent, env=env)
    for path, text in changes.items():
        if text is None:
            daemon.git("update-index", "--index-info", input=f"0 {'0' * 40}\t{path}\n", env=env)
        else:
            blob = daemon.git("hash-object", "-w", "--stdin", input=text, env=env).strip()
            daemon.git("update-index", "--add", "--cacheinfo", f"100644,{blob},{path}", env=env)
    tree = daemon.git("write-tree", env=env).strip()
    commit = daemon.git("commit-tree", tree, "-p", parent, "-m", "by plumbing", env=env).strip()
    daemon.git("update-ref", "refs/heads/main", commit)
    return commit


class HistoryTest(unittest.TestCase):
    def test_log_tells_who_and_what(self):
        with Daemon() as daemon:
            home = Household(daemon)
            home.put("a.ics", event("a", "Dentist"), {"User-Agent": "Phone/1.0"})
            author, committer, subject = self.last(daemon)
            self.assertEqual(author, "anna")
            self.assertEqual(committer, "Daybook")
            self.assertIn('added "Dentist"', subject)
            self.assertIn("personal", subject)
            self.assertEqual(self.trailer(daemon, "User"), "anna")
            self.assertEqual(self.trailer(daemon, "User-Agent"), "Phone/1.0")
            self.assertEqual(self.trailer(daemon, "Device"), "Phone")
            self.assertTrue(self.trailer(daemon, "Request-Id"))
            home.put("a.ics", event("a", "Dentist moved"))
            self.assertRegex(self.last(daemon)[2], "changed|moved")
            self.assertIn('"Dentist moved"', self.last(daemon)[2])
            home.request("DELETE", "a.ics")
            self.assertRegex(self.last(daemon)[2], "deleted|removed")
            self.assertIn("Dentist moved", self.last(daemon)[2])
            self.one_request_one_commit(daemon, home)
            daemon.fsck()

    def one_request_one_commit(self, daemon, home):
        before = int(daemon.git("rev-list", "--count", "main"))
        etag = home.put("b.ics", event("b"))
        self.assertEqual(etag, '"%s"' % daemon.git("rev-parse", f"main:{tree_path(CALENDAR, 'b.ics')}").strip())
        home.put("b.ics", event("b"))  # changes nothing: no commit
        self.assertEqual(int(daemon.git("rev-list", "--count", "main")), before + 1)
        path = tree_path(CALENDAR, "b.ics")
        self.assertEqual(daemon.git("show", f"main:{path}"), event("b").replace("\r\n", "\n"))
        self.assertEqual(daemon.git("diff-tree", "--no-commit-id", "--name-only", "-r", "main").split(), [path])

    def test_nothing_forges_trailers(self):
        with Daemon() as daemon:
            home = Household(daemon)
            evil = "x\\n\\nUser: admin\\nDevice: forged\\nRequest-Id: forged"
            home.put("a.ics", event("a", evil), {"User-Agent": "Phone  User: admin"})
            self.assertEqual(self.trailer(daemon, "User"), "anna")
            self.assertEqual(self.trailer(daemon, "Device"), "Phone User admin")  # the program that was noticed
            self.assertNotIn("forged", self.trailer(daemon, "Request-Id"))
            long = "long " * 2000
            home.put("b.ics", event("b", long), {"User-Agent": "x" * 3000})
            self.assertLess(max(len(l) for l in daemon.git("log", "-1", "--format=%B", "main").splitlines()), 1000)
            daemon.fsck()

    def last(self, daemon):
        return daemon.git("log", "-1", "--format=%an%n%cn%n%s", "main").strip().split("\n")

    def trailer(self, daemon, key):
        return daemon.git("log", "-1", f"--format=%(trailers:key={key},valueonly)", "main").strip()

    def test_no_secrets_in_the_repository(self):
        with Daemon() as daemon:
            Household(daemon)
            everything = daemon.git("log", "-p", "--all")
            for secret in (PASSWORD, "argon2", "password"):
                self.assertNotIn(secret, everything)
            self.assertEqual(daemon.data.stat().st_mode & 0o777, 0o700)
            self.assertEqual((daemon.data / "state.db").stat().st_mode & 0o777, 0o600)


class PushTest(unittest.TestCase):
    def test_push(self):
        with Daemon() as daemon:
            home = Household(daemon)
            home.put("a.ics", event("a"))
            token, _ = home.sync()
            clone = Clone(daemon)
            clone.commit("a.ics", event("a", "By hand"))
            clone.commit("new.ics", event("new", "New by hand"))
            done = clone.push()
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertTrue(home.seen("new.ics", event("new", "New by hand")))
            self.assertTrue(home.seen("a.ics", event("a", "By hand")))
            self.assertEqual(home.sync(token)[1], {"a.ics": "200", "new.ics": "200"})
            self.refused_by_name_and_line(home, clone)
            self.refused_uid(home, clone)
            self.no_force(daemon, home, clone)
            home.put("a.ics", event("a", "Still working"))
            daemon.fsck()

    def refused_by_name_and_line(self, home, clone):
        before = home.head()
        clone.commit("broken.ics", event("broken").replace("DTSTART:20260301T100000Z", "DTSTART:tomorrow"))
        done = clone.push()
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("broken.ics", done.stderr)
        self.assertRegex(done.stderr, r"broken\.ics[^\n]*\b7\b|line 7")
        self.assertEqual(home.head(), before)
        self.assertIsNone(home.get("broken.ics"))
        clone.run("reset", "-q", "--hard", "origin/main")

    def refused_uid(self, home, clone):
        before = home.head()
        clone.commit("twin.ics", event("a", "The same UID"))
        done = clone.push()
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("twin.ics", done.stderr)
        self.assertEqual(home.head(), before)
        clone.run("reset", "-q", "--hard", "origin/main")

    def no_force(self, daemon, home, clone):
        before = home.head()
        clone.run("reset", "-q", "--hard", "HEAD~1")
        clone.commit("other.ics", event("other"))
        self.assertNotEqual(clone.push("--force", "main").returncode, 0)
        self.assertNotEqual(clone.push("--delete", "main").returncode, 0)
        self.assertEqual(home.head(), before)
        self.assertTrue(home.get("new.ics"))

    def test_rights_are_pushed(self):
        """Who edits entries or members by hand gets shares, and ends them, as who uses ACL does."""
        with Daemon() as daemon:
            Household(daemon)
            daemon.add_user("ben", PASSWORD)
            clone = Clone(daemon)
            self_file = clone.folder / CALENDAR / ".collection"
            group = clone.folder / "principals/groups/kids"

            def shared(name="anna-personal"):
                return daemon.request("GET", f"/dav/calendars/ben/{name}/", None, {}, "ben", PASSWORD)[0]

            def push(message, path, text):
                path.write_text(text)
                clone.run("add", "-A")
                clone.run("commit", "-q", "-m", message)
                result = clone.push()
                self.assertEqual(result.returncode, 0, result.stderr)

            def settled():
                return daemon.git("log", "-1", "--format=%s", "main").strip() == \
                    "Daybook brought the shares in line with what was pushed"

            before = self_file.read_text()
            push("share", self_file, before + "ace grant users/ben read\n")
            self.assertTrue(daemon.wait_for(SECONDS, lambda: shared() == 200))
            self.assertTrue(settled())
            clone.run("pull", "-q")
            push("no more", self_file, before)
            # hidden by the push itself, and taken away by the commit after it
            self.assertTrue(daemon.wait_for(SECONDS, lambda: shared() == 404 and settled()))
            clone.run("pull", "-q")
            self.assertFalse((clone.folder / "calendars/ben/anna-personal").exists())
            push("for a group", self_file, before + "ace grant groups/kids read\n")
            push("the group", group, "id 5d1f2c9e-0000-4000-8000-000000000001\nmember users/ben\n")
            self.assertTrue(daemon.wait_for(SECONDS, lambda: shared() == 200))
            clone.run("pull", "-q")
            push("a line that nobody can read", self_file, before + "ace grant groups/kids read\nace deny nonsense\n")
            self.assertTrue(daemon.wait_for(SECONDS, lambda: shared() == 200))  # what came first has spoken
            clone.run("pull", "-q")
            push("and first", self_file, before + "ace deny nonsense\nace grant groups/kids read\n")
            self.assertTrue(daemon.wait_for(SECONDS, lambda: shared() == 404))  # closed, not open
            daemon.fsck()

    def test_push_without_the_daemon(self):
        """The hook checks alone, and the daemon takes it at its next start."""
        with Daemon() as daemon:
            home = Household(daemon)
            home.put("a.ics", event("a"))
            clone = Clone(daemon)
            daemon.stop()
            clone.commit("bad.ics", "BEGIN:NONSENSE\r\n")
            done = clone.push()
            self.assertNotEqual(done.returncode, 0)
            self.assertIn("bad.ics", done.stderr)
            clone.run("reset", "-q", "--hard", "origin/main")
            clone.commit("good.ics", event("good"))
            done = clone.push()
            self.assertEqual(done.returncode, 0, done.stderr)
            daemon.start()
            self.assertTrue(home.seen("good.ics", event("good")))

    def test_merge_that_hides_the_old_head(self):
        """A descendant of main that leaves the old head off its first-parent chain: numbers and tokens stay right."""
        with Daemon() as daemon:
            home = Household(daemon)
            home.put("a.ics", event("a"))
            clone = Clone(daemon)
            clone.commit("mine.ics", event("mine"))
            home.put("theirs.ics", event("theirs"))
            token, _ = home.sync()
            clone.run("pull", "-q", "--no-rebase", "--no-edit", "origin", "main")
            done = clone.push()
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertTrue(home.seen("mine.ics", event("mine")))
            self.assertEqual(home.sync(token)[1], {"mine.ics": "200"})
            firsts = daemon.git("rev-list", "--first-parent", "main").split()
            self.assertIn(daemon.git("log", "-1", "--format=%H", "--grep=theirs", "--first-parent", "main").strip()
                          or firsts[0], firsts)
            daemon.fsck()


class ByHandTest(unittest.TestCase):
    def test_commit_in_the_repository(self):
        with Daemon() as daemon:
            home = Household(daemon)
            home.put("a.ics", event("a"))
            token, _ = home.sync()
            commit_by_plumbing(daemon, {tree_path(CALENDAR, "p.ics"): event("p"), tree_path(CALENDAR, "a.ics"): None})
            self.assertTrue(home.seen("p.ics", event("p")))
            self.assertIsNone(home.get("a.ics"))
            self.assertEqual(home.sync(token)[1], {"p.ics": "200", "a.ics": "404"})
            self.refused(daemon, home)
            daemon.fsck()

    def refused(self, daemon, home):
        before = home.head()
        bad = commit_by_plumbing(daemon, {tree_path(CALENDAR, "bad.ics"): "BEGIN:VCALENDAR\r\nnonsense\r\n"})
        self.assertTrue(daemon.wait_for(5, lambda: home.head() == before), "main was not put back")
        self.assertIsNone(home.get("bad.ics"))
        self.assertIn(bad, daemon.git("for-each-ref", "--format=%(objectname)", "refs/daybook/rejected/"))
        self.assertIn("bad.ics", daemon.log())
        home.put("after.ics", event("after"))

    def test_rewritten_history_is_put_back(self):
        with Daemon() as daemon:
            home = Household(daemon)
            home.put("a.ics", event("a"))
            home.put("b.ics", event("b"))
            before = home.head()
            daemon.git("update-ref", "refs/heads/main", "main~1")
            self.assertTrue(daemon.wait_for(5, lambda: home.head() == before), "main was not put back")
            self.assertTrue(home.get("b.ics"))

    def test_broken_item_keeps_its_last_version(self):
        """Whatever stands in the repository: phones keep seeing the last readable version in its place."""
        with Daemon() as daemon:
            home = Household(daemon)
            etag = home.put("a.ics", event("a", "Readable"))
            home.put("b.ics", event("b"))
            token, _ = home.sync()
            daemon.stop()
            commit_by_plumbing(daemon, {tree_path(CALENDAR, "a.ics"): "BEGIN:VCALENDAR\r\nnonsense\r\n"})
            checked = daemon.command("check")
            self.assertNotEqual(checked.returncode, 0)
            self.assertIn("a.ics", checked.stdout + checked.stderr)
            daemon.start()
            self.assertEqual(home.get("a.ics"), (event("a", "Readable"), etag))
            self.assertEqual(set(home.sync()[1]), {"a.ics", "b.ics"})
            self.assertNotIn("404", home.sync(token)[1].values())
            home.put("c.ics", event("c"))
            home.put("a.ics", event("a", "Repaired"))
            self.assertEqual(home.get("a.ics")[0], event("a", "Repaired"))
            daemon.fsck()


class StartTest(unittest.TestCase):
    def test_start_without_index(self):
        with Daemon() as daemon:
            home, before = self.filled(daemon)
            daemon.stop()
            shutil.rmtree(daemon.data / "index", ignore_errors=True)
            daemon.start()
            self.assertEqual(self.state(home), before)
            daemon.stop()
            for file in (daemon.data / "index").glob("*"):
                file.write_bytes(b"damaged" + file.read_bytes()[7:-20])
            daemon.start()
            self.assertEqual(self.state(home), before)
            home.put("later.ics", event("later"))
            self.assertEqual(home.sync(before[0])[1], {"later.ics": "200"})

    def test_start_on_a_clone(self):
        with Daemon() as daemon:
            home, before = self.filled(daemon)
            daemon.stop()
            fresh = daemon.folder / "fresh"
            fresh.mkdir(mode=0o700)
            subprocess.run(["git", "clone", "-q", "--bare", str(daemon.repo), str(fresh / "repo.git")], check=True)
            daemon.data, daemon.repo = fresh, fresh / "repo.git"
            daemon.start()
            daemon.add_user("anna", PASSWORD)
            self.assertEqual(self.state(home), before)
            self.assertEqual(daemon.git("config", "receive.denyNonFastForwards").strip(), "true")
            self.assertEqual(daemon.git("config", "gc.auto").strip(), "0")
            home.put("later.ics", event("later"))
            daemon.fsck()

    def filled(self, daemon):
        home = Household(daemon)
        for n in range(20):
            home.put(f"e{n}.ics", event(f"e{n}"))
        home.request("DELETE", "e3.ics")
        home.put("e4.ics", event("e4", "Changed"))
        return home, self.state(home)

    def state(self, home):
        token, rows = home.sync()
        return token, sorted(rows), home.get("e4.ics"), home.get("e3.ics")

    def test_newer_folder_is_refused(self):
        with Daemon() as daemon:
            daemon.stop()
            with contextlib.closing(sqlite3.connect(daemon.data / "state.db")) as state:
                state.execute("UPDATE meta SET value = 9999 WHERE key = 'format'")
                state.commit()
            refused = subprocess.run([daemon.binary, "serve", "--data", str(daemon.data), "--listen", "127.0.0.1:0"],
                                     capture_output=True, text=True, timeout=60)
            self.assertNotEqual(refused.returncode, 0)
            self.assertIn("newer", refused.stderr)


if __name__ == "__main__":
    unittest.main()
