#include "store_image.hpp"

#include "quiet_protobuf.hpp"

#include "sqlite/raw_sqlite.hpp"

#include <foldline/core/error.hpp>
#include <foldline/core/metadata.hpp>
#include <foldline/sqlite/kept_upcasters.hpp>
#include <foldline/sqlite/sqlite_event_store.hpp>
#include <foldline/sqlite/store_stats.hpp>
#include <foldline/sqlite/verify.hpp>
#include <foldline/testing/manual_clock.hpp>
#include <foldline/testing/sequential_ids.hpp>

#include <fmt/core.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <unistd.h>

namespace foldline_fuzz {
namespace {

using namespace foldline;

append_request request(int number) {
    static const event_schema schema{{"thing-done", 1}, "shop.ThingDone", std::string(600, 's')};
    append_request request;
    for (const bool first : {true, false}) {
        event_data event;
        event.type = first ? schema.type : event_type{"other-done", 2};
        event.schema = first ? &schema : nullptr;
        event.payload = fmt::format("payload {}", number);
        if (number % 3 == 0) event.metadata = encode(metadata{.actor = "some\x1B[31mbody"});
        if (number % 2 == 0) event.id = first ? first_id(number) : event_id{uuid::from_name(event.payload)};
        if (first) event.occurred_at = timestamp{std::chrono::hours{number}};
        request.writes.push_back(
            {{first ? "thing" : "other", std::to_string(number % 2)}, expected_version::any(), {}});
        request.writes.back().events.push_back(std::move(event));
    }
    return request;
}

std::string make_image() {
    quieten_protobuf();
    const std::filesystem::path file = scratch_file();
    write_file(file, {});
    foldline_tests::raw_sqlite{file}.execute("pragma page_size = 512; vacuum");
    {
        testing::manual_clock clock;
        testing::sequential_ids ids;
        sqlite::database database{file};
        sqlite::sqlite_event_store store{database, clock, ids};
        for (int number = 0; number < 6; ++number) (void)store.append(request(number));
    }
    std::ifstream in{file, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, std::istreambuf_iterator<char>{}};
}

/// Runs one question; an error of foldline's is an answer. Gives whether it was one.
template <class Question>
int ask(Question question) {
    try {
        question();
        return 0;
    } catch (const error&) {
        return 1;
    }
}

void look_at(const event_store& store, const event_view& event) {
    (void)store.type_of(event.type).to_string();
    (void)to_string(event.recorded_at);
    (void)to_string(event.occurred_at);
    (void)ask([&] { (void)decode_metadata(event.metadata); });
    (void)recorded_event{event, store.type_of(event.type)};
}

/// Small pages; a damaged file must not lead round in a circle.
void read_pages(const event_store& store, read_query query) {
    for (int pages = 0;; ++pages) {
        if (pages > 10'000) throw std::logic_error("a read that never ends");
        const page read = store.read(query, batch_limit{5}, [&](const event_view& event) { look_at(store, event); });
        if (read.at_end) return;
        query = query.from(read);
    }
}

}  // namespace

event_id first_id(int number) { return {uuid::from_name(fmt::format("append {}", number))}; }

const std::string& store_image() {
    static const std::string image = make_image();
    return image;
}

std::filesystem::path scratch_file() {
    return std::filesystem::temp_directory_path() / fmt::format("foldline-fuzz-{}.db", ::getpid());
}

void write_file(const std::filesystem::path& file, const std::string& bytes) {
    std::ofstream{file, std::ios::binary | std::ios::trunc} << bytes;
    for (const char* beside : {"-wal", "-shm", "-lock", "-journal"}) {
        std::error_code absent;
        std::filesystem::remove(file.string() + beside, absent);
    }
}

int ask_everything(const std::filesystem::path& file, sqlite::open_mode mode) {
    testing::manual_clock clock;
    testing::sequential_ids ids{7};
    int errors = 0;
    errors += ask([&] {
        sqlite::database database{file, {.mode = mode, .durable = sqlite::durability::off}};
        errors += ask([&] { (void)sqlite::verify(database); });
        errors += ask([&] { (void)sqlite::stats_of(database); });
        sqlite::sqlite_event_store store{database, clock, ids};
        for (const bool backward : {false, true}) {
            const auto read = [&](const read_query& query) {
                errors += ask([&] { read_pages(store, backward ? query.backward() : query); });
            };
            read(read_query::all());
            read(read_query::all().after(global_position{3}).before(global_position{9}));
            for (const char* category : {"thing", "other"}) {
                read(read_query::category(category));
                for (const char* id : {"0", "1"}) read(read_query::stream({category, id}));
            }
            read(read_query::stream({"thing", "0"}).after(stream_version{1}).before(stream_version{3}));
        }
        errors += ask([&] { (void)store.head(); });
        errors += ask([&] { (void)store.stored_types(); });
        errors += ask([&] { (void)store.stored_schemas({"thing-done", 1}); });
        errors += ask([&] { (void)sqlite::kept_upcasters(database); });
        for (int number = 0; number < 6; ++number) errors += ask([&] { (void)store.find_append(first_id(number)); });
        if (mode == sqlite::open_mode::read_only) return;
        for (const int number : {0, 1, 2, 7}) errors += ask([&] { (void)store.append(request(number)); });
        errors += ask([&] { read_pages(store, read_query::all()); });
    });
    return errors;
}

}  // namespace foldline_fuzz
