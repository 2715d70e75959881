// SPDX-License-Identifier: ISC
// tsdav against address books: what its CardDAV interface has in common with calendars, and addressbook-query.
import assert from "node:assert/strict";
import { library, names, password, run, sameText, url, username } from "./steps.mjs";

const { createDAVClient } = library("tsdav");
const client = await createDAVClient({
	serverUrl: url, credentials: { username, password }, authMethod: "Basic", defaultAccountType: "carddav",
});
const home = `${url}/dav/addressbooks/${username}/`;
let account, book, synced;

function card(uid, name, ...lines) {
	return ["BEGIN:VCARD", "VERSION:3.0", `UID:${uid}`, `FN:${name}`, `N:${name};;;;`, ...lines, "END:VCARD", ""].join("\r\n");
}

function put(filename, vCardString) {
	return client.createVCard({ addressBook: book, filename, vCardString });
}

function cards(more = {}) {
	return client.fetchVCards({ addressBook: book, ...more });
}

async function one(name) {
	return (await cards({ objectUrls: [book.url + name] }))[0];
}

const discovery = {
	async "account"() {
		account = await client.createAccount({
			account: { serverUrl: url, accountType: "carddav" }, loadCollections: true, loadObjects: true,
		});
		assert.equal(account.homeUrl, home);
		assert.ok(account.addressBooks.every((b) => b.objects.length === 0));
	},
	async "make a book"() {
		const [answer] = await client.makeCollection({
			url: `${home}friends`, // no slash at the end, as vdirsyncer and Nextcloud do
			props: { "d:resourcetype": { "d:collection": {}, "card:addressbook": {} }, "d:displayname": "Friends" },
		});
		assert.equal(answer.status, 201);
	},
	async "list them"() {
		book = (await client.fetchAddressBooks({ account })).find((b) => b.url === `${home}friends/`);
		assert.equal(book.displayName, "Friends");
		assert.deepEqual(names(await client.fetchAddressBooks({ account })), ["contacts", "friends"]);
		assert.deepEqual(book.resourcetype.sort(), ["addressbook", "collection"]);
		assert.ok(book.ctag && book.syncToken.includes(":"));
		for (const report of ["addressbookQuery", "addressbookMultiget", "syncCollection"])
			assert.ok(book.reports.includes(report), report);
	},
};

const writing = {
	async "create"() {
		const answer = await put("ben.vcf", card("ben", "Ben"));
		assert.equal(answer.status, 201);
		const [listed] = await cards();
		assert.equal(listed.url, `${book.url}ben.vcf`);
		assert.equal(listed.etag, answer.headers.get("etag"));
		sameText(listed.data, card("ben", "Ben"));
		assert.equal((await put("ben.vcf", card("ben", "Benjamin"))).status, 412);
		assert.equal((await put("again.vcf", card("ben", "Benjamin"))).status, 409);
		assert.equal((await put("broken.vcf", "BEGIN:VCARD\r\nVERSION:3.0\r\n")).status, 403);
		assert.deepEqual(names(await cards()), ["ben.vcf"]);
	},
	async "update and delete"() {
		const old = await one("ben.vcf");
		const text = card("ben", "Benjamin", "TEL;TYPE=CELL:+49 30 1");
		assert.equal((await client.updateVCard({ vCard: { ...old, data: text } })).status, 204);
		assert.equal((await client.updateVCard({ vCard: { ...old, data: card("ben", "Stale") } })).status, 412);
		assert.equal((await client.deleteVCard({ vCard: old })).status, 412);
		const now = await one("ben.vcf");
		sameText(now.data, text);
		assert.equal((await client.deleteVCard({ vCard: now })).status, 204);
		assert.deepEqual(await cards(), []);
	},
};

