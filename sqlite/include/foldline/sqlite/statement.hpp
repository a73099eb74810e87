#pragma once

#include <cstdint>
#include <string_view>

struct sqlite3_stmt;

namespace foldline::inline v0::sqlite {

/// A prepared statement. Parameters count from 1, columns from 0. Bound text and blobs are borrowed until the
/// statement is reset.
///
/// confined, like its connection.
/// Fails: storage_error.
class statement {
public:
    explicit statement(sqlite3_stmt* prepared) : handle_(prepared) {}
    statement(statement&& other) noexcept : handle_(other.handle_) { other.handle_ = nullptr; }
    statement& operator=(statement&&) = delete;
    ~statement();

    statement& bind(int parameter, std::int64_t value);
    statement& bind(int parameter, double value);
    statement& bind_text(int parameter, std::string_view value);
    statement& bind_blob(int parameter, std::string_view value);
    statement& bind_null(int parameter);

    /// Goes to the next row; false after the last one, and the statement is reset then.
    bool step();
    /// Runs a statement that returns no rows, and resets it.
    void run();
    /// Ends the statement early: a row that is not left keeps its read transaction open.
    void reset() noexcept;
    [[nodiscard]] bool is_busy() const;

    [[nodiscard]] int columns() const;
    [[nodiscard]] int parameters() const;
    [[nodiscard]] std::string_view name(int column) const;
    enum class kind { null, integer, real, text, blob };
    [[nodiscard]] kind kind_of(int column) const;
    [[nodiscard]] bool is_null(int column) const;
    [[nodiscard]] bool is_blob(int column) const;
    [[nodiscard]] std::int64_t integer(int column) const;
    [[nodiscard]] double real(int column) const;
    /// Lives until the next step or reset.
    [[nodiscard]] std::string_view text(int column) const;
    [[nodiscard]] std::string_view blob(int column) const;

private:
    sqlite3_stmt* handle_;
};

/// Resets a statement when a scope ends, however it ends.
class reset_at_exit {
public:
    explicit reset_at_exit(statement& running) : running_(running) {}
    reset_at_exit(const reset_at_exit&) = delete;
    reset_at_exit& operator=(const reset_at_exit&) = delete;
    ~reset_at_exit() { running_.reset(); }

private:
    statement& running_;
};

}  // namespace foldline::inline v0::sqlite
