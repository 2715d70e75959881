/* SPDX-License-Identifier: ISC */
/*
 * Two versions of an entry side by side (changes.h). Both become lists of values (wording.h), sorted by property and value; what
 * stands in both cancels out, and what is left of each property is said in words. The cost is that of sorting.
 */
#include "ical/changes.h"

#include "ical/card.h"
#include "ical/card_table.h"
#include "ical/wording.h"
#include "src/base/text.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MAX_SHOWN 60  /* bytes of a value in words */
#define MAX_NAME 40   /* of a property nobody has a word for */
#define MAX_NAMES 8   /* of properties that vanished, one by one */
#define FEW 2         /* vanished properties that are told one by one */
#define LEAST_CUT 24  /* bytes; of a shorter text it is an edit when it becomes its beginning */
#define MAX_PAIRED 16 /* values of one property that are looked at for what was cut short */
#define KILO 1000

static const struct cal_limits limits = {
	.bytes = 2 * CAL_MAX_BYTES, /* a converted card is longer than the card */
	.lines = CAL_MAX_COMPARED_LINES,
	.comps = CAL_MAX_COMPONENTS,
};

/* One version as it was read. */
struct version {
	struct cal_object object;
	struct cal_slice version; /* of vCard */
	struct buf converted;
	struct entries entries;
	bool card;
};

/* The values of one property in one version, and those that the other has not. */
struct values {
	const struct entry *all, **left;
	size_t n, n_left;
};

struct telling {
	struct arena *arena;
	struct cal_change *list;
	size_t n, cap;
	const struct entry **vanished; /* one of each property */
	size_t n_vanished, cap_vanished;
	struct buf quiet; /* names of those that nobody reads */
	size_t named;     /* properties before */
	size_t filled;    /* after: those that are more than the frame of an entry */
};

/* ---------------------------------------------------------------- words */

const char *cal_change_word(enum cal_change_kind kind)
{
	static const char *const words[] = {
		[CAL_ADDED] = "added",
		[CAL_REMOVED] = "removed",
		[CAL_CHANGED] = "changed",
		[CAL_SMALLER] = "smaller",
		[CAL_DETAILS] = "details",
		[CAL_CONVERTED] = "converted",
		[CAL_UNSEEN] = "unseen",
	};

	return words[kind];
}

static unsigned flags_of(const struct entry *entry)
{
	return entry->row ? entry->row->flags : 0;
}

static enum wording_form form_of(const struct entry *entry)
{
	return entry->row ? entry->row->form : WORDING_TEXT;
}

static char *name_of(struct arena *arena, const struct entry *entry)
{
	char *name = arena_strndup(
		arena, entry->name.s, entry->name.n < MAX_NAME ? entry->name.n : MAX_NAME);

	for (char *p = name; *p; p++)
		*p = *p >= 'a' && *p <= 'z' ? (char)(*p - 32) : *p;
	return name;
}

/* "phone number", "3 phone numbers" */
static const char *called(struct arena *arena, const struct entry *entry, size_t n)
{
	const char *one = entry->row ? entry->row->one : name_of(arena, entry);

	if (n == 1)
		return one;
	return arena_printf(arena, "%zu %s", n, entry->row ? entry->row->many : one);
}

static char *size_words(struct arena *arena, size_t bytes)
{
	if (bytes < KILO)
		return arena_printf(arena, "%zu bytes", bytes);
	if (bytes < (size_t)KILO * KILO)
		return arena_printf(arena, "%zu KB", (bytes + KILO / 2) / KILO);
	return arena_printf(arena, "%.1f MB", (double)bytes / KILO / KILO);
}

static size_t characters(struct cal_slice text)
{
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++)
		n += ((unsigned char)text.s[i] & 0xC0) != 0x80;
	return n;
}

static bool has_digits(struct cal_slice text, size_t from, size_t n)
{
	for (size_t i = from; i < from + n; i++)
		if (i >= text.n || text.s[i] < '0' || text.s[i] > '9')
			return false;
	return true;
}

