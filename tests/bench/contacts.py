# SPDX-License-Identifier: ISC
"""Rows about contacts: what is asked of an address book, and what is wrong with an answer (nothing: None)."""
import re
import xml.etree.ElementTree as ET
import data

CARDDAV = "{urn:ietf:params:xml:ns:carddav}"
NAMESPACES = 'xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:carddav"'
ASKED = "<d:prop><d:getetag/><c:address-data/></d:prop>"
SIZE = "contacts"  # beside the sizes of calendars
SHOWN = f"{data.CARDS} contacts, {data.CARDS // data.PHOTO_EVERY} with photos"
FEW = 200  # cards, where they are put one by one
IMPORT_TITLE, SYNC_TITLE = "contacts, import", "contacts, sync after a change"


def lines(text):
    return re.sub(r"\r?\n[ \t]", "", text or "").splitlines()


def wrong_card(text):
    """None, or what is wrong with a card that was sent."""
    found = {re.split("[:;]", line, maxsplit=1)[0].upper(): line for line in lines(text)}
    number = int(re.search(r"card-(\d+)$", found.get("UID", "card-0")).group(1))
    if not found.get("FN", "").endswith(":" + " ".join(data.card_name(number))):
        return f"card {number}: {found.get('FN')}"
    if (data.photo(number) or "") != found.get("PHOTO", ":").rsplit(":", 1)[1]:
        return f"card {number}: not its photo"
    return None


def wrong_cards(body, wanted):
    texts = [e.text for e in ET.fromstring(body).iter(CARDDAV + "address-data") if e.text]
    uids = [re.search(r"UID:(\S+)", text).group(1) for text in texts]
    if sorted(uids) != sorted(map(data.card_uid, wanted)):
        return f"{len(set(uids) & set(map(data.card_uid, wanted)))} of {len(wanted)}, and {len(uids)} in all"
    return next((w for w in map(wrong_card, texts) if w), None)


class Multiget:
    """What a phone asks for after a first sync, hundred by hundred; ten of them have photos."""
    title, status = "contacts, multiget of 100", 207
    numbers = [n * 49 for n in range(100)]

    def body(self, server):
        hrefs = "".join(f"<d:href>{server.book()}{data.card_uid(n)}.vcf</d:href>" for n in self.numbers)
        return f"<c:addressbook-multiget {NAMESPACES}>{ASKED}{hrefs}</c:addressbook-multiget>"

    def wrong(self, body):
        return wrong_cards(body, self.numbers)


class ByName:
    """Somebody types a name: one has it, in other letters than theirs."""
    title, status = "contacts, query by name", 207

    def body(self, server):
        return (f'<c:addressbook-query {NAMESPACES}>{ASKED}<c:filter><c:prop-filter name="FN"><c:text-match '
                f'collation="i;unicode-casemap" match-type="contains">{data.RARE_NAME.lower()}</c:text-match></c:prop-filter>'
                "</c:filter></c:addressbook-query>")

    def wrong(self, body):
        return wrong_cards(body, [data.RARE_CARD])


QUERIES = [Multiget(), ByName()]
TITLES = [IMPORT_TITLE, *(q.title for q in QUERIES), SYNC_TITLE]
