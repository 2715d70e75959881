#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Debian's python3-caldav 0.11: from the bare URL to calendars, events, searches, tasks, synchronisation."""
import unittest
from datetime import datetime, timezone
import caldav
from caldav.elements import dav
from daemon import Daemon, event

PASSWORD = "caldav-secret"
UTC = timezone.utc
TODO = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//system//EN\r\nBEGIN:VTODO\r\nUID:{0}\r\nDTSTAMP:20260101T000000Z\r\n" \
       "SUMMARY:{0}\r\nDUE:20260401T100000Z\r\n{1}END:VTODO\r\nEND:VCALENDAR\r\n"


class CaldavTest(unittest.TestCase):
    def setUp(self):
        self.daemon = Daemon()
        self.daemon.start()
        self.addCleanup(self.daemon.__exit__, None, None, None)
        self.daemon.add_user("anna", PASSWORD)
        self.client = caldav.DAVClient(self.daemon.url + "/", username="anna", password=PASSWORD)
        self.principal = self.client.principal()

    def test_calendars(self):
        self.assertEqual({str(c.url).rstrip("/").rsplit("/", 1)[1] for c in self.principal.calendars()},
                         {"personal", "tasks"})
        made = self.principal.make_calendar(name="Family", cal_id="family", supported_calendar_component_set=["VEVENT"])
        self.assertEqual(made.get_properties([dav.DisplayName()])["{DAV:}displayname"], "Family")
        self.assertEqual(made.get_supported_components(), ["VEVENT"])
        self.assertEqual(self.principal.calendar(name="Family").url, made.url)
        made.set_properties([dav.DisplayName("Household")])
        self.assertEqual(made.get_properties([dav.DisplayName()])["{DAV:}displayname"], "Household")
        made.delete()
        self.assertEqual(len(self.principal.calendars()), 2)

    def test_events(self):
        calendar = self.principal.calendar(cal_id="personal")
        calendar.save_event(event("once", "Dentist"))
        calendar.save_event(event("weekly", "Choir", "20260302T180000Z", "20260302T190000Z", ["RRULE:FREQ=WEEKLY;COUNT=10"]))
        self.assertEqual(len(calendar.events()), 2)
        self.assertIn("SUMMARY:Dentist", calendar.event_by_uid("once").data)
        self.assertIn("Dentist", calendar.event_by_url(calendar.event_by_uid("once").url).data)
        found = calendar.date_search(datetime(2026, 3, 9, tzinfo=UTC), datetime(2026, 3, 17, tzinfo=UTC), expand=True)
        self.assertEqual(sum(f.data.count("BEGIN:VEVENT") for f in found), 2)
        self.assertNotIn("RRULE", found[0].data)
        self.assertEqual(calendar.date_search(datetime(2026, 9, 9, tzinfo=UTC), datetime(2026, 9, 17, tzinfo=UTC)), [])
        changed = calendar.event_by_uid("once")
        changed.data = changed.data.replace("SUMMARY:Dentist", "SUMMARY:Doctor")
        changed.save()
        self.assertEqual([str(e.icalendar_component["UID"]) for e in calendar.search(comp_class=caldav.Event, summary="Doctor")],
                         ["once"])
        changed.delete()
        with self.assertRaises(caldav.lib.error.NotFoundError):
            calendar.event_by_uid("once")
        self.daemon.fsck()

    def test_todos(self):
        tasks = self.principal.calendar(cal_id="tasks")
        tasks.save_todo(TODO.format("milk", ""))
        tasks.save_todo(TODO.format("bread", "STATUS:COMPLETED\r\nCOMPLETED:20260301T000000Z\r\n"))
        self.assertEqual([str(t.icalendar_component["UID"]) for t in tasks.todos()], ["milk"])
        self.assertEqual(len(tasks.todos(include_completed=True)), 2)
        tasks.todo_by_uid("milk").complete()
        self.assertEqual(tasks.todos(), [])
        with self.assertRaises(caldav.lib.error.DAVError):
            tasks.save_event(event("misplaced"))

    def test_sync(self):
        calendar = self.principal.calendar(cal_id="personal")
        calendar.save_event(event("a"))
        seen = calendar.objects(load_objects=True)
        self.assertEqual(len(list(seen)), 1)
        calendar.save_event(event("b"))
        calendar.event_by_uid("a").delete()
        updated, deleted = seen.sync()
        self.assertEqual((len(updated), len(deleted)), (1, 1))
        again = calendar.objects_by_sync_token(seen.sync_token)
        self.assertEqual(len(list(again)), 0)

    def test_free_busy(self):
        calendar = self.principal.calendar(cal_id="personal")
        calendar.save_event(event("a"))
        busy = calendar.freebusy_request(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC))
        self.assertRegex(busy.data, "FREEBUSY[^\n]*20260301T100000Z/")


if __name__ == "__main__":
    unittest.main()
