#include "raw_sqlite.hpp"
#include "support/scratch_folder.hpp"
#include "support/text_schema.hpp"

#include <foldline/core/error.hpp>
#include <foldline/sqlite/kept_upcasters.hpp>
#include <foldline/sqlite/sqlite_event_store.hpp>
#include <foldline/sqlite/verify.hpp>
#include <foldline/testing/manual_clock.hpp>
#include <foldline/testing/sequential_ids.hpp>

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <vector>

namespace {

using namespace foldline;
using namespace foldline_tests;

const event_type placed_1{"placed", 1};
const event_type placed_2{"placed", 2};

struct upcaster_store {
    upcaster_store() { open(); }
    sqlite::database& open(sqlite::open_mode mode = sqlite::open_mode::create) {
        file.reset();
        return file.emplace(folder / "store.db",
                            sqlite::database_options{.mode = mode, .durable = sqlite::durability::off});
    }
    void make_tables() {
        testing::manual_clock time;
        testing::sequential_ids ids;
        const sqlite::sqlite_event_store made{*file, time, ids};
    }
    void damage(const std::string& sql) {
        file.reset();
        raw_sqlite{folder / "store.db"}.execute(sql);
        open();
    }

    scratch_folder folder;
    std::optional<sqlite::database> file;
};

declared_upcaster filling(const std::string& currency) {
    return declared_upcaster{placed_1, placed_2}.fill("currency", currency);
}

upcaster_chain chain_of(const std::vector<declared_upcaster>& steps) {
    upcaster_chain chain;
    for (const declared_upcaster& step : steps) chain.add(step);
    return chain;
}

/// The same step as code.
upcaster_chain code() {
    upcaster_chain chain;
    chain.add_dynamic(placed_1, placed_2, [](const dynamic_event&, google::protobuf::Message&) {});
    return chain;
}

}  // namespace

TEST_CASE("kept upcasters: what one program keeps another one finds, each in the place of the one before it") {
    upcaster_store world;
    world.make_tables();
    CHECK(sqlite::kept_upcasters(*world.file).empty());
    const std::vector first{filling("GBP"), declared_upcaster::dropping({"viewed", 1})};
    sqlite::keep_upcasters(*world.file, chain_of(first));
    CHECK(sqlite::kept_upcasters(world.open(sqlite::open_mode::read_only)) == first);
    const std::vector second{filling("EUR")};
    sqlite::keep_upcasters(world.open(), chain_of(second));
    CHECK(sqlite::kept_upcasters(*world.file) == std::vector{second[0], first[1]});
    // A step that is code takes away what was kept in its place.
    sqlite::keep_upcasters(*world.file, code());
    CHECK(sqlite::kept_upcasters(*world.file) == std::vector{first[1]});
    CHECK(sqlite::verify(*world.file).is_sound());
}

TEST_CASE("kept upcasters: nothing is written where nothing changes") {
    upcaster_store world;
    world.make_tables();
    sqlite::keep_upcasters(*world.file, chain_of({filling("GBP")}));
    raw_sqlite watch{world.folder / "store.db"};
    const std::string before = watch.text("pragma data_version");
    sqlite::keep_upcasters(*world.file, chain_of({filling("GBP")}));
    sqlite::keep_upcasters(*world.file, {});
    CHECK(watch.text("pragma data_version") == before);
    sqlite::keep_upcasters(*world.file, chain_of({filling("EUR")}));
    const std::string changed = watch.text("pragma data_version");
    CHECK(changed != before);
    sqlite::keep_upcasters(*world.file, code());
    const std::string empty = watch.text("pragma data_version");
    CHECK(empty != changed);
    sqlite::keep_upcasters(*world.file, code());
    CHECK(watch.text("pragma data_version") == empty);
}

TEST_CASE("kept upcasters: a file without their table has none, and says what to do before it gets one") {
    upcaster_store world;
    CHECK(sqlite::kept_upcasters(*world.file).empty());
    CHECK_THROWS_AS(sqlite::keep_upcasters(*world.file, chain_of({filling("GBP")})), incompatible_store);
}

TEST_CASE("kept upcasters: a damaged one is not given out, verify names it, and it can be kept anew") {
    for (const char* sql :
         {"update log_upcasters set body = zeroblob(length(body))", "update log_upcasters set checksum = checksum + 1",
          "update log_upcasters set version = 7", "update log_upcasters set name = 'Placed'"}) {
        CAPTURE(sql);
        upcaster_store world;
        world.make_tables();
        sqlite::keep_upcasters(*world.file, chain_of({filling("GBP")}));
        world.damage(sql);
        CHECK_THROWS_AS((void)sqlite::kept_upcasters(*world.file), corrupt_data);
        const auto found = sqlite::verify(*world.file);
        REQUIRE(found.found == 1);
        CHECK(found.findings[0].place.starts_with("log_upcasters "));
        world.damage("delete from log_upcasters where name <> 'placed' or version <> 1");
        sqlite::keep_upcasters(*world.file, chain_of({filling("GBP")}));
        CHECK(sqlite::kept_upcasters(*world.file) == std::vector{filling("GBP")});
    }
}
