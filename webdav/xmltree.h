/* SPDX-License-Identifier: ISC */
/* Between the files about XML: the order of text and children inside an element (xmlin.c writes it down, xml_canonical
 * reads it), and the look before the parse (xmlscan.c). */
#ifndef WEBDAV_XMLTREE_H
#define WEBDAV_XMLTREE_H

#include "webdav/xml.h"

#define NS_XML "http://www.w3.org/XML/1998/namespace"

struct xml_mix {
	const char *text;                  /* NULL: a child */
	const struct xml_element *element; /* NULL: text */
	struct xml_mix *next;
};

/* NULL, or why libxml2 had better not see it: a DTD, a tag with too many attributes, or the encoding is one that cannot be
 * looked at and the document large. */
const char *xml_scan(const char *bytes, size_t len);

#endif
