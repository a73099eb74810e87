# A component of foldline: one folder, one static library, one include root, one export.
#
#   foldline_component(<name>
#       [DEPENDS component…]        components it links publicly
#       [HEADERS file…]             relative to include/foldline/<name>/
#       [SOURCES file…]             relative to src/
#       [PROTOS file…]              relative to proto/; compiled with foldline_protobuf()
#       [PUBLIC_LINKS target…]      third party that its headers name
#       [PRIVATE_LINKS target…])    third party that only its sources name
#
# Makes the target foldline_<name>, also known as foldline::<name>.

set_property(GLOBAL PROPERTY foldline_component_names "")

function(foldline_component name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "DEPENDS;HEADERS;SOURCES;PROTOS;PUBLIC_LINKS;PRIVATE_LINKS")
    if(arg_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "foldline_component(${name}): unknown argument ${arg_UNPARSED_ARGUMENTS}")
    endif()
    set(target foldline_${name})
    set(include_root "${CMAKE_CURRENT_SOURCE_DIR}/include")
    list(TRANSFORM arg_HEADERS PREPEND "${include_root}/foldline/${name}/")
    list(TRANSFORM arg_SOURCES PREPEND "${CMAKE_CURRENT_SOURCE_DIR}/src/")
    list(TRANSFORM arg_DEPENDS PREPEND foldline:: OUTPUT_VARIABLE depends_targets)

    add_library(${target} STATIC ${arg_SOURCES})
    add_library(foldline::${name} ALIAS ${target})
    set_target_properties(${target} PROPERTIES EXPORT_NAME ${name} LINKER_LANGUAGE CXX)
    target_compile_features(${target} PUBLIC cxx_std_20)
    target_sources(${target} PUBLIC FILE_SET HEADERS BASE_DIRS "${include_root}" FILES ${arg_HEADERS})
    target_include_directories(${target} PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}/src")
    target_link_libraries(${target}
        PUBLIC ${depends_targets} ${arg_PUBLIC_LINKS}
        PRIVATE ${arg_PRIVATE_LINKS})
    if(arg_PROTOS)
        foldline_protobuf(TARGET ${target} BASE_DIR "${CMAKE_CURRENT_SOURCE_DIR}/proto" PROTOS ${arg_PROTOS})
    endif()
    foldline_target_defaults(${target})

    # What find_package(foldline) must know: who needs whom, and which packages are looked up.
    set(packages "")
    foreach(link IN LISTS arg_PUBLIC_LINKS arg_PRIVATE_LINKS)
        string(REGEX REPLACE "::.*" "" package "${link}")
        if(package STREQUAL "protobuf")
            set(package Protobuf)
        elseif(package STREQUAL "SQLite" AND FOLDLINE_SQLITE_AMALGAMATION)
            set(package Threads)  # SQLite itself is installed with us
        elseif(package STREQUAL "SQLite")
            set(package SQLite3)
        endif()
        list(APPEND packages ${package})
    endforeach()
    list(REMOVE_DUPLICATES packages)
    set_property(GLOBAL APPEND PROPERTY foldline_component_names ${name})
    set_property(GLOBAL PROPERTY foldline_depends_of_${name} "${arg_DEPENDS}")
    set_property(GLOBAL PROPERTY foldline_packages_of_${name} "${packages}")

    if(FOLDLINE_INSTALL)
        install(TARGETS ${target} EXPORT foldline-${name}-targets
            ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
            FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
        install(EXPORT foldline-${name}-targets NAMESPACE foldline::
            DESTINATION "${CMAKE_INSTALL_LIBDIR}/cmake/foldline")
    endif()
endfunction()
