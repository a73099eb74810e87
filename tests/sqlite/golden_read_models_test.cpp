// A file of read models that a released program has kept over a golden store: every later one reads it, and goes on with
// it. README.md in tests/golden says what is in it. What projections mean here never changes; messages of Protobuf's own
// are the documents, so that they do not either.

#include "foldline_tests/people/v1/members.pb.h"
#include "raw_sqlite.hpp"
#include "support/golden.hpp"
#include "support/scratch_folder.hpp"

#include <foldline/core/protobuf_codec.hpp>
#include <foldline/projections/dead_letters.hpp>
#include <foldline/projections/document_projection.hpp>
#include <foldline/projections/documents.hpp>
#include <foldline/projections/memory_projection.hpp>
#include <foldline/projections/projector.hpp>
#include <foldline/projections/rebuild.hpp>
#include <foldline/projections/sql_projection.hpp>
#include <foldline/sqlite/sqlite_event_store.hpp>
#include <foldline/sqlite/sqlite_read_models.hpp>
#include <foldline/testing/manual_clock.hpp>
#include <foldline/testing/sequential_ids.hpp>

#include <doctest/doctest.h>
#include <fmt/core.h>
#include <google/protobuf/wrappers.pb.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace {

using namespace foldline;
using namespace foldline_tests;
using google::protobuf::StringValue;
using people::v1::PlanChanged;
using sqlite::open_mode;
using strings = std::vector<std::string>;

constexpr const char* store_name = "format-2.db";
constexpr const char* models_name = "read-models-2.db";

/// Fails at plans that begin with "unknown", as long as it does not know them.
sql_projection plans_projection(bool knows_all) {
    sql_projection plans{"plans", 1};
    plans.table("plans", "create table plans (member text primary key, plan text not null) strict");
    plans.on([knows_all](const PlanChanged& event, const event_view& view, sql_session& rows) {
        if (!knows_all && event.plan().rfind("unknown", 0) == 0)
            throw std::runtime_error("there is no plan " + event.plan());
        rows.execute("insert into plans values (?1, ?2) on conflict (member) do update set plan = ?2",
                     view.stream.to_string(), event.plan());
    });
    return plans;
}

document_projection<StringValue> latest_projection() {
    document_projection<StringValue> latest{"latest", 1};
    latest.index("value");
    latest.on(by_stream, [](StringValue& plan, const PlanChanged& event) { plan.set_value(event.plan()); });
    return latest;
}

using counts = std::map<std::string, std::int64_t>;

std::string to_bytes(const counts& all) {
    std::string text;
    for (const auto& [plan, count] : all) text += fmt::format("{} {}\n", plan, count);
    return text;
}

counts from_bytes(std::string_view bytes) {
    counts all;
    std::istringstream text{std::string(bytes)};
    std::string plan;
    for (std::int64_t count = 0; text >> plan >> count;) all[plan] = count;
    return all;
}

/// Copies of the golden files, with all that works on them.
struct opened {
    explicit opened(open_mode mode, bool knows_all = false) : opened(mode, knows_all, {}) {}
    /// Keeps its rows in this file.
    explicit opened(const std::filesystem::path& written) : opened(open_mode::create, false, written) {}

