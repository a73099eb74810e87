#include <foldline/sqlite/sqlite_event_store.hpp>

#include "raw_sqlite.hpp"
#include "support/scratch_folder.hpp"

#include <foldline_tests/bank/v1/account.pb.h>
#include <foldline/core/codec.hpp>
#include <foldline/core/error.hpp>
#include <foldline/eventstore/subscription.hpp>
#include <foldline/sqlite/sqlite_snapshot_store.hpp>
#include <foldline/testing/event_store_contract.hpp>
#include <foldline/testing/manual_clock.hpp>
#include <foldline/testing/sequential_ids.hpp>
#include <foldline/testing/snapshot_store_contract.hpp>

#include <doctest/doctest.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/dynamic_message.h>

#include <atomic>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace foldline;
using namespace foldline_tests;

constexpr batch_limit many{1000};

bool says(const std::string& message, const std::string& part) { return message.find(part) != std::string::npos; }

struct opened_sqlite : testing::opened_store {
    explicit opened_sqlite(const testing::store_parts& given) : parts(given) { open(); }
    event_store& store() override { return *events; }
    bool reopen() override {
        events.reset();
        file.reset();
        open();
        return true;
    }
    void open() {
        file.emplace(folder / "store.db", sqlite::database_options{.durable = sqlite::durability::off});
        events.emplace(*file, parts.time, parts.ids, sqlite::event_store_options{.limits = parts.limits});
    }

    scratch_folder folder;
    testing::store_parts parts;
    std::optional<sqlite::database> file;
    std::optional<sqlite::sqlite_event_store> events;
};

std::unique_ptr<testing::opened_store> open_sqlite(const testing::store_parts& parts) {
    return std::make_unique<opened_sqlite>(parts);
}

/// A snapshot store with the file that it stands on.
struct opened_snapshots : snapshot_store {
    void save(const snapshot& taken, std::size_t kept) override { store.save(taken, kept); }
    [[nodiscard]] std::optional<found_snapshot> nearest(const snapshot_query& query) const override {
        return store.nearest(query);
    }
    void drop(const stream_id& stream, stream_version version) override { store.drop(stream, version); }
    void drop_all(const stream_id& stream) override { store.drop_all(stream); }

    scratch_folder folder;
    sqlite::database file{folder / "store.db", {.durable = sqlite::durability::off}};
    sqlite::sqlite_snapshot_store store{file};
};

/// A store in a file, opened and closed by hand.
struct world {
    world() { open(); }

    sqlite::sqlite_event_store& open(sqlite::open_mode mode = sqlite::open_mode::create) {
        close();
        file.emplace(path(), sqlite::database_options{.mode = mode, .durable = sqlite::durability::off});
        return store.emplace(*file, time, ids);
    }
    void close() {
        store.reset();
        file.reset();
    }
    [[nodiscard]] std::filesystem::path path() const { return folder / "store.db"; }

    scratch_folder folder;
    testing::manual_clock time;
    testing::sequential_ids ids;
    std::optional<sqlite::database> file;
    std::optional<sqlite::sqlite_event_store> store;
};

event_data event_of(std::string payload, event_type type = {"line-added", 1}) {
    event_data event;
    event.type = type;
    event.payload = std::move(payload);
    return event;
}

append_request one(stream_id stream, std::string payload, expected_version expected = expected_version::any()) {
    return append_request::to(std::move(stream), expected, {event_of(std::move(payload))});
}

const stream_id a{"order", "a"};
const stream_id b{"order", "b"};
const stream_id c{"note", "c"};

/// Everything that an event says.
std::string text_of(const event_store& store, const event_view& event) {
    return event.stream.to_string() + ' ' + std::to_string(event.version.value) + " at " +
           std::to_string(event.position.value) + ' ' + store.type_of(event.type).to_string() + ' ' +
           event.id.to_string() + ' ' + std::to_string(event.recorded_at.time_since_epoch().count()) + ' ' +
           std::to_string(event.occurred_at.time_since_epoch().count()) + " [" + std::string(event.metadata) + "] [" +
           std::string(event.payload) + ']';
}

std::vector<std::string> all_of(const event_store& store, const read_query& query) {
    std::vector<std::string> events;
    store.read(query, many, [&](const event_view& event) { events.push_back(text_of(store, event)); });
    return events;
}

