/* SPDX-License-Identifier: ISC */
/*
 * Outcomes. A handler returns a name; the table in code.c knows the status and the precondition
 * element of each (RFC 4918 16, 3744, 4791, 6578, 5689, 6352). No status number stands anywhere
 * else in this folder.
 */
#ifndef WEBDAV_CODE_H
#define WEBDAV_CODE_H

#include <stdbool.h>

/* DAV_CODES(ROW): ROW(name, status, namespace prefix or NULL, element or NULL) with the section in
 * a comment. */
/* clang-format off */
#define DAV_CODES(ROW)                                                                                         \
	ROW(OK, 200, NULL, NULL)                                                                               \
	ROW(CREATED, 201, NULL, NULL)                                                                          \
	ROW(NO_CONTENT, 204, NULL, NULL)                                                                       \
	ROW(PARTIAL, 206, NULL, NULL)                                           /* 9110 15.3.7 */              \
	ROW(MULTISTATUS, 207, NULL, NULL)                                                                      \
	ROW(MOVED, 301, NULL, NULL)                                                                            \
	ROW(NOT_MODIFIED, 304, NULL, NULL)                                                                     \
	ROW(BAD_REQUEST, 400, NULL, NULL)                                                                      \
	ROW(UNAUTHORIZED, 401, NULL, NULL)                                                                     \
	ROW(FORBIDDEN, 403, NULL, NULL)                                                                        \
	ROW(NEED_PRIVILEGES, 403, "d", "need-privileges")                       /* 3744 7.1.1 */               \
	ROW(NO_ACE_CONFLICT, 403, "d", "no-ace-conflict")                       /* 3744 8.1.1 */               \
	ROW(NO_PROTECTED_ACE_CONFLICT, 403, "d", "no-protected-ace-conflict")   /* 3744 8.1.1 */               \
	ROW(NO_INHERITED_ACE_CONFLICT, 403, "d", "no-inherited-ace-conflict")   /* 3744 8.1.1 */               \
	ROW(LIMITED_NUMBER_OF_ACES, 403, "d", "limited-number-of-aces")         /* 3744 8.1.1 */               \
	ROW(DENY_BEFORE_GRANT, 403, "d", "deny-before-grant")                   /* 3744 8.1.1 */               \
	ROW(NO_INVERT, 403, "d", "no-invert")                                   /* 3744 8.1.1 */               \
	ROW(NO_ABSTRACT, 403, "d", "no-abstract")                               /* 3744 8.1.1 */               \
	ROW(NOT_SUPPORTED_PRIVILEGE, 403, "d", "not-supported-privilege")       /* 3744 8.1.1 */               \
	ROW(RECOGNIZED_PRINCIPAL, 403, "d", "recognized-principal")             /* 3744 8.1.1 */               \
	ROW(ALLOWED_PRINCIPAL, 403, "d", "allowed-principal")                   /* 3744 8.1.1 */               \
	ROW(PROPFIND_FINITE_DEPTH, 403, "d", "propfind-finite-depth")           /* 4918 9.1.1 */               \
	ROW(CANNOT_MODIFY_PROTECTED, 403, "d", "cannot-modify-protected-property") /* 4918 16 */               \
	ROW(NO_EXTERNAL_ENTITIES, 403, "d", "no-external-entities")             /* 4918 16 */                  \
	ROW(VALID_SYNC_TOKEN, 403, "d", "valid-sync-token")                     /* 6578 3.2 */                 \
	ROW(VALID_SYNC_TOKEN_400, 400, "d", "valid-sync-token")                 /* tolerance: Thunderbird contacts */ \
	ROW(NUMBER_OF_MATCHES, 507, "d", "number-of-matches-within-limits")     /* 6578 3.6 */                 \
	ROW(SUPPORTED_REPORT, 403, "d", "supported-report")                     /* 3253 3.6 */                 \
	ROW(VALID_RESOURCETYPE, 403, "d", "valid-resourcetype")                 /* 5689 3.3 */                 \
	ROW(RESOURCE_MUST_BE_NULL, 403, "d", "resource-must-be-null")           /* 4791 1.3, 5.3.1 */          \
	ROW(RESOURCE_MUST_BE_NULL_405, 405, "d", "resource-must-be-null")       /* MKCOL: 4918 9.3.1 */        \
	ROW(INITIALIZE_CALENDAR, 403, "c", "initialize-calendar-collection")    /* 4791 5.3.1 */               \
	ROW(LOCATION_OK, 403, "c", "calendar-collection-location-ok")           /* 4791 5.3.1.1 */             \
	ROW(CARD_LOCATION_OK, 403, "card", "addressbook-collection-location-ok") /* 6352 6.3.2.1 */             \
	ROW(SUPPORTED_CALENDAR_DATA, 403, "c", "supported-calendar-data")       /* 4791 5.3.2.1 */             \
	ROW(VALID_CALENDAR_DATA, 403, "c", "valid-calendar-data")               /* 4791 5.3.2.1 */             \
	ROW(VALID_CALENDAR_OBJECT, 403, "c", "valid-calendar-object-resource")  /* 4791 5.3.2.1 */             \
	ROW(SUPPORTED_RSCALE, 403, "c", "supported-rscale")                     /* 7529 10 */                  \
	ROW(SUPPORTED_COMPONENT, 403, "c", "supported-calendar-component")      /* 4791 5.3.2.1 */             \
	ROW(NO_UID_CONFLICT, 409, "c", "no-uid-conflict")                       /* 4791 5.3.2.1, DESIGN 7 */   \
	ROW(CARD_NO_UID_CONFLICT, 409, "card", "no-uid-conflict")               /* 6352 6.3.2.1 */             \
	ROW(SUPPORTED_ADDRESS_DATA, 403, "card", "supported-address-data")      /* 6352 6.3.2.1 */             \
	ROW(VALID_ADDRESS_DATA, 403, "card", "valid-address-data")              /* 6352 6.3.2.1 */             \
	/* 6352 5.1.1.1 names no status: of a GET it is that of RFC 9110 15.5.7, nothing that Accept would take; 6352 8.7.2 has that of a row. */ \
	ROW(CARD_CONVERSION, 406, "card", "supported-address-data-conversion")  /* 6352 5.1.1.1 */             \
	ROW(CARD_CONVERSION_ROW, 415, "card", "supported-address-data-conversion") /* 6352 8.7.2 */            \
	ROW(MAX_RESOURCE_SIZE, 403, "c", "max-resource-size")                   /* 4791 5.3.2.1 */             \
	ROW(MIN_DATE_TIME, 403, "c", "min-date-time")                           /* 4791 5.3.2.1, 7.8 */        \
	ROW(MAX_DATE_TIME, 403, "c", "max-date-time")                           /* 4791 5.3.2.1, 7.8 */        \
	ROW(MAX_INSTANCES, 403, "c", "max-instances")                           /* 4791 5.3.2.1 */             \
	ROW(MAX_ATTENDEES, 403, "c", "max-attendees-per-instance")              /* 4791 5.3.2.1 */             \
	ROW(CARD_MAX_RESOURCE_SIZE, 403, "card", "max-resource-size")           /* 6352 6.3.2.1 */             \
	ROW(VALID_FILTER, 403, "c", "valid-filter")                             /* 4791 7.8 */                 \
	ROW(SUPPORTED_FILTER, 403, "c", "supported-filter")                     /* 4791 7.8 */                 \
	ROW(SUPPORTED_COLLATION, 403, "c", "supported-collation")               /* 4791 7.5.1 */               \
	ROW(VALID_TIMEZONE, 403, "c", "valid-timezone")                         /* 7809 3.1.6 */               \
	ROW(CARD_SUPPORTED_FILTER, 403, "card", "supported-filter")             /* 6352 8.6 */                 \
	ROW(CARD_SUPPORTED_COLLATION, 403, "card", "supported-collation")       /* 6352 8.3.1 */               \
	ROW(NOT_FOUND, 404, NULL, NULL)                                                                        \
	ROW(METHOD_NOT_ALLOWED, 405, NULL, NULL)                                                               \
	ROW(CONFLICT, 409, NULL, NULL)                                          /* 4918 9.3.1: parent missing */ \
	ROW(PRECONDITION_FAILED, 412, NULL, NULL)                                                              \
	ROW(TOO_LARGE, 413, NULL, NULL)                                                                        \
	ROW(URI_TOO_LONG, 414, NULL, NULL)                                                                     \
	ROW(UNSUPPORTED_MEDIA, 415, NULL, NULL)                                                                \
	ROW(RANGE_NOT_SATISFIABLE, 416, NULL, NULL)                             /* 9110 15.5.17 */             \
	ROW(UNPROCESSABLE, 422, NULL, NULL)                                     /* 4918 11.2 */                \
	ROW(FAILED_DEPENDENCY, 424, NULL, NULL)                                                                \
	ROW(INTERNAL, 500, NULL, NULL)                                                                         \
	ROW(NOT_IMPLEMENTED, 501, NULL, NULL)                                                                  \
	ROW(BAD_GATEWAY, 502, NULL, NULL)                                       /* 4918 9.8.5: other host */   \
	ROW(UNAVAILABLE, 503, NULL, NULL)                                       /* with Retry-After */         \
	ROW(LOCK_TOKEN_SUBMITTED, 423, "d", "lock-token-submitted")             /* 4918 16 */                  \
	ROW(NO_CONFLICTING_LOCK, 423, "d", "no-conflicting-lock")               /* 4918 16 */                  \
	ROW(LOCK_TOKEN_MATCHES, 409, "d", "lock-token-matches-request-uri")     /* 4918 9.11.1 */              \
	ROW(LOCK_TOKEN_MATCHES_412, 412, "d", "lock-token-matches-request-uri") /* 4918 9.10.6 */              \
	ROW(QUOTA_NOT_EXCEEDED, 507, "d", "quota-not-exceeded")                 /* 4331 6 */                   \
	ROW(SUFFICIENT_DISK_SPACE, 507, "d", "sufficient-disk-space")           /* 4331 6 */                   \
	ROW(INSUFFICIENT_STORAGE, 507, NULL, NULL)
/* clang-format on */

enum dav_code {
#define DAV_CODE_ENUM(name, status, ns, element) DAV_##name,
	DAV_CODES(DAV_CODE_ENUM)
#undef DAV_CODE_ENUM
		DAV_CODE_COUNT,
	/* not an outcome: the write is with the committer, verb_x's `finish` runs when it is done */
	DAV_WAIT,
};

int dav_code_status(enum dav_code code);
bool dav_code_refuses(enum dav_code code);        /* forbidden: asking again changes nothing */
const char *dav_code_reason(enum dav_code code);  /* "Multi-Status" */
const char *dav_code_prefix(enum dav_code code);  /* "d", "c", "card" or NULL */
const char *dav_code_element(enum dav_code code); /* or NULL */

#endif
