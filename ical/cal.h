/* SPDX-License-Identifier: ISC */
/*
 * Calendar data: bytes in, facts and answers out. The only folder that knows libical; no libical
 * type crosses this header. The client's bytes are never rewritten: what is stored is what was
 * sent. Lines, values, zones and Gregorian rules are read by our own code, whose steps are counted;
 * libical is asked for rules in other calendars only.
 *
 * Every function is thread-safe after cal_init, bounded in time by the limits below, and needs
 * no locale. Instants are Unix seconds, UTC. RFC 5545 is cited as "5545", RFC 4791 as "4791".
 */
#ifndef ICAL_CAL_H
#define ICAL_CAL_H

#include "src/base/arena.h"
#include "src/base/buf.h"
#include "src/base/facts.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Limits of one object; larger is refused with CAL_LIMIT. */
#define CAL_MAX_BYTES                                                                              \
	(10u * 1024 * 1024)       /* one object resource (config: limits.max_resource_size) */
#define CAL_MAX_DEPTH 8           /* nesting of components */
#define CAL_MAX_COMPONENTS 20000  /* components in one object */
#define CAL_MAX_PROPERTIES 200000 /* properties in one object */
#define CAL_MAX_DATES 10000       /* values of EXDATE/RDATE in one object */
#define CAL_MAX_INSTANCES 20000   /* instances looked at for one question */

enum cal_code {
	CAL_OK,
	CAL_MALFORMED, /* not iCalendar: 4791 5.3.2.1 valid-calendar-data */
	CAL_NOT_OBJECT, /* METHOD, several UIDs or types, no UID…: valid-calendar-object-resource */
	CAL_UNSUPPORTED, /* a component nobody knows: supported-calendar-component */
	CAL_LIMIT,       /* over one of the limits above: max-resource-size, max-instances… */
	/* an RRULE that can not be enumerated in bounded time: valid-calendar-data */
	CAL_HOSTILE_RULE,
	/* cal_check_bounds: min-date-time, max-date-time, max-instances, max-attendees-per-instance */
	CAL_TOO_EARLY,
	CAL_TOO_LATE,
	CAL_TOO_MANY_INSTANCES,
	CAL_TOO_MANY_ATTENDEES,
	CAL_UNKNOWN_SCALE, /* RSCALE of a calendar that is not known: supported-rscale (7529 10) */
	CAL_VERSION,       /* iCalendar of another version: supported-calendar-data */
};

/* Call once before threads start. Without it no time zone has a name. */
void cal_init(void);

/* facts_inspect_fn: finds the facts of what is stored. FACTS_CALENDAR: false only where 4791 4.1 is broken
 * or times can not be read; true with a fault (facts.h) where 5545 is. FACTS_ADDRESSBOOK: a vCard by
 * card_inspect (card.h). Other kinds: always true with empty facts. */
facts_inspect_fn cal_inspect;
/* The same for what is to be stored: false with that fault too. */
facts_inspect_fn cal_accept;

/* The name of one component bit ("VEVENT"), NULL for none; and back (any case), 0 when unknown. */
const char *cal_component_name(uint32_t bit);
uint32_t cal_component_bit(const char *name);

/* ---- limits of what is new in a calendar (4791 5.2.6 to 5.2.9) ---- */

struct cal_bounds {
	int64_t min, max; /* of any time in it, both allowed themselves */
	unsigned instances, attendees;
};

/* All that four digits can say but the year 0, which no calendar has. 0001 is the smallest time of
 * .NET, 1601 that of Windows, 1604 the year of birthdays without one at Apple, and 9999 the last of
 * those who mean no end: all of these are sent. */
#define CAL_MIN_DATE_TIME INT64_C(-62135596800) /* 00010101T000000Z */
#define CAL_MAX_DATE_TIME INT64_C(253402300799) /* 99991231T235959Z */
#define CAL_MAX_ATTENDEES 5000                  /* of one instance */

