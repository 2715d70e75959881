/* SPDX-License-Identifier: ISC */
/* Private to account*.c. */
#ifndef STORAGE_ACCOUNT_PASSWORD_H
#define STORAGE_ACCOUNT_PASSWORD_H

#include "storage/store.h"

/* INVALID: too short or too long; FAILED: no memory for it. */
enum store_code account_hash(const char *password, char hash[128]);

#endif
