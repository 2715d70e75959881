// SPDX-License-Identifier: ISC
// tsdav against calendars: the whole of its CalDAV interface, in the order in which an application would use it.
import assert from "node:assert/strict";
import { calendar, component, count, event, home, library, names, password, proppatch, run, sameText, url, username }
	from "./steps.mjs";

const { createDAVClient, createAccount, getBasicAuthHeaders } = library("tsdav");
const credentials = { username, password };
const client = await createDAVClient({
	serverUrl: url, credentials, authMethod: "Basic", defaultAccountType: "caldav",
});
const WEEKLY = calendar(
	...component("VEVENT", "weekly", "Choir", "DTSTART:20260302T180000Z", "DTEND:20260302T190000Z",
		"RRULE:FREQ=WEEKLY;COUNT=5", "EXDATE:20260323T180000Z"),
	...component("VEVENT", "weekly", "Concert", "RECURRENCE-ID:20260309T180000Z",
		"DTSTART:20260309T193000Z", "DTEND:20260309T210000Z"));
const ALARM = ["BEGIN:VALARM", "ACTION:DISPLAY", "DESCRIPTION:Soon", "TRIGGER:-PT15M", "END:VALARM"];
const MARCH = { start: "2026-03-01T00:00:00.000Z", end: "2026-04-01T00:00:00.000Z" };
let account, made, synced;

async function calendars() {
	return Object.fromEntries((await client.fetchCalendars()).map((c) => [names([c])[0], c]));
}

function put(filename, iCalString, where = made) {
	return client.createCalendarObject({ calendar: where, filename, iCalString });
}

function objects(more = {}, where = made) {
	return client.fetchCalendarObjects({ calendar: where, ...more });
}

async function object(name) {
	return (await objects({ objectUrls: [made.url + name] }))[0];
}

/** The names that a filter inside VCALENDAR finds. */
async function found(filter) {
	const filters = { "comp-filter": { _attributes: { name: "VCALENDAR" }, ...filter } };
	return names(await client.calendarQuery({ url: made.url, props: { "d:getetag": {} }, filters, depth: "1" }));
}

function events(inner = {}) {
	return { "comp-filter": { _attributes: { name: "VEVENT" }, ...inner } };
}

function property(name, inner) {
	return { "prop-filter": { _attributes: { name }, ...inner } };
}

function text(value, attributes = {}) {
	return { "text-match": { _attributes: attributes, _text: value } };
}

const discovery = {
	async "wrong password"() {
		const headers = getBasicAuthHeaders({ username, password: "wrong" });
		const tried = createAccount({ account: { serverUrl: url, accountType: "caldav" }, headers });
		await assert.rejects(tried, /Invalid credentials.*401/);
	},
	async "account"() {
		account = await client.createAccount({
			account: { serverUrl: url, accountType: "caldav" }, loadCollections: true, loadObjects: true,
		});
		assert.equal(account.rootUrl, `${url}/dav/`);
		assert.equal(account.principalUrl, `${url}/dav/principals/users/${username}/`);
		assert.equal(account.homeUrl, home);
		assert.deepEqual(names(account.calendars), ["personal", "tasks"]);
		assert.deepEqual(account.calendars.map((c) => c.objects), [[], []]);
	},
	async "user addresses"() {
		assert.ok((await client.fetchCalendarUserAddresses({ account })).includes(`mailto:${username}@example.org`));
	},
};

