/* SPDX-License-Identifier: ISC */
/*
 * calendar-data of a report (4791 9.6): the components and properties that were asked for, overrides and
 * free-busy periods limited to a range. Works on the client's lines; what is not touched stays as it was, byte for byte.
 */
#include "ical/internal.h"

#include <string.h>

#define FOLD_AT 75

void cal_fold_add(struct buf *out, const char *text, size_t len)
{
	size_t room = FOLD_AT;

	while (len > room) {
		size_t cut = room;

		while (cut > 1 && ((unsigned char)text[cut] & 0xC0) == 0x80)
			cut--;
		buf_add(out, text, cut);
		buf_add(out, "\r\n ", 3);
		text += cut;
		len -= cut;
		room = FOLD_AT - 1;
	}
	buf_add(out, text, len);
	buf_add(out, "\r\n", 2);
}

static bool names(const char *name, struct cal_slice slice)
{
	return cal_slice_is(slice, name);
}

bool cal_data_wants(const struct cal_data_comp *comp, struct cal_slice name, bool *novalue)
{
	*novalue = false;
	if (!comp || comp->all_props)
		return true;
	for (size_t i = 0; i < comp->n_props; i++) {
		if (!names(comp->props[i], name))
			continue;
		*novalue = comp->novalue && comp->novalue[i];
		return true;
	}
	return false;
}

const struct cal_data_comp *cal_data_child(
	const struct cal_data_comp *comp, struct cal_slice name, bool *wanted)
{
	*wanted = !comp || comp->all_comps;
	for (size_t i = 0; comp && i < comp->n_comps; i++) {
		if (!names(comp->comps[i].name, name))
			continue;
		*wanted = true;
		return &comp->comps[i];
	}
	return NULL;
}

static void add_raw(struct buf *out, const struct cal_line *line)
{
	buf_add(out, line->raw.s, line->raw.n);
	if (!line->raw.n || line->raw.s[line->raw.n - 1] != '\n')
		buf_add(out, "\r\n", 2);
}

static void add_with_value(
	struct buf *out, const struct cal_line *line, const char *value, size_t len)
{
	struct buf text;

	buf_init(&text, line->raw.n + len + 8);
	buf_add(&text, line->name.s, line->name.n);
	if (line->params.n) {
		buf_addc(&text, ';');
		buf_add(&text, line->params.s, line->params.n);
	}
	buf_addc(&text, ':');
	buf_add(&text, value, len);
	cal_fold_add(out, text.data, text.len);
	buf_free(&text);
}

/* 9.6.7: the periods that touch the range; the line goes when none does. */
static void add_freebusy(struct cal_renderer *r, const struct cal_line *line)
{
	struct cal_slice rest = line->value, one;
	struct buf kept;
	size_t n = 0;

	buf_init(&kept, line->value.n + 1);
	while (cal_slice_cut(&rest, ',', &one)) {
		struct cal_when start, end;

		if (cal_period_parse(&start, &end, r->object, line, one)) {
			struct cal_range span = {cal_when_instant(&start), cal_when_instant(&end)};

			if (!cal_overlaps(r->request->limit_freebusy, &span,
				    cal_is_floating(start.form), r->request->zone))
				continue;
		}
		if (n++)
			buf_addc(&kept, ',');
		buf_add(&kept, one.s, one.n);
	}
	if (kept.len == line->value.n)
		add_raw(r->out, line);
	else if (n)
		add_with_value(r->out, line, kept.data, kept.len);
	buf_free(&kept);
}

void cal_render_line(
	struct cal_renderer *r, const struct cal_data_comp *comp, const struct cal_line *line)
{
	bool novalue;

	if (!cal_data_wants(comp, line->name, &novalue))
		return;
	if (novalue)
		add_with_value(r->out, line, "", 0);
	else if (line->prop == PROP_FREEBUSY && r->request->limit_freebusy)
		add_freebusy(r, line);
	else
		add_raw(r->out, line);
}

void cal_render_comp(
	struct cal_renderer *r, const struct cal_comp *comp, const struct cal_data_comp *wanted)
{
	const struct cal_object *o = r->object;

	add_raw(r->out, &o->lines[comp->begin]);
	for (uint32_t i = comp->begin + 1; i < comp->end; i++) {
		const struct cal_line *line = &o->lines[i];

		if (line->prop == PROP_BEGIN) {
			const struct cal_comp *child = &o->comps[line->comp];
			bool take;
			const struct cal_data_comp *below = cal_data_child(
				wanted, child->name, &take);

			if (take)
				cal_render_comp(r, child, below);
			i = child->end;
		} else {
			cal_render_line(r, wanted, line);
		}
	}
	add_raw(r->out, &o->lines[comp->end]);
}

/* ---- limit-recurrence-set (9.6.6) ---- */

/* The overrides of one kind, and which of them touch the range. */
struct limit {
	uint8_t kind;
	struct cal_set set;
	const bool *touched;
	size_t at; /* components come in the order of the series */
};

static bool is_limited_away(
	struct cal_renderer *r, const struct cal_comp *comp, struct limit *limit)
{
	const struct cal_set *set = &limit->set;

	if (!r->request->limit_recurrence || !cal_kind_bit(comp->kind))
		return false;
	if (limit->kind != comp->kind) {
		*limit = (struct limit){.kind = comp->kind};
		if (!cal_set_read(&limit->set, r->object, &r->object->comps[0], comp->kind, NULL))
			limit->set.n_series = 0;
		limit->touched = cal_set_touched(
			set, r->request->limit_recurrence, r->request->zone);
	}
	while (limit->at < set->n_series && set->series[limit->at].comp < comp)
		limit->at++;
	return limit->at < set->n_series && set->series[limit->at].comp == comp &&
		set->series[limit->at].overrides && !limit->touched[limit->at];
}

static void render_top(struct cal_renderer *r, const struct cal_comp *top)
{
	const struct cal_data_comp *wanted = r->request->comp;
	struct limit limit = {.kind = KIND_OTHER};

	add_raw(r->out, &r->object->lines[top->begin]);
	for (uint32_t i = top->begin + 1; i < top->end; i++) {
		const struct cal_line *line = &r->object->lines[i];

		if (line->prop != PROP_BEGIN) {
			cal_render_line(r, wanted, line);
			continue;
		}
		const struct cal_comp *child = &r->object->comps[line->comp];
		bool take;
		const struct cal_data_comp *below = cal_data_child(wanted, child->name, &take);
		if (take && !is_limited_away(r, child, &limit))
			cal_render_comp(r, child, below);
		i = child->end;
	}
	add_raw(r->out, &r->object->lines[top->end]);
}

bool cal_render(
	struct buf *out, const struct cal_data_request *request, const char *bytes, size_t len)
{
	struct cal_object object;
	struct cal_renderer r = {out, &object, request};
	size_t before = out->len;
	bool fine = false;

	if (!request->comp && !request->expand && !request->limit_recurrence &&
		!request->limit_freebusy) {
		buf_add(out, bytes, len);
		return true;
	}
	struct arena *arena = arena_new();
	const struct cal_comp *top = NULL;
	if (cal_object_parse(&object, arena, &cal_object_limits, bytes, len, NULL))
		top = cal_object_top(&object);
	if (top && request->expand) {
		fine = cal_render_expanded(&r, top);
	} else if (top) {
		render_top(&r, top);
		fine = true;
	}
	if (!fine && out->data) {
		out->len = before;
		out->data[before] = '\0';
	}
	arena_free(arena);
	return fine;
}
