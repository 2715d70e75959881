/* SPDX-License-Identifier: ISC */
/*
 * What the files of cards share and nobody else sees: a card as its lines, the parameters of a line as any version
 * writes them, and values cut and decoded (card_lines.c). Slices point into the client's bytes or the arena.
 */
#ifndef ICAL_CARD_INTERNAL_H
#define ICAL_CARD_INTERNAL_H

#include "ical/card_table.h"

/* One card, and a file of many: their lines may be quoted-printable and run on (2.1, section 2.1.3). */
extern const struct cal_limits card_limits, card_file_limits;

/* The lines of bytes that begin with a VCARD; it is object->comps[0]. */
bool card_parse(struct cal_object *object, struct arena *arena, const char *bytes, size_t len,
	struct facts_fault *fault);
/* The first property of that name in `comp`, in whatever group; NULL: none. */
const struct cal_line *card_find(
	const struct cal_object *object, const struct cal_comp *comp, const char *name);
/* The property of that name in the group of `line` ("X-ABLABEL" of item1.TEL); NULL: none, or no group. */
const struct cal_line *card_beside(const struct cal_object *object, const struct cal_comp *comp,
	const struct cal_line *line, const char *name);
/* 6352 10.4.2, 10.5.1: "TEL" is a TEL of any group and of none, "item1.TEL" only that one. */
bool card_is_named(const struct cal_line *line, const char *name);
/* What its VERSION says. */
enum card_version card_version_at(const struct cal_object *object, const struct cal_comp *comp);

/* Is a card that card_inspect accepts right by the standard of its version, or softer only where tolerance.h says so?
 * False with *fault. */
bool card_judge(const struct cal_object *object, struct facts_fault *fault);
/* The same of parameters and value of one line; of what the table does not know nothing is asked. */
bool card_line_fits(const struct cal_line *line, enum card_version version);
/* One value of PREF, of PID (6350 5.3, 5.5). */
bool card_pref_fits(struct cal_slice value);
bool card_pid_fits(struct cal_slice value);

/* The properties of the first card in bytes, one after the other, without looking into photos: of what is inline (base64,
 * data: URIs) the value ends where its octets begin. line.raw is all of the line. Lines that run on are left to
 * card_parse: they end the walk. */
struct card_walk {
	const char *p, *end;
	unsigned depth;
	bool over; /* its END was reached: all was readable */
};
struct card_walk card_walk_of(const char *bytes, size_t len);
bool card_walk_next(struct card_walk *walk, struct arena *arena, struct cal_line *line);
/* The part of a value that is text: of what is inline nothing, or "data:image/png;base64,". */
struct cal_slice card_text_part(const struct cal_line *line);

/* ---- parameters ---- */

/* As cal_param_next, where a word without "=" (2.1: TEL;HOME;VOICE) is a value of the parameter that 2.1 means: ENCODING,
 * VALUE, or else TYPE. *bare says so, and may be NULL. */
bool card_param_next(
	struct cal_slice *rest, struct cal_slice *name, struct cal_slice *values, bool *bare);
/* The first value of a parameter as above, without quotes, still with carets; {NULL, 0}: none. */
struct cal_slice card_param(const struct cal_line *line, const char *name);
/* Walks the words of all TYPE parameters, also those within one pair of quotes (6350 5.6: TYPE="home,work"). */
struct card_types {
	struct cal_slice params, values, words;
};
struct card_types card_types_of(const struct cal_line *line);
bool card_type_next(struct card_types *types, struct cal_slice *word);
bool card_has_type(const struct cal_line *line, const char *word);
/* Preferred: PREF (6350 5.3), TYPE=pref (2426 3.3.1). 1 to 100, or 0 when nothing says so. */
int card_pref(const struct cal_line *line);

/* ---- values ---- */

/* Cuts a component off a structured value, an item off a list: at the first ';' or ',' without a backslash before it.
 * *rest starts as line->value; as cal_slice_cut an empty one counts, also the last. */
bool card_component_next(struct cal_slice *rest, struct cal_slice *component);
bool card_item_next(struct cal_slice *rest, struct cal_slice *item);
/* Without backslashes (6350 3.4); a NUL stands behind it. As cal_text_unescape, with its length. */
struct cal_slice card_unescape(struct arena *arena, struct cal_slice value);
/* Appends text with backslashes before those that end lines, items and components (6350 3.4), without controls. */
void card_escape(struct buf *out, struct cal_slice text);
/* The octets of text where `mark` and two hex digits stand for one: '=' in quoted-printable (2045 6.7), '%' in what is kept
 * (card_keep.c). What is wrong in it stands for itself. */
struct cal_slice card_octets(struct arena *arena, struct cal_slice value, char mark);
/* Is it base64 (2426 5: ENCODING=b; 2.1: ENCODING=BASE64), and its octets? */
bool card_is_base64(const struct cal_line *line);
bool card_base64_fits(struct cal_slice value);

/* ---- kinds of values (card_shapes.c) ---- */

/* How a date is written, so that whoever judges can say in which version that is right. */
enum card_form {
	CARD_EXTENDED = 1, /* 1985-04-12, 10:22:00: 2425 5.8.4; not 6350 4.3 */
	CARD_PARTIAL =
		2, /* without its year, month or day, or a time cut short: 6350 4.3; not 2425 */
	CARD_FRACTION = 4, /* of a second: 2425 */
};

/* A date, a date and time, or a time, of 3.0 or of 4.0. */
struct card_date {
	int year, month, day;     /* -1: not said */
	int hour, minute, second; /* -1: not said */
	bool has_zone;
	int zone;       /* seconds east of Greenwich */
	unsigned forms; /* enum card_form */
};

/* False for what is no date: 31.2.1980, 19800231. */
bool card_date_parse(struct card_date *date, struct cal_slice value);
/* ±hh[mm] or ±hh[:mm]; *forms gets CARD_EXTENDED for the colon, and may be NULL. */
bool card_offset_parse(int *seconds, unsigned *forms, struct cal_slice value);
/* Two numbers, latitude and longitude (2426 3.4.2), with that between them. */
bool card_geo_fits(struct cal_slice value, const char *separator);
/* Begins as a URI does (3986 3.1), and holds no spaces. */
bool card_uri_fits(struct cal_slice value);
/* A language tag in its shape (5646 2.1), parted by '-' or whatever else is given. */
bool card_tag_fits(struct cal_slice value, const char *separators);
/* iana-token, x-name: letters, digits, "-" (6350 3.3). */
bool card_token_fits(struct cal_slice value);

#endif