const collections = {
	async "make a calendar"() {
		const [answer] = await client.makeCalendar({
			url: `${home}family/`,
			props: {
				"d:displayname": "Family & friends", "c:calendar-description": "What we do together",
				"ca:calendar-color": "#FF8800FF",
				"c:supported-calendar-component-set": { "c:comp": [
					{ _attributes: { name: "VEVENT" } }, { _attributes: { name: "VTODO" } }, { _attributes: { name: "VJOURNAL" } }] },
			},
		});
		assert.equal(answer.status, 201);
	},
	async "not twice"() {
		const [answer] = await client.makeCalendar({ url: `${home}family/`, props: { "d:displayname": "Again" } });
		assert.ok([403, 405].includes(answer.status), `${answer.status}`); // RFC 4791 5.3.1: resource-must-be-null
	},
	async "list them"() {
		made = (await calendars()).family;
		assert.equal(made.displayName, "Family & friends");
		assert.equal(made.description, "What we do together");
		assert.equal(made.calendarColor, "#FF8800FF");
		assert.deepEqual(made.components.sort(), ["VEVENT", "VJOURNAL", "VTODO"]);
		assert.deepEqual(made.resourcetype.sort(), ["calendar", "collection"]);
		assert.ok(made.syncToken.includes(":"));
		assert.ok(made.ctag);
		for (const report of ["calendarQuery", "calendarMultiget", "freeBusyQuery", "syncCollection"])
			assert.ok(made.reports.includes(report), report);
	},
	async "chosen properties"() {
		const props = { "d:displayname": {}, "d:resourcetype": {}, "d:current-user-privilege-set": {}, "c:max-resource-size": {} };
		const listed = await client.fetchCalendars({ props, projectedProps: { currentUserPrivilegeSet: true, maxResourceSize: true } });
		const { projectedProps } = listed.find((c) => c.url === made.url);
		const held = projectedProps.currentUserPrivilegeSet.privilege.flatMap((p) => Object.keys(p));
		for (const privilege of ["read", "write", "writeContent", "bind", "unbind", "readFreeBusy"])
			assert.ok(held.includes(privilege), privilege);
		assert.ok(projectedProps.maxResourceSize >= 1e5);
	},
	async "proppatch and propfind"() {
		const [answer] = await proppatch(client, made.url, { "d:displayname": "Family", "ca:calendar-color": "#00AA00FF" });
		assert.ok(answer.ok);
		const [row] = await client.propfind({ url: made.url, depth: "0", props: { "d:displayname": {}, "ca:calendar-color": {}, "d:no-such": {} } });
		assert.equal(row.props.displayname, "Family");
		assert.equal(row.props.calendarColor, "#00AA00FF");
		assert.ok(!("noSuch" in row.props));
		const [refused] = await proppatch(client, made.url, { "d:displayname": "Lost", "d:getetag": "x" });
		assert.deepEqual(Object.keys(refused.props), []); // all or nothing: each in a propstat of 403 or 424
		made = (await calendars()).family;
		assert.equal(made.displayName, "Family");
	},
};

const writing = {
	async "create"() {
		const answer = await put("dentist.ics", event("dentist", "Dentist"));
		assert.equal(answer.status, 201);
		assert.match(answer.headers.get("etag"), /^"[^"]+"$/);
		const [listed] = await objects();
		assert.equal(listed.url, `${made.url}dentist.ics`);
		assert.equal(listed.etag, answer.headers.get("etag"));
		sameText(listed.data, event("dentist", "Dentist"));
	},
	async "create what is there: 412"() {
		assert.equal((await put("dentist.ics", event("dentist", "Other"))).status, 412);
		sameText((await object("dentist.ics")).data, event("dentist", "Dentist"));
	},
	async "a UID twice: refused"() {
		assert.equal((await put("other.ics", event("dentist", "Other"))).status, 409);
		assert.deepEqual(names(await objects()), ["dentist.ics"]);
	},
	async "broken data: refused"() {
		assert.equal((await put("broken.ics", "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n")).status, 403);
		assert.deepEqual(names(await objects()), ["dentist.ics"]);
	},
	async "update"() {
		const old = await object("dentist.ics");
		const text = event("dentist", "Dentist at nine");
		const answer = await client.updateCalendarObject({ calendarObject: { ...old, data: text } });
		assert.equal(answer.status, 204);
		const now = await object("dentist.ics");
		assert.equal(now.etag, answer.headers.get("etag"));
		assert.notEqual(now.etag, old.etag);
		sameText(now.data, text);
		const stale = await client.updateCalendarObject({ calendarObject: { ...old, data: event("dentist", "Stale") } });
		assert.equal(stale.status, 412);
		assert.equal((await client.deleteCalendarObject({ calendarObject: old })).status, 412);
		assert.deepEqual(await object("dentist.ics"), now);
	},
	async "delete"() {
		const calendarObject = await object("dentist.ics");
		assert.equal((await client.deleteCalendarObject({ calendarObject })).status, 204);
		assert.ok([404, 412].includes((await client.deleteCalendarObject({ calendarObject })).status));
		assert.deepEqual(await objects(), []);
	},
	async "objects by URL"() {
		const where = `${made.url}plain.ics`;
		const headers = { "content-type": "text/calendar" };
		const created = await client.createObject({ url: where, data: event("plain", "Plain"), headers });
		assert.equal(created.status, 201);
		const etag = created.headers.get("etag");
		assert.equal((await client.updateObject({ url: where, data: event("plain", "Plainer"), etag, headers })).status, 204);
		assert.equal((await client.updateObject({ url: where, data: event("plain", "No"), etag, headers })).status, 412);
		assert.equal((await client.deleteObject({ url: where })).status, 204);
	},
};

