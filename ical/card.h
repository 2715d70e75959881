/* SPDX-License-Identifier: ISC */
/*
 * Cards: vCard 2.1, 3.0 (RFC 2426) and 4.0 (RFC 6350), from bytes to facts and answers. As with calendars (cal.h) the
 * client's bytes are never rewritten where they are kept; what a reader asks for in another version is made of them.
 * Thread-safe; every function is bounded in time and memory by the limits of cal.h.
 */
#ifndef ICAL_CARD_H
#define ICAL_CARD_H

#include "ical/cal.h"

/* ---- what may stand in an address book (6352 5.1) ---- */

/* Limits of what is written anew, beside those of cal.h; more is CAL_LIMIT. */
#define CARD_MAX_LINES 20000 /* properties: a group has a line for each member */
#define CARD_MAX_PARAMS 100  /* of one property */
#define CARD_MAX_NAME 200    /* octets of a name with its group */

/* Finds the facts of what is stored: one vCard 3.0 or 4.0, BEGIN/END, VERSION, FN, exactly one card with a UID. True with
 * a fault where it may not be written anew: not right by its standard, and no row of tolerance.h. */
facts_inspect_fn card_inspect;
/* The same for what is to be stored: false with that fault too (as cal_accept). */
facts_inspect_fn card_accept;

/* ---- versions (6352 5.1.1) ---- */

enum card_format {
	CARD_AS_STORED,
	CARD_VCARD_3, /* text/vcard; version=3.0 */
	CARD_VCARD_4, /* text/vcard; version=4.0 */
	CARD_JCARD,   /* application/vcard+json (RFC 7095) */
};

/* Appends the card in that format. False with nothing appended when it is in it already (then the bytes go out as they
 * are), or can not be read. What the other version has no word for is kept in lines X-DAYBOOK-V3 or X-DAYBOOK-V4 (card_keep.c), and
 * comes back unchanged when it is converted back. The same bytes always give the same bytes. */
bool card_convert(struct buf *out, enum card_format format, const char *bytes, size_t len);

/* What is stored when a client sends a 3.0 card over a stored 4.0 one: the sent one as 4.0, with all that its 3.0 view could not
 * say; what the client changed or deleted of what 3.0 can say is changed. Appends it; false with nothing appended when there
 * is nothing to merge: not these versions, another UID, unreadable. */
bool card_merge(
	struct buf *out, const char *stored, size_t stored_len, const char *sent, size_t sent_len);

/* A vCard 2.1 as 3.0, in UTF-8: quoted-printable, charsets, bare parameters; an FN where it has none. False: *fault says why. */
bool card_upgrade21(struct buf *out, const char *bytes, size_t len, struct facts_fault *fault);

/* ---- how long a card is in another version (4918 15.4) ---- */

/* As it was once learned; `id` (20 bytes) names the bytes. Bounded. */
bool card_length_known(const unsigned char *id, enum card_format format, size_t *length);
void card_length_learn(const unsigned char *id, enum card_format format, size_t length);

/* ---- queries (6352 8.6, 10.5) ---- */

enum card_match_type { CARD_CONTAINS, CARD_EQUALS, CARD_STARTS, CARD_ENDS };

struct card_text_match {
	struct cal_text_match text;
	enum card_match_type type;
};

struct card_param_filter {
	const char *name;
	bool is_not_defined;
	const struct card_text_match *match; /* or NULL */
};

struct card_prop_filter {
	const char *name; /* "TEL" is any TEL, "item1.TEL" only that one */
	bool is_not_defined;
	bool all; /* test="allof" over matches and params */
	const struct card_text_match *matches;
	size_t n_matches;
	const struct card_param_filter *params;
	size_t n_params;
};

struct card_filter {
	bool all; /* test="allof" over props */
	const struct card_prop_filter *props;
	size_t n_props; /* 0: everything matches */
};

/* Unreadable bytes match nothing. */
bool card_match(const struct card_filter *filter, const char *bytes, size_t len);
/* The same from memory, `key` (20 bytes) naming the bytes; MAYBE when they must be read. */
enum cal_verdict card_match_remembered(const struct card_filter *filter, const unsigned char *key);
/* As card_match; remembers what filters can ask of the card: all of it but photos and the like. */
bool card_match_learn(
	const struct card_filter *filter, const unsigned char *key, const char *bytes, size_t len);
/* The same for one text as it stands, of whatever kind: names of people, addresses. */
bool card_text_fits(const struct card_text_match *match, const char *text);

/* ---- parts of a card (6352 10.4) ---- */

