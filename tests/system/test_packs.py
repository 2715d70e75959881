#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""5 000 single PUTs: packs stay under 100 without the git program, and neither descriptors nor maps of deleted packs
pile up. Runs the build without sanitizers when there is one."""
import os, pathlib, threading, time, unittest
from daemon import Daemon, RELEASE, event

PUTS, CONNECTIONS = 5000, 16
MAX_PACKS = 100
MAX_DELETED = 20  # descriptors and maps of files that are gone, when all is quiet


class PacksTest(unittest.TestCase):
    def test_packs_stay_few(self):
        with Daemon(binary=RELEASE) as daemon:
            at_start = self.descriptors(daemon)
            most = self.write_all(daemon)
            self.assertLess(most, MAX_PACKS)
            quiet = daemon.wait_for(20, lambda: self.deleted(daemon) <= MAX_DELETED)
            self.assertTrue(quiet, f"{self.deleted(daemon)} descriptors and maps of deleted files")
            self.assertLess(self.descriptors(daemon), at_start + 2 * MAX_PACKS)
            loose = sum(1 for p in (daemon.repo / "objects").glob("??/*"))
            print(f"{PUTS} PUTs, at most {most} packs, {loose} loose objects")
            daemon.fsck()
            self.assertGreaterEqual(int(daemon.git("rev-list", "--count", "main")), PUTS)

    def write_all(self, daemon):
        """The largest number of packs seen meanwhile."""
        failed = []
        writers = [threading.Thread(target=self.write, args=(daemon, n, failed)) for n in range(CONNECTIONS)]
        for writer in writers:
            writer.start()
        most = 0
        while any(writer.is_alive() for writer in writers):
            most = max(most, len(list((daemon.repo / "objects/pack").glob("*.pack"))))
            time.sleep(0.1)
        self.assertEqual(failed, [])
        return most

    def write(self, daemon, number, failed):
        connection = daemon.connect()
        try:
            for n in range(number, PUTS, CONNECTIONS):
                status, _, body = daemon.request("PUT", f"/dav/calendars/admin/personal/e{n}.ics", event(f"e{n}", f"Event {n}"),
                                                 {"Content-Type": "text/calendar"}, connection=connection)
                if status != 201:
                    failed.append((n, status, body))
                    return
        finally:
            connection.close()

    def descriptors(self, daemon):
        return len(os.listdir(f"/proc/{daemon.process.pid}/fd"))

    def deleted(self, daemon):
        links = []
        for entry in os.scandir(f"/proc/{daemon.process.pid}/fd"):
            try:
                links.append(os.readlink(entry.path))
            except OSError:
                pass
        maps = pathlib.Path(f"/proc/{daemon.process.pid}/maps").read_text().splitlines()
        return sum("(deleted)" in line and ("/pack-" in line or "/repo.git/" in line) for line in links + maps)


if __name__ == "__main__":
    unittest.main()
