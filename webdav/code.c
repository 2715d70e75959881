/* SPDX-License-Identifier: ISC */
/*
 * The table of outcomes as data (code.h), and the words of the status line (RFC 9110 15, RFC 4918 11).
 */
#include "webdav/code.h"

#include <stddef.h>

struct code_row {
	int status;
	const char *prefix, *element;
};

static const struct code_row rows[DAV_CODE_COUNT] = {
#define CODE_ROW(name, status, prefix, element) [DAV_##name] = {status, prefix, element},
	DAV_CODES(CODE_ROW)
#undef CODE_ROW
};

static const struct {
	int status;
	const char *reason;
} reasons[] = {
	{200, "OK"},
	{201, "Created"},
	{204, "No Content"},
	{206, "Partial Content"},
	{207, "Multi-Status"},
	{301, "Moved Permanently"},
	{304, "Not Modified"},
	{400, "Bad Request"},
	{401, "Unauthorized"},
	{403, "Forbidden"},
	{404, "Not Found"},
	{405, "Method Not Allowed"},
	{406, "Not Acceptable"},
	{409, "Conflict"},
	{412, "Precondition Failed"},
	{413, "Content Too Large"},
	{414, "URI Too Long"},
	{415, "Unsupported Media Type"},
	{416, "Range Not Satisfiable"},
	{422, "Unprocessable Content"},
	{423, "Locked"},
	{424, "Failed Dependency"},
	{500, "Internal Server Error"},
	{501, "Not Implemented"},
	{502, "Bad Gateway"},
	{503, "Service Unavailable"},
	{507, "Insufficient Storage"},
	{0, "Unknown"},
};

int dav_code_status(enum dav_code code)
{
	return code < DAV_CODE_COUNT ? rows[code].status : rows[DAV_INTERNAL].status;
}

bool dav_code_refuses(enum dav_code code)
{
	return dav_code_status(code) == 403;
}

const char *dav_code_reason(enum dav_code code)
{
	int status = dav_code_status(code);
	size_t i = 0;

	while (reasons[i].status && reasons[i].status != status)
		i++;
	return reasons[i].reason;
}

const char *dav_code_prefix(enum dav_code code)
{
	return code < DAV_CODE_COUNT ? rows[code].prefix : NULL;
}

const char *dav_code_element(enum dav_code code)
{
	return code < DAV_CODE_COUNT ? rows[code].element : NULL;
}
