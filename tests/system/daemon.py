# SPDX-License-Identifier: ISC
"""The real daemon on a free port, for the system tests: start, stop, kill, request, its repository, its memory."""
import base64, hashlib, http.client, os, pathlib, re, shutil, signal, subprocess, tempfile, time

BINARY = os.path.abspath(os.environ.get("DAYBOOK_BIN", "build/daybook"))
RELEASE = os.path.abspath(os.environ.get("DAYBOOK_RELEASE", BINARY))
if not os.path.exists(RELEASE):
    RELEASE = BINARY
ADMIN_PASSWORD = "system-admin"
START_SECONDS = 60
DAV = "{DAV:}"
NS = {"d": "DAV:", "c": "urn:ietf:params:xml:ns:caldav"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def basic(user, password):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def event(uid, summary="Event", start="20260301T100000Z", end="20260301T110000Z", extra=()):
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//system//EN", "BEGIN:VEVENT", f"UID:{uid}",
             "DTSTAMP:20260101T000000Z", f"DTSTART:{start}", f"DTEND:{end}", f"SUMMARY:{summary}", *extra,
             "END:VEVENT", "END:VCALENDAR"]
    return "\r\n".join(lines) + "\r\n"


def tree_path(collection, name):
    """Where an item stands on branch main: h/h are the first two hex digits of SHA-256 of its name."""
    digest = hashlib.sha256(name.encode()).hexdigest()
    return f"{collection}/{digest[0]}/{digest[1]}/{name}"


class Daemon:
    """`with Daemon() as daemon:` starts one in a fresh folder and removes it; .kill() and .start() simulate a crash."""

    def __init__(self, config="[auth]\nthrottle = off\n", options=(), binary=BINARY):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="daybook-system-"))
        self.data = self.folder / "store"
        self.repo = self.data / "repo.git"
        self.config, self.options, self.binary, self.process = config, list(options), binary, None

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

    # ---- life

    def log(self):
        path = self.folder / "daemon.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def start(self):
        (self.folder / "daybook.conf").write_text(self.config)
        before = len(self.log())
        env = dict(os.environ, DAYBOOK_ADMIN_PASSWORD=ADMIN_PASSWORD, HOME=str(self.folder))
        with open(self.folder / "daemon.log", "a") as log:
            self.process = subprocess.Popen(
                [self.binary, "serve", "--config", str(self.folder / "daybook.conf"), "--data", str(self.data),
                 "--listen", "127.0.0.1:0", *self.options], stderr=log, env=env)
        deadline = time.time() + START_SECONDS
        while time.time() < deadline:
            found = re.search(r"listening on (https?)://127\.0\.0\.1:(\d+)/", self.log()[before:])
            if found:
                self.port = int(found.group(2))
                self.url = f"{found.group(1)}://127.0.0.1:{self.port}"
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
        if code or "Sanitizer" in text or "runtime error:" in text:
            raise AssertionError(f"the daemon ended with {code}:\n{text[-6000:]}")

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process = None

    def command(self, *args, input=None):
        """`daybook ARGS --data …`: the finished process, output as text."""
        return subprocess.run([self.binary, *args, "--data", str(self.data)], input=input, capture_output=True,
                              text=True, timeout=300, env=dict(os.environ, HOME=str(self.folder)))

    # ---- HTTP

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
        status, _, body = self.request("PUT", f"/users/{name}", f"password={password}", FORM)
        assert status in (200, 201), (status, body)

    def wait_for(self, seconds, check):
        """Asks until `check` gives something true; that, or None when the time is over."""
        deadline = time.time() + seconds
        while True:
            found = check()
            if found or time.time() > deadline:
                return found
            time.sleep(0.05)

    # ---- its repository

    def git(self, *args, input=None, env=None, check=True):
        return subprocess.run(["git", "-C", str(self.repo), *args], check=check, capture_output=True, text=True,
                              input=input, env={**os.environ, **(env or {})}).stdout

    def fsck(self):
        """The daemon holds still meanwhile: git reads the list of packs once, and a merge may then remove some."""
        if self.process:
            self.process.send_signal(signal.SIGSTOP)
        try:
            done = subprocess.run(["git", "-C", str(self.repo), "fsck", "--strict", "--full"],
                                  capture_output=True, text=True)
        finally:
            if self.process:
                self.process.send_signal(signal.SIGCONT)
        assert done.returncode == 0 and "error" not in done.stderr, done.stdout + done.stderr

    # ---- what it costs

    def cpu(self):
        """Seconds of processor time so far."""
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self, name="VmRSS"):
        """Bytes: VmRSS now, VmHWM the most since forget_peak()."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(name + r":\s*(\d+) kB", status).group(1)) * 1024

    def forget_peak(self):
        pathlib.Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")
