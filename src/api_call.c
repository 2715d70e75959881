/* SPDX-License-Identifier: ISC */
/* Answers of the management interface, all JSON, and the small values in them. */
#include "src/api_call.h"

#include "src/base/clock.h"
#include "src/base/text.h"

#include <stdlib.h>

void api_answer(struct api_call *call, int status, json_t *value)
{
	char *text = json_dumps(value, JSON_INDENT(2));

	json_decref(value);
	if (!text)
		abort(); /* out of memory, or a value that was built wrongly */
	call->response->status = status;
	call->response->content_type = "application/json; charset=utf-8";
	buf_reset(&call->response->body);
	buf_adds(&call->response->body, text);
	buf_addc(&call->response->body, '\n');
	free(text);
}

void api_answer_nothing(struct api_call *call)
{
	call->response->status = 204;
	call->response->content_type = NULL;
	buf_reset(&call->response->body);
}

void api_fail(struct api_call *call, int status, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	const char *text = arena_vprintf(call->arena, format, args);
	va_end(args);
	api_answer(call, status, json_pack("{s:s}", "error", text));
}

void api_fail_store(struct api_call *call, enum store_code code, const char *text)
{
	static const struct {
		int status;
		const char *words;
	} table[] = {
		[STORE_OK] = {500, "nothing went wrong"},
		[STORE_UNCHANGED] = {500, "nothing was changed"},
		[STORE_NOT_FOUND] = {404, "it is not there"},
		[STORE_CONFLICT] = {409, "somebody else changed it at the same time: try again"},
		[STORE_UID_TAKEN] = {409, "an entry with this UID is there already"},
		[STORE_INVALID] = {400, "the data is not acceptable"},
		[STORE_BUSY] = {503, "the repository is locked by another program: try again"},
		[STORE_FULL] = {507, "there is no room left on the disk: delete something there"},
		[STORE_FAILED] = {500, "the disk, the repository or the database is in trouble"},
	};

	if (text && text_starts(text, "there is no "))
		api_fail(call, table[code].status, "%s", text);
	else if (text && *text)
		api_fail(call, table[code].status, "%s: %s", table[code].words, text);
	else
		api_fail(call, table[code].status, "%s", table[code].words);
}

const char *api_who(const struct api_call *call)
{
	const struct dav_person *person = &call->request->person;

	return person->display_name && *person->display_name ? person->display_name : person->name;
}

struct dav_person api_viewer(const struct api_call *call)
{
	if (call->request->keeper)
		return (struct dav_person){.name = call->params[0]};
	return call->request->person;
}

json_t *api_time(int64_t when)
{
	char text[21];

	if (!when)
		return json_null();
	clock_iso(text, when);
	return json_string(text);
}

json_t *api_text(const char *text)
{
	json_t *value = text ? json_string(text) : json_null();

	return value ? value : json_string("?"); /* not UTF-8: somebody's push */
}

struct store_write api_write(const struct api_call *call, const char *subject)
{
	const struct dav_person *person = &call->request->person;

	return (struct store_write){
		.author_name = api_who(call),
		.author_mail = person->mail,
		.subject = subject,
		.user = person->name,
		.device = person->device,
	};
}
