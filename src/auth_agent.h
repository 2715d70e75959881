/* SPDX-License-Identifier: ISC */
/*
 * From a User-Agent header to the name of a program, the same in each of its versions: "DAVx5",
 * "iOS dataaccessd", "Thunderbird". Devices that nobody set up are noticed under it.
 */
#ifndef SRC_AUTH_AGENT_H
#define SRC_AUTH_AGENT_H

#include "storage/device.h"

#define AGENT_UNNAMED "unnamed program" /* where the header says nothing */

/* Printable ASCII, whatever the header holds; never empty. NULL: there was no header. */
void agent_program(const char *user_agent, char program[DEVICE_PROGRAM_SIZE]);

#endif
