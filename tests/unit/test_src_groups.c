/* SPDX-License-Identifier: ISC */
/* Groups in the management interface (src/api_groups.c): enrolment, names, who may see and change them. */
#include "tests/unit/api_help.h"

#define LONG "a2345678901234567890123456789012345678901234567890123456789012345"

static const struct row household[] = {
	{"admin", "PUT", "/users/anna?password=x", NULL, NULL, 201, NULL},
	{"admin", "PUT", "/users/bob?password=x", NULL, NULL, 201, NULL},
	{"admin", "PUT", "/users/carl?password=x", NULL, NULL, 201, NULL},
};

static void groups_by_enrolment(void **state)
{
	static const struct row rows[] = {
		{"admin", "PUT", "/groups/kids?members=bob,CARL", NULL, NULL, 201,
			"\"people\": [\n    \"bob\",\n    \"carl\"\n  ]"},
		{"admin", "PUT", "/groups/KIDS", FORM, "members=bob", 200,
			"\"members\": [\n    \"bob\"\n  ]"},
		{"admin", "PUT", "/groups/family", JSON,
			"{\"members\": [\"anna\", \"group:kids\"], \"display_name\": \"Us all\"}",
			201, "\"people\": [\n    \"anna\",\n    \"bob\"\n  ]"},
		{"admin", "GET", "/groups/family", NULL, NULL, 200, "\"group:kids\""},
		{"admin", "PUT", "/groups/kids/users/carl", NULL, NULL, 201, "carl"},
		{"admin", "PUT", "/groups/kids/users/carl", NULL, NULL, 200, "carl"},
		{"admin", "GET", "/groups/kids/users/Carl", NULL, NULL, 200,
			"\"member\": \"carl\""},
		{"admin", "GET", "/groups/family/users/carl", NULL, NULL, 200, "family"},
		{"admin", "GET", "/groups/kids/users/anna", NULL, NULL, 404, "anna is not in kids"},
		{"admin", "GET", "/groups/kids/users/..", NULL, NULL, 404, "is not in kids"},
		{"admin", "GET", "/groups/none/users/anna", NULL, NULL, 404, "is not in none"},
		{"admin", "DELETE", "/groups/kids/users/carl", NULL, NULL, 204, NULL},
		{"admin", "DELETE", "/groups/kids/users/carl", NULL, NULL, 404, "carl is not in"},
		{"admin", "DELETE", "/groups/kids/users/dora", NULL, NULL, 404, "no user dora"},
		{"admin", "PUT", "/groups/kids/users/dora", NULL, NULL, 404, "no user dora"},
		{"admin", "PUT", "/groups/none/users/anna", NULL, NULL, 404, "no group none"},
		{"admin", "PUT", "/groups/kids?members=bob,dora", NULL, NULL, 400, "no user dora"},
		{"admin", "PUT", "/groups/kids?members=group:none", NULL, NULL, 400,
			"no group none"},
		{"admin", "PUT", "/groups/kids/users/group%3Afamily", NULL, NULL, 409,
			"kids would have family, family has kids"},
		{"admin", "PUT", "/groups/kids?members=groups%2Fkids", NULL, NULL, 409,
			"kids would have kids"},
		{"admin", "PUT", "/groups/kids?members=", NULL, NULL, 200, "\"members\": []"},
		{"admin", "PUT", "/groups/kids", NULL, NULL, 200, "\"members\": []"},
		{"admin", "PUT", "/groups/kids", JSON, "{\"add\": [\"bob\"]}", 200, "\"bob\""},
		{"admin", "PUT", "/groups/none", JSON, "{\"add\": [\"bob\"]}", 404,
			"no group none"},
		{"admin", "PUT", "/groups/kids", JSON, "{\"add\": [\"bob\"], \"members\": []}", 400,
			"leave out"},
		{"admin", "PUT", "/groups/kids", JSON, "{\"drop\": [\"anna\"]}", 404,
			"anna is not in kids"},
		{"admin", "PUT", "/groups/kids", JSON, "{\"display_name\": \"Children\"}", 200,
			"\"display_name\": \"Children\""},
	};

	(void)state;
	RUN(household);
	RUN(rows);
}

static void groups(void **state)
{
	static const struct row rows[] = {
		{"admin", "PUT", "/groups/kids?members=bob", NULL, NULL, 201, NULL},
		{"admin", "PUT", "/groups/family?members=anna,group:kids", NULL, NULL, 201, NULL},
		{"admin", "POST", "/api/v1/groups", JSON,
			"{\"name\": \"Club\", \"members\": \"carl\"}", 201, "\"name\": \"club\""},
		{"admin", "POST", "/api/v1/groups", JSON, "{\"name\": \"club\"}", 409, "already"},
		{"admin", "POST", "/api/v1/groups", JSON, "{}", 400, "is missing"},
		{"admin", "POST", "/api/v1/groups", FORM, "name=x", 415, NULL},
		{"admin", "GET", "/api/v1/groups", NULL, NULL, 200, "\"name\": \"family\""},
		{"admin", "GET", "/api/v1/groups/club", NULL, NULL, 200, "carl"},
		{"admin", "GET", "/api/v1/groups/none", NULL, NULL, 404, "no group none"},
		{"admin", "DELETE", "/api/v1/groups/club", NULL, NULL, 204, NULL},
		{"admin", "DELETE", "/api/v1/groups/club", NULL, NULL, 404, "no group club"},
		/* a user and a group of one name are two */
		{"admin", "PUT", "/groups/bob?members=bob", NULL, NULL, 201, NULL},
		{"admin", "DELETE", "/groups/bob", NULL, NULL, 204, NULL},
		{"admin", "GET", "/api/v1/users/bob", NULL, NULL, 200, NULL},
	};

	(void)state;
	RUN(household);
	RUN(rows);
}

