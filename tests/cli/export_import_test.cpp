// `export` and `import`: what comes back is what was there, and what is not whole is refused.

#include "awkward_store.hpp"
#include "club.hpp"
#include "exported_file.hpp"
#include "sqlite/raw_sqlite.hpp"
#include "support/seed.hpp"
#include "transferred.hpp"

#include <foldline/core/metadata.hpp>
#include <foldline/sqlite/kept_upcasters.hpp>

#include <random>
#include <string>
#include <vector>

namespace {

using namespace foldline;
using namespace foldline_tests;

bool is_attribute_name(const std::string& name) {
    return !name.empty() && name.size() <= 20 && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    });
}

std::string identity_of(const std::string& store) {
    return raw_sqlite{store}.text("select hex(store_id) || hex(history_id) from log_store");
}

std::string tables_of(const std::string& store) {
    raw_sqlite file{store};
    std::string all;
    for (const char* query :
         {"select group_concat(position || '|' || version || '|' || hex(event_id) || '|' || recorded_at || '|' || "
          "coalesce(occurred_at, 'null') || '|' || hex(metadata) || '|' || hex(payload) || '|' || checksum, x'0a') "
          "from "
          "(select * from log_events order by position)",
          "select group_concat(hex(first_event_id) || '|' || version || '|' || position || '|' || count, x'0a') from "
          "log_appends",
          "select group_concat(t.name || t.version || '|' || s.revision || '|' || s.first_position || '|' || s.message "
          "|| "
          "'|' || hex(s.descriptor_set) || '|' || s.checksum, x'0a') from log_schemas s join log_types t using (type) "
          "order by t.name, t.version, s.revision",
          "select group_concat(name || version || hex(body) || checksum, x'0a') from log_upcasters order by 1"})
        all += file.text(query) + "\n";
    return all;
}

/// Upcasters in a store.
std::vector<declared_upcaster> keep_steps(const std::string& store) {
    const std::vector steps{declared_upcaster{{"measured", 1}, {"measured", 3}}.fill("counts", "1"),
                            declared_upcaster::dropping({"plan-changed", 1})};
    upcaster_chain chain;
    for (const declared_upcaster& step : steps) chain.add(step);
    sqlite::database file{store, {.durable = sqlite::durability::off}};
    sqlite::keep_upcasters(file, chain);
    return steps;
}

}  // namespace

TEST_CASE("export: a store of every awkward thing comes back with every byte") {
    for (const auto index : {sqlite::stream_index::immediate, sqlite::stream_index::merged}) {
        const awkward_store from{"awkward.db", index};
        keep_steps(from.path());
        const exported_file file{from};
        const ran done = file.import({"--index", index == sqlite::stream_index::merged ? "immediate" : "merged"});
        REQUIRE_MESSAGE(done.code == 0, done.err);
        CHECK(done.says("Imported 29 events up to position 29"));
        CHECK(differences(from.path(), file.store) == "No differences.\n");
        CHECK(tables_of(from.path()) == tables_of(file.store));
        CHECK(is_sound(file.store));
        CHECK(is_alone(file.store));
        CHECK(identity_of(from.path()).substr(0, 32) != identity_of(file.store).substr(0, 32));
        // But for the identity, what is exported of the copy is what was exported of the store.
        const auto first = lines_in(file.text);
        const auto second = lines_in(exported(file.store));
        REQUIRE(first.size() == second.size());
        for (std::size_t i = 1; i + 1 < first.size(); ++i) {
            json_line one = json_line::parse(first[i]);
            json_line other = json_line::parse(second[i]);
            for (const char* own : {"source", "linehash"}) {
                one.erase(own);
                other.erase(own);
            }
            CHECK(one == other);
        }
    }
}

TEST_CASE("export: where a schema came from is known of each revision, also in a copy of only some events") {
    const awkward_store from;
    const auto first_positions = [](const std::string& store) {
        return raw_sqlite{store}.text(
            "select group_concat(s.first_position) from log_schemas s join log_types t using (type) where t.name = "
            "'member-joined'");
    };
    CHECK(first_positions(from.path()) == "28,29");
    const std::string both = from / "both.db";
    const std::string second = from / "second.db";
    REQUIRE(ran{{"copy", from.path(), both, "--type", "member-joined@1"}}.code == 0);
    CHECK(first_positions(both) == "1,2");
    REQUIRE(ran{{"copy", from.path(), second, "--after", "28"}}.code == 0);
    CHECK(first_positions(second) == "0,1");  // the event that brought the first one is not there
    CHECK(is_sound(second));
}

