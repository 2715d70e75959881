#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Daybook side by side with Debian's radicale and xandikos, in one run: a table of medians and of ratios.

    bench.py [WORD ...] [--sizes 1000,10000] [--seconds 3] [--servers daybook,radicale,xandikos] [--json FILE]

Words choose rows by their titles (`bench.py expand free-busy`); `bench.py contacts` is about address books alone. load.c makes
the load (it is never the bottleneck), and every operation's answer is checked before it is timed, against what the rules of
data.py say: who answers wrongly is told so, and no ratio is made of it. Only ratios inside one run mean anything: machines
differ and are noisy.
"""
import argparse, base64, http.client, json, os, pathlib, re, shutil, statistics, subprocess, sys, tempfile, time
import contacts
from data import CARDS, card_uid, made_card, made_event
from queries import QUERIES

HERE = pathlib.Path(__file__).resolve().parent
USER, PASSWORD = "user", "bench-secret"
AUTH = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
SYNC_TITLE = "sync after one change"


# ---------------------------------------------------------------- servers

class Server:
    def __init__(self, folder, cards=0):
        self.folder, self.cards = pathlib.Path(folder), cards
        self.process = None

    def spawn(self, command, port, **extra):
        self.port = port
        self.log = open(self.folder / "log", "a+")
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log, **extra)
        deadline = time.time() + 60
        while time.time() < deadline:
            try:
                self.request("OPTIONS", "/")
                return
            except OSError:
                time.sleep(0.1)
        raise SystemExit(f"{command[0]} did not start: {(self.folder / 'log').read_text()[-2000:]}")

    def stop(self):
        self.process.terminate()
        self.process.wait(30)

    def request(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)
        connection.request(method, path, body, dict({"Authorization": AUTH}, **(headers or {})))
        response = connection.getresponse()
        content = response.read()
        connection.close()
        return response.status, dict(response.getheaders()), content


class Daybook(Server):
    name, port_number = "daybook", 18101

    def calendar(self, size):
        return f"/dav/calendars/{USER}/bench{size}/"

    def start(self, sizes):
        binary = os.environ.get("DAYBOOK_BIN", "build/daybook")
        data = self.folder / "data"
        (self.folder / "conf").write_text("[auth]\nthrottle = off\n[log]\naccess = no\n")
        self.spawn([binary, "serve", "--config", str(self.folder / "conf"), "--data", str(data), "--listen",
                    f"127.0.0.1:{self.port_number}"], self.port_number,
                   env=dict(os.environ, DAYBOOK_ADMIN_PASSWORD="bench-admin"))
        subprocess.run([binary, "user", "add", USER, "--data", str(data)], input=PASSWORD + "\n", text=True, check=True,
                       stdout=subprocess.DEVNULL)
        for size in sizes:
            file = self.folder / f"{size}.ics"
            events = [made_event(n, size) for n in range(size)]
            inner = "".join(re.search(r"BEGIN:VEVENT.*END:VEVENT\r\n", e, re.S).group(0) for e in events)
            file.write_text("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//bench//EN\r\n" + inner + "END:VCALENDAR\r\n", newline="")
            subprocess.run([binary, "import", str(file), "--to", f"{USER}/bench{size}", "--data", str(data)], check=True,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def book(self):
        return f"/dav/addressbooks/{USER}/contacts/"

    def fill_book(self):
        """By `daybook import`."""
        binary, file = os.environ.get("DAYBOOK_BIN", "build/daybook"), self.folder / "all.vcf"
        file.write_text("".join(map(made_card, range(CARDS))), newline="")
        into = ["--data", str(self.folder / "data")]
        subprocess.run([binary, "addressbook", "add", f"{USER}/contacts", *into], capture_output=True)  # or there already
        begin = time.perf_counter()
        done = subprocess.run([binary, "import", str(file), "--to", f"{USER}/contacts", *into], capture_output=True, text=True)
        took = time.perf_counter() - begin
        if done.returncode:
            raise SystemExit(f"daybook import: {done.stderr}")
        return CARDS, took


class Radicale(Server):
    name, port_number = "radicale", 18102

    def calendar(self, size):
        return f"/{USER}/bench{size}/"

    def start(self, sizes):
        for size in sizes:
            folder = self.folder / "data" / "collection-root" / USER / f"bench{size}"
            folder.mkdir(parents=True)
            (folder / ".Radicale.props").write_text(json.dumps({"tag": "VCALENDAR"}))
            for n in range(size):
                (folder / f"bench-{size}-{n}.ics").write_text(made_event(n, size), newline="")
        (self.folder / "users").write_text(f"{USER}:{PASSWORD}\n")
        (self.folder / "conf").write_text(
            f"[server]\nhosts = 127.0.0.1:{self.port_number}\nmax_connections = 100\n[auth]\ntype = htpasswd\n"
            f"htpasswd_filename = {self.folder}/users\nhtpasswd_encryption = plain\ndelay = 0\n"
            f"[storage]\nfilesystem_folder = {self.folder}/data\n[logging]\nlevel = warning\n")
        self.spawn(["/usr/bin/python3", "-m", "radicale", "-C", str(self.folder / "conf")], self.port_number)

    def book(self):
        return f"/{USER}/contacts/"

    def fill_book(self):
        """By PUT of the whole book, which it offers for this."""
        body = "".join(map(made_card, range(CARDS))).encode()
        begin = time.perf_counter()
        status, _, answer = self.request("PUT", self.book(), body, {"Content-Type": "text/vcard; charset=utf-8"})
        took = time.perf_counter() - begin
        if status != 201:
            raise SystemExit(f"radicale: PUT of a book: {status} {answer[:300]!r}")
        return CARDS, took


class Xandikos(Server):
    name, port_number = "xandikos", 18103

    def collection(self, name, kind, files):
        folder = self.folder / "data" / USER / name
        folder.mkdir(parents=True)
        git = ["git", "-C", str(folder), "-c", "user.name=bench", "-c", "user.email=bench@localhost"]
        subprocess.run(git + ["init", "-q"], check=True)
        (folder / ".xandikos").write_text(f"[DEFAULT]\ntype = {kind}\n")
        for file, text in files:
            (folder / file).write_text(text, newline="")
        subprocess.run(git + ["add", "-A"], check=True)
        subprocess.run(git + ["commit", "-q", "-m", "bench"], check=True)

    def calendar(self, size):
        return f"/{USER}/calendars/bench{size}/"

    def start(self, sizes):
        for size in sizes:
            self.collection(f"calendars/bench{size}", "calendar",
                            ((f"bench-{size}-{n}.ics", made_event(n, size)) for n in range(size)))
        self.collection("contacts/few", "addressbook", ())
        self.collection("contacts/all", "addressbook", ((f"{card_uid(n)}.vcf", made_card(n)) for n in range(self.cards)))
        self.spawn(["/usr/bin/xandikos", "-d", str(self.folder / "data"), "--defaults", "--current-user-principal",
                    f"/{USER}/", "-l", "127.0.0.1", "-p", str(self.port_number)], self.port_number)

    def book(self):
        return f"/{USER}/contacts/all/"

    def fill_book(self):
        """By PUT of some into a book that is empty: it offers nothing for many."""
        begin = time.perf_counter()
        for n in range(contacts.FEW):
            status, _, answer = self.request("PUT", f"/{USER}/contacts/few/{card_uid(n)}.vcf", made_card(n).encode(),
                                             {"Content-Type": "text/vcard; charset=utf-8"})
            if status not in (201, 204):
                raise SystemExit(f"xandikos: PUT of a card: {status} {answer[:300]!r}")
        return contacts.FEW, time.perf_counter() - begin


# ---------------------------------------------------------------- operations

PROPFIND = '<d:propfind xmlns:d="DAV:"><d:prop><d:getetag/></d:prop></d:propfind>'
SYNC = ('<d:sync-collection xmlns:d="DAV:"><d:sync-token>{}</d:sync-token><d:sync-level>1</d:sync-level>'
        '<d:prop><d:getetag/></d:prop></d:sync-collection>')

BY_TITLE = {query.title: query for query in QUERIES + contacts.QUERIES}
WANTED = {"put": 201, "get": 200, "propfind": 207, **{title: query.status for title, query in BY_TITLE.items()}}


def place(server, size):
    """The path of the calendar of this size, or of the address book."""
    return server.book() if size == contacts.SIZE else server.calendar(size)


def query_body(server, op, size):
    return BY_TITLE[op].body(server if size == contacts.SIZE else size)


def template(server, op, size):
    """The request as load.c sends it; @ID@ becomes sixteen characters. An operation is a name or the title of a query."""
    path, body, headers = place(server, size), "", [f"Host: 127.0.0.1:{server.port}", f"Authorization: {AUTH}"]
    if op == "put":
        path, method = path + "@ID@.ics", "PUT"
        body = made_event(7, size).replace(f"UID:bench-{size}-7", "UID:@ID@")
        headers += ["Content-Type: text/calendar; charset=utf-8", "If-None-Match: *"]
    elif op == "get":
        path, method = path + item_name(server, size), "GET"
    else:
        method, body = ("PROPFIND", PROPFIND) if op == "propfind" else ("REPORT", query_body(server, op, size))
        headers += ["Content-Type: application/xml; charset=utf-8", "Depth: 1"]
    if body:
        headers.append(f"Content-Length: {len(body.encode()) + 12 * body.count('@ID@')}")
    return "\r\n".join([f"{method} {path} HTTP/1.1"] + headers) + "\r\n\r\n" + body


def load(server, op, size, seconds, connections=1):
    done = subprocess.run([LOAD, str(server.port), str(connections), str(seconds), str(WANTED[op])],
                          input=template(server, op, size), capture_output=True, text=True, check=True)
    requests, took, p50, p99, bad = (float(x) for x in done.stdout.split())
    return {"rate": requests / took, "p50": p50, "p99": p99, "bad": int(bad), "requests": int(requests)}


ITEM_NAMES = {}


def item_name(server, size):
    """The name of one event of the calendar, as the server lists it."""
    key = (server.name, size)
    if key not in ITEM_NAMES:
        status, _, body = server.request("PROPFIND", server.calendar(size), PROPFIND, {"Depth": "1", "Content-Type": "text/xml"})
        names = re.findall(rb"/([^/<]+\.ics)<", body)
        if status != 207 or len(names) < size:
            raise SystemExit(f"{server.name}: listing {size}: {status}, {len(names)} names: {body[:300]!r}")
        ITEM_NAMES[key] = sorted(names)[len(names) // 2].decode()
    return ITEM_NAMES[key]


def new_item(size, uid):
    """(its name, its bytes, their type)"""
    if size == contacts.SIZE:
        return f"{uid}.vcf", made_card(11).replace(f"UID:{card_uid(11)}", f"UID:{uid}"), "text/vcard"
    return f"{uid}.ics", made_event(11, size).replace(f"UID:bench-{size}-11", f"UID:{uid}"), "text/calendar"


def sync_after_change(server, size, rounds):
    """PUT one new event or card, then sync-collection from the last token: times of the sync alone."""
    path = place(server, size)
    headers = {"Depth": "0", "Content-Type": "text/xml"}
    status, _, body = server.request("REPORT", path, SYNC.format(""), headers)
    token = re.search(rb"sync-token>([^<]+)<", body)
    if status != 207 or not token:
        raise SystemExit(f"{server.name}: first sync: {status} {body[:300]!r}")
    token, times = token.group(1).decode(), []
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=600)
    for number in range(rounds):
        uid = f"sync-{time.time_ns()}-{number}"
        name, item, kind = new_item(size, uid)
        status, _, _ = server.request("PUT", path + name, item.encode(), {"Content-Type": kind + "; charset=utf-8"})
        assert status in (201, 204), status
        begin = time.perf_counter()
        connection.request("REPORT", path, SYNC.format(token), dict(headers, Authorization=AUTH))
        response = connection.getresponse()
        body = response.read()
        times.append(time.perf_counter() - begin)
        assert response.status == 207 and uid.encode() in body, (server.name, response.status, body[:300])
        token = re.search(rb"sync-token>([^<]+)<", body).group(1).decode()
    connection.close()
    return {"p50": statistics.median(times), "rate": 1 / statistics.median(times), "bad": 0, "requests": rounds}


def check(server, op, size):
    """What is wrong with the answer to what will be timed, in words; None: it is right."""
    if op in ("get", "put"):
        status, _, body = server.request("GET", server.calendar(size) + item_name(server, size))
        return None if status == 200 and b"BEGIN:VEVENT" in body else f"status {status}"
    if op == "propfind":
        return None if item_name(server, size) else "the listing is not whole"
    query = BY_TITLE[op]
    status, _, body = server.request("REPORT", place(server, size), query_body(server, op, size).encode(),
                                     {"Depth": "1", "Content-Type": "application/xml; charset=utf-8"})
    if status != query.status:
        return f"status {status} instead of {query.status}"
    try:
        return query.wrong(body) if size == contacts.SIZE else query.wrong(size, body)
    except (ValueError, AttributeError, SyntaxError) as error:
        return f"not understood: {error}"


def fsynced_file(folder, rounds=200):
    """One small file made durable: open, write 700 bytes, fsync file, rename, fsync folder: the floor of a durable PUT."""
    times = []
    directory = os.open(folder, os.O_RDONLY)
    for number in range(rounds):
        begin = time.perf_counter()
        fd = os.open(f"{folder}/f{number}", os.O_CREAT | os.O_WRONLY, 0o600)
        os.write(fd, b"x" * 700)
        os.fsync(fd)
        os.close(fd)
        os.fsync(directory)
        times.append(time.perf_counter() - begin)
    os.close(directory)
    return statistics.median(times)


OPERATIONS = [("PUT, 1 connection", "put", 1), ("PUT, 8 connections", "put", 8), ("PUT, 64 connections", "put", 64),
              ("GET", "get", 1), ("PROPFIND Depth 1", "propfind", 1), *((title, title, 1) for title in BY_TITLE)]
TITLES = [title for title, _, _ in OPERATIONS if title not in contacts.TITLES] + [SYNC_TITLE] + contacts.TITLES


def import_book(server):
    cards, took = server.fill_book()
    print(f"{server.name}: {cards} cards taken in {took:.1f} s", flush=True)
    status, _, body = server.request("PROPFIND", server.book(), PROPFIND, {"Depth": "1", "Content-Type": "text/xml"})
    listed = len(re.findall(rb"\.vcf<", body))
    return {"rate": cards / took, "p50": took / cards, "bad": 0, "requests": cards,
            "wrong": None if (status, listed) == (207, CARDS) else f"status {status}, {listed} cards"}


def measure(server, size, seconds, titles):
    rows = {}
    if size == contacts.SIZE:
        rows[contacts.IMPORT_TITLE] = import_book(server)
    for title, op, connections in reversed(OPERATIONS):  # reads first: the calendar has its nominal size
        if title not in titles:
            continue
        begin, wrong = time.time(), check(server, op, size)
        if not wrong or not wrong.startswith("status "):  # what is refused is not timed
            rows[title] = load(server, op, size, seconds, connections)
        rows.setdefault(title, {"rate": 0, "p50": 0, "bad": 0, "requests": 0})["wrong"] = wrong
        print(f"{server.name}, {shown(size)}, {title}: {rows[title]['requests']} in {time.time() - begin:.1f} s"
              + (f"; WRONG: {wrong}" if wrong else ""), flush=True)
    for title in {SYNC_TITLE, contacts.SYNC_TITLE} & set(titles):
        rows[title] = dict(sync_after_change(server, size, 30 if server.name == "daybook" else 5), wrong=None)
    return rows


def shown(size):
    return contacts.SHOWN if size == contacts.SIZE else f"{size} events"


def duration(seconds):
    return f"{seconds * 1e6:.0f} us" if seconds < 1e-3 else f"{seconds * 1e3:.1f} ms"


def cell(row):
    if not row["requests"]:
        return f"{'refused':>25}  "
    return f"{row['rate']:>12.1f}/s {duration(row['p50']):>10}{'x' if row['wrong'] else '!' if row['bad'] else '':<2}"


def ratios(results, size, title, servers):
    """How many times faster than whom; nothing about those that answer wrongly."""
    own = results["daybook"][size][title]
    rows = ((name, results[name][size][title]) for name in servers if name != "daybook")
    return ", ".join(f"{name} {own['rate'] / row['rate']:.0f}" for name, row in rows if row["rate"] and not row["wrong"])


def show(results, groups, servers):
    """`groups`: titles by size; the sizes of calendars in their order, then the address book."""
    sizes = [size for size in groups if size != contacts.SIZE]
    for size, titles in groups.items():
        print(f"\n{shown(size)}" + "".join(f"{s:>25}  " for s in servers) + "   times faster than")
        for title in titles:
            line = f"{title:<30}" + "".join(cell(results[name][size][title]) for name in servers)
            print(line + ("  " + ratios(results, size, title, servers) if "daybook" in servers else ""))
    if "daybook" in servers and len(sizes) > 1:
        print(f"\ndaybook, {sizes[-1]} events against {sizes[0]}: time of one operation")
        for title in groups[sizes[0]]:
            small, large = (results["daybook"][s][title]["rate"] for s in (sizes[0], sizes[-1]))
            print(f"  {title:<30} x {small / large:.2f}" if large else f"  {title:<30} refused")
    print("\n! = some answers were refused or broken; x = wrong, and how:")
    for name in servers:
        for size in [*sizes[-1:], *(s for s in groups if s == contacts.SIZE)]:
            for title in groups[size]:
                if results[name][size][title]["wrong"]:
                    print(f"  {name}, {title}: {results[name][size][title]['wrong']}")


def show_floor(rows, folder):
    """A durable PUT beside the least that the disk takes."""
    os.mkdir(folder)
    floor, one, many = fsynced_file(folder), rows["PUT, 1 connection"], rows["PUT, 64 connections"]
    print(f"\none fsynced small file: {duration(floor)}; a durable PUT alone takes {one['p50'] / floor:.1f} "
          f"times that; 64 at once are {many['rate'] / one['rate']:.1f} times the rate of one")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("words", nargs="*", metavar="WORD", help="only rows with a word in their titles that begins like one of these")
    parser.add_argument("--sizes", default="1000,10000")
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--servers", default="daybook,radicale,xandikos")
    parser.add_argument("--json")
    args = parser.parse_args()
    sizes, names = [int(s) for s in args.sizes.split(",")], args.servers.split(",")
    titles = [t for t in TITLES if not args.words or any(re.search(r"\b" + re.escape(w), t, re.I) for w in args.words)]
    if not titles:
        parser.error(f"no row has such a word; there are: {'; '.join(TITLES)}")
    kinds = {k.name: k for k in (Daybook, Radicale, Xandikos)}
    book = [t for t in titles if t in contacts.TITLES]
    events = [t for t in titles if t not in book]
    sizes = sizes if events else []
    groups = {**{size: events for size in sizes}, **({contacts.SIZE: book} if book else {})}
    folder = tempfile.mkdtemp(prefix="daybook-bench-")
    global LOAD
    LOAD = f"{folder}/load"
    subprocess.run(["cc", "-O2", "-std=c17", "-D_GNU_SOURCE", str(HERE / "load.c"), "-o", LOAD, "-pthread"], check=True)
    results = {name: {} for name in names}
    servers = []
    try:
        for name in names:
            print(f"starting {name} and giving it {' and '.join(map(shown, groups))}", flush=True)
            os.mkdir(f"{folder}/{name}")
            server = kinds[name](f"{folder}/{name}", CARDS if book else 0)
            servers.append(server)
            server.start(sizes)
        for size, chosen in groups.items():
            for server in servers:
                results[server.name][size] = measure(server, size, args.seconds, chosen)
        show(results, groups, names)
        if "daybook" in names and {"PUT, 1 connection", "PUT, 64 connections"} <= set(titles):
            show_floor(results["daybook"][sizes[-1]], f"{folder}/fsync")
        if args.json:
            pathlib.Path(args.json).write_text(json.dumps(results, indent=1))
    finally:
        for server in servers:
            if server.process:
                server.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
