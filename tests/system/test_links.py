#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Links: calendars for whoever has the address, with the real daemon. What they show, when they cease to, and that
addresses which lead nowhere all look alike, cost a wait, and are in no log."""
import json, re, socket, sqlite3, subprocess, time, unittest
from daemon import Daemon, event

CLUB = "/dav/calendars/anna/club/"
LINKS = "/api/v1/users/anna/collections/club/links"
TYPES = {"Content-Type": "application/json"}
NOWHERE = "a" * 32


def raw(daemon, target, method="GET", source="127.0.0.1", extra=""):
    """(status, head, body) of a request line as it is, from an address."""
    with socket.create_connection(("127.0.0.1", daemon.port), timeout=30, source_address=(source, 0)) as connection:
        connection.sendall(f"{method} {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{extra}\r\n".encode())
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), head.decode(), body


def same_but_for_times(head):
    """A head without what differs in any two answers."""
    return sorted(l for l in head.split("\r\n") if not re.match(r"(?i)(date|x-request-id):", l))


class Bed(unittest.TestCase):
    config = "[auth]\nthrottle = off\n"

    def setUp(self):
        self.daemon = Daemon(config=self.config)
        self.daemon.__enter__()
        self.addCleanup(self.daemon.__exit__, None, None, None)
        self.daemon.add_user("anna", "pw")
        self.assertEqual(self.api("POST", "/api/v1/users/anna/collections", {"name": "club"})[0], 201)
        self.put("one", "Dentist")

    def api(self, method, path, fields=None, user="anna", password="pw"):
        status, _, body = self.daemon.request(method, path, json.dumps(fields) if fields is not None else None, TYPES,
                                              user, password)
        return status, json.loads(body) if body else None

    def put(self, uid, summary):
        status = self.daemon.request("PUT", f"{CLUB}{uid}.ics", event(uid, summary), {"Content-Type": "text/calendar"},
                                     "anna", "pw")[0]
        self.assertIn(status, (201, 204))

    def link(self, target=LINKS, **fields):
        status, answer = self.api("POST", target, fields)
        self.assertEqual(status, 201, answer)
        answer["path"] = "/" + answer["url"].split("/", 3)[3]
        answer["token"] = answer["path"].split("/")[-1].split(".")[0]
        return answer

    def get(self, path, method="GET", **headers):
        return self.daemon.request(method, path, headers={k.replace("_", "-"): v for k, v in headers.items()}, user=None)

    def gone(self, path):
        """It looks like an address that never was."""
        status, head, body = raw(self.daemon, path)
        wanted = raw(self.daemon, f"/public/{NOWHERE}.ics")
        self.assertEqual(status, 404)
        self.assertEqual((same_but_for_times(head), body), (same_but_for_times(wanted[1]), wanted[2]))


class ReadingTest(Bed):
    def test_reading(self):
        link = self.link(name="Oma")
        self.assertEqual(link["url"], f"{self.daemon.url}{link['path']}")
        self.assertEqual(link["webcal"], link["url"].replace("http:", "webcal:"))
        curl = subprocess.run(["curl", "-sSf", link["url"]], capture_output=True, text=True, check=True)
        self.assertTrue(curl.stdout.startswith("BEGIN:VCALENDAR\n"))
        self.assertIn("SUMMARY:Dentist", curl.stdout)
        status, headers, body = self.get(link["path"])
        self.assertEqual(status, 200)
        self.assertEqual(headers["content-type"], "text/calendar; charset=utf-8")
        for name, value in (("cache-control", "private, no-cache"), ("referrer-policy", "no-referrer"),
                            ("x-robots-tag", "noindex"), ("x-content-type-options", "nosniff")):
            self.assertEqual(headers[name], value)
        self.assertNotIn("dav", headers)
        self.conditional(link, headers["etag"])
        head = self.get(link["path"], "HEAD")
        self.assertEqual((head[0], head[2]), (200, b""))
        for name in ("etag", "content-type", "cache-control"):
            self.assertEqual(head[1][name], self.get(link["path"])[1][name])
        # the suffix may be missing; a wrong password, or a right one, says nothing here
        for path in (f"/public/{link['token']}", f"/public/{link['token']}.ics?x=y"):
            self.assertEqual(self.get(path)[2], self.get(link["path"])[2])
        self.assertEqual(self.daemon.request("GET", link["path"], user="anna", password="wrong")[0], 200)
        self.address_book()

    def conditional(self, link, etag):
        status, headers, body = self.get(link["path"], If_None_Match=etag)
        self.assertEqual((status, body, headers["etag"]), (304, b"", etag))
        self.put("two", "Choir")
        status, headers, body = self.get(link["path"], If_None_Match=etag)
        self.assertEqual(status, 200)
        self.assertIn(b"SUMMARY:Choir", body)
        self.assertNotEqual(headers["etag"], etag)
        # headers that are for WebDAV do not get there
        self.assertEqual(self.get(link["path"], If_Match='"x"', Depth="x", If="(<x>)", Range="bytes=0-1")[0], 200)

    def address_book(self):
        self.api("POST", "/api/v1/users/anna/collections", {"name": "friends", "kind": "addressbook"})
        card = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:c1\r\nFN:Carla\r\nN:;Carla;;;\r\nEND:VCARD\r\n"
        self.assertEqual(self.daemon.request("PUT", "/dav/addressbooks/anna/friends/c1.vcf", card,
                                             {"Content-Type": "text/vcard"}, "anna", "pw")[0], 201)
        link = self.link("/api/v1/users/anna/collections/friends/links")
        self.assertTrue(link["path"].endswith(".vcf"))
        self.assertIsNone(link["webcal"])
        status, headers, body = self.get(link["path"])
        self.assertEqual((status, headers["content-type"]), (200, "text/vcard; charset=utf-8"))
        self.assertIn(b"FN:Carla", body)

    def test_nothing_but_reading(self):
        link = self.link()
        for method in ("PUT", "POST", "DELETE", "PROPFIND", "REPORT", "OPTIONS", "MKCOL", "PATCH", "get", "X"):
            for path in (link["path"], "/public/", "/public/anna/club.ics"):
                status, headers, _ = self.get(path, method)
                self.assertEqual((status, headers["allow"]), (405, "GET, HEAD"), (method, path))
        # of a stranger's body nothing is kept, and a large one is not even asked for
        status = raw(self.daemon, link["path"], "PUT", extra="Content-Length: 20000000\r\nExpect: 100-continue\r\n")[0]
        self.assertEqual(status, 413)
        self.assertEqual(self.daemon.request("PUT", link["path"], "x" * 300000, user=None)[0], 405)
        self.assertEqual(self.daemon.request("GET", link["path"], "x" * 300000, user=None)[0], 200)
        self.assertEqual(self.get(link["path"])[0], 200)
        # a guest of one collection is nobody elsewhere
        self.assertEqual(self.get(CLUB)[0], 401)
        self.assertEqual(self.get(f"{CLUB}one.ics")[0], 401)
        self.assertEqual(self.get(f"{link['path']}/one.ics")[0], 404)

    def test_busy(self):
        """A link that shows busy times only never shows more; `daybook calendar links` says which it is."""
        link = self.link(busy=True)
        status, _, body = self.get(link["path"])
        self.assertIn(status, (200, 404))
        self.assertNotIn(b"Dentist", body)
        if status == 200:
            self.assertIn(b"20260301T100000Z", body)
        listed = json.loads(self.daemon.command("calendar", "links", "anna", "--json").stdout)["links"]
        self.assertEqual([(l["id"], l["busy"]) for l in listed], [(link["id"], True)])

    def test_large(self):
        """Streamed as any other download."""
        body = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//EN\r\n" + "".join(
            f"BEGIN:VEVENT\r\nUID:u{n}\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260301T100000Z\r\nSUMMARY:n{n}\r\n"
            f"DESCRIPTION:{'x' * 300}\r\nEND:VEVENT\r\n" for n in range(4000)) + "END:VCALENDAR\r\n"
        status = self.daemon.request("POST", "/api/v1/users/anna/collections/club/import", body,
                                     {"Content-Type": "text/calendar"}, "anna", "pw")[0]
        self.assertEqual(status, 200)
        status, _, body = self.get(self.link()["path"])
        self.assertEqual((status, body.count(b"BEGIN:VEVENT")), (200, 4001))
        self.assertTrue(body.endswith(b"END:VCALENDAR\r\n"))


class EndingTest(Bed):
    def test_revoked(self):
        link, other = self.link(), self.link()
        self.assertEqual(self.get(link["path"])[0], 200)
        self.assertEqual(self.api("DELETE", f"/api/v1/users/anna/links/{link['id']}")[0], 204)
        self.gone(link["path"])
        self.assertEqual(self.get(link["path"], If_None_Match="*")[0], 404)
        self.daemon.stop()
        self.daemon.start()
        self.gone(link["path"])
        self.assertEqual(self.get(other["path"])[0], 200)

    def test_kill(self):
        """What was answered is kept, what was revoked stays so."""
        links = [self.link() for _ in range(5)]
        self.api("DELETE", f"/api/v1/users/anna/links/{links[0]['id']}")
        self.daemon.kill()
        self.daemon.start()
        self.assertEqual([self.get(link["path"])[0] for link in links], [404, 200, 200, 200, 200])

    def test_collection(self):
        link = self.link()
        # renamed: still the same
        status = self.daemon.request("MOVE", CLUB, headers={"Destination": "/dav/calendars/anna/verein/"}, user="anna",
                                     password="pw")[0]
        self.assertEqual(status, 201)
        self.assertIn(b"Dentist", self.get(link["path"])[2])
        listed = self.api("GET", "/api/v1/users/anna/collections/verein/links")[1]["links"]
        self.assertEqual([l["id"] for l in listed], [link["id"]])
        # another one of the name it had
        self.api("POST", "/api/v1/users/anna/collections", {"name": "club"})
        self.assertIn(b"Dentist", self.get(link["path"])[2])
        self.assertEqual(self.daemon.request("DELETE", "/dav/calendars/anna/verein/", user="anna", password="pw")[0], 204)
        self.gone(link["path"])
        # and one of the name it was removed under
        self.api("POST", "/api/v1/users/anna/collections", {"name": "verein"})
        self.gone(link["path"])
        self.assertEqual(self.api("GET", "/api/v1/users/anna/links")[1]["links"][0]["state"], "gone")

    def test_person(self):
        """A removed and re-created user inherits no links."""
        link = self.link()
        self.assertEqual(self.daemon.request("DELETE", "/users/anna")[0], 204)
        self.gone(link["path"])
        self.daemon.add_user("anna", "pw")
        self.api("POST", "/api/v1/users/anna/collections", {"name": "club"})
        self.gone(link["path"])
        self.assertEqual(self.api("GET", "/api/v1/users/anna/links")[1], {"links": []})

    def test_expired(self):
        link = self.link(expires="1")
        self.assertEqual(self.get(link["path"])[0], 200)
        self.daemon.stop()
        with sqlite3.connect(self.daemon.data / "state.db") as state:
            state.execute("UPDATE link SET expires=?", (int(time.time()) + 2,))
        state.close()
        self.daemon.start()
        self.assertEqual(self.get(link["path"])[0], 200)
        self.assertTrue(self.daemon.wait_for(10, lambda: self.get(link["path"])[0] == 404))
        self.gone(link["path"])
        self.assertEqual(self.api("GET", LINKS)[1]["links"][0]["state"], "expired")

    def test_last_used(self):
        link = self.link()
        self.assertIsNone(self.api("GET", LINKS)[1]["links"][0]["last_used"])
        self.get(link["path"])
        used = self.api("GET", LINKS)[1]["links"][0]["last_used"]
        self.assertRegex(used, r"^20\d\d-")
        self.daemon.stop()
        self.daemon.start()
        self.assertEqual(self.api("GET", LINKS)[1]["links"][0]["last_used"], used)


class AddressTest(Bed):
    def test_odd_addresses(self):
        """Each has the one answer, and none reaches anything else."""
        token = self.link()["token"]
        for path in ("/public", "/public/", "/public//", "/public/.ics", "/public/../dav/", f"/public/../public/{token}",
                     "/public/%2e%2e/dav/", "/public/%2e", "/public/..", f"/public/./{token}.ics",
                     f"/public//{token}.ics", f"/public/{token}%2Eics", f"/public/%{ord(token[0]):02x}{token[1:]}",
                     f"/public/{token}.ics/", f"/public/{token}/one.ics", f"/public/{token}.ics%00",
                     f"/public/{token.upper()}.ics", "/public/" + "a" * 10240, "/public/" + "%41" * 3000,
                     "/public/anna/" + "a" * 10240 + ".ics", "/public/anna/..%2Fclub.ics", "/public/%ff/club.ics",
                     "/public/anna/club.ics", "/public/anna/personal.ics", "/public/anna/none.ics",
                     "/public/nobody/club.ics", "/public/admin/state.db", "/public/'%20OR%201=1"):
            with self.subTest(path=path[:60]):
                self.gone(path)

    def test_log(self):
        """Whoever reads the log opens nothing."""
        link, token = self.link(), self.link()["token"]
        self.get(link["path"], User_Agent="Phone/1.0")
        self.get(link["path"] + "?token=in-the-query")
        self.get(link["path"], "DELETE")
        for target in (f"//public/{token}", f"/Public/{token}", f"/%70ublic/{token}.ics", f"http://x/public/{token}.ics",
                       f"/public/{token}/x", f"/public/x/{token}.ics"):
            raw(self.daemon, target)
        raw(self.daemon, f"/public/{token}.ics", extra="Host: y\r\n")
        raw(self.daemon, f"http://x/public/{token}.ics", extra="Host: y\r\n")
        self.api("GET", "/api/v1/users/anna/links")
        self.api("DELETE", f"/api/v1/users/anna/links/{link['id']}")
        self.daemon.stop()
        log = self.daemon.log()
        self.assertNotIn(token, log)
        self.assertNotIn(link["token"], log)
        self.assertIn("Phone/1.0", next(l for l in log.splitlines() if "GET /public/... 200" in l))
        self.daemon.start()
        history = self.daemon.git("log", "--all", "-p")
        self.assertNotIn(token, history)


class ThrottleTest(Bed):
    config = ""

    def test_guessing(self):
        link = self.link()
        statuses = [raw(self.daemon, f"/public/{n:032d}.ics")[0] for n in range(40)]
        self.assertEqual(statuses[0], 404)
        self.assertEqual(statuses[-1], 429, statuses)
        self.assertLess(statuses.count(404), 30)
        status, head, body = raw(self.daemon, f"/public/{NOWHERE}")
        self.assertEqual(status, 429)
        self.assertTrue(1 <= int(re.search(r"(?i)\r\nRetry-After: (\d+)", head).group(1)) <= 60)
        # a right one never waits, nor does a log-in, nor somebody elsewhere
        self.assertEqual(raw(self.daemon, link["path"])[0], 200)
        self.assertEqual(self.daemon.request("GET", CLUB, user="anna", password="pw")[0], 200)
        self.assertEqual(raw(self.daemon, f"/public/{NOWHERE}", source="127.0.0.2")[0], 404)
        # revoked, and by name: the same
        self.api("DELETE", f"/api/v1/users/anna/links/{link['id']}")
        for path in (link["path"], "/public/anna/club.ics", "/public/"):
            refused = raw(self.daemon, path)
            self.assertEqual((refused[0], refused[2]), (429, body))
        # a restart forgives nothing
        self.daemon.stop()
        self.daemon.start()
        self.assertEqual(raw(self.daemon, f"/public/{NOWHERE}")[0], 429)


class CommandTest(Bed):
    def daybook(self, *args, code=0):
        done = self.daemon.command(*args)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done

    def test_commands(self):
        """Beside the daemon and without it; what each prints."""
        for running in (True, False):
            if not running:
                self.daemon.stop()
                self.daemon.config += "[server]\npublic_url = https://cal.example.org\n"
                (self.daemon.folder / "daybook.conf").write_text(self.daemon.config)
            config = ["--config", str(self.daemon.folder / "daybook.conf")]
            done = self.daybook("calendar", "link", "anna/club", "--name", "Oma\u202e's", "--expires", "30", *config)
            lines = done.stdout.splitlines()
            base = "" if running else "https://cal.example.org"
            self.assertRegex(lines[0], f"^{base}/public/[a-z2-7]{{32}}\\.ics$")
            self.assertEqual(lines[1:], [] if running else [lines[0].replace("https", "webcal")])
            self.assertIn("all of it", done.stderr)
            self.assertEqual("public_url" in done.stderr, running)
            busy = self.daybook("calendar", "link", "anna/club", "--busy", "--expires", "2999-01-01", *config)
            self.assertIn("when it is taken", busy.stderr)
            table = self.daybook("calendar", "links", "anna", *config).stdout
            self.assertIn(lines[0], table)
            self.assertIn("anna/club", table)
            self.assertIn("2999-01-0", table)
            listed = json.loads(self.daybook("calendar", "links", "--json", *config).stdout)["links"]
            self.assertEqual({l["user"] for l in listed}, {"anna"})
            for entry in listed:
                self.daybook("calendar", "unlink", "anna", entry["id"], *config)
            self.assertEqual(self.daybook("calendar", "links", "anna", *config).stdout, "")
        self.daemon.start()

    def test_wrong_use(self):
        for args, code, words in (
                (("calendar", "link"), 2, "missing"), (("calendar", "link", "anna"), 2, "anna/home"),
                (("calendar", "link", "anna/club/x"), 2, "anna/home"),
                (("calendar", "link", "anna/none"), 1, "no anna/none"),
                (("calendar", "link", "anna/.."), 1, "no anna/.."),
                (("calendar", "link", "../../x"), 2, "anna/home"),
                (("calendar", "link", "nobody/club"), 1, "no user nobody"),
                (("calendar", "link", "anna/club", "--expires", "soon"), 1, "must be a date"),
                (("calendar", "link", "anna/club", "--expires", "2001-01-01"), 1, "past"),
                (("calendar", "link", "anna/club", "--name", "x" * 300), 1, "200 bytes"),
                (("calendar", "unlink", "anna"), 2, "missing"),
                (("calendar", "unlink", "anna", "aaaaaaaa"), 1, "no link"),
                (("calendar", "unlink", "nobody", "aaaaaaaa"), 1, "no link"),
                (("calendar", "links", "nobody"), 1, "no user nobody"),
                (("calendar", "links", "a b"), 1, "no user name")):
            with self.subTest(args=args):
                self.assertIn(words, self.daybook(*args, code=code).stderr)


if __name__ == "__main__":
    unittest.main()
