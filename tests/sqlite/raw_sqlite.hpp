#pragma once

#include <sqlite3.h>

#include <filesystem>
#include <stdexcept>
#include <string>

namespace foldline_tests {

/// A connection that knows nothing of foldline: what any other program may do to a file.
class raw_sqlite {
public:
    explicit raw_sqlite(const std::filesystem::path& file) {
        if (sqlite3_open(file.c_str(), &handle_) == SQLITE_OK) return;
        sqlite3_close(handle_);
        throw std::runtime_error("SQLite cannot open " + file.string());
    }
    raw_sqlite(const raw_sqlite&) = delete;
    raw_sqlite& operator=(const raw_sqlite&) = delete;
    ~raw_sqlite() { sqlite3_close(handle_); }

    /// Throws what SQLite says.
    void execute(const std::string& sql) { (void)text(sql); }
    /// What SQLite says against it; empty if nothing.
    std::string refusal(const std::string& sql) {
        try {
            execute(sql);
        } catch (const std::runtime_error& error) {
            return error.what();
        }
        return "";
    }
    /// The last row's first column.
    std::string text(const std::string& sql) {
        std::string found;
        const auto keep = [](void* to, int, char** values, char**) {
            *static_cast<std::string*>(to) = values[0] ? values[0] : "null";
            return 0;
        };
        if (sqlite3_exec(handle_, sql.c_str(), keep, &found, nullptr) != SQLITE_OK)
            throw std::runtime_error(sqlite3_errmsg(handle_));
        return found;
    }
    /// Rows that the last statement changed.
    [[nodiscard]] int changes() const { return sqlite3_changes(handle_); }

private:
    sqlite3* handle_ = nullptr;
};

}  // namespace foldline_tests
