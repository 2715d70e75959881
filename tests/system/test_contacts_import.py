#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Address books by command: files of cards as others export them go in, whole books come out, alone and beside a running
daemon; python3-vobject reads what comes out."""
import base64, os, pathlib, re, shutil, unittest

import vobject

from test_commands import Bed, DATA, EVENT

SAMPLES = DATA / "import"
EXPORTS = ["google.vcf", "icloud.vcf", "thunderbird.vcf", "android-2.1.vcf", "outlook.vcf"]  # 13 cards
CARD = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:{0}\r\nFN:{1}\r\n{2}END:VCARD\r\n"


def cards(data):
    """The cards of a file, byte for byte, in no order."""
    found = re.findall(rb"BEGIN:VCARD\r\n.*?\r\nEND:VCARD\r\n", data, re.S)
    assert b"".join(found) == data, "something stands between the cards"
    return sorted(found)


class Import(Bed):
    def prepare(self):
        self.add_user("anna", "--name", "Anna")

    def export(self, place, *options):
        out = os.path.join(self.folder, "out.vcf")
        self.daybook("export", place, "-o", out, *options)
        return pathlib.Path(out).read_bytes()

    def test_what_is_said(self):
        google = str(SAMPLES / "google.vcf")
        rehearsed = self.daybook("import", google, "--to", "anna", "--dry-run").stdout
        self.assertIn("nothing is written", rehearsed)
        self.assertIn("4 added, 0 changed, 0 unchanged, 1 left out", rehearsed)
        log = self.daybook("log", "anna").stdout
        self.assertNotIn("imported", log)
        out = self.daybook("import", google, "--to", "anna").stdout
        self.assertIn("anna/contacts", out)
        self.assertIn("4 added, 0 changed, 0 unchanged, 1 left out", out)
        self.assertIn('left out: google.vcf, line 41: "Anna Müller" says the same as "Anna Müller" (google.vcf, line 1)', out)
        self.assertIn("admin imported 4 cards into Contacts", self.daybook("log", "anna/contacts").stdout)
        out = self.daybook("import", str(SAMPLES / "icloud.vcf"), "--to", "anna/contacts").stdout
        self.assertIn('added: icloud.vcf, line 1: "Anna Müller" looks like "Anna Müller", who is there already', out)
        out = self.daybook("import", str(SAMPLES / "thunderbird.vcf"), "--to", "anna", "--duplicates", "skip").stdout
        self.assertIn("1 added, 0 changed, 0 unchanged, 1 left out", out)
        self.assertIn('left out: thunderbird.vcf, line 1: "Karl Otto" looks like "Dr. Karl Maria Otto"', out)
        self.daybook("check")

    def test_refusals(self):
        broken = str(SAMPLES / "broken.vcf")
        done = self.daybook("import", broken, "--to", "anna", code=1)
        self.assertIn("2 added", done.stdout)
        self.assertIn('refused: broken.vcf, line 18: "No colon": ', done.stderr)
        self.assertEqual(done.stderr.count("refused: broken.vcf, line "), 7, done.stderr)
        for args, words in [((broken, "--to", "anna/personal"), "anna/personal is a calendar"),
                            ((str(DATA / "holidays.ics"), "--to", "anna/contacts"), "anna/contacts is an address book"),
                            ((broken, "--to", "anna", "--duplicates", "some"), "show, skip or keep")]:
            self.assertIn(words, self.daybook("import", *args, code=1).stderr)
        self.daybook("import", broken, "--to", "eve", code=1)
        for number, name in enumerate(["..", ".hidden", "a:b", "inbox", "x" * 300, "a\x01b"]):
            self.daybook("import", broken, "--to", f"anna/{name}", code=1)
        utf16 = os.path.join(self.folder, "utf16.vcf")
        pathlib.Path(utf16).write_bytes(CARD.format("u", "U", "").encode("utf-16"))
        self.assertIn("UTF-16", self.daybook("import", utf16, "--to", "anna", code=1).stderr)
        self.assertIn("no .ics or .vcf", self.daybook("import", str(DATA / "../lint"), "--to", "anna", code=1).stderr)

    def test_a_folder_of_both(self):
        self.write("in/a.vcf", CARD.format("a", "A", "") + CARD.format("b", "B", ""))
        self.write("in/deep/b.VCF", CARD.format("b", "B", ""))
        self.write("in/c.ics", EVENT.format("c", "C"))
        pathlib.Path(self.folder, "in/utf16.vcf").write_bytes(CARD.format("u", "U", "").encode("utf-16"))
        done = self.daybook("import", os.path.join(self.folder, "in"), "--to", "anna", code=1)
        self.assertIn("2 added, 0 changed, 0 unchanged, 1 left out", done.stdout)
        self.assertIn("anna/c (new): 1 added", done.stdout)
        self.assertIn("refused: utf16.vcf: this is UTF-16", done.stderr)
        self.assertIn("2 unchanged, 1 left out", self.daybook("import", os.path.join(self.folder, "in"), "--to", "anna", code=1).stdout)

    def test_one_name_for_a_calendar_and_a_book(self):
        self.daybook("addressbook", "add", "anna/personal")
        self.daybook("import", "-", "--to", "anna/personal", stdin=CARD.format("a", "A", ""))
        self.daybook("import", "-", "--to", "anna/personal", stdin=EVENT.format("b", "B"))
        self.assertIn("BEGIN:VEVENT", self.daybook("export", "anna/personal").stdout)
        self.assertEqual(self.export("anna/personal", "--contacts"), CARD.format("a", "A", "").encode())

    def test_round_trip_into_another_house(self):
        for name in EXPORTS:
            self.daybook("import", str(SAMPLES / name), "--to", "anna")
        first = self.export("anna/contacts")
        self.assertEqual(len(cards(first)), 13)
        source = os.path.join(self.folder, "first.vcf")
        pathlib.Path(source).write_bytes(first)
        self.data = os.path.join(self.folder, "other")
        self.add_user("ben")
        self.start()
        done = self.as_json("import", source, "--to", "ben/friends")
        self.assertEqual((done["added"], done["refused"], done["skipped"]), (13, [], 0))
        self.assertEqual(cards(self.export("ben/friends")), cards(first))
        # What nobody asked to change is as it was: members name the UIDs of others, photos are whole.
        self.assertIn(b"X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:5F3B8A90-0001-4C1D-9E11-A0A0A0A0A001\r\n", first)
        photo = re.search(rb"PHOTO;ENCODING=b.*?\r\n(?! )", (SAMPLES / "icloud.vcf").read_bytes(), re.S).group()
        self.assertIn(photo, first)

    def test_others_read_it(self):
        for name in EXPORTS:
            self.daybook("import", str(SAMPLES / name), "--to", "anna")
        read = list(vobject.readComponents(self.export("anna/contacts", "--version", "3.0").decode()))
        self.assertEqual(len(read), 13)
        for card in read:
            self.assertTrue(card.fn.value)
            self.assertTrue(card.uid.value)
        names = [card.fn.value for card in read]
        for name in ["Bäckerei Krume", "Jürgen Weiß", "Lea Sommer", "0172-5550105", "newsletter@example.net"]:
            self.assertIn(name, names)
        [lea] = [card for card in read if card.fn.value == "Lea Sommer"]
        sent = re.search(rb"PHOTO;ENCODING=BASE64;JPEG:(.*?)\n\n", (SAMPLES / "android-2.1.vcf").read_bytes(), re.S).group(1)
        self.assertEqual(lea.photo.value, base64.b64decode(sent))
        [karl] = [card for card in vobject.readComponents(self.export("anna/contacts", "--version", "4.0").decode())
                  if card.uid.value == "0b8a1c2d-0002-4e3f-8a4b-b0b0b0b0b001"]
        self.assertEqual((karl.version.value, karl.bday.value), ("4.0", "--0229"))

    def test_a_folder_as_telephones_leave_it(self):
        """Latin-1 in one file, quoted-printable in another; a second time nothing is new."""
        folder = pathlib.Path(self.folder, "phone")
        folder.mkdir()
        for name in EXPORTS:
            shutil.copy(SAMPLES / name, folder)
        first = self.as_json("import", str(folder), "--to", "anna/phone")
        self.assertEqual((first["added"], first["skipped"], first["refused"]), (13, 1, []))
        again = self.as_json("import", str(folder), "--to", "anna/phone")
        self.assertEqual((again["added"], again["changed"], again["unchanged"], again["commit"]), (0, 0, 13, None))

    def test_beside_the_daemon(self):
        self.start()
        big = "".join(CARD.format(f"u{i}", f"Person {i}", f"EMAIL:p{i}@example.org\r\nPHOTO;ENCODING=b;TYPE=JPEG:{'QUJD' * 5000}\r\n")
                      for i in range(300))
        done = self.as_json("import", "-", "--to", "anna", stdin=big)
        self.assertEqual((done["added"], len(done["collections"])), (300, 1))
        log = self.as_json("log", "anna/contacts")["entries"]
        self.assertEqual([e["subject"] for e in log if "imported" in e["subject"]], ["admin imported 300 cards into Contacts"])
        self.assertEqual(self.as_json("import", "-", "--to", "anna", stdin=big.replace("\r\n", "\n"))["unchanged"], 300)
        self.assertEqual(cards(self.export("anna/contacts")), cards(big.encode()))
        status, text = self.http("POST", "/api/v1/users/anna/import?dry_run=yes", ("anna", "päss:wörd %41"),
                                 CARD.format("x", "Person 7", "EMAIL:p7@example.org\r\n").encode(), "text/vcard")
        self.assertEqual(status, 200)
        self.assertIn('"same": false', text)
        self.assertEqual(self.as_json("addressbook", "list", "anna")["addressbooks"][0]["entries"], 300)


if __name__ == "__main__":
    unittest.main()
