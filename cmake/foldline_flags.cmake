# How this tree is compiled: warnings, sanitizers, hardening, and the faster tools where a machine has them.
# None of it reaches a user: flags are private to our targets or to our directories.

# Only our own tree chooses a launcher and a linker; inside another project both are its choice.
if(PROJECT_IS_TOP_LEVEL)
    find_program(FOLDLINE_CCACHE ccache)
    if(FOLDLINE_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
        # Without the sloppiness a tree with a precompiled header is never a hit; with the base directory a second
        # clone of the repository profits from the first.
        set(CMAKE_CXX_COMPILER_LAUNCHER
            "${CMAKE_COMMAND}" -E env CCACHE_SLOPPINESS=pch_defines,time_macros "CCACHE_BASEDIR=${PROJECT_SOURCE_DIR}"
            "${FOLDLINE_CCACHE}")
        if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
            add_compile_options(-fpch-preprocess)
        endif()
    endif()

    find_program(FOLDLINE_MOLD mold)
    find_program(FOLDLINE_LLD ld.lld)
    if(FOLDLINE_MOLD)
        add_link_options(-fuse-ld=mold)
    elseif(FOLDLINE_LLD)
        add_link_options(-fuse-ld=lld)
    endif()
endif()

if(FOLDLINE_SANITIZE)
    add_compile_options(-fsanitize=${FOLDLINE_SANITIZE} -fno-omit-frame-pointer)
    add_link_options(-fsanitize=${FOLDLINE_SANITIZE})
    if(FOLDLINE_SANITIZE MATCHES "undefined")
        add_compile_options(-fno-sanitize-recover=undefined)
    endif()
endif()

if(FOLDLINE_HARDEN)
    # -fPIE by hand: POSITION_INDEPENDENT_CODE gives libraries -fPIC, and the precompiled header fits one of the two.
    add_compile_options(-fPIE -fstack-protector-strong -fstack-clash-protection -ftrivial-auto-var-init=zero
        -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
    add_compile_definitions(_GLIBCXX_ASSERTIONS)
    include(CheckCXXCompilerFlag)
    check_cxx_compiler_flag(-fcf-protection FOLDLINE_HAS_CF_PROTECTION)
    if(FOLDLINE_HAS_CF_PROTECTION)
        add_compile_options(-fcf-protection)
    endif()
    add_link_options(-pie LINKER:-z,relro,-z,now)
endif()

function(foldline_warnings target)
    target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion)
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        # GCC 12 reports string concatenation as an overlap, or as beyond the end, where it is neither.
        target_compile_options(${target} PRIVATE -Wno-restrict -Wno-array-bounds -Wno-stringop-overflow)
    endif()
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND FOLDLINE_SANITIZE)
        # Among a sanitizer's own calls it loses sight of which member of a variant was made.
        target_compile_options(${target} PRIVATE -Wno-maybe-uninitialized)
    endif()
    if(FOLDLINE_WERROR)
        target_compile_options(${target} PRIVATE -Werror)
    endif()
endfunction()

# Warnings and the precompiled header of one of our own targets.
#
#   foldline_target_defaults(<target> [PCH foldline_pch|foldline_test_pch|OFF])
#
# Components get it from foldline_component(); samples, tests and benchmarks call it. Without PCH it is foldline_pch.
function(foldline_target_defaults target)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "PCH" "")
    if(arg_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "foldline_target_defaults(${target}): unknown argument ${arg_UNPARSED_ARGUMENTS}")
    endif()

    foldline_warnings(${target})
    if(NOT DEFINED arg_PCH)
        set(arg_PCH foldline_pch)
    endif()
    if(NOT FOLDLINE_PCH OR NOT arg_PCH)
        return()
    endif()
    get_target_property(type ${target} TYPE)
    if(type STREQUAL "EXECUTABLE" AND CMAKE_POSITION_INDEPENDENT_CODE)
        return() # Its -fPIE does not fit a header compiled with -fPIC.
    endif()
    foldline_add_pch(${arg_PCH})
    target_precompile_headers(${target} REUSE_FROM ${arg_PCH})
endfunction()

# Makes a precompiled header on first use, so that a tree pays only for those it needs.
# descriptor.pb.h costs a reader of the precompiled header 0.05 s and saves whoever includes a .pb.h half a second.
function(foldline_add_pch name)
    if(TARGET ${name})
        return()
    endif()
    set(headers
        <algorithm> <array> <atomic> <charconv> <chrono> <compare> <concepts> <condition_variable> <cstddef> <cstdint>
        <deque> <exception> <filesystem> <functional> <map> <memory> <mutex> <optional> <set> <span> <stdexcept>
        <stop_token> <string> <string_view> <thread> <type_traits> <unordered_map> <utility> <variant> <vector>
        <fmt/core.h> <google/protobuf/descriptor.pb.h>)
    if(name STREQUAL "foldline_test_pch")
        list(APPEND headers <doctest/doctest.h>)
    elseif(NOT name STREQUAL "foldline_pch")
        message(FATAL_ERROR "No precompiled header is called ${name}; there are foldline_pch and foldline_test_pch")
    endif()
    set(source "${PROJECT_BINARY_DIR}/pch/${name}.cpp")
    file(CONFIGURE OUTPUT "${source}" CONTENT "// Only carries the precompiled header.\n")
    add_library(${name} OBJECT "${source}")
    target_link_libraries(${name} PRIVATE fmt::fmt protobuf::libprotobuf)
    if(name STREQUAL "foldline_test_pch")
        target_link_libraries(${name} PRIVATE doctest::doctest)
    endif()
    # -Wpedantic takes a predefined macro away, so a header compiled without it fits nobody.
    foldline_warnings(${name})
    target_precompile_headers(${name} PRIVATE ${headers})
endfunction()