/* False with one of the codes above, and a line, when an object that cal_inspect accepts is outside. */
bool cal_check_bounds(
	const struct cal_bounds *bounds, const char *bytes, size_t len, struct facts_fault *fault);
/* cal_accept and cal_check_bounds of one reading. Cards have no such limits. */
bool cal_accept_within(const struct cal_bounds *bounds, enum facts_kind kind, const char *bytes,
	size_t len, struct arena *arena, struct facts *facts, struct facts_fault *fault);

/* The names that RSCALE may have (7529 10.1), in order; NULL behind the last. */
const char *cal_scale_name(size_t index);

/* ---- time zones ---- */

/* A zone for floating times: from an IANA, Windows or prefixed name, or from the text of a
 * VCALENDAR holding a VTIMEZONE (4791 9.8). NULL when unknown. Lives in the arena (or for ever for
 * built-in ones). */
struct cal_zone;
const struct cal_zone *cal_zone_named(const char *tzid);
const struct cal_zone *cal_zone_from_data(struct arena *arena, const char *bytes, size_t len);
/* True when `bytes` is a VCALENDAR with exactly one VTIMEZONE (valid-calendar-data of 4791 5.2.2). */
bool cal_is_timezone_data(const char *bytes, size_t len);

/* Which VTIMEZONEs go out with an object (7809 3.1.3). */
enum cal_zones {
	CAL_ZONES_AS_SENT,
	CAL_ZONES_ALL,  /* also those that are only named, where the system has them */
	CAL_ZONES_NONE, /* none that is the system's zone of exactly its name */
};

/* Appends the object so; false (nothing appended) when it is so already, or can not be read. */
bool cal_zones_adjust(struct buf *out, enum cal_zones want, const char *bytes, size_t len);
/* As cal_vtimezone, under the name that was asked for ("W. Europe Standard Time"). NULL also for what is no name. */
const char *cal_vtimezone_as(struct arena *arena, const char *tzid);

/* ---- queries (4791 9.7, 9.9) ---- */

struct cal_range {
	int64_t start, end; /* FACTS_ALWAYS / FACTS_FOREVER when open */
};

enum cal_collation { CAL_ASCII_CASEMAP, CAL_OCTET, CAL_UNICODE_CASEMAP }; /* RFC 4790, 5051 */

struct cal_text_match {
	const char *text;
	enum cal_collation collation;
	bool negate;
};

struct cal_param_filter {
	const char *name;
	bool is_not_defined;
	const struct cal_text_match *match; /* or NULL */
};

struct cal_prop_filter {
	const char *name;
	bool is_not_defined;
	const struct cal_range *range;      /* or NULL */
	const struct cal_text_match *match; /* or NULL */
	const struct cal_param_filter *params;
	size_t n_params;
};

struct cal_comp_filter {
	const char *name; /* "VCALENDAR" at the top */
	bool is_not_defined;
	const struct cal_range *range; /* or NULL */
	const struct cal_prop_filter *props;
	size_t n_props;
	const struct cal_comp_filter *comps;
	size_t n_comps;
};

enum cal_verdict { CAL_NO, CAL_YES, CAL_MAYBE };

/* What the facts alone say: MAYBE means read the bytes and ask cal_match. Costs nanoseconds. `zone`
 * NULL = UTC. */
enum cal_verdict cal_match_facts(const struct cal_comp_filter *filter, const struct facts *facts,
	const struct cal_zone *zone);
/* The whole answer. `key` (20 bytes, or NULL) names the bytes: what was found out about a series is
 * remembered under it, so that the next question costs microseconds. Unreadable bytes match
 * nothing. */
bool cal_match(const struct cal_comp_filter *filter, const unsigned char *key, const char *bytes,
	size_t len, const struct cal_zone *zone);
/* As cal_match where only the remembered spans are needed; MAYBE when the bytes must be read. */
enum cal_verdict cal_match_remembered(const struct cal_comp_filter *filter,
	const unsigned char *key, const struct facts *facts, const struct cal_zone *zone);

