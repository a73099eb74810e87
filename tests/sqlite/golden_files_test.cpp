// Files that released programs have written: every later one reads them, and goes on with them, for ever. README.md in
// tests/golden says what each is.

#include "foldline_tests/people/v1/members.pb.h"
#include "raw_sqlite.hpp"
#include "support/golden.hpp"
#include "support/scratch_folder.hpp"
#include "support/text_schema.hpp"

#include <foldline/core/error.hpp>
#include <foldline/core/metadata.hpp>
#include <foldline/core/protobuf_codec.hpp>
#include <foldline/sqlite/kept_upcasters.hpp>
#include <foldline/sqlite/sqlite_event_store.hpp>
#include <foldline/sqlite/sqlite_snapshot_store.hpp>
#include <foldline/sqlite/verify.hpp>
#include <foldline/testing/manual_clock.hpp>
#include <foldline/testing/sequential_ids.hpp>
#include <foldline/upcasters/message_schema.hpp>

#include <doctest/doctest.h>
#include <fmt/core.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <ostream>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace foldline;
using namespace foldline_tests;
using sqlite::open_mode;

constexpr const char* orders_schemas =
    "credit-line-added@1:1 credit-note-issued@1:1 credit-note-opened@1:1 order-line-added@1:1 order-opened@1:1 ";

/// What a file holds, as it was found when the file was added here.
struct golden_file {
    const char* name;
    int format;
    std::int64_t events;
    std::size_t streams;
    std::int64_t snapshots;
    std::size_t upcasters;
    std::string schemas;     ///< of each type how many, by the type's name
    std::uint64_t checksum;  ///< of all that readers get of the events
};

std::ostream& operator<<(std::ostream& out, const golden_file& file) { return out << file.name; }

const golden_file golden_files[] = {
    {"orders-format-1.db", 1, 135, 24, 0, 0, std::string(orders_schemas) + "order-placed@2:1 ", 14065669689021227498U},
    {"orders-format-1-placed-1.db", 1, 135, 24, 0, 0, std::string(orders_schemas) + "order-placed@1:1 ",
     3451868392089084571U},
    {"orders-format-1-placed-1-merged.db", 1, 135, 24, 0, 0, std::string(orders_schemas) + "order-placed@1:1 ",
     12409332229122915030U},
    {"format-2.db", 2, 54, 11, 1, 1, "noted@1:0 placed@1:2 placed@2:1 plan-changed@1:1 ", 4131620970529708790U},
};

std::string bytes_of(const std::filesystem::path& file) {
    std::ifstream in{file, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, std::istreambuf_iterator<char>{}};
}

/// FNV-1a, which is written down here so that it never changes.
class checksum {
public:
    void add(std::string_view text) {
        for (const char each : text) value_ = (value_ ^ static_cast<unsigned char>(each)) * 1'099'511'628'211U;
    }
    [[nodiscard]] std::uint64_t value() const { return value_; }

private:
    std::uint64_t value_ = 14'695'981'039'346'656'037U;
};

/// All that readers get of an event, but for how the store numbers its type.
std::string text_of(const event_store& store, const event_view& event) {
    return fmt::format("{} {} {} {} {} {} {} {}:{} {}:{}\n", event.position.value, event.stream.to_string(),
                       event.version.value, store.type_of(event.type).to_string(), event.id.to_string(),
                       event.recorded_at.time_since_epoch().count(), event.occurred_at.time_since_epoch().count(),
                       event.metadata.size(), event.metadata, event.payload.size(), event.payload);
}

