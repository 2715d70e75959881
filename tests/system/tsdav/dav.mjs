// SPDX-License-Identifier: ISC
// The older library `dav` (1.8, of 2016), which applications still carry: GET for .well-known, no Depth, no conditions on create.
import assert from "node:assert/strict";
import { event, library, names, password, run, sameText, url, username } from "./steps.mjs";

const dav = library("dav");
const xhr = new dav.transport.Basic(new dav.Credentials({ username, password }));
let calendar, book;

function objects() {
	return calendar.objects.map((o) => ({ url: o.url, data: o.calendarData }));
}

const CARD = ["BEGIN:VCARD", "VERSION:3.0", "UID:ben", "FN:Ben", "N:Ben;;;;", "END:VCARD", ""].join("\r\n");

await run({
	async "calendars"() {
		const account = await dav.createAccount({ server: `${url}/`, xhr, loadCollections: true, loadObjects: true });
		assert.deepEqual(names(account.calendars), ["personal", "tasks"]);
		calendar = account.calendars.find((c) => c.url.endsWith("/personal/"));
		assert.deepEqual(calendar.objects, []);
		assert.ok(calendar.reports.includes("calendar-query"));
	},
	async "create"() {
		await dav.createCalendarObject(calendar, { filename: "dentist.ics", data: event("dentist", "Dentist"), xhr });
		calendar = await dav.syncCalendar(calendar, { xhr });
		assert.deepEqual(names(objects()), ["dentist.ics"]);
		sameText(calendar.objects[0].calendarData.trim(), event("dentist", "Dentist"));
	},
	async "update"() {
		const [old] = calendar.objects;
		old.calendarData = event("dentist", "Dentist at nine");
		await dav.updateCalendarObject(old, { xhr });
		await assert.rejects(dav.updateCalendarObject(old, { xhr }), /412/); // it holds the old ETag still
		calendar = await dav.syncCalendar(calendar, { xhr });
		sameText(calendar.objects[0].calendarData.trim(), event("dentist", "Dentist at nine"));
	},
	async "delete"() {
		await dav.deleteCalendarObject(calendar.objects[0], { xhr });
		calendar = await dav.syncCalendar(calendar, { xhr });
		assert.deepEqual(objects(), []);
	},
	async "address books"() {
		const account = await dav.createAccount({
			server: `${url}/`, xhr, accountType: "carddav", loadCollections: true, loadObjects: true,
		});
		book = account.addressBooks.find((b) => b.url.endsWith("/friends/"));
		assert.deepEqual(names(book.objects), ["ben.vcf"]);
		sameText(book.objects[0].addressData.trim(), CARD);
		// It calls a card application/xml (RFC 6352 6.3.2.1, and the table of tolerances).
		const cleo = CARD.replaceAll(/[Bb]en/g, (name) => (name === "Ben" ? "Cleo" : "cleo"));
		await dav.createCard(book, { filename: "cleo.vcf", data: cleo, xhr });
		book = await dav.syncAddressBook(book, { xhr });
		assert.deepEqual(names(book.objects).sort(), ["ben.vcf", "cleo.vcf"]);
		sameText(book.objects.find((o) => o.url.endsWith("/cleo.vcf")).addressData.trim(), cleo);
		const old = book.objects.find((o) => o.url.endsWith("/cleo.vcf"));
		old.addressData = cleo.replace("FN:Cleo", "FN:Cleopatra");
		await dav.updateCard(old, { xhr });
		await assert.rejects(dav.updateCard(old, { xhr }), /412/); // it holds the old ETag still
		book = await dav.syncAddressBook(book, { xhr });
		assert.match(book.objects.find((o) => o.url.endsWith("/cleo.vcf")).addressData, /FN:Cleopatra/);
		await dav.deleteCard(book.objects.find((o) => o.url.endsWith("/ben.vcf")), { xhr });
		book = await dav.syncAddressBook(book, { xhr });
		assert.deepEqual(names(book.objects), ["cleo.vcf"]);
		const whole = await dav.createAccount({ server: `${url}/`, xhr, accountType: "carddav", loadCollections: true, loadObjects: true });
		book = await dav.syncAddressBook(whole.addressBooks.find((b) => b.url.endsWith("/friends/")), { xhr, syncMethod: "basic" });
		assert.deepEqual(names(book.objects), ["cleo.vcf"]);
	},
});
