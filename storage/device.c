/* SPDX-License-Identifier: ISC */
/* Devices: names, passwords, adding, revoking, finding. device_note.c: when they were used. */
#include "storage/device.h"

#include "src/base/clock.h"
#include "src/base/text.h"
#include "storage/internal.h"

#include <sodium.h>

#define GROUPS 5
#define GROUP_LEN 4
#define SECRET_LEN (GROUPS * GROUP_LEN) /* of 31 letters: 99 bits */

static const char letters[] = "abcdefghjkmnpqrstuvwxyz23456789";

_Static_assert(DEVICE_SECRET_SIZE == GROUPS * (GROUP_LEN + 1), "dashes between, NUL at the end");

/* ---------------------------------------------------------------- names */

/* One character of valid UTF-8; *text moves behind it. */
static uint32_t next_char(const char **text)
{
	const unsigned char *at = (const unsigned char *)*text;
	int more = *at >= 0xf0 ? 3 : *at >= 0xe0 ? 2 : *at >= 0xc0 ? 1 : 0;
	uint32_t c = more ? *at & (0x3fu >> more) : *at;

	for (int i = 1; i <= more; i++)
		c = c << 6 | (at[i] & 0x3fu);
	*text += more + 1;
	return c;
}

struct range {
	uint32_t first, last;
};

static bool among(const struct range *ranges, size_t n, uint32_t c)
{
	for (size_t i = 0; i < n; i++)
		if (c >= ranges[i].first && c <= ranges[i].last)
			return true;
	return false;
}
#define AMONG(ranges, c) among(ranges, sizeof(ranges) / sizeof(*(ranges)), c)

/* Controls, and what Unicode calls default-ignorable or bidirectional: nobody sees it. */
static const struct range unseen[] = {
	{0x00, 0x1f},
	{0x7f, 0x9f},
	{0xad, 0xad},
	{0x34f, 0x34f},
	{0x61c, 0x61c},
	{0x115f, 0x1160},
	{0x17b4, 0x17b5},
	{0x180b, 0x180f},
	{0x200b, 0x200b},
	{0x200e, 0x200f},
	{0x2028, 0x202e},
	{0x2060, 0x206f},
	{0x3164, 0x3164},
	{0xfeff, 0xfeff},
	{0xffa0, 0xffa0},
	{0xfff0, 0xfffb},
	{0x1d173, 0x1d17a},
	{0xe0000, 0xe0fff},
};

static const struct range spaces[] = {
	{0x20, 0x20},
	{0xa0, 0xa0},
	{0x1680, 0x1680},
	{0x2000, 0x200a},
	{0x202f, 0x202f},
	{0x205f, 0x205f},
	{0x3000, 0x3000},
};

/* Joiners and variation selectors: parts of emoji and of some scripts, alone they are nothing. */
static const struct range joiners[] = {
	{0x200c, 0x200d},
	{0xfe00, 0xfe0f},
};

/* Capitals, and how far their small letters are; step 2: every second one is a capital. No letter
 * takes more or fewer bytes by it. */
static const struct {
	uint32_t first, last, step, distance;
} capitals[] = {
	{'A', 'Z', 1, 32},
	{0xc0, 0xd6, 1, 32},
	{0xd8, 0xde, 1, 32},
	{0x100, 0x12f, 2, 1},
	{0x132, 0x137, 2, 1},
	{0x139, 0x148, 2, 1},
	{0x14a, 0x177, 2, 1},
	{0x179, 0x17e, 2, 1},
	{0x391, 0x3a1, 1, 32},
	{0x3a3, 0x3ab, 1, 32},
	{0x400, 0x40f, 1, 80},
	{0x410, 0x42f, 1, 32},
};

static uint32_t small(uint32_t c)
{
	for (size_t i = 0; i < sizeof(capitals) / sizeof(*capitals); i++)
		if (c >= capitals[i].first && c <= capitals[i].last &&
			(c - capitals[i].first) % capitals[i].step == 0)
			return c + capitals[i].distance;
	return c;
}

void device_fold(char fold[DEVICE_NAME_SIZE], const char *name)
{
	size_t len = 0;

	while (*name) {
		const char *start = name;
		uint32_t c = next_char(&name), low = small(c);
		size_t bytes = (size_t)(name - start);
		if (AMONG(joiners, c) || len + bytes >= DEVICE_NAME_SIZE)
			continue;
		memcpy(fold + len, start, bytes);
		if (low != c && low < 0x80) {
			fold[len] = (char)low;
		} else if (low != c) {
			fold[len] = (char)(0xc0 | low >> 6);
			fold[len + 1] = (char)(0x80 | (low & 0x3f));
		}
		len += bytes;
	}
	fold[len] = '\0';
}

bool device_name_same(const char *a, const char *b)
{
	char fold_a[DEVICE_NAME_SIZE], fold_b[DEVICE_NAME_SIZE];

	device_fold(fold_a, a);
	device_fold(fold_b, b);
	return text_equal(fold_a, fold_b);
}

/* Copies with every run of space as one, none at the ends; gives the number of characters. *odd:
 * something that is not to be in a name. */
static size_t squeeze(char *out, const char *text, bool *odd)
{
	size_t n = 0, len = 0;
	bool space = false;

	while (*text) {
		const char *start = text;
		uint32_t c = next_char(&text);
		if (AMONG(spaces, c)) {
			space = true;
			continue;
		}
		*odd = *odd || AMONG(unseen, c);
		if (space && n) {
			out[len++] = ' ';
			n++;
		}
		space = false;
		memcpy(out + len, start, (size_t)(text - start));
		len += (size_t)(text - start);
		n++;
	}
	out[len] = '\0';
	return n;
}

