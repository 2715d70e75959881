/* SPDX-License-Identifier: ISC */
/* A card of a file becomes one that can be stored (card.h): what is missing is made of what is there. */
#include "ical/card.h"
#include "ical/card_internal.h"
#include "src/base/text.h"

#include <stdio.h>
#include <string.h>

#define MAX_MADE (64u * 1024) /* bytes of a line that is made here */

struct mending {
	struct buf *out;
	struct cal_object card;
	const struct cal_comp *comp;
	unsigned mended;
	char uid[64];
	struct buf fn;
};

static bool has(const struct mending *m, const char *name)
{
	const struct cal_line *line;
	struct cal_slice group;

	for (uint32_t at = m->comp->begin; (line = cal_comp_next(&m->card, m->comp, &at));)
		if (line->value.n && cal_slice_is(card_name(line, &group), name))
			return true;
	return false;
}

static bool has_bare_ends(const char *bytes, size_t len)
{
	const char *p = bytes, *end = bytes + len;

	if (!len || end[-1] != '\n')
		return true;
	for (; p < end && (p = memchr(p, '\n', (size_t)(end - p))); p++)
		if (p == bytes || p[-1] != '\r')
			return true;
	return false;
}

/* ---- a UID ---- */

/* RFC 9562 5.8: version 8 is for UUIDs that are made as their maker sees fit. */
static void make_uid(struct mending *m, const char *bytes, size_t len)
{
	struct arena *arena = arena_new();
	struct card_gist gist;
	char hex[33];

	card_gist(&gist, arena, bytes, len);
	arena_free(arena);
	gist.content[6] = (gist.content[6] & 0x0f) | 0x80;
	gist.content[8] = (gist.content[8] & 0x3f) | 0x80;
	text_hex(hex, gist.content, sizeof(gist.content));
	snprintf(m->uid, sizeof(m->uid), "UID:urn:uuid:%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8,
		hex + 12, hex + 16, hex + 20);
	m->mended |= CARD_MENDED_UID;
}

/* ---- a name ---- */

static void add_word(struct mending *m, struct cal_slice word)
{
	struct cal_slice text = card_unescape(m->card.arena, word), piece;

	while (cal_slice_cut(&text, ' ', &piece)) {
		if (piece.n && m->fn.len)
			buf_addc(&m->fn, ' ');
		card_escape(&m->fn, piece);
	}
}

/* N (2426 3.1.2): family, given, additional, prefixes, suffixes; as they are said. */
static void from_n(struct mending *m, struct cal_slice value)
{
	static const size_t order[] = {3, 1, 2, 0, 4};
	struct cal_slice parts[5] = {0}, item;

	for (size_t i = 0; i < 5 && card_component_next(&value, &parts[i]); i++)
		;
	for (size_t i = 0; i < 5; i++)
		while (card_item_next(&parts[order[i]], &item))
			add_word(m, item);
}

static void from_first(struct mending *m, struct cal_slice value)
{
	struct cal_slice component;

	if (card_component_next(&value, &component))
		add_word(m, component);
}

static void from_whole(struct mending *m, struct cal_slice value)
{
	add_word(m, value);
}

static const struct source {
	const char *name;
	void (*take)(struct mending *m, struct cal_slice value);
} sources[] = {
	{"N", from_n},
	{"ORG", from_first},
	{"NICKNAME", from_whole},
	{"EMAIL", from_whole},
	{"TEL", from_whole},
};

static void make_fn(struct mending *m)
{
	buf_init(&m->fn, MAX_MADE);
	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]) && !m->fn.len; i++) {
		const struct cal_line *line = card_find(&m->card, m->comp, sources[i].name);
		if (line)
			sources[i].take(m, line->value);
	}
	if (m->fn.len && !m->fn.full)
		m->mended |= CARD_MENDED_FN;
}

/* ---- writing ---- */

static void add_text(struct buf *out, const char *p, const char *end)
{
	while (p < end) {
		const char *lf = memchr(p, '\n', (size_t)(end - p));
		const char *stop = lf ? lf : end;

		buf_add(out, p, (size_t)(stop - p) - (stop > p && stop[-1] == '\r'));
		buf_adds(out, "\r\n");
		p = lf ? lf + 1 : end;
	}
}

static bool is_replaced(const struct mending *m, const struct cal_line *line)
{
	struct cal_slice group, name = card_name(line, &group);

	return line->value.n == 0 && !line->bad &&
		((m->mended & CARD_MENDED_UID && cal_slice_is(name, "UID")) ||
			(m->mended & CARD_MENDED_FN && cal_slice_is(name, "FN")));
}

static void write_card(struct mending *m, const char *bytes, size_t len)
{
	const struct cal_line *line, *last = &m->card.lines[m->comp->end];
	const char *from = bytes;

	for (uint32_t at = m->comp->begin; (line = cal_comp_next(&m->card, m->comp, &at));) {
		if (!is_replaced(m, line))
			continue;
		add_text(m->out, from, line->raw.s);
		from = line->raw.s + line->raw.n;
	}
	add_text(m->out, from, last->raw.s);
	if (m->mended & CARD_MENDED_FN) {
		char *text = arena_printf(m->card.arena, "FN:%s", m->fn.data);
		cal_fold_add(m->out, text, strlen(text));
	}
	if (m->mended & CARD_MENDED_UID)
		buf_addf(m->out, "%s\r\n", m->uid);
	add_text(m->out, last->raw.s, bytes + len);
}

/* `sent` is what stood in the file: what the UID is made of does not change with the art of converting. */
static void mend(struct mending *m, const char *bytes, size_t len, struct cal_slice sent)
{
	if (has_bare_ends(bytes, len))
		m->mended |= CARD_MENDED_LINES;
	if (!has(m, "UID"))
		make_uid(m, sent.s, sent.n);
	if (!has(m, "FN"))
		make_fn(m);
	if (m->mended & ~(unsigned)CARD_MENDED_VERSION)
		write_card(m, bytes, len);
	else if (m->mended)
		buf_add(m->out, bytes, len);
	buf_free(&m->fn);
}

static bool read_card(struct mending *m, const char *bytes, size_t len)
{
	if (!cal_object_parse(&m->card, m->card.arena, &card_file_limits, bytes, len, NULL) ||
		!m->card.n_comps || m->card.comps[0].kind != KIND_VCARD ||
		m->card.comps[0].next != CAL_NONE)
		return false;
	m->comp = &m->card.comps[0];
	return true;
}

bool card_mend(
	struct buf *out, const char *bytes, size_t len, unsigned *mended, struct facts_fault *fault)
{
	struct arena *arena = arena_new();
	struct mending m = {.out = out, .card = {.arena = arena}};
	const struct cal_slice sent = {bytes, len};
	struct buf upgraded;
	bool fine = true;

	buf_init(&upgraded, 4 * (size_t)CAL_MAX_BYTES);
	bool readable = read_card(&m, bytes, len);
	if (readable && card_version_at(&m.card, m.comp) == CARD_2_1) {
		fine = card_upgrade21(&upgraded, bytes, len, fault);
		m.mended = CARD_MENDED_VERSION;
		bytes = upgraded.data;
		len = upgraded.len;
		readable = fine && read_card(&m, bytes, len);
	}
	if (readable)
		mend(&m, bytes, len, sent);
	if (fine)
		*mended = readable ? m.mended : 0;
	buf_free(&upgraded);
	arena_free(arena);
	return fine;
}