/* ---- calendar-data (4791 9.6) ---- */

struct cal_data_comp { /* 9.6.1: which properties and components */
	const char *name;
	bool all_props, all_comps;
	const char **props; /* names */
	const bool *novalue;
	size_t n_props;
	const struct cal_data_comp *comps;
	size_t n_comps;
};

struct cal_data_request {
	const struct cal_data_comp *comp;         /* NULL: everything, byte for byte */
	const struct cal_range *expand;           /* 9.6.5 */
	const struct cal_range *limit_recurrence; /* 9.6.6 */
	const struct cal_range *limit_freebusy;   /* 9.6.7 */
	const struct cal_zone *zone; /* for floating times when expanding; NULL = UTC */
};

/* Appends the object as asked. With a request that asks nothing special the bytes go out as they
 * are. False when the bytes can not be read, or when expanding gives more than
 * CAL_MAX_INSTANCES (then nothing was appended). */
bool cal_render(
	struct buf *out, const struct cal_data_request *request, const char *bytes, size_t len);

/* Simple clients fold lines by octets, in the middle of a character (5545 3.1 warns of them); unfolded it is whole
 * again. Appends the bytes without such folds; false (nothing appended) when there are none. Where the bytes go out as
 * text inside other text, they need it. */
bool cal_join_split(struct buf *out, const char *bytes, size_t len);

/* ---- times only ---- */

/* Appends the object as somebody sees it who may know only when its owner is busy: UID, times,
 * rules, exceptions, SEQUENCE, TRANSP and STATUS of events, CLASS (the most secret one in it),
 * FREEBUSY and BUSYTYPE, the VTIMEZONEs that are used, and "SUMMARY:Busy". A task without DTSTART
 * and DUE keeps CREATED and COMPLETED, its only times (4791 9.9). All else goes, and values that
 * are not of their type. Text of the client is in UID, TZID (of zones that exist) and TZNAME alone.
 * Of what cal_inspect accepts comes what it accepts, with the same facts but for
 * FACTS_ALARM and the summary; the same bytes always give the same bytes, and those give themselves. False (nothing
 * appended) for cards, for what can not be read, and when `out` is full. */
bool cal_redact(struct buf *out, const char *bytes, size_t len);

/* ---- free and busy (4791 7.10) ---- */

enum cal_busy_type { CAL_BUSY, CAL_BUSY_TENTATIVE, CAL_BUSY_UNAVAILABLE }; /* FBTYPE, 5545 3.2.9 */
#define CAL_BUSY_TYPES 3

struct cal_busy {
	int64_t start, end;
	enum cal_busy_type type;
};

struct cal_busy_list {
	struct cal_busy *spans;
	size_t n, cap;
};

/* Adds to `list` (memory of `arena`) when one object is busy within `range`, each span cut to it:
 * instances of VEVENTs by TRANSP and STATUS, FREEBUSY of VFREEBUSYs. CAL_LIMIT: more than
 * CAL_MAX_INSTANCES instances. `zone` NULL = UTC. */
enum cal_code cal_busy_add(struct arena *arena, struct cal_busy_list *list,
	const struct cal_range *range, const struct cal_zone *zone, const char *bytes, size_t len);
/* The same from memory, `key` (20 bytes) naming the bytes: false when it must be learned. */
bool cal_busy_recall(struct arena *arena, struct cal_busy_list *list, const unsigned char *key,
	const struct cal_range *range, const struct cal_zone *zone);
/* As cal_busy_add; remembers what it found out. */
enum cal_code cal_busy_learn(struct arena *arena, struct cal_busy_list *list,
	const unsigned char *key, const struct cal_range *range, const struct cal_zone *zone,
	const char *bytes, size_t len);
/* Sorts by start, and joins consecutive or overlapping spans of the same type. */
void cal_busy_merge(struct cal_busy_list *list);

/* ---- availability (7953) ---- */

