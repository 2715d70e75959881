/* SPDX-License-Identifier: ISC */
/* daybook addressbook list|add|remove|share|shares|link|links|unlink: what cmd_calendar*.c do, for address books. */
#include "src/cmd_calendar.h"
#include "src/commands.h"

static const struct collection_kind books = {
	.command = "addressbook",
	.kind = "addressbook",
	.list = "addressbooks",
	.argument = "USER/BOOK",
	.example = "anna/friends",
	.about_list = "Lists the address books of one person, or of all.\n",
	.about_add = "Adds an address book.\n",
	.about_remove = "Removes an address book with all cards. They stay in the history. Of a "
			"share, only\nthe share goes: it is unsubscribed.\n",
	.about_share = "Shares an address book with somebody: an editor changes everything, an "
		       "author adds\nand changes what they added, a reader reads. It appears among "
		       "their own.\n",
	.about_shares = "Shows who sees which address books, and how much: edit, add or read. Of "
			"one\nperson, those that they see; of one book, with whom it is shared.\n",
	.about_link =
		"Makes an address that shows an address book without log-in: one file with all\n"
		"cards.\n",
	.about_links = "Lists the links to address books of one person, or of all.\n",
	.heading = "ADDRESS BOOK",
	.entry = "card",
	.entries = "cards",
	.roles = "editor, author, reader",
};

static int book_list(int argc, char **argv)
{
	return collection_list(&books, argc, argv);
}

static int book_add(int argc, char **argv)
{
	return collection_add(&books, argc, argv);
}

static int book_remove(int argc, char **argv)
{
	return collection_remove(&books, argc, argv);
}

static int book_share(int argc, char **argv)
{
	return collection_share(&books, argc, argv);
}

static int book_shares(int argc, char **argv)
{
	return collection_shares(&books, argc, argv);
}

static int book_link(int argc, char **argv)
{
	return collection_link(&books, argc, argv);
}

static int book_links(int argc, char **argv)
{
	return collection_links(&books, argc, argv);
}

static int book_unlink(int argc, char **argv)
{
	return collection_unlink(&books, argc, argv);
}

int cmd_addressbook(int argc, char **argv)
{
	static const struct cli_sub subs[] = {
		{"list", book_list, "list address books"},
		{"add", book_add, "add one"},
		{"remove", book_remove, "remove one"},
		{"share", book_share, "share one with somebody, or end that"},
		{"shares", book_shares, "list who sees what"},
		{"link", book_link, "make an address that shows one without log-in"},
		{"links", book_links, "list these addresses"},
		{"unlink", book_unlink, "revoke one"},
	};

	return cli_dispatch("addressbook", subs, sizeof(subs) / sizeof(*subs), argc, argv);
}
