// The schemas that a file keeps, revision after revision, and those that it refuses.

#include "raw_sqlite.hpp"
#include "support/scratch_folder.hpp"
#include "support/text_schema.hpp"

#include <foldline_tests/bank/v1/account.pb.h>
#include <foldline/core/codec.hpp>
#include <foldline/core/error.hpp>
#include <foldline/eventstore/append_queue.hpp>
#include <foldline/projections/sql_projection.hpp>
#include <foldline/sqlite/sqlite_event_store.hpp>
#include <foldline/sqlite/verify.hpp>
#include <foldline/testing/manual_clock.hpp>
#include <foldline/testing/sequential_ids.hpp>

#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <barrier>
#include <future>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace foldline;
using namespace foldline_tests;

const stream_id a{"order", "a"};
const stream_id b{"order", "b"};

const event_schema plain = text_schema(text_field("id", 1, "STRING"));
const event_schema with_note = text_schema(text_field("id", 1, "STRING") + text_field("note", 2, "STRING"));
const event_schema with_sum = text_schema(text_field("id", 1, "STRING") + text_field("sum", 2, "INT64"));
const event_schema number_for_text = text_schema(text_field("id", 1, "INT32"));
const event_schema renamed_field = text_schema(text_field("key", 1, "STRING"));
const event_schema other_type = text_schema(text_field("id", 1, "INT32"), {"paid", 1});

append_request one(const event_schema& schema, const stream_id& stream = a) {
    return append_request::to(stream, expected_version::any(), {event_of(schema)});
}

/// A store in a file, opened and closed by hand; `beside` opens a second one on the same file.
struct schema_store {
    schema_store() { open(); }

    sqlite::sqlite_event_store& open(sqlite::event_store_options options = {}) {
        store.reset();
        file.reset();
        file.emplace(path(), sqlite::database_options{.durable = sqlite::durability::off});
        return store.emplace(*file, time, ids, std::move(options));
    }
    [[nodiscard]] std::filesystem::path path() const { return folder / "store.db"; }

    /// Every row of log_schemas as `type/revision/first_position`.
    [[nodiscard]] std::string rows() const {
        return raw_sqlite{path()}.text(
            "select coalesce(group_concat(type || '/' || revision || '/' || first_position, ' '), '') from "
            "(select * from log_schemas order by type, revision)");
    }
    [[nodiscard]] std::string count(const std::string& table) const {
        return raw_sqlite{path()}.text("select count(*) from " + table);
    }
    [[nodiscard]] bool is_sound() const { return sqlite::verify(*file).is_sound(); }

    scratch_folder folder;
    testing::manual_clock time;
    testing::sequential_ids ids;
    std::optional<sqlite::database> file;
    std::optional<sqlite::sqlite_event_store> store;
};

/// Another process, as far as the file is concerned.
struct other_store {
    explicit other_store(const std::filesystem::path& path, std::uint32_t seed = 77)
        : ids(seed), file(path, {.durable = sqlite::durability::off}), store(file, time, ids) {}

    testing::manual_clock time;
    testing::sequential_ids ids;
    sqlite::database file;
    sqlite::sqlite_event_store store;
};

std::string refusal_of(event_store& store, const append_request& request) {
    try {
        (void)store.append(request);
        return {};
    } catch (const incompatible_schema& refused) {
        return refused.what();
    }
}