static void names_of_groups(void **state)
{
	static const struct row rows[] = {
		{"admin", "PUT", "/groups/kids?members=bob", NULL, NULL, 201, NULL},
		{"admin", "PUT", "/groups/family?members=anna,group:kids", NULL, NULL, 201, NULL},
		{"admin", "PUT", "/groups/..?members=bob", NULL, NULL, 400, "no group name"},
		{"admin", "PUT", "/groups/%2E%2E", NULL, NULL, 400, "no group name"},
		{"admin", "PUT", "/groups/the%20kids", NULL, NULL, 400, "no group name"},
		{"admin", "PUT", "/groups/@kids", NULL, NULL, 400, "no group name"},
		{"admin", "PUT", "/groups/k%C3%AFds", NULL, NULL, 400, "no group name"},
		{"admin", "PUT", "/groups/%D0%BAids", NULL, NULL, 400, "no group name"},
		{"admin", "PUT", "/groups/kids%E2%80%8B", NULL, NULL, 400, "no group name"},
		{"admin", "PUT", "/groups/kids%0A", NULL, NULL, 400, "no group name"},
		{"admin", "PUT", "/groups/kids%00", NULL, NULL, 400, "malformed"},
		{"admin", "PUT", "/groups/kids%2Fx", NULL, NULL, 400, "malformed"},
		{"admin", "PUT", "/groups/" LONG, NULL, NULL, 400, "no group name"},
		{"admin", "PUT", "/groups/" LONG LONG LONG LONG LONG, NULL, NULL, 400, NULL},
		{"admin", "POST", "/api/v1/groups", JSON, "{\"name\": \"..\"}", 400,
			"no group name"},
		{"admin", "PUT", "/groups/kids@home", NULL, NULL, 201, NULL},
		{"admin", "PUT", "/groups/kids", JSON, "{\"members\": [\"..\"]}", 400,
			"can be no member"},
		{"admin", "PUT", "/groups/kids", JSON, "{\"members\": [\"b ob\"]}", 400,
			"can be no member"},
		{"admin", "PUT", "/groups/kids", JSON, "{\"members\": [\"bob\\n\"]}", 400,
			"on one line"},
		{"admin", "PUT", "/groups/kids", JSON, "{\"members\": [\"" LONG LONG "\"]}", 400,
			"at most 71 bytes"},
		{"admin", "PUT", "/groups/kids", JSON, "{\"members\": [7]}", 400, "a text"},
		{"admin", "PUT", "/groups/kids?colour=red", NULL, NULL, 400, "unknown"},
		{"admin", "PUT", "/groups/kids/users/bob?x=y", NULL, NULL, 400, "unknown"},
	};

	(void)state;
	RUN(household);
	RUN(rows);
}

/* Members see, admins change, and nothing tells what exists. */
static void rights_on_groups(void **state)
{
	static const struct row rows[] = {
		{"admin", "PUT", "/groups/kids?members=bob", NULL, NULL, 201, NULL},
		{"admin", "PUT", "/groups/family?members=anna,group:kids", NULL, NULL, 201, NULL},
		{"bob", "GET", "/groups/kids", NULL, NULL, 200, "\"name\": \"kids\""},
		{"bob", "GET", "/api/v1/groups/family", NULL, NULL, 200, "group:kids"},
		{"bob", "GET", "/groups/kids/users/bob", NULL, NULL, 200, NULL},
		{"carl", "GET", "/groups/kids", NULL, NULL, 403, "only members of kids"},
		{"carl", "GET", "/groups/none", NULL, NULL, 403, "only members of none"},
		{"carl", "GET", "/groups/..", NULL, NULL, 403, "only members of"},
		{"carl", "GET", "/groups/kids/users/carl", NULL, NULL, 403, "only members of kids"},
		{"bob", "GET", "/api/v1/groups", NULL, NULL, 200, "\"name\": \"kids\""},
		{"carl", "GET", "/api/v1/groups", NULL, NULL, 200, "\"groups\": []"},
		{"bob", "PUT", "/groups/kids", NULL, NULL, 403, "only admins"},
		{"bob", "PUT", "/groups/kids/users/carl", NULL, NULL, 403, "only admins"},
		{"bob", "DELETE", "/groups/kids/users/bob", NULL, NULL, 403, "only admins"},
		{"bob", "DELETE", "/groups/none", NULL, NULL, 403, "only admins"},
		{"bob", "POST", "/api/v1/groups", JSON, "{\"name\": \"x\"}", 403, "only admins"},
		{NULL, "GET", "/groups/kids", NULL, NULL, 401, "log in"},
		{"admin", "POST", "/groups/kids", NULL, NULL, 405, "GET, PUT, DELETE"},
		{"admin", "GET", "/groups", NULL, NULL, 404, NULL},
		/* who goes is a member no more, and the same name is somebody else */
		{"admin", "DELETE", "/users/bob", NULL, NULL, 204, NULL},
		{"admin", "GET", "/groups/kids", NULL, NULL, 200, "\"members\": []"},
		{"admin", "PUT", "/users/bob?password=x", NULL, NULL, 201, NULL},
		{"bob", "GET", "/groups/kids", NULL, NULL, 403, NULL},
		{"admin", "GET", "/api/v1/log?limit=2", NULL, NULL, 200,
			"admin removed the user bob"},
	};

	(void)state;
	RUN(household);
	RUN(rows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(groups_by_enrolment),
		TEST(groups),
		TEST(names_of_groups),
		TEST(rights_on_groups),
	};

	cal_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
