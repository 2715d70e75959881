/* SPDX-License-Identifier: ISC */
/*
 * A file of many cards, cut into single ones (card.h). Only line beginnings are looked at: what is within a card is for
 * whoever reads it. A card whose END is missing ends where the next one begins, so that one broken card costs no other.
 */
#include "ical/card.h"

#include <string.h>
#include <strings.h>

#define BEGIN "BEGIN:VCARD"
#define END "END:VCARD"

struct physical {
	const char *s;
	size_t n; /* without its end and the white space before that */
	const char *next;
};

static struct physical line_at(const struct card_file *file)
{
	const char *lf = memchr(file->at, '\n', (size_t)(file->end - file->at));
	struct physical line = {file->at, 0, lf ? lf + 1 : file->end};

	line.n = (size_t)((lf ? lf : file->end) - file->at);
	while (line.n && strchr(" \t\r", line.s[line.n - 1]))
		line.n--;
	return line;
}

static void step(struct card_file *file, const struct physical *line)
{
	file->at = line->next;
	file->line++;
}

static bool is(const struct physical *line, const char *text)
{
	return line->n == strlen(text) && strncasecmp(line->s, text, line->n) == 0;
}

/* 2.1, section 2.7: "AGENT:" and then the card of the agent, not indented. */
static bool is_agent(const struct physical *line)
{
	static const char name[] = "AGENT:";
	const size_t n = sizeof(name) - 1;

	return line->n >= n && strncasecmp(line->s + line->n - n, name, n) == 0 &&
		(line->n == n || line->s[line->n - n - 1] == '.');
}

static void skip_empty(struct card_file *file)
{
	while (file->at < file->end) {
		struct physical line = line_at(file);
		if (line.n)
			return;
		step(file, &line);
	}
}

static void take_stray(struct card_file *file, struct card_piece *piece)
{
	struct physical line;

	do {
		line = line_at(file);
		step(file, &line);
	} while (file->at < file->end && (line = line_at(file), !is(&line, BEGIN)));
	piece->why = "this stands outside of BEGIN:VCARD and END:VCARD";
}

static void take_card(struct card_file *file, struct card_piece *piece)
{
	unsigned depth = 0;
	bool agent = false;

	piece->why = "BEGIN:VCARD has no END:VCARD";
	while (file->at < file->end) {
		struct physical line = line_at(file);
		if (is(&line, BEGIN) && depth && !agent)
			return;
		depth += is(&line, BEGIN);
		depth -= is(&line, END);
		agent = line.n ? is_agent(&line) : agent;
		step(file, &line);
		if (!depth) {
			piece->why = NULL;
			return;
		}
	}
}

struct card_file card_file_begin(const char *bytes, size_t len)
{
	const size_t mark = len >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

	return (struct card_file){bytes + mark, bytes + len, 1};
}

bool card_file_next(struct card_file *file, struct card_piece *piece)
{
	skip_empty(file);
	if (file->at == file->end)
		return false;
	*piece = (struct card_piece){.bytes = file->at, .line = file->line};
	struct physical line = line_at(file);
	if (is(&line, BEGIN))
		take_card(file, piece);
	else
		take_stray(file, piece);
	piece->len = (size_t)(file->at - piece->bytes);
	return true;
}

unsigned card_piece_line(const struct card_piece *piece, unsigned line)
{
	struct card_file file = {piece->bytes, piece->bytes + piece->len, piece->line};
	unsigned number = 0;

	while (file.at < file.end) {
		struct physical here = line_at(&file);
		number += *here.s != ' ' && *here.s != '\t';
		if (number == line)
			return file.line;
		step(&file, &here);
	}
	return piece->line;
}
