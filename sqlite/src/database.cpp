#include <foldline/sqlite/database.hpp>

#include "container.hpp"
#include "sqlite_error.hpp"
#include "writer_lock.hpp"

#include <foldline/core/error.hpp>

#include <fmt/core.h>
#include <sqlite3.h>

#include <mutex>
#include <optional>

namespace foldline::inline v0::sqlite {
namespace {

std::string_view synchronous(durability durable) {
    switch (durable) {
        case durability::full: return "pragma synchronous = full";
        case durability::normal: return "pragma synchronous = normal";
        case durability::off: return "pragma synchronous = off";
    }
    return {};
}

enum class log_end { keep, truncate };

/// Moves the write-ahead log into the file. Gives false if readers held part of it back.
bool checkpoint(connection& writer, log_end end) {
    int log = 0;
    int moved = 0;
    const int kind = end == log_end::truncate ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE;
    const int code = sqlite3_wal_checkpoint_v2(writer.handle(), "main", kind, &log, &moved);
    if ((code & 0xFF) == SQLITE_BUSY) return false;
    check(writer.handle(), code, "move the write-ahead log into the file");
    return log == moved;
}

/// Makes a truncation of the log last. SQLite leaves that to the next commit; until then a power cut could bring back
/// what a failed commit left there.
void sync_log(connection& writer) {
    sqlite3_file* log = nullptr;
    check(writer.handle(), sqlite3_file_control(writer.handle(), "main", SQLITE_FCNTL_JOURNAL_POINTER, &log),
          "find the write-ahead log");
    if (log && log->pMethods)
        check(nullptr, log->pMethods->xSync(log, SQLITE_SYNC_FULL),
              fmt::format("sync the write-ahead log of {}", writer.file().string()));
}

void use_write_ahead_log(connection& writer, const database_options& options) {
    statement pragma = writer.prepare("pragma journal_mode = wal");
    if (!pragma.step() || pragma.text(0) != "wal")
        throw storage_error(SQLITE_CANTOPEN, fmt::format("use a write-ahead log for {}", writer.file().string()),
                            "the file system does not support it; a network share, perhaps");
    writer.execute(synchronous(options.durable));
}

}  // namespace

struct database::parts {
    std::filesystem::path file;
    database_options options;
    std::optional<writer_lock> lock;
    std::mutex writer_role;  // held by whoever has the write lease
    std::unique_ptr<connection> writer;
    bool must_reopen = false;
    std::int64_t generation = 0;
    int checkpoint_at = 0;  // length of the log at which it is tried to move it

    void open_writer(open_mode mode) {
        writer = std::make_unique<connection>(file, connection::mode::read_write, options.vfs);
        require_container(*writer, mode);
        checkpoint_at = options.checkpoint_pages;
        ++generation;
        use_write_ahead_log(*writer, options);
    }

    void reopen_writer() {
        must_reopen = true;  // until all of this has succeeded
        writer.reset();
        open_writer(open_mode::existing);
        // A sync that failed must not simply be repeated, since the system may have dropped the page: the whole log is
        // written to the file again.
        if (!checkpoint(*writer, log_end::truncate))
            throw storage_error(SQLITE_BUSY, fmt::format("recover {}", file.string()),
                                "readers keep the write-ahead log from being moved into the file",
                                write_outcome::unknown);
        sync_log(*writer);
        must_reopen = false;
    }

    /// The right to change the file, of this process and against the others.
    void take_role() {
        writer_role.lock();
        try {
            lock->acquire(options.lock_timeout);
        } catch (...) {
            writer_role.unlock();
            throw;
        }
    }

    void give_role_back() noexcept {
        lock->release();
        writer_role.unlock();
    }

    void require_room_in_log() {
        if (writer->wal_pages() < options.most_log_pages || checkpoint(*writer, log_end::keep)) return;
        throw storage_error(SQLITE_FULL, fmt::format("write to {}", file.string()),
                            fmt::format("the write-ahead log has {} pages, and a reader that does not end keeps it "
                                        "from being emptied; end that reader and try again",
                                        writer->wal_pages()));
    }

    void checkpoint_if_long() noexcept {
        if (!writer || must_reopen || writer->wal_pages() < checkpoint_at) return;
        try {
            // Held back by a reader it is tried again when the log has grown, not after every commit.
            const bool whole = checkpoint(*writer, log_end::keep);
            checkpoint_at = whole ? options.checkpoint_pages : writer->wal_pages() + options.checkpoint_pages / 4;
        } catch (const std::exception&) {
            must_reopen = true;  // the commits are safe in the log; the next writer recovers, or hears why not
        }
    }
};

database::database(std::filesystem::path file, database_options options) : parts_(std::make_unique<parts>()) {
    parts_->file = std::move(file);
    parts_->options = std::move(options);
    prepare_file(parts_->file, parts_->options.mode);
    if (is_read_only()) {
        require_container(*open_reader(), open_mode::read_only);
        return;
    }
    parts_->lock.emplace(parts_->file, parts_->options.who);
    parts_->take_role();  // several may come at once to a file that is not a store yet
    const write_lease lease{*this};
    parts_->open_writer(parts_->options.mode);
}

database::~database() {
    if (!parts_->writer) return;
    try {
        sqlite3* const handle = parts_->writer->handle();
        sqlite3_busy_timeout(handle, 0);  // whoever still reads keeps the log, and nobody waits
        // Whoever writes at this moment sees to the log. What is in it is safe there.
        if (!parts_->lock->try_acquire()) return;
        // The log is in the file then, and whoever closes last may take away what is left of it.
        if (checkpoint(*parts_->writer, log_end::truncate))
            sqlite3_db_config(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, nullptr);
    } catch (const std::exception&) {
        // Whoever opens the file next moves the log.
    }
    parts_->writer.reset();  // before the lock goes
    parts_->lock->release();
}

const std::filesystem::path& database::file() const { return parts_->file; }
bool database::is_read_only() const { return parts_->options.mode == open_mode::read_only; }
const database_options& database::options() const { return parts_->options; }

write_lease database::lease_writer() {
    if (is_read_only())
        throw storage_error(SQLITE_READONLY, fmt::format("write to {}", parts_->file.string()),
                            "it was opened for reading only");
    parts_->take_role();
    write_lease lease{*this};
    if (parts_->must_reopen) lease.reopen();
    parts_->require_room_in_log();
    return lease;
}

std::unique_ptr<connection> database::open_reader() const {
    return std::make_unique<connection>(parts_->file, connection::mode::read_only, parts_->options.vfs);
}

void database::require_component(std::string_view name, std::span<const migration> steps) {
    require_component(name, steps, steps.back().version);
}

void database::require_component(std::string_view name, std::span<const migration> steps, int oldest_read) {
    if (is_read_only()) {
        require_migrated(*open_reader(), name, steps, oldest_read);
        return;
    }
    migrate(lease_writer().db(), name, steps);
}

write_lease::~write_lease() {
    if (!owner_) return;
    owner_->parts_->checkpoint_if_long();
    owner_->parts_->give_role_back();
}

connection& write_lease::db() const { return *owner_->parts_->writer; }

std::int64_t write_lease::generation() const { return owner_->parts_->generation; }

void write_lease::announce() noexcept { owner_->parts_->lock->ring(); }

connection& write_lease::reopen() {
    owner_->parts_->reopen_writer();
    return db();
}

}  // namespace foldline::inline v0::sqlite
