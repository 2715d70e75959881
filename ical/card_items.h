/* SPDX-License-Identifier: ISC */
/*
 * What the conversion of cards (card_convert.c) shares. A card on its way is a list of items, one a content line; a conversion
 * makes a list of a list, and each new item knows which old one it was made of. Two of them, there and back again, show what
 * the other version can not say: that is kept beside (card_keep.c), so that no row of a table can lose anything.
 */
#ifndef ICAL_CARD_ITEMS_H
#define ICAL_CARD_ITEMS_H

#include "ical/card_internal.h"

#define CARD_NOTHING SIZE_MAX
#define CARD_MAX_PROPS 128 /* rows of the table of properties */
#define CARD_GROUP 4       /* items of a group that are looked at */
/* What is kept for the other version's sake stands behind these names, as a value that survives every client's escaping. */
#define CARD_KEPT_OF_4 "X-DAYBOOK-V4"
#define CARD_KEPT_OF_3 "X-DAYBOOK-V3"

/* ---- items (card_items.c) ---- */

struct card_item {
	struct cal_line line; /* its name is without the group */
	struct cal_slice group;
	size_t from; /* the item of the other list that it was made of, or CARD_NOTHING */
	size_t at;   /* its place: they are written in this order */
};

struct card_list {
	struct arena *arena;
	enum card_version version;
	struct card_item *items;
	size_t n, cap;
};

/* All properties of the one card in `bytes` but VERSION. False when it is none, or holds other components. */
bool card_list_read(struct card_list *list, struct arena *arena, const char *bytes, size_t len);
/* Room for just so many in all: lists that grow item by item leave twice as much behind in the arena. */
void card_list_room(struct card_list *list, size_t n);
struct card_item *card_list_add(struct card_list *list, const struct card_item *item);
/* Appends the card, folded. */
void card_list_write(struct buf *out, const struct card_list *list);
/* Appends a 4.0 card as jCard (card_json.c). */
void card_list_write_json(struct buf *out, const struct card_list *list);
bool card_item_is(const struct card_item *item, const char *name);

/* Text in the making, in an arena. */
struct card_text {
	struct arena *arena;
	char *s;
	size_t n, cap;
};
/* Empty, with room for so many octets. */
struct card_text card_text_of(struct arena *arena, size_t n);
void card_add(struct card_text *text, const char *s, size_t n);
void card_adds(struct card_text *text, const char *s);
void card_add_slice(struct card_text *text, struct cal_slice slice);
struct cal_slice card_text_slice(const struct card_text *text);
struct cal_slice card_slice(const char *text);
/* Appends the item's line, unfolded, with or without ":" and value. */
void card_add_item(struct card_text *text, const struct card_item *item, bool value);

/* ---- values (card_value.c) ---- */

/* What separates in a value; all else is escaped. */
enum card_shape {
	SHAPE_TEXT,
	SHAPE_LIST,
	SHAPE_COMPONENTS,
	SHAPE_STRUCTURED,
	SHAPE_URI,
	SHAPE_RAW
};
enum card_shape card_shape_of(const struct card_prop *prop, enum card_version version);
/* The value written as 6350 3.4 asks; 2426 reads the same. */
struct cal_slice card_reescape(struct arena *arena, struct cal_slice value, enum card_shape shape);
/* Just `n` components, as both versions want of N and ADR. */
struct cal_slice card_components(struct arena *arena, struct cal_slice value, size_t n);
enum { CARD_N = 5, CARD_ADR = 7 };
/* Text with its backslashes, as one component or item. */
void card_escape_into(struct card_text *out, struct cal_slice text);
struct cal_slice card_escaped(struct arena *arena, struct cal_slice text);
/* A value as it stands, its line breaks as "\n". */
struct cal_slice card_without_breaks(struct arena *arena, struct cal_slice value);
/* As card_unescape, but a backslash before a character that needs none is itself. */
struct cal_slice card_plain(struct arena *arena, struct cal_slice value);
/* What stands at value.s[*i], which moves behind it; *escaped: a backslash said that it is no separator. */
char card_next_char(struct cal_slice value, size_t *i, bool *escaped);
bool card_separates(enum card_shape shape, char c);

/* ---- what says the same (card_canon.c) ---- */

/* 64 bits that are the same for two lines that say the same, however a client writes them. They stand in stored cards, so they
 * are a format: with another one, what was kept is not found again. */
enum card_canon_flag {
	CARD_CANON_GROUP = 1, /* the group counts */
	CARD_CANON_BARE = 2,  /* parameters that clients lose do not */
	CARD_CANON_OURS =
		4, /* groups that we number are all one: they are numbered anew each time */
};
/* Extensions and LANGUAGE: no client lets its user change them, and many write a line without them. */
bool card_param_is_apart(struct cal_slice name);
uint64_t card_canon(const struct card_item *item, enum card_version version, unsigned canon);
/* That with the group, of that without. */
uint64_t card_canon_in(uint64_t canon, struct cal_slice group);
uint64_t card_canon_value(const struct card_item *item, enum card_version version);

/* The items of a list by what they say. */
struct card_entry {
	uint64_t hash;
	size_t item;
	size_t taken; /* of the first with that hash: how many of them are gone */
};
struct card_index {
	struct card_entry *rows;
	size_t n;
};
void card_index_list(struct card_index *index, const struct card_list *list, unsigned canon);
/* The first with that hash that is not in `taken`, which it is then; CARD_NOTHING when there is none. */
size_t card_index_take(struct card_index *index, uint64_t hash, bool *taken);

