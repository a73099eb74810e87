# The SQLite to build against: the one that is installed, or the amalgamation that FOLDLINE_SQLITE_AMALGAMATION names. Before
# 3.51.3 SQLite may lose a commit that meets another process's checkpoint; Foldline's own lock keeps the two apart, but not
# those of other programs that open the same file.

if(FOLDLINE_SQLITE_AMALGAMATION)
    foreach(file sqlite3.c sqlite3.h)
        if(NOT EXISTS "${FOLDLINE_SQLITE_AMALGAMATION}/${file}")
            message(FATAL_ERROR
                "FOLDLINE_SQLITE_AMALGAMATION: there is no ${file} in ${FOLDLINE_SQLITE_AMALGAMATION}. Name the folder of an "
                "unpacked sqlite-amalgamation archive (sqlite.org/download.html).")
        endif()
    endforeach()
    enable_language(C)
    find_package(Threads REQUIRED)
    add_library(foldline_sqlite3 STATIC "${FOLDLINE_SQLITE_AMALGAMATION}/sqlite3.c")
    add_library(SQLite::SQLite3 ALIAS foldline_sqlite3)
    set_target_properties(foldline_sqlite3 PROPERTIES EXPORT_NAME sqlite3)
    target_include_directories(foldline_sqlite3 SYSTEM PUBLIC "$<BUILD_INTERFACE:${FOLDLINE_SQLITE_AMALGAMATION}>")
    # Each connection is used by one thread at a time, and never shared.
    target_compile_definitions(foldline_sqlite3 PRIVATE SQLITE_THREADSAFE=2 SQLITE_DQS=0 SQLITE_DEFAULT_MEMSTATUS=0)
    target_compile_options(foldline_sqlite3 PRIVATE -O2 -w)
    target_link_libraries(foldline_sqlite3 PRIVATE Threads::Threads ${CMAKE_DL_LIBS})
    if(FOLDLINE_INSTALL)
        install(TARGETS foldline_sqlite3 EXPORT foldline-sqlite-targets ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}")
    endif()
    file(STRINGS "${FOLDLINE_SQLITE_AMALGAMATION}/sqlite3.h" version REGEX "#define SQLITE_VERSION ")
    string(REGEX REPLACE ".*\"(.*)\".*" "\\1" version "${version}")
    message(STATUS "SQLite: ${version}, from FOLDLINE_SQLITE_AMALGAMATION")
else()
    find_package(SQLite3 3.40 REQUIRED)
endif()
