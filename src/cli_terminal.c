/* SPDX-License-Identifier: ISC */
/* What commands show and ask: JSON members as text, times, the progress bar, passwords without
 * echo, files. */
#include "src/base/clock.h"
#include "src/base/text.h"
#include "src/cli.h"
#include "storage/account.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define SECOND INT64_C(1000000000)
#define BAR_WIDTH 30
#define BAR_INTERVAL INT64_C(100000000) /* ns between two drawings */
#define MAX_TEXT 400                    /* bytes of one shown text */
#define MAX_FILE ((size_t)1 << 30)

void cli_print_json(const json_t *json)
{
	json_dumpf(json, stdout, JSON_INDENT(2));
	putchar('\n');
}

const char *cli_text(struct arena *arena, const json_t *object, const char *member)
{
	const char *text = json_string_value(json_object_get(object, member));

	return text ? text_clean_line(arena, text, MAX_TEXT) : "";
}

long long cli_number(const json_t *object, const char *member)
{
	return json_integer_value(json_object_get(object, member));
}

void cli_column(const char *text, int width)
{
	fputs(text, stdout);
	for (; *text; text++)
		width -= (*text & 0xc0) != 0x80; /* the first byte of a character */
	printf("%*s", width > 0 ? width + 1 : 1, "");
}

const char *cli_time(struct arena *arena, const char *iso)
{
	int64_t when;
	char text[32];
	struct tm tm;

	if (!clock_iso_parse(iso, &when))
		return "";
	time_t seconds = (time_t)when;
	localtime_r(&seconds, &tm);
	strftime(text, sizeof(text), "%Y-%m-%d %H:%M", &tm);
	return arena_strdup(arena, text);
}

static bool bar_shown;

void cli_progress(void *unused, const char *step, size_t done, size_t all)
{
	static const char full[] = "##############################",
			  empty[] = "..............................";
	static int64_t last;
	int64_t now = clock_monotonic();

	(void)unused;
	if (!all || (done < all && now - last < BAR_INTERVAL) || !isatty(STDERR_FILENO))
		return;
	last = now;
	int marks = (int)(done * BAR_WIDTH / all);
	fprintf(stderr, "\r%-10s [%.*s%.*s] %zu of %zu\033[K", step, marks, full, BAR_WIDTH - marks,
		empty, done, all);
	bar_shown = true;
}

void cli_waiting(const char *step, int64_t since)
{
	int64_t seconds = (clock_monotonic() - since) / SECOND;

	if (seconds < 1 || !isatty(STDERR_FILENO))
		return;
	fprintf(stderr, "\r%-10s %lld s\033[K", step, (long long)seconds);
	bar_shown = true;
}

void cli_progress_end(void)
{
	if (bar_shown)
		fputs("\r\033[K", stderr);
	bar_shown = false;
}

static struct termios echoing;
static int terminal = -1;

/* Ctrl-C while the echo is off must not leave it off. */
static void on_interrupt(int signal_number)
{
	tcsetattr(terminal, TCSAFLUSH, &echoing);
	signal(signal_number, SIG_DFL);
	raise(signal_number);
}

/* One line without its end; NULL at the end of file. */
static char *read_line(struct arena *arena, FILE *in)
{
	char line[ACCOUNT_MAX_PASSWORD + 8];

	if (!fgets(line, sizeof(line), in))
		return NULL;
	size_t len = strcspn(line, "\r\n");
	return arena_strndup(arena, line, len);
}

static char *ask_once(struct arena *arena, FILE *tty, const char *prompt)
{
	struct termios quiet;

	terminal = fileno(tty);
	if (tcgetattr(terminal, &echoing) != 0)
		return NULL;
	quiet = echoing;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	signal(SIGINT, on_interrupt);
	tcsetattr(terminal, TCSAFLUSH, &quiet);
	fputs(prompt, tty);
	fflush(tty);
	char *line = read_line(arena, tty);
	tcsetattr(terminal, TCSAFLUSH, &echoing);
	signal(SIGINT, SIG_DFL);
	fputc('\n', tty);
	return line;
}

static char *ask_twice(struct arena *arena, FILE *tty, const char *name)
{
	char *first = ask_once(arena, tty, arena_printf(arena, "Password for %s: ", name));
	char *second = first && *first ? ask_once(arena, tty, "The same again: ") : NULL;

	if (second && text_equal(first, second))
		return first;
	cli_fail(second ? "the two are not the same" : "a password is needed");
	return NULL;
}

char *cli_ask_password(struct arena *arena, const char *name)
{
	FILE *tty = isatty(STDIN_FILENO) ? fopen("/dev/tty", "r+") : NULL;

	if (tty) {
		char *password = ask_twice(arena, tty, name);
		fclose(tty);
		return password;
	}
	char *password = read_line(arena, stdin);
	if (password && *password)
		return password;
	cli_fail("a password is needed: as the first line of standard input, or on a terminal");
	return NULL;
}

bool cli_confirm(const char *question)
{
	char answer[16];

	if (!isatty(STDIN_FILENO))
		return false;
	fprintf(stderr, "%s [y/N] ", question);
	return fgets(answer, sizeof(answer), stdin) && (*answer == 'y' || *answer == 'Y');
}

char *cli_read_file(struct arena *arena, const char *file, size_t *len)
{
	bool standard = text_equal(file, "-");
	FILE *in = standard ? stdin : fopen(file, "re");
	char piece[65536];
	struct buf bytes;
	size_t n;

	if (!in) {
		cli_fail("%s: %s", file, strerror(errno));
		return NULL;
	}
	buf_init(&bytes, MAX_FILE);
	while ((n = fread(piece, 1, sizeof(piece), in)) > 0)
		buf_add(&bytes, piece, n);
	bool bad = ferror(in) || bytes.full;
	if (bad)
		cli_fail("%s: %s", file, bytes.full ? "the file is too large" : strerror(errno));
	if (!standard)
		fclose(in);
	*len = bytes.len;
	char *copy = bad ? NULL : arena_alloc(arena, bytes.len + 1);
	if (copy && bytes.len)
		memcpy(copy, bytes.data, bytes.len);
	buf_free(&bytes);
	return copy;
}