/* What VAVAILABILITYs say of one range, by their priority: when they are in force, and free within that. */
#define CAL_AVAILABILITY_LEVELS 10 /* 7953 4: PRIORITY 0 is the lowest, then 9 to 1 */
struct cal_availability {
	struct cal_availability_level {
		struct cal_busy_list busy, free;
	} levels[CAL_AVAILABILITY_LEVELS];
	size_t n_instances;
};

/* As cal_busy_add, of the VAVAILABILITYs in an object. CAL_LIMIT: more than CAL_MAX_INSTANCES, of all together. */
enum cal_code cal_availability_add(struct arena *arena, struct cal_availability *availability,
	const struct cal_range *range, const struct cal_zone *zone, const char *bytes, size_t len);
/* Adds to `list` when they together say that their owner is busy (7953 4 and 5). */
void cal_availability_busy(
	struct arena *arena, struct cal_availability *availability, struct cal_busy_list *list);
/* A VCALENDAR with one VAVAILABILITY and beside it VTIMEZONEs only (7953 7.2.4)? */
bool cal_is_availability_data(const char *bytes, size_t len, struct facts_fault *fault);
/* Nothing but VALARMs, each with ACTION and TRIGGER; or nothing at all. */
bool cal_is_alarm_data(const char *bytes, size_t len);

/* ---- many objects in one file ---- */

/* How often whoever subscribed to a calendar had better ask for it (RFC 7986 5.7). */
#define CAL_REFRESH "PT1H"

/* What a calendar says of itself (RFC 7986 5); each may be NULL or 0. */
struct cal_head {
	const char *name;        /* NAME, and X-WR-CALNAME for older readers */
	const char *description; /* DESCRIPTION, and X-WR-CALDESC */
	const char
		*color;  /* as it is stored: COLOR gets the nearest name, Apple's property itself */
	const char *uid; /* UID */
	const char *source; /* SOURCE: the URL that it is had from */
	int64_t modified;   /* LAST-MODIFIED */
};

/* GET on a calendar and `daybook export`: one VCALENDAR of all components, each VTIMEZONE once (by
 * TZID; one that differs from the first of its name is kept beside its object by a renamed TZID).
 * Streaming: the writer holds only the TZIDs it has seen. `head` may be NULL. */
struct cal_merge;
struct cal_merge *cal_merge_begin(struct buf *out, const struct cal_head *head);
/* Appends one object's components; false (nothing appended) when unreadable. */
bool cal_merge_add(struct cal_merge *merge, struct buf *out, const char *bytes, size_t len);
void cal_merge_end(struct cal_merge *merge, struct buf *out); /* frees it too */

/* The CSS3 name that is nearest to "#RRGGBB" (or is it); NULL when it is no colour. And from a name to "#RRGGBB". */
const char *cal_color_name(const char *text);
char *cal_color_hex(struct arena *arena, const char *name);

/* Import: splits a file as Google, iCloud, Nextcloud, Outlook export it into one object for each
 * UID (all its overrides together), zones carried along, METHOD dropped, X-WR-CALNAME and
 * X-APPLE-CALENDAR-COLOR (or NAME, COLOR) given back. A component without UID gets one derived from its bytes (so
 * that a second import finds it again). */
struct cal_split_item {
	const char *uid;
	uint32_t component; /* bit */
	const char *bytes;  /* a whole VCALENDAR, CRLF */
	size_t len;
};

struct cal_split {
	const char *name;  /* or NULL */
	const char *color; /* or NULL */
	struct cal_split_item *items;
	size_t n_items;
};

/* False with *fault when the file is no iCalendar at all; single bad objects are still listed
 * (inspect them). */
bool cal_split(struct arena *arena, const char *bytes, size_t len, struct cal_split *split,
	struct facts_fault *fault);

/* The VTIMEZONE text (CRLF, with its BEGIN/END) of a built-in zone; NULL when unknown. */
const char *cal_vtimezone(struct arena *arena, const char *tzid);

#endif
