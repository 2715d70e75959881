/* SPDX-License-Identifier: ISC */
/*
 * The log. A line is made whole and written with one write(2), so that lines of threads do not mix.
 * Control characters become spaces: nothing a client sends can begin a line of its own. In the
 * journal the level is the prefix "<N>" of sd-daemon(3); elsewhere errors and warnings say so in a
 * word.
 */
#include "src/base/log.h"

#include "src/base/text.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINE_MAX_BYTES 4096 /* longer lines are cut; also what a pipe takes at once */

static const struct {
	const char *name, *journal, *word;
} levels[] = {
	[LOG_LEVEL_ERROR] = {"error", "<3>", "error: "},
	[LOG_LEVEL_WARN] = {"warn", "<4>", "warning: "},
	[LOG_LEVEL_INFO] = {"info", "<6>", ""},
	[LOG_LEVEL_DEBUG] = {"debug", "<7>", "debug: "},
};

static atomic_int threshold = LOG_LEVEL_INFO;
static pthread_once_t journal_once = PTHREAD_ONCE_INIT;
static bool in_journal;

void log_set_level(enum log_level level)
{
	atomic_store(&threshold, (int)level);
}

int log_level_from_name(const char *name)
{
	for (size_t i = 0; i < sizeof(levels) / sizeof(*levels); i++)
		if (text_equal(levels[i].name, name))
			return (int)i;
	return -1;
}

/* $JOURNAL_STREAM names the device and inode of the journal's socket (systemd.exec(5)). */
static void find_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	char mine[64];
	struct stat st;

	if (!stream || fstat(STDERR_FILENO, &st) != 0)
		return;
	snprintf(mine, sizeof(mine), "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
	in_journal = text_equal(stream, mine);
}

void log_line(enum log_level level, const char *format, ...)
{
	char line[LINE_MAX_BYTES];
	va_list args;

	if ((int)level > atomic_load(&threshold))
		return;
	pthread_once(&journal_once, find_journal);
	const char *prefix = in_journal ? levels[level].journal : levels[level].word;
	size_t len = strlen(prefix);
	memcpy(line, prefix, len);
	va_start(args, format);
	int wrote = vsnprintf(line + len, sizeof(line) - len - 1, format, args);
	va_end(args);
	if (wrote < 0)
		return;
	len += strlen(line + len);
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
			line[i] = ' ';
	line[len++] = '\n';
	if (write(STDERR_FILENO, line, len) < 0)
		return; /* there is nobody left to tell */
}
