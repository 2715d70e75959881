// SPDX-License-Identifier: ISC
// What the scripts share: the libraries, where the daemon is, steps in their order, and small makers of calendar data.
import { createRequire } from "node:module";
import assert from "node:assert/strict";

export const { DAYBOOK_URL: url, DAYBOOK_USER: username, DAYBOOK_PASSWORD: password } = process.env;
export const library = createRequire(process.env.NODE_MODULES + "/");
export const home = `${url}/dav/calendars/${username}/`;

/** Runs one after the other; prints the name of each that held, and stops at the first that does not. */
export async function run(steps) {
	for (const [name, step] of Object.entries(steps)) {
		try {
			await step();
		} catch (error) {
			console.error(`${name}: ${error.stack}`);
			process.exit(1);
		}
		console.log(name);
	}
}

export function calendar(...lines) {
	return ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//system//EN", ...lines, "END:VCALENDAR", ""].join("\r\n");
}

export function component(name, uid, summary, ...lines) {
	return [`BEGIN:${name}`, `UID:${uid}`, "DTSTAMP:20260101T000000Z", `SUMMARY:${summary}`, ...lines, `END:${name}`];
}

export function event(uid, summary, start = "20260301T100000Z", end = "20260301T110000Z", ...lines) {
	return calendar(...component("VEVENT", uid, summary, `DTSTART:${start}`, `DTEND:${end}`, ...lines));
}

/** The last segments of the URLs, sorted. */
export function names(objects) {
	return objects.map((o) => (o.url ?? o.href).replace(/\/$/, "").split("/").at(-1)).sort();
}

export function count(text, word) {
	return text.split(word).length - 1;
}

/** What was put, but for the CRs, which calendar-data in XML leaves out (RFC 4791 9.6), and the end, which the library trims. */
export function sameText(found, put) {
	assert.equal(found, put.replaceAll("\r", "").trim());
}

/** A d:propertyupdate of `set`, through the library's own maker of XML. */
export function proppatch(client, where, set) {
	const names = { "xmlns:d": "DAV:", "xmlns:c": "urn:ietf:params:xml:ns:caldav", "xmlns:ca": "http://apple.com/ns/ical/" };
	return client.davRequest({
		url: where,
		init: {
			method: "PROPPATCH", namespace: "d", headers: {},
			body: { propertyupdate: { _attributes: names, set: { prop: set } } },
		},
	});
}
