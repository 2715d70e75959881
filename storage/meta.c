/* SPDX-License-Identifier: ISC */
/*
 * The text of .collection and .meta files: one fact a line, "KEY VALUE", in a fixed order, so that
 * git shows a change of one property as a change of one line:
 *
 *	id 0d5c9f…                       kind calendar | addressbook | folder | home
 *	components VEVENT VTODO          created 2026-11-23T10:00:00Z
 *	share-of 0d5c9f… calendars/anna/home
 *	derived birthdays
 *	ace grant users/ben#0d5c9f… read
 *	prop {DAV:}displayname <d:displayname …>Home</d:displayname>
 *
 * Lines with other keys are kept as they are, after ours.
 */
#include "storage/internal.h"

#include "src/base/clock.h"
#include "src/base/text.h"

#define META_MAX ((size_t)16 << 20) /* bytes of the text */

static const char *const kinds[] = {
	[FACTS_FOLDER] = "folder",
	[FACTS_CALENDAR] = "calendar",
	[FACTS_ADDRESSBOOK] = "addressbook",
	[FACTS_HOME] = "home",
};

static const struct {
	const char *name;
	uint32_t bit;
} components[] = {
	{"VEVENT", FACTS_VEVENT},
	{"VTODO", FACTS_VTODO},
	{"VJOURNAL", FACTS_VJOURNAL},
	{"VFREEBUSY", FACTS_VFREEBUSY},
	{"VAVAILABILITY", FACTS_VAVAILABILITY},
	{"VCARD", FACTS_VCARD},
};

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

struct parser {
	struct arena *arena;
	struct store_meta meta;
	struct store_prop *props;
	const char **aces, **other;
	size_t cap_props, cap_aces, cap_other;
	bool seen[6]; /* keys that stand once */
	const char *why;
};

/* ---------------------------------------------------------------- reading */

static const char *parse_id(struct parser *parser, const char *value)
{
	if (!*value || strlen(value) > STORE_MAX_NAME || strpbrk(value, " \t"))
		return "is not an id";
	parser->meta.id = value;
	return NULL;
}

static const char *parse_kind(struct parser *parser, const char *value)
{
	for (size_t i = 0; i < COUNT(kinds); i++)
		if (strcmp(kinds[i], value) == 0) {
			parser->meta.kind = (enum facts_kind)i;
			return NULL;
		}
	return "is none of calendar, addressbook, folder, home";
}

static const char *parse_components(struct parser *parser, const char *value)
{
	size_t n;
	char **words = text_split(parser->arena, value, ' ', &n);

	for (size_t w = 0; w < n; w++) {
		uint32_t bit = 0;
		for (size_t i = 0; i < COUNT(components); i++)
			if (strcmp(components[i].name, words[w]) == 0)
				bit = components[i].bit;
		if (!bit)
			return "names an unknown component";
		parser->meta.components |= bit;
	}
	return n ? NULL : "is empty";
}

static const char *parse_created(struct parser *parser, const char *value)
{
	return clock_iso_parse(value, &parser->meta.created) ? NULL : "is not a date";
}

static const char *parse_share(struct parser *parser, const char *value)
{
	const char *space = strchr(value, ' ');

	if (!space || space == value || place_of(space + 1) == PLACE_NONE)
		return "is not \"ID PATH\"";
	parser->meta.share_of = value;
	return NULL;
}

static const char *parse_derived(struct parser *parser, const char *value)
{
	if (!*value || strlen(value) > STORE_MAX_NAME || strpbrk(value, " \t"))
		return "is not a word";
	parser->meta.derived = value;
	return NULL;
}

/* The order of entries has a meaning (RFC 3744 6), and what they say is for webdav/acl.c to read. */
static const char *parse_ace(struct parser *parser, const char *value)
{
	if (parser->meta.n_aces == STORE_MAX_ACES)
		return "stands too often";
	parser->aces = arena_grow(parser->arena, parser->aces, &parser->cap_aces,
		parser->meta.n_aces + 1, sizeof(*parser->aces));
	parser->aces[parser->meta.n_aces++] = value;
	return NULL;
}

static const char *parse_prop(struct parser *parser, const char *value)
{
	const char *xml = strstr(value, " <");

	if (value[0] != '{' || !xml || !memchr(value, '}', (size_t)(xml - value)))
		return "is not \"{namespace}name <xml>\"";
	parser->props = arena_grow(parser->arena, parser->props, &parser->cap_props,
		parser->meta.n_props + 1, sizeof(*parser->props));
	parser->props[parser->meta.n_props++] = (struct store_prop){
		arena_strndup(parser->arena, value, (size_t)(xml - value)), xml + 1};
	return NULL;
}

/* In the order of printing. All but the last two stand once. */
static const struct {
	const char *key;
	const char *(*parse)(struct parser *parser, const char *value);
} keys[] = {
	{"id", parse_id},
	{"kind", parse_kind},
	{"components", parse_components},
	{"created", parse_created},
	{"share-of", parse_share},
	{"derived", parse_derived},
	{"ace", parse_ace},
	{"prop", parse_prop},
};