/* "20260301T100000Z" → "2026-03-01 10:00 UTC" */
static char *date_words(struct arena *arena, struct cal_slice date)
{
	const char *s = date.s;
	char *text;

	if (!has_digits(date, 0, 8) || (date.n > 8 && s[8] != 'T' && s[8] != ' '))
		return cal_slice_dup(arena, date);
	text = arena_printf(arena, "%.4s-%.2s-%.2s", s, s + 4, s + 6);
	if (date.n <= 8 || s[8] == ' ' || !has_digits(date, 9, 6))
		return arena_printf(arena, "%s%.*s", text, (int)(date.n - 8), s + 8);
	if (memcmp(s + 13, "00", 2) != 0)
		text = arena_printf(arena, "%s %.2s:%.2s:%.2s", text, s + 9, s + 11, s + 13);
	else
		text = arena_printf(arena, "%s %.2s:%.2s", text, s + 9, s + 11);
	if (date.n == 16 && s[15] == 'Z')
		return arena_printf(arena, "%s UTC", text);
	return arena_printf(arena, "%s%.*s", text, (int)(date.n - 15), s + 15);
}

static char *shown(struct arena *arena, const struct entry *entry)
{
	struct cal_slice value = entry->value;

	if (form_of(entry) == WORDING_DATE)
		return text_clean_line(arena, date_words(arena, value), MAX_SHOWN);
	/* More than is shown need not be copied to be cleaned. */
	value.n = value.n < (size_t)2 * MAX_SHOWN ? value.n : (size_t)2 * MAX_SHOWN;
	return arena_printf(
		arena, "\"%s\"", text_clean_line(arena, cal_slice_dup(arena, value), MAX_SHOWN));
}

/* ---------------------------------------------------------------- what is told */

static void tell(struct telling *telling, enum cal_change_kind kind, bool loss,
	const struct entry *entry, const char *text)
{
	telling->list = arena_grow(telling->arena, telling->list, &telling->cap, telling->n + 1,
		sizeof(*telling->list));
	telling->list[telling->n++] = (struct cal_change){
		.kind = kind,
		.loss = loss,
		.property = entry ? name_of(telling->arena, entry) : "",
		.text = text,
	};
}

/* How many components there are, and how many of them are empty in the other, all others being equal; 0: others are not. */
static size_t parts_lost(struct cal_slice was, struct cal_slice is, size_t *filled)
{
	struct cal_slice a = {0}, b = {0};
	size_t lost = 0;

	*filled = 0;
	for (;;) {
		bool more_a = cal_slice_cut(&was, WORDING_PART, &a);
		bool more_b = cal_slice_cut(&is, WORDING_PART, &b);
		a = more_a ? a : (struct cal_slice){0};
		b = more_b ? b : (struct cal_slice){0};
		if (!more_a && !more_b)
			return lost;
		*filled += a.n > 0;
		if (a.n && !b.n)
			lost++;
		else if (!cal_slice_same(a, b))
			return 0;
	}
}

/* What the one lost to become the other, in words; NULL: it is another value. */
static const char *lessened(struct arena *arena, const struct entry *was, const struct entry *is)
{
	const char *one = called(arena, was, 1);
	struct cal_slice left = is->value;
	size_t parts, filled;

	switch (form_of(was)) {
	case WORDING_BYTES: {
		if (!is->bytes || is->bytes >= was->bytes)
			return NULL;
		char *before = size_words(arena, was->bytes), *after = size_words(arena, is->bytes);
		return strcmp(before, after) == 0
			? NULL
			: arena_printf(arena, "%s got smaller (%s to %s)", one, before, after);
	}
	case WORDING_PARTS:
		parts = parts_lost(was->value, is->value, &filled);
		return parts ? arena_printf(arena, "%s lost %zu of %zu parts", one, parts, filled)
			     : NULL;
	case WORDING_TEXT:
		if (left.n >= 3 && memcmp(left.s + left.n - 3, "\xe2\x80\xa6", 3) == 0)
			left.n -= 3; /* an ellipsis */
		if (was->value.n < LEAST_CUT || left.n >= was->value.n ||
			memcmp(was->value.s, left.s, left.n) != 0)
			return NULL;
		return arena_printf(arena, "%s cut short (%zu to %zu characters)", one,
			characters(was->value), characters(is->value));
	case WORDING_LIST:
	case WORDING_DATE:
		break;
	}
	return NULL;
}

