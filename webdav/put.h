/* SPDX-License-Identifier: ISC */
/* What PUT and POST share: one new item, or one that is written over (verb_put.c). */
#ifndef WEBDAV_PUT_H
#define WEBDAV_PUT_H

#include "webdav/exchange.h"

/* The request as such: whole, of a type for this place, and not too large (RFC 4791 5.3.2.1, RFC 6352 6.3.2.1). */
enum dav_code dav_check_upload(struct dav_exchange *x);
/* Is `type` one for that kind of item? Else what PUT, COPY and MOVE answer. */
enum dav_code dav_check_type(struct dav_exchange *x, enum dav_kind kind, const char *type);
/* Hands the body to the committer as the content of the target; `facts` as dav_inspect found them. */
enum dav_code dav_put_object(struct dav_exchange *x, const struct facts *facts,
	enum dav_code (*finish)(struct dav_exchange *x));
/* The answer when it is done: the strong ETag, and the bytes where they were asked for. */
enum dav_code dav_put_answer(struct dav_exchange *x);

#endif
