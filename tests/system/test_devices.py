#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Devices: from `device add` over the first commit to `device revoke`; programs that are noticed."""
import json, sqlite3, subprocess, threading, time, unittest
import caldav
from daemon import Daemon, ADMIN_PASSWORD, basic, event

MAIN = "annas-main-password"
HOME = "/dav/calendars/anna/personal/"
JSON = {"Content-Type": "application/json"}
SECRET = r"^[a-hjkmnp-z2-9]{4}(-[a-hjkmnp-z2-9]{4}){4}$"
REQUIRED = "[auth]\nthrottle = off\nrequire_device_password = yes\n"


class Household(unittest.TestCase):
    config = "[auth]\nthrottle = off\n"

    def setUp(self):
        self.daemon = Daemon(config=self.config)
        self.daemon.start()
        self.addCleanup(self.daemon.__exit__, None, None, None)
        self.daemon.add_user("anna", MAIN)

    def add(self, name, *options):
        done = self.daemon.command("device", "add", "anna", name, *options)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, SECRET)
        return done.stdout.strip()

    def devices(self):
        done = self.daemon.command("device", "list", "anna", "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        return {device["name"]: device for device in json.loads(done.stdout)["devices"]}

    def status(self, password, method="PROPFIND", path=HOME, agent="Phone/1.0", user="anna"):
        headers = {"Depth": "0", **({"User-Agent": agent} if agent is not None else {})}
        return self.daemon.request(method, path, headers=headers, user=user, password=password)[0]

    def put(self, password, name, agent="Phone/1.0"):
        status, _, body = self.daemon.request("PUT", HOME + name, event(name), user="anna", password=password,
                                              headers={"Content-Type": "text/calendar", "User-Agent": agent})
        self.assertEqual(status, 201, body)

    def trailer(self, key):
        return self.daemon.git("log", "-1", f"--format=%(trailers:key={key},valueonly)", "main").strip()


class PasswordTest(Household):
    def test_from_add_to_revoke(self):
        phone, tablet = self.add("Anna's iPhone"), self.add("Tablet")
        calendar = caldav.DAVClient(self.daemon.url + "/", username="anna", password=phone).principal().calendar(
            cal_id="personal")
        calendar.save_event(event("dentist", "Dentist"))
        self.assertEqual(self.trailer("Device"), "Anna's iPhone")
        self.assertEqual(self.trailer("User"), "anna")
        log = json.loads(self.daemon.command("log", "anna", "--json").stdout)
        self.assertIn("Anna's iPhone", json.dumps(log))
        # as people type it
        self.assertEqual(self.status(phone.replace("-", "").upper()), 207)
        self.assertEqual(self.status(phone.replace("-", " ")), 207)
        self.assertEqual(self.status(phone[:-1] + ("a" if phone[-1] != "a" else "b")), 401)
        self.assertEqual(self.status(phone, user="admin"), 401)

        used = self.devices()["Anna's iPhone"]
        self.assertLess(abs(time.time() - time.mktime(time.strptime(used["last_used"], "%Y-%m-%dT%H:%M:%SZ"))
                            + time.timezone), 60)
        self.assertEqual((used["address"], used["noticed"], used["scope"]), ("127.0.0.1", False, ["all"]))
        self.assertIsNone(self.devices()["Tablet"]["last_used"])

        done = self.daemon.command("device", "revoke", "anna", "ANNA'S IPHONE", "--yes")
        self.assertEqual((done.returncode, done.stdout), (0, "\"Anna's iPhone\" is revoked\n"), done.stderr)
        self.assertEqual(self.status(phone), 401)
        self.assertEqual([self.status(p) for p in (tablet, MAIN)], [207, 207])
        self.daemon.stop()
        self.daemon.start()
        self.assertEqual([self.status(p) for p in (phone, tablet, MAIN)], [401, 207, 207])
        self.assertEqual(self.daemon.command("device", "revoke", "anna", "Anna's iPhone", "--yes").returncode, 1)
        self.daemon.fsck()

    def test_revoked_while_it_syncs(self):
        """Not one request that begins after `device revoke` is served, on open connections as on new ones."""
        phone = self.add("Phone")
        served, ending = [], threading.Event()

        def sync():
            connection = self.daemon.connect()
            while not ending.is_set():
                begun = time.monotonic()
                status = self.daemon.request("PROPFIND", HOME, headers={"Depth": "0"}, user="anna", password=phone,
                                             connection=connection)[0]
                served.append((begun, status))
            connection.close()

        threads = [threading.Thread(target=sync) for _ in range(3)]
        for thread in threads:
            thread.start()
        self.daemon.wait_for(10, lambda: len(served) > 50)
        self.assertEqual(self.daemon.command("device", "revoke", "anna", "phone", "--yes").returncode, 0)
        revoked = time.monotonic()
        time.sleep(0.5)
        ending.set()
        for thread in threads:
            thread.join()
        after = [status for begun, status in served if begun > revoked]
        self.assertTrue(after and set(after) == {401}, after)
        self.assertIn(207, {status for _, status in served})

    def test_killed_right_after(self):
        for n in range(5):
            phone = self.add(f"Phone {n}")
            self.daemon.kill()
            self.daemon.start()
            self.assertEqual(self.status(phone), 207)
            self.assertEqual(self.daemon.command("device", "revoke", "anna", f"Phone {n}", "--yes").returncode, 0)
            self.daemon.kill()
            self.daemon.start()
            self.assertEqual(self.status(phone), 401)
        self.assertEqual([d for d in self.devices().values() if not d["noticed"]], [])

    def test_while_the_daemon_rests(self):
        self.daemon.stop()
        phone = self.add("Phone")
        self.daemon.start()
        self.assertEqual(self.status(phone), 207)
        self.daemon.stop()  # writes the batch
        used = self.devices()["Phone"]
        self.assertIsNotNone(used["last_used"])
        self.assertEqual(used["user_agent"], "Phone/1.0")
        self.assertEqual(self.daemon.command("device", "revoke", "anna", used["id"], "--yes").returncode, 0)
        self.daemon.start()
        self.assertEqual(self.status(phone), 401)

    def test_uses_are_written_in_batches(self):
        """Not in requests: state.db does not grow by them; the batch brings them, and a kill loses less than a minute."""
        phone = self.add("Phone")
        self.assertEqual(self.status(phone), 207)
        wal = self.daemon.data / "state.db-wal"
        before = (wal.stat().st_size, wal.stat().st_mtime_ns)
        for _ in range(50):
            self.assertEqual(self.status(phone), 207)
        self.assertEqual((wal.stat().st_size, wal.stat().st_mtime_ns), before)
        self.assertTrue(self.daemon.wait_for(75, self.stored_use), "no batch came")
        self.daemon.kill()
        self.daemon.start()
        self.assertIsNotNone(self.devices()["Phone"]["last_used"])

    def stored_use(self):
        time.sleep(1)
        with sqlite3.connect(f"file:{self.daemon.data}/state.db?mode=ro", uri=True) as db:
            return db.execute("SELECT last_used FROM device WHERE name='Phone'").fetchone()[0]

    def test_expiry(self):
        self.assertEqual(self.daemon.command("device", "add", "anna", "x", "--expires", "2020-01-01").returncode, 1)
        soon = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3))
        phone, tablet = self.add("Phone", "--expires", soon), self.add("Tablet", "--expires", "90d")
        self.assertEqual(self.status(phone), 207)
        self.assertTrue(self.daemon.wait_for(10, lambda: self.status(phone) == 401))
        self.assertGreaterEqual(time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), soon)
        self.assertEqual(self.status(tablet), 207)
        table = self.daemon.command("device", "list").stdout
        self.assertRegex(table, r"anna +Phone +all +.*EXPIRED")
        self.assertRegex(table, r"anna +Tablet +all +.*expires 2")
        self.assertEqual(self.devices()["Phone"]["expired"], True)

    def test_scopes_are_kept(self):
        self.add("Watch", "--scope", "calendars,read-only")
        self.assertEqual(self.devices()["Watch"]["scope"], ["calendars", "read-only"])
        done = self.daemon.command("device", "add", "anna", "x", "--scope", "mail")
        self.assertEqual(done.returncode, 1)
        self.assertIn("no scope", done.stderr)

    def test_not_for_managing(self):
        """A stolen phone manages nothing, even an administrator's."""
        done = self.daemon.command("device", "add", "admin", "Phone")
        phones = {"anna": self.add("Phone"), "admin": done.stdout.strip()}
        for user, phone in phones.items():
            for method, path in (("GET", f"/api/v1/users/{user}"), ("POST", f"/api/v1/users/{user}/devices"),
                                 ("PUT", f"/users/{user}?password=stolen"), ("DELETE", "/users/anna"),
                                 ("PUT", "/groups/family"), ("GET", "/api/v1/nothing")):
                status, headers, body = self.daemon.request(method, path, user=user, password=phone)
                self.assertEqual(status, 403, (method, path))
                self.assertIn("log in with your own password", json.loads(body)["error"])
                self.assertIn("own password", headers["x-daybook-reason"])
            self.assertEqual(self.status(phone, path=f"/dav/calendars/{user}/personal/", user=user), 207)
        self.assertEqual(self.status(phones["admin"], user="admin"), 404)
        self.assertEqual(self.status(ADMIN_PASSWORD, user="admin"), 207)
        self.assertEqual(self.status(MAIN, "GET", "/api/v1/users/anna"), 200)

    def test_names(self):
        """Each has its answer, on the command line, over HTTP and in the history."""
        good = ("..", "a/b", "anna@example.org", "x" * 100, "Телефон", "--yes", "%s%n", "Anna’s “iPhone” 👨‍👩‍👧")
        for name in good:
            done = self.named("add", name)
            self.assertEqual(done.returncode, 0, (name, done.stderr))
            self.put(done.stdout.strip(), f"{abs(hash(name))}.ics")
            self.assertEqual(self.trailer("Device"), name)
            self.assertIn(name, self.devices())
            done = self.named("revoke", name, "--yes")
            self.assertEqual(done.returncode, 0, (name, done.stderr))
        for name in ("", "  ", "x" * 101, "x" * 300, "a\nb", "a\x1bb", "a\u202eb", "a\u200bb"):
            done = self.named("add", name)
            self.assertEqual((done.returncode, done.stdout), (1, ""), repr(name))
            self.assertRegex(done.stderr, "name")
            status = self.daemon.request("POST", "/api/v1/users/anna/devices", json.dumps({"name": name}), JSON,
                                         user="anna", password=MAIN)[0]
            self.assertEqual(status, 400, repr(name))
        self.add("  Phone ")
        self.assertIn("already", self.daemon.command("device", "add", "anna", "pHONE").stderr)
        self.add("Рhone")  # a Cyrillic first letter: another name
        self.assertEqual(sorted(d for d, v in self.devices().items() if not v["noticed"]), ["Phone", "Рhone"])

    def named(self, command, name, *options):
        """With -- before a name that may look like an option."""
        return subprocess.run([self.daemon.binary, "device", command, *options, "--data", str(self.daemon.data), "--",
                               "anna", name], capture_output=True, text=True)

    def test_api(self):
        status, _, body = self.daemon.request(
            "POST", "/api/v1/users/anna/devices", json.dumps({"name": "Tab", "expires": 30}), JSON, "anna", MAIN)
        self.assertEqual(status, 201, body)
        made = json.loads(body)
        self.assertRegex(made["password"], SECRET)
        self.assertEqual(self.status(made["password"]), 207)
        listed = self.daemon.request("GET", "/api/v1/users/anna/devices", user="anna", password=MAIN)[2]
        self.assertIn(made["id"].encode(), listed)
        self.assertNotIn(b"password", listed)
        self.daemon.add_user("bob", "x")
        for method, path in (("GET", ""), ("POST", ""), ("DELETE", "/Tab")):
            self.assertEqual(self.status("x", method, "/api/v1/users/anna/devices" + path, user="bob"), 403)
        self.assertEqual(self.status(MAIN, "DELETE", f"/api/v1/users/anna/devices/{made['id']}"), 204)
        self.assertEqual(self.status(made["password"]), 401)

    def test_nothing_is_inherited(self):
        phone = self.add("Phone")
        self.assertEqual(self.status(phone), 207)
        self.assertEqual(self.daemon.command("user", "remove", "anna", "--yes").returncode, 0)
        self.assertEqual(self.status(phone), 401)
        self.daemon.add_user("anna", MAIN)
        self.assertEqual(self.status(phone), 401)
        self.assertEqual(self.devices(), {})

    def test_no_secret_is_left_behind(self):
        phone = self.add("Phone")
        self.assertEqual(self.status(phone), 207)
        self.daemon.stop()
        for secret in (phone, phone.replace("-", ""), basic("anna", phone).split()[1]):
            self.assertEqual(subprocess.run(["grep", "-raq", "-e", secret, str(self.daemon.folder)]).returncode, 1)


