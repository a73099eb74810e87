#pragma once

#include <foldline/core/error.hpp>
#include <foldline/sqlite/connection.hpp>
#include <foldline/sqlite/verify.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <utility>

namespace foldline::inline v0::sqlite {

/// What is found while a file is looked over.
///
/// confined.
class verification_notes {
public:
    explicit verification_notes(const verify_options& options) : options_(options) {}

    verification result{};

    void add(std::string place, std::string why) {
        if (result.findings.size() < options_.most_findings)
            result.findings.push_back({std::move(place), std::move(why)});
        ++result.found;
    }

    /// Looks at one region. Where it cannot be read to its end, because it is damaged or not what this program made,
    /// that is a finding as well, and the other regions are still looked at.
    template <class Check>
    void look_at(std::string_view region, Check check) {
        try {
            check();
        } catch (const corrupt_data& damaged) {
            add(std::string(region), damaged.what());
        } catch (const storage_error& failed) {
            if ((failed.code & 0xFF) != sql_error) throw;
            add(std::string(region), failed.what());
        }
    }

    /// What the report throws goes past `look_at`.
    void tell(std::uint64_t done, std::uint64_t all) const {
        if (!options_.report) return;
        try {
            options_.report({done, all});
        } catch (...) {
            throw ended{std::current_exception()};
        }
    }
    struct ended {
        std::exception_ptr why;
    };

    [[nodiscard]] std::size_t most_findings() const { return options_.most_findings; }

private:
    /// SQLite's code for a statement that does not fit the tables. Ours fit those that we made.
    static constexpr int sql_error = 1;

    const verify_options& options_;
};

// The regions. Each is called inside the read transaction of the whole verification.

/// SQLite's own check: the structure of every page, the free ones, each index against its rows.
void verify_pages(connection& db, verification_notes& notes);
/// Commits in the write-ahead log that can no longer be read.
void verify_write_ahead_log(connection& db, verification_notes& notes);
/// That this is a store, of the versions that this program knows; who it is.
void verify_container(connection& db, verification_notes& notes);
/// Every event's checksum; positions and times.
void verify_events(connection& db, verification_notes& notes);
/// Every stream against its events, through the index.
void verify_streams(connection& db, verification_notes& notes);
/// Every schema against its type, its neighbours and its bytes; the upcasters that the file keeps.
void verify_schemas(connection& db, verification_notes& notes);
/// Purges, the records of appends, inline projections.
void verify_records(connection& db, verification_notes& notes);
void verify_snapshots(connection& db, verification_notes& notes);

/// Whether the file has a table of this name.
[[nodiscard]] bool has_table(connection& db, std::string_view name);

}  // namespace foldline::inline v0::sqlite