/// A copy of a golden file, as a program that was started today finds it.
struct opened_copy {
    explicit opened_copy(const golden_file& of) {
        std::filesystem::copy_file(golden_folder() / of.name, path());
        std::filesystem::permissions(path(), std::filesystem::perms{0600});
    }
    sqlite::sqlite_event_store& open(open_mode mode) {
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
    testing::sequential_ids ids{4711};
    std::optional<sqlite::database> file;
    std::optional<sqlite::sqlite_event_store> store;
};

void check_events(const event_store& store, const golden_file& golden) {
    checksum all;
    std::set<std::string> streams;
    const page read = store.read(read_query::all().before(global_position{golden.events + 1}), batch_limit{10'000},
                                 [&](const event_view& event) {
                                     all.add(text_of(store, event));
                                     streams.insert(event.stream.to_string());
                                 });
    CHECK(static_cast<std::int64_t>(read.events) == golden.events);
    CHECK(streams.size() == golden.streams);
    CHECK(all.value() == golden.checksum);
    // The same through the index of the streams.
    std::size_t in_streams = 0;
    for (const std::string& name : streams) {
        const auto dash = name.find('-');
        const stream_id stream{name.substr(0, dash), name.substr(dash + 1)};
        in_streams += store.read(read_query::stream(stream), batch_limit{10'000}, [](const event_view&) {}).events;
    }
    CHECK(in_streams == read.events);
}

void check_schemas(const event_store& store, const golden_file& golden) {
    std::set<std::string> schemas;
    for (const event_type type : store.stored_types()) {
        const auto stored = store.stored_schemas(type);
        for (const event_schema& schema : stored) CHECK_NOTHROW((void)message_schema{schema});
        schemas.insert(fmt::format("{}:{} ", type.to_string(), stored.size()));
    }
    std::string text;
    for (const std::string& each : schemas) text += each;
    CHECK(text == golden.schemas);
}

std::string findings_of(const sqlite::database& file) {
    std::string text;
    for (const auto& each : sqlite::verify(file).findings) text += each.place + ": " + each.why + "\n";
    return text;
}

/// What a program of today has of a stored event: what it needs of the files, and perhaps one field more.
event_schema current(const event_schema& stored, bool has_grown) {
    google::protobuf::FileDescriptorSet files;
    REQUIRE(files.ParseFromString(pruned_descriptor_set(stored.descriptor_set, stored.message)));
    if (has_grown)
        for (auto& file : *files.mutable_file())
            for (auto& message : *file.mutable_message_type()) {
                if (file.package() + "." + message.name() != stored.message) continue;
                auto& field = *message.add_field();
                field.set_name("added_since");
                field.set_number(999);
                field.set_type(google::protobuf::FieldDescriptorProto::TYPE_STRING);
                field.set_label(google::protobuf::FieldDescriptorProto::LABEL_OPTIONAL);
            }
    return {stored.type, stored.message, files.SerializeAsString()};
}

append_request one(const event_schema& schema) {
    return append_request::to({"golden", "1"}, expected_version::any(), {event_of(schema, "")});
}

void write_format_2(const std::filesystem::path& path);

}  // namespace

TEST_CASE("golden file: it is read as it always was, and not changed by that") {
    for (const golden_file& golden : golden_files) {
        CAPTURE(golden);
        opened_copy copy{golden};
        const std::string before = bytes_of(copy.path());
        {
            const auto& store = copy.open(open_mode::read_only);
            check_events(store, golden);
            check_schemas(store, golden);
            CHECK(sqlite::kept_upcasters(*copy.file).size() == golden.upcasters);
            CHECK(findings_of(*copy.file) == "");
            CHECK(sqlite::verify(*copy.file).snapshots == golden.snapshots);
        }
        copy.close();
        CHECK(bytes_of(copy.path()) == before);
    }
}

TEST_CASE("golden file: it is brought up to date when it is opened for writing, and written on") {
    for (const golden_file& golden : golden_files) {
        CAPTURE(golden);
        opened_copy copy{golden};
        auto& store = copy.open(open_mode::existing);
        check_events(store, golden);
        check_schemas(store, golden);
        CHECK(findings_of(*copy.file) == "");

        const auto stored = store.stored_schemas(store.stored_types().front());
        const event_schema same = current(stored.back(), false);
        const event_schema grown = current(stored.back(), true);
        CHECK(std::get<appended>(store.append(one(same))).position == global_position{golden.events + 1});
        CHECK(store.stored_schemas(same.type).size() == stored.size());
        CHECK(std::get<appended>(store.append(one(grown))).version == stream_version{2});
        CHECK(store.stored_schemas(same.type).size() == stored.size() + 1);
        CHECK(store.stored_schemas(same.type).back().descriptor_set == grown.descriptor_set);

        auto& again = copy.open(open_mode::existing);
        check_events(again, golden);
        CHECK(again.head() == global_position{golden.events + 2});
        CHECK(findings_of(*copy.file) == "");
    }
}

TEST_CASE("golden file: the schemas of a file of format 1 are the first revisions of their types") {
    for (const golden_file& golden : golden_files) {
        if (golden.format != 1) continue;
        opened_copy copy{golden};
        (void)copy.open(open_mode::existing);
        copy.close();
        raw_sqlite raw{copy.path()};
        CHECK(raw.text("select version from foldline_components where name = 'eventstore'") == "2");
        CHECK(
            raw.text("select count(*) || ' ' || max(revision) || ' ' || max(first_position) || ' ' || count(checksum) "
                     "from log_schemas") == "6 1 0 0");
    }
}

TEST_CASE("golden file: a snapshot and an upcaster say what they always said") {
    opened_copy copy{golden_files[3]};
    const auto& store = copy.open(open_mode::read_only);
    const auto found = sqlite::sqlite_snapshot_store{*copy.file}.nearest({{"order", "0"}});
    REQUIRE(found);
    CHECK(found->bytes == snapshot_bytes::intact);
    CHECK(found->value.state == "state");
    CHECK(found->value.fingerprint == 1);
    CHECK(found->value.progress.version == stream_version{2});
    CHECK(found->value.progress.position == global_position{11});

    const auto kept = sqlite::kept_upcasters(*copy.file);
    REQUIRE(kept.size() == 1);
    CHECK(kept.front().to_string() == "placed@1 -> placed@2: lines -> items");
    REQUIRE(kept.front().made());
    CHECK(kept.front().made()->message == "shop.Placed");
    CHECK(kept.front().made()->descriptor_set == store.stored_schemas({"placed", 2}).front().descriptor_set);
}

// Writes a file of the present format; see tests/golden/README.md.
TEST_CASE("golden file: one is written where FOLDLINE_GOLDEN_FILE says" *
          doctest::skip(std::getenv("FOLDLINE_GOLDEN_FILE") == nullptr)) {
    write_format_2(std::getenv("FOLDLINE_GOLDEN_FILE"));
}

namespace {

/// A message of one string and, perhaps, one number, both short.
std::string encoded(const std::string& text, int number = 0) {
    std::string bytes{'\x0A', static_cast<char>(text.size())};
    bytes += text;
    if (number != 0) bytes += {'\x10', static_cast<char>(number)};
    return bytes;
}

/// Streams of three categories; a type of two revisions, two of one and one without; ids of the caller's and of the store's;
/// business times and metadata; a snapshot and an upcaster.
void write_format_2(const std::filesystem::path& path) {
    static const event_schema first = text_schema(text_field("customer", 1, "STRING") +
                                                  R"(options { [foldline.event] { name: "placed" version: 1 } })");
    static const event_schema second =
        text_schema(text_field("customer", 1, "STRING") + text_field("lines", 2, "INT32") +
                    R"(options { [foldline.event] { name: "placed" version: 1 } })");
    static const event_schema newer =
        text_schema(text_field("customer", 1, "STRING") + text_field("items", 3, "INT32") +
                        R"(options { [foldline.event] { name: "placed" version: 2 } })",
                    {"placed", 2});
    raw_sqlite{path}.execute("pragma page_size = 512; vacuum");  // so that it is small
    testing::manual_clock time;
    testing::sequential_ids ids;
    sqlite::database file{path};
    sqlite::sqlite_event_store store{file, time, ids};
    for (int number = 0; number < 24; ++number) {
        time.advance(std::chrono::seconds{1});
        const event_schema& schema = number < 8 ? first : number < 16 ? second : newer;
        event_data placed = event_of(schema, encoded(fmt::format("customer {}", number), number < 8 ? 0 : number));
        if (number % 2 == 0) placed.id = event_id{uuid::from_name(placed.payload)};
        if (number % 3 == 0) placed.occurred_at = timestamp{std::chrono::hours{number}};
        if (number % 4 == 0) placed.metadata = encode(metadata{.actor = "clerk"});
        event_data bare;
        bare.type = {"noted", 1};
        bare.payload = fmt::format("note {}", number);
        if (number % 2 == 0) bare.id = event_id{uuid::from_name(bare.payload)};
        append_request request =
            append_request::to({"order", std::to_string(number % 5)}, expected_version::any(), {placed});
        request.writes.push_back({{"note", std::to_string(number % 2)}, expected_version::any(), {bare}});
        (void)store.append(request);
    }
    for (const auto& [member, plan] : {std::pair{"1", "gold"},
                                       {"1", "silver"},
                                       {"2", "unknown-1"},
                                       {"2", "gold"},
                                       {"3", "unknown-2"},
                                       {"4", "gold"}}) {
        people::v1::PlanChanged changed;
        changed.set_plan(plan);
        (void)store.append(append_request::to({"member", member}, expected_version::any(), {to_event(changed)}));
    }
    snapshot taken{{"order", "0"}, {}, 1, "state"};
    (void)store.read(read_query::stream(taken.stream), batch_limit{2}, [&](const event_view& event) {
        taken.progress.version = event.version;
        taken.progress.position = event.position;
        taken.progress.recorded_at = event.recorded_at;
        taken.progress.latest_occurred = event.occurred_at;
    });
    sqlite::sqlite_snapshot_store{file}.save(taken, 1);
    upcaster_chain chain;
    chain.add(declared_upcaster{first.type, newer.type}.move("lines", "items").describe_result(newer));
    sqlite::keep_upcasters(file, chain);
}

}  // namespace
