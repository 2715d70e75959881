/* SPDX-License-Identifier: ISC */
/* The first start: there must be an administrator; and what later versions give to users who were there before. */
#ifndef SRC_BOOTSTRAP_H
#define SRC_BOOTSTRAP_H

#include "src/app.h"

#define BOOTSTRAP_ADMIN "admin"

/* The administrator's first password: DAYBOOK_ADMIN_PASSWORD, the first line of
 * config->admin_password_file, or NULL (one is made up). False with *why. Call it before rights are
 * given up: the file may be root's. */
bool bootstrap_password(const struct config *config, const char **password, const char **why);
/* When no administrator has a password: creates `admin`, or gives the one that is there (a fresh
 * clone of the repository has neither passwords nor roles) the role and a new one. A made-up one is
 * printed to standard error, once. False with *why. */
bool bootstrap_admin(struct app *app, const char *password, const char **why);
/* Users of before address books were for everybody get theirs; what hinders it is logged, and tried again at the next
 * start. */
void bootstrap_books(struct app *app);

#endif
