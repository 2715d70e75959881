/* SPDX-License-Identifier: ISC */
/*
 * The commands: one function and one file each (cmd_NAME.c); the table is in main.c. argv[0] is the
 * command's name. The result is the exit code: 0 done, 1 it failed (and said why on standard
 * error), 2 it was called wrongly.
 */
#ifndef SRC_COMMANDS_H
#define SRC_COMMANDS_H

#include <stddef.h>

#define EXIT_USAGE 2

int cmd_serve(int argc, char **argv);
int cmd_user(int argc, char **argv);
int cmd_device(int argc, char **argv);
int cmd_group(int argc, char **argv);
int cmd_calendar(int argc, char **argv);
int cmd_addressbook(int argc, char **argv);
/* of cmd_calendar: cmd_calendar_birthdays.c */
int calendar_birthdays(int argc, char **argv);
int cmd_import(int argc, char **argv);
int cmd_export(int argc, char **argv);
int cmd_log(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_check_push(int argc, char **argv); /* what repo.git/hooks/pre-receive runs */
int cmd_backup(int argc, char **argv);
int cmd_version(int argc, char **argv);

/* The name nearest to `word`, for "did you mean"; NULL when none is near. */
const char *suggest_name(const char *word, const char *const *names, size_t count);

#endif
