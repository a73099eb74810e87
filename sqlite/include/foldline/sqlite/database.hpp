#pragma once

#include <foldline/sqlite/connection.hpp>
#include <foldline/sqlite/migration.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace foldline::inline v0::sqlite {

enum class open_mode {
    create,     ///< read and write; made if it does not exist
    existing,   ///< read and write; must exist
    read_only,  ///< beside a writer, which may be another process
};

/// What a commit waits for.
enum class durability {
    full,    ///< the disk: what was committed survives a power cut
    normal,  ///< nothing: a power cut may lose the last commits, never one between others; a killed process loses none
    off,     ///< not even order: for measuring, and for files that can be made again
};

/// Who else may have the file open for writing.
enum class writers {
    several,  ///< other processes, and other objects of this one; each commit waits its turn
    one,      ///< nobody
};

struct database_options {
    open_mode mode = open_mode::create;
    durability durable = durability::full;
    std::string vfs{};              ///< SQLite's name of a file system layer; empty for the usual one
    int checkpoint_pages = 10'000;  ///< length of the write-ahead log at which it is moved into the file
    /// Length at which nothing is written any more: a reader that never ends keeps the log from being emptied.
    int most_log_pages = 1'000'000;
    writers who = writers::several;
    std::chrono::milliseconds lock_timeout{30'000};  ///< how long a commit waits for other processes
};

class database;

/// The write connection, while no other thread and no other process has the right to change the file. Given back, it
/// moves the write-ahead log into the file if that has become long.
///
/// confined.
class write_lease {
public:
    write_lease(write_lease&& other) noexcept : owner_(other.owner_) { other.owner_ = nullptr; }
    write_lease& operator=(write_lease&&) = delete;
    ~write_lease();

    [[nodiscard]] connection& db() const;

    /// After an error from a commit: drops the connection, opens it anew and moves the whole log into the file, so that
    /// what is in the file is what was committed. Throws `storage_error` if that fails; the next lease tries it again.
    connection& reopen();

    /// How many times the connection was opened. Whoever remembers what the file holds reads it anew when this changes:
    /// what was committed before may have been unknown then.
    [[nodiscard]] std::int64_t generation() const;

    /// Tells whoever follows the file, in whichever process, to look.
    void announce() noexcept;

private:
    friend class database;
    explicit write_lease(database& owner) : owner_(&owner) {}
    database* owner_;
};

/// One Foldline file: its write connection, the lock that other writers respect, its checkpoints, its readers.
/// Whatever stores something in the file asks this object, and owns tables of its own prefix.
///
/// Any number of processes may read the file and write to it, on one machine. Each has a database object of its own,
/// made after its last fork.
///
/// Threads: shared.
/// Fails:   store_not_found, store_in_use (somebody writes to it, and one of the two wants to be alone),
///          incompatible_store (no Foldline file, or of a newer version), corrupt_data, storage_error.
class database {
public:
    explicit database(std::filesystem::path file, database_options options = {});
    database(const database&) = delete;
    database& operator=(const database&) = delete;
    ~database();

    [[nodiscard]] const std::filesystem::path& file() const;
    [[nodiscard]] bool is_read_only() const;
    [[nodiscard]] const database_options& options() const;

    /// Waits for the write connection. One thread must not ask for it twice. Throws `storage_error` if another process
    /// does not give up the right to write in time, or if readers hold back a write-ahead log of `most_log_pages`.
    [[nodiscard]] write_lease lease_writer();

    /// Another connection for reading.
    [[nodiscard]] std::unique_ptr<connection> open_reader() const;

    /// Brings a component's tables up to date; in a file that is only read, requires that they are.
    void require_component(std::string_view name, std::span<const migration> steps);
    /// The same for whoever also reads what is older, from the version `oldest_read` on.
    void require_component(std::string_view name, std::span<const migration> steps, int oldest_read);

private:
    friend class write_lease;
    struct parts;
    std::unique_ptr<parts> parts_;
};

}  // namespace foldline::inline v0::sqlite
