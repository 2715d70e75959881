/* SPDX-License-Identifier: ISC */
/*
 * What the files of ical/ share and nobody else sees. From bytes to answers in five steps, each a
 * layer below the next: content lines (5545 3.1) -> a tree of components -> values (dates, zones,
 * rules) -> series of instances -> verdicts and text. libical is asked for one
 * thing only: rules in other calendars than the Gregorian (RFC 7529).
 */
#ifndef ICAL_INTERNAL_H
#define ICAL_INTERNAL_H

#include "ical/cal.h"

#define CAL_MAX_UID 2048           /* octets of a UID */
#define CAL_MAX_FOREIGN_RULES 1    /* of those, rules in other calendars */
#define CAL_MAX_RULES 16           /* RRULE and EXRULE of one component */
#define CAL_MAX_STEPS 60000        /* days or slots looked at for the next instance of one rule */
#define CAL_MAX_COUNT 100000       /* a COUNT larger than this is as good as none */
#define CAL_MAX_ZONES 200          /* VTIMEZONEs of one object */
#define CAL_MAX_ONSETS 4000        /* changes of offset in one VTIMEZONE */
#define CAL_MAX_ZONE_STEPS 2000000 /* days looked at for the VTIMEZONEs of one object */
#define CAL_MAX_SHIFT                                                                              \
	(5 * 366 * CAL_DAY)   /* how far THISANDFUTURE moves a series; further moves one instance */
#define CAL_MAX_LOOKED 200000 /* starts passed over on the way to the instances of one question */
#define CAL_MAX_SPENT 2000000 /* days and slots looked at for one question, by all rules together */
#define CAL_MAX_LAST 500000   /* of those, to find the last instance of rules with COUNT */
#define CAL_MAX_PREPARED (1024 * 1024) /* bytes of one object, all filters together (collate.c) */
#define CAL_LAST_YEAR 9999             /* 5545 3.3.4: years have four digits */
#define CAL_DAY INT64_C(86400)         /* seconds */

/* ---- text: slices of the client's bytes (slice.c) ---- */

struct cal_slice {
	const char *s;
	size_t n;
};