char *device_name_clean(struct arena *arena, const char *name, const char **why)
{
	char fold[DEVICE_NAME_SIZE] = "";
	bool odd = false;

	if (!text_is_utf8(name, strlen(name))) {
		*why = "a device's name must be UTF-8";
		return NULL;
	}
	name = text_trim(arena, name);
	char *clean = arena_alloc(arena, strlen(name) + 1);
	size_t n = squeeze(clean, name, &odd);

	if (n <= DEVICE_MAX_NAME)
		device_fold(fold, clean);
	if (!*fold) {
		*why = arena_printf(
			arena, "a device's name has 1 to %d characters", DEVICE_MAX_NAME);
		return NULL;
	}
	if (odd) {
		*why = "a device's name must be one line, without control characters and invisible "
		       "ones";
		return NULL;
	}
	return clean;
}

/* ---------------------------------------------------------------- passwords */

void device_make_up(char secret[DEVICE_SECRET_SIZE])
{
	size_t len = 0;

	for (int group = 0; group < GROUPS; group++) {
		if (group)
			secret[len++] = '-';
		for (int i = 0; i < GROUP_LEN; i++)
			secret[len++] = letters[randombytes_uniform(sizeof(letters) - 1)];
	}
	secret[len] = '\0';
}

/* As people type it: any case, with dashes and spaces or without. False: this is none. */
static bool hash_secret(unsigned char hash[DEVICE_HASH_SIZE], const char *password)
{
	char plain[SECRET_LEN];
	size_t len = 0;

	for (; *password; password++) {
		char c = *password;
		if (c == '-' || c == ' ')
			continue;
		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if (len == SECRET_LEN || !strchr(letters, c))
			return false;
		plain[len++] = c;
	}
	if (len == SECRET_LEN) /* 99 random bits need no salt, and nobody can try them all */
		crypto_generichash(
			hash, DEVICE_HASH_SIZE, (const unsigned char *)plain, len, NULL, 0);
	sodium_memzero(plain, sizeof(plain));
	return len == SECRET_LEN;
}

bool device_verify(
	struct store *store, const char *principal_id, const char *password, struct device *device)
{
	struct backend *backend = store_backend(store);
	unsigned char hash[DEVICE_HASH_SIZE];
	struct device found;

	if (!hash_secret(hash, password) ||
		!backend->ops->device_find(backend, principal_id, hash, &found))
		return false;
	if (found.expires && found.expires <= clock_now())
		return false;
	*device = found;
	return true;
}

/* ---------------------------------------------------------------- changes */

static enum store_code add(struct store *store, struct arena *arena, const struct device *device,
	const char *secret, const char **why)
{
	struct backend *backend = store_backend(store);
	unsigned char hash[DEVICE_HASH_SIZE];
	char fold[DEVICE_NAME_SIZE], text[256] = "";

	device_fold(fold, device->name);
	hash_secret(hash, secret);
	devices_begin_change(store);
	enum store_code code = backend->ops->device_add(
		backend, device, fold, hash, text, sizeof(text));
	devices_end_change(store, device->principal_id);
	if (code == STORE_INVALID) {
		*why = arena_printf(
			arena, "there are %d devices already: revoke some first", DEVICE_MAX);
		return STORE_CONFLICT;
	}
	if (code == STORE_CONFLICT)
		*why = arena_printf(arena,
			"there is a device \"%s\" already: revoke it first, or choose another name",
			device->name);
	else if (code != STORE_OK)
		*why = arena_strdup(arena, text);
	return code;
}

enum store_code device_add(struct store *store, struct arena *arena, const struct device_spec *spec,
	struct device *device, char secret[DEVICE_SECRET_SIZE], const char **why)
{
	const char *name = device_name_clean(arena, spec->name, why);
	struct device made = {
		.scope = spec->scope, .created = clock_now(), .expires = spec->expires};

	if (!name)
		return STORE_INVALID;
	if (strlen(spec->principal_id) >= sizeof(made.principal_id)) {
		*why = "the id of this user is no UUID: somebody pushed it so";
		return STORE_INVALID;
	}
	snprintf(made.principal_id, sizeof(made.principal_id), "%s", spec->principal_id);
	snprintf(made.name, sizeof(made.name), "%s", name);
	text_uuid(made.id);
	device_make_up(secret);
	enum store_code code = add(store, arena, &made, secret, why);
	if (code == STORE_OK)
		*device = made;
	else
		sodium_memzero(secret, DEVICE_SECRET_SIZE);
	return code;
}

enum store_code device_revoke(struct store *store, struct arena *arena, const char *principal_id,
	const char *id, const char **why)
{
	struct backend *backend = store_backend(store);
	char text[256] = "";

	devices_begin_change(store);
	enum store_code code = backend->ops->device_remove(
		backend, principal_id, id, text, sizeof(text));
	devices_end_change(store, principal_id);
	if (code != STORE_OK)
		*why = code == STORE_NOT_FOUND ? "there is no such device"
					       : arena_strdup(arena, text);
	return code;
}

/* ---------------------------------------------------------------- listing */

struct listing {
	struct arena *arena;
	struct device *devices;
	size_t n, cap;
};

static void take(void *payload, const struct device *device)
{
	struct listing *listing = payload;

	listing->devices = arena_grow(listing->arena, listing->devices, &listing->cap,
		listing->n + 1, sizeof(*listing->devices));
	listing->devices[listing->n++] = *device;
}

struct device *device_list(
	struct store *store, struct arena *arena, const char *principal_id, size_t *count)
{
	struct backend *backend = store_backend(store);
	struct listing listing = {.arena = arena};

	devices_write(store);
	backend->ops->device_list(backend, principal_id, take, &listing);
	*count = listing.n;
	return listing.devices;
}
