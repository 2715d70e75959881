#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Debian's python3-caldav 0.11, what it can ask for: its searches and its own filters (RFC 4791 9.7), expansion, free and busy,
journals, and tasks that recur and are done."""
import unittest
from datetime import datetime, timezone
import caldav
from caldav.elements import cdav
from daemon import Daemon, event, tree_path

PASSWORD = "caldav-secret"
CALENDAR = "/dav/calendars/anna/all/"
UTC = timezone.utc
OVERRIDE = ["END:VEVENT", "BEGIN:VEVENT", "UID:choir", "DTSTAMP:20260101T000000Z", "RECURRENCE-ID:20260309T180000Z",
            "DTSTART:20260309T193000Z", "DTEND:20260309T210000Z", "SUMMARY:Concert", "LOCATION:Großer Saal"]
ALARM = ["BEGIN:VALARM", "ACTION:DISPLAY", "DESCRIPTION:Soon", "TRIGGER:-PT15M", "END:VALARM"]
ATTENDEES = ["ORGANIZER:mailto:anna@example.org", "ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:ben@example.org",
             "ATTENDEE;PARTSTAT=ACCEPTED;ROLE=CHAIR:mailto:cleo@example.org"]
EVENTS = [
    event("dentist", "Dentist", extra=["LOCATION:Main Street", "STATUS:CONFIRMED", *ALARM]),
    event("choir", "Choir", "20260302T180000Z", "20260302T190000Z",
          ["RRULE:FREQ=WEEKLY;COUNT=5", "EXDATE:20260323T180000Z", *OVERRIDE]),
    event("party", "Birthday party", "20260315T140000Z", "20260315T180000Z",
          ["CATEGORIES:FUN,FAMILY", "DESCRIPTION:Bring a cake", "STATUS:TENTATIVE", "CLASS:PRIVATE", *ATTENDEES]),
    event("holiday", "Holiday", "20260320", "20260322", ["TRANSP:TRANSPARENT"]).replace("DTSTART:", "DTSTART;VALUE=DATE:")
    .replace("DTEND:", "DTEND;VALUE=DATE:"),
    event("cancelled", "Cancelled trip", "20260325T100000Z", "20260325T120000Z", ["STATUS:CANCELLED", "COMMENT:No snow"]),
]


def component(kind, uid, *lines):
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//system//EN", f"BEGIN:{kind}", f"UID:{uid}",
                        "DTSTAMP:20260101T000000Z", f"SUMMARY:{uid}", *lines, f"END:{kind}", "END:VCALENDAR", ""])


TODOS = [
    component("VTODO", "due", "DUE:20260310T100000Z", "PRIORITY:1"),
    component("VTODO", "started", "DTSTART:20260311T100000Z", "DURATION:PT2H", "STATUS:IN-PROCESS"),
    component("VTODO", "done", "STATUS:COMPLETED", "CREATED:20260301T000000Z", "COMPLETED:20260312T000000Z"),
    component("VTODO", "given-up", "STATUS:CANCELLED", "DUE:20260310T100000Z"),
    component("VTODO", "some-day", "STATUS:NEEDS-ACTION"),
]


def day(number, hour=0, month=3):
    return datetime(2026, month, number, hour, tzinfo=UTC)


def matching(name, text, **more):
    return cdav.PropFilter(name) + cdav.TextMatch(text, **more)


def absent(name):
    return cdav.PropFilter(name) + cdav.NotDefined()


def attendee(parameter, text):
    return cdav.PropFilter("ATTENDEE") + (cdav.ParamFilter(parameter) + cdav.TextMatch(text))


class SearchTest(unittest.TestCase):
    def setUp(self):
        self.daemon = Daemon()
        self.daemon.start()
        self.addCleanup(self.daemon.__exit__, None, None, None)
        self.daemon.add_user("anna", PASSWORD)
        principal = caldav.DAVClient(self.daemon.url + "/", username="anna", password=PASSWORD).principal()
        self.calendar = principal.make_calendar(cal_id="all")

    def uids(self, found):
        return sorted(str(f.icalendar_instance.subcomponents[0]["UID"]) for f in found)

    def finds(self, wanted, **search):
        self.assertEqual(self.uids(self.calendar.search(**search)), sorted(wanted), search)

    def test_events(self):
        for text in EVENTS:
            self.calendar.save_event(text)
        # It asks for i;octet where nothing else is said: capitals count.
        everything = ["dentist", "choir", "party", "holiday", "cancelled"]
        self.finds(everything, event=True)
        self.finds(everything, comp_class=caldav.Event)
        for wanted, search in (
                (["dentist"], {"summary": "Dent"}), (["choir"], {"summary": "Concert"}), ([], {"summary": "dentist"}),
                (["dentist"], {"location": "Main"}), (["choir"], {"location": "Großer"}), (["party"], {"description": "cake"}),
                (["cancelled"], {"comment": "snow"}), (["party"], {"category": "FAMILY"}), (["party"], {"status": "TENTATIVE"}),
                (["party"], {"class_": "PRIVATE"}), (["party"], {"uid": "party"}), ([], {"summary": "Dentist", "status": "TENTATIVE"})):
            self.finds(wanted, event=True, **search)
        self.times()
        self.filters()
        self.daemon.fsck()

    def times(self):
        """RFC 4791 9.9: what begins at the end, or ends at the beginning, is outside; either side may be open."""
        for wanted, start, end in (
                (["dentist"], day(1, 10), day(1, 11)), ([], day(1, 11), day(1, 12)), ([], day(1, 9), day(1, 10)),
                (["choir"], day(9, 20), day(9, 21)), ([], day(9, 18), day(9, 19)), ([], day(23), day(24)),
                (["holiday"], day(21, 23), day(22)), ([], day(22), day(23)),
                (["choir", "dentist"], day(1), day(3)), (["choir"], day(30), day(31)), ([], day(6, month=4), None),
                (["cancelled", "choir"], day(25), None), (["dentist"], None, day(2))):
            self.finds(wanted, event=True, start=start, end=end)
        self.finds(["choir"], event=True, start=day(1), end=day(31), summary="Choir")

    def filters(self):
        alarm = cdav.CompFilter("VALARM")
        for wanted, filters in (
                (["choir", "holiday"], [matching("SUMMARY", "HO", collation="i;ascii-casemap"),
                                      matching("SUMMARY", "Birth", negate=True)]),
                (["party"], [matching("SUMMARY", "Birth", collation="i;octet")]), ([], [matching("SUMMARY", "birth", collation="i;octet")]),
                (["choir"], [matching("LOCATION", "GROßER", collation="i;unicode-casemap")]),
                (["cancelled", "choir", "holiday", "party"], [matching("SUMMARY", "Dentist", negate=True)]),
                (["choir", "holiday"], [absent("STATUS")]), (["cancelled", "dentist", "party"], [cdav.PropFilter("STATUS")]),
                (["dentist"], [alarm]), (["cancelled", "choir", "holiday", "party"], [cdav.CompFilter("VALARM") + cdav.NotDefined()]),
                (["dentist"], [cdav.CompFilter("VALARM") + cdav.TimeRange(day(1, 9), day(1, 10))]),
                ([], [cdav.CompFilter("VALARM") + cdav.TimeRange(day(1, 10), day(1, 11))]),
                (["party"], [attendee("PARTSTAT", "NEEDS-ACTION")]), ([], [attendee("PARTSTAT", "DECLINED")]),
                (["party"], [attendee("ROLE", "CHAIR")]), (["holiday"], [matching("TRANSP", "TRANSPARENT"), absent("LOCATION")])):
            self.finds(wanted, event=True, filters=filters)

    def test_expand(self):
        for text in EVENTS:
            self.calendar.save_event(text)
        found = self.calendar.search(event=True, start=day(1), end=day(1, month=4), expand=True, summary="Choir")
        self.assertEqual(sorted(f.icalendar_component["DTSTART"].dt for f in found), [day(2, 18), day(9, 19).replace(minute=30),
                                                                                     day(16, 18), day(30, 18)])
        self.assertEqual(sorted(str(f.icalendar_component["SUMMARY"]) for f in found), ["Choir"] * 3 + ["Concert"])
        self.assertTrue(all("RRULE" not in f.data and "EXDATE" not in f.data for f in found))
        one = self.calendar.search(event=True, start=day(16), end=day(17), expand=True)
        self.assertEqual([f.icalendar_component["RECURRENCE-ID"].dt for f in one], [day(16, 18)])
        self.assertEqual(self.calendar.search(event=True, start=day(23), end=day(24), expand=True), [])

    def test_free_busy(self):
        for text in EVENTS:
            self.calendar.save_event(text)
        text = self.calendar.freebusy_request(day(1), day(1, month=4)).data.replace("\r\n ", "").replace("\n ", "")
        periods = {}
        for line in text.splitlines():
            if line.startswith("FREEBUSY"):
                name, value = line.strip().split(":", 1)
                kind = name.partition("FBTYPE=")[2] or "BUSY"
                periods.setdefault(kind, []).extend(p.split("/")[0] for p in value.split(","))
        # Neither what is transparent nor what is cancelled; what is tentative says so (RFC 4791 7.10).
        self.assertEqual(sorted(periods.pop("BUSY")), ["20260301T100000Z", "20260302T180000Z", "20260309T193000Z",
                                                        "20260316T180000Z", "20260330T180000Z"])
        self.assertEqual(periods, {"BUSY-TENTATIVE": ["20260315T140000Z"]})

    def test_todos(self):
        for text in TODOS:
            self.calendar.save_todo(text)
        self.assertEqual(self.uids(self.calendar.todos()), ["due", "some-day", "started"])
        self.assertEqual([str(t.icalendar_component["UID"]) for t in self.calendar.todos(sort_keys=("due",))][0], "due")
        self.assertEqual(len(self.calendar.todos(include_completed=True)), 5)
        # RFC 4791 9.9, the table of VTODO: by DUE, by DTSTART and DURATION, by CREATED and COMPLETED, and always.
        for wanted, start, end in ((["due", "given-up", "some-day", "done"], day(10), day(11)), (["started", "some-day", "done"], day(11), day(12)),
                                   (["some-day"], day(20), day(21))):
            self.finds(wanted, todo=True, include_completed=True, start=start, end=end)
        task = self.calendar.todo_by_uid("due")
        task.complete(completion_timestamp=day(9, 8))
        self.assertRegex(self.calendar.todo_by_uid("due").data, "COMPLETED[^\n]*:20260309T080000Z")  # it adds TZID=UTC
        self.assertEqual(self.uids(self.calendar.todos()), ["some-day", "started"])
        task = self.calendar.todo_by_uid("due")
        task.uncomplete()
        self.assertEqual(self.uids(self.calendar.todos()), ["due", "some-day", "started"])

    def test_recurring_todo(self):
        """Both of its ways: a copy for what is done, and a changed occurrence with RANGE=THISANDFUTURE."""
        weekly = ("DTSTART:20260302T100000Z", "DUE:20260302T120000Z", "RRULE:FREQ=WEEKLY", "STATUS:NEEDS-ACTION")
        self.calendar.save_todo(component("VTODO", "bins", *weekly))
        self.calendar.todo_by_uid("bins").complete(completion_timestamp=day(2, 11), handle_rrule=True, rrule_mode="safe")
        everything = self.calendar.todos(include_completed=True)
        self.assertEqual(len(everything), 2)
        self.assertEqual(sum("STATUS:COMPLETED" in t.data for t in everything), 1)
        self.calendar.save_todo(component("VTODO", "plants", *weekly))
        self.calendar.todo_by_uid("plants").complete(completion_timestamp=day(2, 11), handle_rrule=True, rrule_mode="thisandfuture")
        data = self.calendar.todo_by_uid("plants").data
        self.assertEqual(data.count("BEGIN:VTODO"), 3)
        self.assertIn("RECURRENCE-ID;RANGE=THISANDFUTURE", data)
        self.daemon.fsck()

    def test_journals(self):
        self.calendar.save_journal(component("VJOURNAL", "monday", "DTSTART:20260302T200000Z", "DESCRIPTION:Long day"))
        self.calendar.save_journal(component("VJOURNAL", "undated"))
        self.calendar.save_event(EVENTS[0])
        self.assertEqual(self.uids(self.calendar.journals()), ["monday", "undated"])
        self.finds(["monday"], comp_class=caldav.Journal, description="Long")
        # A journal without DTSTART is never in a time range, one with a date-time only at that instant (RFC 4791 9.9).
        self.finds(["monday"], comp_class=caldav.Journal, start=day(2), end=day(3))
        self.finds([], comp_class=caldav.Journal, start=day(3), end=day(4))
        journal = self.calendar.journal_by_uid("monday")
        journal.data = journal.data.replace("Long day", "Longer day")
        journal.save()
        self.assertIn("Longer day", self.calendar.journal_by_uid("monday").data)

    def test_sync_tokens(self):
        for text in EVENTS[:3]:
            self.calendar.save_event(text)
        seen = self.calendar.objects(load_objects=True)
        self.assertEqual(self.uids(seen), ["choir", "dentist", "party"])
        first = seen.sync_token
        self.assertEqual(seen.sync(), ([], []))
        self.calendar.save_event(EVENTS[3])
        self.calendar.event_by_uid("dentist").delete()
        party = self.calendar.event_by_uid("party")
        party.data = party.data.replace("Birthday party", "Quiet evening")
        party.save()
        updated, deleted = seen.sync()
        self.assertEqual(self.uids(updated), ["holiday", "party"])
        self.assertEqual([str(d.url).rsplit("/", 1)[1] for d in deleted], ["dentist.ics"])
        self.assertEqual(len(list(self.calendar.objects_by_sync_token(first))), 3)  # an older token tells it again
        self.assertEqual(list(self.calendar.objects_by_sync_token(seen.sync_token)), [])
        with self.assertRaises(caldav.lib.error.DAVError):
            self.calendar._query(caldav.elements.dav.SyncCollection() + [
                caldav.elements.dav.SyncToken(value="data:,nonsense"), caldav.elements.dav.SyncLevel(value="1"),
                caldav.elements.dav.Prop()], 1, "report")

    def test_conditions(self):
        """It sends no conditions: the last writer wins, and what was overwritten is in the history."""
        self.calendar.save_event(EVENTS[0])
        with self.assertRaises(caldav.lib.error.ConsistencyError):
            self.calendar.save_event(EVENTS[0], no_overwrite=True)
        mine, theirs = self.calendar.event_by_uid("dentist"), self.calendar.event_by_uid("dentist")
        for one, word in ((mine, "Mine"), (theirs, "Theirs")):
            one.data = one.data.replace("SUMMARY:Dentist", f"SUMMARY:{word}")
            one.save()
        path = tree_path("calendars/anna/all", "dentist.ics")
        self.assertEqual([next(l for l in self.daemon.git("show", f"{commit}:{path}").splitlines() if l.startswith("SUMMARY"))
                          for commit in self.daemon.git("log", "--format=%H", "main", "--", path).split()],
                         ["SUMMARY:Theirs", "SUMMARY:Mine", "SUMMARY:Dentist"])


if __name__ == "__main__":
    unittest.main()
