/* SPDX-License-Identifier: ISC */
/* The words of one change, as commit subjects have them: Anna added "Dentist" to home. Always one line. */
#include "webdav/dav.h"

#include "src/base/text.h"

#include <stdint.h>

#define MAX_WHO 60 /* bytes of each part */
#define MAX_SUMMARY 80

/* {who} {verb} "{summary}" {joint} {collection} */
static const struct {
	char what;
	const char *verb, *joint;
} sentences[] = {
	{'A', "added", "to"},
	{'M', "changed", "in"},
	{'D', "deleted", "from"},
	{'V', "moved", "to"},
	{'C', "copied", "to"},
	{'P', "changed the settings of", "in"},
	{'S', "changed who may do what with", "in"},
	{'N', "created", "in"},
	{'R', "removed", "from"},
};

char *dav_subject(struct arena *arena, const char *who, char what, const char *summary,
	const char *collection)
{
	const char *verb = "changed", *joint = "in";
	struct buf out;

	for (size_t i = 0; i < sizeof(sentences) / sizeof(sentences[0]); i++)
		if (sentences[i].what == what) {
			verb = sentences[i].verb;
			joint = sentences[i].joint;
		}
	buf_init(&out, SIZE_MAX);
	buf_addf(&out, "%s %s", text_clean_line(arena, who ? who : "Somebody", MAX_WHO), verb);
	if (summary)
		buf_addf(&out, " \"%s\"", text_clean_line(arena, summary, MAX_SUMMARY));
	/* Without a summary it is about the collection itself: "Anna created home". */
	if (collection && summary)
		buf_addf(&out, " %s", joint);
	if (collection)
		buf_addf(&out, " %s", text_clean_line(arena, collection, MAX_SUMMARY));
	char *text = arena_strndup(arena, out.data, out.len);
	buf_free(&out);
	return text;
}
