#pragma once

#include <foldline/sqlite/statement.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

struct sqlite3;

namespace foldline::inline v0::sqlite {

/// What an SQL text that is prepared from now on may do.
enum class access {
    foldline,  ///< everything that foldline's own statements do
    tables,    ///< make tables of the user's own; not foldline's, no transactions, pragmas or attached files
    user,      ///< change the rows of those tables, but not the tables
    reader,    ///< read them
    events,    ///< read tables of any name: where there are none but those of `event_sql`
};

/// One connection to an SQLite file, with its prepared statements.
///
/// confined: one thread at a time.
/// Fails: storage_error; corrupt_data where SQLite finds the file damaged.
class connection {
public:
    enum class mode { read_write, read_only };

    /// Opens an existing file. `vfs`: SQLite's name of a file system layer; empty for the usual one.
    connection(const std::filesystem::path& file, mode rights, const std::string& vfs = {});
    /// An empty database of its own, which is in no file and gone with the connection.
    [[nodiscard]] static connection in_memory();
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;
    ~connection();

    /// The statement for this text, prepared at its first use and kept.
    statement& prepared(std::string_view sql);
    /// A statement that is not kept.
    [[nodiscard]] statement prepare(std::string_view sql);
    /// Runs one or several statements without results.
    void execute(std::string_view script);
    /// The integer in the first column of the first row.
    [[nodiscard]] std::int64_t integer(std::string_view sql);

    /// False while a transaction is open. An error may have ended one: ask after each.
    [[nodiscard]] bool is_autocommit() const;
    [[nodiscard]] std::int64_t last_insert_rowid() const;
    [[nodiscard]] std::int64_t changes() const;
    /// Pages in the write-ahead log after the last commit of this connection.
    [[nodiscard]] int wal_pages() const { return wal_pages_; }

    /// Texts prepared from now on are held to `who`; gives what held before.
    access set_access(access who);

    [[nodiscard]] const std::filesystem::path& file() const { return file_; }
    [[nodiscard]] sqlite3* handle() const { return handle_; }

private:
    struct by_text {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const;
    };

    struct opened {
        const char* name;
        int flags;
    };
    connection(std::filesystem::path file, const opened& how, const std::string& vfs);

    [[nodiscard]] bool holds_statement(std::string_view text);

    std::filesystem::path file_;
    sqlite3* handle_ = nullptr;
    int wal_pages_ = 0;
    access access_ = access::foldline;
    using statements = std::unordered_map<std::string, statement, by_text, std::equal_to<>>;
    std::array<statements, 5> prepared_;  // by access: a text is checked for each kind of user
};

}  // namespace foldline::inline v0::sqlite
