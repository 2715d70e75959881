/* SPDX-License-Identifier: ISC */
/* Cards in another version: what becomes of each property (RFC 6350 A, 2426), and that nothing is lost on the way back. */
#include "tests/unit/card_help.h"

#include <dirent.h>
#include <stdlib.h>

/* A card given with "|" for line ends, as shown above; "none" when it is not converted. */
static char *convert(struct arena *arena, enum card_format format, const char *card, bool kept)
{
	char *bytes = lines(arena, card), *made = "none";
	struct buf out;

	buf_init(&out, MAX_OUT);
	if (card_convert(&out, format, bytes, strlen(bytes)))
		made = shown(arena, out.data, out.len, kept);
	else
		assert_int_equal(out.len, 0);
	buf_free(&out);
	return made;
}

/* The lines of one version and what they are in the other, by which ways. */
enum way { BOTH, TO_4, TO_3 };

/* Each line ends with "|". */
static const struct {
	const char *name, *three, *four;
	enum way way;
} pair_rows[] = {
	{"text", "TITLE:Boss\\, of all|", "TITLE:Boss\\, of all|", BOTH},
	{"an extension", "X-FOO;X-BAR=\"a;b\":c;d,e|", "X-FOO;X-BAR=\"a;b\":c;d,e|", BOTH},
	{"a comma that 4.0 escapes", "TITLE:Boss\\, all|", "TITLE:Boss\\, all|", BOTH},
	{"lists", "CATEGORIES:a,b\\,c|NICKNAME:x,y|", "CATEGORIES:a,b\\,c|NICKNAME:x,y|", BOTH},
	{"components", "ORG:A\\, Inc.;B|", "ORG:A\\, Inc.;B|", BOTH},
	{"a group", "item1.TEL:1|item1.X-ABLabel:Boat|", "item1.TEL:1|item1.X-ABLabel:Boat|", BOTH},
	/* 6350 A.3: TYPE=pref */
	{"preferred", "TEL;TYPE=CELL,PREF:1|TEL;TYPE=HOME:2|",
		"TEL;TYPE=cell;PREF=1:1|TEL;TYPE=home:2|", BOTH},
	{"preferred most", "TEL:1|TEL;TYPE=PREF:2|", "TEL;PREF=7:1|TEL;PREF=3:2|", TO_3},
	{"mail", "EMAIL;TYPE=INTERNET,HOME,PREF:a@b|", "EMAIL;TYPE=home;PREF=1:a@b|", BOTH},
	{"mail of X.400", "EMAIL;TYPE=X400:a|", "EMAIL;TYPE=x400:a|", BOTH},
	{"kinds of telephones", "TEL;TYPE=MSG,PCS,CAR:1|", "TEL;TYPE=msg,pcs,car:1|", BOTH},
	{"a bare word", "TEL;HOME;VOICE:1|", "TEL;TYPE=home,voice:1|", TO_4},
	{"a telephone as URI", "TEL;TYPE=HOME:+49-1\\;ext=5|",
		"TEL;VALUE=uri;TYPE=home:tel:+49-1;ext=5|", TO_3},
	/* 6350 6.2.4: data as URI */
	{"a photo", "PHOTO;ENCODING=b;TYPE=JPEG:/9j/|", "PHOTO:data:image/jpeg;base64,/9j/|", BOTH},
	{"a photo of 2.1", "PHOTO;ENCODING=BASE64;TYPE=JPG:/9j/|",
		"PHOTO:data:image/jpeg;base64,/9j/|", TO_4},
	{"a photo with blanks", "PHOTO;ENCODING=b;TYPE=PNG:iVBO Rw0K|",
		"PHOTO:data:image/png;base64,iVBORw0K|", TO_4},
	{"a photo without TYPE", "PHOTO;ENCODING=b:iVBORw0KGgoA|",
		"PHOTO:data:image/png;base64,iVBORw0KGgoA|", TO_4},
	{"an unknown photo", "PHOTO;ENCODING=b;TYPE=FOO:AAAA|", "PHOTO:data:image/foo;base64,AAAA|",
		BOTH},
	{"a photo elsewhere", "PHOTO;VALUE=uri;TYPE=GIF:http://a/b|",
		"PHOTO;MEDIATYPE=image/gif:http://a/b|", BOTH},
	{"a photo in 4.0 with base64", "PHOTO;ENCODING=b;TYPE=JPEG:/9j/|",
		"PHOTO;ENCODING=b;TYPE=image/jpeg:/9j/|", TO_3},
	{"a sound", "SOUND;ENCODING=b;TYPE=OGG:T2dn|", "SOUND:data:audio/ogg;base64,T2dn|", BOTH},
	{"a key", "KEY;ENCODING=b;TYPE=PGP:AAAA|", "KEY:data:application/pgp-keys;base64,AAAA|",
		BOTH},
	{"a certificate", "KEY;ENCODING=b;TYPE=X509:AAAA|",
		"KEY:data:application/pkix-cert;base64,AAAA|", BOTH},
	{"a key as text", "KEY;VALUE=text:a\\nb|", "KEY;VALUE=text:a\\nb|", BOTH},
	/* 6350 4.3: dates */
	{"a birthday", "BDAY:1980-02-29|", "BDAY:19800229|", BOTH},
	{"a birthday as Apple writes it", "BDAY;VALUE=date:1980-02-29|", "BDAY:19800229|", TO_4},
	{"a day without year", "BDAY;X-APPLE-OMIT-YEAR=1604:1604-02-29|", "BDAY:--0229|", BOTH},
	{"a day without year in 3.0", "BDAY:--02-29|", "BDAY:--0229|", TO_4},
	{"a birthday with time", "BDAY:1953-10-15T23:10:00Z|", "BDAY:19531015T231000Z|", BOTH},
	{"a birthday with offset", "BDAY:1953-10-15T23:10:00-05:00|", "BDAY:19531015T231000-0500|",
		BOTH},
	{"a time cut short", "BDAY:1953-10-15|", "BDAY:19531015T2310Z|", TO_3},
	{"a time without year", "BDAY;X-APPLE-OMIT-YEAR=1604:1604-10-15|", "BDAY:--1015T23|", TO_3},
	{"a year alone in 3.0", "BDAY:1980|", "BDAY:1980|", TO_4},
	{"a month alone in 3.0", "BDAY:1980-02|", "BDAY:1980-02|", TO_4},
	{"half a time in 3.0", "BDAY:T-2230|", "BDAY:T-2230|", TO_4},
	{"a year alone", "", "BDAY:1980|", TO_3},
	{"a month alone", "", "BDAY:--02|", TO_3},
	{"a day alone", "", "BDAY:---29|", TO_3},
	{"a birthday in words", "", "BDAY;VALUE=text:circa 1800|", TO_3},
	{"a birthday in words in 3.0", "BDAY:circa 1800\\, maybe|",
		"BDAY;VALUE=text:circa 1800\\, maybe|", TO_4},
	{"no such day", "BDAY:1980-13-40|", "BDAY;VALUE=text:1980-13-40|", TO_4},
	{"another calendar", "", "BDAY;CALSCALE=x-hebrew:57400101|", TO_3},
	{"an anniversary", "item101.X-ABDATE:2009-06-20|item101.X-ABLabel:_$!<Anniversary>!$_|",
		"ANNIVERSARY:20090620|", BOTH},
	{"an anniversary of Apple's",
		"item2.X-ABDATE:2009-06-20|item2.X-ABLabel:_$!<Anniversary>!$_|",
		"item2.ANNIVERSARY:20090620|", BOTH},
	{"an anniversary of Outlook's", "X-ANNIVERSARY:2009-06-20|", "ANNIVERSARY:20090620|", TO_4},
	{"an anniversary of Evolution's", "X-EVOLUTION-ANNIVERSARY:2009-06-20|",
		"ANNIVERSARY:20090620|", TO_4},
	{"an anniversary of KDE's", "X-KADDRESSBOOK-X-Anniversary:2009-06-20|",
		"ANNIVERSARY:20090620|", TO_4},
	{"another date of Apple's", "item2.X-ABDATE:2009-06-20|item2.X-ABLabel:Move|",
		"item2.X-ABDATE:2009-06-20|item2.X-ABLabel:Move|", BOTH},
	{"when it was changed", "REV:2020-01-02T03:04:05Z|", "REV:20200102T030405Z|", BOTH},
	/* groups of people */
	{"a group of people",
		"X-ADDRESSBOOKSERVER-KIND:group|X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:1|",
		"KIND:group|MEMBER:urn:uuid:1|", BOTH},
	/* 6350 6.6.5: MEMBER may only stand in a group */
	{"members of nothing", "X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:1|",
		"X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:1|", BOTH},
	{"members of a company",
		"X-ADDRESSBOOKSERVER-KIND:org|X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:1|",
		"KIND:org|X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:1|", TO_4},
	{"members of nothing, in words of 4.0", "MEMBER:urn:uuid:1|", "", TO_4},
	{"a group in words of 4.0", "KIND:group|MEMBER:urn:uuid:1|",
		"KIND:group|MEMBER:urn:uuid:1|", TO_4},
	{"data with percent signs", "PHOTO;VALUE=uri:data:image/png;base64,iVB%3D|",
		"PHOTO:data:image/png;base64,iVB%3D|", TO_3},
	/* an extension of 3.0 may hold anything */
	{"a kind that is none", "KIND:a b|", "", TO_4},
	{"Apple's kind that is none", "X-ADDRESSBOOKSERVER-KIND:a b|", "", TO_4},
	{"a gender that is none", "GENDER:woman|", "", TO_4},
	{"a preference that is none", "GENDER;PREF=0:F|GENDER:M|TEL;PREF=0:1|", "GENDER:M|TEL:1|",
		TO_4},
	{"a PID that is none", "TEL;PID=1.1,x:1|TEL;PID=1.1:2|", "TEL:1|TEL;PID=1.1:2|", TO_4},
	{"a company", "X-ABShowAs:COMPANY|", "KIND:org|", BOTH},
	{"a place", "", "KIND:location|", TO_3},
	/* 6350 6.3.1, 6868 */
	{"a label", "ADR;TYPE=HOME:;;S;T;;1;|LABEL;TYPE=HOME:S\\nT\\, x|",
		"ADR;TYPE=home;LABEL=\"S^nT, x\":;;S;T;;1;|", BOTH},
	{"labels by place",
		"ADR;TYPE=HOME:;;S;;;;|LABEL;TYPE=HOME:s|ADR;TYPE=WORK:;;T;;;;|LABEL;TYPE=WORK:t|",
		"ADR;TYPE=home;LABEL=s:;;S;;;;|ADR;TYPE=work;LABEL=t:;;T;;;;|", BOTH},
	{"a label of no address", "LABEL;TYPE=HOME:S|", "", TO_4},
	{"old words of addresses", "ADR;TYPE=INTL,POSTAL,PARCEL,WORK:;;S;;;;|",
		"ADR;TYPE=work:;;S;;;;|", TO_4},
	{"an address with place and zone", "ADR:;;S;;;;|",
		"ADR;GEO=\"geo:1,2\";TZ=Europe/Berlin:;;S;;;;|", TO_3},
	{"more components", "ADR:;;S;;;;|", "ADR:;;S;;;;;;;;S;;;;;;;|", TO_3},
	{"position", "GEO:52.5;-13.4|", "GEO:geo:52.5,-13.4|", BOTH},
	{"position with a backslash", "GEO:52.5\\;-13.4|", "GEO:geo:52.5,-13.4|", TO_4},
	{"position with height", "GEO:52.5;-13.4|", "GEO:geo:52.5,-13.4,40;u=10|", TO_3},
	{"no position", "GEO:here|", "", TO_4},
	{"offset", "TZ:-05:00|", "TZ;VALUE=utc-offset:-0500|", BOTH},
	{"no offset", "TZ:+25:00|", "TZ:+25:00|", TO_4},
	{"zone", "TZ;VALUE=text:Europe/Berlin|", "TZ:Europe/Berlin|", BOTH},
	/* people around */
	{"a spouse", "item101.X-ABRELATEDNAMES:C|item101.X-ABLabel:_$!<Spouse>!$_|",
		"RELATED;VALUE=text;TYPE=spouse:C|", BOTH},
	{"a mother", "item3.X-ABRELATEDNAMES:C|item3.X-ABLabel:_$!<Mother>!$_|",
		"item3.RELATED;VALUE=text;TYPE=x-mother:C|", BOTH},
	{"a cousin", "item3.X-ABRELATEDNAMES:C|item3.X-ABLabel:Cousin|",
		"item3.RELATED;VALUE=text:C|item3.X-ABLabel:Cousin|", BOTH},
	{"a spouse of others", "X-SPOUSE:C|", "RELATED;VALUE=text;TYPE=spouse:C|", TO_4},
	{"an assistant", "X-EVOLUTION-ASSISTANT:C|", "RELATED;VALUE=text;TYPE=agent:C|", TO_4},
	{"a spouse twice", "RELATED;TYPE=spouse;VALUE=text:C|X-SPOUSE:C|",
		"RELATED;TYPE=spouse;VALUE=text:C|X-SPOUSE:C|", TO_4},
	{"an agent", "AGENT;VALUE=uri:urn:uuid:1|", "RELATED;TYPE=agent:urn:uuid:1|", BOTH},
	{"a card in a card", "AGENT:BEGIN:VCARD\\nFN:C\\nEND:VCARD\\n|", "", TO_4},
	{"a friend's card", "", "RELATED;TYPE=friend:urn:uuid:1|", TO_3},
	/* messengers */
	{"IMPP", "IMPP;TYPE=HOME,PREF;X-SERVICE-TYPE=Jabber:xmpp:a@b|",
		"IMPP;TYPE=home;PREF=1;SERVICE-TYPE=Jabber:xmpp:a@b|", BOTH},
	{"Jabber", "X-JABBER;TYPE=HOME:a b@c|", "IMPP;TYPE=home:xmpp:a%20b@c|", TO_4},
	{"both", "X-JABBER:a@c|IMPP:xmpp:a@c|", "X-JABBER:a@c|IMPP:xmpp:a@c|", BOTH},
	{"a profile", "X-SOCIALPROFILE;X-USER=a;TYPE=twitter:http://t/a|",
		"SOCIALPROFILE;USERNAME=a;SERVICE-TYPE=twitter:http://t/a|", BOTH},
	/* the rest */
	{"gender", "X-GENDER:M;Fellow|", "GENDER:M;Fellow|", BOTH},
	{"class", "CLASS:PRIVATE|", "CLASS:PRIVATE|", BOTH},
	{"classes", "CLASS:PRIVATE|", "CLASS:PUBLIC|CLASS:PRIVATE|", TO_3},
	{"an address that Apple escapes", "URL:http\\://a/\\,b|", "URL:http://a/,b|", TO_4},
	{"calendars", "FBURL;TYPE=PREF:http://a|CALURI:http://b|CALADRURI:mailto:c|",
		"FBURL;PREF=1:http://a|CALURI:http://b|CALADRURI:mailto:c|", BOTH},
	{"gone since 3.0", "MAILER:x|NAME:y|PROFILE:VCARD|", "", TO_4},
	{"quoted-printable", "NOTE;ENCODING=QUOTED-PRINTABLE:a=0D=0Ab=2C=5C=C3=BC|",
		"NOTE:a\\nb\\,\\\\ü|", TO_4},
	{"quoted-printable that is no text",
		"NOTE;ENCODING=QUOTED-PRINTABLE:=FF|TITLE;ENCODING=QUOTED-PRINTABLE:=01|", "",
		TO_4},
	{"quoted-printable that nobody knows",
		"X-A;ENCODING=QUOTED-PRINTABLE:=C3=96=7A=6C=65=6D=20=53=C3=BC=3D=C3=9F=20=20=20|",
		"X-A;ENCODING=QUOTED-PRINTABLE:=C3=96=7A=6C=65=6D=20=53=C3=BC=3D=C3=9F=20=20=20|",
		BOTH},
	{"languages", "", "LANG;TYPE=work;PREF=1:fr|", TO_3},
	{"markup", "", "XML:<a xmlns=\"b\">c\\n</a>|", TO_3},
	{"identities", "EMAIL;TYPE=INTERNET:a@b|",
		"EMAIL;PID=1.1,2.1:a@b|CLIENTPIDMAP:1;urn:uuid:1|", TO_3},
	{"two languages", "TITLE;LANGUAGE=fr:Patron|TITLE;LANGUAGE=en:Boss|",
		"TITLE;ALTID=1;LANGUAGE=fr:Patron|TITLE;ALTID=1;LANGUAGE=en:Boss|", TO_3},
	{"6474", "X-DEATHDATE:2020-01-02|",
		"BIRTHPLACE:Kiel|DEATHDATE:20200102|DEATHPLACE;VALUE=uri:geo:1,2|", TO_3},
	{"6715", "",
		"EXPERTISE;LEVEL=expert;INDEX=1:Chemie|HOBBY:Lesen|INTEREST:Oper|ORG-DIRECTORY:http://a|",
		TO_3},
	{"8605", "", "CONTACT-URI;PREF=1:mailto:a@b|", TO_3},
	{"9554", "TITLE:Boss|",
		"TITLE;AUTHOR-NAME=\"a;b\";CREATED=20200102T030405Z:Boss|CREATED:20200102T030405Z|LANGUAGE:de|GRAMGENDER:NEUTER|PRONOUNS:they|",
		TO_3},
	{"9555", "", "JSPROP;JSPTR=\"a/b\":{\"c\": \"d\\, e\"}|", TO_3},
};

