/* SPDX-License-Identifier: ISC */
/*
 * Sync tokens (RFC 6578 3.2, 4; DESIGN.md section 7) inside this folder: what the holder of a token has been told. dav_token
 * is declared in exchange.h.
 */
#ifndef WEBDAV_TOKEN_H
#define WEBDAV_TOKEN_H

#include "webdav/exchange.h"

/* Numbers in a token. Whoever reads page by page while others write so much that it takes more starts over. */
#define DAV_TOLD_SEEN 8

struct dav_told {
	uint64_t number; /* of the last change that was told, or could have been */
	uint64_t view;   /* whose commit decided what the person saw */
	/* Each item is known to the holder as it was at one of these, in order: at `number`; after a report that was cut by a
	 * limit, what had been told before it began (0: nothing), and since when pages were read. An item told on one page
	 * is known as it was then, also when it changes before the next one is cut beyond that. */
	uint64_t seen[DAV_TOLD_SEEN];
	size_t n_seen;
	uint64_t mark; /* the last refused write that was announced (mark.h) */
	bool admin;    /* told to an admin about what is not theirs */
};

/* The number of the last change of a collection or of anything below it. */
uint64_t dav_tree_number(const struct store_collection *c);
/* The number of the last change of what the person sees of `r`: of a share the shared collection, rights and people counted;
 * of a home its shares, too. */
uint64_t dav_number(const struct dav_exchange *x, const struct dav_resource *r);
/* What somebody has been told who is told all now. */
struct dav_told dav_told_now(const struct dav_exchange *x, const struct dav_resource *r);
/* What somebody has been told who held `told` and was given a page up to `number`. */
struct dav_told dav_told_page(const struct dav_exchange *x, const struct dav_resource *r,
	const struct dav_told *told, uint64_t number);
/* Could another page begin something that the token has no room for? */
bool dav_told_is_full(
	const struct dav_exchange *x, const struct dav_resource *r, const struct dav_told *told);
char *dav_token_print(
	const struct dav_exchange *x, struct arena *arena, const struct dav_told *told);
/* OK with *told; VALID_SYNC_TOKEN for nonsense; UNAVAILABLE for a token of this repository whose commit we do not know. */
enum dav_code dav_token_parse(struct dav_exchange *x, const struct dav_resource *resource,
	const char *token, struct dav_told *told);
/* VALID_SYNC_TOKEN, or what some client takes for it, with a reason for people. */
enum dav_code dav_token_refuse(
	struct dav_exchange *x, const struct dav_resource *resource, const char *why);

#endif