struct card_data_request {
	const char **props; /* names, as in card_prop_filter */
	const bool *novalue;
	size_t n_props; /* 0: everything, byte for byte */
};

/* As cal_render, for one card. */
bool card_render(
	struct buf *out, const struct card_data_request *request, const char *bytes, size_t len);

/* ---- days of the year in a card (6350 6.2.5, 6.2.6) ---- */

enum card_day_kind { CARD_BIRTHDAY, CARD_ANNIVERSARY, CARD_DAY_KINDS };

struct card_day {
	int year;       /* 0: not known */
	int month, day; /* 0: the card has no such day, or only a part of one */
};

struct card_days {
	const char *name; /* of whose card it is, on one line; "" when nothing says so */
	struct card_day days[CARD_DAY_KINDS];
};

/* False, with nothing touched: no day stands in it, or it can not be read. */
bool card_days(struct arena *arena, const char *bytes, size_t len, struct card_days *days);

struct card_day_event {
	const char *uid, *link; /* the link is a URI, on one line */
	bool hidden;            /* CLASS:PRIVATE */
};

/* Appends one of these days, which is there, as a calendar object: an event of each year that takes the whole day, and
 * nobody's time. The same arguments give the same bytes. */
void card_day_object(struct buf *out, const struct card_days *days, enum card_day_kind kind,
	const struct card_day_event *event);

/* ---- people of the household ---- */

struct card_person {
	const char *uid;          /* a UUID */
	const char *name;         /* FN */
	const char *const *mails; /* addresses without "mailto:" */
	size_t n_mails;
	bool group;
	const char *const *members; /* of a group: their UUIDs */
	size_t n_members;
};

/* Appends a vCard 3.0; the same person gives the same bytes. Texts are UTF-8. */
void card_person(struct buf *out, const struct card_person *person);

/* ---- a file of cards: import ---- */

/* Walks over a file as address books export it: 2.1, 3.0 and 4.0 mixed, any line ends, a byte order mark, empty lines
 * between. Nothing is copied, nothing is kept but where it is. */
struct card_file {
	const char *at, *end;
	unsigned line; /* of the file, from 1 */
};

struct card_piece {
	const char *bytes;
	size_t len;
	unsigned line;   /* of the file, where it begins */
	const char *why; /* NULL: from BEGIN:VCARD to its END:VCARD; else what is wrong with it */
};

struct card_file card_file_begin(const char *bytes, size_t len);
bool card_file_next(struct card_file *file, struct card_piece *piece);
/* The line of the file where line `line` of the unfolded piece begins (facts_fault.line); that of its BEGIN when there is
 * no such line. */
unsigned card_piece_line(const struct card_piece *piece, unsigned line);

enum card_mended {
	CARD_MENDED_LINES = 1, /* line ends are CRLF now (6350 3.2) */
	CARD_MENDED_UID = 2,
	CARD_MENDED_FN = 4,
	CARD_MENDED_VERSION = 8, /* was 2.1, and is 3.0; its lines are others */
};

/* What a card of a file needs to be stored: version 3.0 where it is 2.1, a UID where it has none, derived from what it says
 * (card_gist.content), so that the same card gets the same one again, and FN where it has none, from N, ORG, NICKNAME,
 * EMAIL or TEL. New lines go before its END; all others stay as they are, their ends made CRLF. *mended has what was
 * done, enum card_mended; 0: nothing, and nothing was appended. False with *fault: a 2.1 that can not be read. What else is
 * wrong with a card is for cal_accept to say. */
bool card_mend(struct buf *out, const char *bytes, size_t len, unsigned *mended,
	struct facts_fault *fault);

/* ---- who it is about: duplicates ---- */

#define CARD_MAX_WAYS 16  /* mail addresses, and phone numbers, of one card that are compared */
#define CARD_MAX_WORDS 16 /* of one name */

struct card_gist {
	/* Equal for cards that say the same: UID, REV and PRODID, the order of lines, folds and line ends do not count. */
	unsigned char content[16];
	const char *shown; /* FN for people; NULL: none */
	const char *words
		[CARD_MAX_WORDS]; /* of the name, sorted, without case (RFC 5051); none when it is a mail address */
	size_t n_words;
	const char *mails[CARD_MAX_WAYS]; /* lower case */
	size_t n_mails;
	const char *phones
		[CARD_MAX_WAYS]; /* the last digits, which do not change with the prefix of the country */
	size_t n_phones;
};

/* Texts live in the arena. Of what can not be read `content` alone is set. */
void card_gist(struct card_gist *gist, struct arena *arena, const char *bytes, size_t len);

#endif
