#pragma once

#include <foldline/sqlite/connection.hpp>

namespace foldline::inline v0::sqlite {

/// A write transaction, begun at once as `BEGIN IMMEDIATE`: a reading one that turns to writing later fails without
/// waiting. Rolled back unless committed.
///
/// confined.
class transaction {
public:
    explicit transaction(connection& connection);
    transaction(const transaction&) = delete;
    transaction& operator=(const transaction&) = delete;
    ~transaction();

    /// Throws `storage_error` with `write_outcome::unknown`: an error from a commit is no rollback.
    void commit();

private:
    connection& connection_;
};

/// A read transaction: every statement in it sees the same rows.
///
/// confined.
class read_transaction {
public:
    explicit read_transaction(connection& connection);
    read_transaction(const read_transaction&) = delete;
    read_transaction& operator=(const read_transaction&) = delete;
    ~read_transaction();

private:
    connection& connection_;
};

}  // namespace foldline::inline v0::sqlite