bool says(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("schemas: the first event of a schema adds a revision, with its position, and no other event does") {
    schema_store world;
    CHECK(world.store->stored_schemas(plain.type).empty());
    (void)world.store->append(one(plain));
    (void)world.store->append(one(plain, b));
    CHECK(world.rows() == "1/1/1");
    (void)world.store->append(append_request::to(a, expected_version::any(), {event_of(plain), event_of(with_note)}));
    CHECK(world.rows() == "1/1/1 1/2/4");
    (void)world.store->append(one(plain));
    (void)world.store->append(one(with_note));
    (void)world.store->append(one(other_type));
    CHECK(world.rows() == "1/1/1 1/2/4 2/1/7");

    const auto stored = world.store->stored_schemas(plain.type);
    REQUIRE(stored.size() == 2);
    CHECK(stored[0].descriptor_set == plain.descriptor_set);
    CHECK(stored[1].descriptor_set == with_note.descriptor_set);
    CHECK(stored[1].message == "shop.Placed");
    CHECK(stored[1].type == plain.type);
    CHECK(world.is_sound());
}

TEST_CASE("schemas: what another program has stored is found, also by one that began before") {
    schema_store world;
    (void)world.store->append(one(plain));
    {
        const event_schema same = with_note;
        other_store other{world.path()};
        (void)other.store.append(one(same));
    }
    (void)world.store->append(one(with_note));
    (void)world.open().append(one(with_note));
    CHECK(world.rows() == "1/1/1 1/2/2");
}

TEST_CASE("schemas: one that was stored with whole files is the same as what its event needs of them") {
    schema_store world;
    // As format 1 has stored it.
    event_schema whole = plain;
    google::protobuf::FileDescriptorSet files;
    REQUIRE(files.ParseFromString(whole.descriptor_set));
    files.mutable_file(0)->add_message_type()->set_name("Neighbour");
    whole.descriptor_set = files.SerializeAsString();
    (void)world.store->append(one(whole));
    (void)world.store->append(one(plain));
    (void)world.open().append(one(plain));
    CHECK(world.rows() == "1/1/1");
    CHECK(world.store->stored_schemas(plain.type).at(0).descriptor_set == whole.descriptor_set);
}

TEST_CASE("schemas: a type whose first events came without one gets its first revision later") {
    schema_store world;
    event_data bare = event_of(plain);
    bare.schema = nullptr;
    (void)world.store->append(append_request::to(a, expected_version::any(), {bare}));
    (void)world.store->append(one(number_for_text));
    CHECK(world.rows() == "1/1/2");
    CHECK(refusal_of(*world.store, one(plain)) != "");
    (void)world.store->append(append_request::to(a, expected_version::any(), {bare}));
    CHECK(world.store->head() == global_position{3});
    CHECK(world.is_sound());
}

TEST_CASE("schemas: an incompatible one is refused, with the rule and the field, and nothing of it is stored") {
    schema_store world;
    (void)world.store->append(one(plain));
    for (int again = 0; again < 3; ++again) {
        const std::string why = refusal_of(*world.store, one(number_for_text, {"new", "stream"}));
        CHECK(says(why, "placed@1"));
        CHECK(says(why, "shop.Placed.id"));
    }
    CHECK(world.rows() == "1/1/1");
    CHECK(world.count("log_streams") == "1");
    CHECK(world.store->head() == global_position{1});
    // The store goes on, and the refused one stays refused in a program that is new to it.
    (void)world.store->append(one(with_note));
    CHECK(refusal_of(world.open(), one(number_for_text)) != "");
    CHECK(world.rows() == "1/1/1 1/2/2");
    CHECK(world.is_sound());
}

TEST_CASE("schemas: of a request with one that is refused nothing is stored, whatever stands before it") {
    schema_store world;
    (void)world.store->append(one(plain));
    append_request request = one(other_type, b);
    request.writes[0].events.push_back(event_of(with_note));
    request.writes.push_back({{"order", "c"}, expected_version::any(), {event_of(plain), event_of(number_for_text)}});
    CHECK(refusal_of(*world.store, request) != "");
    CHECK(world.rows() == "1/1/1");
    CHECK(world.count("log_streams") == "1");
    CHECK(world.count("log_types") == "1");
    // Nothing of it is remembered either: each part is stored when it comes alone.
    (void)world.store->append(one(other_type, b));
    (void)world.store->append(one(with_note, b));
    CHECK(world.rows() == "1/1/1 1/2/3 2/1/2");
    CHECK(world.is_sound());
}

TEST_CASE("schemas: a refusal does not disturb the neighbours that share the commit") {
    schema_store world;
    (void)world.store->append(one(plain));
    const std::array requests{one(with_note, b), one(number_for_text), one(with_sum, {"order", "c"}), one(plain)};
    std::vector<append_attempt> attempts;
    for (const auto& request : requests) attempts.push_back({&request, {}, {}});
    int commits = 0;
    const auto connection = world.store->commits().connect([&](global_position) { ++commits; });
    world.store->append_group(attempts);
    CHECK(std::get<appended>(*attempts[0].result).position == global_position{2});
    CHECK_THROWS_AS(std::rethrow_exception(attempts[1].failure), incompatible_schema);
    CHECK_THROWS_AS(std::rethrow_exception(attempts[2].failure), incompatible_schema);  // beside the neighbour's
    CHECK(std::get<appended>(*attempts[3].result).position == global_position{3});
    CHECK(commits == 1);
    CHECK(world.rows() == "1/1/1 1/2/2");
    CHECK(world.is_sound());
}

TEST_CASE("schemas: what is asked of them is the caller's choice") {
    schema_store world;
    (void)world.store->append(one(plain));
    CHECK(refusal_of(world.open({.schemas = {.level = schema_level::json}}), one(renamed_field)) != "");
    CHECK(refusal_of(world.open(), one(renamed_field)) == "");
    CHECK(refusal_of(world.open({.schemas = {.mode = compatibility_mode::none}}), one(number_for_text)) == "");
    CHECK(world.rows() == "1/1/1 1/2/2 1/3/3");
}

TEST_CASE("schemas: a refusal ends when another program has stored that very schema") {
    schema_store world;
    (void)world.store->append(one(plain));
    CHECK(refusal_of(*world.store, one(number_for_text)) != "");
    {
        testing::manual_clock time;
        testing::sequential_ids ids{99};
        sqlite::database file{world.path(), {.durable = sqlite::durability::off}};
        sqlite::sqlite_event_store careless{file, time, ids, {.schemas = {.mode = compatibility_mode::none}}};
        (void)careless.append(one(number_for_text));
    }
    CHECK(refusal_of(*world.store, one(number_for_text)) == "");
    CHECK(world.rows() == "1/1/1 1/2/2");
}

TEST_CASE("schemas: a revision whose append is undone is not there, and comes with the next one") {
    sql_projection strict{"strict", 1};
    strict.table("strict", "create table strict (id text) strict");
    strict.on([](const bank::v1::MoneyDeposited& deposit, const event_view&, sql_session&) {
        if (deposit.note() == "bad") throw std::runtime_error("not this one");
    });
    schema_store world;
    auto& store = world.open({.inline_projections = {&strict}});
    (void)store.append(one(plain));
    bank::v1::MoneyDeposited bad;
    bad.set_note("bad");
    append_request request = one(with_note);
    request.writes[0].events.push_back(to_event(bad));
    CHECK_THROWS_AS((void)store.append(request), event_failure);
    CHECK(world.rows() == "1/1/1");
    (void)store.append(one(with_note));
    CHECK(world.rows() == "1/1/1 1/2/2");
}

TEST_CASE("schemas: a stored one that cannot be read lets no other beside it, and that append fails alone") {
    schema_store world;
    const event_schema garbage{plain.type, plain.message, "no descriptors"};
    (void)world.store->append(one(garbage));
    (void)world.store->append(one(garbage));
    CHECK_THROWS_AS((void)world.store->append(one(plain)), definition_error);
    (void)world.store->append(one(other_type));
    CHECK(world.rows() == "1/1/1 2/1/3");
}

TEST_CASE("schemas: a repeated append has its first answer, though its schema would be refused by now") {
    schema_store world;
    append_request careless = one(number_for_text);
    careless.writes[0].events[0].id = event_id{uuid::from_name("first")};
    auto& taking_all = world.open({.schemas = {.mode = compatibility_mode::none}});
    (void)taking_all.append(one(plain));
    const auto first = std::get<appended>(taking_all.append(careless));
    raw_sqlite{world.path()}.execute("delete from log_schemas where revision = 2");  // as if it had never been let in
    auto& strict = world.open();
    CHECK(refusal_of(strict, one(number_for_text)) != "");
    for (int again = 0; again < 2; ++again) {
        const auto repeated = std::get<appended>(strict.append(careless));
        CHECK(repeated.position == first.position);
        CHECK(repeated.when == stored::before);
    }
    CHECK(refusal_of(strict, one(number_for_text)) != "");
    CHECK(world.count("log_events") == "2");
}

TEST_CASE("schemas: a stream that was to begin with a refused one begins with the next append, at version 1") {
    schema_store world;
    (void)world.store->append(one(plain));
    for (int again = 0; again < 2; ++again) {
        append_request request = one(with_note, b);
        request.writes.push_back({{"order", "c"}, expected_version::no_stream(), {event_of(number_for_text)}});
        CHECK(refusal_of(*world.store, request) != "");
        CHECK(world.count("log_streams") == "1");
    }
    CHECK(std::get<appended>(world.store->append(one(with_note, b))).version == stream_version{1});
    CHECK(std::get<appended>(world.store->append(one(plain, {"order", "c"}))).version == stream_version{1});
    CHECK(world.rows() == "1/1/1 1/2/2");
    CHECK(world.is_sound());
}

TEST_CASE("schemas: a queue answers a refusal to whoever it concerns, and goes on") {
    schema_store world;
    (void)world.store->append(one(plain));
    append_queue queue{*world.store};
    std::vector<std::future<append_result>> answers;
    for (int round = 0; round < 20; ++round) {
        answers.push_back(queue.append(one(plain)));
        answers.push_back(queue.append(one(number_for_text, b)));
    }
    while (queue.run_batch()) {}
    for (std::size_t i = 0; i < answers.size(); i += 2) {
        CHECK(std::holds_alternative<appended>(answers[i].get()));
        CHECK_THROWS_AS((void)answers[i + 1].get(), incompatible_schema);
    }
    CHECK(world.store->head() == global_position{21});
}

TEST_CASE("schemas: the writer of a file that was just made begins no transaction beside its own") {
    schema_store world;
    (void)world.store->append(one(plain));
    const sqlite::write_lease lease = world.file->lease_writer();
    // SQLite keeps its database of temporary tables open once it was needed, and takes it into every transaction.
    CHECK(lease.db().integer("select count(*) from pragma_database_list") == 1);
}

TEST_SUITE("threads") {
    TEST_CASE("schemas: of two that suit the stored one but not each other, sent at once, exactly one is stored") {
        for (int round = 0; round < 20; ++round) {
            schema_store world;
            (void)world.store->append(one(plain));
            other_store first{world.path(), 1'000};
            other_store second{world.path(), 2'000};
            std::barrier start{2};
            std::atomic<int> refused = 0;
            {
                const auto append = [&](event_store& store, const event_schema& schema, const stream_id& stream) {
                    start.arrive_and_wait();
                    for (int i = 0; i < 5; ++i) refused += refusal_of(store, one(schema, stream)).empty() ? 0 : 1;
                };
                std::jthread one_side{[&] { append(first.store, with_note, a); }};
                std::jthread other_side{[&] { append(second.store, with_sum, b); }};
            }
            CHECK(refused == 5);
            CHECK(world.store->head() == global_position{6});
            CHECK(world.store->stored_schemas(plain.type).size() == 2);
            CHECK(world.is_sound());
        }
    }
}