const reading = {
	async "fill"() {
		for (const name of ["ann", "bob", "cleo"])
			assert.equal((await put(`${name}.vcf`, card(name, name.toUpperCase(), `EMAIL:${name}@example.org`))).status, 201);
	},
	async "query"() {
		assert.deepEqual(names(await cards({ useMultiGet: false })), ["ann.vcf", "bob.vcf", "cleo.vcf"]);
		const rows = (filters) => client.addressBookQuery({ url: book.url, props: { "d:getetag": {} }, filters, depth: "1" });
		const match = (name, value, attributes = {}) => ({ "prop-filter": { _attributes: { name },
			"text-match": { _attributes: { collation: "i;unicode-casemap", "match-type": "contains", ...attributes }, _text: value } } });
		assert.deepEqual(names(await rows(match("FN", "cle"))), ["cleo.vcf"]);
		assert.deepEqual(names(await rows(match("EMAIL", "B", { "match-type": "starts-with" }))), ["bob.vcf"]);
		assert.deepEqual(names(await rows(match("EMAIL", "bob", { "negate-condition": "yes" }))), ["ann.vcf", "cleo.vcf"]);
		assert.deepEqual(await rows(match("FN", "nobody")), []);
	},
	async "filters"() {
		const rows = (filters) => client.addressBookQuery({ url: book.url, props: { "d:getetag": {} }, filters, depth: "1" });
		const text = (value, type = "equals") => ({ "text-match": { _attributes: { "match-type": type }, _text: value } });
		const prop = (name, ...inside) => ({ _attributes: { name, ...inside.shift() }, ...Object.assign({}, ...inside) });
		assert.deepEqual(names(await rows({ "prop-filter": prop("EMAIL", {}, { "is-not-defined": {} }) })), []);
		assert.deepEqual(names(await rows({ "prop-filter": prop("TEL", {}, { "is-not-defined": {} }) })), ["ann.vcf", "bob.vcf", "cleo.vcf"]);
		assert.deepEqual(names(await rows({ "prop-filter": [prop("FN", {}, text("ann")), prop("FN", {}, text("BOB"))] })), ["ann.vcf", "bob.vcf"]);
		assert.deepEqual(names(await rows({ "prop-filter": prop("EMAIL", {}, text("@example.org", "ends-with")) })), ["ann.vcf", "bob.vcf", "cleo.vcf"]);
	},
	async "versions"() {
		const newer = ["BEGIN:VCARD", "VERSION:4.0", "UID:dora", "FN:DORA", "N:DORA;;;;", "GENDER:F", "HOBBY;LEVEL=high:Chess", "END:VCARD", ""].join("\r\n");
		assert.equal((await put("dora.vcf", newer)).status, 201);
		const ask = async (data) => (await client.addressBookMultiGet({
			url: book.url, props: { "d:getetag": {}, "card:address-data": data }, objectUrls: [new URL(`${book.url}dora.vcf`).pathname], depth: "1",
		}))[0].props;
		const as = (type, version) => ask({ _attributes: { "content-type": type, version } });
		const [plain, three, four, json] = [await ask({}), await as("text/vcard", "3.0"), await as("text/vcard", "4.0"), await as("application/vcard+json", "4.0")];
		sameText(four.addressData, newer);
		assert.equal(plain.addressData, three.addressData);
		assert.match(three.addressData, /VERSION:3.0\n/);
		assert.equal(JSON.parse(json.addressData)[0], "vcard");
		assert.equal(plain.getetag, (await one("dora.vcf")).etag);
		// What tsdav lists is of 3.0; changed and sent back, with the ETag it has, what 3.0 can not say is there still.
		const listed = await one("dora.vcf");
		const answer = await client.updateVCard({ vCard: { ...listed, data: listed.data.replace("FN:DORA", "FN:DORA 2") } });
		assert.equal(answer.status, 204);
		assert.equal(answer.headers.get("etag"), null);
		const now = (await as("text/vcard", "4.0")).addressData;
		for (const line of ["FN:DORA 2", "GENDER:F", "HOBBY;LEVEL=high:Chess"]) assert.ok(now.includes(`${line}\n`), line);
		assert.equal((await client.updateVCard({ vCard: { ...listed, data: listed.data } })).status, 412);
		await assert.rejects(as("text/vcard", "9.0"), /supported-address-data/); // RFC 6352 8.7
		assert.equal((await client.deleteVCard({ vCard: await one("dora.vcf") })).status, 204);
	},
	async "parts"() {
		const [row] = await client.addressBookMultiGet({
			url: book.url, depth: "1", objectUrls: [new URL(`${book.url}ann.vcf`).pathname],
			props: { "card:address-data": { "card:prop": [{ _attributes: { name: "FN" } }, { _attributes: { name: "VERSION" } }] } },
		});
		assert.match(row.props.addressData, /FN:ANN/);
		assert.doesNotMatch(row.props.addressData, /EMAIL/);
	},
	async "multiget"() {
		const objectUrls = ["ann.vcf", "cleo.vcf"].map((n) => new URL(book.url + n).pathname);
		const rows = await client.addressBookMultiGet({
			url: book.url, props: { "d:getetag": {}, "card:address-data": {} }, objectUrls, depth: "1",
		});
		assert.deepEqual(names(rows), ["ann.vcf", "cleo.vcf"]);
		sameText(rows.find((r) => r.href.endsWith("ann.vcf")).props.addressData, card("ann", "ANN", "EMAIL:ann@example.org"));
	},
};

