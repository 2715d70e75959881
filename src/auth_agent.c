/* SPDX-License-Identifier: ISC */
/*
 * RFC 9110 10.1.5: a User-Agent is products ("name/version") and comments in parentheses. A table has
 * the programs that are known by one of their products, whatever stands beside it; all others are
 * called by the names of their first products.
 */
#include "src/auth_agent.h"

#include "src/base/text.h"

#include <string.h>

#define LOOKED_AT 512  /* bytes of a header; a product behind them does not count */
#define PRODUCTS 12    /* likewise */
#define PRODUCT_MAX 40 /* bytes of a name */
#define SHOWN 4        /* products of a program that no table knows */

struct products {
	char names[PRODUCTS][PRODUCT_MAX + 1];
	size_t n;
};

/* The first row that meets any product wins: browsers name several of each other. */
static const struct {
	const char *product, *program;
} known[] = {
	{"DAVx5", "DAVx5"},
	{"DAVdroid", "DAVdroid"},
	{"ICSx5", "ICSx5"},
	{"Thunderbird", "Thunderbird"},
	{"Evolution", "Evolution"},
	{"SyncEvolution", "SyncEvolution"},
	{"cadaver", "cadaver"},
	{"davfs2", "davfs2"},
	{"Emacs", "Emacs"},
	{"kdavtest", "KDE"},
	{"KIO", "KDE"},
	{"KDE", "KDE"},
	{"CalDavSynchronizer", "Outlook CalDav Synchronizer"},
	{"Edg", "Edge"},
	{"OPR", "Opera"},
	{"HeadlessChrome", "Chrome"},
	{"Chrome", "Chrome"},
	{"Firefox", "Firefox"},
};

/* Products that everybody names. */
static const char *const fillers[] = {"Mozilla", "AppleWebKit", "Gecko", "KHTML", "Version"};

static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		strchr("._-+", c);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Where a version begins that stands in the product's name: "Foo-1.2", "foo_v3", "Foo17.2". */
static size_t version_at(const char *name, size_t len)
{
	size_t digits = 0; /* where the digits before name[i] begin */

	for (size_t i = 0; i + 1 < len; i++) {
		bool dash = strchr("-_", name[i]) && i;
		size_t v = i + 1 + (dash && name[i + 1] == 'v' && i + 2 < len);
		if (dash && is_digit(name[v]))
			return i;
		if (name[i] == '.' && digits < i && is_digit(name[i + 1]))
			return digits;
		if (!is_digit(name[i]))
			digits = i + 1;
	}
	return len;
}

/* One word up to a space, a slash or a parenthesis. Numbers are no names. */
static void add_product(struct products *products, const char *word, size_t len)
{
	char name[PRODUCT_MAX + 1];
	size_t used = 0;

	for (size_t i = 0; i < len && used < PRODUCT_MAX; i++) {
		if (word[i] == '+') /* "Mac+OS+X" */
			name[used++] = ' ';
		else if (word[i] && is_name_char(word[i]))
			name[used++] = word[i];
	}
	used = version_at(name, used);
	while (used && strchr("-_. ", name[used - 1]))
		used--;
	name[used] = '\0';
	if (strspn(name, "0123456789v.") < used && products->n < PRODUCTS)
		memcpy(products->names[products->n++], name, used + 1);
}

static void split(struct products *products, const char *text)
{
	const char *end = text + strnlen(text, LOOKED_AT);
	int depth = 0;

	while (text < end) {
		const char *start = text;
		while (text < end && !strchr(" \t/()", *text))
			text++;
		if (text > start && !depth)
			add_product(products, start, (size_t)(text - start));
		if (text < end && *text == '(')
			depth++;
		if (text < end && *text == ')' && depth)
			depth--;
		if (text < end && *text == '/') /* the version; "python-caldav/(unknown)" */
			text += strcspn(text, " \t(");
		else if (text < end)
			text++;
	}
}

static bool is_filler(const char *name)
{
	for (size_t i = 0; i < sizeof(fillers) / sizeof(*fillers); i++)
		if (text_equal(name, fillers[i]))
			return true;
	return false;
}

static const char *look_up(const struct products *products)
{
	for (size_t row = 0; row < sizeof(known) / sizeof(*known); row++)
		for (size_t i = 0; i < products->n; i++)
			if (text_equal_nocase(products->names[i], known[row].product))
				return known[row].program;
	return NULL;
}

/* Appends a word if it fits. */
static void append(char program[DEVICE_PROGRAM_SIZE], const char *word)
{
	size_t len = strlen(program), more = strlen(word);

	if (len + (len > 0) + more >= DEVICE_PROGRAM_SIZE)
		return;
	if (len)
		program[len++] = ' ';
	memcpy(program + len, word, more + 1);
}

void agent_program(const char *user_agent, char program[DEVICE_PROGRAM_SIZE])
{
	struct products products = {.n = 0};

	*program = '\0';
	split(&products, user_agent ? user_agent : "");
	const char *name = look_up(&products);
	if (name) {
		append(program, name);
		return;
	}
	size_t shown = 0;
	for (size_t i = 0; i < products.n && shown < SHOWN; i++) {
		if (is_filler(products.names[i]))
			continue;
		append(program, products.names[i]);
		shown++;
	}
	if (!*program)
		append(program, products.n ? products.names[0] : AGENT_UNNAMED);
}
