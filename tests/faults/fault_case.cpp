// A small program that a tracer stops, or whose system calls it fails, at exact points:
//
//     foldline_fault_case FILE NOTES COUNT PAGES close|abandon
//
// opens the store in FILE, moves its log at PAGES pages, makes the first COUNT appends of the ledger's workload, and adds
// a `case_note` of each to NOTES. `abandon` ends it at once at the first append that was not stored.

#include "fault_case.hpp"

#include "ledger.hpp"
#include "record_file.hpp"
#include "sqlite_world.hpp"

#include <foldline/core/error.hpp>

#include <cstdio>
#include <exception>
#include <string>
#include <variant>

#include <unistd.h>

namespace {

using namespace foldline;
using namespace foldline_tests;

case_note append(event_store& store, int number) {
    try {
        const auto done = std::get<appended>(store.append(ledger::request(number)));
        return {number, static_cast<std::int64_t>(told::stored), done.version.value, done.position.value};
    } catch (const storage_error& failed) {
        const told answer = failed.outcome == write_outcome::unknown ? told::unknown : told::nothing_stored;
        return {number, static_cast<std::int64_t>(answer), 0, 0};
    }
}

case_end run(char** arguments) {
    sqlite_world world{arguments[1]};
    const record_file<case_note> notes{arguments[2]};
    const int count = std::stoi(arguments[3]);
    world.checkpoint_pages = std::stoi(arguments[4]);
    const bool abandons = std::string(arguments[5]) == "abandon";
    event_store* store = nullptr;
    try {
        store = &world.open();
    } catch (const error&) {
        return case_end::not_opened;
    }
    for (int number = 0; number < count; ++number) {
        const case_note note = append(*store, number);
        notes.add(note);
        if (abandons && note.answer != static_cast<std::int64_t>(told::stored))
            ::_exit(static_cast<int>(case_end::abandoned));
    }
    return case_end::done;
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 6) return 2;
    try {
        return static_cast<int>(run(arguments));
    } catch (const std::exception& failed) {
        std::fprintf(stderr, "foldline_fault_case: %s\n", failed.what());
        return 9;
    }
}