class NoticedTest(Household):
    def test_programs_are_noticed(self):
        self.put(MAIN, "a.ics", "DAVx5/4.3.3-ose (2023/08/21; dav4jvm) Android/13")
        self.assertEqual(self.trailer("Device"), "DAVx5")
        self.put(MAIN, "b.ics", "DAVx5/4.5-ose (2026/08/21; dav4jvm) Android/15")
        self.put(MAIN, "c.ics", "iOS/18.1.1 (22B91) dataaccessd/1.0")
        self.assertEqual(self.trailer("Device"), "iOS dataaccessd")
        self.daemon.request("GET", "/api/v1/users/anna", headers={"User-Agent": "Firefox/1"}, user="anna", password=MAIN)
        self.assertEqual({n: d["noticed"] for n, d in self.devices().items()}, {"DAVx5": True, "iOS dataaccessd": True})
        self.assertRegex(self.daemon.command("device", "list", "anna").stdout, "anna +DAVx5 +all +.*noticed")
        self.daemon.stop()
        self.daemon.start()
        self.put(MAIN, "d.ics", "DAVx5/5.0")
        self.assertEqual(len(self.devices()), 2)
        # a device with a password takes the name over; the program is another one from then on
        phone = self.add("davx5")
        self.put(phone, "e.ics", "DAVx5/5.0")
        self.assertEqual(self.trailer("Device"), "davx5")
        self.put(MAIN, "f.ics", "DAVx5/5.0")
        self.assertEqual(self.trailer("Device"), "DAVx5 (main password)")
        done = self.daemon.command("device", "revoke", "anna", "iOS dataaccessd", "--yes")
        self.assertEqual(done.returncode, 0)
        self.assertIn("user passwd anna", done.stdout)
        self.assertEqual(set(self.devices()), {"davx5", "DAVx5 (main password)"})

    def test_hostile_agents(self):
        for agent in ("", None, "x" * 8000, "a\tb/1", "K\u00e4se/1", "(" * 500, "/" * 500, "' OR 1=1 --", "\u00ff\u00fe"):
            self.assertEqual(self.status(MAIN, agent=agent), 207, agent)
        for n in range(100):
            self.assertEqual(self.status(MAIN, agent=f"p{chr(97 + n // 26)}{chr(97 + n % 26)}/{n}"), 207)
        devices = self.devices()
        self.assertEqual(len(devices), 64)
        for name, device in devices.items():
            self.assertRegex(name, r"^[A-Za-z0-9._+ -]{1,60}$")
            self.assertLess(len(device["user_agent"] or ""), 201)
        self.put(MAIN, "a.ics", "one-more/1")
        self.assertEqual(self.trailer("Device"), "")
        self.put(MAIN, "b.ics", "paa/7")
        self.assertEqual(self.trailer("Device"), "paa")
        self.put(self.add("Phone"), "c.ics")
        self.assertEqual(self.trailer("Device"), "Phone")


