#include <foldline/sqlite/backup.hpp>

#include "log_tables.hpp"
#include "row_values.hpp"
#include "sqlite_error.hpp"
#include "verify_notes.hpp"

#include <foldline/core/error.hpp>
#include <foldline/sqlite/partial_file.hpp>
#include <foldline/sqlite/transaction.hpp>

#include <fmt/core.h>
#include <sqlite3.h>

#include <memory>
#include <utility>

namespace foldline::inline v0::sqlite {
namespace {

constexpr int pages_at_once = 1024;

/// Pages are copied, then the events in them are read again: each is half of the work.
class copy_progress {
public:
    explicit copy_progress(const progress_report& report) : report_(report) {}

    void copied(std::uint64_t pages, std::uint64_t all) {
        pages_ = all;
        tell(pages);
    }
    void verified(const work_progress& events) {
        // Whole numbers that are too large for a product are far more events than pages.
        const double share = events.all == 0 ? 1.0 : static_cast<double>(events.done) / static_cast<double>(events.all);
        tell(pages_ + static_cast<std::uint64_t>(static_cast<double>(pages_) * share));
    }

private:
    void tell(std::uint64_t done) const {
        if (report_) report_({done, 2 * pages_});
    }
    const progress_report& report_;
    std::uint64_t pages_ = 0;
};

/// A copy that is under way.
class page_copy {
public:
    page_copy(connection& from, connection& to)
        : to_(to), copy_(sqlite3_backup_init(to.handle(), "main", from.handle(), "main")) {
        if (!copy_) raise(to.handle(), sqlite3_extended_errcode(to.handle()), "begin to copy the file");
    }
    page_copy(const page_copy&) = delete;
    page_copy& operator=(const page_copy&) = delete;
    ~page_copy() { sqlite3_backup_finish(copy_); }

    /// False when all of it is copied.
    bool step() {
        const int code = sqlite3_backup_step(copy_, pages_at_once);
        if (code != SQLITE_OK && code != SQLITE_DONE) fail(code);
        return code == SQLITE_OK;
    }
    /// The last error may come at the end.
    void finish() {
        const int code = sqlite3_backup_finish(std::exchange(copy_, nullptr));
        if (code != SQLITE_OK) fail(code);
    }
    [[nodiscard]] std::uint64_t all() const { return static_cast<std::uint64_t>(sqlite3_backup_pagecount(copy_)); }
    [[nodiscard]] std::uint64_t left() const { return static_cast<std::uint64_t>(sqlite3_backup_remaining(copy_)); }

private:
    [[noreturn]] void fail(int code) const { raise(nullptr, code, fmt::format("copy to {}", to_.file().string())); }

    connection& to_;
    sqlite3_backup* copy_;
};

/// A connection that writes where a crash leaves nothing that anyone would read.
std::unique_ptr<connection> open_unguarded(const partial_file& copy, const std::string& vfs) {
    auto opened = std::make_unique<connection>(copy.path(), connection::mode::read_write, vfs);
    opened->execute("pragma journal_mode = memory; pragma synchronous = off");
    return opened;
}

void copy_pages(const database& source, const partial_file& copy, copy_progress& progress) {
    const auto from = source.open_reader();
    // The copy would begin anew whenever another process commits, if it did not find one moment held open.
    const read_transaction one_moment{*from};
    (void)from->integer("select count(*) from sqlite_schema");
    const auto to = open_unguarded(copy, source.options().vfs);
    page_copy pages{*from, *to};
    for (bool more = true; more;) {
        more = pages.step();
        progress.copied(pages.all() - pages.left(), pages.all());
    }
    pages.finish();
}

/// Throws unless the copy is sound; what is wrong in it was wrong in what it was made of.
copied_store verified(const database& source, const partial_file& copy, copy_progress& progress) {
    const database made{copy.path(), {.mode = open_mode::read_only, .vfs = source.options().vfs}};
    if (!has_table(*made.open_reader(), "log_events"))
        throw incompatible_store(source.file().string() + " holds no events: nobody has written to it yet");
    const verification found =
        verify(made, {.most_findings = 1, .report = [&](const work_progress& events) { progress.verified(events); }});
    if (!found.is_sound())
        throw corrupt_data(fmt::format("{} is damaged, and was not copied: {}: {} ({} findings in all)",
                                       source.file().string(), found.findings.front().place, found.findings.front().why,
                                       found.found));
    return {global_position{tail_of_log(*made.open_reader()).position}, found.events,
            std::filesystem::file_size(copy.path())};
}

void begin_history(const database& source, const partial_file& copy, id_source& ids) {
    const auto db = open_unguarded(copy, source.options().vfs);
    transaction change{*db};
    renew_history(*db, {ids.next()});
    change.commit();
}

}  // namespace

copied_store back_up(const database& source, const std::filesystem::path& to, const progress_report& report) {
    copy_progress progress{report};
    partial_file copy{to};
    copy_pages(source, copy, progress);
    copy.forget_write_ahead_log();
    const copied_store done = verified(source, copy, progress);
    copy.publish();
    return done;
}

copied_store restore(const std::filesystem::path& backup, const std::filesystem::path& to, id_source& ids,
                     const progress_report& report) {
    copy_progress progress{report};
    const database source{backup, {.mode = open_mode::read_only}};
    partial_file copy{to};
    copy_pages(source, copy, progress);
    copy.forget_write_ahead_log();
    const copied_store done = verified(source, copy, progress);
    begin_history(source, copy, ids);
    copy.publish();
    return done;
}

}  // namespace foldline::inline v0::sqlite