/* With what was kept: as it was, or (where a client writes in ways of its own) as something that is converted alike. */
static void comes_back(const char *name, struct arena *arena, enum card_format format,
	const char *card, bool exactly)
{
	enum card_format own = format == CARD_VCARD_4 ? CARD_VCARD_3 : CARD_VCARD_4;
	char *there = convert(arena, format, card, true);
	char *back = convert(arena, own, there, true);
	char *again = convert(arena, format, back, true);

	if ((exactly && strcmp(back, card) != 0) || strcmp(there, again) != 0)
		fail_msg("%s:\n%s\ncame back by\n%s\nas\n%s\nand then\n%s", name, card, there, back,
			again);
}

static void pairs(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(pair_rows); i++) {
		struct arena *arena = arena_new();
		char *three = arena_printf(arena, HEAD3 "%sEND:VCARD|", pair_rows[i].three);
		char *four = arena_printf(arena, HEAD4 "%sEND:VCARD|", pair_rows[i].four);
		char *to4 = convert(arena, CARD_VCARD_4, three, false);
		char *to3 = convert(arena, CARD_VCARD_3, four, false);

		if (pair_rows[i].way != TO_3 && strcmp(to4, four) != 0)
			fail_msg("%s:\n%s\nis\n%s", pair_rows[i].name, three, to4);
		if (pair_rows[i].way != TO_4 && strcmp(to3, three) != 0)
			fail_msg("%s:\n%s\nis\n%s", pair_rows[i].name, four, to3);
		comes_back(pair_rows[i].name, arena, CARD_VCARD_4, three, pair_rows[i].way == BOTH);
		comes_back(pair_rows[i].name, arena, CARD_VCARD_3, four, pair_rows[i].way != TO_4);
		arena_free(arena);
	}
}

