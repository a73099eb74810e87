#include <foldline/sqlite/transaction.hpp>

#include "sqlite_error.hpp"

#include <sqlite3.h>

namespace foldline::inline v0::sqlite {
namespace {

void roll_back(connection& connection) noexcept {
    // An error may have ended the transaction already; and a rollback that fails leaves nothing to do but to go on,
    // since closing the connection rolls back as well.
    if (!connection.is_autocommit()) sqlite3_exec(connection.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
}

}  // namespace

transaction::transaction(connection& connection) : connection_(connection) {
    connection_.prepared("BEGIN IMMEDIATE").run();
}

transaction::~transaction() { roll_back(connection_); }

void transaction::commit() {
    try {
        connection_.prepared("COMMIT").run();
    } catch (const storage_error& failed) {
        throw storage_error(failed.code, "commit to " + connection_.file().string(), failed.what(),
                            write_outcome::unknown);
    } catch (const corrupt_data& failed) {
        throw storage_error(SQLITE_CORRUPT, "commit to " + connection_.file().string(), failed.what(),
                            write_outcome::unknown);
    }
}

read_transaction::read_transaction(connection& connection) : connection_(connection) {
    connection_.prepared("BEGIN DEFERRED").run();  // house rule: BEGIN reads
}

read_transaction::~read_transaction() { roll_back(connection_); }

}  // namespace foldline::inline v0::sqlite
