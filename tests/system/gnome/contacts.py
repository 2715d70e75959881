#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""GNOME's contacts, inside a session bus of its own: an account made from the bare address, its books, cards added, changed,
removed, and what others did. Prints a line for each step that held; test_clients_contacts_gnome.py runs it."""
import base64, os, sys, time, urllib.request
import gi
for name, version in (("EDataServer", "1.2"), ("EBook", "1.2"), ("EBookContacts", "1.2")):
    gi.require_version(name, version)
from gi.repository import EBook, EBookContacts, EDataServer, GLib

URL, USER, PASSWORD = (os.environ["DAYBOOK_" + key] for key in ("URL", "USER", "PASSWORD"))
PHOTO = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
ACCOUNT, PATIENCE, WAIT = "daybook-account", 20, 1
HOME = f"/dav/addressbooks/{USER}/"


def wait_for(what, check):
    """Lets the main loop run until `check` gives something true."""
    loop, deadline = GLib.MainContext.default(), time.time() + PATIENCE
    while time.time() < deadline:
        while loop.iteration(False):
            pass
        found = check()
        if found:
            return found
        time.sleep(0.05)
    sys.exit(f"{what}: not after {PATIENCE} s")


def elsewhere(method, name, text=None, kind="text/vcard"):
    """What another device does meanwhile."""
    request = urllib.request.Request(URL + HOME + name, text and text.encode(), method=method)
    request.add_header("Authorization", "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode())
    if text:
        request.add_header("Content-Type", kind)
    with urllib.request.urlopen(request) as answer:
        return answer.read().decode()


class Account:
    def __init__(self):
        self.registry = EDataServer.SourceRegistry.new_sync(None)

    def make(self):
        source = EDataServer.Source.new_with_uid(ACCOUNT, None)
        source.set_display_name("Daybook")
        collection = source.get_extension(EDataServer.SOURCE_EXTENSION_COLLECTION)
        collection.set_backend_name("webdav")
        collection.set_identity(USER)
        collection.set_contacts_url(URL + "/")
        collection.set_calendar_enabled(False)
        collection.set_contacts_enabled(True)
        login = source.get_extension(EDataServer.SOURCE_EXTENSION_AUTHENTICATION)
        login.set_host("127.0.0.1")
        login.set_user(USER)
        login.set_method("plain/password")
        source.store_password_sync(PASSWORD, True, None)
        self.registry.commit_source_sync(source, None)

    def books(self):
        """{the last segment of its path: source}"""
        found = {}
        for source in self.registry.list_sources("Address Book"):
            if source.get_parent() == ACCOUNT and source.has_extension("WebDAV Backend"):
                path = source.get_extension("WebDAV Backend").get_resource_path()
                found[path.rstrip("/").rsplit("/", 1)[1]] = source
        return found

    def refresh(self):
        self.registry.refresh_backend_sync(ACCOUNT, None)


class Book:
    def __init__(self, source):
        self.client = EBook.BookClient.connect_sync(source, WAIT, None)

    def contacts(self, query="#t"):
        return self.client.get_contacts_sync(query, None)[1]

    def names(self, query="#t"):
        return sorted(c.get_property("full-name") for c in self.contacts(query))

    def by_name(self, name):
        return next((c for c in self.contacts() if c.get_property("full-name") == name), None)

    def until(self, *names):
        """What it shows after it has asked the server."""
        self.client.refresh_sync(None)
        wait_for(f"{names}, there are {self.names()}", lambda: self.names() == sorted(names))


def card(uid, name, *lines, version="3.0"):
    return "\r\n".join(["BEGIN:VCARD", f"VERSION:{version}", f"UID:{uid}", f"FN:{name}", f"N:{name};;;;", *lines, "END:VCARD", ""])


def check(what, held):
    """The step is done when it holds."""
    if not held:
        sys.exit(f"{what}: no")
    print(what, flush=True)


account = Account()
account.make()
books = wait_for("books", lambda: {"contacts", "anna-shared"} <= set(account.books()) and account.books())
check("account", books["contacts"].get_display_name() == "Contacts")

book = Book(books["contacts"])
wait_for("what is in contacts", lambda: book.names() == ["Theirs"])
check("open", not book.client.is_readonly())
shared = Book(books["anna-shared"])
wait_for("what is in the share", lambda: shared.names() == ["Oma"])
check("read-only share", shared.client.is_readonly())

new = EBookContacts.Contact.new_from_vcard(card("-", "Eva Eds", "EMAIL;TYPE=HOME:eva@example.org", "X-EVOLUTION-FILE-AS:Eds\\, Eva").replace("UID:-\r\n", ""))
uid = book.client.add_contact_sync(new, EBookContacts.BookOperationFlags.NONE, None)[1]
check("add", book.names() == ["Eva Eds", "Theirs"])
check("search", book.names('(contains "email" "eva@")') == ["Eva Eds"])

mine = book.by_name("Eva Eds")
mine.set_property("nickname", "Evi")
check("change", book.client.modify_contact_sync(mine, EBookContacts.BookOperationFlags.NONE, None))
photo = EBookContacts.ContactPhoto()
photo.type = EBookContacts.ContactPhotoType.INLINED
photo.set_mime_type("image/png")
photo.set_inlined(base64.b64decode(PHOTO))
mine = book.by_name("Eva Eds")
mine.set_property("photo", photo)
check("photo", book.client.modify_contact_sync(mine, EBookContacts.BookOperationFlags.NONE, None))

# A card of 4.0 comes as 3.0, and what 3.0 can not say is there when it was changed here.
elsewhere("PUT", "contacts/four.vcf", card("four", "Four", "GENDER:F;x", "HOBBY;LEVEL=high:Chess", "BDAY:--0229", version="4.0"), "text/vcard; version=4.0")
elsewhere("PUT", "contacts/theirs.vcf", card("theirs", "Theirs changed"))
book.until("Eva Eds", "Four", "Theirs changed")
four = book.by_name("Four")
check("what others did", four.get_property("birth-date").to_string() == "1604-02-29")
four.set_property("mobile-phone", "+49 170 5550199")
check("change a newer card", book.client.modify_contact_sync(four, EBookContacts.BookOperationFlags.NONE, None))

# Changed there meanwhile: refused where the caller asks for that.
elsewhere("PUT", "contacts/theirs.vcf", card("theirs", "Theirs again"))
stale = book.by_name("Theirs changed")
stale.set_property("nickname", "Stale")
try:
    book.client.modify_contact_sync(stale, EBookContacts.BookOperationFlags.CONFLICT_FAIL, None)
    sys.exit("conflict: it was written")
except GLib.Error as error:
    check("conflict", "out of sync" in error.message)
elsewhere("DELETE", "contacts/theirs.vcf")
book.until("Eva Eds", "Four")
check("deleted elsewhere", True)

check("remove", book.client.remove_contact_by_uid_sync(book.by_name("Eva Eds").get_property("id"), EBookContacts.BookOperationFlags.NONE, None))

session = EDataServer.WebDAVSession.new(books["contacts"])
credentials = EDataServer.NamedParameters.new()
credentials.set("username", USER)
credentials.set("password", PASSWORD)
session.set_credentials(credentials)
check("make a book", session.mkcol_addressbook_sync(URL + HOME + "choir/", "The choir", "All of us", None))
account.refresh()
choir = wait_for("the new book", lambda: account.books().get("choir"))
check("find it", choir.get_display_name() == "The choir")
check("privileges", {"write-content", "bind", "unbind"} <= {p.name for p in session.get_current_user_privilege_set_sync(URL + HOME + "choir/", None)[1]})
check("delete it", session.delete_sync(URL + HOME + "choir/", "infinity", None, None))
account.refresh()
wait_for("the book to go", lambda: "choir" not in account.books())
check("end", True)