class RequiredTest(Household):
    config = REQUIRED

    def test_the_main_password_is_for_managing_alone(self):
        phone = self.add("Phone")
        for path in (HOME, "/dav/", "/dav", "/dav/principals/users/anna/"):
            for password in (MAIN, "wrong"):  # the answer does not tell which of them it was
                status, headers, body = self.daemon.request("PROPFIND", path, user="anna", password=password)
                self.assertEqual(status, 401)
                self.assertIn("password of its own", headers["x-daybook-reason"])
                self.assertIn("Basic", headers["www-authenticate"])
            self.assertEqual(self.status(phone, path=path), 207)
        self.assertEqual(self.status(MAIN, "GET", "/api/v1/users/anna"), 200)
        self.assertEqual(self.status(phone, "GET", "/api/v1/users/anna"), 403)
        self.assertEqual([self.status(p, path="/") for p in (MAIN, phone)], [207, 207])
        self.assertEqual(set(self.devices()), {"Phone"})

    def test_a_device_that_was_not_told_disturbs_nobody(self):
        self.daemon.stop()
        self.daemon.config = REQUIRED.replace("off", "on")
        self.daemon.start()
        phone = self.add("Phone")
        self.assertEqual({self.status(MAIN) for _ in range(20)}, {401})
        self.assertEqual(self.status(phone), 207)
        self.assertEqual([self.status("wrong") for _ in range(6)][-1], 429)


class UpgradeTest(unittest.TestCase):
    def test_a_folder_of_the_first_format(self):
        """As the version before devices left it: people and passwords stay, devices can be added."""
        with Daemon() as daemon:
            daemon.add_user("anna", MAIN)
            daemon.stop()
            with sqlite3.connect(daemon.data / "state.db") as db:
                for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type='table'").fetchall():
                    if name not in ("meta", "credential", "throttle", "write_ahead"):
                        db.execute(f"DROP TABLE {name}")
                db.execute("UPDATE meta SET value=1 WHERE key='format'")
            daemon.start()
            done = daemon.command("device", "add", "anna", "Phone")
            self.assertEqual(done.returncode, 0, done.stderr)
            for password in (MAIN, done.stdout.strip()):
                self.assertEqual(daemon.request("PROPFIND", HOME, headers={"Depth": "0"}, user="anna",
                                                password=password)[0], 207)


if __name__ == "__main__":
    unittest.main()
