#pragma once

#include <foldline/core/function_ref.hpp>
#include <foldline/sqlite/connection.hpp>

namespace foldline::inline v0::sqlite {

/// A part of a transaction that can be undone alone: it is, unless it is kept. They do not stand in each other.
///
/// confined, like its connection.
class savepoint {
public:
    explicit savepoint(connection& db);
    savepoint(const savepoint&) = delete;
    savepoint& operator=(const savepoint&) = delete;
    ~savepoint();

    void keep();

private:
    connection& db_;
    bool kept_ = false;
};

/// Calls `work` in a savepoint of the open transaction: what it throws goes on, and nothing of what it did stays.
/// Throws `storage_error` if an error has ended the whole transaction under it.
void attempt_in(connection& db, function_ref<void()> work);

}  // namespace foldline::inline v0::sqlite
