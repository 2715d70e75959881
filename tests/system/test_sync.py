#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Clients that sync (RFC 6578) from any token they ever had, whole or page by page, always end with what PROPFIND lists:
while others create, change, delete, rename and re-create items, folders and calendars, over restarts and on a clone."""
import pathlib, random, shutil, subprocess, threading, time, unittest, urllib.parse
from daemon import Daemon, event, tree_path
from sync_client import Client, Session, PASSWORD
from test_git import Clone, commit_by_plumbing

SEED = 6578
HOME, FILES = "/dav/calendars/anna/", "/dav/files/anna/"
CALENDARS = [HOME + name + "/" for name in ("personal", "work", "club%20%C3%A9")]
FOLDERS = [FILES, FILES + "a/", FILES + "a/b/", FILES + "c/"]
STEPS, CHECK_EVERY = 220, 10
WRITER_SECONDS = 4


class Writer:
    """Does anything that a client may do, at random; refusals are part of it."""

    def __init__(self, session, seed):
        self.session, self.random, self.count = session, random.Random(seed), 0

    def item(self, folder):
        suffix = ".ics" if folder.startswith(HOME) else ".txt"
        return folder + self.random.choice(["one", "two", "three", "f%C3%BCnf", "a%20b", "6", "7", "8"]) + suffix

    def folder(self, of=None):
        return self.random.choice(of or CALENDARS + FOLDERS)

    def put(self):
        path = self.item(self.folder())
        self.count += 1
        uid = urllib.parse.unquote(path.rsplit("/", 1)[1])
        body = event(uid, f"{self.count % 5}") if path.startswith(HOME) else f"{self.count % 5}"
        return self.session.request("PUT", path, body,
                                    Content_Type="text/calendar" if path.startswith(HOME) else "text/plain")

    def delete(self):
        return self.session.request("DELETE", self.item(self.folder()))

    def transfer(self, verb, source, target):
        return self.session.request(verb, source, Destination=target,
                                    Overwrite=self.random.choice("TF"))

    def move(self):
        source = self.item(self.folder())
        return self.transfer(self.random.choice(["MOVE", "COPY"]), source,
                             self.item(self.folder(CALENDARS if source.startswith(HOME) else FOLDERS)))

    def proppatch(self):
        path = self.random.choice([self.item(self.folder()), self.folder()])
        return self.session.request("PROPPATCH", path, '<d:propertyupdate xmlns:d="DAV:"><d:set><d:prop><x xmlns="u">'
                                    f"{self.random.random()}</x></d:prop></d:set></d:propertyupdate>")

    def make(self):
        path = self.folder()
        return self.session.request("MKCALENDAR" if path.startswith(HOME) else "MKCOL", path)

    def delete_all(self):
        return self.session.request("DELETE", self.folder(CALENDARS + FOLDERS[1:]))

    def move_all(self):
        source = self.folder(CALENDARS + FOLDERS[1:])
        target = self.folder(CALENDARS if source.startswith(HOME) else FOLDERS[1:])
        return self.transfer(self.random.choice(["MOVE", "COPY"]), source, target)

    def step(self):
        kinds = [self.put, self.delete, self.move, self.proppatch, self.make, self.delete_all, self.move_all]
        status, _, body = self.random.choices(kinds, [12, 4, 4, 2, 3, 1, 1])[0]()
        assert status < 500, (status, body)


class SyncTest(unittest.TestCase):
    def setUp(self):
        self.daemon = self.enterContext(Daemon())
        self.daemon.add_user("anna", PASSWORD)
        self.clients = [Client(path, "1", limit) for path in CALENDARS + FOLDERS for limit in (0, 3)]
        self.clients += [Client(path, level, limit) for path in (HOME, FILES)
                         for level in ("1", "infinite") for limit in (0, 1, 3)]

    def converge(self, session, why):
        for client in self.clients:
            client.sync(session)
            self.assertFalse(client.differs(session), why)

    def test_one_after_the_other(self):
        chance, session = random.Random(SEED), Session(self.daemon)
        writer = Writer(session, SEED)
        for step in range(1, STEPS + 1):
            writer.step()
            for client in chance.sample(self.clients, 2):
                client.page(session)
            if step % CHECK_EVERY == 0:
                for client in chance.sample(self.clients, 8):
                    client.go_back(chance)
                    client.sync(session)
                    self.assertFalse(client.differs(session), f"after step {step}")
        self.converge(session, "at the end")

    def again(self, chance, why):
        """All tokens stay good, and say the same."""
        session = Session(self.daemon)
        for client in self.clients:
            client.forget_marks()
            had = client.token, dict(client.known)
            client.sync(session)
            self.assertEqual(had, (client.token, client.known), f"nothing is new: {why}")
            client.go_back(chance)
        self.converge(session, why)

    def test_restart(self):
        chance, session = random.Random(SEED + 1), Session(self.daemon)
        writer = Writer(session, SEED + 1)
        for _ in range(150):
            writer.step()
            for client in chance.sample(self.clients, 2):
                client.page(session)
        self.converge(session, "before")
        self.daemon.kill()
        self.daemon.start()
        self.again(chance, "after a crash")
        self.daemon.stop()
        shutil.rmtree(self.daemon.data / "index")
        self.daemon.start()
        self.again(chance, "the index is made anew")
        self.daemon.stop()
        for index in pathlib.Path(self.daemon.data / "index").iterdir():
            index.write_bytes(index.read_bytes()[:-40] + b"x" * 40)
        clone = self.daemon.folder / "clone.git"
        subprocess.run(["git", "clone", "-q", "--bare", str(self.daemon.repo), str(clone)], check=True)
        shutil.rmtree(self.daemon.repo)
        clone.rename(self.daemon.repo)
        self.daemon.start()
        self.again(chance, "on a clone, with a damaged index")
        self.daemon.fsck()

    def test_merge_while_away(self):
        """A merge that has ours as its second parent is wrapped, also when it came while the daemon was down, so that the
        positions on main's first-parent chain, and with them the tokens, stay what they were."""
        chance, session = random.Random(SEED + 2), Session(self.daemon)
        clone = Clone(self.daemon)
        for end, again in (("stop", True), ("kill", True), ("kill", False)):
            clone.commit("hand.ics", event("hand", f"{end} {again}"))
            for step in range(4):
                path = f"{CALENDARS[0]}{end}-{step}.ics"
                self.assertEqual(session.request("PUT", path, event(f"{end}-{again}-{step}"))[0], 201)
            self.converge(session, "before")
            getattr(self.daemon, end)()
            clone.run("fetch", "-q", "origin")
            clone.run("merge", "-q", "--no-edit", "origin/main")
            if again:
                clone.run("push", "-q", "origin", "main")
            self.daemon.start()
            if not again:
                clone.run("push", "-q", "origin", "main")
            session = Session(self.daemon)
            path = HOME + "personal/hand.ics"
            want = event("hand", f"{end} {again}").encode()
            self.assertTrue(self.daemon.wait_for(3, lambda: session.request("GET", path)[2] == want))
            for client in self.clients:
                client.go_back(chance)
            self.converge(session, f"after a merge ({end}, {again})")
            for step in range(4):
                session.request("DELETE", f"{CALENDARS[0]}{end}-{step}.ics")
            clone.run("fetch", "-q", "origin")
            clone.run("reset", "-q", "--hard", "origin/main")
        self.daemon.fsck()

    def by_hand(self, chance):
        """What somebody may do in the bare repository without any check; most of it is damage."""
        paths = self.daemon.git("ls-tree", "-r", "-z", "--name-only", "main").split("\0")[:-1]
        mine = [path for path in paths if path.startswith(("calendars/anna", "files/anna"))]
        personal, changes = "calendars/anna/personal", {}
        name = chance.choice(["one.ics", "new.ics"])
        for _ in range(chance.randrange(1, 5)):
            path, text = chance.choice([
                (chance.choice(mine), None), (chance.choice(mine), "garbage"), ("calendars/anna/README", "x"),
                (personal + "/8/f/wrong.ics", event("wrong")), (personal + "/.meta/0/0/zz", "x"),
                (tree_path(personal, name), chance.choice(["garbage", event(name, "by hand"), event("one.ics"), None])),
                (tree_path(personal + "/.meta", name), "prop {u}x <x xmlns=\"u\">1</x>\n"),
                ("files/anna/a/deep/er.txt", "x")])
            changes[path] = text
        try:
            commit_by_plumbing(self.daemon, changes)
        except subprocess.CalledProcessError:
            pass  # a file in the place of a folder

    def test_damage(self):
        """Commits by hand while the daemon is down are taken as they are: the repository stays whole, clients converge,
        and an index made anew says what the running daemon said."""
        chance, session = random.Random(SEED + 3), Session(self.daemon)
        for again in range(6):
            writer = Writer(session, SEED + again)
            for _ in range(20):
                writer.step()
                for client in chance.sample(self.clients, 2):
                    client.page(session)
            self.daemon.stop()
            for _ in range(2):
                self.by_hand(chance)
            self.daemon.start()
            session = writer.session = Session(self.daemon)
            self.converge(session, "after commits by hand")
            for _ in range(5):
                writer.step()
            self.converge(session, "afterwards")
            self.daemon.stop()
            self.daemon.fsck()
            shutil.rmtree(self.daemon.data / "index")
            self.daemon.start()
            self.again(chance, "the index is made anew")
            session = Session(self.daemon)

    def test_at_the_same_time(self):
        """Clients sync while four others write; when they rest, all agree."""
        until, failed = time.time() + WRITER_SECONDS, []

        def run(work):
            try:
                while time.time() < until:
                    work()
            except Exception as error:
                failed.append(error)

        def reader(clients, seed):
            chance, session = random.Random(seed), Session(self.daemon)
            return lambda: chance.choice(clients).page(session)

        work = [Writer(Session(self.daemon), seed).step for seed in range(4)]
        work += [reader(self.clients[n::3], n) for n in range(3)]
        threads = [threading.Thread(target=run, args=(one,)) for one in work]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failed, [])
        self.converge(Session(self.daemon), "when the writers rest")
        self.daemon.fsck()


if __name__ == "__main__":
    unittest.main()
