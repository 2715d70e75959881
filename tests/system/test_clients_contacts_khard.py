#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Debian's vdirsyncer with khard, as two devices of one user with passwords of their own: find books, make them, add, edit, move
and remove cards in both directions; conflicts; photos, groups and birthdays; a card of 4.0 that they edit as 3.0."""
import os, pathlib, re, subprocess, unittest
from collections import Counter
import vobject
from daemon import Daemon, tree_path
from test_clients_vdirsyncer import Device as Calendars

SAMPLES = pathlib.Path(__file__).resolve().parent.parent / "data" / "cards"
PASSWORD = "khard-secret"
HOME = "/dav/addressbooks/anna/"
SYNC_CONFIG = """\
[general]
status_path = "{folder}/status/"
[pair books]
a = "local"
b = "remote"
collections = ["from a", "from b"]
conflict_resolution = {conflict}
metadata = ["displayname"]
[storage local]
type = "filesystem"
path = "{folder}/books/"
fileext = ".vcf"
[storage remote]
type = "carddav"
url = "{url}/"
username = "{user}"
password = "{password}"
{options}
"""
KHARD_CONFIG = """\
[general]
editor = true
merge_editor = true
[contact table]
display = formatted_name
localize_dates = no
[addressbooks]
"""
OMA = """\
First name: Gerda
Last name: Oma
Birthday: 1950-02-28
Phone:
    home: +49 30 5550180
Email:
    home: gerda@example.org
