/* SPDX-License-Identifier: ISC */
/*
 * The program: a table of commands, as in git. `daybook COMMAND --help` is each command's own
 * matter; `daybook help COMMAND` asks it for it.
 */
#include "src/base/text.h"
#include "src/commands.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help; /* NULL: not for people */
};

static const struct command commands[] = {
	{"serve", cmd_serve, "run the server"},
	{"user", cmd_user, "add, list and remove people, change passwords"},
	{"device", cmd_device, "passwords for phones and programs: add, list, revoke"},
	{"group", cmd_group, "add, list and remove groups, change who is in them"},
	{"calendar", cmd_calendar,
		"list, add, remove and share calendars; birthdays as a calendar"},
	{"addressbook", cmd_addressbook, "list, add, remove and share address books"},
	{"import", cmd_import, "put .ics files into a calendar, .vcf files into an address book"},
	{"export", cmd_export, "write a calendar as one .ics file, an address book as one .vcf"},
	{"log", cmd_log, "who changed what, and when"},
	{"check", cmd_check, "read everything and say what is damaged"},
	{"backup", cmd_backup, "write a backup into a folder"},
	{"version", cmd_version, "print the version"},
	{"check-push", cmd_check_push, NULL},
};

#define N_COMMANDS (sizeof(commands) / sizeof(*commands))

static const char beginning[] =
	"\n\"daybook COMMAND --help\" tells more. To begin:\n\n"
	"  daybook serve              runs the server, and prints the password of \"admin\"\n"
	"  daybook user add anna      adds a person, in a second terminal\n"
	"  http://127.0.0.1:8080/     tells what to enter in which program\n";

static void usage(FILE *out)
{
	fputs("usage: daybook COMMAND [OPTIONS]\n\n"
	      "Calendars and contacts of a household, with all their history.\n\n",
		out);
	for (size_t i = 0; i < N_COMMANDS; i++)
		if (commands[i].help)
			fprintf(out, "  %-11s %s\n", commands[i].name, commands[i].help);
	fputs(beginning, out);
}

static const struct command *find(const char *name)
{
	for (size_t i = 0; i < N_COMMANDS; i++)
		if (text_equal(commands[i].name, name))
			return &commands[i];
	return NULL;
}

static int unknown(const char *name)
{
	const char *names[N_COMMANDS];
	size_t count = 0;

	for (size_t i = 0; i < N_COMMANDS; i++)
		if (commands[i].help)
			names[count++] = commands[i].name;
	const char *near = suggest_name(name, names, count);

	fprintf(stderr, "daybook: there is no command \"%s\"", name);
	if (near)
		fprintf(stderr, "; did you mean \"%s\"?\n", near);
	else
		fputs("; \"daybook help\" lists them\n", stderr);
	return EXIT_USAGE;
}

/* `daybook help`, `daybook help NAME` */
static int help(int argc, char **argv)
{
	if (argc < 2) {
		usage(stdout);
		return 0;
	}
	const struct command *command = find(argv[1]);

	if (!command)
		return unknown(argv[1]);
	char option[] = "--help";
	char *args[] = {argv[1], option, NULL};

	return command->run(2, args);
}

int main(int argc, char **argv)
{
	/* What any command creates is for its owner only: these are private lives. */
	umask(077);
	if (argc < 2) {
		usage(stderr);
		return EXIT_USAGE;
	}
	const char *name = argv[1];

	if (text_equal(name, "help") || text_equal(name, "--help") || text_equal(name, "-h"))
		return help(argc - 1, argv + 1);
	if (text_equal(name, "--version"))
		return cmd_version(1, argv + 1);
	const struct command *command = find(name);

	if (!command)
		return unknown(name);
	return command->run(argc - 1, argv + 1);
}
