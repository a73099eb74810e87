// A schema is stored in the transaction of its first event, and a file of an older format is brought up to date in one:
// wherever the disk fails or the power goes, there is no event without its schema, no schema without its event, and no
// file between two formats.

#include "attack_line.hpp"
#include "fault_vfs.hpp"
#include "support/golden.hpp"
#include "support/scratch_folder.hpp"
#include "support/seed.hpp"
#include "support/text_schema.hpp"

#include <foldline/core/error.hpp>
#include <foldline/eventstore/system_clock.hpp>
#include <foldline/eventstore/uuid_v7_source.hpp>
#include <foldline/sqlite/sqlite_event_store.hpp>
#include <foldline/sqlite/verify.hpp>

#include <doctest/doctest.h>
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace foldline;
using namespace foldline_tests;
using enum fault_vfs::length;

constexpr std::array faults{disk_fault::write_error, disk_fault::half_write, disk_fault::disk_full,
                            disk_fault::sync_error, disk_fault::power_cut};

/// What verify finds, but for a torn end of the file and of its log: SQLite leaves that behind, and passes over it.
int findings_in_tables(const sqlite::database& file) {
    const auto findings = sqlite::verify(file).findings;
    return static_cast<int>(std::count_if(findings.begin(), findings.end(), [](const auto& each) {
        return each.place != "file" && each.place != "write-ahead log";
    }));
}

/// Points of a sweep: all of them in a full run.
std::int64_t between_points() { return is_full_run() ? 1 : 3; }

/// Schemas of one type, each with a field more than the one before it.
const std::vector<event_schema>& growing_schemas() {
    static const std::vector<event_schema> schemas = [] {
        std::vector<event_schema> made;
        std::string fields;
        for (int number = 1; number <= 5; ++number) {
            fields += text_field("field_" + std::to_string(number), number, "STRING");
            made.push_back(text_schema(fields));
        }
        return made;
    }();
    return schemas;
}

/// A store that is given events of ever newer schemas, and what its caller was told.
class growing_store {
public:
    enum class told { stored, not_stored, unknown };

    sqlite::sqlite_event_store& open(const std::string& vfs = {},
                                     sqlite::durability durable = sqlite::durability::full) {
        close();
        file_.emplace(path(), sqlite::database_options{.durable = durable, .vfs = vfs, .checkpoint_pages = 20});
        return store_.emplace(*file_, clock_, ids_);
    }
    void close() {
        store_.reset();
        file_.reset();
    }
    [[nodiscard]] std::filesystem::path path() const { return folder_ / "store.db"; }
    [[nodiscard]] std::string folder() const { return folder_.path().string(); }

    /// Two events: one of the schema before, and one of the `number`-th.
    void append(std::size_t number) {
        append_request request = append_request::to({"order", "1"}, expected_version::any(), {});
        for (const std::size_t schema : {number == 0 ? 0 : number - 1, number})
            request.writes[0].events.push_back(
                event_of(growing_schemas()[schema], fmt::format("{} {}", answers_.size(), schema)));
        try {
            (void)store_->append(request);
            answers_.push_back(told::stored);
        } catch (const storage_error& failed) {
            answers_.push_back(failed.outcome == write_outcome::unknown ? told::unknown : told::not_stored);
        }
    }
    void append_all() {
        for (std::size_t number = 0; number < growing_schemas().size(); ++number) append(number);
    }

    /// Holds the file against what was told: of an append that is there both events are, and their schemas.
    [[nodiscard]] disagreement compare() {
        disagreement found;
        const auto schemas = store_->stored_schemas(growing_schemas().front().type);
        const auto is_stored = [&](std::size_t number) {
            return std::any_of(schemas.begin(), schemas.end(), [&](const auto& schema) {
                return schema.descriptor_set == growing_schemas()[number].descriptor_set;
            });
        };
        std::vector<int> events(answers_.size());
        std::size_t needed = 0;
        store_->read(read_query::all(), batch_limit{1'000}, [&](const event_view& event) {
            const std::string payload{event.payload};
            ++events.at(std::stoul(payload));
            const std::size_t schema = std::stoul(payload.substr(payload.find(' ')));
            found.lost += is_stored(schema) ? 0 : 1;
            needed = std::max(needed, schema + 1);
        });
        for (std::size_t i = 0; i < answers_.size(); ++i) {
            found.half += events[i] == 0 || events[i] == 2 ? 0 : 1;
            found.lost += answers_[i] == told::stored && events[i] == 0 ? 1 : 0;
            found.ghost += answers_[i] == told::not_stored && events[i] != 0 ? 1 : 0;
        }
        found.half += static_cast<int>(schemas.size() > needed);  // one that no event is of
        found.wrong += findings_in_tables(*file_);
        return found;
    }

private:
    scratch_folder folder_;
    system_clock clock_;
    uuid_v7_source ids_{clock_};
    std::optional<sqlite::database> file_;
    std::optional<sqlite::sqlite_event_store> store_;
    std::vector<told> answers_;
};

disagreement grow_under(disk_fault fault, std::int64_t nth, fault_vfs::length length, bool& fired) {
    growing_store world;
    world.open(fault_vfs::name);
    fault_vfs::arm(fault, nth, length);
    world.append_all();
    fired = fault_vfs::fired();
    fault_vfs::disarm();
    world.append(growing_schemas().size() - 1);  // the disk is well again
    disagreement found = world.compare();
    world.open({}, sqlite::durability::off);
    found += world.compare();
    return found;
}