static void drop(struct values *values, size_t at)
{
	values->left[at] = values->left[--values->n_left];
}

/* Values that are there again as less than they were. */
static void tell_lessened(struct telling *telling, struct values *was, struct values *is)
{
	for (size_t i = 0; i < was->n_left && i < MAX_PAIRED; i++) {
		for (size_t k = 0; k < is->n_left && k < MAX_PAIRED; k++) {
			const char *text = lessened(telling->arena, was->left[i], is->left[k]);
			if (!text)
				continue;
			tell(telling, CAL_SMALLER, true, was->left[i], text);
			drop(was, i--);
			drop(is, k);
			break;
		}
	}
}

static void tell_changed(struct telling *telling, struct values *was, struct values *is)
{
	struct arena *arena = telling->arena;
	size_t n = was->n_left < is->n_left ? was->n_left : is->n_left;
	const struct entry *one = was->left[0];
	const char *did = flags_of(one) & WORDING_MOVES ? "moved" : "changed",
		   *what = called(arena, one, n);

	if (n == 1 && flags_of(one) & WORDING_SHOWN)
		tell(telling, CAL_CHANGED, false, one,
			arena_printf(arena, "%s %s from %s to %s", what, did, shown(arena, one),
				shown(arena, is->left[0])));
	else
		tell(telling, CAL_CHANGED, false, one, arena_printf(arena, "%s %s", what, did));
}

/* Something of it is there before and after. */
static void tell_rest(
	struct telling *telling, struct values *was, struct values *is, size_t details)
{
	struct arena *arena = telling->arena;

	tell_lessened(telling, was, is);
	if (was->n_left && is->n_left)
		tell_changed(telling, was, is);
	if (was->n_left > is->n_left) {
		const struct entry *one = was->left[0];
		size_t n = was->n_left - is->n_left;
		tell(telling, CAL_REMOVED, false, one,
			n == 1 ? arena_printf(arena, "%s removed", called(arena, one, 1))
			       : arena_printf(arena, "%zu of %s removed", n,
					 called(arena, one, was->n)));
	} else if (is->n_left > was->n_left) {
		const struct entry *one = is->left[0];
		tell(telling, CAL_ADDED, false, one,
			arena_printf(
				arena, "%s added", called(arena, one, is->n_left - was->n_left)));
	}
	if (details)
		tell(telling, CAL_DETAILS, false, was->all,
			arena_printf(arena, "details of %s%s changed",
				details > 1          ? ""
					: was->n > 1 ? "one "
						     : "the ",
				called(arena, was->all, details)));
}

/* ---------------------------------------------------------------- comparing */

static int by_name(const struct entry *a, const struct entry *b)
{
	size_t least = a->name.n < b->name.n ? a->name.n : b->name.n;
	int order;

	if (a->rank != b->rank)
		return a->rank < b->rank ? -1 : 1;
	if (a->row)
		return 0;
	order = strncasecmp(a->name.s, b->name.s, least);
	return order ? order : (a->name.n > b->name.n) - (a->name.n < b->name.n);
}

static int by_value(const struct entry *a, const struct entry *b)
{
	if (a->hash != b->hash)
		return a->hash < b->hash ? -1 : 1;
	if (a->value.n != b->value.n)
		return a->value.n < b->value.n ? -1 : 1;
	return memcmp(a->value.s, b->value.s, a->value.n);
}

static int compare(const void *x, const void *y)
{
	const struct entry *a = x, *b = y;
	int order = by_name(a, b);

	if (order == 0)
		order = by_value(a, b);
	return order ? order : (a->details > b->details) - (a->details < b->details);
}

/* The values of the property that begins at *at. */
static struct values values_at(struct arena *arena, const struct entries *entries, size_t *at)
{
	struct values values = {.all = &entries->list[*at]};

	while (*at + values.n < entries->n && by_name(values.all, &values.all[values.n]) == 0)
		values.n++;
	values.left = arena_array(arena, values.n + 1, sizeof(*values.left));
	*at += values.n;
	return values;
}