Note: hello
"""


# A card of 4.0 that khard gets as 3.0 and changes: what is no longer there, and what is new, besides TEL and REV. All of it is
# khard's doing: it writes URLs, groups and dates anew, and gives addresses a TYPE.
REWRITTEN = {
    "thunderbird": (["URL;TYPE=work:https://carla.example.com/"], ["URL:https://carla.example.com/"]),
    "davx5-4": (["TEL:+43 1 5550141"], ["TEL;TYPE=x-werkstatt:+43 1 5550141"]),
    "kde-4": ([], []),
    "nextcloud": (["X-ANNIVERSARY:20200222"], ["X-ANNIVERSARY:2020-02-22"]),
    "rfc6350-whole": ([r'ADR;LABEL="Otto Rest\nMarkt 1\n23552 Lübeck";GEO="geo:53.8667,10.6833":;;Markt 1;Lübeck;;23552;Deutschland'],
                      ["ADR;TYPE=home:;;Markt 1;Lübeck;;23552;Deutschland",
                       "X-DAYBOOK-V3:- LABEL:Otto Rest%5CnMarkt 1%5Cn23552 Lübeck"]),
}
VAIN = re.compile(r";VALUE=(text|ur[il]|date|date-and-or-time)(?=[;:])", re.I)


def unfolded(text):
    return re.sub(r"\r?\n[ \t]", "", text).splitlines()


def said(text):
    """Its lines in one spelling: no group, TYPE in lower case and in order, no VALUE that is understood."""
    found = []
    for line in unfolded(text):
        head, colon, value = line.partition(":") if '"' not in line else (line, "", "")
        name, *params = VAIN.sub("", head + colon).rstrip(":").split(";") if colon else (head,)
        name = name.rpartition(".")[2] if colon else name
        params = ["TYPE=" + ",".join(sorted(p[5:].lower().split(","))) if p.startswith("TYPE=") else p for p in params]
        found.append(";".join([name, *sorted(params)]) + colon + value)
    return found


class Device:
    """A home folder with both programs set up; `options`: more lines for vdirsyncer's storage at the server."""

    def __init__(self, daemon, name, user="anna", password=PASSWORD, options="", conflict='"b wins"'):
        self.folder = daemon.folder / name
        (self.folder / "books").mkdir(parents=True)
        self.config(conflict, url=daemon.url, user=user, password=password, options=options)

    def config(self, conflict, **values):
        self.values = {**getattr(self, "values", {}), **values}
        text = SYNC_CONFIG.format(folder=self.folder, conflict=conflict, **self.values)
        (self.folder / "sync.conf").write_text(text)

    def start(self, *args, input=None):
        """The finished process."""
        env = dict(os.environ, HOME=str(self.folder), LC_ALL="C.UTF-8", XDG_CACHE_HOME=str(self.folder),
                   XDG_CONFIG_HOME=str(self.folder), XDG_DATA_HOME=str(self.folder))
        return subprocess.run(args, env=env, input=input or "", capture_output=True, text=True, timeout=120)

    def run(self, *args, input=None, code=0):
        done = self.start(*args, input=input)
        if done.returncode != code:
            raise AssertionError(f"{args}: {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout + (done.stderr if code else "")

    def vdirsyncer(self, *args, code=0):
        return self.run("vdirsyncer", "-c", str(self.folder / "sync.conf"), *args, input="y\n" * 20, code=code)

    def sync(self, code=0):
        return self.vdirsyncer("sync", code=code)

    def khard(self, *args, input=None):
        """khard wants its books in its configuration."""
        books = "".join(f"[[{p.name}]]\npath = {p}\n" for p in sorted((self.folder / "books").iterdir()))
        (self.folder / "khard.conf").write_text(KHARD_CONFIG + books)
        return self.run("khard", "-c", str(self.folder / "khard.conf"), *args, input=input)

    def new(self, yaml, book="contacts"):
        return self.khard("new", "-a", book, "-i", self.written("new.yaml", yaml))

    def edit(self, name, old, new):
        """As an editor would: khard's own text of the contact with one thing replaced."""
        text = self.khard("show", "--format", "yaml", name)
        assert re.search(old, text, re.M), text
        return self.khard("edit", "-i", self.written("edit.yaml", re.sub(old, new, text, 1, re.M)), name,
                          input="y\n")

    def written(self, name, text):
        (self.folder / name).write_text(text)
        return str(self.folder / name)

    def names(self, *args):
        """What khard lists, the names only."""
        done = self.start("khard", "-c", str(self.folder / "khard.conf"), "list", "--parsable", *args) \
            if self.khard("addressbooks") else None
        return sorted(line.split("\t")[1] for line in done.stdout.splitlines() if "\t" in line)

    def cards(self, book="contacts"):
        return sorted((self.folder / "books" / book).glob("*.vcf"))

    def card(self, word, book="contacts"):
        return next(f for f in self.cards(book) if word in f.read_text())


class Khard(unittest.TestCase):
    def setUp(self):
        self.daemon = Daemon()
        self.daemon.start()
        self.addCleanup(self.daemon.__exit__, None, None, None)
        self.command("user", "add", "anna", "--name", "Anna", "--mail", "anna@example.org", input=PASSWORD)
        self.phone, self.laptop = (self.device(name) for name in ("Phone", "Laptop"))

    def command(self, *args, input=None):
        done = self.daemon.command(*args, input=input)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def device(self, name, user="anna", scope="contacts", **more):
        secret = self.command("device", "add", user, name, "--scope", scope).strip()
        device = Device(self.daemon, name, user, secret, **more)
        device.vdirsyncer("discover")
        device.sync()
        return device

    def exchange(self, giver, taker):
        giver.sync()
        taker.sync()

    def ask(self, method, path, body=None, headers=None, code=200):
        status, answered, content = self.daemon.request(method, HOME + path, body, headers, "anna", PASSWORD)
        self.assertEqual(status, code, content)
        return answered, content.decode()

    def put(self, name, text, media="text/vcard; charset=utf-8", code=201):
        return self.ask("PUT", "contacts/" + name, text, {"Content-Type": media}, code)[0]

    def stored(self, name):
        return self.daemon.git("show", "main:" + tree_path("addressbooks/anna/contacts", name))

    def last(self):
        """Who wrote the last commit, with what device, and its subject."""
        return self.daemon.git("log", "-1", "--format=%an|%(trailers:key=Device,valueonly,separator=%x2C)|%s", "main").strip()


class ContactsTest(Khard):
    def test_two_devices(self):
        self.assertEqual([p.name for p in (self.phone.folder / "books").iterdir()], ["contacts"])
        self.phone.new(OMA)
        self.exchange(self.phone, self.laptop)
        self.assertEqual(self.last(), 'Anna|Phone|Anna added "Gerda Oma" to contacts')
        self.assertEqual(self.laptop.names(), ["Gerda Oma"])
        self.phone.new("First name: Tom\nLast name: Other\n")
        self.exchange(self.phone, self.laptop)
        for mine in self.phone.cards():
            self.assertEqual(mine.read_text(), (self.laptop.folder / "books" / "contacts" / mine.name).read_text())
        self.assertIn("1950", self.laptop.khard("birthdays"))

        self.laptop.edit("Gerda", "hello", "hello again")
        self.laptop.edit("Gerda", r"home ?: \+49 30 5550180", "cell: +49 170 5550181")
        self.exchange(self.laptop, self.phone)
        self.assertEqual(self.last(), 'Anna|Laptop|Anna changed "Gerda Oma" in contacts')
        shown = self.phone.khard("show", "Gerda")
        self.assertIn("hello again", shown)
        self.assertIn("cell: +49 170 5550181", shown)
        self.assertNotIn("5550180", shown)

        self.phone.khard("remove", "--force", "Gerda")
        self.exchange(self.phone, self.laptop)
        self.assertEqual(self.last(), 'Anna|Phone|Anna deleted "Gerda Oma" from contacts')
        self.assertEqual(self.laptop.names(), ["Tom Other"])
        log = self.command("log", "anna/contacts")
        for words in ("Phone", "Laptop", 'added "Gerda Oma"', 'deleted "Gerda Oma"'):
            self.assertIn(words, log)
        self.daemon.fsck()

    def test_new_book(self):
        """Made with a path that has no slash at its end; cards are copied and moved into it."""
        (self.phone.folder / "books" / "choir").mkdir()
        self.phone.vdirsyncer("discover")
        (self.phone.folder / "books" / "choir" / "displayname").write_text("The choir")
        for name in ("Alto", "Bass"):
            self.phone.new(f"First name: Ada\nLast name: {name}\n")
        self.phone.sync()
        self.phone.vdirsyncer("metasync")
        self.assertRegex(self.command("addressbook", "list", "anna"), r"anna/choir +addressbook +0 cards +The choir\n")
        self.phone.khard("copy", "-a", "contacts", "-A", "choir", "Alto")
        self.phone.khard("move", "-a", "contacts", "-A", "choir", "Bass")
        self.phone.sync()
        self.laptop.vdirsyncer("discover")
        self.laptop.sync()
        self.laptop.vdirsyncer("metasync")
        self.assertEqual((self.laptop.folder / "books" / "choir" / "displayname").read_text().strip(), "The choir")
        self.assertEqual(self.laptop.names("-a", "choir"), ["Ada Alto", "Ada Bass"])
        self.assertEqual(self.laptop.names("-a", "contacts"), ["Ada Alto"])
        self.daemon.fsck()

    def test_conflict(self):
        """Both change the same card: who comes second is told, and chooses; nothing is overwritten unasked."""
        self.phone.new(OMA)
        self.phone.new("First name: Tom\nLast name: Other\n")
        self.exchange(self.phone, self.laptop)
        self.phone.edit("Gerda", "hello", "from the phone")
        self.laptop.edit("Gerda", "hello", "from the laptop")
        self.phone.sync()
        self.laptop.config("null")
        head = self.daemon.git("rev-parse", "main")
        self.assertIn("conflict", self.laptop.sync(code=1))
        self.assertEqual(self.daemon.git("rev-parse", "main"), head)
        self.laptop.config('"a wins"')
        self.exchange(self.laptop, self.phone)
        self.assertIn("from the laptop", self.phone.khard("show", "Gerda"))
        self.assertEqual(self.last(), 'Anna|Laptop|Anna changed "Gerda Oma" in contacts')
        self.assertIn("from the phone", self.daemon.git("log", "-p", "--format=", "main"))
        # Changed here and deleted there: it comes back, changed.
        self.phone.edit("Gerda", "from the laptop", "still here")
        self.laptop.khard("remove", "--force", "Gerda")
        self.laptop.sync()
        self.phone.config('"a wins"')
        self.exchange(self.phone, self.laptop)
        self.assertIn("still here", self.laptop.khard("show", "Gerda"))

    def test_photo_group_birthday(self):
        """What khard has no words for passes through it, and a change beside it keeps it."""
        for name in ("apple-person", "apple-group", "davx5-3", "evolution", "google", "kde", "thunderbird-3"):
            (self.phone.folder / "books" / "contacts" / f"{name}.vcf").write_bytes((SAMPLES / f"{name}.vcf").read_bytes())
        self.exchange(self.phone, self.laptop)
        self.assertEqual(len(self.laptop.cards()), 7)
        for mine in self.phone.cards():
            uid = next(l for l in mine.read_text().splitlines() if l.startswith("UID"))
            self.assertEqual(mine.read_text(), self.laptop.card(uid).read_text(), mine.name)
        self.assertIn("Greta", self.laptop.khard("birthdays"))
        self.command("calendar", "birthdays", "anna", "on")
        calendars = Calendars(self.daemon, "calendars", "anna", PASSWORD)
        self.assertRegex(self.birthday("Greta", calendars), r"(?s)DTSTART;VALUE=DATE:[0-9]{4}0229.*SUMMARY:🎂 Dr. Greta Maria Example jr.\n")
        shown = calendars.khal("list", "2028-02-29", "2028-03-01")
        self.assertIn("Greta", shown)
        before = self.laptop.card("Bootshaus").read_text()
        self.laptop.edit("Greta", "Gärtnerin", "Chefin")
        self.exchange(self.laptop, self.phone)
        after = self.phone.card("Bootshaus").read_text()
        photo = [vobject.readOne(t).photo.value for t in (before, after)]
        self.assertEqual(*photo)
        self.assertGreater(len(photo[0]), 50)
        self.assertIn("Chefin", after)
        # khard knows no parameter for a year that is left out; that of Apple's is none.
        self.assertNotIn("X-APPLE-OMIT-YEAR", after)
        self.assertRegex(self.birthday("Greta", calendars), "SUMMARY:🎂 Dr. Greta Maria Example jr.\n")
        self.laptop.edit("Greta", "1604-02-29", "1988-02-29")
        self.exchange(self.laptop, self.phone)
        self.assertIn(r"Example jr. (1988)", self.birthday("Greta", calendars, "1988"))

    def birthday(self, word, calendars, year=""):
        """The entry made from the card, as it reaches a device with calendars; it may come a moment after the card."""
        def find():
            calendars.vdirsyncer("discover")
            calendars.sync()
            folder = calendars.folder / "calendars" / "birthdays"
            return next((t for t in (f.read_text() for f in folder.glob("*.ics")) if "🎂" in t and word in t and year in t), None)
        return self.daemon.wait_for(20, find) or self.fail(f"no birthday of {word}")


class OfVersion4Test(Khard):
    """A card of 4.0 by a third client: both read it as 3.0, and what they send back is merged with what 3.0 can not say."""

    def test_edited_as_3(self):
        for name in ("thunderbird", "davx5-4", "kde-4", "nextcloud", "rfc6350-whole"):
            with self.subTest(name):
                self.edited_as_3(name)
        self.daemon.fsck()

    def edited_as_3(self, name):
        before = (SAMPLES / f"{name}.vcf").read_bytes().decode()
        self.put(name + ".vcf", before, "text/vcard; version=4.0")
        self.exchange(self.phone, self.laptop)
        word = next(l for l in unfolded(before) if l.startswith("FN"))
        word = word.partition(":")[2]
        text = self.laptop.card(word).read_text()
        self.assertIn("VERSION:3.0", text)
        self.assertEqual(self.phone.card(word).read_text(), text)
        self.laptop.edit(word, "^Phone *:", "Phone :\n    pager: +49 30 555999")
        self.exchange(self.laptop, self.phone)
        self.assertEqual(self.last(), f'Anna|Laptop|Anna changed "{word}" in contacts')
        was, now = (Counter(said(t)) for t in (before, self.stored(name + ".vcf")))
        gone, new = REWRITTEN[name]
        self.assertEqual(sorted((was - now).elements()), sorted(gone + [l for l in was if l.startswith("REV")]))
        revised = [l for l in now if l.startswith("REV")]
        self.assertEqual(sorted((now - was).elements()), sorted(new + revised + ["TEL;TYPE=pager:+49 30 555999"]))
        self.assertIn("+49 30 555999", self.phone.khard("show", word))


if __name__ == "__main__":
    unittest.main()
