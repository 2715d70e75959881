/* SPDX-License-Identifier: ISC */
/* What PUT and POST share: one new item, or one that is written over (verb_put.c). */
#ifndef WEBDAV_PUT_H
#define WEBDAV_PUT_H

#include "webdav/exchange.h"

/* The request as such: whole, of a type for this place, and not too large (RFC 4791 5.3.2.1, RFC 6352 6.3.2.1). */
enum dav_code dav_check_upload(struct dav_exchange *x);
/* Is `type` one for that kind of item? Else what PUT, COPY and MOVE answer. */
enum dav_code dav_check_type(struct dav_exchange *x, enum dav_kind kind, const char *type);
/* What is stored: the body as it was sent, or what became of it. */
struct dav_upload {
	const char *bytes;
	size_t len;
	struct facts facts; /* as dav_inspect found them */
	bool merged;        /* with what stands there */
};

/* Reads the body as what would stand at the target, which may be nothing yet. */
enum dav_code dav_take_upload(struct dav_exchange *x, struct dav_upload *upload);
/* Hands it to the committer as the content of the target. */
enum dav_code dav_put_object(struct dav_exchange *x, const struct dav_upload *upload,
	enum dav_code (*finish)(struct dav_exchange *x));
/* The answer when it is done: the strong ETag of what is stored as it was sent, and the bytes where they were asked for. */
enum dav_code dav_put_answer(struct dav_exchange *x);

#endif