TEST_CASE("export: upcasters that the file keeps go with it, and are a difference where they are missing") {
    const awkward_store from;
    const std::string without = from / "without.db";
    const std::string copy = from / "copy.db";
    REQUIRE(ran{{"copy", from.path(), without}}.code == 0);
    const auto steps = keep_steps(from.path());
    const exported_file file{from};
    REQUIRE(file.import().code == 0);
    CHECK(sqlite::kept_upcasters(sqlite::database{file.store, {.mode = sqlite::open_mode::read_only}}) == steps);
    REQUIRE(ran{{"copy", from.path(), copy, "--type", "measured@1"}}.code == 0);
    CHECK(sqlite::kept_upcasters(sqlite::database{copy, {.mode = sqlite::open_mode::read_only}}) == steps);
    const std::string told = differences(without, file.store);
    CHECK_MESSAGE(told.find("upcaster from measured@1  rule: (none) | measured@1 -> measured@3") != std::string::npos,
                  told);
    CHECK(told.find("upcaster from plan-changed@1  rule: (none) | ") != std::string::npos);
    CHECK(lines_in(told).size() == 2);
}

TEST_CASE("export: an append that was stored is known by its ids where it was imported") {
    const awkward_store from;
    const exported_file file{from};
    REQUIRE(file.import().code == 0);
    awkward_store other{"other.db"};
    sqlite::database database{file.store};
    sqlite::sqlite_event_store store{database, other.time, other.ids};
    const auto known = store.find_append(awkward_store::id_of_write(0));
    REQUIRE(known);
    CHECK(known->count == 3);
    CHECK(known->stream.to_string() == "lab-1");
    CHECK_FALSE(store.find_append(awkward_store::id_of_write(1)));
    event_data event;
    event.type = {"of-no-schema", 7};
    event.id = awkward_store::id_of_write(3);
    const auto again = store.append(append_request::to(stream_id{"lab", "9"}, expected_version::no_stream(), {event}));
    REQUIRE(std::holds_alternative<appended>(again));
    CHECK(std::get<appended>(again).when == stored::before);
    CHECK(store.stored_schemas({"member-joined", 1}).size() == 2);
    CHECK(store.stored_schemas({"member-joined", 1}).front().descriptor_set == schema_before_plans().descriptor_set);
}

TEST_CASE("export: each line is a CloudEvent 1.0 in ASCII") {
    const awkward_store from;
    const auto lines = lines_in(exported(from.path()));
    std::string source;
    for (const std::string& line : lines) {
        CAPTURE(line);
        CHECK(std::all_of(line.begin(), line.end(), [](char c) { return c == '\n' || (c >= 0x20 && c < 0x7F); }));
        const json_line event = json_line::parse(line);
        CHECK(event.at("specversion") == "1.0");
        for (const char* required : {"id", "source", "type"})
            CHECK_FALSE(event.at(required).get<std::string>().empty());
        if (source.empty()) source = event.at("source");
        CHECK(event.at("source") == source);
        CHECK(event.contains("data") + event.contains("data_base64") <= 1);
        for (const auto& [name, value] : event.items()) {
            if (name == "data" || name == "data_base64") continue;
            CHECK(is_attribute_name(name));
            const bool is_simple = value.is_string() || value.is_boolean() || value.is_number_integer();
            CHECK(is_simple);
            if (value.is_string())
                for (const char c : value.get<std::string>()) CHECK(static_cast<unsigned char>(c) >= 0x20);
            if (value.is_number()) CHECK(value.get<std::int64_t>() < (std::int64_t{1} << 31));
        }
        if (event.contains("time")) CHECK(parse_timestamp(event.at("time").get<std::string>()));
    }
    CHECK(json_line::parse(lines.front()).at("type") == "foldline.store");
    CHECK(json_line::parse(lines.back()).at("type") == "foldline.end");
    const auto events = events_in(joined(lines));
    CHECK(events.size() == 29);
    CHECK(events[0].at("data").at("value") == 0.1);
    CHECK(events[1].contains("data_base64"));  // a negative zero
    CHECK(events[2].at("data").at("value") == "NaN");
    CHECK(events[8].at("data").at("large") == "9223372036854775807");
    CHECK(events[11].at("data_base64") == "AAH+/w==");
    CHECK(events[12].at("data").at("pixels") == "/wCA");
    CHECK(events[13].contains("data_base64"));  // an unknown field
    CHECK(events[15].at("correlationid") == "request-1");
    CHECK(json_line::parse(events[15].at("headers").get<std::string>()).size() == 3);
    CHECK(events[16].contains("metadatabase64"));  // a control character
    CHECK(events[20].contains("timemicros"));
    CHECK(events[22].at("writesize") == 3);
}

