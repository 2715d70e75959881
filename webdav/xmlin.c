/* SPDX-License-Identifier: ISC */
/*
 * XML in: libxml2's SAX parser, building our own small tree in the arena. A DTD ends the parse, so there
 * are no entities beside the five of XML (RFC 4918 17, 20.6); depth, nodes and namespaces are bounded.
 */
#include "webdav/xml.h"

#include "src/base/text.h"
#include "src/base/cleanup.h"
#include "webdav/xmltree.h"

#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <string.h>

#define XML_MAX_NAMESPACES 1024 /* different ones in a document: they are searched in a row */
#define XML_MAX_ENTITY 256      /* bytes of the beginning of a declaration */
#define XML_SPACE " \t\r\n"
#define XML_MAX_TEXT (16u * 1024 * 1024)

/* An element that is still open. */
struct level {
	struct xml_element *element;
	struct xml_element *last_child;
	struct xml_mix *last_mix;
	size_t text_runs, text_len;
};

struct builder {
	struct arena *arena;
	xmlParserCtxt *parser;
	const char *why;
	struct xml_element *root;
	struct level levels[XML_MAX_DEPTH];
	size_t depth, nodes;
	struct buf run; /* character data since the last tag */
	/* Namespace names are interned by libxml2: one copy for each. */
	const xmlChar *uris[XML_MAX_NAMESPACES];
	const char *copies[XML_MAX_NAMESPACES];
	size_t n_uris;
};

CLEANUP_DEFINE(xmlParserCtxt, xmlFreeParserCtxt);

static void refuse(struct builder *builder, const char *why)
{
	if (!builder->why)
		builder->why = why;
	xmlStopParser(builder->parser);
}

static const char *intern(struct builder *builder, const xmlChar *uri)
{
	if (!uri)
		return "";
	for (size_t i = 0; i < builder->n_uris; i++)
		if (builder->uris[i] == uri)
			return builder->copies[i];
	if (builder->n_uris == XML_MAX_NAMESPACES) {
		refuse(builder, "too many namespaces");
		return "";
	}
	builder->uris[builder->n_uris] = uri;
	builder->copies[builder->n_uris] = arena_strdup(builder->arena, (const char *)uri);
	return builder->copies[builder->n_uris++];
}

static void add_mix(struct builder *builder, struct level *level, const char *text,
	const struct xml_element *element)
{
	struct xml_mix *mix = arena_alloc(builder->arena, sizeof(*mix));

	mix->text = text;
	mix->element = element;
	if (level->last_mix)
		level->last_mix->next = mix;
	else
		level->element->mix = mix;
	level->last_mix = mix;
}

/* Character data collected so far becomes one run of text. */
static void flush_text(struct builder *builder)
{
	struct level *level = &builder->levels[builder->depth - 1];

	if (!builder->run.len)
		return;
	add_mix(builder, level, arena_strndup(builder->arena, builder->run.data, builder->run.len),
		NULL);
	level->text_runs++;
	level->text_len += builder->run.len;
	buf_reset(&builder->run);
}

/* All runs of text directly inside an element, one after the other. */
static const char *joined_text(struct builder *builder, const struct level *level)
{
	const struct xml_mix *mix = level->element->mix;
	char *all, *at;

	if (!level->text_runs)
		return "";
	while (!mix->text)
		mix = mix->next;
	if (level->text_runs == 1)
		return mix->text;
	all = at = arena_alloc(builder->arena, level->text_len + 1);
	for (; mix; mix = mix->next)
		if (mix->text)
			at = stpcpy(at, mix->text);
	return all;
}

static void add_attributes(
	struct builder *builder, struct xml_element *element, int count, const xmlChar **raw)
{
	struct xml_attr **end = &element->attrs;

	for (int i = 0; i < count; i++, raw += 5) {
		struct xml_attr *attr = arena_alloc(builder->arena, sizeof(*attr));
		attr->ns = raw[2] ? intern(builder, raw[2]) : NULL;
		attr->name = arena_strdup(builder->arena, (const char *)raw[0]);
		attr->value = arena_strndup(
			builder->arena, (const char *)raw[3], (size_t)(raw[4] - raw[3]));
		if (text_equal(attr->ns, NS_XML) && text_equal(attr->name, "lang"))
			element->lang = attr->value;
		*end = attr;
		end = &attr->next;
	}
}

static void on_start(void *payload, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
	int n_namespaces, const xmlChar **namespaces, int n_attributes, int n_defaulted,
	const xmlChar **attributes)
{
	struct builder *builder = ((xmlParserCtxt *)payload)->_private;
	struct xml_element *element;

	(void)prefix, (void)n_namespaces, (void)namespaces, (void)n_defaulted;
	if (builder->why)
		return;
	builder->nodes += 1 + (size_t)n_attributes;
	if (builder->depth == XML_MAX_DEPTH || builder->nodes > XML_MAX_NODES) {
		refuse(builder, "too deep or too many elements");
		return;
	}
	element = arena_alloc(builder->arena, sizeof(*element));
	element->ns = intern(builder, uri);
	element->name = arena_strdup(builder->arena, (const char *)name);
	element->text = "";
	if (builder->depth) {
		struct level *parent = &builder->levels[builder->depth - 1];
		flush_text(builder);
		element->parent = parent->element;
		element->lang = parent->element->lang;
		if (parent->last_child)
			parent->last_child->next = element;
		else
			parent->element->children = element;
		parent->last_child = element;
		add_mix(builder, parent, NULL, element);
	} else {
		builder->root = element;
	}
	add_attributes(builder, element, n_attributes, attributes);
	builder->levels[builder->depth++] = (struct level){.element = element};
}

