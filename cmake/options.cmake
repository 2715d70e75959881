# SPDX-License-Identifier: ISC
# What all our targets share: the language, the warnings, the include root, the sanitizers; and how
# a folder becomes a library.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
# Without a name of its own the library of ical/ would be a second libical.a.
set(CMAKE_STATIC_LIBRARY_PREFIX libdaybook-)
# Assertions stay on in release builds: a stopped daemon is restarted, a wrong history is not.
set(CMAKE_C_FLAGS_RELWITHDEBINFO "-O2 -g")

add_library(daybook-options INTERFACE)
target_include_directories(daybook-options INTERFACE "${PROJECT_SOURCE_DIR}")
target_compile_features(daybook-options INTERFACE c_std_17)
set(CMAKE_C_EXTENSIONS OFF)
target_compile_definitions(daybook-options INTERFACE
	_GNU_SOURCE DAYBOOK_VERSION="${PROJECT_VERSION}")
target_compile_options(daybook-options INTERFACE
	-Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla
	$<$<C_COMPILER_ID:GNU>:-Werror>
	"SHELL:-include \"${PROJECT_SOURCE_DIR}/src/base/banned.h\"")
target_link_libraries(daybook-options INTERFACE Threads::Threads)

if(DAYBOOK_SANITIZE STREQUAL "")
	target_compile_options(daybook-options INTERFACE
		-fstack-protector-strong $<$<CONFIG:RelWithDebInfo>:-D_FORTIFY_SOURCE=2> -fPIE)
	target_link_options(daybook-options INTERFACE
		$<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>:-pie> -Wl,-z,relro,-z,now)
else()
	# The fuzzer's main function is linked to the fuzz targets only (tests/CMakeLists.txt).
	string(REPLACE "fuzzer" "fuzzer-no-link,address,undefined" daybook_sanitizers "${DAYBOOK_SANITIZE}")
	target_compile_options(daybook-options INTERFACE
		-fsanitize=${daybook_sanitizers} -fno-sanitize-recover=all -fno-omit-frame-pointer)
	target_link_options(daybook-options INTERFACE -fsanitize=${daybook_sanitizers})
endif()

# daybook_library(NAME FILE...): the static library daybook-NAME of a folder.
function(daybook_library name)
	add_library(daybook-${name} STATIC ${ARGN})
	set_target_properties(daybook-${name} PROPERTIES OUTPUT_NAME ${name})
	target_link_libraries(daybook-${name} PUBLIC daybook-options)
endfunction()
