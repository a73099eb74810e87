#include "savepoint.hpp"

#include "access_rules.hpp"

#include <foldline/core/error.hpp>
#include <foldline/projections/sql_session.hpp>

#include <fmt/core.h>
#include <sqlite3.h>

#include <exception>

namespace foldline::inline v0::sqlite {
namespace {

void require_open(const connection& db, std::string_view why) {
    if (db.is_autocommit())
        throw storage_error(SQLITE_ABORT, fmt::format("go on with a transaction on {}", db.file().string()),
                            fmt::format("an error has ended it: {}", why));
}

/// What ended the transaction, when something did. A disk's error and damage speak for themselves; anything else, a
/// statement `or rollback` perhaps, would be taken for the failure of one event, though all else is undone too.
[[noreturn]] void throw_ended(const connection& db) {
    try {
        throw;
    } catch (const sql_error& failed) {
        require_open(db, failed.what());
    } catch (const storage_error&) {
        throw;
    } catch (const corrupt_data&) {
        throw;
    } catch (const std::exception& failed) {
        require_open(db, failed.what());
    } catch (...) {
        require_open(db, "what was thrown is no std::exception");
    }
    std::terminate();  // the caller has seen that it ended
}

}  // namespace

savepoint::savepoint(connection& db) : db_(db) {
    const access_scope ours{db_, access::foldline};
    db_.prepared("savepoint foldline_part").run();
}

savepoint::~savepoint() {
    if (kept_ || db_.is_autocommit()) return;
    const access_scope ours{db_, access::foldline};
    try {
        db_.prepared("rollback to foldline_part").run();
        db_.prepared("release foldline_part").run();
    } catch (const error&) {
        // Half of it must not be committed: without its savepoint the whole transaction goes, which whoever leads it
        // finds out by asking.
        sqlite3_exec(db_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
    }
}

void savepoint::keep() {
    const access_scope ours{db_, access::foldline};
    db_.prepared("release foldline_part").run();
    kept_ = true;
}

void attempt_in(connection& db, function_ref<void()> work) {
    require_open(db, "before this attempt");
    try {
        savepoint undo{db};
        work();
        require_open(db, "whoever met that error went on");
        undo.keep();
    } catch (...) {
        if (!db.is_autocommit()) throw;
        throw_ended(db);
    }
}

}  // namespace foldline::inline v0::sqlite
