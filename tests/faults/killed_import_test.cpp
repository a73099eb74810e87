// A process that imports is killed at moments nobody chose, and another one goes on, until the store is there; it must
// then hold every event as it was, once.

#include "attack_line.hpp"
#include "child_process.hpp"
#include "support/scratch_folder.hpp"
#include "support/seed.hpp"

#include <foldline/eventstore/system_clock.hpp>
#include <foldline/eventstore/uuid_v7_source.hpp>
#include <foldline/sqlite/event_import.hpp>
#include <foldline/sqlite/verify.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <filesystem>
#include <random>
#include <string>

#include <poll.h>

namespace {

using namespace foldline;
using namespace foldline_tests;

constexpr int events_of_import = 3'000;
constexpr int write_size = 5;

/// Every tenth event begins a write of five, of one stream.
sqlite::imported_event event(int number) {
    const int in_round = (number - 1) % 10;
    const int round = (number - 1) / 10;
    event_data data;
    data.type = {"thing-done", 1};
    data.payload = std::string(200, 'p') + std::to_string(number);
    data.id = event_id{uuid::from_name(std::to_string(number))};
    sqlite::imported_event made{stream_id{"thing", in_round < write_size ? "written" : std::to_string(in_round)},
                                stream_version{in_round < write_size ? round * write_size + in_round + 1 : round + 1},
                                global_position{number}, timestamp{std::chrono::seconds{round}}, std::move(data)};
    made.write_size = in_round == 0 ? write_size : 0;
    return made;
}

void import_all(const std::filesystem::path& store) {
    const system_clock time;
    uuid_v7_source ids{time};
    sqlite::event_import work{store, time, ids, {.events_per_commit = 20}};
    for (int number = 1; number <= events_of_import; ++number) work.add(event(number));
    (void)work.publish();
}

disagreement compared(const std::filesystem::path& file) {
    disagreement found;
    const system_clock time;
    uuid_v7_source ids{time};
    sqlite::database database{file, {.mode = sqlite::open_mode::read_only}};
    found.wrong += sqlite::verify(database).is_sound() ? 0 : 1;
    const sqlite::sqlite_event_store store{database, time, ids};
    int number = 0;
    (void)store.read(read_query::all(), batch_limit{events_of_import + 1}, [&](const event_view& stored) {
        const sqlite::imported_event given = event(++number);
        if (stored.id != given.data.id || stored.payload != given.data.payload || stored.version != given.version ||
            stored.recorded_at != given.recorded_at || stored.position != given.position)
            ++found.wrong;
        const auto written = store.find_append(stored.id);
        if ((written ? written->count : 0) != given.write_size) ++found.half;
    });
    if (number < events_of_import) ++found.lost;
    if (number > events_of_import) ++found.dup;
    return found;
}

void wait(std::chrono::milliseconds time) { (void)::poll(nullptr, 0, static_cast<int>(time.count())); }

}  // namespace

TEST_SUITE("faults") {
    TEST_CASE("kill: an import that is killed goes on, and the store has every event once") {
        const int kills = is_full_run() ? 1'000 : 40;
        attack_line line{"kill: import"};
        std::uniform_int_distribution<int> lifetime{5, 80};
        while (line.count("kills") < kills) {
            const scratch_folder folder;
            const std::filesystem::path store = folder / "new.db";
            for (int i = 0; i < 6 && !std::filesystem::exists(store); ++i) {
                child_process child{[&] { import_all(store); }};
                wait(std::chrono::milliseconds{lifetime(line.random())});
                CHECK(child.kill());
                line.add("kills");
            }
            import_all(store);
            const disagreement found = compared(store);
            line.add("stores");
            line.found += found;
            CHECK(found.to_string() == disagreement{}.to_string());
        }
    }
}