const reading = {
	async "fill"() {
		const all = {
			"once.ics": event("once", "Dentist", undefined, undefined, "LOCATION:Main Street", ...ALARM),
			"party.ics": event("party", "Birthday party", "20260315T140000Z", "20260315T180000Z", "CATEGORIES:FUN,FAMILY",
				"ATTENDEE;PARTSTAT=ACCEPTED:mailto:ben@example.org", "TRANSP:TRANSPARENT"),
			"far.ics": event("far", "Far away", "20300101T100000Z", "20300101T110000Z"),
			"weekly.ics": WEEKLY,
			"task.ics": calendar(...component("VTODO", "task", "Buy milk", "DUE:20260320T100000Z")),
			"journal.ics": calendar(...component("VJOURNAL", "journal", "Notes", "DTSTART:20260320T100000Z")),
		};
		for (const [name, data] of Object.entries(all))
			assert.equal((await put(name, data)).status, 201, name);
	},
	async "time range"() {
		assert.deepEqual(names(await objects({ timeRange: MARCH })), ["once.ics", "party.ics", "weekly.ics"]);
		const day = (start, end) => ({ timeRange: { start: `2026-03-${start}:00Z`, end: `2026-03-${end}:00Z` } });
		assert.deepEqual(names(await objects(day("09T19:30", "09T20:00"))), ["weekly.ics"]); // the moved one
		assert.deepEqual(await objects(day("09T18:00", "09T19:00")), []); // where it was
		assert.deepEqual(await objects(day("23T00:00", "24T00:00")), []); // taken out by EXDATE
		assert.deepEqual(await objects(day("01T11:00", "01T12:00")), []); // the end is outside
		assert.deepEqual(await objects({ timeRange: { start: "2031-01-01T00:00:00Z", end: "2032-01-01T00:00:00Z" } }), []);
	},
	async "time range without multiget"() {
		const listed = await objects({ timeRange: MARCH, useMultiGet: false });
		assert.deepEqual(names(listed), ["once.ics", "party.ics", "weekly.ics"]);
		sameText(listed.find((o) => o.url.endsWith("weekly.ics")).data, WEEKLY);
	},
	async "expand"() {
		const listed = await objects({ timeRange: MARCH, expand: true });
		assert.deepEqual(names(listed), ["once.ics", "party.ics", "weekly.ics"]);
		const { data } = listed.find((o) => o.url.endsWith("weekly.ics"));
		assert.equal(count(data, "BEGIN:VEVENT"), 4); // 2, 9 (moved), 16, 30; 23 is taken out
		assert.ok(!/RRULE|EXDATE/.test(data));
		assert.deepEqual(data.match(/(?<=\nDTSTART:)\w+/g).sort(),
			["20260302T180000Z", "20260309T193000Z", "20260316T180000Z", "20260330T180000Z"]);
		assert.equal(count(data, "SUMMARY:Concert"), 1);
		assert.match(data, /RECURRENCE-ID:20260309T180000Z/);
	},
	async "expand in multiget"() {
		const [one] = await objects({ timeRange: MARCH, expand: true, objectUrls: [`${made.url}weekly.ics`] });
		assert.equal(count(one.data, "BEGIN:VEVENT"), 4);
	},
	async "multiget"() {
		const props = { "d:getetag": {}, "c:calendar-data": {} };
		const urls = ["once.ics", "weekly.ics"].map((n) => new URL(made.url + n).pathname);
		const rows = await client.calendarMultiGet({ url: made.url, props, objectUrls: urls, depth: "1" });
		assert.deepEqual(names(rows), ["once.ics", "weekly.ics"]);
		sameText(rows.find((r) => r.href.endsWith("weekly.ics")).props.calendarData, WEEKLY);
		const more = client.calendarMultiGet({ url: made.url, props, objectUrls: [...urls, `${made.url}gone.ics`], depth: "1" });
		await assert.rejects(more, /404/); // as the row says
	},
	async "part of the data"() {
		const inner = { "c:comp": { _attributes: { name: "VCALENDAR" }, "c:comp": { _attributes: { name: "VEVENT" },
			"c:prop": [{ _attributes: { name: "UID" } }, { _attributes: { name: "SUMMARY" } }] } } };
		const [row] = await client.calendarMultiGet({
			url: made.url, props: { "c:calendar-data": inner }, objectUrls: [new URL(`${made.url}once.ics`).pathname], depth: "1",
		});
		assert.match(row.props.calendarData, /UID:once[^]*SUMMARY:Dentist|SUMMARY:Dentist[^]*UID:once/);
		assert.ok(!/LOCATION|DTSTART|VALARM/.test(row.props.calendarData));
	},
	async "filters"() {
		const all = ["far.ics", "once.ics", "party.ics", "weekly.ics"];
		const cases = [
			[events(), all],
			[{ "comp-filter": { _attributes: { name: "VTODO" } } }, ["task.ics"]],
			[{ "comp-filter": { _attributes: { name: "VJOURNAL" } } }, ["journal.ics"]],
			[{ "comp-filter": { _attributes: { name: "VEVENT" }, "is-not-defined": {} } }, ["journal.ics", "task.ics"]],
			[events(property("SUMMARY", text("dent"))), ["once.ics"]],
			[events(property("SUMMARY", text("dent", { collation: "i;octet" }))), []],
			[events(property("SUMMARY", text("Dent", { collation: "i;octet" }))), ["once.ics"]],
			[events(property("SUMMARY", text("CONCERT", { collation: "i;ascii-casemap" }))), ["weekly.ics"]],
			[events(property("SUMMARY", text("dent", { "negate-condition": "yes" }))), ["far.ics", "party.ics", "weekly.ics"]],
			[events(property("LOCATION", {})), ["once.ics"]],
			[events(property("LOCATION", { "is-not-defined": {} })), ["far.ics", "party.ics", "weekly.ics"]],
			[events(property("ATTENDEE", { "param-filter": { _attributes: { name: "PARTSTAT" }, ...text("ACCEPTED") } })), ["party.ics"]],
			[events(property("CATEGORIES", text("family"))), ["party.ics"]],
			[events({ "comp-filter": { _attributes: { name: "VALARM" } } }), ["once.ics"]],
		];
		for (const [filter, wanted] of cases)
			assert.deepEqual(await found(filter), wanted, JSON.stringify(filter));
	},
	async "tasks through the same call"() {
		const filters = { "comp-filter": { _attributes: { name: "VCALENDAR" }, "comp-filter": { _attributes: { name: "VTODO" },
			"time-range": { _attributes: { start: "20260320T000000Z", end: "20260321T000000Z" } } } } };
		assert.deepEqual(names(await objects({ filters })), ["task.ics"]);
	},
	async "an unknown collation: refused"() {
		await assert.rejects(found(events(property("SUMMARY", text("x", { collation: "i;no-such" })))), /4\d\d/);
	},
	async "free and busy"() {
		const answer = await client.freeBusyQuery({ url: made.url, timeRange: MARCH });
		assert.equal(answer.status, 200);
		assert.match(answer.raw, /BEGIN:VFREEBUSY/);
		const periods = answer.raw.replace(/\r\n /g, "").match(/\d{8}T\d{6}Z\/[\dTZPHMS]+/g).map((p) => p.split("/")[0]).sort();
		assert.deepEqual(periods, ["20260301T100000Z", "20260302T180000Z", "20260309T193000Z", "20260316T180000Z", "20260330T180000Z"]);
		const quiet = { start: "2026-05-01T00:00:00Z", end: "2026-06-01T00:00:00Z" };
		assert.ok(!/\nFREEBUSY/.test((await client.freeBusyQuery({ url: made.url, timeRange: quiet, depth: "1" })).raw));
	},
};

