/* SPDX-License-Identifier: ISC */
/* The two ways of a command to the data; see client.h. sun_path holds 108 bytes: long folders go by
 * /proc/self/fd. */
#include "src/client.h"

#include "src/api.h"
#include "src/base/clock.h"
#include "src/base/text.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define MAX_ANSWER ((size_t)1 << 31)
#define WORTH_A_BAR 65536 /* bytes */
#define BUSY_TRIES 25 /* of 200 ms: a daemon that starts has the lock before it has the socket */

int client_open(struct client *client, struct cli *cli, bool creates)
{
	const char *why = "";
	struct stat st;

	*client = (struct client){.cli = cli, .arena = cli->arena, .creates = creates};
	client->config = config_open(cli->config_file, &why);
	if (!client->config)
		return cli_fail("%s", why);
	client->data = app_data_dir(client->arena, client->config, cli->data);
	if (!client->data)
		return cli_fail("no data folder is known: name one with --data DIR");
	const char *state = arena_printf(client->arena, "%s/state.db", client->data);
	if (stat(state, &st) == 0 || (errno == ENOENT && creates))
		return 0;
	if (errno == EACCES)
		return cli_fail(
			"%s: permission denied: run this as root or as the user the daemon runs as",
			client->data);
	return cli_fail("there is no Daybook in %s: name its folder with --data DIR", client->data);
}

void client_close(struct client *client)
{
	if (client->is_open)
		app_close(&client->app);
	config_free(client->config);
	*client = (struct client){0};
}

int client_finish(struct client *client, int code)
{
	struct cli *cli = client->cli;

	client_close(client);
	cli_end(cli);
	return code;
}

int client_start(struct client *client, struct cli *cli, int argc, char **argv, bool creates)
{
	int code = cli_parse(cli, argc, argv);

	if (code != CLI_GO)
		return code;
	code = client_open(client, cli, creates);
	return code ? client_finish(client, code) : CLI_GO;
}

void client_answer_free(struct client_answer *answer)
{
	json_decref(answer->json);
	*answer = (struct client_answer){0};
}

/* ---------------------------------------------------------------- the daemon's socket */

/* A path to the socket that fits into sun_path; *folder is to be closed after use, -1: none. */
static const char *socket_path(const struct client *client, int *folder)
{
	const char *path = arena_printf(client->arena, "%s/control.sock", client->data);

	*folder = -1;
	if (strlen(path) < sizeof(((struct sockaddr_un *)0)->sun_path))
		return path;
	*folder = open(client->data, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return arena_printf(client->arena, "/proc/self/fd/%d/control.sock", *folder);
}

/* Does somebody listen there? */
static bool answers(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memcpy(address.sun_path, path, strlen(path) + 1);
	bool yes = fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
	if (fd >= 0)
		close(fd);
	return yes;
}

static size_t on_bytes(char *bytes, size_t size, size_t count, void *payload)
{
	return buf_add(payload, bytes, size * count) ? size * count : 0;
}

static int on_progress(
	void *payload, curl_off_t down_all, curl_off_t down, curl_off_t up_all, curl_off_t up)
{
	const int64_t *since = payload;

	if (up_all > WORTH_A_BAR && up < up_all)
		cli_progress(NULL, "sending", (size_t)up, (size_t)up_all);
	else if (down_all > WORTH_A_BAR)
		cli_progress(NULL, "receiving", (size_t)down, (size_t)down_all);
	else if (!down)
		cli_waiting("working", *since);
	return 0;
}

static struct curl_slist *set_options(CURL *curl, const char *socket_file, const char *url,
	const struct client_request *request, struct buf *body, int64_t *since)
{
	struct curl_slist *headers = curl_slist_append(NULL, "Expect:");

	if (request->content_type) {
		char type[128];
		snprintf(type, sizeof(type), "Content-Type: %s", request->content_type);
		headers = curl_slist_append(headers, type);
	}
	curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, socket_file);
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	if (request->body || !text_equal(request->method, "GET")) {
		curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_len);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request->body ? request->body : "");
	}
	curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_bytes);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, body);
	curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(curl, CURLOPT_XFERINFODATA, since);
	return headers;
}

