/* SPDX-License-Identifier: ISC */
/* src/auth_agent.c: from a User-Agent header to the name of a program, for real clients and for hostile ones. */
#include "src/auth_agent.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

static void user_agents_are_programs(void **unused)
{
	static const struct {
		const char *agent, *program;
	} rows[] = {
		{"Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Thunderbird/153.7.0",
			"Thunderbird"},
		{"Mozilla/5.0 (Windows NT 10.0; rv:102.0) Gecko/20100101 Thunderbird/102.1",
			"Thunderbird"},
		{"Evolution/3.46.4", "Evolution"},
		{"Mac+OS+X/10.11 (15A283) CalendarAgent/361", "Mac OS X CalendarAgent"},
		{"macOS/13.4 (22F66) dataaccessd/1.0", "macOS dataaccessd"},
		{"iOS/5.1 (9B179) dataaccessd/1.0", "iOS dataaccessd"},
		{"iOS/18.1.1 (22B91) remindd/1.0", "iOS remindd"},
		{"Mozilla/5.0 (X11; Linux x86_64) KIO/5.103 kdavtest/5.103.0", "KDE"},
		{"KDE DAV groupware client", "KDE"},
		{"vdirsyncer/0.19.0", "vdirsyncer"},
		{"python-caldav/(unknown)", "python-caldav"},
		{"Python-urllib/3.11", "Python-urllib"},
		{"cadaver/0.24 neon/0.32.5", "cadaver"},
		{"davfs2/1.6.1 neon/0.32.5", "davfs2"},
		{"URL/Emacs Emacs/28.2 (TTY; x86_64-pc-linux-gnu)", "Emacs"},
		{"Mozilla/5.0 (X11) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0 "
		 "Safari/537.36",
			"Chrome"},
		{"Mozilla/5.0 (X11) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0 "
		 "Safari/537.36 Edg/156",
			"Edge"},
		{"Mozilla/5.0", "Mozilla"},
		{"curl/7.88.1", "curl"},
		{"curl/8.0.0-DEV", "curl"},
		{"Foo-1.2.3", "Foo"},
		{"Foo_v2", "Foo"},
		{"Foo 1.2.3 (build 7)", "Foo"},
		{"Foo17.2", "Foo"},
		{"node", "node"},
		{"One/1 Two/2 Three/3 Four/4 Five/5", "One Two Three Four"},
		{"1.2.3", AGENT_UNNAMED},
		{"v1", AGENT_UNNAMED},
		{"(nothing) /", AGENT_UNNAMED},
		{"((((((a", AGENT_UNNAMED},
		{"))a", "a"},
		{" \t ", AGENT_UNNAMED},
		{"\001\002\r\nUser: x", "User x"},
		{"K\xc3\xa4se/1", "Kse"},
		{"\xff\xfe/1", AGENT_UNNAMED},
		{"\xe2\x80\xae"
		 "evil",
			"evil"},
		{NULL, AGENT_UNNAMED},
		{"", AGENT_UNNAMED},
	};
	char program[DEVICE_PROGRAM_SIZE], huge[8193];

	(void)unused;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		agent_program(rows[i].agent, program);
		if (strcmp(program, rows[i].program) != 0)
			fail_msg("\"%s\": \"%s\", wanted \"%s\"", rows[i].agent, program,
				rows[i].program);
	}
	for (size_t i = 0; i < sizeof(huge) - 1; i++)
		huge[i] = "aB9. /(-"[i * i % 8];
	huge[sizeof(huge) - 1] = '\0';
	agent_program(huge, program);
	assert_in_range(strlen(program), 1, DEVICE_PROGRAM_SIZE - 1);
	memset(huge, 'x', sizeof(huge) - 1);
	agent_program(huge, program);
	assert_in_range(strlen(program), 1, DEVICE_PROGRAM_SIZE - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(user_agents_are_programs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
