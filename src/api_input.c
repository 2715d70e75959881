/* SPDX-License-Identifier: ISC */
/*
 * Input of the management interface: the query (RFC 3986 3.4, as HTML forms write it), a JSON
 * object (RFC 8259) or a form (application/x-www-form-urlencoded) become one JSON object; api_read
 * checks it against a table of fields.
 *
 * POST wants a media type that a foreign web page can not send without asking first (a form can):
 * the browser would add the user's remembered password. PUT and DELETE always ask first.
 */
#include "src/api_call.h"
#include "src/base/text.h"

#include <string.h>

#define MAX_FIELDS 32

static int hex_of(char c)
{
	unsigned char byte;
	const char pair[2] = {'0', c};

	return text_unhex(&byte, pair, 1) ? byte : -1;
}

/* Percent-decoding of form fields: any byte but NUL, '+' is a space. NULL when malformed or not
 * UTF-8. */
static char *form_decode(struct arena *arena, const char *text, size_t len)
{
	char *out = arena_alloc(arena, len + 1);
	size_t used = 0;

	for (size_t i = 0; i < len; i++) {
		int c = text[i] == '+' ? ' ' : (unsigned char)text[i];
		if (c == '%') {
			int high = i + 1 < len ? hex_of(text[i + 1]) : -1;
			int low = i + 2 < len ? hex_of(text[i + 2]) : -1;
			c = high < 0 || low < 0 ? 0 : high * 16 + low;
			i += 2;
		}
		if (!c)
			return NULL;
		out[used++] = (char)c;
	}
	return text_is_utf8(out, used) ? out : NULL;
}

static bool put_field(struct api_call *call, const char *name, json_t *value)
{
	if (!value || json_object_get(call->input, name)) {
		json_decref(value);
		api_fail(call, 400, "the field \"%s\" is there twice", name);
		return false;
	}
	json_object_set_new(call->input, name, value);
	return true;
}

/* "a=1&b=2" of a query or a form. */
static bool collect_form(struct api_call *call, const char *text, size_t len)
{
	const char *end = text + len;

	while (text < end) {
		const char *stop = memchr(text, '&', (size_t)(end - text));
		stop = stop ? stop : end;
		const char *equals = memchr(text, '=', (size_t)(stop - text));
		const char *name_end = equals ? equals : stop;
		char *name = form_decode(call->arena, text, (size_t)(name_end - text));
		char *value = equals
			? form_decode(call->arena, equals + 1, (size_t)(stop - equals - 1))
			: "";
		if (!name || !value || json_object_size(call->input) >= MAX_FIELDS) {
			api_fail(call, 400,
				"the query or form is malformed: percent-encoded UTF-8 is wanted");
			return false;
		}
		if (*name && !put_field(call, name, json_string(value)))
			return false;
		text = stop + 1;
	}
	return true;
}

static bool collect_json(struct api_call *call)
{
	json_error_t error;
	const char *name;
	json_t *value;
	const struct api_request *request = call->request;
	CLEANUP(json_t)
	json_t *object = json_loadb(
		request->body, request->body_len, JSON_REJECT_DUPLICATES, &error);

	if (!object) {
		api_fail(call, 400, "line %d of the JSON: %s", error.line, error.text);
		return false;
	}
	if (!json_is_object(object)) {
		api_fail(call, 400, "the JSON must be an object: {\"field\": value}");
		return false;
	}
	json_object_foreach(
		object, name, value) if (!put_field(call, name, json_incref(value))) return false;
	return true;
}

/* The media type alone: up to the semicolon. */
static char *media_type(struct api_call *call)
{
	const char *type = call->request->content_type ? call->request->content_type : "";

	return text_lower(call->arena,
		text_trim(call->arena, arena_strndup(call->arena, type, strcspn(type, ";"))));
}

static bool collect_body(struct api_call *call)
{
	const struct api_request *request = call->request;
	const char *type = media_type(call);
	bool is_post = text_equal(request->method, "POST");
	size_t blank = request->body_len ? strspn(request->body, " \t\r\n") : 0;

	if (blank == request->body_len)
		return true;
	if (request->body_len > API_MAX_INPUT) {
		api_fail(call, 413, "the body is larger than %u bytes", API_MAX_INPUT);
		return false;
	}
	/* `curl -d '{…}'` says it were a form. */
	if (text_equal(type, "application/json") || (!is_post && request->body[blank] == '{'))
		return collect_json(call);
	if (text_equal(type, "application/x-www-form-urlencoded") && !is_post)
		return collect_form(call, request->body, request->body_len);
	api_fail(call, 415, "send the fields as Content-Type: application/json%s",
		is_post ? "" : " or application/x-www-form-urlencoded");
	return false;
}