disagreement cut_power_while_growing(std::int64_t nth, std::uint64_t seed, bool& fired) {
    growing_store world;
    world.open({}, sqlite::durability::off);
    world.close();
    fault_vfs::watch(world.folder());
    world.open(fault_vfs::name);
    fault_vfs::arm_power_cut(nth);
    world.append_all();
    fired = fault_vfs::fired();
    world.close();
    fault_vfs::disarm();
    fault_vfs::materialise_power_cut(seed);
    world.open({}, sqlite::durability::off);
    return world.compare();
}

/// A file of format 1 that is opened for writing.
class older_file {
public:
    older_file() {
        const auto golden = foldline_tests::golden_folder() / "orders-format-1.db";
        std::filesystem::copy_file(golden, path());
        std::filesystem::permissions(path(), std::filesystem::perms{0600});
    }
    [[nodiscard]] std::filesystem::path path() const { return folder_ / "store.db"; }
    [[nodiscard]] std::string folder() const { return folder_.path().string(); }

    /// Whether it was opened.
    bool open(const std::string& vfs) {
        try {
            sqlite::database file{path(), {.vfs = vfs}};
            const sqlite::sqlite_event_store store{file, clock_, ids_};
            return true;
        } catch (const storage_error&) {
            return false;
        }
    }

    /// Whole, in one format or the other, and in the newer one after the next opening.
    [[nodiscard]] disagreement compare() {
        disagreement found;
        look(sqlite::open_mode::read_only, found);
        look(sqlite::open_mode::existing, found);
        look(sqlite::open_mode::read_only, found);
        return found;
    }

private:
    void look(sqlite::open_mode mode, disagreement& found) {
        sqlite::database file{path(), {.mode = mode, .durable = sqlite::durability::off}};
        const sqlite::sqlite_event_store store{file, clock_, ids_};
        found.lost += store.read(read_query::all(), batch_limit{1'000}, [](const event_view&) {}).events == 135 ? 0 : 1;
        for (const event_type type : store.stored_types()) found.lost += store.stored_schemas(type).size() == 1 ? 0 : 1;
        found.half += findings_in_tables(file);
        if (mode == sqlite::open_mode::existing)
            found.wrong += sqlite::component_version(*file.open_reader(), "eventstore") == 2 ? 0 : 1;
    }

    scratch_folder folder_;
    system_clock clock_;
    uuid_v7_source ids_{clock_};
};

}  // namespace

TEST_SUITE("faults") {
    TEST_CASE("disk: a new schema is there with its first event or not at all, whatever failed") {
        fault_vfs::install();
        attack_line line{"disk: appends of new schemas"};
        for (const disk_fault fault : faults)
            for (const auto length : {once, from_then_on}) {
                bool fired = true;
                for (std::int64_t nth = 1; fired; nth += between_points()) {
                    CAPTURE(static_cast<int>(fault));
                    CAPTURE(nth);
                    const disagreement found = grow_under(fault, nth, length, fired);
                    line.found += found;
                    line.add("points", fired ? 1 : 0);
                    REQUIRE(found.to_string() == disagreement{}.to_string());
                }
            }
        CHECK(line.count("points") > 100);
    }

    TEST_CASE("power cut: a new schema is there with its first event or not at all") {
        fault_vfs::install();
        attack_line line{"power cut: appends of new schemas"};
        const int cuts = is_full_run() ? 5'000 : 60;
        for (int cut = 0; cut < cuts; ++cut) {
            bool fired = false;
            line.found +=
                cut_power_while_growing(static_cast<std::int64_t>(line.random()() % 60 + 1), line.random()(), fired);
            line.add("cuts", fired ? 1 : 0);
        }
        CHECK(line.count("cuts") > cuts / 2);
        CHECK(line.found.total() == 0);
    }

    TEST_CASE("disk: a file of format 1 stays one, or becomes one of format 2, whatever fails meanwhile") {
        fault_vfs::install();
        attack_line line{"disk: bringing format 1 up to date"};
        for (const disk_fault fault : faults)
            for (const auto length : {once, from_then_on}) {
                bool fired = true;
                for (std::int64_t nth = 1; fired; nth += between_points()) {
                    CAPTURE(static_cast<int>(fault));
                    CAPTURE(nth);
                    older_file file;
                    fault_vfs::arm(fault, nth, length);
                    line.add("opened", file.open(fault_vfs::name) ? 1 : 0);
                    fired = fault_vfs::fired();
                    fault_vfs::disarm();
                    const disagreement found = file.compare();
                    line.found += found;
                    line.add("points", fired ? 1 : 0);
                    REQUIRE(found.to_string() == disagreement{}.to_string());
                }
            }
        CHECK(line.count("points") > 20);
        CHECK(line.count("points") > line.count("opened"));
    }

    TEST_CASE("power cut: a file of format 1 stays one, or becomes one of format 2") {
        fault_vfs::install();
        attack_line line{"power cut: bringing format 1 up to date"};
        const int cuts = is_full_run() ? 5'000 : 60;
        for (int cut = 0; cut < cuts; ++cut) {
            older_file file;
            fault_vfs::watch(file.folder());
            fault_vfs::arm_power_cut(static_cast<std::int64_t>(line.random()() % 40 + 1));
            (void)file.open(fault_vfs::name);
            line.add("cuts", fault_vfs::fired() ? 1 : 0);
            fault_vfs::disarm();
            fault_vfs::materialise_power_cut(line.random()());
            line.found += file.compare();
        }
        CHECK(line.count("cuts") > cuts / 2);
        CHECK(line.found.total() == 0);
    }
}
