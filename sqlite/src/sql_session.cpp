#include "sql_session.hpp"

#include "access_rules.hpp"

#include <fmt/core.h>
#include <sqlite3.h>

#include <cstdint>
#include <optional>

namespace foldline::inline v0::sqlite {
namespace {

class statement_row final : public sql_row {
public:
    explicit statement_row(const statement& current) : current_(current) {}

    [[nodiscard]] int columns() const override { return current_.columns(); }
    [[nodiscard]] std::string_view name(int column) const override { return current_.name(column); }
    [[nodiscard]] bool is_null(int column) const override { return current_.is_null(column); }
    [[nodiscard]] std::int64_t integer(int column) const override { return current_.integer(column); }
    [[nodiscard]] double real(int column) const override { return current_.real(column); }
    [[nodiscard]] std::string_view text(int column) const override { return current_.text(column); }
    [[nodiscard]] std::string_view blob(int column) const override { return current_.blob(column); }
    [[nodiscard]] sql_value value(int column) const override {
        switch (current_.kind_of(column)) {
            case statement::kind::integer: return integer(column);
            case statement::kind::real: return real(column);
            case statement::kind::text: return text(column);
            case statement::kind::blob: return sql_blob{blob(column)};
            case statement::kind::null: break;
        }
        return nullptr;
    }

private:
    const statement& current_;
};

struct bind_value {
    statement& target;
    int parameter;

    void operator()(std::nullptr_t) const { target.bind_null(parameter); }
    void operator()(std::int64_t value) const { target.bind(parameter, value); }
    void operator()(double value) const { target.bind(parameter, value); }
    void operator()(std::string_view value) const { target.bind_text(parameter, value); }
    void operator()(sql_blob value) const { target.bind_blob(parameter, value.bytes); }
};

/// The values are bound by place, so one too few would leave the value of the call before in the last place.
void bind_all(statement& target, std::string_view sql, std::span<const sql_value> values) {
    if (static_cast<std::size_t>(target.parameters()) != values.size())
        throw sql_error(
            SQLITE_RANGE, sql,
            fmt::format("it has {} parameters, but {} values were given", target.parameters(), values.size()));
    int parameter = 1;
    for (const sql_value& value : values) std::visit(bind_value{target, parameter++}, value);
}

/// Whether SQLite found fault with the statement, and not with the disk.
bool is_fault_of_statement(int code) {
    switch (code & 0xFF) {
        case SQLITE_ERROR:
        case SQLITE_CONSTRAINT:
        case SQLITE_MISMATCH:
        case SQLITE_TOOBIG:
        case SQLITE_RANGE:
        case SQLITE_AUTH:
        case SQLITE_READONLY:
        case SQLITE_MISUSE: return true;
        default: return false;
    }
}

[[noreturn]] void throw_sql_error(const connection& db, std::string_view sql, const storage_error& failed) {
    const bool said_by_sqlite = sqlite3_extended_errcode(db.handle()) == failed.code;
    // A database in memory has no file to tell.
    const std::string operation = db.file().empty() ? std::string(sql) : fmt::format("{}: {}", db.file().string(), sql);
    throw sql_error(failed.code, operation, said_by_sqlite ? sqlite3_errmsg(db.handle()) : failed.what());
}

/// Calls `work`, and lets what is the statement's own fault out as that.
template <class Work>
void telling_faults(const connection& db, std::string_view sql, Work work) {
    try {
        work();
    } catch (const sql_error&) {
        throw;
    } catch (const storage_error& failed) {
        if (is_fault_of_statement(failed.code)) throw_sql_error(db, sql, failed);
        throw;
    }
}

}  // namespace

statement& connection_session::prepared(std::string_view sql) {
    constexpr std::size_t slots = 8;  // 2^n: a handler has a few statements, in constants
    if (known_.empty()) known_.resize(slots);
    known_text& known = known_[(reinterpret_cast<std::uintptr_t>(sql.data()) / slots) % slots];
    if (!known.prepared || known.text != sql) {
        statement& found = db_.prepared(sql);
        known.text = sql;
        known.prepared = &found;
    }
    return *known.prepared;
}

template <class Use>
void connection_session::with_statement(std::string_view sql, std::span<const sql_value> values, Use use) {
    require_transaction(sql);
    // Also while it runs: a statement whose tables have changed since is prepared again by its next step.
    const access_scope scope{db_, who_};
    std::optional<statement> fresh;
    statement* chosen = nullptr;
    telling_faults(db_, sql, [&] {
        chosen = &prepared(sql);
        if (chosen->is_busy()) chosen = &fresh.emplace(db_.prepare(sql));
    });
    const reset_at_exit end{*chosen};
    telling_faults(db_, sql, [&] { bind_all(*chosen, sql, values); });
    use(*chosen);
}

std::int64_t connection_session::run(std::string_view sql, std::span<const sql_value> values) {
    std::int64_t changed = 0;
    with_statement(sql, values, [&](statement& chosen) {
        telling_faults(db_, sql, [&] { chosen.run(); });
        changed = db_.changes();
    });
    return changed;
}

void connection_session::query(std::string_view sql, std::span<const sql_value> values,
                               function_ref<void(const sql_row&)> sink) {
    with_statement(sql, values, [&](statement& chosen) {
        const statement_row row{chosen};
        const auto next = [&] {
            bool found = false;
            telling_faults(db_, sql, [&] { found = chosen.step(); });
            return found;
        };
        while (next()) sink(row);
    });
}

void connection_session::require_transaction(std::string_view operation) const {
    // An error (a full disk, say) may have ended the transaction under a handler that caught it and went on. What it
    // does now would be stored at once, and alone.
    if (db_.is_autocommit())
        throw storage_error(SQLITE_ABORT, operation, "the transaction that it belongs to has ended");
}

}  // namespace foldline::inline v0::sqlite
