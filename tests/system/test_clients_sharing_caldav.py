#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Debian's python3-caldav 0.11 as somebody with whom calendars are shared: what each role may, what it is told when it may
not, and synchronisation through every change of what it sees."""
import unittest
from datetime import datetime, timezone
import caldav
from caldav.elements import cdav, dav
from caldav.lib.error import AuthorizationError, DAVError, NotFoundError
from daemon import DAV, event
from household import CALDAV, Household, NAMESPACES, OWN, PASSWORD, SHARE, propfind, rows

UTC = timezone.utc
REFUSED = AuthorizationError
# What a role may do at the share: read, add, change what is Anna's, delete it, change and delete what is one's own.
MAY = {
    "editor": dict(read=True, add=True, theirs=True, own=True),
    "author": dict(read=True, add=True, theirs=False, own=True),
    "reader": dict(read=True, add=False, theirs=False, own=False),
    "busy": dict(read=False, add=False, theirs=False, own=False),
}
SEARCH = f"""<d:principal-property-search {NAMESPACES} test="anyof"><d:property-search><d:prop>{{0}}</d:prop>
<d:match>{{1}}</d:match></d:property-search><d:prop><d:displayname/><c:calendar-user-type/></d:prop>
</d:principal-property-search>"""


class Shared(Household):
    def client(self, user, password=PASSWORD):
        client = caldav.DAVClient(self.daemon.url + "/", username=user, password=password)
        self.addCleanup(client.close)
        return client

    def principal(self, user):
        return self.client(user).principal()

    def setUp(self):
        super().setUp()
        self.anna, self.ben = self.principal("anna"), self.principal("ben")
        self.hers = self.anna.calendar(cal_id="personal")
        self.his = self.ben.calendar(cal_id="anna-personal")


class PrincipalTest(Shared):
    def test_addresses(self):
        self.assertEqual(str(self.ben.url).removeprefix(self.daemon.url), "/dav/principals/users/ben/")
        self.assertEqual(str(self.ben.get_vcal_address()), "mailto:ben@example.org")
        self.assertEqual(self.ben.get_vcal_address().params["CN"], "Ben")
        self.assertIn("/dav/principals/users/ben/", self.ben.calendar_user_address_set())
        # Anybody else of the household, and a group, are principals, too.
        anna = caldav.Principal(self.ben.client, url=self.daemon.url + "/dav/principals/users/anna/")
        self.assertEqual(anna.get_display_name(), "Anna")
        kids = caldav.Principal(self.ben.client, url=self.daemon.url + "/dav/principals/groups/kids/")
        self.assertEqual(kids.get_display_name(), "The kids")
        self.assertEqual(kids.get_property(cdav.CalendarUserType()), "GROUP")
        kinds = rows(kids.client.propfind(str(kids.url), propfind("d:resourcetype"), 0).raw)[0].props[DAV + "resourcetype"]
        self.assertIn(DAV + "principal", [kind.tag for kind in kinds])
        with self.assertRaises(NotFoundError):
            caldav.Principal(self.ben.client, url=self.daemon.url + "/dav/principals/users/nobody/").get_display_name()

    def test_search(self):
        """Whom to share with: by name, by mail address, and nobody."""
        for prop, match, found in (("<d:displayname/>", "ann", {"/dav/principals/users/anna/"}),
                                   ("<c:calendar-user-address-set/>", "mailto:carl@example.org",
                                    {"/dav/principals/users/carl/"}),
                                   ("<d:displayname/>", "zoe", set())):
            answer = self.ben.client.report(self.daemon.url + "/dav/principals/users/", SEARCH.format(prop, match), 0)
            self.assertEqual(answer.status, 207)
            self.assertEqual({r.findtext(DAV + "href") for r in answer.tree.iter(DAV + "response")}, found)

    def test_calendars(self):
        """A share is one calendar more in the one home that there is."""
        def names():
            return {c.name or c.get_display_name() for c in self.ben.calendars()}
        self.assertEqual(names(), {"Personal", "Tasks"})
        self.share(("users/ben", "reader"))
        self.assertEqual(names(), {"Personal", "Tasks", "Personal (Anna)"})
        share = self.ben.calendar(name="Personal (Anna)")
        self.assertEqual(share.get_supported_components(), ["VEVENT"])
        self.assertEqual(self.props(SHARE, "d:owner")[SHARE].href_of(DAV + "owner"), "/dav/principals/users/anna/")
        # The name is Ben's own; deleting unsubscribes.
        share.set_properties([dav.DisplayName("Mama")])
        self.assertEqual(names(), {"Personal", "Tasks", "Mama"})
        self.assertEqual(self.hers.get_display_name(), "Personal")
        share.delete()
        self.assertEqual(names(), {"Personal", "Tasks"})
        self.assertEqual(len(self.anna.calendars()), 2)

    def test_rights(self):
        """DAV:acl for whoever may read it, and DAV:current-user-privilege-set for everybody."""
        self.share(("users/ben", "reader"), ("groups/kids", "busy"))
        answer = self.anna.client.propfind(str(self.hers.url), propfind("d:acl"), 0)
        entries = [(a.findtext(f"{DAV}principal/{DAV}href"), [p[0].tag for p in a.iter(DAV + "privilege")])
                   for a in answer.tree.iter(DAV + "ace")]
        self.assertIn(("/dav/principals/users/ben/", [DAV + "read"]), entries)
        self.assertIn(("/dav/principals/groups/kids/", [CALDAV + "read-free-busy"]), entries)
        row = rows(self.ben.client.propfind(str(self.his.url), propfind("d:acl", "d:current-user-privilege-set"), 0)
                   .raw)[0]
        self.assertEqual(row.privileges(), {DAV + "read", DAV + "read-current-user-privilege-set",
                                            CALDAV + "read-free-busy"})
        self.assertIn(DAV + "acl", row.missing)


class RolesTest(Shared):
    def expect(self, may, act):
        if may:
            act()
        else:
            with self.assertRaises(REFUSED):
                act()
        # The session goes on.
        self.assertEqual(self.ben.get_display_name(), "Ben")

    def test_roles(self):
        for role, may in MAY.items():
            with self.subTest(role=role):
                self.share(("users/ben", "editor"))
                self.hers.save_event(event("hers", "Dentist"))
                self.his.save_event(event("old", "Football"))
                self.share(("users/ben", role))
                self.look(may["read"])
                self.expect(may["add"], lambda: self.his.save_event(event("new", "Swimming")))
                self.change_and_delete("hers", may["theirs"])
                self.change_and_delete("old", may["own"])
                for left in self.hers.events():
                    left.delete()

    def look(self, whole):
        events = {e.icalendar_component["UID"]: str(e.icalendar_component["SUMMARY"]) for e in self.his.events()}
        self.assertEqual(events, {"hers": "Dentist", "old": "Football"} if whole else {"hers": "Busy", "old": "Busy"})
        day = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC)
        self.assertEqual(len(self.his.date_search(*day, expand=True)), 2)
        self.assertEqual(len(self.his.search(comp_class=caldav.Event, summary="Dentist")), 1 if whole else 0)
        self.assertIn("FREEBUSY", self.his.freebusy_request(*day).data)
        self.assertIn("VEVENT", self.his.event_by_uid("hers").data)

    def change_and_delete(self, uid, may):
        found = self.his.event_by_uid(uid)
        before = self.hers.event_by_uid(uid).data
        found.data = found.data.replace("SUMMARY:", "SUMMARY:Ben's ")
        self.expect(may, found.save)
        if not may:
            self.assertEqual(self.hers.event_by_uid(uid).data, before)
        self.expect(may, found.delete)
        found = [e for e in self.hers.events() if e.icalendar_component["UID"] == uid]
        self.assertEqual(len(found), 0 if may else 1)

    def test_nothing(self):
        """Without rights there is nothing: at the owner's URL, at the share's, before and after."""
        self.hers.save_event(event("hers", "Dentist"))
        stranger = caldav.Calendar(self.ben.client, url=self.daemon.url + OWN)
        for role in (None, "none", "busy"):
            if role:
                self.share(("users/ben", "reader"))
                self.assertIn("Dentist", stranger.event_by_uid("hers").data)
                self.share(("users/ben", role))
            for act in (stranger.events, stranger.objects_by_sync_token, stranger.get_display_name,
                        caldav.Event(self.ben.client, url=self.daemon.url + OWN + "hers.ics").load):
                with self.assertRaises(NotFoundError):
                    act()
            with self.assertRaises(DAVError):
                stranger.save_event(event("new", "Swimming"))
        self.assertEqual(len(self.hers.events()), 1)
        # busy: what is left at the owner's URL is free-busy-query
        busy = stranger.freebusy_request(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC))
        self.assertRegex(busy.data, "FREEBUSY[^\n]*20260301T100000Z/")
        self.assertNotIn("Dentist", busy.data)

    def test_group(self):
        """Through the group, and by membership alone."""
        self.share(("groups/kids", "editor"))
        carl = self.principal("carl").calendar(cal_id="anna-personal")
        carl.save_event(event("match", "Football"))
        self.assertIn("Football", self.his.event_by_uid("match").data)
        self.command("group", "members", "kids", "--drop", "carl")
        with self.assertRaises(NotFoundError):
            carl.events()
        self.assertEqual(len(self.principal("carl").calendars()), 2)
        self.command("group", "members", "kids", "--add", "carl")
        self.assertEqual(len(carl.events()), 1)


class SyncTest(Shared):
    """objects_by_sync_token: what a client holds after sync() is what it may see, whatever happened in between."""

    def setUp(self):
        super().setUp()
        self.hers.save_event(event("plain", "Dentist"))
        self.hers.save_event(event("closed", "Therapy", extra=["CLASS:CONFIDENTIAL"]))
        self.hers.save_event(event("hidden", "Surprise", extra=["CLASS:PRIVATE"]))
        self.hers.save_event(event("free", "Holiday", extra=["TRANSP:TRANSPARENT"]))

    def held(self, seen):
        return {str(o.icalendar_component["UID"]): str(o.icalendar_component["SUMMARY"]) for o in seen}

    def converges(self, seen, want=None):
        """After one sync; a second one has nothing more to say."""
        seen.sync()
        self.assertEqual(self.held(seen), self.held(self.his.objects(load_objects=True)))
        if want is not None:
            self.assertEqual(self.held(seen), want)
        self.assertEqual(seen.sync(), ([], []))

    def test_roles(self):
        reader = {"plain": "Dentist", "closed": "Busy", "free": "Holiday"}
        busy = {"plain": "Busy", "closed": "Busy"}
        self.share(("users/ben", "reader"))
        seen = self.his.objects(load_objects=True)
        self.assertEqual(self.held(seen), reader)
        for role, want in (("busy", busy), ("reader", reader), ("editor", reader), ("busy", busy), ("author", reader),
                           ("reader", reader)):
            self.share(("users/ben", role))
            self.converges(seen, want)

    def test_items(self):
        """Made private and public again, added and removed meanwhile, in each role."""
        self.share(("users/ben", "reader"))
        seen = self.his.objects(load_objects=True)
        for role in ("reader", "busy", "editor"):
            self.share(("users/ben", role))
            for extra in (["CLASS:PRIVATE"], [], ["CLASS:CONFIDENTIAL"], ["TRANSP:TRANSPARENT"], []):
                self.hers.save_event(event("plain", "Dentist", extra=extra))
                self.hers.save_event(event("short", "Short"))
                self.hers.event_by_uid("short").delete()
                self.converges(seen)
        self.assertEqual(self.held(seen)["plain"], "Dentist")

    def test_ended_and_again(self):
        self.share(("users/ben", "reader"))
        seen = self.his.objects(load_objects=True)
        self.share()
        with self.assertRaises(NotFoundError):
            seen.sync()
        self.hers.event_by_uid("plain").delete()
        self.hers.save_event(event("new", "Choir"))
        for role in ("busy", "reader"):
            self.share(("users/ben", role))
            self.converges(seen)

    def test_groups(self):
        """By name a reader, through the group an editor; joined and left; the group removed."""
        self.share(("groups/kids", "reader"))
        seen = self.his.objects(load_objects=True)
        self.share(("users/ben", "busy"), ("groups/kids", "reader"))
        self.converges(seen)
        self.command("group", "members", "kids", "--drop", "ben")
        self.converges(seen, {"plain": "Busy", "closed": "Busy"})
        self.command("group", "members", "kids", "--add", "ben")
        self.converges(seen, {"plain": "Dentist", "closed": "Busy", "free": "Holiday"})
        self.command("group", "remove", "kids", "--yes")
        self.converges(seen, {"plain": "Busy", "closed": "Busy"})

    def test_refused_comes_back(self):
        """Who deleted on the device what the server keeps is told of it by the next sync (DESIGN.md 5)."""
        self.share(("users/ben", "reader"))
        seen = self.his.objects(load_objects=True)
        with self.assertRaises(REFUSED):
            self.his.event_by_uid("plain").delete()
        told = self.his.objects_by_sync_token(seen.sync_token)
        self.assertEqual([str(o.url).rsplit("/", 1)[1] for o in told], ["plain.ics"])
        self.assertEqual(len(list(self.his.objects_by_sync_token(told.sync_token))), 0)


if __name__ == "__main__":
    unittest.main()
