/* SPDX-License-Identifier: ISC */
/* daybook calendar|addressbook share: gives somebody a role, or ends it. */
#include "src/base/text.h"
#include "src/client.h"
#include "src/cmd_calendar.h"

#include <stdio.h>
#include <string.h>

#define NOBODY "\"%s\" is nobody's name: a user's is wanted, or group:NAME"
#define NONE "none"

struct wish {
	struct cli_place place;
	const char *with, *role;
};

/* Where it is found now, and what is held in the end where that is something else. */
static void print_share(struct arena *arena, const struct wish *wish, const json_t *share)
{
	const char *role = cli_text(arena, share, "role"),
		   *effective = cli_text(arena, share, "effective"),
		   *url = cli_text(arena, share, "url"), *who = cli_text(arena, share, "principal");
	bool user = json_object_get(share, "effective");

	printf("%s/%s is ", wish->place.user, wish->place.collection);
	if (*role)
		printf("shared with %s as %s%s%s\n", who, role, *url ? ": " : "", url);
	else
		printf("no longer shared with %s\n", who);
	if (user && !text_equal(role, effective))
		printf("with all other entries, groups and denials, %s is %s%s there\n", who,
			*effective ? *role ? "" : "still " : "nobody", effective);
}

static int share(struct client *client, const struct collection_kind *kind, const struct wish *wish)
{
	struct client_request request = {.method = "PUT",
		.target = client_target(client->arena,
			"/api/v1/users/%s/collections/%s/shares/%s?kind=%s", wish->place.user,
			wish->place.collection, wish->with, kind->kind)};
	struct client_answer answer;

	request.json = json_pack("{s:s}", "role", wish->role);
	if (!request.json)
		return cli_fail("all must be UTF-8");
	int code = client_call(client, &request, &answer);
	json_decref(request.json);
	if (code == 0)
		print_share(client->arena, wish, answer.json);
	client_answer_free(&answer);
	return code;
}

/* CLI_GO, or the exit code after saying what is wrong. */
static int check(const struct collection_kind *kind, const struct cli *cli, struct wish *wish)
{
	int code = CLI_GO;

	if (!collection_place(kind, cli, cli->args[0], &wish->place, &code))
		return code;
	if (!wish->with || !*wish->with)
		return cli_misuse(cli, "--with is missing: with whom?");
	if (!wish->role || !*wish->role)
		return cli_misuse(cli, "--as is missing: %s or none", kind->roles);
	/* No segment of an address can hold one. */
	return strchr(wish->with, '/') ? cli_fail(NOBODY, wish->with) : CLI_GO;
}

int collection_share(const struct collection_kind *kind, int argc, char **argv)
{
	char usage[COLLECTION_USAGE];
	struct wish wish = {0};
	char roles[80];
	const struct cli_option options[] = {
		{"with", 'w', "NAME", "a user, or group:NAME", &wish.with},
		{"as", 'a', "ROLE", roles, &wish.role},
	};
	struct cli cli = {
		.usage = collection_usage(usage, kind, "share %s --with NAME --as ROLE [OPTIONS]"),
		.about = kind->about_share,
		.options = options,
		.n_options = sizeof(options) / sizeof(*options),
		.min_args = 1,
		.max_args = 1,
	};
	struct client client;

	snprintf(roles, sizeof(roles), "%s; \"" NONE "\" ends it", kind->roles);
	int code = cli_parse(&cli, argc, argv);

	if (code != CLI_GO)
		return code;
	code = check(kind, &cli, &wish);
	if (code == CLI_GO) {
		code = client_open(&client, &cli, false);
		if (code == 0)
			code = share(&client, kind, &wish);
		client_close(&client);
	}
	cli_end(&cli);
	return code;
}