    opened(open_mode mode, bool knows_all, const std::filesystem::path& written)
        : file(copied(store_name), options(mode)),
          models_file(written.empty() ? copied(models_name) : written, options(mode)),
          plans(plans_projection(knows_all)) {
        tally.on([](counts& all, const PlanChanged& event, const event_view&) { ++all[event.plan()]; });
        if (mode != open_mode::read_only) tally.save_to(models, store.identity(), 1'000, to_bytes, from_bytes);
    }
    [[nodiscard]] std::filesystem::path copied(const char* name) const {
        std::filesystem::copy_file(golden_folder() / name, folder / name);
        std::filesystem::permissions(folder / name, std::filesystem::perms{0600});
        return folder / name;
    }
    [[nodiscard]] static sqlite::database_options options(open_mode mode) {
        return {.mode = mode, .durable = sqlite::durability::off};
    }

    void catch_up() {
        projector_options options;
        options.on_failure = error_policy::park_at_once();
        options.time = &time;
        projector of_one{store, tally.models(), tally, options};
        of_one.catch_up();
        options.partitions = 2;
        projector of_two{store, options};
        of_two.add(plans, models).add(latest, models);
        of_two.catch_up();
    }
    void change_plan(const std::string& member, const std::string& plan) {
        PlanChanged event;
        event.set_plan(plan);
        (void)store.append(append_request::to(stream_id::parse(member), expected_version::any(), {to_event(event)}));
    }
    [[nodiscard]] strings rows(const std::string& select) const {
        strings all;
        models.read([&](sql_session& session) {
            session.each_row(select, [&](const sql_row& row) { all.emplace_back(row.text(0)); });
        });
        return all;
    }
    [[nodiscard]] strings plan_rows() const { return rows("select member || ' ' || plan from plans order by member"); }

    scratch_folder folder;
    testing::manual_clock time;
    testing::sequential_ids ids{4711};
    sqlite::database file;
    sqlite::sqlite_event_store store{file, time, ids};
    sqlite::database models_file;
    sqlite::sqlite_read_models models{models_file};
    sql_projection plans;
    document_projection<StringValue> latest = latest_projection();
    memory_projection<counts> tally{"tally", 1};
};

/// For a message that tells what differs.
std::string joined(const strings& lines) {
    std::string text;
    for (const std::string& each : lines) text += each + "\n";
    return text;
}

std::string bytes_of(const std::filesystem::path& file) {
    std::ifstream in{file, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, std::istreambuf_iterator<char>{}};
}

std::string text_of(const projection_state& state) {
    std::string text = fmt::format("{}@{}{}", state.name, state.version, state.paused ? " paused" : "");
    for (const partition_state& each : state.partitions)
        text += fmt::format(" {}:{}", to_string(each.part), each.position.value);
    return text;
}

strings states_of(const read_model_store& models) {
    strings all;
    for (const projection_state& each : models.projections()) all.push_back(text_of(each));
    return all;
}

std::string text_of(const parked_event& letter) {
    return fmt::format("{} {} {}@{} {} {} {}x {}", letter.position.value, letter.order_key, letter.stream,
                       letter.version.value, letter.type,
                       letter.why == parked_event::reason::failed ? "failed" : "behind", letter.attempts, letter.error);
}

strings letters_of(const read_model_store& models) {
    strings all;
    for (const parked_event& each : models.dead_letters().list({.projection = "plans"})) all.push_back(text_of(each));
    return all;
}

strings dropped_of(const read_model_store& models) {
    strings all;
    for (const dropped_event& each : models.dead_letters().dropped("plans", 100))
        all.push_back(text_of(each.event) + ": " + each.reason);
    return all;
}

std::uint64_t differences(opened& of, projection& target) {
    return verify_rows(of.store, of.models, target, [](const row_difference&) {});
}

}  // namespace

TEST_CASE("golden read models: they are read as they always were, and not changed by that") {
    opened copy{open_mode::read_only};
    const std::string before = bytes_of(copy.folder / models_name);
    const read_model_store& models = copy.models;
    CHECK(joined(states_of(models)) ==
          joined({"latest@1 paused 0/2:54 1/2:54", "plans@1 0/2:54 1/2:54", "tally_saved@1 all:54"}));
    for (const projection_state& each : models.projections()) CHECK(each.source == copy.store.identity());
    CHECK(joined(letters_of(models)) ==
          joined({"51 member-2 member-2@1 plan-changed@1 failed 2x event plan-changed@1 at position 51, "
                  "stream member-2, version 1: projection plans: there is no plan unknown-1",
                  "52 member-2 member-2@2 plan-changed@1 behind 0x "}));
    CHECK(joined(dropped_of(models)) ==
          joined({"53 member-3 member-3@1 plan-changed@1 failed 1x event plan-changed@1 at position 53, "
                  "stream member-3, version 1: projection plans: there is no plan unknown-2: a slip of the pen"}));
    CHECK(joined(copy.plan_rows()) == joined({"member-1 silver", "member-4 gold"}));
    const documents<StringValue> latest{models, "latest"};
    REQUIRE(latest.find("member-2"));
    CHECK(latest.find("member-2")->value() == "gold");
    CHECK(joined(copy.rows("select key || ' ' || ix_value from latest order by key")) ==
          joined({"member-1 silver", "member-2 gold", "member-3 unknown-2", "member-4 gold"}));
    CHECK(raw_sqlite{copy.folder / models_name}.text("pragma integrity_check") == "ok");
    CHECK(bytes_of(copy.folder / models_name) == before);
}

