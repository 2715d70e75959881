#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Hostile cards, and hostile questions about them: each is refused with its precondition and leaves nothing, or is taken; each
costs less than a second of processor time and 64 MB, in the build without sanitizers; and others are served meanwhile."""
import base64, threading, unittest
from daemon import Daemon, RELEASE, ADMIN_PASSWORD, basic

CPU_SECONDS, GROWTH = 1.0, 64 * 1024 * 1024
MEGABYTE = 1024 * 1024
MANY = 19990  # properties beside those of card(): CARD_MAX_LINES is 20 000
LARGEST = 10 * MEGABYTE  # limits.max_resource_size as it is when nobody says otherwise
BOOK = "/dav/addressbooks/admin/contacts/"
VCARD = {"Content-Type": "text/vcard; charset=utf-8"}
XML = {"Content-Type": "application/xml; charset=utf-8", "Depth": "1"}
TAKEN, REFUSED = {201}, {403}
EITHER = TAKEN | REFUSED
VALID, VERSION, SIZE = b"valid-address-data", b"supported-address-data", b"max-resource-size"


def card(extra, uid="a", version="3.0", fn="Anna"):
    """`extra` is whole lines."""
    head = f"BEGIN:VCARD\r\nVERSION:{version}\r\nUID:{uid}\r\nFN:{fn}\r\nN:;{fn};;;\r\n"
    return head.encode() + (extra if isinstance(extra, bytes) else extra.encode()) + b"END:VCARD\r\n"


def photo(size):
    return "PHOTO;ENCODING=b;TYPE=JPEG:" + base64.b64encode(b"\xff\xd8" + b"x" * (size - 2)).decode() + "\r\n"


def folded(line):
    return line[:70] + "".join("\r\n " + line[n:n + 70] for n in range(70, len(line), 70)) + "\r\n"


def filled(size):
    """A card of exactly so many bytes, nearly all of them a photo."""
    line = "PHOTO;ENCODING=b:"
    return card(line + "A" * (size - len(card(line + "\r\n"))) + "\r\n")


# name, headers, body, answers that are right, the precondition of a refusal (None: any of 6352 6.3.2.1)
PUTS = [
    ("just small enough", VCARD, filled(LARGEST), TAKEN, None),
    ("a folded photo", VCARD, card(folded(photo(6 * MEGABYTE).rstrip())), TAKEN, None),
    ("one byte a line", VCARD, card("NOTE:" + "x\r\n " * (2 * MEGABYTE) + "\r\n"), EITHER, VALID),
    ("as many properties as may be", VCARD, card("X-A:b\r\n" * MANY), TAKEN, None),
    ("as many names", VCARD, card("".join(f"X-A{n}:b\r\n" for n in range(MANY))), TAKEN, None),
    ("as many groups", VCARD, card("".join(f"item{n}.TEL:1\r\nitem{n}.X-ABLabel:x\r\n" for n in range(MANY // 2))), TAKEN, None),
    ("as many related", VCARD, card("".join(f"item{n}.X-ABRELATEDNAMES:{n}\r\nitem{n}.X-ABLabel:_$!<Friend>!$_\r\n"
                                            for n in range(MANY // 2))), TAKEN, None),
    ("as many members", VCARD, card("KIND:group\r\n" + "".join(f"MEMBER:urn:uuid:{n}\r\n" for n in range(MANY - 1)),
                                    version="4.0"), TAKEN, None),
    ("as many ALTIDs", VCARD, card("".join(f"NOTE;ALTID={n};LANGUAGE=de;PREF={n % 100 + 1}:x\r\n" for n in range(MANY)),
                                   version="4.0"), TAKEN, None),
    ("as many addresses", VCARD, card("".join(f"ADR;TYPE=home:;;{n};;;;\r\nLABEL;TYPE=home:{n}\r\n"
                                              for n in range(MANY // 2))), TAKEN, None),
    ("as many with what 3.0 can not say", VCARD, card("".join(
        f"TEL;PREF={n % 100 + 1};PID={n}.1;ALTID={n}:tel:{n}\r\n" for n in range(MANY)), version="4.0"), TAKEN, None),
    ("as many with parameters", VCARD, card("".join(
        f"TEL;{';'.join(f'X-{p}=1' for p in range(98))};TYPE=home:{n}\r\n" for n in range(MANY // 2)), version="4.0"), TAKEN, None),
    ("100 000 properties", VCARD, card("X-A:b\r\n" * 100000), EITHER, None),
    ("100 000 names", VCARD, card("".join(f"X-A{n}:b\r\n" for n in range(100000))), EITHER, None),
    ("a million properties", VCARD, card("X:b\r\n" * 1000000), REFUSED, None),
    ("100 000 groups", VCARD, card("".join(f"item{n}.TEL:1\r\nitem{n}.X-ABLabel:x\r\n" for n in range(50000))), EITHER, None),
    ("deep groups", VCARD, card("a." * MEGABYTE + "TEL:1\r\n"), EITHER, VALID),
    ("100 000 members", VCARD, card("KIND:group\r\n" + "".join(f"MEMBER:urn:uuid:{n}\r\n" for n in range(100000)),
                                    version="4.0"), EITHER, None),
    ("100 000 members of Apple's", VCARD, card("X-ADDRESSBOOKSERVER-KIND:group\r\n" + "".join(
        f"X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:{n}\r\n" for n in range(100000))), EITHER, None),
    ("100 000 types", VCARD, card("TEL;TYPE=" + ",".join(["home"] * 100000) + ":1\r\n"), EITHER, None),
    ("300 000 parameters", VCARD, card("TEL" + ";TYPE=home" * 300000 + ":1\r\n"), EITHER, None),
    ("bare parameters", VCARD, card("TEL" + ";HOME" * 300000 + ":1\r\n"), EITHER, None),
    ("quotes without end", VCARD, card('TEL;X-A="' * 100000 + ":1\r\n"), EITHER, VALID),
    ("100 000 ALTIDs", VCARD, card("".join(f"FN;ALTID={n}:x\r\n" for n in range(100000)), version="4.0"), EITHER, None),
    ("a million categories", VCARD, card("CATEGORIES:" + "a," * 1000000 + "\r\n"), EITHER, None),
    ("a million components", VCARD, card("ADR:" + ";" * 1000000 + "\r\n"), EITHER, None),
    ("backslashes", VCARD, card("NOTE:" + "\\" * (9 * MEGABYTE) + "\r\n"), EITHER, VALID),
    ("long text", VCARD, card("NOTE:" + "\ufdfa" * (3 * MEGABYTE) + "\r\n"), TAKEN, None),
    ("a long FN", VCARD, card("", fn="x" * (4 * MEGABYTE)), EITHER, None),
    ("a long UID", VCARD, card("", uid="x" * MEGABYTE), REFUSED, None),
    ("a long date", VCARD, card("BDAY:" + "1" * MEGABYTE + "\r\nANNIVERSARY:" + "-" * MEGABYTE + "\r\n"), EITHER, VALID),
    ("base64 that is none", VCARD, card("PHOTO;ENCODING=b:" + "!?=" * MEGABYTE + "\r\n"), EITHER, VALID),
    ("a data: URI that is none", VCARD, card("PHOTO:data:" + "%;," * MEGABYTE + "\r\n", version="4.0"), EITHER, VALID),
    ("cards in cards", VCARD, b"BEGIN:VCARD\r\n" * 100000, REFUSED, None),
    ("a card in a card", VCARD, card("BEGIN:VCARD\r\nVERSION:3.0\r\nFN:x\r\nEND:VCARD\r\n"), EITHER, VALID),
    ("AGENTs in AGENTs", VCARD, card("AGENT:" + "BEGIN:VCARD\\nAGENT:" * 100000 + "\r\n"), EITHER, VALID),
    ("100 000 cards", VCARD, card("") * 100000, REFUSED, None),
    ("ENDs", VCARD, b"END:VCARD\r\n" * 500000, REFUSED, None),
    ("noise", VCARD, b"x\n" * (4 * MEGABYTE), REFUSED, None),
    ("a control character", VCARD, card("NOTE:\x01\r\n"), REFUSED, VALID),
    ("NUL", VCARD, card("NOTE:a\0b\r\n"), REFUSED, VALID),
    ("NULs", VCARD, b"\0" * MEGABYTE, REFUSED, VALID),
    ("escape sequences", VCARD, card("NOTE:\x1b[2J\r\n"), REFUSED, VALID),
    ("UTF-16", VCARD, card("NOTE:ä\r\n").decode().encode("utf-16"), REFUSED, VALID),
    ("UTF-16 that says so", {"Content-Type": "text/vcard; charset=utf-16"}, card("").decode().encode("utf-16"), REFUSED, None),
    ("Latin-1", VCARD, card("NOTE:\xe4\r\n".encode("latin-1")), REFUSED, VALID),
    ("Latin-1 that says so", {"Content-Type": "text/vcard; charset=iso-8859-1"}, card("NOTE:\xe4\r\n".encode("latin-1")),
     REFUSED, None),
    ("overlong UTF-8", VCARD, card(b"NOTE:\xc0\xaf\r\n"), REFUSED, VALID),
    ("surrogates", VCARD, card(b"NOTE:\xed\xa0\x80\r\n"), REFUSED, VALID),
    ("2.1", VCARD, card("NOTE;ENCODING=QUOTED-PRINTABLE:" + "=C3=A4" * 100000 + "\r\n", version="2.1"), REFUSED, None),
    ("a version of nobody's", VCARD, card("", version="9" * 100000), REFUSED, None),
    ("no card", {"Content-Type": "image/jpeg"}, b"\xff\xd8" + b"x" * MEGABYTE, REFUSED, VERSION),
    ("empty", VCARD, b"", REFUSED, VALID),
]


def prop_filter(name, inside, test="anyof"):
    return f'<c:prop-filter name="{name}" test="{test}">{inside}</c:prop-filter>'


def text_match(text="ß", kind="contains", collation="i;unicode-casemap", negate="no"):
    return f'<c:text-match collation="{collation}" match-type="{kind}" negate-condition="{negate}">{text}</c:text-match>'


def query(filters, data="<c:address-data/>", test="anyof", limit=""):
    return (f'<c:addressbook-query xmlns:c="urn:ietf:params:xml:ns:carddav" xmlns:d="DAV:"><d:prop><d:getetag/>{data}</d:prop>'
            f'<c:filter test="{test}">{filters}</c:filter>{limit}</c:addressbook-query>')


def multiget(data):
    return (f'<c:addressbook-multiget xmlns:c="urn:ietf:params:xml:ns:carddav" xmlns:d="DAV:"><d:prop>{data}</d:prop>'
            f"<d:href>{BOOK}hostile.vcf</d:href></c:addressbook-multiget>")


IN_4, IN_JCARD = ('<c:address-data content-type="text/vcard" version="4.0"/>',
                  '<c:address-data content-type="application/vcard+json" version="4.0"/>')
PARTS = ("<c:address-data>" + "".join(f'<c:prop name="X-{n}"/>' for n in range(150))
         + '<c:prop name="NOTE" novalue="yes"/></c:address-data>')
# Asked of each card that was taken.
QUESTIONS = [
    ("REPORT", XML, query(prop_filter("NOTE", text_match() * 90, "allof"))),
    ("REPORT", XML, query("".join(prop_filter(name, text_match("\ufdfa", kind))
                                  for name in ("NOTE", "FN", "TEL", "PHOTO", "CATEGORIES")
                                  for kind in ("contains", "equals", "starts-with", "ends-with")))),
    ("REPORT", XML, query(prop_filter("TEL", '<c:param-filter name="TYPE">' + text_match("x", "equals", negate="yes")
                                      + "</c:param-filter>") * 90, test="allof")),
    ("REPORT", XML, query("".join(prop_filter(f"item{n}.TEL", "<c:is-not-defined/>") for n in range(150)), test="allof")),
    ("REPORT", XML, query(prop_filter("X-A", "<c:is-not-defined/>"), PARTS)),
    ("REPORT", XML, multiget("<c:address-data/>")),
    ("REPORT", XML, multiget(IN_4)),
    ("REPORT", XML, multiget(IN_JCARD)),
    ("GET", {}, None),
    ("GET", {"Accept": "text/vcard; version=4.0"}, None),
    ("GET", {"Accept": "text/vcard; version=3.0"}, None),
    ("GET", {"Accept": "application/vcard+json"}, None),
    ("PROPFIND", XML, '<d:propfind xmlns:d="DAV:"><d:prop><d:getetag/><d:getcontentlength/><d:getcontenttype/></d:prop>'
                      "</d:propfind>"),
]
# name, body, answers that are right
ASKED = [
    ("100 000 text-matches", query(prop_filter("FN", "<c:text-match>x</c:text-match>" * 100000)), {400, 403, 413}),
    ("10 000 prop-filters", query(prop_filter("FN", "") * 10000), {400, 403}),
    ("10 000 param-filters", query(prop_filter("FN", '<c:param-filter name="X"/>' * 10000)), {400, 403}),
    ("deep filters", query('<c:prop-filter name="FN">' * 5000 + "</c:prop-filter>" * 5000), {400, 403}),
    ("a long name", query(prop_filter("x" * MEGABYTE, "")), {207, 400, 403}),
    ("a long text", query(prop_filter("FN", text_match("ß" * MEGABYTE))), {207, 400, 403, 413}),
    ("a collation of nobody's", query(prop_filter("FN", text_match(collation="x" * 100000))), {400, 403}),
    ("a limit of all digits", query("", limit="<c:limit><c:nresults>" + "9" * 100000 + "</c:nresults></c:limit>"), {207, 400, 403}),
    ("20 000 parts", query("", "<c:address-data>" + '<c:prop name="X"/>' * 20000 + "</c:address-data>"), {207, 400, 403}),
    ("20 000 hrefs", multiget("<c:address-data/>").replace("</c:addressbook-multiget>",
     f"<d:href>{BOOK}other.vcf</d:href>" * 20000 + "</c:addressbook-multiget>"), {207, 400, 403}),
]


class Others:
    """Somebody who reads a small card again and again."""

    def __init__(self, daemon):
        self.daemon, self.over, self.answers = daemon, threading.Event(), []
        self.thread = threading.Thread(target=self.run)

    def run(self):
        while not self.over.wait(0.02):
            connection = self.daemon.connect()
            connection.request("GET", BOOK + "other.vcf", headers={"Authorization": basic("admin", ADMIN_PASSWORD)})
            self.answers.append(connection.getresponse().status)
            connection.close()

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()


class HostileCardsTest(unittest.TestCase):
    def start(self, config=""):
        daemon = Daemon(binary=RELEASE, config="[auth]\nthrottle = off\n" + config)
        daemon.start()
        self.addCleanup(daemon.__exit__, None, None, None)
        daemon.command("addressbook", "add", "admin/contacts")  # fails where it is there already
        daemon.request("PUT", BOOK + "other.vcf", card("", "other"), VCARD)
        return daemon

    def test_cards(self):
        daemon = self.start()
        with Others(daemon) as others:
            for name, headers, body, answers, precondition in PUTS:
                with self.subTest(name):
                    status, answer = self.cost(daemon, name, "PUT", "hostile.vcf", headers, body, answers)
                    if status == 403:
                        self.refused(daemon, answer, precondition)
                    else:
                        self.ask(daemon, name)
                        self.changed(daemon, name, body)
                        daemon.request("DELETE", BOOK + "hostile.vcf")
        self.assertGreater(len(others.answers), 100)
        self.assertEqual(set(others.answers), {200})
        daemon.fsck()

    def test_questions(self):
        daemon = self.start()
        daemon.request("PUT", BOOK + "hostile.vcf", card(photo(MEGABYTE) + "TEL:1\r\n" * 1000), VCARD)
        for name, body, answers in ASKED:
            with self.subTest(name):
                self.cost(daemon, name, "REPORT", "", XML, body, answers)

    def test_largest(self):
        """One byte decides, whatever the size is (6352 6.2.3)."""
        for config, largest in ("", LARGEST), ("[limits]\nmax_resource_size = 64K\n", 65536):
            daemon = self.start(config)
            status, answer = self.cost(daemon, f"{largest} and one", "PUT", "large.vcf", VCARD, filled(largest + 1), {403, 413})
            if status == 403:
                self.assertIn(SIZE, answer)
            self.assertEqual(daemon.request("GET", BOOK + "large.vcf")[0], 404)
            self.cost(daemon, f"{largest}", "PUT", "large.vcf", VCARD, filled(largest), {201})

    def refused(self, daemon, answer, precondition):
        wanted = [precondition] if precondition else [VALID, VERSION, SIZE]
        self.assertTrue(any(w in answer for w in wanted), answer[:300])
        self.assertEqual(daemon.request("GET", BOOK + "hostile.vcf")[0], 404)

    def ask(self, daemon, name):
        for number, (method, headers, body) in enumerate(QUESTIONS):
            with self.subTest(f"{name}, question {number}"):
                path = "hostile.vcf" if method == "GET" else ""
                self.cost(daemon, f" {number} {method}", method, path, headers, body, {200, 207, 403, 406})

    def changed(self, daemon, name, body):
        """What the log says of it."""
        daemon.request("PUT", BOOK + "hostile.vcf", card("TEL:1\r\n"), VCARD)
        self.cost(daemon, " log", "GET", "/api/v1/log/admin/contacts?limit=1", {}, None, {200})

    def cost(self, daemon, name, method, path, headers, body, answers):
        daemon.forget_peak()
        cpu, memory = daemon.cpu(), daemon.memory()
        try:
            status, _, answer = daemon.request(method, path if path.startswith("/") else BOOK + path, body, headers)
        except ConnectionError:
            status, answer = 413 if 413 in answers else 0, b""  # refused while it was still being sent
        spent, grown = daemon.cpu() - cpu, daemon.memory("VmHWM") - memory
        print(f"{name:28.28} {status} {spent:5.2f} s {grown >> 10:7} kB")
        self.assertIn(status, answers, answer[:300])
        self.assertLess(spent, CPU_SECONDS)
        self.assertLess(grown, GROWTH)
        return status, answer


if __name__ == "__main__":
    unittest.main()