static bool parse_line(struct parser *parser, const char *line, size_t number)
{
	const char *space = strchr(line, ' ');

	for (size_t i = 0; space && i < COUNT(keys); i++) {
		size_t len = strlen(keys[i].key);
		if (len != (size_t)(space - line) || memcmp(keys[i].key, line, len) != 0)
			continue;
		const char *why = keys[i].parse(parser, space + 1);
		if (!why && i < COUNT(parser->seen) && parser->seen[i])
			why = "stands twice";
		if (i < COUNT(parser->seen))
			parser->seen[i] = true;
		if (why)
			parser->why = arena_printf(
				parser->arena, "line %zu: %s %s", number, keys[i].key, why);
		return !why;
	}
	parser->other = arena_grow(parser->arena, parser->other, &parser->cap_other,
		parser->meta.n_other + 1, sizeof(*parser->other));
	parser->other[parser->meta.n_other++] = line;
	return true;
}

static int by_name(const void *a, const void *b)
{
	const struct store_prop *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static bool finish(struct parser *parser)
{
	if (parser->meta.n_props)
		qsort(parser->props, parser->meta.n_props, sizeof(*parser->props), by_name);
	for (size_t i = 1; i < parser->meta.n_props; i++)
		if (by_name(&parser->props[i - 1], &parser->props[i]) == 0) {
			parser->why = arena_printf(
				parser->arena, "prop %s stands twice", parser->props[i].name);
			return false;
		}
	parser->meta.props = parser->props;
	parser->meta.aces = parser->aces;
	parser->meta.other = parser->other;
	return true;
}

bool store_meta_parse(struct arena *arena, const char *bytes, size_t len, struct store_meta *meta,
	const char **why)
{
	struct parser parser = {.arena = arena};
	const char *end = bytes + len;

	for (size_t number = 1; bytes < end; number++) {
		const char *stop = memchr(bytes, '\n', (size_t)(end - bytes));
		size_t size = (size_t)((stop ? stop : end) - bytes);
		if (memchr(bytes, '\0', size) || memchr(bytes, '\r', size)) {
			*why = arena_printf(arena, "line %zu: a control character", number);
			return false;
		}
		if (size && !parse_line(&parser, arena_strndup(arena, bytes, size), number)) {
			*why = parser.why;
			return false;
		}
		bytes = stop ? stop + 1 : end;
	}
	if (!finish(&parser)) {
		*why = parser.why;
		return false;
	}
	*meta = parser.meta;
	return true;
}

/* ---------------------------------------------------------------- writing */

/* One line, whatever is in it: a line break in XML is a character reference, elsewhere it can
 * only be an attack. */
static void add_line(struct buf *out, const char *text, const char *lf, const char *cr)
{
	for (;;) {
		size_t plain = strcspn(text, "\r\n");
		buf_add(out, text, plain);
		text += plain;
		if (!*text)
			return;
		buf_adds(out, *text++ == '\n' ? lf : cr);
	}
}

static void add_fact(struct buf *out, const char *key, const char *value)
{
	buf_addf(out, "%s ", key);
	add_line(out, value, "%0A", "%0D");
	buf_addc(out, '\n');
}

static void print_head(struct buf *out, const struct store_meta *meta)
{
	if (meta->id) {
		add_fact(out, "id", meta->id);
		add_fact(out, "kind", kinds[meta->kind]);
	}
	if (meta->components) {
		buf_adds(out, "components");
		for (size_t i = 0; i < COUNT(components); i++)
			if (meta->components & components[i].bit)
				buf_addf(out, " %s", components[i].name);
		buf_addc(out, '\n');
	}
	if (meta->created) {
		char iso[21];
		clock_iso(iso, meta->created);
		add_fact(out, "created", iso);
	}
	if (meta->share_of)
		add_fact(out, "share-of", meta->share_of);
	if (meta->derived)
		add_fact(out, "derived", meta->derived);
	for (size_t i = 0; i < meta->n_aces; i++)
		add_fact(out, "ace", meta->aces[i]);
}

char *store_meta_print(struct arena *arena, const struct store_meta *meta, size_t *len)
{
	struct store_prop *props = arena_memdup(arena, meta->props, meta->n_props * sizeof(*props));
	struct buf out;

	buf_init(&out, META_MAX);
	print_head(&out, meta);
	if (meta->n_props)
		qsort(props, meta->n_props, sizeof(*props), by_name);
	for (size_t i = 0; i < meta->n_props; i++) {
		buf_adds(&out, "prop ");
		add_line(&out, props[i].name, "%0A", "%0D");
		buf_addc(&out, ' ');
		add_line(&out, props[i].xml, "&#10;", "&#13;");
		buf_addc(&out, '\n');
	}
	for (size_t i = 0; i < meta->n_other; i++) {
		add_line(&out, meta->other[i], "%0A", "%0D");
		buf_addc(&out, '\n');
	}
	char *text = arena_strndup(arena, out.data ? out.data : "", out.len);
	*len = out.len;
	buf_free(&out);
	return text;
}

/* ---------------------------------------------------------------- properties */

const char *store_meta_prop(const struct store_meta *meta, const char *name)
{
	for (size_t i = 0; i < meta->n_props; i++)
		if (strcmp(meta->props[i].name, name) == 0)
			return meta->props[i].xml;
	return NULL;
}

struct store_meta store_meta_with(
	struct arena *arena, const struct store_meta *meta, const char *name, const char *xml)
{
	struct store_meta with = *meta;
	struct store_prop *props = arena_array(arena, meta->n_props + 1, sizeof(*props));
	size_t n = 0;

	for (size_t i = 0; i < meta->n_props; i++)
		if (strcmp(meta->props[i].name, name) != 0)
			props[n++] = meta->props[i];
	if (xml)
		props[n++] = (struct store_prop){
			arena_strdup(arena, name), arena_strdup(arena, xml)};
	if (n)
		qsort(props, n, sizeof(*props), by_name);
	with.props = props;
	with.n_props = n;
	return with;
}