TEST_CASE("export: each schema stands before the first event of its type, once") {
    const awkward_store from;
    std::vector<std::string> seen;
    for (const std::string& line : lines_in(exported(from.path()))) {
        const json_line event = json_line::parse(line);
        if (event.at("type") == "foldline.schema") {
            CHECK(std::find(seen.begin(), seen.end(), event.at("id")) == seen.end());
            seen.push_back(event.at("id"));
        } else if (event.contains("dataschema")) {
            CHECK(std::find(seen.begin(), seen.end(), event.at("dataschema")) != seen.end());
        }
    }
    CHECK(seen.size() == 5);
}

TEST_CASE("export: a file appears whole or not at all, and none is written over") {
    const awkward_store from;
    const std::string file = from / "all.ndjson";
    const ran done{{"export", from.path(), file, "--unmasked"}};
    REQUIRE_MESSAGE(done.code == 0, done.err);
    CHECK(done.says("Exported 29 events"));
    CHECK(content_of(file) == exported(from.path()));
    CHECK(is_alone(file));
    write_to(file, "mine");
    CHECK(ran{{"export", from.path(), file}}.code != 0);
    CHECK(content_of(file) == "mine");
    CHECK(is_alone(file));
}

TEST_CASE("export: personal data is masked unless it is asked for, and such an export is not imported") {
    club members;
    people::v1::MemberJoined joined_member;
    joined_member.set_email("ann@example.org");
    joined_member.set_plan("gold");
    members.store("member-1", joined_member);
    event_data unknown = to_event(joined_member);
    unknown.payload += std::string("\xfa\x3e\x04", 3) + "leak";
    members.store("member-1", unknown);
    people::v1::PlanChanged plan;
    members.store("member-1", plan);
    const ran masked{{"export", members.path()}};
    REQUIRE(masked.code == 0);
    CHECK(masked.complains("personal data of 2 events was left out"));
    CHECK(masked.out.find("ann@") == std::string::npos);
    CHECK(masked.out.find("data_base64") == std::string::npos);
    const auto events = events_in(masked.out);
    CHECK(events[0].at("masked") == true);
    CHECK(events[0].at("data").at("email") == "***");
    CHECK(events[0].at("data").at("plan") == "gold");
    CHECK(events[1].at("masked") == true);
    CHECK_FALSE(events[2].contains("masked"));

    const std::string file = (members.folder / "masked.ndjson").string();
    write_to(file, masked.out);
    const ran refused{{"import", file, (members.folder / "new.db").string()}};
    CHECK(refused.code == 1);
    CHECK(refused.complains("line 3"));
    CHECK(refused.complains("--unmasked"));
    CHECK(is_alone((members.folder / "new.db").string()));
    CHECK(events_in(exported(members.path()))[0].at("data").at("email") == "ann@example.org");
}

TEST_CASE("import: done again it changes nothing, and goes on with no store that it did not make") {
    const awkward_store from;
    const exported_file file{from};
    REQUIRE(file.import().code == 0);
    const std::string before = tables_of(file.store) + identity_of(file.store);
    const ran again = file.import();
    CHECK_MESSAGE(again.code == 0, again.err);
    CHECK(again.says("holds all 29 events already"));
    CHECK(tables_of(file.store) + identity_of(file.store) == before);

    {
        awkward_store other{"other.db"};
        sqlite::database database{file.store};
        sqlite::sqlite_event_store store{database, other.time, other.ids};
        event_data event;
        event.type = {"of-no-schema", 7};
        (void)store.append(append_request::to(stream_id{"lab", "10"}, expected_version::any(), {event}));
    }
    const ran more = file.import();
    CHECK(more.code == 5);
    CHECK(more.complains("holds more"));
    CHECK(std::filesystem::exists(file.store));
}

TEST_CASE("import: a cut file is refused, wherever it is cut") {
    const awkward_store from;
    const exported_file file{from};
    const auto lines = lines_in(file.text);
    for (std::size_t count = 0; count < lines.size(); ++count) {
        CAPTURE(count);
        const std::string why =
            file.refusal_of(joined({lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(count)}));
        CHECK(why.find("nothing was imported") != std::string::npos);
    }
    const std::uint64_t seed = seed_of_this_run();
    CAPTURE(seed);
    std::mt19937_64 random{seed};
    for (int i = 0; i < 20; ++i)
        (void)file.refusal_of(
            file.text.substr(0, std::uniform_int_distribution<std::size_t>{0, file.text.size() - 1}(random)));
}

