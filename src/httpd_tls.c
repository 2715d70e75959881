/* SPDX-License-Identifier: ISC */
/*
 * Certificate and key. They are checked here before libmicrohttpd gets them: it would only say that
 * it did not start.
 */
#include "src/httpd_private.h"

#include <errno.h>
#include <gnutls/gnutls.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_PEM (1024u * 1024)

static char *read_pem(struct arena *arena, const char *file, const char **why)
{
	FILE *in = fopen(file, "re");

	if (!in) {
		*why = arena_printf(arena, "%s: cannot be read: %s", file, strerror(errno));
		return NULL;
	}
	char *text = calloc(1, MAX_PEM + 1);

	if (!text)
		abort();
	size_t len = fread(text, 1, MAX_PEM, in);
	bool broken = ferror(in) || len == MAX_PEM;

	fclose(in);
	if (!broken)
		return text;
	*why = arena_printf(arena, "%s: cannot be read, or is no PEM file", file);
	explicit_bzero(text, MAX_PEM);
	free(text);
	return NULL;
}

static void wipe(char *text)
{
	if (text)
		explicit_bzero(text, strlen(text));
	free(text);
}

void tls_wipe(struct tls_pair *pair)
{
	wipe(pair->cert);
	wipe(pair->key);
	*pair = (struct tls_pair){0};
}

static int check_pair(const struct tls_pair *pair)
{
	gnutls_certificate_credentials_t credentials;
	gnutls_datum_t cert = {(unsigned char *)pair->cert, (unsigned)strlen(pair->cert)};
	gnutls_datum_t key = {(unsigned char *)pair->key, (unsigned)strlen(pair->key)};
	int code = gnutls_certificate_allocate_credentials(&credentials);

	if (code < 0)
		return code;
	code = gnutls_certificate_set_x509_key_mem(credentials, &cert, &key, GNUTLS_X509_FMT_PEM);
	gnutls_certificate_free_credentials(credentials);
	return code;
}

bool tls_load(
	struct arena *arena, const struct config *config, struct tls_pair *pair, const char **why)
{
	if (!config->tls_cert || !config->tls_key) {
		*why = "--tls-cert and --tls-key belong together: give both";
		return false;
	}
	struct tls_pair found = {.cert = read_pem(arena, config->tls_cert, why)};

	if (found.cert)
		found.key = read_pem(arena, config->tls_key, why);
	int code = found.key ? check_pair(&found) : 0;

	if (found.key && code >= 0) {
		*pair = found;
		return true;
	}
	if (found.key)
		*why = arena_printf(arena, "%s and %s are not a certificate and its key: %s",
			config->tls_cert, config->tls_key, gnutls_strerror(code));
	tls_wipe(&found);
	return false;
}
