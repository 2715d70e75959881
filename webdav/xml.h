/* SPDX-License-Identifier: ISC */
/*
 * XML in and out. In: libxml2 parses (no network, no DTD, no entities, depth and size bounded) into
 * a small tree of our own in the arena. Out: appended text with fixed prefixes: d (DAV:), c
 * (CalDAV), card (CardDAV), cs (calendarserver.org), ical (Apple).
 */
#ifndef WEBDAV_XML_H
#define WEBDAV_XML_H

#include "src/base/arena.h"
#include "src/base/buf.h"

#include <stdbool.h>
#include <stddef.h>

#define XML_MAX_DEPTH 64
#define XML_MAX_NODES 200000

#define NS_DAV "DAV:"
#define NS_CALDAV "urn:ietf:params:xml:ns:caldav"
#define NS_CARDDAV "urn:ietf:params:xml:ns:carddav"
#define NS_CS "http://calendarserver.org/ns/"
#define NS_ICAL "http://apple.com/ns/ical/"

struct xml_attr {
	const char *ns, *name, *value; /* ns NULL: none */
	struct xml_attr *next;
};

struct xml_element {
	const char *ns, *name; /* ns "" for none */
	struct xml_attr *attrs;
	/* all character data directly inside, concatenated, as sent; never NULL */
	const char *text;
	struct xml_element *children, *next, *parent;
	const char *lang; /* xml:lang in scope, or NULL */
	/* For dead properties: order of text and children inside; see xml_canonical. */
	struct xml_mix *mix;
};

/* NULL with *why for anything that is not well-formed, too deep, too many nodes, or has a DTD. */
extern const char xml_external[]; /* the *why of RFC 4918 16, no-external-entities */
struct xml_element *xml_parse(struct arena *arena, const char *bytes, size_t len, const char **why);

bool xml_is(const struct xml_element *element, const char *ns, const char *name);
struct xml_element *xml_child(const struct xml_element *element, const char *ns, const char *name);
/* next sibling so named */
struct xml_element *xml_next(const struct xml_element *element, const char *ns, const char *name);
/* attribute without namespace, or NULL */
const char *xml_attr(const struct xml_element *element, const char *name);
/* "{ns}name" */
char *xml_clark(struct arena *arena, const char *ns, const char *name);

/* Canonical text of an element with all inside (namespaces declared, attributes and xml:lang kept,
 * on one line: line ends as &#10;), for storing a dead property and giving it back (RFC 4918 4.3). */
char *xml_canonical(struct arena *arena, const struct xml_element *element);
/* The character data of a stored canonical element, unescaped ("Home" of
 * <d:displayname>Home</d:displayname>). */
char *xml_canonical_text(struct arena *arena, const char *canonical);

/* Appends character data: & < > " escaped, characters XML 1.0 forbids left out, invalid UTF-8
 * replaced. */
void xml_escape(struct buf *out, const char *text);
void xml_escape_n(struct buf *out, const char *text, size_t len);
/* The prefix of one of our namespaces, NULL for others. */
const char *xml_prefix(const char *ns);
/* Appends <p:name/> or for a foreign namespace <x:name xmlns:x="…"/>. */
void xml_empty(struct buf *out, const char *ns, const char *name);

#define XML_HEAD "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
/* The namespace declarations every answer's root carries. */
#define XML_NAMESPACES                                                                              \
	" xmlns:d=\"DAV:\" xmlns:c=\"urn:ietf:params:xml:ns:caldav\""                               \
	" xmlns:card=\"urn:ietf:params:xml:ns:carddav\" xmlns:cs=\"http://calendarserver.org/ns/\"" \
	" xmlns:ical=\"http://apple.com/ns/ical/\""

#endif
