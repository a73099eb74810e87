// One bit of a closed file of read models is flipped, then it is opened, read, and projected on. That must end, and end
// with rows or with an error of foldline's own. Rows have no checksums: a flip inside of one is told by SQLite's own
// checks of its pages, by `verify_rows`, or not at all, and the line says how many of each there were.

#include "attack_line.hpp"
#include "projection_world.hpp"
#include "sqlite/raw_sqlite.hpp"
#include "support/projecting.hpp"
#include "support/seed.hpp"

#include <foldline/core/error.hpp>
#include <foldline/eventstore/bounded_event_store.hpp>
#include <foldline/projections/dead_letters.hpp>
#include <foldline/projections/rebuild.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <stdexcept>
#include <string>

namespace {

using namespace foldline;
using namespace foldline_tests;

constexpr int events = 60;
constexpr int most_batches = 1'000;  // far more than there are events: who needs them goes round in a circle

std::string content_of(const std::filesystem::path& path) {
    std::ifstream in{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, std::istreambuf_iterator<char>{}};
}

/// A file of two projections that have come half way, with events parked.
class victim {
public:
    victim() {
        std::mt19937_64 random{attack_seed()};
        append_at_random(log.store, random, events);
        const bounded_event_store half{log.store, global_position{events / 2}};
        const auto path = folder / "rows.db";
        // Small pages, so that there is one of every kind, and the file is small.
        raw_sqlite{path}.execute("pragma page_size = 1024; vacuum");
        {
            sqlite::database file{path, undurable()};
            sqlite::sqlite_read_models models{file};
            auto sales = sales_projection();
            auto tills = tills_projection();
            meddled_projection failing{sales, [](const event_view& event, sql_session&) {
                                           if (event.position.value % 20 == 0) throw std::runtime_error("no paper");
                                       }};
            projector_options options;
            options.on_failure = error_policy::park_at_once();
            options.partitions = 2;
            projector{half, options}.add(failing, models).add(tills, models).catch_up();
        }
        raw_sqlite{path}.execute("pragma wal_checkpoint(truncate)");
        content_ = content_of(path);
    }

    [[nodiscard]] static sqlite::database_options undurable() { return {.durable = sqlite::durability::off}; }
    [[nodiscard]] std::int64_t bits() const { return std::ssize(content_) * 8; }
    /// A copy with one bit flipped.
    void put(const std::filesystem::path& path, std::int64_t bit) const {
        std::string flipped = content_;
        char& byte = flipped[static_cast<std::size_t>(bit / 8)];
        byte = static_cast<char>(byte ^ (1 << (bit % 8)));
        for (const char* neighbour : {"", "-wal", "-shm"}) std::filesystem::remove(path.string() + neighbour);
        std::ofstream{path, std::ios::binary} << flipped;
    }

    memory_world log;

private:
    scratch_folder folder;
    std::string content_;
};

/// Runs `work`; true if it ended with an error that foldline has words for.
template <class Work>
bool is_told(Work work) {
    try {
        work();
        return false;
    } catch (const error&) {
        return true;
    }
}

/// Reads everything, and projects on; false if that never ends.
bool read_and_project(const event_store& store, read_model_store& models) {
    (void)models.projections();
    (void)sales_lines(models);
    (void)till_lines(models);
    (void)models.dead_letters().list({.projection = "sales"});
    auto sales = sales_projection();
    auto tills = tills_projection();
    projector works{store, batches_of(7)};
    works.add(sales, models).add(tills, models);
    for (int batch = 0; batch < most_batches; ++batch)
        if (!works.run_batch()) return true;
    return false;
}

bool is_noticed_by_sqlite(const std::filesystem::path& path) {
    try {
        return raw_sqlite{path}.text("pragma integrity_check") != "ok";
    } catch (const std::runtime_error&) {
        return true;
    }
}

/// Whether a comparison with the events finds rows that differ, or cannot be made.
bool is_noticed_by_verify(const event_store& store, read_model_store& models) {
    return is_told([&] {
        auto sales = sales_projection();
        auto tills = tills_projection();
        const auto ignore = [](const row_difference&) {};
        if (verify_rows(store, models, sales, ignore) + verify_rows(store, models, tills, ignore) > 0)
            throw corrupt_data("rows differ");
    });
}

bool is_right(const event_store& store, const read_model_store& models) {
    return compare_with_state(store, models).total() == 0 && till_lines(models) == expected_tills(store, models);
}

}  // namespace

TEST_SUITE("faults") {
    TEST_CASE("bit flip: a damaged file of read models is read or refused, and ends neither the program nor its day") {
        const victim file;
        scratch_folder folder;
        attack_line line{"bit flip: read models"};
        const int flips = is_full_run() ? 20'000 : 1'500;
        for (int flip = 0; flip < flips; ++flip) {
            const std::int64_t bit = drawn(line.random(), 0, file.bits() - 1);
            CAPTURE(bit);
            const auto path = folder / "rows.db";
            file.put(path, bit);
            line.add("flips");
            const bool seen_by_sqlite = is_noticed_by_sqlite(path);
            file.put(path, bit);
            bool ends = true;
            bool seen_by_verify = false;
            bool right = true;
            const bool told = is_told([&] {
                sqlite::database database{path, victim::undurable()};
                sqlite::sqlite_read_models models{database};
                ends = read_and_project(file.log.store, models);
                right = is_right(file.log.store, models);
                if (!right) seen_by_verify = is_noticed_by_verify(file.log.store, models);
            });
            CHECK(ends);
            line.found.wrong += ends ? 0 : 1;
            if (told) line.add("told in use");
            else if (right) line.add("without effect");
            else if (seen_by_sqlite) line.add("told by SQLite's check only");
            else if (seen_by_verify) line.add("told by verify_rows only");
            else line.add("in rows, and told by nobody");
        }
        CHECK(line.count("told in use") > 0);
    }
}