const sync = {
	async "by token"() {
		book = (await client.fetchAddressBooks({ account })).find((b) => b.url === book.url);
		synced = { ...book, objectMultiGet: client.addressBookMultiGet, objects: await cards() };
		assert.equal((await client.deleteVCard({ vCard: await one("ann.vcf") })).status, 204);
		assert.equal((await put("dan.vcf", card("dan", "Dan"))).status, 201);
		const bob = await one("bob.vcf");
		assert.equal((await client.updateVCard({ vCard: { ...bob, data: card("bob", "Robert") } })).status, 204);
		const changes = await client.smartCollectionSyncDetailed({ collection: synced, account, method: "webdav" });
		assert.deepEqual(names(changes.objects.created), ["dan.vcf"]);
		assert.deepEqual(names(changes.objects.updated), ["bob.vcf"]);
		assert.deepEqual(names(changes.objects.deleted), ["ann.vcf"]);
	},
	async "the report itself"() {
		const rows = (token, props = { "d:getetag": {}, "card:address-data": {} }) => client.syncCollection({ url: book.url, props, syncLevel: 1, syncToken: token });
		const changed = await rows(synced.syncToken);
		assert.deepEqual(names(changed), ["ann.vcf", "bob.vcf", "dan.vcf"]);
		assert.equal(changed.find((r) => r.href.endsWith("ann.vcf")).status, 404);
		assert.match(changed.find((r) => r.href.endsWith("dan.vcf")).props.addressData, /FN:Dan/);
		assert.deepEqual(names(await rows("")), ["bob.vcf", "cleo.vcf", "dan.vcf"]);
		const [refused] = await rows("data:,nonsense", { "d:getetag": {} });
		assert.equal(refused.status, 400); // for Thunderbird's contacts: the table of tolerances
		assert.match(`${refused.raw}`, /valid-sync-token/);
	},
	async "by ctag"() {
		synced.fetchObjects = ({ collection }) => client.fetchVCards({ addressBook: collection });
		const now = await client.smartCollectionSync({ collection: synced, account, method: "basic" });
		assert.deepEqual(names(now.objects), ["bob.vcf", "cleo.vcf", "dan.vcf"]);
		assert.equal((await client.isCollectionDirty({ collection: now })).isDirty, false);
	},
	async "delete the book"() {
		assert.equal((await client.deleteObject({ url: book.url })).status, 204);
		assert.equal((await client.fetchAddressBooks({ account })).length, account.addressBooks.length);
	},
};

await run({ ...discovery, ...writing, ...reading, ...sync });
