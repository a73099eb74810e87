# A test that passes when a file does not compile, for the reason we mean.
#
#   foldline_compile_fail(<file.cpp>
#       EXPECT <regex>             the compiler's output must match it
#       [LINKS target…])           whose headers the file includes; default: foldline::core
#
# The file compiles when FOLDLINE_CONTROL is defined; otherwise a typing error would count as a proof. One file, one mistake:
#
#   #ifdef FOLDLINE_CONTROL
#   stream_version version{1};
#   #else
#   stream_version version = global_position{1};
#   #endif
set(foldline_compile_fail_script "${CMAKE_CURRENT_LIST_DIR}/foldline_compile_fail_check.cmake" CACHE INTERNAL "")

function(foldline_compile_fail file)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "EXPECT" "LINKS")
    if(arg_UNPARSED_ARGUMENTS OR NOT arg_EXPECT)
        message(FATAL_ERROR "foldline_compile_fail(${file}): EXPECT is missing, or unknown ${arg_UNPARSED_ARGUMENTS}")
    endif()
    if(NOT arg_LINKS)
        set(arg_LINKS foldline::core)
    endif()
    cmake_path(GET file STEM name)
    cmake_path(ABSOLUTE_PATH file BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}" NORMALIZE)

    set(flags "-std=c++20\n-Wall\n-Wextra\n-fdiagnostics-color=never\n")
    foreach(link IN LISTS arg_LINKS)
        set(directories "$<REMOVE_DUPLICATES:$<TARGET_PROPERTY:${link},INTERFACE_INCLUDE_DIRECTORIES>>")
        set(definitions "$<REMOVE_DUPLICATES:$<TARGET_PROPERTY:${link},INTERFACE_COMPILE_DEFINITIONS>>")
        string(APPEND flags
            "$<$<BOOL:${directories}>:-I$<JOIN:${directories},\n-I>\n>"
            "$<$<BOOL:${definitions}>:-D$<JOIN:${definitions},\n-D>\n>")
    endforeach()
    set(flags_file "${CMAKE_CURRENT_BINARY_DIR}/compile_fail/${name}.flags")
    file(GENERATE OUTPUT "${flags_file}" CONTENT "${flags}")

    add_test(NAME compile_fail.${name}
        COMMAND "${CMAKE_COMMAND}" "-DCOMPILER=${CMAKE_CXX_COMPILER}" "-DFLAGS_FILE=${flags_file}" "-DSOURCE=${file}"
            "-DEXPECT=${arg_EXPECT}" -P "${foldline_compile_fail_script}")
    set_tests_properties(compile_fail.${name} PROPERTIES LABELS compile_fail TIMEOUT 120)
endfunction()