/* Leaves on both sides what the other has not; how many stayed with other parameters. */
static size_t cancel(struct values *was, struct values *is)
{
	size_t i = 0, k = 0, details = 0;

	while (i < was->n || k < is->n) {
		int order = i == was->n ? 1 : k == is->n ? -1 : by_value(&was->all[i], &is->all[k]);
		if (order < 0)
			was->left[was->n_left++] = &was->all[i++];
		else if (order > 0)
			is->left[is->n_left++] = &is->all[k++];
		else
			details += was->all[i++].details != is->all[k++].details;
	}
	return details;
}

static void add_name(struct telling *telling, struct buf *names, const struct entry *entry)
{
	buf_addf(names, "%s%s", names->len ? ", " : "", name_of(telling->arena, entry));
}

static void compare_values(struct telling *telling, struct values *was, struct values *is)
{
	const struct entry *one = was->n ? was->all : is->all;
	size_t details = cancel(was, is);
	bool quiet = flags_of(one) & WORDING_QUIET;

	telling->named += was->n && !quiet;
	telling->filled += is->n && !(flags_of(one) & (WORDING_BARE | WORDING_QUIET));
	if (quiet) {
		/* The version has its own sentence. */
		if ((was->n_left || is->n_left) && !cal_slice_is(one->name, "VERSION"))
			add_name(telling, &telling->quiet, one);
	} else if (!is->n) {
		telling->vanished = arena_grow(telling->arena, telling->vanished,
			&telling->cap_vanished, telling->n_vanished + 1,
			sizeof(const struct entry *));
		telling->vanished[telling->n_vanished++] = one;
		if (telling->n_vanished <= FEW)
			tell(telling, CAL_REMOVED, true, one,
				was->n == 1 ? arena_printf(telling->arena, "%s removed",
						      called(telling->arena, one, 1))
					    : arena_printf(telling->arena, "all %s removed",
						      called(telling->arena, one, was->n)));
	} else {
		tell_rest(telling, was, is, details);
	}
}

static void compare_entries(struct telling *telling, struct entries *before, struct entries *after)
{
	size_t b = 0, a = 0;

	if (before->n)
		qsort(before->list, before->n, sizeof(*before->list), compare);
	if (after->n)
		qsort(after->list, after->n, sizeof(*after->list), compare);
	while (b < before->n || a < after->n) {
		struct values was = {0}, is = {0};
		int order = b == before->n ? 1
			: a == after->n    ? -1
					   : by_name(&before->list[b], &after->list[a]);
		if (order <= 0)
			was = values_at(telling->arena, before, &b);
		if (order >= 0)
			is = values_at(telling->arena, after, &a);
		compare_values(telling, &was, &is);
	}
}

/* ---------------------------------------------------------------- the whole */

/* "3 of 12 properties vanished: TEL, EMAIL, NOTE", instead of a line for each. */
static void tell_vanished(struct telling *telling)
{
	struct buf names;
	size_t kept = 0, n = telling->n_vanished;

	if (n <= FEW)
		return;
	for (size_t i = 0; i < telling->n; i++)
		if (telling->list[i].kind != CAL_REMOVED || !telling->list[i].loss)
			telling->list[kept++] = telling->list[i];
	telling->n = kept;
	buf_init(&names, SIZE_MAX);
	for (size_t i = 0; i < n && i < MAX_NAMES; i++)
		add_name(telling, &names, telling->vanished[i]);
	char *list = arena_strndup(telling->arena, names.data, names.len);
	if (n > MAX_NAMES)
		list = arena_printf(telling->arena, "%s and %zu more", list, n - MAX_NAMES);
	tell(telling, CAL_REMOVED, true, NULL,
		arena_printf(telling->arena, "%s%zu of %zu properties vanished: %s",
			telling->filled ? "" : "became empty: ", n, telling->named, list));
	telling->list[telling->n - 1].property = arena_strndup(
		telling->arena, names.data, names.len);
	buf_free(&names);
}

/* The parts of a name change with the name. */
static void drop_parts_of_name(struct telling *telling)
{
	bool named = false;
	size_t kept = 0;

	for (size_t i = 0; i < telling->n; i++)
		named = named ||
			(telling->list[i].kind == CAL_CHANGED &&
				strcmp(telling->list[i].property, "FN") == 0);
	for (size_t i = 0; i < telling->n; i++)
		if (!named || telling->list[i].kind != CAL_CHANGED ||
			strcmp(telling->list[i].property, "N") != 0)
			telling->list[kept++] = telling->list[i];
	telling->n = kept;
}