/// Ten events of three streams in a closed file. The one to be damaged is the fourth of `a`, at position 7.
struct damaged_world : world {
    damaged_world() {
        const auto put = [&](const stream_id& stream, event_type type, bool dated = false) {
            event_data event = event_of("payload", type);
            event.payload += std::to_string(store->head().value + 1);
            event.metadata = encode(metadata{.actor = "Ada"});
            if (dated) event.occurred_at = time.now() - std::chrono::hours{30};
            time.advance(std::chrono::seconds{1});
            REQUIRE(std::holds_alternative<appended>(
                store->append(append_request::to(stream, expected_version::any(), {event}))));
        };
        const event_type added{"line-added", 1};
        const event_type moved{"line-moved", 2};
        const event_type noted{"note-taken", 1};
        put(a, moved);
        put(b, moved);
        put(a, moved);
        put(c, noted);
        put(a, moved);
        put(b, moved);
        put(a, added, true);
        put(b, moved);
        put(a, moved);
        put(c, noted);
        for (auto& event : all_of(*store, read_query::all())) intact.insert(std::move(event));
        close();
        raw_sqlite{path()}.execute("drop trigger log_events_are_not_changed; drop trigger log_events_are_not_deleted");
    }

    void damage(const std::string& sql) {
        raw_sqlite raw{path()};
        raw.execute(sql);
        REQUIRE(raw.changes() == 1);
    }

    /// Reads to the end in pages. What stopped it, or nothing; notes each event that never stood in the file like that.
    std::string failure_of(const event_store& events, read_query query, batch_limit limit) {
        try {
            for (;;) {
                const page read = events.read(query, limit, [&](const event_view& event) {
                    if (auto text = text_of(events, event); !intact.contains(text)) changed.push_back(text);
                });
                if (read.at_end) return "";
                query = query.from(read);
            }
        } catch (const corrupt_event& found) {
            CHECK(says(found.what(), std::to_string(found.position.value)));
            CHECK(says(found.what(), path().string()));
            return found.what();
        } catch (const event_failure& found) {
            return found.what();
        }
    }

    std::set<std::string> intact;
    std::vector<std::string> changed;
};

}  // namespace

TEST_CASE("sqlite store: keeps the contract on a real file, reopened") {
    for (const auto& promise : testing::event_store_contract()) {
        if (promise.name.starts_with("threads:")) continue;
        const std::string why = testing::failure_of(promise, open_sqlite).value_or("");
        CHECK_MESSAGE(why == "", std::string(promise.name), ": ", why);
    }
}

TEST_CASE("sqlite snapshot store: keeps the contract") {
    CHECK_NOTHROW(testing::run_snapshot_store_contract([] { return std::make_unique<opened_snapshots>(); }));
}

TEST_CASE("sqlite store: a reader beside the writer sees what is committed later") {
    world world;
    sqlite::database beside{world.path(), {.mode = sqlite::open_mode::read_only}};
    const sqlite::sqlite_event_store reader{beside, world.time, world.ids};
    CHECK(reader.identity() == world.store->identity());
    CHECK(reader.head() == global_position{0});
    for (int round = 1; round <= 3; ++round) {
        (void)world.store->append(one(a, std::to_string(round)));
        CHECK(reader.head() == global_position{round});
        CHECK(all_of(reader, read_query::all()) == all_of(*world.store, read_query::all()));
        CHECK(all_of(reader, read_query::stream(a)).size() == static_cast<std::size_t>(round));
    }
    CHECK(reader.stored_types() == std::vector<event_type>{{"line-added", 1}});
}

TEST_CASE("sqlite store: opened for reading it refuses to append, and says that nothing was stored") {
    world world;
    (void)world.store->append(one(a, "first"));
    auto& reader = world.open(sqlite::open_mode::read_only);
    try {
        (void)reader.append(one(a, "second"));
        FAIL("it appended");
    } catch (const storage_error& refused) {
        CHECK(refused.outcome == write_outcome::nothing_stored);
        CHECK(says(refused.what(), "reading only"));
    }
    CHECK(world.open().head() == global_position{1});
}