/* ---- forms of the other version (card_forms.c) ---- */

/* A date, between 3.0 (extended, whole) and 4.0 (basic, may be truncated: 6350 4.3). False: the other can not say it. */
bool card_date_to3(
	struct arena *arena, struct cal_slice value, struct cal_slice *date, bool *yearless);
bool card_date_to4(
	struct arena *arena, struct cal_slice value, bool yearless, struct cal_slice *date);
#define CARD_OMITTED_YEAR "1604" /* what Apple writes where there is no year: a leap year */

/* "data:MEDIA;base64,DATA" without other parameters (RFC 2397). */
bool card_data_uri(struct cal_slice value, struct cal_slice *media, struct cal_slice *data);
/* The media type for a TYPE of 3.0, and the TYPE for a media type; `name` is PHOTO, LOGO, SOUND or KEY. */
const char *card_media_of_type(struct arena *arena, struct cal_slice name, struct cal_slice type);
const char *card_type_of_media(struct arena *arena, struct cal_slice name, struct cal_slice media);

/* The media type of base64, by what TYPE says or else by how it begins. */
const char *card_media_of_data(
	struct arena *arena, const char *name, struct cal_slice type, struct cal_slice data);
/* Without blanks. */
void card_add_base64(struct card_text *out, struct cal_slice data);

/* ---- conversions (card_to3.c, card_to4.c, card_turn.c) ---- */

struct card_group {
	struct cal_slice name;
	size_t item;
};

struct card_turn {
	struct arena *arena;
	const struct card_list *in;
	struct card_list *out;
	size_t now;                /* the item that is converted */
	struct card_group *groups; /* all items with a group, by its name */
	size_t n_groups;
	size_t *partner; /* of each item: the one it goes with, or CARD_NOTHING */
	/* of each property in the table: the least PREF (0: none), the first item with it (or CARD_NOTHING), is it in `out`? */
	int pref[CARD_MAX_PROPS];
	size_t best[CARD_MAX_PROPS];
	bool said[CARD_MAX_PROPS];
	bool group;          /* it will be KIND:group */
	bool apple_kind;     /* there is an X-ADDRESSBOOKSERVER-KIND */
	unsigned next_group; /* of ours */
};

struct card_row {
	const char *name;
	void (*turn)(
		struct card_turn *turn, const struct card_item *item, const struct card_row *row);
	const char *as; /* its name there, or what `turn` makes of it */
};

/* Calls the row of each item, else `other`. Rows are sorted by name. */
void card_turn_all(struct card_turn *turn, const struct card_row *rows, size_t n_rows,
	const struct card_row *other);
void card_turn_begin(struct card_turn *turn, struct card_list *out, const struct card_list *in);
/* Adds an item made of the present one; NULL when the version has that property only once, and there it is, or such a line may
 * not stand in it (then card_keep.c keeps what there was). */
struct card_item *card_put(
	struct card_turn *turn, const char *name, struct cal_slice params, struct cal_slice value);
/* The index of a property in the table; CARD_NOTHING: it is in none. */
size_t card_prop_index(struct cal_slice name);
/* The first item of that name, or CARD_NOTHING. */
size_t card_list_find(const struct card_list *list, const char *name);
/* The label of Apple's group, "item1.X-ABDATE" and "item1.X-ABLabel"; CARD_NOTHING when there is none. */
size_t card_label_of(const struct card_turn *turn, const struct card_item *item);
/* How many items have that group; counted up to CARD_GROUP. */
size_t card_group_size(const struct card_turn *turn, struct cal_slice group);
/* A group that nobody has, for two that stand together; is it one of those? */
struct cal_slice card_group_new(struct card_turn *turn);
bool card_group_is_ours(struct cal_slice group);

/* How the parameters of an item are taken over. */
struct card_params_how {
	const char *value; /* VALUE=…, or NULL */
	const char *skip;  /* a parameter that is not taken over, or NULL */
	bool no_types;     /* neither TYPE nor PREF */
};
void card_add_types(struct card_turn *turn, struct card_text *out, const struct card_item *item);
void card_add_params(
	struct card_turn *turn, struct card_text *out, const struct card_params_how *how);
struct cal_slice card_params_slice(const struct card_text *text);
struct cal_slice card_params(struct card_turn *turn, const char *value);
/* Appends ";NAME=text", in quotes where it has to be, with the carets of 6868. */
void card_add_param(struct card_text *out, const char *name, struct cal_slice text);

/* From one version to the other, without what is kept beside. */
void card_base_to3(struct card_list *out, const struct card_list *in);
void card_base_to4(struct card_list *out, const struct card_list *in);

/* ---- what is kept beside (card_keep.c) ---- */

/* Takes the lines that keep something for `target` out of the list. */
void card_keeps_take(struct card_list *keeps, struct card_list *list, enum card_version target);
/* Puts what was kept back into what `in` was converted to. */
void card_keeps_apply(struct card_list *result, const struct card_list *base,
	const struct card_list *in, const struct card_list *keeps);
/* Finds what `out` does not say of `in`, `back` being made of `out` again, and adds it to `out`. */
void card_keeps_find(
	struct card_list *out, const struct card_list *in, const struct card_list *back);

/* The whole: base, what was kept, what is to be kept. */
void card_turn_list(struct card_list *out, const struct card_list *in, enum card_version target);

#endif
