/* SPDX-License-Identifier: ISC */
/*
 * Functions that have no safe use here; a call does not compile. The build puts this file in front
 * of every source of ours. The headers that declare them come first, so that these still compile.
 * Instead: arena_strdup and arena_printf, snprintf, text_split, clock_http and clock_iso, mkstemp.
 */
#ifndef BASE_BANNED_H
#define BASE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BANNED(function) this_function_is_banned_see_banned_h_##function

#undef strcpy
#define strcpy(to, from) BANNED(strcpy)
#undef strcat
#define strcat(to, from) BANNED(strcat)
#undef strncpy
#define strncpy(to, from, len) BANNED(strncpy)
#undef strncat
#define strncat(to, from, len) BANNED(strncat)
#undef strtok
#define strtok(text, separators) BANNED(strtok)
#undef sprintf
#define sprintf(...) BANNED(sprintf)
#undef vsprintf
#define vsprintf(to, format, args) BANNED(vsprintf)
#undef gmtime
#define gmtime(when) BANNED(gmtime)
#undef localtime
#define localtime(when) BANNED(localtime)
#undef ctime
#define ctime(when) BANNED(ctime)
#undef asctime
#define asctime(tm) BANNED(asctime)
#undef mktemp
#define mktemp(pattern) BANNED(mktemp)

#endif