TEST_CASE("golden read models: whoever follows goes on with them, and they are what the events make of them") {
    opened copy{open_mode::existing};
    copy.change_plan("member-1", "gold");
    copy.change_plan("member-2", "silver");
    copy.change_plan("member-5", "gold");
    copy.catch_up();
    CHECK(states_of(copy.models).front() == "latest@1 paused 0/2:54 1/2:54");
    copy.models.pause("latest", false);
    copy.catch_up();
    CHECK(joined(states_of(copy.models)) ==
          joined({"latest@1 0/2:57 1/2:57", "plans@1 0/2:57 1/2:57", "tally_saved@1 all:54"}));
    CHECK(joined(copy.plan_rows()) == joined({"member-1 gold", "member-4 gold", "member-5 gold"}));
    CHECK(letters_of(copy.models).size() == 3);
    CHECK(documents<StringValue>{copy.models, "latest"}.find("member-5")->value() == "gold");
    CHECK(differences(copy, copy.latest) == 0);
    CHECK(differences(copy, copy.plans) == 0);
}

TEST_CASE("golden read models: what is parked in them can be tried again") {
    opened copy{open_mode::existing, true};
    dead_letters letters{copy.store, copy.models, copy.plans, copy.time};
    const letter_details first = letters.show(global_position{51});
    REQUIRE(first.parts.size() == 1);
    CHECK(dynamic_cast<const PlanChanged&>(*first.parts.front().message).plan() == "unknown-1");
    CHECK(letters.retry_all().applied == 2);
    CHECK(letters_of(copy.models).empty());
    CHECK(dropped_of(copy.models).size() == 1);
    CHECK(joined(copy.plan_rows()) == joined({"member-1 silver", "member-2 gold", "member-4 gold"}));
}

TEST_CASE("golden read models: a saved object goes on where it was saved") {
    opened copy{open_mode::existing};
    const auto plans = [&] {
        return copy.tally.read([](const counts& all, global_position at) { return std::pair{all, at}; });
    };
    CHECK(plans() ==
          std::pair{counts{{"gold", 3}, {"silver", 1}, {"unknown-1", 1}, {"unknown-2", 1}}, global_position{54}});
    copy.change_plan("member-1", "gold");
    copy.catch_up();
    CHECK(plans().first.at("gold") == 4);
    CHECK(plans().second == global_position{55});
    CHECK(copy.tally.save());
    CHECK(copy.models.find("tally_saved")->position() == global_position{55});
}

// Writes such a file over the store that is here; see tests/golden/README.md.
TEST_CASE("golden read models: they are written where FOLDLINE_GOLDEN_READ_MODELS says" *
          doctest::skip(std::getenv("FOLDLINE_GOLDEN_READ_MODELS") == nullptr)) {
    const std::filesystem::path path = std::getenv("FOLDLINE_GOLDEN_READ_MODELS");
    REQUIRE_FALSE(std::filesystem::exists(path));
    raw_sqlite{path}.execute("pragma page_size = 512; vacuum");  // so that it is small
    opened written{path};
    written.catch_up();
    dead_letters letters{written.store, written.models, written.plans, written.time};
    CHECK(letters.retry_key("member-2").still_failing == 1);
    CHECK(letters.drop(global_position{53}, "a slip of the pen"));
    written.models.pause("latest", true);
    CHECK(written.tally.save());
}
