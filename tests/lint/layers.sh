#!/bin/bash
# SPDX-License-Identifier: ISC
# The layering: which folders a folder may include from, and which folders may see a foreign library.
set -euo pipefail
cd "$(dirname "$0")/../.."

# folder: what its "..." includes may begin with
layers='
src/base: src/base
ical:     ical src/base
storage:  storage src/base
webdav:   webdav ical storage src/base
src:      src webdav ical storage
'
# header, as a regular expression: the folders it may be included in
foreign='
libical/|ical\.h:         ical
unicode/:                 ical
git2(\.h|/):              storage
sqlite3\.h:               storage
zlib\.h:                  storage
libxml/:                  webdav
microhttpd\.h:            src
gnutls/:                  src
ini\.h:                   src
jansson\.h:               src
curl/:                    src
systemd/:                 src
sodium(\.h|/):            src/base storage webdav src
'
failed=0

# Complains about the include lines on standard input.
complain() {
	while IFS= read -r line; do
		echo "$line: $1" >&2
		failed=1
	done
}

# The include lines of one folder (not of folders below it) that match a pattern.
includes() {
	find "$1" -maxdepth 1 -name '*.[ch]' -exec grep -HnE "^[[:space:]]*#[[:space:]]*include[[:space:]]*$2" {} + || true
}

while IFS=: read -r folder allowed; do
	[ -n "$folder" ] || continue
	allowed=$(echo $allowed)
	prefixes=$(echo "$allowed" | tr ' ' '|')
	complain "$folder may include from: $allowed" < <(includes "$folder" '"' | grep -vE "\"($prefixes)/" || true)
	while IFS=: read -r header owners; do
		[ -n "$header" ] || continue
		case " $owners " in
		*" $folder "*) continue ;;
		esac
		complain "belongs into: $owners" < <(includes "$folder" "[<\"]($header)")
	done <<<"$foreign"
done <<<"$layers"
exit $failed
