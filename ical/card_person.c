/* SPDX-License-Identifier: ISC */
/*
 * A card of our own making: a person or a group of the household, as vCard 3.0 (RFC 2426). A group is one as Apple writes it
 * and all clients read it: 3.0 has no KIND and no MEMBER (RFC 6350 6.1.4, 6.6.5).
 */
#include "ical/card.h"
#include "ical/card_internal.h"

#include <string.h>

static void add(struct buf *out, const char *name, const char *value, const char *end)
{
	struct buf line;

	buf_init(&line, SIZE_MAX);
	buf_adds(&line, name);
	card_escape(&line, (struct cal_slice){value, strlen(value)});
	buf_adds(&line, end);
	cal_fold_add(out, line.data, line.len);
	buf_free(&line);
}

/* A URI is not escaped; nothing that could end its line may stand in it. */
static void add_member(struct buf *out, const char *uid)
{
	struct buf line;

	if (strpbrk(uid, "\r\n"))
		return;
	buf_init(&line, SIZE_MAX);
	buf_adds(&line, "X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:");
	buf_adds(&line, uid);
	cal_fold_add(out, line.data, line.len);
	buf_free(&line);
}

void card_person(struct buf *out, const struct card_person *person)
{
	buf_adds(out, "BEGIN:VCARD\r\nVERSION:3.0\r\nPRODID:-//Daybook//Daybook//EN\r\n");
	add(out, "UID:", person->uid, "");
	add(out, "FN:", person->name, "");
	/* Which part of a name is the family's, nobody said; N must be there (3.1.2). */
	add(out, person->group ? "N:" : "N:;", person->name, person->group ? ";;;;" : ";;;");
	for (size_t i = 0; i < person->n_mails; i++)
		add(out, "EMAIL;TYPE=INTERNET:", person->mails[i], "");
	if (person->group)
		buf_adds(out, "X-ADDRESSBOOKSERVER-KIND:group\r\n");
	for (size_t i = 0; i < person->n_members; i++)
		add_member(out, person->members[i]);
	buf_adds(out, "END:VCARD\r\n");
}
