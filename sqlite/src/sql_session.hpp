#pragma once

#include <foldline/projections/sql_session.hpp>
#include <foldline/sqlite/connection.hpp>

#include <string>
#include <vector>

namespace foldline::inline v0::sqlite {

/// The statements of users, inside a transaction that somebody else began on the connection.
///
/// confined, like its connection.
class connection_session final : public sql_session {
public:
    /// `who` is `access::user` or `access::reader`.
    connection_session(connection& db, access who) : db_(db), who_(who) {}

    std::int64_t run(std::string_view sql, std::span<const sql_value> values) override;
    void query(std::string_view sql, std::span<const sql_value> values,
               function_ref<void(const sql_row&)> sink) override;

    /// Throws `storage_error` if an error has ended the transaction that `operation` belongs to.
    void require_transaction(std::string_view operation) const;

private:
    struct known_text {
        std::string text;
        statement* prepared = nullptr;
    };

    template <class Use>
    void with_statement(std::string_view sql, std::span<const sql_value> values, Use use);
    [[nodiscard]] statement& prepared(std::string_view sql);

    connection& db_;
    access who_;
    std::vector<known_text> known_;  // by where the caller's text lies: to compare it takes less than to hash it
};

}  // namespace foldline::inline v0::sqlite