static int call_daemon(struct client *client, const char *socket_file,
	const struct client_request *request, struct client_answer *answer, struct buf *body)
{
	CURL *curl = curl_easy_init();
	long status = 0;

	if (!curl)
		abort();
	const char *url = arena_printf(client->arena, "http://localhost%s", request->target);
	int64_t since = clock_monotonic();
	struct curl_slist *headers = set_options(curl, socket_file, url, request, body, &since);
	CURLcode code = curl_easy_perform(curl);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	curl_slist_free_all(headers);
	curl_easy_cleanup(curl);
	answer->status = (int)status;
	return code == CURLE_OK
		? 0
		: cli_fail("the daemon did not answer: %s", curl_easy_strerror(code));
}

/* ---------------------------------------------------------------- by ourselves */

static void call_here(struct client *client, const struct client_request *request,
	struct client_answer *answer, struct buf *body)
{
	struct api_request inner = {
		.method = request->method,
		.target = request->target,
		.content_type = request->content_type,
		.body = request->body ? request->body : "",
		.body_len = request->body_len,
		.person = {.name = "admin", .admin = true},
		.keeper = true,
	};
	struct api_response response = {.progress = cli_progress};

	api_handle(&client->app, &inner, &response);
	answer->status = response.status;
	buf_add(body, response.body.data ? response.body.data : "", response.body.len);
	api_response_free(&response);
}

/* 0 with the way found: *socket_file set, or the folder is open. */
static int find_way(struct client *client, const char **socket_file, int *folder)
{
	const struct timespec pause = {.tv_nsec = 200000000};
	enum store_code code = STORE_BUSY;
	const char *why = NULL;

	*socket_file = NULL;
	*folder = -1;
	for (int tries = 0; !client->is_open && code == STORE_BUSY && tries < BUSY_TRIES; tries++) {
		const char *path = socket_path(client, folder);
		if (answers(path)) {
			*socket_file = path;
			return 0;
		}
		if (*folder >= 0)
			close(*folder);
		*folder = -1;
		if (tries)
			nanosleep(&pause, NULL);
		code = app_open(&client->app, client->config, client->data, false, &why);
		client->is_open = code == STORE_OK;
	}
	if (client->is_open)
		return 0;
	if (code == STORE_BUSY)
		return cli_fail("another program has %s, and it does not answer on control.sock",
			client->data);
	return cli_fail("%s", why ? why : "the data folder cannot be opened");
}

/* What the server complained about, said to the person. */
static int complain(const struct client_answer *answer)
{
	const char *error = json_string_value(json_object_get(answer->json, "error"));

	return error ? cli_fail("%s", error) : cli_fail("the daemon answered %d", answer->status);
}

static int call_either(struct client *client, const struct client_request *request,
	struct client_answer *answer, struct buf *body)
{
	const char *socket_file;
	int folder;
	int code = find_way(client, &socket_file, &folder);

	if (code == 0 && socket_file)
		code = call_daemon(client, socket_file, request, answer, body);
	else if (code == 0)
		call_here(client, request, answer, body);
	if (folder >= 0)
		close(folder);
	cli_progress_end();
	return code;
}

int client_call(
	struct client *client, const struct client_request *request, struct client_answer *answer)
{
	struct client_request mine = *request;
	struct buf body;
	char *dumped = NULL;

	if (mine.json) {
		dumped = json_dumps(mine.json, JSON_COMPACT);
		mine.body = dumped;
		mine.body_len = strlen(dumped);
		mine.content_type = "application/json";
	}
	*answer = (struct client_answer){0};
	buf_init(&body, MAX_ANSWER);
	int code = call_either(client, &mine, answer, &body);
	answer->text = arena_memdup(client->arena, body.data ? body.data : "", body.len + 1);
	answer->len = body.len;
	answer->json = json_loadb(answer->text, answer->len, 0, NULL);
	buf_free(&body);
	free(dumped);
	if (code == 0 && answer->status >= 400)
		code = complain(answer);
	return code;
}

char *client_target(struct arena *arena, const char *format, ...)
{
	struct buf out;
	va_list args;

	buf_init(&out, 65536);
	va_start(args, format);
	for (; *format; format++) {
		if (format[0] == '%' && format[1] == 's') {
			text_percent_encode(&out, va_arg(args, const char *));
			format++;
		} else {
			buf_addc(&out, *format);
		}
	}
	va_end(args);
	char *target = arena_strdup(arena, out.data ? out.data : "");
	buf_free(&out);
	return target;
}