bool api_collect_input(struct api_call *call, const char *query, bool body)
{
	call->input = json_object();
	return collect_form(call, query, strcspn(query, "#")) && (!body || collect_body(call));
}

static bool refuse(struct api_call *call, const struct api_field *field, const char *wanted)
{
	api_fail(call, 400, "\"%s\" must be %s", field->name, wanted);
	return false;
}

static bool has_controls(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return true;
	return false;
}

static bool read_text(struct api_call *call, const struct api_field *field, json_t *value)
{
	const char *text = json_string_value(value);

	if (!text)
		return refuse(call, field, "a text");
	if (strlen(text) > field->max)
		return refuse(call, field,
			arena_printf(call->arena, "at most %zu bytes long", field->max));
	if (field->type == API_TEXT && has_controls(text))
		return refuse(call, field, "on one line, without control characters");
	*(const char **)field->into = arena_strdup(call->arena, text);
	return true;
}

static bool read_flag(struct api_call *call, const struct api_field *field, json_t *value)
{
	static const struct {
		const char *word;
		bool is;
	} words[] = {{"true", true}, {"yes", true}, {"1", true}, {"", true}, {"false", false},
		{"no", false}, {"0", false}};
	const char *text = json_string_value(value);

	if (json_is_boolean(value)) {
		*(bool *)field->into = json_is_true(value);
		return true;
	}
	for (size_t i = 0; text && i < sizeof(words) / sizeof(*words); i++) {
		if (text_equal_nocase(text, words[i].word)) {
			*(bool *)field->into = words[i].is;
			return true;
		}
	}
	return refuse(call, field, "true or false");
}

static bool read_number(struct api_call *call, const struct api_field *field, json_t *value)
{
	const char *text = json_string_value(value);
	uint64_t number = 0;
	bool good = text && text_to_u64(text, &number);

	if (json_is_integer(value) && json_integer_value(value) >= 0) {
		number = (uint64_t)json_integer_value(value);
		good = true;
	}
	if (!good || number > field->max)
		return refuse(call, field,
			arena_printf(call->arena, "a number from 0 to %zu", field->max));
	*(uint64_t *)field->into = number;
	return true;
}

static bool refuse_list(struct api_call *call, const struct api_field *field, size_t max)
{
	return refuse(call, field, arena_printf(call->arena, "a list of at most %zu texts", max));
}

static bool read_list(struct api_call *call, const struct api_field *field, json_t *value)
{
	size_t n = json_array_size(value),
	       max = field->type == API_LIST ? API_MAX_LIST : API_MAX_LONG_LIST;

	if (json_is_string(value)) {
		struct api_field whole = *field;
		const char *text;
		whole.into = &text;
		whole.max = (field->max + 1) * max;
		if (!read_text(call, &whole, value))
			return false;
		*(const char ***)field->into = (const char **)text_split(
			call->arena, text, ',', &n);
		return n <= max || refuse_list(call, field, max);
	}
	if (!json_is_array(value))
		return refuse(call, field, "a list of texts");
	if (n > max)
		return refuse_list(call, field, max);
	const char **list = arena_array(call->arena, n + 1, sizeof(*list));
	for (size_t i = 0; i < n; i++) {
		struct api_field one = *field;
		one.type = API_TEXT;
		one.into = &list[i];
		if (!read_text(call, &one, json_array_get(value, i)))
			return false;
	}
	*(const char ***)field->into = list;
	return true;
}

static bool read_field(struct api_call *call, const struct api_field *field, json_t *value)
{
	static bool (*const readers[])(struct api_call *, const struct api_field *, json_t *) = {
		[API_TEXT] = read_text,
		[API_SECRET] = read_text,
		[API_FLAG] = read_flag,
		[API_NUMBER] = read_number,
		[API_LIST] = read_list,
		[API_LONG_LIST] = read_list,
	};

	return json_is_null(value) || readers[field->type](call, field, value);
}

bool api_read(struct api_call *call, const struct api_field *fields, size_t n)
{
	const char *name;
	json_t *value;

	json_object_foreach(call->input, name, value)
	{
		size_t i = 0;
		while (i < n && !text_equal(fields[i].name, name))
			i++;
		if (i == n) {
			api_fail(call, 400, "the field \"%s\" is unknown here",
				text_clean_line(call->arena, name, 60));
			return false;
		}
		if (!read_field(call, &fields[i], value))
			return false;
	}
	return true;
}