const reports = {
	objectMultiGet: client.calendarMultiGet,
	fetchObjects: ({ collection }) => client.fetchCalendarObjects({ calendar: collection }),
};

/** One thing added, one changed, one deleted. */
async function change(round) {
	assert.equal((await put(`new${round}.ics`, event(`new${round}`, "New"))).status, 201);
	const old = await object("once.ics");
	assert.equal((await client.updateCalendarObject({ calendarObject: { ...old, data: event("once", `Round ${round}`) } })).status, 204);
	const gone = await object(`new${round - 1}.ics`);
	assert.equal((await client.deleteCalendarObject({ calendarObject: gone })).status, 204);
	return round;
}

const sync = {
	async "first listing"() {
		assert.equal((await put("new0.ics", event("new0", "New"))).status, 201);
		made = (await calendars()).family;
		synced = await client.smartCollectionSync({
			collection: { ...made, ...reports, objects: [], syncToken: undefined }, account, method: "webdav",
		});
		assert.deepEqual(names(synced.objects), ["far.ics", "journal.ics", "new0.ics", "once.ics", "party.ics", "task.ics", "weekly.ics"]);
		assert.equal(synced.syncToken, made.syncToken);
		assert.deepEqual(await client.isCollectionDirty({ collection: made }), { isDirty: false, newCtag: `${made.ctag}` });
	},
	async "by token"() {
		await change(1);
		assert.equal((await client.isCollectionDirty({ collection: made })).isDirty, true);
		const detailed = await client.smartCollectionSyncDetailed({ collection: synced, account, method: "webdav" });
		assert.deepEqual(names(detailed.objects.created), ["new1.ics"]);
		assert.deepEqual(names(detailed.objects.updated), ["once.ics"]);
		assert.deepEqual(names(detailed.objects.deleted), ["new0.ics"]);
		synced = await client.smartCollectionSync({ collection: synced, account, method: "webdav" });
		assert.deepEqual(names(synced.objects), ["far.ics", "journal.ics", "new1.ics", "once.ics", "party.ics", "task.ics", "weekly.ics"]);
		assert.match(synced.objects.find((o) => o.url.endsWith("once.ics")).data, /SUMMARY:Round 1/);
		const again = await client.smartCollectionSyncDetailed({ collection: synced, account, method: "webdav" });
		assert.deepEqual(again.objects, { created: [], updated: [], deleted: [] });
		assert.equal(again.syncToken, synced.syncToken);
	},
	async "by ctag"() {
		made = { ...(await calendars()).family, ...reports };
		made.objects = await objects();
		await change(2);
		const detailed = await client.smartCollectionSyncDetailed({ collection: made, account, method: "basic" });
		assert.deepEqual(names(detailed.objects.created), ["new2.ics"]);
		assert.deepEqual(names(detailed.objects.updated), ["once.ics"]);
		assert.deepEqual(names(detailed.objects.deleted), ["new1.ics"]);
		const whole = await client.smartCollectionSync({ collection: made, account, method: "basic" });
		assert.deepEqual(names(whole.objects), ["far.ics", "new2.ics", "once.ics", "party.ics", "weekly.ics"]);
		assert.equal((await client.isCollectionDirty({ collection: whole })).isDirty, false);
	},
	async "the report itself"() {
		const rows = await client.syncCollection({ url: made.url, props: { "d:getetag": {} }, syncLevel: 1, syncToken: synced.syncToken });
		assert.deepEqual(names(rows), ["new1.ics", "new2.ics", "once.ics"]);
		assert.equal(rows.find((r) => r.href.endsWith("new1.ics")).status, 404);
		assert.deepEqual(await client.supportedReportSet({ collection: made }), made.reports);
		const [refused] = await client.syncCollection({ url: made.url, props: { "d:getetag": {} }, syncLevel: 1, syncToken: "data:,nonsense" });
		assert.equal(refused.status, 403);
		assert.match(`${refused.raw}`, /valid-sync-token/);
	},
	async "all calendars"() {
		const before = await client.fetchCalendars();
		const [other] = await client.makeCalendar({ url: `${home}other/`, props: { "d:displayname": "Other" } });
		assert.equal(other.status, 201);
		await put("x.ics", event("x", "In personal"), { url: `${home}personal/` });
		const withObjects = before.map((c) => ({ ...c, objects: [] }));
		const changes = await client.syncCalendarsDetailed({ oldCalendars: withObjects, account });
		assert.deepEqual(names(changes.created), ["other"]);
		assert.deepEqual(names(changes.updated), ["personal"]);
		assert.deepEqual(names(changes.updated[0].objects), ["x.ics"]);
		assert.deepEqual(changes.deleted, []);
		assert.equal((await client.deleteObject({ url: `${home}other/` })).status, 204);
		const now = await client.syncCalendars({ oldCalendars: await client.fetchCalendars(), account });
		assert.deepEqual(names(now), ["family", "personal", "tasks"]);
		const gone = await client.syncCalendarsDetailed({ oldCalendars: [...now, { url: `${home}other/` }], account });
		assert.deepEqual(names(gone.deleted), ["other"]);
	},
};

await run({ ...discovery, ...collections, ...writing, ...reading, ...sync });