TEST_CASE("import: a line that was changed, left out, doubled or moved is refused") {
    const awkward_store from;
    const exported_file file{from};
    const auto lines = lines_in(file.text);
    const auto changed = [&](auto change) {
        auto copy = lines;
        change(copy);
        return file.refusal_of(joined(copy));
    };
    for (std::size_t at = 0; at + 1 < lines.size(); ++at) {
        CAPTURE(at);
        const auto place = static_cast<std::ptrdiff_t>(at);
        (void)changed([&](auto& copy) { copy.erase(copy.begin() + place); });
        (void)changed([&](auto& copy) { copy.insert(copy.begin() + place, copy[at]); });
        (void)changed([&](auto& copy) { std::swap(copy[at], copy[at + 1]); });
        (void)changed([&](auto& copy) { copy[at].insert(copy[at].size() - 2, R"(,"added":"x")"); });
    }
    // The checksum stands in the last line, and does not cover it.
    for (std::size_t i = 0; i + 1 < lines.back().size(); i += 5)
        (void)changed([&](auto& copy) { copy.back()[i] = static_cast<char>(copy.back()[i] ^ 1); });
    const std::uint64_t seed = seed_of_this_run();
    CAPTURE(seed);
    std::mt19937_64 random{seed};
    for (int i = 0; i < 100; ++i) {
        std::string text = file.text;
        const auto at = std::uniform_int_distribution<std::size_t>{0, text.size() - 2}(random);
        CAPTURE(at);
        text[at] = static_cast<char>(text[at] ^ 1 << std::uniform_int_distribution<int>{0, 6}(random));
        (void)file.refusal_of(text);
    }
}

TEST_CASE("import: what is refused names the line and what to do") {
    const awkward_store from;
    const exported_file file{from};
    auto lines = lines_in(file.text);
    const auto replaced = [&](std::size_t at, const std::string& before, const std::string& now) {
        auto copy = lines;
        const auto found = copy[at].find(before);
        REQUIRE_MESSAGE(found != std::string::npos, copy[at]);
        copy[at].replace(found, before.size(), now);
        return file.refusal_of(joined(copy));
    };
    const auto says = [](const std::string& text, std::string_view words) {
        CHECK_MESSAGE(text.find(words) != std::string::npos, text);
    };
    // Lines: store, schema, events from number 3 on.
    for (const auto& [before, now] :
         std::vector<std::pair<std::string, std::string>>{{R"("position":"2")", R"("position":"3")"},
                                                          {R"("streamversion":"2")", R"("streamversion":"3")"},
                                                          {R"(recordedtime":"2010)", R"(recordedtime":"2011)"},
                                                          {R"(_base64":"CQA)", R"(_base64":"CQB)"},
                                                          {"\"id\":\"", "\"id\":\"0\",\"id\":\""},
                                                          {",", ", "},
                                                          {",", std::string("\0,", 2)},
                                                          {"}\n", "}\r\n"}}) {
        const std::string why = replaced(3, before, now);
        says(why, "line 4 of ");
        says(why, "linehash");
        says(why, "nothing was imported");
    }
    says(file.refusal_of("not json\n"), "line 1");
    says(file.refusal_of("\xef\xbb\xbf" + file.text), "line 1 of ");
    says(file.refusal_of(file.text.substr(0, file.text.size() - 1)), "cut off");
    says(file.refusal_of(lines[0] + std::string(std::size_t{20} << 20U, '[') + "\n"), "line 2 of ");
    says(file.refusal_of(lines[0] + std::string(1'000, '\0') + "\n"), "line 2 of ");
    says(file.refusal_of(lines[0] + lines[0]), "second export");
    says(file.refusal_of(lines[0] + "\n" + lines[1]), "line 2 of ");
    auto mixed = lines;
    const std::string other = from / "other.db";
    REQUIRE(ran{{"copy", from.path(), other}}.code == 0);
    mixed[4] = lines_in(exported(other))[4];
    says(file.refusal_of(joined(mixed)), "line 5 of ");
    std::filesystem::remove(other);
    const ran missing{{"import", file.file + "x", file.store}};
    CHECK(missing.code == 3);
}

TEST_CASE("import: only some events are numbered anew if that is asked for") {
    const awkward_store from;
    const std::string text = exported(from.path(), {"--unmasked", "--type", "measured@1"});
    const std::string file = from / "some.ndjson";
    const std::string store = from / "some.db";
    write_to(file, text);
    const ran refused{{"import", file, store}};
    CHECK(refused.code == 5);
    CHECK(refused.complains("--renumber"));
    const ran done{{"import", file, store, "--renumber"}};
    REQUIRE_MESSAGE(done.code == 0, done.err);
    CHECK(is_sound(store));
    const auto before = events_in(text);
    const auto after = events_in(exported(store));
    REQUIRE(after.size() == before.size());
    for (std::size_t i = 0; i < after.size(); ++i) {
        CHECK(after[i].at("position") == std::to_string(i + 1));
        for (const char* kept : {"id", "time", "recordedtime", "subject", "type"})
            CHECK(after[i].at(kept) == before[i].at(kept));
    }
    CHECK(ran{{"import", file, store, "--renumber"}}.says("already"));
}
