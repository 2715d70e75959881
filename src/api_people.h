/* SPDX-License-Identifier: ISC */
/* Changes of people in the management interface: who makes them, and what is answered when they are refused. */
#ifndef SRC_API_PEOPLE_H
#define SRC_API_PEOPLE_H

#include "src/api_call.h"
#include "webdav/people.h"

struct dav_people api_people(const struct api_call *call);
/* `code` is neither PEOPLE_OK nor PEOPLE_SAME. */
void api_fail_people(
	struct api_call *call, enum dav_people_code code, const struct dav_people *people);

#endif
