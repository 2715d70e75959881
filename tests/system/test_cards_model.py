#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Random cards in another version and back: nothing is lost, what comes is by the grammar of its RFC, and Debian's python3-vobject
reads it. Then what clients do to a 3.0 view of a 4.0 card, vCard 2.1, and jCard. SEED=7 DURATION=600 for more."""
import base64
import collections
import datetime
import glob
import json
import os
import quopri
import random
import re
import subprocess
import sys
import tempfile
import time

import vobject

CARDS = 400
DURATION = float(os.environ.get("DURATION", 0))  # seconds: go on with more cards
SEED = int(os.environ.get("SEED") or datetime.date.today().toordinal())
WORDS = ["Anna", "Müller", "a,b", "a;b", "c\\d", "zwei\nZeilen", '"so"', "漢字", "😀", "x: y", "", "^n", "n" * 90, "é" * 60, "%2C", "A&B<c>",
         "-", "data:", "+", " ", "=20", "\\n", "VCARD", "http://a/b?c=d,e;f"]
ONCE3 = {"FN", "N", "BDAY", "GEO", "TZ", "REV", "UID", "PRODID", "CLASS", "SORT-STRING", "NAME", "MAILER", "PROFILE"}
ONLY4 = {"KIND", "XML", "ANNIVERSARY", "GENDER", "LANG", "MEMBER", "RELATED", "CLIENTPIDMAP", "BIRTHPLACE", "DEATHPLACE", "DEATHDATE",
         "EXPERTISE", "HOBBY", "INTEREST", "ORG-DIRECTORY", "CONTACT-URI", "SOCIALPROFILE", "GRAMGENDER", "PRONOUNS", "CREATED", "LANGUAGE"}
UNSEEN = {"LANG", "XML", "CLIENTPIDMAP", "EXPERTISE", "HOBBY", "CREATED"}
ONLY3 = {"LABEL", "AGENT", "MAILER", "NAME", "PROFILE", "SORT-STRING"}
PARAMS4 = {"PREF", "PID", "ALTID", "MEDIATYPE", "CALSCALE", "SORT-AS", "GEO", "TZ", "LABEL", "INDEX", "LEVEL"}
DATES4 = re.compile(r"(\d{4}(-\d\d|\d{4})?|--\d\d(\d\d)?|---\d\d)?(T[-\d]+(Z|[+-]\d\d(\d\d)?)?)?")
DATES3 = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)?)?")


def escape(text):
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace(",", "\\,").replace(";", "\\;")


def plain(text):
    return re.sub(r"\\([\\,;:nN])", lambda m: "\n" if m.group(1) in "nN" else m.group(1), text)


class Dice(random.Random):
    def text(self):
        return " ".join(self.choice(WORDS) for _ in range(self.randint(1, 3)))

    def some(self, values, most=3):
        return self.sample(values, self.randint(0, min(most, len(values))))

    def octets(self):
        return base64.b64encode(self.randbytes(self.randint(1, 200))).decode()

    def date(self):
        return datetime.date(self.randint(1900, 2030), 1, 1) + datetime.timedelta(days=self.randint(0, 364))


def types(dice, *words):
    some = dice.some(list(words) + ["pref"])
    return dice.choice(["".join(f";TYPE={word.upper()}" for word in some), ";TYPE=" + ",".join(some) if some else ""])


def lines_of_3(dice):
    """One property as 3.0 writes it, or the two of a group."""
    text = escape(dice.text())
    day = dice.date()
    group = f"item{dice.randint(1, 9)}"
    return dice.choice([
        lambda: [f"TEL{types(dice, 'home', 'work', 'cell', 'fax', 'msg', 'voice')}:{text}"],
        lambda: [f"EMAIL{types(dice, 'home', 'work', 'internet', 'x400')}:{text}"],
        lambda: [f"ADR{types(dice, 'home', 'work', 'intl', 'postal')}:;;{text};{escape(dice.text())};;{dice.randint(1, 9)};"],
        lambda: [f"LABEL{types(dice, 'home', 'work', 'dom')}:{text}"],
        lambda: [f"{dice.choice(['TITLE', 'ROLE', 'NOTE', 'MAILER', 'NAME', 'PRODID'])}:{text}"],
        lambda: [f"NOTE;LANGUAGE=de:{dice.text()}".replace("\n", "")],
        lambda: [f"{dice.choice(['CATEGORIES', 'NICKNAME'])}:{text},{escape(dice.text())}"],
        lambda: [f"ORG:{text};{escape(dice.text())}"],
        lambda: [f"{dice.choice(['PHOTO', 'LOGO'])};ENCODING=b;TYPE={dice.choice(['JPEG', 'png', 'FOO', 'image/gif'])}:{dice.octets()}"],
        lambda: [f"SOUND;ENCODING=b;TYPE={dice.choice(['WAVE', 'OGG', 'MP3'])}:{dice.octets()}"],
        lambda: [f"KEY;ENCODING=b;TYPE={dice.choice(['PGP', 'X509'])}:{dice.octets()}"],
        lambda: ["PHOTO;VALUE=uri" + dice.choice(["", ";TYPE=GIF"]) + ":http://example.org/a?b=c"],
        lambda: ["BDAY" + dice.choice([f":{day:%Y-%m-%d}", f":{day:%Y%m%d}", f";VALUE=date:{day:%Y-%m-%d}", f":--{day:%m-%d}",
                                       f";X-APPLE-OMIT-YEAR=1604:1604-{day:%m-%d}", f":{day:%Y-%m-%d}T01:02:03Z", f":{text}"])],
        lambda: [f"REV:{day:%Y-%m-%d}T10:20:30Z"],
        lambda: [f"GEO:{dice.uniform(-90, 90):.4f};{dice.uniform(-180, 180):.4f}"],
        lambda: ["TZ:" + dice.choice(["+01:00", "-0500"])],
        lambda: [f"TZ;VALUE=text:{text}"],
        lambda: [f"URL{types(dice, 'home', 'work')}:http://example.org/{dice.randint(1, 99)}"],
        lambda: [f"IMPP;X-SERVICE-TYPE=Jabber{types(dice, 'home')}:xmpp:a@example.org"],
        lambda: [f"{dice.choice(['X-JABBER', 'X-SKYPE', 'X-ICQ'])}{types(dice, 'home')}:{text}"],
        lambda: [f"X-SOCIALPROFILE;TYPE=twitter;X-USER=a:http://twitter.com/{dice.randint(1, 99)}"],
        lambda: [f"{dice.choice(['X-SPOUSE', 'X-MANAGER', 'X-EVOLUTION-ASSISTANT'])}:{text}"],
        lambda: [f"{dice.choice(['X-ANNIVERSARY', 'X-EVOLUTION-ANNIVERSARY'])}:{day:%Y-%m-%d}"],
        lambda: [f"{group}.X-ABDATE{dice.choice(['', ';type=pref'])}:{day:%Y-%m-%d}",
                 f"{group}.X-ABLabel:{dice.choice(['_$!<Anniversary>!$_', 'Umzug'])}"],
        lambda: [f"{group}.X-ABRELATEDNAMES{dice.choice(['', ';type=pref'])}:{text}",
                 f"{group}.X-ABLabel:{dice.choice(['_$!<Spouse>!$_', '_$!<Mother>!$_', 'Vetter'])}"],
        lambda: [f"{group}.TEL:{text}", f"{group}.X-ABLabel:{escape(dice.text())}"],
        lambda: ["X-ADDRESSBOOKSERVER-KIND:group", "X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:1"],
        lambda: ["X-ABShowAs:COMPANY"],
        lambda: [f"SORT-STRING:{text}"],
        lambda: [f"CLASS:{dice.choice(['PUBLIC', 'PRIVATE'])}"],
        lambda: [f"AGENT:{escape('BEGIN:VCARD' + chr(10) + 'FN:x' + chr(10) + 'END:VCARD')}"],
        lambda: ["AGENT;VALUE=uri:urn:uuid:2"],
        lambda: [f'X-CUSTOM;X-PARAM="a;b,c":{text};{text}'],
        lambda: ["FBURL:http://example.org/busy"],
    ])()


def params4(dice, *words):
    some = dice.some(list(words), 2)
    made = [";TYPE=" + ",".join(some) if some else "", f";PREF={dice.choice([1, 1, 2, 50, 100])}" if dice.random() < 0.3 else "",
            f";PID={dice.randint(1, 9)}.1" if dice.random() < 0.2 else "", ";ALTID=1" if dice.random() < 0.1 else "",
            ";LANGUAGE=de" if dice.random() < 0.1 else "", ';X-PARAM="a;b"' if dice.random() < 0.1 else ""]
    return "".join(made)


def lines_of_4(dice):
    text = escape(dice.text())
    day = dice.date()
    date = dice.choice([f":{day:%Y%m%d}", f":--{day:%m%d}", f":{day:%Y}", f":{day:%Y-%m}", ":---05", ":--04", f";VALUE=text:{text}",
                        f":{day:%Y%m%d}T101112Z", ":T1011", f";CALSCALE=gregorian:{day:%Y%m%d}", f";VALUE=date-and-or-time:{day:%Y%m%d}"])
    label = dice.text().replace("^", "^^").replace("\n", "^n").replace('"', "^'")
    return dice.choice([
        lambda: [f"TEL{params4(dice, 'home', 'work', 'cell', 'textphone')}:{text}"],
        lambda: [f"TEL;VALUE=uri{params4(dice, 'home', 'voice')}:tel:+49-30-{dice.randint(1, 99)};ext=5"],
        lambda: [f"EMAIL{params4(dice, 'home', 'work')}:{text}"],
        lambda: [f"ADR{params4(dice, 'home', 'work')}:;;{text};{escape(dice.text())};;1;"],
        lambda: [f'ADR;LABEL="{label}"{params4(dice, "home", "work")}:;;{text};;;1;'],
        lambda: [f'ADR;GEO="geo:1,2";TZ=Europe/Berlin:;;{text};;;1;' + dice.choice(["", ";;;7;Weg;;;;;;"])],
        lambda: [f"{dice.choice(['TITLE', 'ROLE', 'NOTE', 'FN', 'BIRTHPLACE', 'HOBBY', 'XML'])}{params4(dice)}:{text}"],
        lambda: [f"{dice.choice(['CATEGORIES', 'NICKNAME'])}{params4(dice, 'home')}:{text},{escape(dice.text())}"],
        lambda: [f"ORG;SORT-AS=a{params4(dice)}:{text};{escape(dice.text())}"],
        lambda: [f"{dice.choice(['PHOTO', 'LOGO'])}{params4(dice, 'home')}:data:image/{dice.choice(['jpeg', 'svg+xml'])};base64,{dice.octets()}"],
        lambda: ["PHOTO;MEDIATYPE=image/gif:http://example.org/a"],
        lambda: ["LOGO:data:text/plain;charset=utf-8;base64,AAAA"],
        lambda: ["LOGO:data:,plain%20text"],
        lambda: [f"KEY;VALUE=text:{text}"],
        lambda: [f"{dice.choice(['BDAY', 'ANNIVERSARY', 'DEATHDATE'])}{date}"],
        lambda: [f"REV:{day:%Y%m%d}T101112Z"],
        lambda: [f"GEO{params4(dice, 'home')}:geo:{dice.uniform(-90, 90):.4f},{dice.uniform(-180, 180):.4f}" + dice.choice(["", ",40;u=10"])],
        lambda: ["TZ;VALUE=utc-offset:" + dice.choice(["+0100", "-05"])],
        lambda: [f"TZ:{text}"],
        lambda: ["TZ;VALUE=uri:http://example.org/tz"],
        lambda: [f"GENDER:{dice.choice(['M', 'F;' + text, ';' + text])}"],
        lambda: [f"LANG{params4(dice, 'home', 'work')}:fr"],
        lambda: [f"KIND:{dice.choice(['individual', 'group', 'org', 'location', 'x-pet'])}"],
        lambda: ["MEMBER:urn:uuid:1"],
        lambda: [f"RELATED;VALUE=text{params4(dice, 'spouse', 'x-mother', 'friend')}:{text}"],
        lambda: [f"RELATED{params4(dice, 'friend', 'agent')}:urn:uuid:3"],
        lambda: [f"IMPP{params4(dice, 'home')}:xmpp:a@example.org"],
        lambda: ["SOCIALPROFILE;SERVICE-TYPE=Mastodon;USERNAME=a:http://example.org/@a"],
        lambda: [f"item1.TEL{params4(dice)}:{text}", "item1.X-ABLabel:Boot"],
        lambda: [f"item2.{dice.choice(['ANNIVERSARY:20200101', 'RELATED;VALUE=text:x'])}", "item2.X-ABLabel:_$!<Spouse>!$_"],
        lambda: ["CLIENTPIDMAP:1;urn:uuid:4"],
        lambda: [f'X-CUSTOM;X-PARAM="a;b":{text};{text}'],
        lambda: [f"EXPERTISE;LEVEL=expert;INDEX=1:{text}"],
        lambda: ["CREATED:20200101T000000Z"],
    ])()


def card(dice, version):
    names = [f"FN:{escape(dice.text())}"]
    if version == 3 or dice.random() < 0.6:
        names.append(f"N:{escape(dice.text())};{escape(dice.text())};a,b;;")
    body = names + [line for _ in range(dice.randint(0, 12)) for line in (lines_of_3 if version == 3 else lines_of_4)(dice)]
    seen, kept = set(), []
    for line in body:  # what may stand once does
        name = re.split("[:;]", line)[0].rpartition(".")[2]
        once = name in ONCE3 if version == 3 else name in {"N", "BDAY", "ANNIVERSARY", "DEATHDATE", "GENDER", "KIND", "REV", "BIRTHPLACE", "CREATED"}
        if not (once and name in seen):
            kept.append(line)
        seen.add(name)
    head, rest = kept[0], kept[1:]
    dice.shuffle(rest)
    return ["BEGIN:VCARD", f"VERSION:{version}.0", "UID:urn:uuid:5", head, *rest, "END:VCARD"]


def fold(lines):
    return "".join(line + "\r\n" for line in lines).encode()


# ---- reading, independently of the program ----

def unfold(octets):
    return octets.decode().replace("\r\n ", "").split("\r\n")[:-1]


def parse(line):
    """(group, name, [(parameter, values)], value)"""
    head, value, quoted = [""], None, False
    for i, c in enumerate(line):
        if c == '"':
            quoted = not quoted
        if c == ":" and not quoted:
            value = line[i + 1:]
            break
        if c == ";" and not quoted:
            head.append("")
        else:
            head[-1] += c
    group, _, name = head[0].rpartition(".")
    return group.lower(), name.upper(), [tuple(p.partition("=")[::2]) for p in head[1:]], value


def norm(line):
    """What a line says: TYPE in any order and case, defaults left out, values without their escapes."""
    group, name, params, value = parse(line)
    kinds, rest = set(), set()
    for key, values in params:
        key = key.upper()
        if key == "TYPE":
            kinds |= {t for t in values.replace('"', "").lower().split(",") if (name, t) not in {("EMAIL", "internet"), ("TEL", "voice")}}
        elif not (key == "VALUE" and values.lower() in ("date", "date-and-or-time", "uri", "text", "timestamp") and name not in ("TEL", "TZ", "RELATED", "AGENT")):
            values = values.replace('"', "")
            rest.add((key, values.replace("\\n", "^n") if key == "LABEL" else values))
    if name in ("BDAY", "ANNIVERSARY", "DEATHDATE", "REV"):
        value = re.sub(r"(?<=\d)[-:](?=\d)", "", value)
    elif name in ("N", "ADR", "ORG"):
        value = re.sub(r"(?<!\\);", "\x1e", value).rstrip("\x1e")
    elif name in ("CATEGORIES", "NICKNAME"):
        value = re.sub(r"(?<!\\),", "\x1f", value)
    return group, name, frozenset(kinds), frozenset(rest), plain(value)


def count(lines):
    found = {}
    for line in lines:
        said = norm(line)
        found[said] = found.get(said, 0) + 1
    return found


def complain_of_3(octets):
    """What is wrong with a 3.0 card by RFC 2426."""
    lines = unfold(octets)
    names = [parse(line)[1] for line in lines]
    for once in ("FN", "N", "UID"):
        if names.count(once) != 1:
            return f"{names.count(once)} {once}"
    if any(names.count(name) > 1 for name in ONCE3):
        return "twice"
    for line in lines[2:-1]:
        _, name, params, value = parse(line)
        if name in ONLY4:
            return line
        if not name.startswith("X-") and {key.upper() for key, _ in params} & PARAMS4:
            return line
        if name in ("BDAY", "REV") and not DATES3.fullmatch(value):
            return line
    return None


def complain_of_4(octets):
    lines = unfold(octets)
    if lines[1] != "VERSION:4.0":
        return lines[1]
    names = [parse(line)[1] for line in lines]
    if any(names.count(name) > 1 for name in ("N", "BDAY", "ANNIVERSARY", "GENDER", "KIND", "REV", "UID", "PRODID")):
        return "twice"
    for line in lines[2:-1]:
        _, name, params, value = parse(line)
        keys = {key.upper(): values for key, values in params}
        if name in ONLY3 or {"ENCODING", "CHARSET"} & set(keys):
            return line
        if not name.startswith("X-") and "pref" in keys.get("TYPE", "").lower().split(","):
            return line
        if name in ("BDAY", "ANNIVERSARY") and keys.get("VALUE", "").lower() != "text" and not DATES4.fullmatch(value):
            return line
        if name in ("TITLE", "ROLE", "NOTE", "FN", "ORG") and re.search(r"(?<!\\)(\\\\)*,", value):
            return line
    return None


def complain_of_lines(octets):
    if not octets.endswith(b"\r\n") or b"\r\n\r\n" in octets:
        return "line ends"
    for line in octets.split(b"\r\n"):
        if len(line) > 75:
            return "a line too long"
        line.decode()
    return None


# ---- the program ----

class Program:
    def __init__(self, folder):
        path = f"{folder}/cards"
        sources = sorted(glob.glob("ical/*.c") + glob.glob("src/base/*.c")) + ["tests/system/cards.c"]
        subprocess.run(["cc", "-std=c17", "-D_GNU_SOURCE", "-O1", "-I.", *sources, "-o", path, "-lical", "-licuuc", "-lsodium", "-lpthread"],
                       check=True, stderr=subprocess.DEVNULL)
        self.process = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __call__(self, what, *cards):
        """The answer; None when there is none."""
        self.process.stdin.write(what.encode() + b"".join(b" %d\n" % len(one) + one for one in cards))
        self.process.stdin.flush()
        length = int(self.process.stdout.readline())
        return None if length < 0 else self.process.stdout.read(length)


failures, spares = [], []


def fail(what, *shown):
    failures.append(what)
    if len(failures) <= 5:
        print(f"--- {what}", *(one.decode(errors="replace") if isinstance(one, bytes) else one for one in shown), sep="\n", file=sys.stderr)


def same(what, before, after, *shown):
    a, b = count(unfold(before)), count(unfold(after))
    spare = [said for said in b if said not in a and said[1].startswith("X-DAYBOOK-V")]
    for said in spare:  # what was kept and stands elsewhere now may be kept again
        del b[said]
    spares.extend(spare)
    if a != b:
        fail(what, *shown, "lost: %s" % [k for k in a if a[k] > b.get(k, 0)], "new: %s" % [k for k in b if b[k] > a.get(k, 0)])


def by_vobject(octets):
    """As vobject reads it: (name, group, parameters, value)."""
    read = vobject.readOne(octets.decode(), allowQP=False)
    found = []
    for child in read.getChildren():
        if child.name.startswith("X-DAYBOOK-V"):
            continue  # same() judges these
        kinds = sorted(t.lower() for t in child.params.get("TYPE", []) if t.upper() not in ("INTERNET", "VOICE"))
        value = child.value if isinstance(child.value, (str, bytes, list)) else str(child.value)
        if child.name in ("BDAY", "REV"):
            value = re.sub(r"[-:]", "", value)
        elif child.name in ("N", "ADR"):
            value = str(value).strip()
        found.append((child.name, (child.group or "").lower(), kinds, str(value).strip(";")))
    return sorted(found)


def there_and_back(program, dice):
    three, four = fold(card(dice, 3)), fold(card(dice, 4))
    made = program("4", three)
    back = program("3", made)
    for octets, complain in ((made, complain_of_4), (back, complain_of_3), (made, complain_of_lines), (back, complain_of_lines)):
        if complain(octets) and not (complain is complain_of_3 and complain(three)):
            fail(f"not by the RFC: {complain(octets)}", three, octets)
    same("3 -> 4 -> 3", three, back, three, made, back)
    if b"NOTE;LANGUAGE" not in three and by_vobject(three) != by_vobject(back):  # it ends a NOTE at a bare comma
        fail("3 -> 4 -> 3, by vobject", three, made, back)
    if program("4", three) != made or program("3", three) is not None or program("4", made) is not None:
        fail("not the same again", three)
    made = program("3", four)
    back = program("4", made)
    if complain_of_3(made) or complain_of_lines(made):
        fail(f"not by RFC 2426: {complain_of_3(made)}", four, made)
    by_vobject(made)
    same("4 -> 3 -> 4", four, back, four, made, back)


def is_shown(line):
    return not parse(line)[1].startswith("X-")


def shown(octets):
    """What 3.0 says without extensions; a group or a preference may come back with what is kept."""
    said = (norm(line) for line in unfold(octets) if is_shown(line))
    return collections.Counter((name, kinds - {"pref"}, params, value) for _, name, kinds, params, value in said)


def over_a_view(program, dice):
    """A client reads a 4.0 card as 3.0, changes some lines, and sends it back; it may drop all extensions."""
    four = fold(card(dice, 4))
    view = program("3", four)
    drops = dice.random() < 0.5
    body, added = [], "NOTE:added by the client"
    for line in unfold(view)[2:-1]:
        if parse(line)[1] in ("FN", "N", "UID") or (dice.random() < 0.8 and not (drops and not is_shown(line))):
            body.append(line)
    if not drops and not any(not is_shown(line) for line in body):
        return
    sent = fold(["BEGIN:VCARD", "VERSION:3.0", *body, added, "END:VCARD"])
    merged = program("merge", four, sent)
    if complain_of_4(merged) or complain_of_lines(merged):
        fail(f"merged, not by RFC 6350: {complain_of_4(merged)}", four, sent, merged)
    again, wanted = shown(program("3", merged)), shown(sent)
    if again != wanted:
        fail("the client's lines", four, sent, merged, f"lost: {wanted - again}", f"new: {again - wanted}")
    whole = count(unfold(merged))
    for line in unfold(four):
        if parse(line)[1] in UNSEEN and not whole.get(norm(line)):
            fail(f"lost by merging: {line}", four, sent, merged)


def from_21(program, dice):
    """Texts are known; how they are written is random."""
    texts = {name: dice.text().replace("\r", "") for name in ("FN", "TITLE", "NOTE")}
    lines = [b"BEGIN:VCARD", b"VERSION:2.1", b"N:a;b"]
    for name, text in texts.items():
        charset = dice.choice(["UTF-8", "ISO-8859-1", "windows-1252", None])
        try:
            octets = text.encode(charset or "utf-8")
        except UnicodeEncodeError:
            charset, octets = "UTF-8", text.encode()
        params = f";CHARSET={charset}" if charset else ""
        if dice.random() < 0.7 or re.search(r"[\n\\]|^ | $", text):
            quoted = quopri.encodestring(octets.replace(b"\n", b"\r\n"), quotetabs=True).replace(b"=\n", b"=\r\n").replace(b"\r=0A", b"=0D=0A")
            quoted = re.sub(rb"\r\n(?<!=\r\n)", b"=0D=0A", quoted)
            lines.append(f"{name}{params};ENCODING=QUOTED-PRINTABLE:".encode() + quoted)
        else:
            lines.append(f"{name}{params}:".encode() + octets)
    old = b"".join(line + b"\r\n" for line in [*lines, b"END:VCARD"])
    made = program("up", old)
    if made is None:
        fail("2.1 refused", old)
        return
    found = {parse(line)[1]: plain(parse(line)[3]) for line in unfold(made)}
    for name, text in texts.items():
        if found.get(name) != text:
            fail(f"2.1: {name} is {found.get(name)!r}, not {text!r}", old, made)
    by_vobject(made)


def as_json(program, dice):
    four = fold(card(dice, dice.choice([3, 4])))
    lines = unfold(program("4", four) or four)[1:-1]
    kind, props = json.loads(program("j", four))
    if kind != "vcard" or len(props) != len(lines):
        fail("jCard", four)
        return
    for (name, params, value_type, *values), line in zip(props, lines):
        group, its_name, _, value = parse(line)
        if name != its_name.lower() or params.get("group", "").lower() != group or not values:
            fail(f"jCard: {line}", four)
        if its_name in ("FN", "NOTE", "TITLE") and (value_type != "text" or values != [plain(value)]):
            fail(f"jCard: {line}: {values}", four)


def main():
    dice, stop, done = Dice(SEED), time.monotonic() + DURATION, 0
    print(f"SEED={SEED}")
    with tempfile.TemporaryDirectory() as folder:
        program = Program(folder)
        while done < CARDS or time.monotonic() < stop:
            for check in (there_and_back, over_a_view, from_21, as_json):
                check(program, dice)
            done += 1
        for path in glob.glob("tests/data/cards/*.vcf"):
            with open(path, "rb") as file:
                octets = file.read()
            up = program("up", octets)
            by_vobject(up or program("3", octets) or octets)
        program.process.stdin.close()
        failures.extend(["the program ended badly"] if program.process.wait() else [])
    print(f"{done} cards each way, {len(failures)} failures, {len(spares)} kept without need")
    return bool(failures) or len(spares) > done / 50


if __name__ == "__main__":
    sys.exit(main())
