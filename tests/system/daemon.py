# SPDX-License-Identifier: ISC
"""The real daemon on a free port, for the system tests: start, stop, kill, request."""
import base64, http.client, os, pathlib, re, shutil, signal, subprocess, tempfile, time

BINARY = os.environ.get("DAYBOOK_BIN", "build/daybook")
ADMIN_PASSWORD = "system-admin"
START_SECONDS = 60


def basic(user, password):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def event(uid, summary="Event", start="20260301T100000Z", end="20260301T110000Z", extra=()):
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//system//EN", "BEGIN:VEVENT", f"UID:{uid}",
             "DTSTAMP:20260101T000000Z", f"DTSTART:{start}", f"DTEND:{end}", f"SUMMARY:{summary}", *extra,
             "END:VEVENT", "END:VCALENDAR"]
    return "\r\n".join(lines) + "\r\n"


class Daemon:
    """`with Daemon() as daemon:` starts one in a fresh folder and removes it; .kill() and .start() simulate a crash."""

    def __init__(self, config="[auth]\nthrottle = off\n", options=()):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="daybook-system-"))
        self.data = self.folder / "store"
        self.repo = self.data / "repo.git"
        self.config, self.options, self.process = config, list(options), None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, kind, value, trace):
        try:
            if self.process:
                self.stop()
        finally:
            if kind:
                print(self.log()[-4000:])
            shutil.rmtree(self.folder, ignore_errors=True)

    def log(self):
        path = self.folder / "daemon.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def start(self):
        (self.folder / "daybook.conf").write_text(self.config)
        before = len(self.log())
        env = dict(os.environ, DAYBOOK_ADMIN_PASSWORD=ADMIN_PASSWORD, HOME=str(self.folder))
        with open(self.folder / "daemon.log", "a") as log:
            self.process = subprocess.Popen(
                [BINARY, "serve", "--config", str(self.folder / "daybook.conf"), "--data", str(self.data),
                 "--listen", "127.0.0.1:0", *self.options], stderr=log, env=env)
        deadline = time.time() + START_SECONDS
        while time.time() < deadline:
            found = re.search(r"listening on http://127\.0\.0\.1:(\d+)/", self.log()[before:])
            if found:
                self.port = int(found.group(1))
                self.url = f"http://127.0.0.1:{self.port}"
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        raise RuntimeError("the daemon did not start:\n" + self.log()[-4000:])

    def stop(self):
        process, self.process = self.process, None
        process.send_signal(signal.SIGTERM)
        code = process.wait(timeout=60)
        text = self.log()
        if code or "AddressSanitizer" in text or "LeakSanitizer" in text or "runtime error:" in text:
            raise AssertionError(f"the daemon ended with {code}:\n{text[-6000:]}")

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process = None

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def request(self, method, path, body=None, headers=None, user="admin", password=ADMIN_PASSWORD, connection=None):
        """One exchange: (status, headers with lower-case names, body bytes)."""
        own = connection or self.connect()
        sent = dict(headers or {})
        if user:
            sent.setdefault("Authorization", basic(user, password))
        own.request(method, path, body=body.encode() if isinstance(body, str) else body, headers=sent)
        response = own.getresponse()
        content = response.read()
        if not connection:
            own.close()
        return response.status, {k.lower(): v for k, v in response.getheaders()}, content

    def add_user(self, name, password):
        status, _, body = self.request("PUT", f"/users/{name}", f"password={password}",
                                       {"Content-Type": "application/x-www-form-urlencoded"})
        assert status in (200, 201), (status, body)

    def git(self, *args):
        return subprocess.run(["git", "-C", str(self.repo), *args], check=True, capture_output=True, text=True).stdout

    def fsck(self):
        done = subprocess.run(["git", "-C", str(self.repo), "fsck", "--strict", "--full"], capture_output=True, text=True)
        assert done.returncode == 0 and "error" not in done.stderr, done.stdout + done.stderr