TEST_CASE("sqlite store: no other program changes or deletes an event by mistake") {
    world world;
    auto request = one(a, "first");
    request.writes[0].events[0].id = event_id{uuid::from_name("first")};
    (void)world.store->append(request);
    const auto before = all_of(*world.store, read_query::all());
    raw_sqlite raw{world.path()};
    for (const char* column : {"position", "stream", "version", "type", "event_id", "recorded_at", "occurred_at",
                               "format", "metadata", "payload", "checksum"})
        CHECK(raw.refusal(std::string("update log_events set ") + column + " = " + column) ==
              "events are never changed");
    CHECK(raw.refusal("delete from log_events") == "events are never deleted");
    CHECK(raw.refusal("update log_appends set count = 7") == "the record of an append is never changed");
    CHECK(raw.refusal("delete from log_appends") == "the record of an append is never deleted");
    CHECK(all_of(*world.store, read_query::all()) == before);
    CHECK(raw.text("select count(*) from log_appends") == "1");
}

TEST_CASE("sqlite store: a damaged row stops every read that meets it") {
    struct damage {
        std::string sql;
        bool in_stream = true;
        bool row_stays = true;
    };
    const auto row = [](const std::string& change) {
        return damage{"update log_events set " + change + " where position = 7"};
    };
    const std::vector<damage> damages{
        row("position = 100"),
        {"update log_events set stream = (select stream from log_streams where id = 'b') where position = 7", true,
         false},
        {"update log_events set stream = 99 where position = 7", true, false},
        {"update log_events set stream = 0 where position = 7", true, false},
        {"update log_events set stream = -7 where position = 7", true, false},
        row("version = 100"),
        {"update log_events set version = 0 where position = 7", true, false},
        row("type = (select type from log_types where name = 'line-moved')"),
        row("type = 99"),
        row("type = -1"),
        row("type = 9223372036854775807"),
        row("event_id = (select event_id from log_events where position = 6)"),
        row("event_id = x'00'"),
        row("event_id = x''"),
        row("recorded_at = recorded_at + 1"),
        row("occurred_at = occurred_at + 1"),
        row("occurred_at = null"),
        row("occurred_at = recorded_at"),
        row("format = 1"),
        row("format = 256"),
        row("metadata = x''"),
        row("metadata = substr(metadata, 2)"),
        row("payload = cast('payload8' as blob)"),
        row("payload = x''"),
        row("payload = cast(payload || x'00' as blob)"),
        row("metadata = payload, payload = metadata"),
        row("checksum = checksum + 1"),
        row("checksum = 0"),
        {"update log_streams set id = 'z' where id = 'a'", false},
        {"update log_streams set category = 'parcel' where id = 'a'", false},
        {"update log_streams set stream = 50 where id = 'a'", false},
        {"update log_types set name = 'line-lost' where name = 'line-added'"},
        {"update log_types set version = 2 where name = 'line-added'"},
        {"delete from log_types where name = 'line-added'"},
    };
    for (const auto& damage : damages) {
        CAPTURE(damage.sql);
        damaged_world world;
        world.damage(damage.sql);
        const auto& store = world.open(sqlite::open_mode::read_only);
        for (const std::size_t size : {1U, 2U, 1000U}) {
            CAPTURE(size);
            const batch_limit limit{size};
            const auto stops = [&](const read_query& query) {
                CHECK(world.failure_of(store, query, limit) != "");
                CHECK(world.failure_of(store, query.backward(), limit) != "");
            };
            stops(read_query::all());
            // Nobody can say which category, type or correlation a damaged row has.
            stops(read_query::category("order"));
            stops(read_query::category("note"));
            stops(read_query::all().of_types({event_type{"note-taken", 1}}));
            stops(read_query::all().with_correlation("none"));
            // Where the row has left its stream there is a hole, found by whoever reads over it in one page.
            if (damage.in_stream && (damage.row_stays || size == 1000U)) stops(read_query::stream(a));
            (void)world.failure_of(store, read_query::stream(b), limit);
            CHECK(world.failure_of(store, read_query::stream(c), limit) == "");
        }
        CHECK(world.changed == std::vector<std::string>{});
    }
}

TEST_CASE("sqlite store: an event under another stream's name is not handed out as that one's") {
    for (const auto& [sql, query] : std::vector<std::pair<std::string, read_query>>{
             {"update log_events set stream = (select stream from log_streams where id = 'b') where position = 7",
              read_query::stream(b)},
             {"update log_streams set id = 'z' where id = 'a'", read_query::stream({"order", "z"})},
             {"update log_streams set category = 'parcel' where id = 'a'", read_query::stream({"parcel", "a"})},
             {"update log_streams set category = 'parcel' where id = 'a'", read_query::category("parcel")},
             {"update log_streams set category = 'note' where id = 'a'", read_query::category("note")}}) {
        CAPTURE(sql);
        damaged_world world;
        world.damage(sql);
        const auto& store = world.open(sqlite::open_mode::read_only);
        CHECK(world.failure_of(store, query, many) != "");
        CHECK(world.failure_of(store, query.backward(), many) != "");
        CHECK(world.changed == std::vector<std::string>{});
    }
}

