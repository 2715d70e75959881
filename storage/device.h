/* SPDX-License-Identifier: ISC */
/*
 * Devices of people. A device has a password of its own (an app password), made here, shown once and
 * kept as a hash in state.db; or it was *noticed*: a program that logged in with its owner's main
 * password, kept so that the history can name it. A device belongs to a principal's id, goes with
 * its credentials, and adding or revoking one changes account_generation of its owner.
 *
 * When it was last used is noted in memory and written in batches, by the keeper's thread and at
 * close: noting costs a look-up and never waits. What was not written when the process is killed is
 * forgotten; what device_add and device_revoke did is not.
 */
#ifndef STORAGE_DEVICE_H
#define STORAGE_DEVICE_H

#include "storage/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DEVICE_MAX_NAME 100     /* characters */
#define DEVICE_MAX 200          /* devices with a password, for each person */
#define DEVICE_MAX_NOTICED 64   /* noticed ones, for each person */
#define DEVICE_BATCH_SECONDS 60 /* between two batches */

#define DEVICE_ID_SIZE 37                          /* a UUID */
#define DEVICE_NAME_SIZE (4 * DEVICE_MAX_NAME + 1) /* UTF-8 */
#define DEVICE_PROGRAM_SIZE 61
#define DEVICE_ADDRESS_SIZE 64
#define DEVICE_AGENT_SIZE 201
#define DEVICE_SECRET_SIZE 25 /* "abcd-efgh-jkmn-pqrs-tuvw" */

struct device {
	char id[DEVICE_ID_SIZE], principal_id[DEVICE_ID_SIZE];
	char name[DEVICE_NAME_SIZE];
	bool noticed;
	char program[DEVICE_PROGRAM_SIZE]; /* what a noticed one is known by; else "" */
	unsigned scope;                    /* enum dav_scope; means nothing to the store */
	int64_t created, expires;          /* expires 0: never */
	int64_t last_used;                 /* 0: never */
	char address[DEVICE_ADDRESS_SIZE], user_agent[DEVICE_AGENT_SIZE]; /* of the last use */
};

/* The name as it is kept: trimmed, runs of space made one. NULL with *why ("a name has …") for one
 * that is empty, too long, not UTF-8, or has controls or marks that nobody sees (a text could look
 * like another one by them). */
char *device_name_clean(struct arena *arena, const char *name, const char **why);
/* Names that are equal but for the case (Latin, Greek, Cyrillic) are one name. Letters of different
 * scripts that look alike are not. */
bool device_name_same(const char *a, const char *b);

/* A password: 20 letters of 31, 99 bits, none that looks like another. */
void device_make_up(char secret[DEVICE_SECRET_SIZE]);

struct device_spec {
	const char *principal_id, *name;
	unsigned scope;
	int64_t expires; /* 0: never */
};
/* Durable on return. A noticed device of this name makes room. INVALID: no name; CONFLICT: another
 * device has the name, or there are DEVICE_MAX; *why says it in words, in the arena. */
enum store_code device_add(struct store *store, struct arena *arena, const struct device_spec *spec,
	struct device *device, char secret[DEVICE_SECRET_SIZE], const char **why);
/* Durable on return; from then on nobody gets in by it. NOT_FOUND: there is none. */
enum store_code device_revoke(struct store *store, struct arena *arena, const char *principal_id,
	const char *id, const char **why);
/* Of a principal, or (NULL) of all; the oldest first. Writes what is noted first. */
struct device *device_list(
	struct store *store, struct arena *arena, const char *principal_id, size_t *count);

/* The device of this principal whose password this is, however its letters and dashes are typed;
 * false also when it has expired. Reads state.db: not for a poll thread. */
bool device_verify(
	struct store *store, const char *principal_id, const char *password, struct device *device);

/* Where and by what a device was used. Both may be NULL and are cleaned and cut. */
struct device_use {
	const char *address, *user_agent;
};
/* Notes a use now. Cheap. */
void device_used(struct store *store, const char *id, const struct device_use *use);

enum device_notice {
	DEVICE_NOTICED,  /* name is filled */
	DEVICE_NAMELESS, /* there are DEVICE_MAX_NOTICED already */
	DEVICE_UNKNOWN, /* only when not `deep`: call again with it, from a thread that may read state.db */
};
/* Notes that `program` (a short clean name, < DEVICE_PROGRAM_SIZE) came with the main password, as a
 * new device when it did for the first time. */
enum device_notice device_notice(struct store *store, const char *principal_id, const char *program,
	const struct device_use *use, bool deep, char name[DEVICE_NAME_SIZE]);

#endif
