#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Nothing is ever lost: SIGKILL at random moments while eight connections write; after each restart (nothing
cleaned by hand) every acknowledged change is there, over HTTP and in git. KILLS=n changes the number of kills."""
import http.client, os, random, threading, time, unittest
import hashlib
from daemon import Daemon, event

KILLS = int(os.environ.get("KILLS", "30"))
WRITERS = 8


class Writer(threading.Thread):
    """Puts, replaces and deletes its own items; `known` is what was acknowledged, `open` what was under way."""

    def __init__(self, daemon, number, known):
        super().__init__()
        self.daemon_, self.number, self.known, self.under_way = daemon, number, known, None
        self.ending = False

    def run(self):
        connection = self.daemon_.connect()
        random_ = random.Random(self.number * 1000 + time.time_ns())
        try:
            while not self.ending:
                self.one(connection, random_)
        except (OSError, http.client.HTTPException):
            pass  # the kill
        finally:
            connection.close()

    def one(self, connection, random_):
        name = f"w{self.number}-{random_.randrange(40)}.ics"
        path = f"/dav/calendars/admin/personal/{name}"
        if name in self.known and self.known[name] is not None and random_.random() < 0.2:
            self.under_way = (name, None)
            status, _, _ = self.daemon_.request("DELETE", path, connection=connection)
            assert status == 204, status
            self.known[name] = None
        else:
            body = event(name, f"try {random_.randrange(10 ** 9)}")
            self.under_way = (name, body)
            status, _, answer = self.daemon_.request("PUT", path, body, {"Content-Type": "text/calendar"},
                                                     connection=connection)
            assert status in (201, 204), (status, answer)
            self.known[name] = body
        self.under_way = None


class KillTest(unittest.TestCase):
    def test_every_acknowledged_change_survives(self):
        known = [dict() for _ in range(WRITERS)]
        acknowledged = 0
        with Daemon() as daemon:
            for _ in range(KILLS):
                writers = [Writer(daemon, i, known[i]) for i in range(WRITERS)]
                for writer in writers:
                    writer.start()
                time.sleep(random.uniform(0.05, 0.6))
                daemon.kill()
                for writer in writers:
                    writer.ending = True
                    writer.join()
                daemon.start()
                self.compare(daemon, writers)
            daemon.fsck()
            acknowledged = int(daemon.git("rev-list", "--count", "main"))
        print(f"{KILLS} kills, {acknowledged} commits, nothing lost")
        self.assertGreater(acknowledged, KILLS)

    def compare(self, daemon, writers):
        blobs = {line.split("\t")[1].rsplit("/", 1)[-1]: line.split()[2] for line in
                 daemon.git("ls-tree", "-r", "main", "calendars/admin/personal").splitlines() if ".ics" in line}
        connection = daemon.connect()
        for writer in writers:
            for name, body in list(writer.known.items()):
                status, _, got = daemon.request("GET", f"/dav/calendars/admin/personal/{name}", connection=connection)
                found = got.decode() if status == 200 else None
                unsure = writer.under_way and writer.under_way[0] == name
                if unsure and found == writer.under_way[1]:
                    writer.known[name] = found  # not acknowledged, but done: fine as well
                else:
                    self.assertEqual(found, body, f"{name} after a kill")
                content = writer.known[name]
                if content is None:
                    self.assertNotIn(name, blobs)
                else:
                    data = content.encode()
                    want = hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
                    self.assertEqual(blobs.get(name), want, f"{name} in git")
        connection.close()


if __name__ == "__main__":
    unittest.main()
