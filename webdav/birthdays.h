/* SPDX-License-Identifier: ISC */
/*
 * Birthday calendars: an ordinary calendar in somebody's home whose entries Daybook makes, of the birthdays and anniversaries
 * (ical/card.h) in all cards that they see: in their own address books, and in those that stand in their home as shares. Its
 * .collection says `derived birthdays`; where such a calendar is the setting is on, where none is it is off, and whoever
 * deletes it turns it off. So nothing that decides what somebody sees is outside the repository, and each client finds
 * an ordinary calendar with its own sync-token, ETags and history.
 *
 * An entry is named by the id of its book and the name of its card: it stays the same whatever the card comes to hold, and all
 * that a card changes can be found from its name alone. A person whose card stands in two books has two birthdays, as in
 * the books themselves.
 *
 * Nobody writes into it. What somebody pushes there is put right. Its owner says how it is called and with whom it is
 * shared; of a card that is private or confidential, or has access control entries of its own, the entry is private, and so seen
 * by nobody else.
 *
 * The entries follow in commits of Daybook's own, right after the commits that they follow, made by whom and how ever. What
 * is followed is the change journal: the cost is that of the cards that changed. The first time, and where what somebody sees
 * may have changed as a whole (shares, rights, groups), all cards with a date are compared; a crash leaves nothing behind
 * that this would not repair.
 */
#ifndef WEBDAV_BIRTHDAYS_H
#define WEBDAV_BIRTHDAYS_H

#include "webdav/people.h"

#define DAV_BIRTHDAYS "birthdays" /* what .collection says, and the usual name of the calendar */

/* Are its members made by Daybook alone? */
bool dav_is_derived(const struct store_meta *meta);
/* The birthday calendar in a user's home; NULL: it is off. */
const struct store_collection *dav_birthdays_of(
	const struct store_snapshot *snapshot, const char *user);
/* Turns it on or off; SAME when it is so. It is empty at first. */
enum dav_people_code dav_birthdays_set(struct dav_people *people, const char *user, bool on);

/* --- keeping them in step --- */

struct dav_birthdays;
/* With `background` a thread of its own follows each commit; else dav_birthdays_free does what is due. */
struct dav_birthdays *dav_birthdays_new(struct store *store, bool background);
void dav_birthdays_free(struct dav_birthdays *birthdays);
/* Does what is due now; for tests, where no thread does. */
void dav_birthdays_catch_up(struct dav_birthdays *birthdays);

#endif
