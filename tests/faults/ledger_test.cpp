// The checker of the attacks is itself checked: each kind of lie of a store has to show.

#include "ledger.hpp"
#include "sqlite_world.hpp"
#include "support/passing_store.hpp"

#include <foldline/core/error.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>

namespace {

using namespace foldline;
using namespace foldline_tests;

/// Passes everything on, but lies where a test says so.
class lying_store final : public passing_store {
public:
    using passing_store::passing_store;

    /// Whether the next append is acknowledged without being stored.
    bool pretends = false;
    /// How often an event is handed out: once, if nothing else is said.
    std::function<int(const event_view&)> times = [](const event_view&) { return 1; };
    std::function<void(event_view&)> change = [](event_view&) {};

    append_result append(const append_request& request) override {
        if (std::exchange(pretends, false)) return appended{stream_version{1}, inner().head().next(), {}, stored::now};
        return inner().append(request);
    }
    page read(const read_query& query, batch_limit limit, event_sink sink) const override {
        return inner().read(query, limit, [&](const event_view& event) {
            event_view shown = event;
            change(shown);
            flow wish = flow::go_on;
            for (int left = times(event); left > 0 && wish == flow::go_on; --left) wish = sink(shown);
            return wish;
        });
    }
};

struct told_lies {
    told_lies() { store.emplace(world.open({}, sqlite::durability::off)); }
    void append(int first, int last) {
        for (int number = first; number <= last; ++number) told_so.append(*store, number);
    }
    disagreement found() { return told_so.compare(*store); }

    scratch_folder folder;
    sqlite_world world{folder / "store.db"};
    std::optional<lying_store> store;
    ledger told_so;
};

bool is_at(const event_view& event, std::int64_t position) { return event.position == global_position{position}; }

}  // namespace

TEST_SUITE("faults") {
    TEST_CASE("ledger: an honest store agrees with it") {
        told_lies world;
        world.append(0, 9);
        CHECK(world.found().to_string() == disagreement{}.to_string());
        CHECK(world.told_so.count(told::stored) == 10);
    }

    TEST_CASE("ledger: an append that was acknowledged and not stored is lost") {
        told_lies world;
        world.append(0, 2);
        world.store->pretends = true;
        world.append(3, 3);
        world.append(4, 5);
        CHECK(world.found().lost == 1);
    }

    TEST_CASE("ledger: an append of which one event is missing is half, and leaves a gap") {
        told_lies world;
        world.append(0, 5);
        world.store->times = [](const event_view& event) { return is_at(event, 2) ? 0 : 1; };
        CHECK(world.found().half == 1);
        CHECK(world.found().gap > 0);
        CHECK(world.found().lost == 0);
    }

    TEST_CASE("ledger: an event that comes twice is a double") {
        told_lies world;
        world.append(0, 5);
        world.store->times = [](const event_view& event) { return is_at(event, 5) ? 2 : 1; };
        CHECK(world.found().dup == 1);
    }

    TEST_CASE("ledger: a version or a position that is left out is a gap") {
        for (const bool version : {true, false}) {
            told_lies world;
            world.append(0, 5);
            world.store->change = [=](event_view& event) {
                if (event.position < global_position{7}) return;
                if (version) event.version = event.version.next();
                else event.position = event.position.next();
            };
            CHECK(world.found().gap > 0);
        }
    }

    TEST_CASE("ledger: an append that was answered as not stored and is there is a ghost") {
        told_lies world;
        world.append(0, 5);
        world.told_so.note(3, told::nothing_stored);
        CHECK(world.found().ghost == 1);
    }

    TEST_CASE("ledger: an append of unknown outcome may be there or not, but not half") {
        told_lies world;
        world.append(0, 5);
        world.told_so.note(3, told::unknown);
        world.told_so.note(6, told::unknown);
        CHECK(world.found().to_string() == disagreement{}.to_string());
        world.store->times = [](const event_view& event) { return event.payload == "append 3 event 1" ? 0 : 1; };
        CHECK(world.found().half == 1);
    }

    TEST_CASE("ledger: an event that nobody asked for is a ghost") {
        told_lies world;
        world.append(0, 2);
        (void)world.store->append(ledger::request(17));
        CHECK(world.found().ghost == 2);
    }

    TEST_CASE("ledger: an append that is elsewhere than its caller was told is wrong") {
        told_lies world;
        world.append(0, 2);
        world.told_so.note(1, told::stored, {stream_version{2}, global_position{5}, {}, stored::now});
        CHECK(world.found().wrong == 1);
    }

    TEST_CASE("ledger: ids that are forgotten are wrong, and their events doubled for the next look") {
        told_lies world;
        world.append(0, 2);
        world.store->pretends = true;  // the first of the appends that are sent again
        CHECK(world.found().wrong == 1);
    }
}