TEST_CASE("sqlite store: a lost event is found by whoever reads over its place") {
    damaged_world world;
    world.damage("delete from log_events where position = 7");
    const auto& store = world.open(sqlite::open_mode::read_only);
    for (const auto& [query, lost] :
         {std::pair{read_query::all(), "the events at positions 7 to 7 are missing"},
          std::pair{read_query::category("note"), "the events at positions 7 to 7 are missing"},
          std::pair{read_query::stream(a), "versions 4 to 4 of its stream are missing"}}) {
        CHECK(says(world.failure_of(store, query, many), lost));
        CHECK(says(world.failure_of(store, query, batch_limit{1}), lost));
        CHECK(says(world.failure_of(store, query.backward(), many), lost));
        CHECK(says(world.failure_of(store, query.backward(), batch_limit{1}), lost));
    }
    const auto below = read_query::all().before(global_position{8});
    CHECK(says(world.failure_of(store, below, many), "7 to 7 are missing"));
    CHECK(says(world.failure_of(store, below.backward(), many), "7 to 7 are missing"));
    CHECK(says(world.failure_of(store, below.after(global_position{6}), many), "7 to 7 are missing"));
    CHECK(says(world.failure_of(store, read_query::all().after(global_position{6}), many), "7 to 7 are missing"));
    CHECK(world.failure_of(store, read_query::all().after(global_position{7}), many) == "");
    CHECK(world.failure_of(store, read_query::stream(b), many) == "");
    CHECK(world.changed == std::vector<std::string>{});
}

TEST_CASE("sqlite store: a lost first event is found by whoever reads back to the beginning") {
    damaged_world world;
    world.damage("delete from log_events where position = 1");
    const auto& store = world.open(sqlite::open_mode::read_only);
    CHECK(says(world.failure_of(store, read_query::all().backward(), many), "1 to 1 are missing"));
    CHECK(says(world.failure_of(store, read_query::all(), many), "1 to 1 are missing"));
}

TEST_CASE("sqlite store: bounds beyond either end of a whole log are no holes") {
    damaged_world world;
    const auto& store = world.open(sqlite::open_mode::read_only);
    for (const auto& query :
         {read_query::all().after(global_position{-2}), read_query::all().before(global_position{1000}),
          read_query::all().after(global_position{-2}).before(global_position{0}),
          read_query::all().after(global_position{900}).before(global_position{1000})}) {
        CHECK(world.failure_of(store, query, many) == "");
        CHECK(world.failure_of(store, query.backward(), many) == "");
    }
}

TEST_CASE("sqlite store: events that were removed on purpose are no lost ones") {
    damaged_world world;
    world.damage("delete from log_events where position = 7");
    world.damage("insert into log_purges values (7, 7, 0, 'asked for')");
    const auto& store = world.open(sqlite::open_mode::read_only);
    CHECK(world.failure_of(store, read_query::all(), many) == "");
    CHECK(world.failure_of(store, read_query::all().backward(), many) == "");
    CHECK(world.failure_of(store, read_query::category("order"), batch_limit{1}) == "");
    CHECK(world.failure_of(store, read_query::category("order").backward(), many) == "");
    CHECK(all_of(store, read_query::all()).size() == 9);
}

TEST_CASE("guards: purged events before, at and behind a checkpoint neither stop a follower nor hide others (row 17)") {
    damaged_world world;
    world.damage("delete from log_events where position = 7");
    for (const int position : {3, 4, 8})
        world.damage("delete from log_events where position = " + std::to_string(position));
    world.damage("insert into log_purges values (3, 4, 0, 'asked for')");
    world.damage("insert into log_purges values (7, 8, 0, 'asked for')");
    const auto& store = world.open(sqlite::open_mode::read_only);
    for (std::int64_t checkpoint = 0; checkpoint <= 10; ++checkpoint)
        for (const std::size_t batch : {1U, 2U, 3U, 100U}) {
            CAPTURE(checkpoint);
            CAPTURE(batch);
            std::vector<std::int64_t> seen;
            subscription feed{store, read_query::all().after(global_position{checkpoint}), batch_limit{batch}};
            while (feed.poll([&](const event_view& event) { seen.push_back(event.position.value); })) {}
            std::vector<std::int64_t> rest;
            for (const std::int64_t position : {1, 2, 5, 6, 9, 10})
                if (position > checkpoint) rest.push_back(position);
            CHECK(seen == rest);
            CHECK(feed.position() == global_position{10});
        }
}