bool cal_slice_is(struct cal_slice slice, const char *text);       /* ASCII case is ignored */
bool cal_slice_same(struct cal_slice a, struct cal_slice b);       /* octets */
bool cal_slice_starts(struct cal_slice slice, const char *prefix); /* ASCII case is ignored */
/* Cuts the part before `separator` off *rest; false when nothing is left. Empty parts count. */
bool cal_slice_cut(struct cal_slice *rest, char separator, struct cal_slice *part);
/* How many values a list with commas has; empty ones do not count. */
size_t cal_slice_values(struct cal_slice list);
/* A number of one to nine digits; no sign. */
bool cal_slice_number(struct cal_slice slice, int *number);
char *cal_slice_dup(struct arena *arena, struct cal_slice slice);
/* TEXT (5545 3.3.11) without its backslashes. */
char *cal_text_unescape(struct arena *arena, struct cal_slice value);
/* A parameter's value without the carets of RFC 6868: ^n, ^^ and ^'. */
struct cal_slice cal_caret_decode(struct arena *arena, struct cal_slice value);
/* 64 bits of FNV-1a, to be continued from `seed`; for tables and derived names, never for secrets. */
uint64_t cal_hash(uint64_t seed, const char *bytes, size_t len);
#define CAL_HASH_SEED UINT64_C(14695981039346656037)
void cal_fail(struct facts_fault *fault, int code, unsigned line, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* ---- content lines and components (contentline.c, object.c) ---- */

/* The properties that mean something to us. */
enum cal_prop {
	PROP_OTHER,
	PROP_BEGIN,
	PROP_CALSCALE,
	PROP_CLASS,
	PROP_COMPLETED,
	PROP_CREATED,
	PROP_DTEND,
	PROP_DTSTAMP,
	PROP_DTSTART,
	PROP_DUE,
	PROP_DURATION,
	PROP_END,
	PROP_EXDATE,
	PROP_EXRULE,
	PROP_FN,
	PROP_FREEBUSY,
	PROP_LAST_MODIFIED,
	PROP_METHOD,
	PROP_RDATE,
	PROP_RECURRENCE_ID,
	PROP_REPEAT,
	PROP_RRULE,
	PROP_SUMMARY,
	PROP_TRIGGER,
	PROP_TZID,
	PROP_TZOFFSETFROM,
	PROP_TZOFFSETTO,
	PROP_UID,
	PROP_VERSION,
};

/* The components that mean something to us. */
enum cal_kind {
	KIND_OTHER,
	KIND_AVAILABLE,
	KIND_DAYLIGHT,
	KIND_STANDARD,
	KIND_VALARM,
	KIND_VAVAILABILITY,
	KIND_VCALENDAR,
	KIND_VCARD,
	KIND_VEVENT,
	KIND_VFREEBUSY,
	KIND_VJOURNAL,
	KIND_VTIMEZONE,
	KIND_VTODO,
};

/* One unfolded content line. */
struct cal_line {
	struct cal_slice raw;    /* as sent, with folds and line end */
	struct cal_slice name;   /* without the group of a vCard ("item1.TEL") */
	struct cal_slice params; /* between the first ';' and the ':', without both */
	struct cal_slice value;
	unsigned number; /* 1-based, of the unfolded text */
	uint8_t prop;    /* enum cal_prop */
	bool bad;        /* no content line; only a lenient scan keeps it */
	uint32_t comp;   /* of BEGIN and END: its component */
};

#define CAL_NONE UINT32_MAX

struct cal_comp {
	struct cal_slice name;
	uint8_t kind;          /* enum cal_kind */
	uint8_t depth;         /* 0 at the top */
	uint32_t parent, next; /* components, or CAL_NONE; `next` is the next sibling */
	uint32_t child;        /* first */
	uint32_t begin, end;   /* lines */
};

struct cal_tz; /* one VTIMEZONE of an object, resolved when first asked (zone.c) */

struct cal_object {
	struct arena *arena;
	struct cal_line *lines;
	size_t n_lines;
	struct cal_comp *comps;
	size_t n_comps, comps_cap;
	struct cal_tz *zones;
	size_t n_zones;
	size_t n_dates;    /* values of EXDATE and RDATE read so far */
	size_t zone_steps; /* spent on writing out the rules of VTIMEZONEs */
};

struct cal_limits {
	size_t bytes, lines, comps;
	bool lenient; /* lines that are none are kept as `bad`; several tops are fine */
	bool quoted; /* a line of ENCODING=QUOTED-PRINTABLE that ends in "=" goes on in the next (vCard 2.1) */
};

extern const struct cal_limits cal_object_limits; /* one resource */
extern const struct cal_limits cal_file_limits;   /* a file to import */

/* Bytes to lines and components; the slices point into `bytes` and the arena. */
bool cal_object_parse(struct cal_object *object, struct arena *arena,
	const struct cal_limits *limits, const char *bytes, size_t len, struct facts_fault *fault);
/* Refuses what no line may hold: controls, bytes that are not UTF-8, a byte order mark. */
bool cal_check_bytes(const char *bytes, size_t len, struct facts_fault *fault);
/* Lines from bytes; the first half of cal_object_parse. */
bool cal_lines_scan(struct cal_object *object, const struct cal_limits *limits, const char *bytes,
	size_t len, struct facts_fault *fault);
/* The logical line that begins at `p`, taken alone; false when it is none. Only folded lines are copied. */
bool cal_line_at(struct cal_line *line, struct arena *arena, const char *p, const char *end);
/* Behind the logical line at `p`. */
const char *cal_line_end(const char *p, const char *end);
/* The first value of a parameter, without quotes; {NULL, 0} when absent. */
struct cal_slice cal_line_param(const struct cal_line *line, const char *name);
/* Walks the parameters: *rest starts as line->params. `values` is raw: "a","b". */
bool cal_param_next(struct cal_slice *rest, struct cal_slice *name, struct cal_slice *values);
/* Walks the values of one parameter and takes the quotes off. */
bool cal_param_value(struct cal_slice *values, struct cal_slice *value);
/* The next own property of a component after line `after` (start with comp->begin); NULL at the end. */
const struct cal_line *cal_comp_next(
	const struct cal_object *object, const struct cal_comp *comp, uint32_t *after);
const struct cal_line *cal_comp_find(
	const struct cal_object *object, const struct cal_comp *comp, enum cal_prop prop);
/* The value of the first property of that name; {NULL, 0} when absent. For those without a number in enum cal_prop. */
struct cal_slice cal_comp_value(
	const struct cal_object *object, const struct cal_comp *comp, const char *name);
/* From its BEGIN to its END, as sent. */
struct cal_slice cal_comp_text(const struct cal_object *object, const struct cal_comp *comp);
/* The VCALENDAR of an object with one top, NULL when it is something else. */
const struct cal_comp *cal_object_top(const struct cal_object *object);
uint32_t cal_kind_bit(uint8_t kind); /* enum facts_component, 0 for none */
/* Appends a line as sent, its line ends made CRLF. */
void cal_line_add(struct buf *out, const struct cal_line *line);

/* ---- values (value.c) ---- */

/* LOST: its TZID is of a zone that nobody knows; it floats, in the zone of the calendar. */
enum cal_form { FORM_DATE, FORM_FLOATING, FORM_LOST, FORM_UTC, FORM_ZONED };

/* A DATE or DATE-TIME: seconds on its own clock, counted as if that were UTC. */
struct cal_when {
	int64_t local;
	enum cal_form form;
	const struct cal_zone *zone; /* of FORM_ZONED */
};

/* 5545 3.3.6: days follow the clock on the wall, seconds the one that never jumps. */
struct cal_duration {
	int64_t days, seconds;
};

/* A DATE or DATE-TIME in the shape of its characters; the zone comes from the line's TZID. */
bool cal_when_parse(struct cal_when *when, struct cal_object *object, const struct cal_line *line,
	struct cal_slice value);
bool cal_when_of(struct cal_when *when, struct cal_object *object, const struct cal_line *line);
bool cal_duration_parse(struct cal_duration *duration, struct cal_slice value);
/* A PERIOD: start and end on the same clock. */
bool cal_period_parse(struct cal_when *start, struct cal_when *end, struct cal_object *object,
	const struct cal_line *line, struct cal_slice value);
bool cal_offset_parse(int *seconds, struct cal_slice value);
bool cal_is_floating(enum cal_form form); /* or DATE, or LOST */
/* The instant; the local seconds themselves when floating. */
int64_t cal_when_instant(const struct cal_when *when);
struct cal_when cal_when_add(struct cal_when when, const struct cal_duration *duration);
/* `when` seen on the clock of `like`, so that the two `local` can be compared. */
int64_t cal_when_on_clock(const struct cal_when *when, const struct cal_when *like);
/* "20260301T090000Z", "20260301T090000" or "20260301"; zoned times are written in UTC. */
void cal_when_format(char out[32], const struct cal_when *when);

/* ---- zones (zone.c, vtimezone.c, zonenames.c) ---- */

struct cal_onset {
	int64_t at;    /* instant */
	int64_t local; /* the same on the clock before the change */
	int32_t offset;
};

struct cal_zone {
	const char *name;
	struct cal_onset *onsets;
	size_t n_onsets;
	int32_t before; /* offset before the first onset */
};

/* `zone` NULL is UTC. Gap and overlap as in 5545 3.3.5: the offset before the change. */
int64_t cal_zone_to_utc(const struct cal_zone *zone, int64_t local);
int64_t cal_zone_to_local(const struct cal_zone *zone, int64_t instant);
/* The zone that `tzid` means in this object for times from `local` on; NULL when nobody knows. */
const struct cal_zone *cal_object_zone(
	struct cal_object *object, struct cal_slice tzid, int64_t local);
/* From when on the VTIMEZONE `comp` is the system's zone of its name; FACTS_FOREVER when it never is. */
int64_t cal_zone_agrees_from(struct cal_object *object, const struct cal_comp *comp);
/* Onsets of one VTIMEZONE, computed; NULL when it is broken. */
struct cal_zone *cal_vtimezone_table(
	struct cal_object *object, const struct cal_comp *comp, struct arena *arena);
/* The Olson name for a Windows one, NULL when it is none. */
const char *cal_zone_of_windows(struct cal_slice name);

/* ---- rules (rule.c, recur.c, rscale.c) ---- */

enum cal_freq {
	FREQ_SECONDLY,
	FREQ_MINUTELY,
	FREQ_HOURLY,
	FREQ_DAILY,
	FREQ_WEEKLY,
	FREQ_MONTHLY,
	FREQ_YEARLY,
};

/* What becomes of days that a month or year has not (7529 4.1). */
enum cal_skip { SKIP_OMIT, SKIP_BACKWARD, SKIP_FORWARD };

/* A set of the numbers 1 to 383 and of -1 to -383; for BYYEARDAY, BYSETPOS and the like. */
struct cal_numbers {
	uint64_t plus[6], minus[6];
	int n;
};

struct cal_rule {
	enum cal_freq freq;
	int interval, count; /* count 0: none */
	bool has_until;
	struct cal_when until;
	int64_t until_local; /* on the clock of DTSTART; set with cal_rule_bind */
	int wkst;            /* 0 is Sunday */
	uint64_t seconds, minutes, hours, months; /* bits; 0: not given */
	struct cal_numbers month_days, year_days, weeks, positions;
	struct cal_numbers week_days[7]; /* BYDAY with a number */
	unsigned any_week_day;           /* bits of BYDAY without */
	bool has_week_days, has_nth;
	bool vain_nth; /* a number in BYDAY that FREQ has no use for */
	bool twice;    /* a part stands there again */
	struct cal_slice text;
	enum cal_skip skip;     /* of Gregorian rules */
	bool foreign;           /* RSCALE other than GREGORIAN: libical's business */
	bool unsupported;       /* RSCALE that nobody here knows (7529 10) */
	struct cal_slice scale; /* of RSCALE */
	uint64_t leap_months;   /* bits of BYMONTH=5L */
};

/* NULL, or what is wrong with the rule. */
const char *cal_rule_parse(struct cal_rule *rule, struct cal_slice value);
/* NULL, or which parts of a rule that can be read must not stand together: for what is written. */
const char *cal_rule_odds(const struct cal_rule *rule);
/* Puts UNTIL on the clock of DTSTART. */
void cal_rule_bind(struct cal_rule *rule, const struct cal_when *start);
/* False when its instances can not be enumerated in bounded steps from `start`. */
bool cal_rule_is_bounded(const struct cal_rule *rule, const struct cal_when *start);

/* Enumerates one rule. A period is a year, month, week, day or slot, by FREQ; its set is days times
 * hours times minutes times seconds, never written out. */
struct cal_recur {
	const struct cal_rule *rule;
	int64_t start;         /* DTSTART, local */
	int64_t from;          /* nothing earlier is wanted */
	int64_t first, next;   /* first and next period: year, month, day, or seconds of a slot */
	int64_t last;          /* emitted */
	int left;              /* of COUNT; -1: no end */
	bool sift;             /* the rule has something to say about days */
	bool any, over, ended; /* something was emitted; steps were used up; no more periods */
	int month, month_day, week_day; /* what DTSTART adds to the rule; -1: nothing */
	uint8_t hours[24], minutes[60], seconds[60];
	int n_hours, n_minutes, n_seconds;
	int64_t days[400]; /* of a year, and what SKIP moved */
	int n_days;
	int64_t at, total;          /* in the set of the period */
	int64_t positions[2 * 384]; /* BYSETPOS: indexes into the set, sorted */
	int n_positions;
	int64_t good_day; /* last day that passed the day filters */
	int steps;        /* for this instance */
	int64_t spent;    /* for all */
	void *foreign;
};

/* `start` is a local time; frees with cal_recur_end. */
void cal_recur_begin(
	struct cal_recur *recur, const struct cal_rule *rule, const struct cal_when *start);
/* Leaps to the first period that may reach `local` (rules with COUNT stay where they are). */
void cal_recur_seek(struct cal_recur *recur, int64_t local);
/* The next local start; false at the end, or with `over` set when the steps were used up. */
bool cal_recur_next(struct cal_recur *recur, int64_t *local);
void cal_recur_end(struct cal_recur *recur);

enum cal_scale { SCALE_UNKNOWN, SCALE_GREGORIAN, SCALE_FOREIGN };
/* What the value of RSCALE says. */
enum cal_scale cal_scale_of(struct cal_slice name);
void cal_rscale_init(void);
void *cal_rscale_begin(const struct cal_rule *rule, const struct cal_when *start);
bool cal_rscale_next(void *handle, int64_t *local);
void cal_rscale_end(void *handle);

/* ---- series: a component and its instances (series.c, walk.c) ---- */

/* Rows of the tables of 4791 9.9. */
enum cal_row {
	ROW_NOTHING,      /* overlaps no range */
	ROW_EVERYTHING,   /* overlaps each range */
	ROW_SPAN,         /* [start, end), an instant counts as one second */
	ROW_TODO_LONG,    /* VTODO with DTSTART and DURATION */
	ROW_TODO_DUE,     /* VTODO with DTSTART and DUE */
	ROW_TODO_END,     /* VTODO with DUE only */
	ROW_TODO_DONE,    /* COMPLETED and CREATED, or COMPLETED */
	ROW_TODO_CREATED, /* CREATED only; VAVAILABILITY with DTSTART only */
	ROW_CLOSED,       /* [start, end]: VFREEBUSY */
	ROW_PERIOD,       /* [start, end), an instant is nothing: VAVAILABILITY, 7953 7.2.2 */
	ROW_UNTIL,        /* all before start: VAVAILABILITY with DTEND only */
};

struct cal_extra { /* RDATE */
	int64_t local;
	bool has_end;
	struct cal_duration duration;
};

struct cal_series {
	const struct cal_comp *comp;
	enum cal_row row;
	bool has_start, recurs, overrides, and_future;
	struct cal_when start; /* of the first instance: DTSTART, or DUE of a VTODO without */
	struct cal_duration duration; /* start to end; of DTEND and DUE exact seconds */
	struct cal_when id;           /* RECURRENCE-ID */
	int64_t replaces, shift;   /* the same on the master's clock; how far THISANDFUTURE moves */
	struct cal_rule *rules;    /* RRULE, then EXRULE */
	size_t n_rules, n_exrules; /* of each */
	const char
		*bad_rule; /* why one of them can not be followed, or NULL: then there are none */
	const struct cal_line *bad_line;
	bool bad_scale;           /* since nobody knows its RSCALE */
	struct cal_extra *extras; /* RDATE, sorted */
	size_t n_extras;
	int64_t *except, *except_days; /* EXDATE, instants, sorted; days of DATE values */
	size_t n_except, n_except_days;
	struct cal_range *periods; /* FREEBUSY of a VFREEBUSY without DTSTART and DTEND */
	size_t n_periods;
};

/* All components of one kind of an object. */
struct cal_set {
	struct cal_object *object;
	struct cal_series *series;
	size_t n_series;
	const struct cal_series *master; /* or NULL */
	int64_t *replaced;               /* RECURRENCE-IDs, instants, sorted */
	size_t n_replaced;
	const struct cal_series *
		*rulers; /* overrides with RANGE=THISANDFUTURE, by what they replace */
	size_t n_rulers;
	int64_t reach;   /* longest distance that THISANDFUTURE moves an instance, seconds */
	int64_t longest; /* duration of an instance, seconds */
};

/* One instance. Times are instants, or local seconds when floating. */
struct cal_instance {
	const struct cal_series
		*series; /* whose properties hold: the override's, where there is one */
	bool floating;
	struct cal_when when; /* its start */
	struct cal_when id;   /* its start before an override moved it: its RECURRENCE-ID */
	int64_t start, end;   /* its own times */
	struct cal_range
		span; /* what 4791 9.9 compares: overlaps when range.start < end && range.end > start */
};

typedef bool cal_instance_fn(void *context, const struct cal_instance *instance);

/* Reads a component's times, rules and exceptions. False with *fault for values that are none. */
bool cal_series_read(struct cal_series *series, struct cal_object *object,
	const struct cal_comp *comp, struct facts_fault *fault);
/* Reads the `n` components with these numbers: a master and what overrides it. */
bool cal_set_of(struct cal_set *set, struct cal_object *object, const uint32_t *comps, size_t n,
	struct facts_fault *fault);
/* The instant that names a start; what floats is put on the series' clock. */
int64_t cal_series_key(const struct cal_series *series, const struct cal_when *when);
/* Reads all components of `kind` under `top`. */
bool cal_set_read(struct cal_set *set, struct cal_object *object, const struct cal_comp *top,
	uint8_t kind, struct facts_fault *fault);
/* The span of an instance that starts and ends so. */
struct cal_range cal_row_span(enum cal_row row, int64_t start, int64_t end);
int64_t cal_series_end(const struct cal_series *series, const struct cal_when *start);

enum cal_walk { WALK_END, WALK_STOPPED, WALK_LIMIT };
/* Calls `fn` for each instance whose span may overlap `range` (local ranges are widened), until it says false.
 * At most CAL_MAX_INSTANCES instances are looked at. Not in order. */
enum cal_walk cal_set_walk(const struct cal_set *set, const struct cal_range *range,
	cal_instance_fn *fn, void *context);
/* The same for the instances of one component only. Many questions about one object share *left (NULL: no others), steps
 * as in CAL_MAX_SPENT: once they are used up, further ones are over their limit at once. */
enum cal_walk cal_series_walk(const struct cal_set *set, const struct cal_series *series,
	const struct cal_range *range, cal_instance_fn *fn, void *context, int64_t *left);
/* For each series, whether it is an override with an impact on the range (4791 9.6.6). */
bool *cal_set_touched(
	const struct cal_set *set, const struct cal_range *range, const struct cal_zone *zone);
/* First and last instant, with FACTS_ALWAYS and FACTS_FOREVER where open; false when nothing is ever hit. */
bool cal_set_extent(const struct cal_set *set, struct cal_range *extent, bool *floating);

/* Does the span overlap? A floating one is compared on the clock of `zone`. */
bool cal_overlaps(const struct cal_range *range, const struct cal_range *span, bool floating,
	const struct cal_zone *zone);

/* ---- remembered spans (span.c) ---- */

enum cal_verdict cal_spans_ask(const unsigned char *key, uint32_t component,
	const struct cal_range *range, const struct cal_zone *zone);
void cal_spans_remember(const unsigned char *key, uint32_t component, const struct cal_set *set,
	const struct cal_range *range);

/* ---- matching text (collate.c) ---- */

/* What all questions about one object share. */
struct cal_scratch {
	struct arena *arena; /* for one line, and cleared after it */
	int64_t left; /* bytes that may be prepared for i;unicode-casemap, CAL_MAX_PREPARED at first */
};

bool cal_text_matches(const struct cal_text_match *match, struct cal_slice value, int64_t *left);
/* The text as i;unicode-casemap compares it (RFC 5051 2); initialises `out`, which the caller frees. */
void cal_text_prepare(struct buf *out, struct cal_slice text);

/* False when the lines of the object show that it can not match. */
bool cal_lines_may_match(const struct cal_comp_filter *filter, struct cal_scratch *scratch,
	const char *bytes, size_t len);
/* Does a line of the right name have the text and the parameters? A range is not looked at. */
bool cal_line_fits(const struct cal_line *line, const struct cal_prop_filter *filter,
	struct cal_scratch *scratch);

/* The filter of one component kind with nothing but a time range; NULL when it asks more. */
const struct cal_comp_filter *cal_filter_plain(const struct cal_comp_filter *filter);

/* ---- rules for what is written (rules.c, judge.c) ---- */

/* Is it iCalendar by the tables, but for what src/base/tolerance.h lets pass? *fault says what is wrong. */
bool cal_judge(struct cal_object *object, const struct cal_set *set, struct facts_fault *fault);

/* The limits of a calendar (limits.c), of an object that was read. */
bool cal_object_within(
	struct cal_object *object, const struct cal_bounds *bounds, struct facts_fault *fault);

/* ---- what others may know (object.c, busy.c) ---- */

/* What the value of a CLASS says (5545 3.8.1.3; of cards 2426 3.7.1): a word nobody knows is FACTS_PRIVATE. */
enum facts_class cal_class_of(struct cal_slice word);
/* The most secret CLASS in the object, wherever in it (5545 3.8.1.3). */
enum facts_class cal_object_class(const struct cal_object *object);
/* Does a VEVENT make its owner busy, and how (4791 7.10)? */
bool cal_event_is_busy(
	const struct cal_object *object, const struct cal_comp *comp, enum cal_busy_type *type);

/* Of one object, on its own clock and not cut; in the order of the object. */
struct cal_busy_raw {
	int64_t start, end; /* local when floating */
	enum cal_busy_type type;
	bool floating;
};

struct cal_busy_raws {
	struct cal_range window;     /* what is asked */
	struct cal_range if_endless; /* instead, of a series without end; {0}: it is CAL_LIMIT */
	struct cal_busy_raw *spans;
	size_t n, cap, max;
	struct arena *arena;
};

/* CAL_LIMIT: more than `max` or CAL_MAX_INSTANCES, or a series without end in a window without. */
enum cal_code cal_busy_read(struct cal_busy_raws *raws, const char *bytes, size_t len);
void cal_busy_put_raw(struct arena *arena, struct cal_busy_list *list,
	const struct cal_range *range, const struct cal_zone *zone, const struct cal_busy_raw *raw);
/* Adds a span, cut to the range. */
void cal_busy_put(struct arena *arena, struct cal_busy_list *list, const struct cal_range *range,
	const struct cal_range *span, enum cal_busy_type type);
/* What 7953 3.1 asks of a VAVAILABILITY and the AVAILABLEs in it. */
bool cal_availability_check(
	struct cal_object *object, const struct cal_comp *comp, struct facts_fault *fault);

/* ---- partial data (render.c, expand.c) ---- */

struct cal_renderer {
	struct buf *out;
	struct cal_object *object;
	const struct cal_data_request *request;
};

/* Is the property asked for (9.6.4)? `comp` NULL is all of them. */
bool cal_data_wants(const struct cal_data_comp *comp, struct cal_slice name, bool *novalue);
/* What is asked of a component below: *wanted says whether it is; NULL is all of it. */
const struct cal_data_comp *cal_data_child(
	const struct cal_data_comp *comp, struct cal_slice name, bool *wanted);
/* Appends one property as asked, byte for byte where it is asked whole. */
void cal_render_line(
	struct cal_renderer *r, const struct cal_data_comp *comp, const struct cal_line *line);
/* Appends a component with all below it as asked. */
void cal_render_comp(
	struct cal_renderer *r, const struct cal_comp *comp, const struct cal_data_comp *wanted);
/* Appends the object with each instance in the range as a component of its own (9.6.5); false over the limits. */
bool cal_render_expanded(struct cal_renderer *r, const struct cal_comp *top);
/* Appends a line of our own making, folded at 75 octets (5545 3.1). */
void cal_fold_add(struct buf *out, const char *text, size_t len);

#endif
