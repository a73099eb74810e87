# Compiles .proto files that may use the options of foldline/options.proto, and adds the code to a target.
#
#   foldline_protobuf(TARGET <target>
#       PROTOS file…               relative to BASE_DIR, in the form of their imports: shop/v1/order.proto
#       [BASE_DIR dir]             default: the current source directory
#       [IMPORT_DIRS dir…])        further roots for `import`; foldline/options.proto and google/protobuf are always found
#
# The target must exist and not be an INTERFACE library. Whoever links it may include shop/v1/order.pb.h, in which each
# event class has foldline_event_name and foldline_event_version, and shop/v1/order.fwd.h with forward declarations.
# Give all events of a target in one call: two with one name and version are then an error of the build.
function(foldline_protobuf)
    cmake_parse_arguments(PARSE_ARGV 0 arg "" "TARGET;BASE_DIR" "PROTOS;IMPORT_DIRS")
    if(arg_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "foldline_protobuf: unknown argument ${arg_UNPARSED_ARGUMENTS}")
    endif()
    if(NOT TARGET "${arg_TARGET}")
        message(FATAL_ERROR "foldline_protobuf: TARGET \"${arg_TARGET}\" is not a target")
    endif()
    if(NOT arg_PROTOS)
        message(FATAL_ERROR "foldline_protobuf(TARGET ${arg_TARGET}): no PROTOS given")
    endif()
    if(NOT DEFINED arg_BASE_DIR)
        set(arg_BASE_DIR "${CMAKE_CURRENT_SOURCE_DIR}")
    endif()
    cmake_path(ABSOLUTE_PATH arg_BASE_DIR BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}" NORMALIZE)

    # A global property, because this function is called from directories that see none of our variables.
    get_property(foldline_proto_dir GLOBAL PROPERTY foldline_proto_dir)
    set(include_flags "-I${arg_BASE_DIR}")
    set(watched "${foldline_proto_dir}/foldline/options.proto")
    foreach(dir IN LISTS arg_IMPORT_DIRS)
        cmake_path(ABSOLUTE_PATH dir BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}" NORMALIZE)
        list(APPEND include_flags "-I${dir}")
        file(GLOB_RECURSE imports CONFIGURE_DEPENDS "${dir}/*.proto")
        list(APPEND watched ${imports})
    endforeach()
    list(APPEND include_flags "-I${foldline_proto_dir}" "-I${Protobuf_INCLUDE_DIR}")

    set(out "${CMAKE_CURRENT_BINARY_DIR}/${arg_TARGET}.protobuf")
    set(inputs "")
    set(sources "")
    set(headers "")
    foreach(proto IN LISTS arg_PROTOS)
        cmake_path(ABSOLUTE_PATH proto BASE_DIRECTORY "${arg_BASE_DIR}" NORMALIZE)
        cmake_path(IS_PREFIX arg_BASE_DIR "${proto}" NORMALIZE inside)
        if(NOT inside)
            message(FATAL_ERROR "foldline_protobuf(TARGET ${arg_TARGET}): ${proto} is not under ${arg_BASE_DIR}")
        endif()
        list(APPEND inputs "${proto}")
        cmake_path(RELATIVE_PATH proto BASE_DIRECTORY "${arg_BASE_DIR}")
        cmake_path(REMOVE_EXTENSION proto LAST_ONLY)
        list(APPEND sources "${out}/${proto}.pb.cc")
        list(APPEND headers "${out}/${proto}.pb.h" "${out}/${proto}.fwd.h")
    endforeach()

    # For foldline_schema_history(), which describes the same files.
    set_property(TARGET ${arg_TARGET} APPEND PROPERTY FOLDLINE_PROTOS ${inputs})
    set_property(TARGET ${arg_TARGET} APPEND PROPERTY FOLDLINE_PROTO_FLAGS ${include_flags})
    set_property(TARGET ${arg_TARGET} APPEND PROPERTY FOLDLINE_PROTO_IMPORTS ${watched})

    # One call for all files: the plugin inserts into what --cpp_out wrote in the same call, and sees every event.
    file(MAKE_DIRECTORY "${out}")
    add_custom_command(
        OUTPUT ${sources} ${headers}
        COMMAND protobuf::protoc ${include_flags} "--cpp_out=${out}"
            "--plugin=protoc-gen-foldline=$<TARGET_FILE:foldline::protoc-gen-foldline>" "--foldline_out=${out}" ${inputs}
        DEPENDS ${inputs} ${watched} foldline::protoc-gen-foldline
        COMMENT "Compiling the .proto files of ${arg_TARGET}"
        VERBATIM)
    set_source_files_properties(${sources} PROPERTIES COMPILE_OPTIONS -w SKIP_LINTING ON)
    target_sources(${arg_TARGET} PRIVATE ${sources} ${headers})
    # SYSTEM: the warnings of generated headers are nobody's.
    target_include_directories(${arg_TARGET} SYSTEM PUBLIC "$<BUILD_INTERFACE:${out}>")
    target_link_libraries(${arg_TARGET} PUBLIC protobuf::libprotobuf)
    # Generated code includes foldline/options.pb.h, which is core's; core itself may have .proto files too.
    if(NOT arg_TARGET STREQUAL "foldline_core")
        target_link_libraries(${arg_TARGET} PUBLIC foldline::core)
    endif()
endfunction()
