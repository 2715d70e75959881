#!/bin/bash
# SPDX-License-Identifier: ISC
# Every C file is as clang-format writes it; `./dev format` repairs.
set -euo pipefail
cd "$(dirname "$0")/../.."
find src ical storage webdav tests -name '*.[ch]' -print0 | xargs -0 clang-format --dry-run -Werror
