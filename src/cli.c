/* SPDX-License-Identifier: ISC */
/* Options of commands: getopt_long over the command's own table and the common one. */
#include "src/cli.h"

#include "src/base/text.h"
#include "src/commands.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define MAX_OPTIONS 16
#define OPTION_WIDTH 26 /* columns of --help before the explanation */
#define NO_LETTER 256   /* getopt's values of options without a letter begin here */

static void print_option(char letter, const char *name, const char *argument, const char *help)
{
	char left[64];

	snprintf(left, sizeof(left), "%s%c%s--%s%s%s", letter ? "-" : "  ", letter ? letter : ' ',
		letter ? ", " : " ", name, argument ? " " : "", argument ? argument : "");
	if (strlen(left) > OPTION_WIDTH)
		printf("  %s\n  %*s %s\n", left, OPTION_WIDTH, "", help);
	else
		printf("  %-*s %s\n", OPTION_WIDTH, left, help);
}

static int print_help(const struct cli *cli)
{
	printf("usage: daybook %s\n\n%s\n", cli->usage, cli->about);
	for (size_t i = 0; i < cli->n_options; i++)
		print_option(cli->options[i].letter, cli->options[i].name, cli->options[i].argument,
			cli->options[i].help);
	print_option(0, "data", "DIR", "the data folder");
	print_option(0, "config", "FILE", "the configuration file");
	if (cli->lists)
		print_option(0, "json", NULL, "print JSON");
	print_option(0, "help", NULL, "print this");
	return 0;
}

int cli_fail(const char *format, ...)
{
	va_list args;

	cli_progress_end();
	fputs("daybook: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	return 1;
}

int cli_misuse(const struct cli *cli, const char *format, ...)
{
	va_list args;

	fputs("daybook: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, "\nusage: daybook %s\n", cli->usage);
	return EXIT_USAGE;
}

struct parser {
	struct cli_option all[MAX_OPTIONS];
	struct option longs[MAX_OPTIONS + 1];
	char letters[2 * MAX_OPTIONS + 2];
	size_t count;
	bool help;
};

static void add_option(struct parser *parser, const struct cli_option *option)
{
	size_t i = parser->count++, end = strlen(parser->letters);

	parser->all[i] = *option;
	parser->longs[i] = (struct option){
		option->name,
		option->argument ? required_argument : no_argument,
		NULL,
		NO_LETTER + (int)i,
	};
	if (option->letter) {
		parser->letters[end++] = option->letter;
		if (option->argument)
			parser->letters[end++] = ':';
	}
}

static const struct cli_option *found_option(const struct parser *parser, int value)
{
	if (value >= NO_LETTER)
		return &parser->all[value - NO_LETTER];
	for (size_t i = 0; i < parser->count; i++)
		if (parser->all[i].letter == value)
			return &parser->all[i];
	return NULL;
}

/* False: it stands too often. */
static bool take(const struct cli_option *option, const char *value)
{
	struct cli_list *list = option->into;

	if (!option->argument) {
		*(bool *)option->into = true;
	} else if (!text_ends(option->argument, "...")) {
		*(const char **)option->into = value;
	} else {
		if (list->n == CLI_MAX_LIST)
			return false;
		list->texts[list->n++] = value;
	}
	return true;
}

int cli_parse(struct cli *cli, int argc, char **argv)
{
	struct parser parser = {.letters = ":"};
	const struct cli_option common[] = {
		{"data", 0, "DIR", "", &cli->data},
		{"config", 0, "FILE", "", &cli->config_file},
		{"help", 'h', NULL, "", &parser.help},
		{"json", 0, NULL, "", &cli->json},
	};
	int value;

	for (size_t i = 0; i < cli->n_options; i++)
		add_option(&parser, &cli->options[i]);
	for (size_t i = 0; i < 3 + (size_t)cli->lists; i++)
		add_option(&parser, &common[i]);
	optind = 0; /* a new scan, also when an earlier one ended inside an argument */
	while ((value = getopt_long(argc, argv, parser.letters, parser.longs, NULL)) != -1) {
		const struct cli_option *option = found_option(&parser, value);
		if (value == ':')
			return cli_misuse(cli, "%s needs a value", argv[optind - 1]);
		if (!option)
			return cli_misuse(cli, "unknown option %s", argv[optind - 1]);
		if (!take(option, optarg))
			return cli_misuse(
				cli, "--%s stands more than %d times", option->name, CLI_MAX_LIST);
	}
	if (parser.help) {
		print_help(cli);
		return 0;
	}
	cli->args = argv + optind;
	cli->n_args = argc - optind;
	if (cli->n_args < cli->min_args)
		return cli_misuse(cli, "something is missing");
	if (cli->n_args > cli->max_args)
		return cli_misuse(cli, "\"%s\" is too much", cli->args[cli->max_args]);
	cli->arena = arena_new();
	return CLI_GO;
}

void cli_end(struct cli *cli)
{
	cli_progress_end();
	arena_free(cli->arena);
	cli->arena = NULL;
}

static void print_subs(FILE *out, const char *command, const struct cli_sub *subs, size_t n)
{
	fprintf(out, "usage: daybook %s COMMAND [OPTIONS]\n\n", command);
	for (size_t i = 0; i < n; i++)
		fprintf(out, "  %-8s %s\n", subs[i].name, subs[i].help);
	fprintf(out, "\n\"daybook %s COMMAND --help\" tells more.\n", command);
}

int cli_dispatch(const char *command, const struct cli_sub *subs, size_t n, int argc, char **argv)
{
	if (argc > 1 && (text_equal(argv[1], "--help") || text_equal(argv[1], "-h"))) {
		print_subs(stdout, command, subs, n);
		return 0;
	}
	for (size_t i = 0; argc > 1 && i < n; i++)
		if (text_equal(argv[1], subs[i].name))
			return subs[i].run(argc - 1, argv + 1);
	if (argc > 1)
		fprintf(stderr, "daybook: there is no command \"%s %s\"\n", command, argv[1]);
	print_subs(stderr, command, subs, n);
	return EXIT_USAGE;
}

struct cli_place cli_place(struct arena *arena, const char *text)
{
	struct cli_place place = {.user = text};
	const char *slash = strchr(text, '/');

	if (!slash)
		return place;
	place.user = arena_strndup(arena, text, (size_t)(slash - text));
	text = slash + 1;
	slash = strchr(text, '/');
	place.collection = *text
		? arena_strndup(arena, text, slash ? (size_t)(slash - text) : strlen(text))
		: NULL;
	place.name = slash && slash[1] ? slash + 1 : NULL;
	return place;
}