static void tell_whole(
	struct telling *telling, const struct version *before, const struct version *after)
{
	struct arena *arena = telling->arena;

	if (!cal_slice_same(before->version, after->version))
		tell(telling, CAL_CONVERTED, false, NULL,
			text_clean_line(arena,
				arena_printf(arena, "converted from %.*s to %.*s",
					(int)before->version.n, before->version.s,
					(int)after->version.n, after->version.s),
				MAX_SHOWN));
	else if (!telling->n && telling->quiet.len)
		tell(telling, CAL_UNSEEN, false, NULL,
			arena_printf(arena, "only %s changed", telling->quiet.data));
	else if (!telling->n)
		tell(telling, CAL_UNSEEN, false, NULL, "only the way it is written changed");
}

/* Losses first; else as the tables have them. */
static void sort(struct telling *telling)
{
	struct cal_change *sorted = arena_array(
		telling->arena, telling->n ? telling->n : 1, sizeof(*sorted));
	size_t n = 0;

	for (int loss = 1; loss >= 0; loss--)
		for (size_t i = 0; i < telling->n; i++)
			if (telling->list[i].loss == loss)
				sorted[n++] = telling->list[i];
	telling->list = sorted;
}

static bool parse(struct version *v, const char *bytes, size_t len)
{
	struct arena *arena = v->entries.arena;
	struct facts_fault fault;

	v->object = (struct cal_object){0};
	if (!cal_object_parse(&v->object, arena, &limits, bytes, len, &fault) || !v->object.n_comps)
		return false;
	v->card = v->object.comps[0].kind == KIND_VCARD;
	return v->card || v->object.comps[0].kind == KIND_VCALENDAR;
}

/* A card in 4.0, where it can be; what it was is kept. */
static bool convert(struct version *v, const char *bytes, size_t len)
{
	struct cal_slice was = v->version;

	if (card_version_of(was) == CARD_4_0 ||
		!card_convert(&v->converted, CARD_VCARD_4, bytes, len))
		return true;
	return parse(v, v->converted.data, v->converted.len);
}

static bool read_both(struct version *before, const char *was, size_t was_len,
	struct version *after, const char *is, size_t is_len)
{
	if (!parse(before, was, was_len) || !parse(after, is, is_len) ||
		before->card != after->card)
		return false;
	if (!before->card) {
		calendar_entries(&before->entries, &before->object);
		calendar_entries(&after->entries, &after->object);
		return true;
	}
	before->version = cal_comp_value(&before->object, before->object.comps, "VERSION");
	after->version = cal_comp_value(&after->object, after->object.comps, "VERSION");
	if (!cal_slice_same(before->version, after->version) &&
		!(convert(before, was, was_len) && convert(after, is, is_len)))
		return false;
	card_entries(&before->entries, &before->object);
	card_entries(&after->entries, &after->object);
	return true;
}

bool cal_changes(struct arena *arena, const struct cal_change **list, size_t *n, const char *before,
	size_t before_len, const char *after, size_t after_len)
{
	struct arena *scratch = arena_new();
	struct version was = {.entries.arena = scratch}, is = {.entries.arena = scratch};
	struct telling telling = {.arena = scratch};

	buf_init(&was.converted, limits.bytes);
	buf_init(&is.converted, limits.bytes);
	buf_init(&telling.quiet, SIZE_MAX);
	bool readable = read_both(&was, before, before_len, &is, after, after_len);
	if (readable) {
		compare_entries(&telling, &was.entries, &is.entries);
		tell_vanished(&telling);
		drop_parts_of_name(&telling);
		tell_whole(&telling, &was, &is);
		sort(&telling);
		struct cal_change *kept = arena_array(arena, telling.n, sizeof(*kept));
		for (size_t i = 0; i < telling.n; i++) {
			kept[i] = telling.list[i];
			kept[i].property = arena_strdup(arena, kept[i].property);
			kept[i].text = arena_strdup(arena, kept[i].text);
		}
		*list = kept;
		*n = telling.n;
	}
	buf_free(&telling.quiet);
	buf_free(&was.converted);
	buf_free(&is.converted);
	arena_free(scratch);
	return readable;
}
