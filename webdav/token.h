/* SPDX-License-Identifier: ISC */
/*
 * Sync tokens (RFC 6578 3.2, 4; DESIGN.md section 7) inside this folder: what the holder of a token has been told. dav_token
 * is declared in exchange.h.
 */
#ifndef WEBDAV_TOKEN_H
#define WEBDAV_TOKEN_H

#include "webdav/exchange.h"

struct dav_told {
	uint64_t number; /* of the last change that was told, or could have been */
	/* A report that was cut by a limit: what had been told before it began (`base`), and the number whose commit shows
	 * what has been told, and by which rights (`view`). Else both are `number`. */
	uint64_t base, view;
	uint64_t mark; /* the last refused write that was announced (mark.h) */
	bool admin;    /* told to an admin about what is not theirs */
};

/* Does more follow what the token told? */
static inline bool dav_told_cut(const struct dav_told *told)
{
	return told->base != told->number || told->view != told->number;
}

/* The number of the last change of a collection or of anything below it. */
uint64_t dav_tree_number(const struct store_collection *c);
/* The number of the last change of what the person sees of `r`: of a share the shared collection, rights and people counted;
 * of a home its shares, too. */
uint64_t dav_number(const struct dav_exchange *x, const struct dav_resource *r);
/* What somebody has been told who is told all now. */
struct dav_told dav_told_now(const struct dav_exchange *x, const struct dav_resource *r);
char *dav_token_print(
	const struct dav_exchange *x, struct arena *arena, const struct dav_told *told);
/* OK with *told; VALID_SYNC_TOKEN for nonsense; UNAVAILABLE for a token of this repository whose commit we do not know. */
enum dav_code dav_token_parse(struct dav_exchange *x, const struct dav_resource *resource,
	const char *token, struct dav_told *told);
/* VALID_SYNC_TOKEN, or what some client takes for it, with a reason for people. */
enum dav_code dav_token_refuse(
	struct dav_exchange *x, const struct dav_resource *resource, const char *why);

#endif