/* What is in that version already, or no card at all, is not converted. */
static void refused(void **state)
{
	static const struct {
		const char *name, *card;
		enum card_format format;
	} rows[] = {
		{"3.0 as 3.0", HEAD3 "END:VCARD|", CARD_VCARD_3},
		{"4.0 as 4.0", HEAD4 "END:VCARD|", CARD_VCARD_4},
		{"as stored", HEAD4 "END:VCARD|", CARD_AS_STORED},
		{"2.1", "BEGIN:VCARD|VERSION:2.1|FN:A|END:VCARD|", CARD_VCARD_4},
		{"no version", "BEGIN:VCARD|FN:A|END:VCARD|", CARD_VCARD_4},
		{"two cards", HEAD3 "END:VCARD|" HEAD3 "END:VCARD|", CARD_VCARD_4},
		{"a card in a card", HEAD3 "BEGIN:VCARD|END:VCARD|END:VCARD|", CARD_VCARD_4},
		{"a calendar", "BEGIN:VCALENDAR|VERSION:2.0|END:VCALENDAR|", CARD_VCARD_4},
		{"no end", "BEGIN:VCARD|VERSION:3.0|FN:A|", CARD_VCARD_4},
		{"a group without a name", HEAD3 "item1.:x|END:VCARD|", CARD_VCARD_4},
		{"no UTF-8", HEAD3 "NOTE:\xff|END:VCARD|", CARD_JCARD},
		{"a control", HEAD3 "NOTE:\x01|END:VCARD|", CARD_VCARD_4},
		{"nothing", "", CARD_VCARD_4},
	};
	struct buf tight;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena *arena = arena_new();
		char *made = convert(arena, rows[i].format, rows[i].card, true);

		if (strcmp(made, "none") != 0)
			fail_msg("%s: %s", rows[i].name, made);
		arena_free(arena);
	}
	struct arena *arena = arena_new();
	char *bytes = lines(arena, HEAD3 "NOTE:and more|END:VCARD|");
	buf_init(&tight, 40);
	buf_adds(&tight, "before");
	assert_false(card_convert(&tight, CARD_VCARD_4, bytes, strlen(bytes)));
	assert_int_equal(tight.len, 6);
	buf_free(&tight);
	arena_free(arena);
}

