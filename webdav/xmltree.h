/* SPDX-License-Identifier: ISC */
/* The order of text and children inside an element: xmlin.c writes it down, xml_canonical reads it. */
#ifndef WEBDAV_XMLTREE_H
#define WEBDAV_XMLTREE_H

#include "webdav/xml.h"

#define NS_XML "http://www.w3.org/XML/1998/namespace"

struct xml_mix {
	const char *text;                  /* NULL: a child */
	const struct xml_element *element; /* NULL: text */
	struct xml_mix *next;
};

#endif
