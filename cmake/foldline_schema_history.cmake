# Makes a bad change of an event break the build, and not the replay of what is stored.
#
#   foldline_schema_history(<target> DIR dir
#       [CHAIN function HEADER file]   shop::old_events, which returns the program's foldline::upcaster_chain, and the
#                                      header that declares it, as sources of the target include it
#       [MODE mode]                    none, backward, forward or full, or one of these with _transitive;
#                                      default: backward_transitive
#       [LEVEL level]                  wire, json or source; default: wire
#       [ALLOW rule…]                  rules that are not applied
#       [STRICT])                      a schema that is not recorded fails the build too
#
# DIR belongs into your repository: it holds the schema of each event that was ever released, as text. Every build of all
# compares the events of the target's .proto files with it, and fails with what is wrong and what to do. With CHAIN,
# whose target must be a library, it fails also if an old event has no path to the current one, or if a path is cyclic
# or ambiguous. A schema that goes together with all before it, and is not recorded yet, is only told;
# `foldline schema accept` records it, or building <target>_accept_schemas.
#
# Call it after foldline_protobuf(), which makes the target's events known. Needs the component upcasters.
function(foldline_schema_history target)
    cmake_parse_arguments(PARSE_ARGV 1 arg "STRICT" "DIR;CHAIN;HEADER;MODE;LEVEL" "ALLOW")
    foldline_check_schema_history_arguments()
    cmake_path(ABSOLUTE_PATH arg_DIR BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}" NORMALIZE)
    set(out "${CMAKE_CURRENT_BINARY_DIR}/${target}.schemas")
    file(MAKE_DIRECTORY "${out}")

    set(descriptors "${out}/descriptors.binpb")
    get_target_property(protos ${target} FOLDLINE_PROTOS)
    get_target_property(flags ${target} FOLDLINE_PROTO_FLAGS)
    get_target_property(imports ${target} FOLDLINE_PROTO_IMPORTS)
    list(REMOVE_DUPLICATES flags)
    add_custom_command(
        OUTPUT "${descriptors}"
        COMMAND protobuf::protoc ${flags} --include_imports "--descriptor_set_out=${descriptors}" ${protos}
        DEPENDS ${protos} ${imports}
        COMMENT "Describing the events of ${target}"
        VERBATIM)

    set(checker ${target}_schema_check)
    set(include "")
    set(chain "")
    if(arg_CHAIN)
        set(include "#include \"${arg_HEADER}\"\n\n")
        set(chain ", [] { return ${arg_CHAIN}(); }")
    endif()
    file(CONFIGURE OUTPUT "${out}/check.cpp" @ONLY CONTENT
"// Made by foldline_schema_history().
@include@#include <foldline/upcasters/schema_check_main.hpp>

int main(int argc, char** argv) { return foldline::schema_check_main(argc, argv@chain@); }
")
    set_source_files_properties("${out}/check.cpp" PROPERTIES SKIP_LINTING ON)
    add_executable(${checker} "${out}/check.cpp")
    set_target_properties(${checker} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${out}")
    target_link_libraries(${checker} PRIVATE foldline::upcasters)
    if(arg_CHAIN)
        target_link_libraries(${checker} PRIVATE ${target})
        # The header may be one that only the target's own sources include.
        target_include_directories(${checker} PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}"
            "$<TARGET_PROPERTY:${target},INCLUDE_DIRECTORIES>")
    endif()

    set(asked "${arg_DIR}" "${descriptors}")
    if(arg_MODE)
        list(APPEND asked --mode ${arg_MODE})
    endif()
    if(arg_LEVEL)
        list(APPEND asked --level ${arg_LEVEL})
    endif()
    foreach(rule IN LISTS arg_ALLOW)
        list(APPEND asked --allow ${rule})
    endforeach()
    set(strict "")
    if(arg_STRICT)
        set(strict --strict)
    endif()

    # Recording a schema adds a file.
    file(GLOB_RECURSE recorded CONFIGURE_DEPENDS "${arg_DIR}/*.textpb")
    add_custom_command(
        OUTPUT "${out}/checked"
        COMMAND ${checker} check ${asked} ${strict}
        COMMAND "${CMAKE_COMMAND}" -E touch "${out}/checked"
        DEPENDS ${checker} "${descriptors}" ${recorded}
        COMMENT "Comparing the events of ${target} with their history"
        VERBATIM)
    add_custom_target(${target}_schemas ALL DEPENDS "${out}/checked")
    add_custom_target(${target}_accept_schemas
        COMMAND ${checker} accept ${asked}
        DEPENDS "${descriptors}"
        COMMENT "Recording the events of ${target}"
        VERBATIM)
endfunction()

# Sees the arguments of its caller.
macro(foldline_check_schema_history_arguments)
    set(call "foldline_schema_history(${target})")
    if(arg_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "${call}: unknown argument ${arg_UNPARSED_ARGUMENTS}")
    endif()
    if(NOT TARGET "${target}")
        message(FATAL_ERROR "${call}: it is not a target")
    endif()
    if(NOT TARGET foldline::upcasters)
        message(FATAL_ERROR "${call}: needs the component upcasters; name it in find_package(foldline COMPONENTS …)")
    endif()
    if(NOT arg_DIR)
        message(FATAL_ERROR "${call}: DIR is missing, the folder that keeps the schemas")
    endif()
    get_target_property(has_protos ${target} FOLDLINE_PROTOS)
    if(NOT has_protos)
        message(FATAL_ERROR "${call}: it has no .proto files; call foldline_protobuf(TARGET ${target} …) first")
    endif()
    if((arg_CHAIN AND NOT arg_HEADER) OR (arg_HEADER AND NOT arg_CHAIN))
        message(FATAL_ERROR "${call}: CHAIN and HEADER go together: a function, and the header that declares it")
    endif()
    get_target_property(type ${target} TYPE)
    if(arg_CHAIN AND type STREQUAL "EXECUTABLE")
        message(FATAL_ERROR "${call}: a program cannot be linked by the one that looks at its CHAIN; make the events "
            "and their upcasters a library")
    endif()
endmacro()
