# Run by the tests of foldline_compile_fail(): with FOLDLINE_CONTROL the file compiles, without it the compiler says EXPECT.
# So that EXPECT writes 'int' and not a curly quote of the tester's language.
set(ENV{LC_ALL} C)

function(compile result output)
    # -o /dev/null and not -fsyntax-only, because only the former instantiates every template.
    execute_process(
        COMMAND "${COMPILER}" "@${FLAGS_FILE}" ${ARGN} -O0 -c "${SOURCE}" -o /dev/null
        RESULT_VARIABLE code
        OUTPUT_VARIABLE text
        ERROR_VARIABLE text)
    set(${result} ${code} PARENT_SCOPE)
    set(${output} "${text}" PARENT_SCOPE)
endfunction()

compile(code output -DFOLDLINE_CONTROL)
if(NOT code EQUAL 0)
    message(NOTICE "${output}")
    message(FATAL_ERROR "The control does not compile, so a failure would prove nothing.")
endif()

compile(code output)
if(code EQUAL 0)
    message(FATAL_ERROR "${SOURCE} compiles, and must not.")
endif()
if(NOT output MATCHES "${EXPECT}")
    message(NOTICE "${output}")
    message(FATAL_ERROR "The compiler refused for another reason than \"${EXPECT}\".")
endif()
# Seen with ctest -V: how much a user has to read.
string(REGEX MATCHALL "\n" lines "${output}")
list(LENGTH lines count)
message(STATUS "Refused as expected, in ${count} lines.")