TEST_CASE("sqlite store: a page passes so many events that do not match, and no more") {
    world world;
    constexpr std::size_t most_skipped = 50'000;
    const std::vector<event_data> batch(10'000, event_of("x", {"line-added", 1}));
    for (int i = 0; i < 6; ++i) (void)world.store->append(append_request::to(a, expected_version::any(), batch));
    (void)world.store->append(one(c, "found"));
    for (const auto& query : {read_query::category(c.category()), read_query::all().with_correlation("none"),
                              read_query::stream(a).of_types({event_type{"never", 1}})}) {
        const page first = world.store->read(query, many, [](const event_view&) { FAIL("nothing matches so early"); });
        CHECK(first.events == 0);
        CHECK_FALSE(first.at_end);
        CHECK(first.last_position == global_position{most_skipped});
        const page second = world.store->read(query.from(first), many, [](const event_view&) {});
        CHECK(second.at_end);
    }
    subscription feed{*world.store, read_query::category(c.category())};
    std::vector<std::int64_t> seen;
    while (feed.poll([&](const event_view& event) { seen.push_back(event.position.value); })) {}
    CHECK(seen == std::vector<std::int64_t>{60'001});
}

TEST_CASE("sqlite store: an event is read with nothing but the schema that the file keeps") {
    world world;
    bank::v1::AccountOpened opened;
    opened.set_owner("Ada");
    const auto write = [&] {
        (void)world.store->append(append_request::to(a, expected_version::any(), {to_event(opened)}));
    };
    CHECK(world.store->stored_schemas({"account-opened", 1}).empty());
    write();
    write();
    auto& store = world.open(sqlite::open_mode::read_only);
    CHECK(raw_sqlite{world.path()}.text("select count(*) from log_schemas") == "1");
    CHECK(store.stored_schemas({"account-opened", 2}).empty());
    const auto schemas = store.stored_schemas({"account-opened", 1});
    REQUIRE(schemas.size() == 1);
    const auto* schema = &schemas.front();

    google::protobuf::DescriptorPool pool;
    for (const char* name : {"google/protobuf/descriptor.proto", "foldline/options.proto"}) {
        google::protobuf::FileDescriptorProto known;
        google::protobuf::DescriptorPool::generated_pool()->FindFileByName(name)->CopyTo(&known);
        REQUIRE(pool.BuildFile(known));
    }
    google::protobuf::FileDescriptorSet files;
    REQUIRE(files.ParseFromString(schema->descriptor_set));
    for (const auto& file : files.file()) REQUIRE(pool.BuildFile(file));
    const auto* descriptor = pool.FindMessageTypeByName(schema->message);
    REQUIRE(descriptor);
    google::protobuf::DynamicMessageFactory factory{&pool};
    const std::unique_ptr<google::protobuf::Message> read{factory.GetPrototype(descriptor)->New()};
    store.read(read_query::stream(a), batch_limit{1},
               [&](const event_view& event) { CHECK(read->ParseFromString(std::string(event.payload))); });
    CHECK(read->GetReflection()->GetString(*read, descriptor->FindFieldByName("owner")) == "Ada");
    CHECK(read->GetReflection()->GetUnknownFields(*read).empty());
}

TEST_CASE("sqlite store: each append that stores something gives one signal, and others none") {
    world world;
    std::vector<std::int64_t> heads;
    const auto connection = world.store->commits().connect([&](global_position head) { heads.push_back(head.value); });
    auto request = one(a, "first", expected_version::no_stream());
    request.writes[0].events[0].id = event_id{uuid::from_name("first")};
    (void)world.store->append(request);
    CHECK(heads == std::vector<std::int64_t>{1});
    (void)world.store->append(request);
    (void)world.store->append(one(a, "conflict", expected_version::no_stream()));
    CHECK_THROWS_AS((void)world.store->append(append_request{}), invalid_request);
    CHECK(heads == std::vector<std::int64_t>{1});
    (void)world.store->append(append_request::to(b, expected_version::any(), {event_of("x"), event_of("y")}));
    CHECK(heads == std::vector<std::int64_t>{1, 3});
}

TEST_SUITE("threads") {
    TEST_CASE("sqlite store: keeps the contract's promises to many callers") {
        for (const auto& promise : testing::event_store_contract()) {
            if (!promise.name.starts_with("threads:")) continue;
            const std::string why = testing::failure_of(promise, open_sqlite).value_or("");
            CHECK_MESSAGE(why == "", std::string(promise.name), ": ", why);
        }
    }

    TEST_CASE("sqlite store: callers that share commits have each their own result") {
        constexpr int callers = 16;
        constexpr int appends = 50;
        const stream_id shared{"order", "shared"};
        world world;
        auto& store = *world.store;
        struct report {
            std::vector<std::int64_t> positions{};
            std::vector<std::int64_t> shared_versions{};
            std::vector<std::string> faults{};
            int refused = 0;
        };
        std::vector<report> reports(callers);
        auto signals = std::make_shared<std::atomic<int>>(0);
        auto highest = std::make_shared<std::atomic<std::int64_t>>(0);
        const auto connection = store.commits().connect([signals, highest](global_position head) {
            ++*signals;
            for (auto seen = highest->load(); seen < head.value && !highest->compare_exchange_weak(seen, head.value);) {
            }
        });

        const auto work = [&](int caller) {
            report& mine = reports[static_cast<std::size_t>(caller)];
            const stream_id own{"order", "own" + std::to_string(caller)};
            std::int64_t own_at = 0;
            std::int64_t shared_at = 0;
            for (int i = 0; i < appends; ++i) {
                if (i == appends / 2) {
                    try {
                        (void)store.append(one(own, std::string(append_limits{}.payload_bytes + 1, 'x')));
                        mine.faults.emplace_back("an oversized request was stored");
                    } catch (const limit_exceeded&) {
                        ++mine.refused;
                    }
                }
                const bool on_own = i % 2 == 0;
                const std::string payload = std::to_string(caller) + '/' + std::to_string(i);
                for (bool done = false; !done;) {
                    std::int64_t& at = on_own ? own_at : shared_at;
                    const auto result = store.append(
                        one(on_own ? own : shared, payload, expected_version::exactly(stream_version{at})));
                    if (const auto* stored = std::get_if<appended>(&result)) {
                        if (stored->version.value != at + 1) mine.faults.push_back("wrong version for " + payload);
                        at = stored->version.value;
                        mine.positions.push_back(stored->position.value);
                        if (!on_own) mine.shared_versions.push_back(at);
                        done = true;
                    } else if (const auto* conflict = std::get_if<version_conflict>(&result);
                               conflict && !on_own && conflict->stream == shared && conflict->actual.value > at) {
                        // A version that was never reached would make the next conflict go back.
                        at = conflict->actual.value;
                    } else {
                        mine.faults.push_back("wrong refusal of " + payload);
                        done = true;
                    }
                }
            }
        };
        {
            std::vector<std::jthread> threads;
            for (int caller = 0; caller < callers; ++caller) threads.emplace_back(work, caller);
        }

        std::set<std::int64_t> positions;
        std::set<std::int64_t> shared_versions;
        for (const auto& report : reports) {
            CHECK(report.faults == std::vector<std::string>{});
            CHECK(report.refused == 1);
            positions.insert(report.positions.begin(), report.positions.end());
            shared_versions.insert(report.shared_versions.begin(), report.shared_versions.end());
        }
        constexpr std::int64_t all = callers * appends;
        CHECK(positions.size() == std::size_t{all});
        CHECK(*positions.begin() == 1);
        CHECK(*positions.rbegin() == all);
        CHECK(shared_versions.size() == std::size_t{all / 2});
        CHECK(*shared_versions.rbegin() == all / 2);
        CHECK(*signals > 0);
        CHECK(*signals <= all);
        CHECK(*highest == all);

        const auto& reopened = world.open(sqlite::open_mode::existing);
        std::set<std::string> payloads;
        const auto collect = [&](const event_view& event) { payloads.emplace(event.payload); };
        CHECK(reopened.read(read_query::all(), many, collect).events == std::size_t{all});
        CHECK(payloads.size() == std::size_t{all});
        CHECK(reopened.read(read_query::stream(shared), many, collect).last_version == stream_version{all / 2});
        for (int caller = 0; caller < callers; ++caller) {
            const auto own = read_query::stream({"order", "own" + std::to_string(caller)});
            CHECK(reopened.read(own, many, collect).last_version == stream_version{appends / 2});
        }
    }
}