/* Where 4.0 has no N, 3.0 must (2426 3.1.2); several FN are one there (3.1.1). */
static void names(void **state)
{
	static const struct {
		const char *name, *four, *three;
	} rows[] = {
		{"first and last", "FN:Anna Maria Muster|",
			"FN:Anna Maria Muster|N:Muster;Anna Maria;;;|"},
		{"one word", "FN:Anna|", "FN:Anna|N:Anna;;;;|"},
		{"separators", "FN:a\\,b c;d|", "FN:a\\,b c\\;d|N:c\\;d;a\\,b;;;|"},
		{"no person", "KIND:group|FN:Our Club|",
			"X-ADDRESSBOOKSERVER-KIND:group|FN:Our Club|N:Our Club;;;;|"},
		{"several", "FN:A|FN;PREF=1:B|N:B;;;;|", "FN:B|N:B;;;;|"},
		{"several as one", "FN:A|N;ALTID=1:A;;;;|N;ALTID=1;LANGUAGE=x:B;;;;|",
			"FN:A|N:A;;;;|"},
		{"more components", "FN:A|N:A;B;C;D;E;F;G|", "FN:A|N:A;B;C;D;E|"},
		{"sorted", "FN:A|N;SORT-AS=\"x,y\":A;B;;;|", "FN:A|N:A;B;;;|SORT-STRING:x\\,y|"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena *arena = arena_new();
		char *four = arena_printf(
			arena, "BEGIN:VCARD|VERSION:4.0|UID:u|%sEND:VCARD|", rows[i].four);
		char *three = arena_printf(
			arena, "BEGIN:VCARD|VERSION:3.0|UID:u|%sEND:VCARD|", rows[i].three);
		char *to3 = convert(arena, CARD_VCARD_3, four, false);

		if (strcmp(to3, three) != 0)
			fail_msg("%s:\n%s\nis\n%s", rows[i].name, four, to3);
		comes_back(rows[i].name, arena, CARD_VCARD_3, four,
			strcmp(rows[i].name, "separators") != 0);
		arena_free(arena);
	}
}

/* What a client did to the 3.0 that it was shown counts; what it left alone comes back as it was. */
static void edited(void **state)
{
	static const struct {
		const char *name, *four, *from, *to, *want;
	} rows[] = {
		{"untouched", "TEL;PID=1.1;TYPE=home:1|", "", "", "TEL;PID=1.1;TYPE=home:1|"},
		{"another number", "TEL;PID=1.1;TYPE=home:1|", "TYPE=HOME:1|", "TYPE=HOME:2|",
			"TEL;TYPE=home:2|"},
		{"written otherwise", "TEL;PID=1.1;TYPE=home:1|", "TEL;TYPE=HOME:1|",
			"item1.tel;type=VOICE;type=home:1|", "TEL;PID=1.1;TYPE=home:1|"},
		{"deleted", "TEL;PID=1.1;TYPE=home:1|", "TEL;TYPE=HOME:1|", "", ""},
		{"what is not shown stays", "LANG:de|", "FN:A B|", "FN:A C|", "LANG:de|"},
		{"a label alone", "ADR;PID=1.1;LABEL=x:;;S;;;;|", "LABEL:x|", "LABEL:y|",
			"ADR;LABEL=y:;;S;;;;|"},
		{"said anew", "BDAY:1980|", "END:VCARD|", "BDAY:1980-02-03|END:VCARD|",
			"BDAY:19800203|"},
		{"no line", "LANG:de|", "LANG:de", "LANG", ""},
		{"another end", "LANG:de|", "LANG:de", "END:VCARD", ""},
		{"another UID", "LANG:de|", "LANG:de", "UID:v", ""},
		{"two lines", "LANG:de|", "LANG:de", "LANG:de%0D%0AUID:v", ""},
		{"a control", "LANG:de|", "LANG:de", "LANG:%01", ""},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena *arena = arena_new();
		char *four = arena_printf(arena, HEAD4 "%sEND:VCARD|", rows[i].four);
		char *three = convert(arena, CARD_VCARD_3, four, true);
		char *at = strstr(three, rows[i].from);

		if (!at)
			fail_msg("%s: no %s in %s", rows[i].name, rows[i].from, three);
		char *sent = arena_printf(arena, "%.*s%s%s", (int)(at - three), three, rows[i].to,
			at + strlen(rows[i].from));
		char *back = convert(arena, CARD_VCARD_4, sent, false);
		char *got = strstr(back, "N:B;A;;;|");

		if (!got || strcmp(got + 9, arena_printf(arena, "%sEND:VCARD|", rows[i].want)) != 0)
			fail_msg("%s:\n%s\nis\n%s", rows[i].name, sent, back);
		arena_free(arena);
	}
}

#define QP "ENCODING=QUOTED-PRINTABLE"

/* vCard 2.1 to 3.0 (2426 5). */
static void upgraded(void **state)
{
	static const struct {
		const char *name, *old, *want;
	} rows[] = {
		{"words of TYPE", "N:B;A|FN:A B|TEL;HOME;FAX;PREF:1|",
			"N:B;A|FN:A B|TEL;TYPE=HOME,FAX,PREF:1|"},
		{"a named TYPE", "N:B;A|FN:A B|TEL;TYPE=HOME;WORK:1|",
			"N:B;A|FN:A B|TEL;TYPE=HOME,WORK:1|"},
		{"quoted-printable", "N;" QP ":M=C3=BCller=3B;A|FN:x|", "N:Müller\\;;A|FN:x|"},
		{"lines that go on", "N:B;A|FN;" QP ":A=20=|=20B|NOTE;" QP ":a=0D=0Ab|",
			"N:B;A|FN:A  B|NOTE:a\\nb|"},
		{"ISO-8859-1",
			"N;CHARSET=ISO-8859-1:M\xfcller;A|FN;CHARSET=ISO-8859-1;" QP ":M=FCller|",
			"N:Müller;A|FN:Müller|"},
		{"ISO-8859-15", "N:B;A|FN;CHARSET=ISO-8859-15:\xa4 \xbd|", "N:B;A|FN:€ œ|"},
		{"windows-1252", "N:B;A|FN;CHARSET=windows-1252:\x80 \x93|", "N:B;A|FN:€ “|"},
		{"a charset that is not said", "N:B;A|FN:M\xfcller|", "N:B;A|FN:Müller|"},
		{"a charset that lies", "N:B;A|FN;CHARSET=UTF-8:M\xfcller|", "N:B;A|FN:Müller|"},
		{"one that lies otherwise", "N:B;A|FN;CHARSET=ISO-8859-1:Müller|",
			"N:B;A|FN:Müller|"},
		{"commas", "N:B, C;A|FN:A, B|ORG:C, D;E|", "N:B\\, C;A|FN:A\\, B|ORG:C\\, D;E|"},
		{"base64", "N:B;A|FN:x|PHOTO;JPEG;ENCODING=BASE64:/9j/| AAAA|",
			"N:B;A|FN:x|PHOTO;ENCODING=b;TYPE=JPEG:/9j/AAAA|"},
		{"a photo elsewhere", "N:B;A|FN:x|PHOTO;VALUE=URL;GIF:http://a/b|",
			"N:B;A|FN:x|PHOTO;VALUE=uri;TYPE=GIF:http://a/b|"},
		{"a card in a card",
			"N:B;A|FN:x|AGENT:|BEGIN:VCARD|VERSION:2.1|N:C|FN:C|END:VCARD|TEL:1|",
			"N:B;A|FN:x|AGENT:BEGIN:VCARD\\nVERSION:2.1\\nN:C\\nFN:C\\nEND:VCARD\\n|TEL:1|"},
		{"place", "N:B;A|FN:x|GEO:37.24,-17.87|", "N:B;A|FN:x|GEO:37.24;-17.87|"},
		{"Android's label", "N:B;A|FN:x|TEL;X-CUSTOM(CHARSET=UTF-8," QP ",=42oot):1|",
			"N:B;A|FN:x|item1.TEL:1|item1.X-ABLabel:Boot|"},
		{"Outlook's words",
			"N:B;A|FN:x|X-MS-ANNIVERSARY;VALUE=DATE:20110113|X-MS-SPOUSE;N=1:C, D|X-MS-MANAGER:|",
			"N:B;A|FN:x|item1.X-ABDATE:2011-01-13|item1.X-ABLabel:_$!<Anniversary>!$_|"
			"item2.X-ABRELATEDNAMES:C\\, D|item2.X-ABLabel:_$!<Spouse>!$_|X-MS-MANAGER:|"},
		{"Outlook's photo", "N:B;A|FN:x|X-MS-CARDPICTURE;TYPE=JPEG;ENCODING=BASE64:| /9j/|",
			"N:B;A|FN:x|PHOTO;ENCODING=b;TYPE=JPEG:/9j/|"},
		{"Outlook's photo beside another",
			"N:B;A|FN:x|PHOTO;JPEG;BASE64:/9j/|X-MS-CARDPICTURE;JPEG;BASE64:/9j/|",
			"N:B;A|FN:x|PHOTO;ENCODING=b;TYPE=JPEG:/9j/|X-MS-CARDPICTURE;ENCODING=b;TYPE=JPEG:/9j/|"},
		{"Android's words",
			"N:B;A|FN:x|X-ANDROID-CUSTOM:vnd.android.cursor.item/nickname;C;1;;|X-ANDROID-CUSTOM;" QP
			":vnd.android.cursor.item/relation;=C3=96=7A;14;;|X-ANDROID-CUSTOM:vnd.android.cursor.item/contact_event;--08-09;1;|",
			"N:B;A|FN:x|NICKNAME:C|item1.X-ABRELATEDNAMES:Öz|item1.X-ABLabel:_$!<Spouse>!$_|"
			"item2.X-ABDATE;X-APPLE-OMIT-YEAR=1604:1604-08-09|item2.X-ABLabel:_$!<Anniversary>!$_|"},
		{"words that Android has not",
			"N:B;A|FN:x|X-ANDROID-CUSTOM:foo|X-ANDROID-CUSTOM:vnd.android.cursor.item/nickname;|X-ANDROID-CUSTOM:vnd.android.cursor.item/contact_event;soon;1|",
			"N:B;A|FN:x|X-ANDROID-CUSTOM:foo|X-ANDROID-CUSTOM:vnd.android.cursor.item/nickname;|X-ANDROID-CUSTOM:vnd.android.cursor.item/contact_event;soon;1|"},
		{"no FN", "N:B;A;C;Dr.;jr.|", "N:B;A;C;Dr.;jr.|FN:Dr. A C B jr.|"},
		{"neither", "ORG:Club;Board|", "ORG:Club;Board|FN:Club|N:Club;;;;|"},
		{"nothing at all", "", "FN:|N:;;;;|"},
		{"controls", "N:B;A|FN;" QP ":A=00=07B|", "N:B;A|FN:AB|"},
		{"a group without a name", "N:B;A|FN:A|item1.:x|", "N:B;A|FN:A|"},
		{"language", "N:B;A|FN;LANGUAGE=de:A|", "N:B;A|FN;LANGUAGE=de:A|"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena *arena = arena_new();
		char *old = lines(arena,
			arena_printf(arena, "BEGIN:VCARD|VERSION:2.1|%sEND:VCARD|", rows[i].old));
		char *want = arena_printf(
			arena, "BEGIN:VCARD|VERSION:3.0|%sEND:VCARD|", rows[i].want);
		struct facts_fault fault = {0};
		struct buf out;

		buf_init(&out, MAX_OUT);
		if (!card_upgrade21(&out, old, strlen(old), &fault))
			fail_msg("%s: line %u: %s", rows[i].name, fault.line, fault.text);
		char *got = shown(arena, out.data, out.len, true);
		if (strcmp(got, want) != 0)
			fail_msg("%s:\n%s\nis\n%s\nnot\n%s", rows[i].name, rows[i].old, got, want);
		buf_free(&out);
		arena_free(arena);
	}
}

static void not_upgraded(void **state)
{
	static const struct {
		const char *name, *card;
		int code;
		unsigned line;
	} rows[] = {
		{"3.0", HEAD3 "END:VCARD|", CAL_VERSION, 0},
		{"no card", "BEGIN:VCALENDAR|END:VCALENDAR|", CAL_MALFORMED, 0},
		{"no end", "BEGIN:VCARD|VERSION:2.1|", CAL_MALFORMED, 1},
		{"an unknown charset",
			"BEGIN:VCARD|VERSION:2.1|FN;CHARSET=SHIFT_JIS:\x8c\xb5|END:VCARD|",
			CAL_MALFORMED, 3},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena *arena = arena_new();
		char *card = lines(arena, rows[i].card);
		struct facts_fault fault = {0};
		struct buf out;

		buf_init(&out, MAX_OUT);
		if (card_upgrade21(&out, card, strlen(card), &fault) || out.len ||
			fault.code != rows[i].code || fault.line != rows[i].line || !fault.text[0])
			fail_msg("%s: %d in line %u: %s", rows[i].name, fault.code, fault.line,
				fault.text);
		buf_free(&out);
		arena_free(arena);
	}
}

#define JHEAD "[\"vcard\",[[\"version\",{},\"text\",\"4.0\"]"

/* jCard (7095). */
static void json(void **state)
{
	static const struct {
		const char *name, *card, *want;
	} rows[] = {
		{"text", "FN:A\\, B\\nC", "[\"fn\",{},\"text\",\"A, B\\nC\"]"},
		{"what JSON escapes", "NOTE:a\"b\\\\c\td",
			"[\"note\",{},\"text\",\"a\\\"b\\\\c\\u0009d\"]"},
		{"components", "N:a,b;c;;\\;;",
			"[\"n\",{},\"text\",[[\"a\",\"b\"],\"c\",\"\",\";\",\"\"]]"},
		{"one component", "ORG:a\\, b", "[\"org\",{},\"text\",\"a, b\"]"},
		{"commas of a component", "ORG:a,b;c", "[\"org\",{},\"text\",[\"a,b\",\"c\"]]"},
		{"lists", "CATEGORIES:a,b\\,c", "[\"categories\",{},\"text\",\"a\",\"b,c\"]"},
		{"a URI", "URL:http://a/b,c", "[\"url\",{},\"uri\",\"http://a/b,c\"]"},
		{"one parameter in two cases", "X-B;X-a=1;X-C=2;X-A=3:v",
			"[\"x-b\",{\"x-a\":[\"1\",\"3\"],\"x-c\":\"2\"},\"unknown\",\"v\"]"},
		{"parameters", "TEL;VALUE=uri;TYPE=\"voice,home\";PREF=1:tel:1",
			"[\"tel\",{\"type\":[\"voice\",\"home\"],\"pref\":\"1\"},\"uri\",\"tel:1\"]"},
		{"a list within quotes", "N;SORT-AS=\"a,b\":;;;;",
			"[\"n\",{\"sort-as\":[\"a\",\"b\"]},\"text\",[\"\",\"\",\"\",\"\",\"\"]]"},
		{"a parameter twice", "EMAIL;PID=1.1;X-A=;PID=2.1,3.1:a@b",
			"[\"email\",{\"pid\":[\"1.1\",\"2.1\",\"3.1\"],\"x-a\":\"\"},\"text\",\"a@b\"]"},
		{"carets", "ADR;LABEL=\"a^nb^'\":;;;;;;",
			"[\"adr\",{\"label\":\"a\\nb\\\"\"},\"text\",[\"\",\"\",\"\",\"\",\"\",\"\",\"\"]]"},
		{"a group", "Item1.X-Foo:a;b\\,c",
			"[\"x-foo\",{\"group\":\"Item1\"},\"unknown\",\"a;b\\\\,c\"]"},
		{"a date", "BDAY:19800229", "[\"bday\",{},\"date-and-or-time\",\"1980-02-29\"]"},
		{"no year", "BDAY:--0229", "[\"bday\",{},\"date-and-or-time\",\"--02-29\"]"},
		{"a month", "BDAY:--02", "[\"bday\",{},\"date-and-or-time\",\"--02\"]"},
		{"a day", "BDAY:---29", "[\"bday\",{},\"date-and-or-time\",\"---29\"]"},
		{"a year", "BDAY:1980", "[\"bday\",{},\"date-and-or-time\",\"1980\"]"},
		{"a year and month", "BDAY:1980-02",
			"[\"bday\",{},\"date-and-or-time\",\"1980-02\"]"},
		{"a time", "BDAY:T102200-0800",
			"[\"bday\",{},\"date-and-or-time\",\"T10:22:00-08:00\"]"},
		{"a truncated time", "BDAY:---29T-2200",
			"[\"bday\",{},\"date-and-or-time\",\"---29T-22:00\"]"},
		{"words for a date", "BDAY;VALUE=text:about 1800",
			"[\"bday\",{},\"text\",\"about 1800\"]"},
		{"a timestamp", "REV:20200102T030405Z",
			"[\"rev\",{},\"timestamp\",\"2020-01-02T03:04:05Z\"]"},
		{"an offset", "TZ;VALUE=utc-offset:-0500", "[\"tz\",{},\"utc-offset\",\"-05:00\"]"},
		{"numbers", "X-N;VALUE=integer:1,-2,03,x",
			"[\"x-n\",{},\"integer\",1,-2,\"03\",\"x\"]"},
		{"floats", "X-N;VALUE=float:1.5,0.25,.5,1e5",
			"[\"x-n\",{},\"float\",1.5,0.25,\".5\",\"1e5\"]"},
		{"booleans", "X-N;VALUE=BOOLEAN:true", "[\"x-n\",{},\"boolean\",true]"},
		{"an unknown type", "X-N;VALUE=x-y:a\\,b", "[\"x-n\",{},\"x-y\",\"a\\\\,b\"]"},
		{"a language", "LANG:de", "[\"lang\",{},\"language-tag\",\"de\"]"},
		{"a UID that is none", "UID:a", "[\"uid\",{},\"text\",\"a\"]"},
		{"nothing", "NOTE:", "[\"note\",{},\"text\",\"\"]"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena *arena = arena_new();
		char *card = lines(arena,
			arena_printf(arena, "BEGIN:VCARD|VERSION:4.0|%s|END:VCARD|", rows[i].card));
		char *want = arena_printf(arena, JHEAD ",%s]]", rows[i].want);
		struct buf out;

		buf_init(&out, MAX_OUT);
		assert_true(card_convert(&out, CARD_JCARD, card, strlen(card)));
		if (strcmp(out.data, want) != 0)
			fail_msg("%s:\n%s\nis\n%s\nnot\n%s", rows[i].name, rows[i].card, out.data,
				want);
		buf_free(&out);
		arena_free(arena);
	}
}

static char *read_file(struct arena *arena, const char *folder, const char *name)
{
	FILE *file = fopen(arena_printf(arena, "%s/%s", folder, name), "r");
	char *text = arena_alloc(arena, 1 << 20), *out = arena_alloc(arena, 1 << 21), *p = out;

	assert_non_null(file);
	text[fread(text, 1, (1 << 20) - 1, file)] = '\0';
	fclose(file);
	for (; *text; text++) /* "|" is the line end here */
		if (*text == '\n')
			*p++ = '|';
		else if (*text != '\r')
			*p++ = *text;
	return out;
}

/* Cards as real clients write them: another version of each is stable. */
static void samples(void **state)
{
	static const char folder[] = "tests/data/cards";
	DIR *dir = opendir(folder);
	struct dirent *entry;
	int n = 0;

	(void)state;
	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		struct arena *arena = arena_new();

		if (text_ends(entry->d_name, ".vcf")) {
			char *card = read_file(arena, folder, entry->d_name);
			bool four = strstr(card, "|VERSION:4.0") != NULL;

			if (!strstr(card, "|VERSION:2.1")) {
				comes_back(entry->d_name, arena, four ? CARD_VCARD_3 : CARD_VCARD_4,
					card, false);
				n++;
			}
		}
		arena_free(arena);
	}
	closedir(dir);
	assert_true(n > 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pairs),
		cmocka_unit_test(refused),
		cmocka_unit_test(names),
		cmocka_unit_test(edited),
		cmocka_unit_test(upgraded),
		cmocka_unit_test(not_upgraded),
		cmocka_unit_test(json),
		cmocka_unit_test(samples),
	};

	return cmocka_run_group_tests(tests, with_zones, NULL);
}
