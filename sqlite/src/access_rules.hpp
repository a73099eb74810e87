#pragma once

#include <foldline/sqlite/connection.hpp>

#include <string>
#include <string_view>

namespace foldline::inline v0::sqlite {

/// Whether a statement that is being prepared may do `action` (one of SQLite's authorizer codes) to what the two names
/// say. Looks at the schema of foldline's own tables only: `log_`, `rm_`, `sn_` and `foldline_`.
[[nodiscard]] bool may(access who, int action, const char* first, const char* second);

/// Holds the texts prepared in a scope to other rules.
class access_scope {
public:
    access_scope(connection& db, access who) : db_(db), before_(db.set_access(who)) {}
    access_scope(const access_scope&) = delete;
    access_scope& operator=(const access_scope&) = delete;
    ~access_scope() { db_.set_access(before_); }

private:
    connection& db_;
    access before_;
};

/// A name as SQL takes it whatever it holds.
[[nodiscard]] std::string quoted_name(std::string_view name);

}  // namespace foldline::inline v0::sqlite