static void on_end(void *payload, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	struct builder *builder = ((xmlParserCtxt *)payload)->_private;

	(void)name, (void)prefix, (void)uri;
	if (builder->why || !builder->depth)
		return;
	flush_text(builder);
	struct level *level = &builder->levels[builder->depth - 1];
	level->element->text = joined_text(builder, level);
	builder->depth--;
}

static void on_text(void *payload, const xmlChar *text, int len)
{
	struct builder *builder = ((xmlParserCtxt *)payload)->_private;

	if (builder->why || !builder->depth)
		return;
	/* Bits of text between elements are nodes, too. */
	if (!builder->run.len && ++builder->nodes > XML_MAX_NODES)
		refuse(builder, "too many elements");
	else
		buf_add(&builder->run, text, (size_t)len);
}

/* Of the encodings that xml_scan cannot look at. */
static void on_dtd(
	void *payload, const xmlChar *name, const xmlChar *external, const xmlChar *system)
{
	(void)name;
	refuse(((xmlParserCtxt *)payload)->_private,
		external || system ? xml_external : "a DTD is not accepted");
}

/* Errors are seen in wellFormed; without this libxml2 prints them. */
static void on_error(void *payload, xmlErrorPtr error)
{
	(void)payload, (void)error;
}

static const char *run_parser(struct builder *builder)
{
	xmlParserCtxt *parser = builder->parser;

	parser->_private = builder;
	memset(parser->sax, 0, sizeof(*parser->sax));
	parser->sax->initialized = XML_SAX2_MAGIC;
	parser->sax->startElementNs = on_start;
	parser->sax->endElementNs = on_end;
	parser->sax->characters = on_text;
	parser->sax->ignorableWhitespace = on_text;
	parser->sax->cdataBlock = on_text;
	parser->sax->internalSubset = on_dtd;
	parser->sax->serror = on_error;
	/* IGNORE_ENC: UTF-8, or UTF-16 by its mark (RFC 4918 8.2 asks for no other), so that xml_scan and libxml2 see the same.
	 * NOENT: else "&amp;" in attributes and namespaces arrives as "&#38;". Without a DTD there is nothing else to replace. */
	xmlCtxtUseOptions(parser,
		XML_PARSE_NONET | XML_PARSE_NOENT | XML_PARSE_NOERROR | XML_PARSE_NOWARNING |
			XML_PARSE_IGNORE_ENC);
	xmlParseDocument(parser);
	/* What a malformed DTD declared before it was noticed. */
	if (parser->myDoc)
		xmlFreeDoc(parser->myDoc);
	parser->myDoc = NULL;
	if (builder->why)
		return builder->why;
	if (!parser->wellFormed || !parser->nsWellFormed || !builder->root || builder->depth)
		return "not well-formed XML";
	return NULL;
}

struct xml_element *xml_parse(struct arena *arena, const char *bytes, size_t len, const char **why)
{
	struct builder *builder = arena_alloc(arena, sizeof(*builder));
	CLEANUP(xmlParserCtxt) xmlParserCtxt *parser = NULL;
	const char *fault = "empty";

	if (len && len <= XML_MAX_TEXT)
		fault = xml_scan(bytes, len);
	if (!fault)
		parser = xmlCreateMemoryParserCtxt(bytes, (int)len);
	if (parser) {
		builder->arena = arena;
		builder->parser = parser;
		buf_init(&builder->run, XML_MAX_TEXT);
		fault = run_parser(builder);
		buf_free(&builder->run);
	}
	if (why && fault)
		*why = fault;
	return fault ? NULL : builder->root;
}

bool xml_is(const struct xml_element *element, const char *ns, const char *name)
{
	return element && strcmp(element->name, name) == 0 && strcmp(element->ns, ns) == 0;
}

struct xml_element *xml_child(const struct xml_element *element, const char *ns, const char *name)
{
	struct xml_element *child = element ? element->children : NULL;

	while (child && !xml_is(child, ns, name))
		child = child->next;
	return child;
}

struct xml_element *xml_next(const struct xml_element *element, const char *ns, const char *name)
{
	struct xml_element *next = element->next;

	while (next && !xml_is(next, ns, name))
		next = next->next;
	return next;
}

const char *xml_attr(const struct xml_element *element, const char *name)
{
	for (const struct xml_attr *attr = element->attrs; attr; attr = attr->next)
		if (!attr->ns && strcmp(attr->name, name) == 0)
			return attr->value;
	return NULL;
}
