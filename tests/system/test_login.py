#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Log-in: the throttle, that guessing disturbs nobody else, and that no secret is logged."""
import re, socket, threading, time, unittest
from daemon import Daemon, ADMIN_PASSWORD, FORM, basic

CALENDAR = "/dav/calendars/admin/personal/"


def login(daemon, user, password, source="127.0.0.1"):
    """(status, Retry-After) of one log-in from an address."""
    with socket.create_connection(("127.0.0.1", daemon.port), timeout=30, source_address=(source, 0)) as connection:
        connection.sendall(f"PROPFIND /dav/ HTTP/1.1\r\nHost: x\r\nDepth: 0\r\nConnection: close\r\n"
                           f"Authorization: {basic(user, password)}\r\n\r\n".encode())
        answer = connection.recv(65536)
    wait = re.search(rb"(?i)\r\nRetry-After: (\d+)", answer)
    return int(answer.split()[1]), int(wait.group(1)) if wait else None


class ThrottleTest(unittest.TestCase):
    def test_throttle(self):
        with Daemon(config="") as daemon:
            daemon.add_user("anna", "right")
            self.assertEqual([login(daemon, "anna", f"wrong{n}")[0] for n in range(4)], [401] * 4)
            statuses = [login(daemon, "anna", f"wrong{n}") for n in range(4, 8)]
            self.assertEqual(statuses[-1][0], 429, statuses)
            self.assertIsNotNone(statuses[-1][1])
            self.assertLessEqual(statuses[-1][1], 60)
            # right log-ins from elsewhere are never delayed
            self.assertEqual(login(daemon, "anna", "right", "127.0.0.2")[0], 207)
            self.assertEqual(login(daemon, "admin", ADMIN_PASSWORD, "127.0.0.2")[0], 207)
            # nothing sleeps: a refused log-in is quick
            start = time.time()
            login(daemon, "anna", "wrong")
            self.assertLess(time.time() - start, 1)
            self.doubles(daemon)
            # a restart forgives nothing
            daemon.stop()
            daemon.start()
            self.assertEqual(login(daemon, "anna", "right")[0], 429)

    def doubles(self, daemon):
        """Each further failure earns twice the wait; here up to eight seconds."""
        wait, waits = login(daemon, "anna", "wrong")[1], []
        while wait < 8:
            time.sleep(wait)
            login(daemon, "anna", "wrong")  # counts, as the wait is over
            wait = login(daemon, "anna", "wrong")[1]
            waits.append(wait)
        self.assertEqual(waits, sorted(waits))

    def test_wrong_passwords_do_not_block_others(self):
        """Hashing is for workers: while wrong passwords pour in, somebody logged in is served."""
        with Daemon() as daemon:
            self.assertEqual(daemon.request("GET", CALENDAR)[0], 200)
            ending = []
            threads = [threading.Thread(target=self.guess, args=(daemon, n, ending)) for n in range(8)]
            for thread in threads:
                thread.start()
            time.sleep(0.3)
            start = time.time()
            for _ in range(20):
                self.assertEqual(daemon.request("GET", CALENDAR)[0], 200)
            spent = time.time() - start
            ending.append(True)
            for thread in threads:
                thread.join()
            self.assertLess(spent, 5)

    def guess(self, daemon, number, ending):
        tries = 0
        while not ending:
            login(daemon, "admin", f"guess-{number}-{tries}")
            tries += 1


class LogTest(unittest.TestCase):
    def test_log(self):
        """One line a request, without the query; no secrets."""
        with Daemon() as daemon:
            daemon.request("PUT", "/users/bert?password=in-the-query")
            daemon.request("GET", CALENDAR + "none.ics?token=in-the-query", headers={"User-Agent": "Phone/1.0"})
            daemon.request("PUT", "/users/emil", "password=in-the-form", FORM)
            log = daemon.log()
            for secret in (ADMIN_PASSWORD, "in-the-query", "in-the-form", basic("admin", ADMIN_PASSWORD)):
                self.assertNotIn(secret, log)
            line = next(l for l in log.splitlines() if "none.ics" in l)
            for word in ("admin", "GET", "404", "Phone/1.0"):
                self.assertIn(word, line)


if __name__ == "__main__":
    unittest.main()
