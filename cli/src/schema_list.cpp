// `schema list`: every type of event that a store has, and by which schemas.

#include "object_list.hpp"
#include "opened_store.hpp"
#include "schema_catalog.hpp"
#include "schema_verbs.hpp"
#include "shown_payload.hpp"
#include "watched.hpp"

#include <foldline/cli/numbers.hpp>
#include <foldline/cli/table.hpp>
#include <foldline/core/error.hpp>
#include <foldline/sqlite/connection.hpp>
#include <foldline/upcasters/message_schema.hpp>

#include <map>
#include <string_view>
#include <utility>

namespace foldline::inline v0::cli {
namespace {

using json = nlohmann::ordered_json;

struct type_use {
    std::int64_t events = 0;
    std::int64_t first_position = 0;
};
using uses = std::map<std::pair<std::string, std::uint32_t>, type_use>;

constexpr std::uint64_t events_between_reports = 10'000;

/// Counted here, since SQLite would sort the whole log by type first. Only the heads of the rows are read.
uses uses_in(const opened_store& store) {
    terminal_progress line{"Counting", "events"};
    const auto report = watched(line);
    const auto reader = store.file().open_reader();
    std::map<std::int64_t, type_use> by_number;
    std::uint64_t done = 0;
    const auto all = static_cast<std::uint64_t>(store.stored().head().value);
    sqlite::statement log = reader->prepare("select type, position from log_events order by position");
    while (log.step()) {
        type_use& use = by_number[log.integer(0)];
        if (++use.events == 1) use.first_position = log.integer(1);
        if (++done % events_between_reports == 0) report({done, all});
    }
    uses found;
    sqlite::statement names = reader->prepare("select type, name, version from log_types");
    while (names.step())
        found[{std::string(names.text(1)), static_cast<std::uint32_t>(names.integer(2))}] = by_number[names.integer(0)];
    return found;
}

/// What the newest schema says of the events.
struct schema_summary {
    std::string message;  ///< empty where there is no schema
    std::string problem{};
    bool is_retired = false;
    std::vector<std::string> personal{};
};

schema_summary summary_of(const cataloged_type& type) {
    if (type.revisions.empty()) return {"", "no schema is stored for it"};
    const event_schema& newest = type.revisions.back();
    try {
        const message_schema schema{newest};
        return {newest.message, "", is_retired(schema.descriptor()), personal_fields(schema.descriptor())};
    } catch (const definition_error& error) {
        return {newest.message, error.what()};
    }
}

json as_json(const cataloged_type& type, const schema_summary& summary, const type_use& use) {
    json object{{"event", type.type.to_string()}, {"name", std::string(type.type.name)},
                {"version", type.type.version},   {"revisions", type.revisions.size()},
                {"events", use.events},           {"first_position", use.first_position}};
    object["message"] = summary.message.empty() ? json(nullptr) : json(summary.message);
    object["retired"] = summary.is_retired;
    object["personal"] = summary.personal;
    if (!summary.problem.empty()) object["problem"] = summary.problem;
    return object;
}

std::string marks_of(const schema_summary& summary) {
    std::string marks = summary.is_retired ? "retired" : "";
    if (!summary.personal.empty()) marks += marks.empty() ? "personal" : ", personal";
    if (!summary.problem.empty()) marks += (marks.empty() ? "" : ", ") + summary.problem;
    return marks;
}

}  // namespace

int run(const schema_list_request& request, const console& to) {
    const opened_store store{request.store, to.self, shown_as::stored};
    const schema_catalog catalog{store.stored(), request.store.string()};
    const uses used = uses_in(store);
    table rows{{{"EVENT"},
                {"EVENTS", align::right},
                {"FIRST POSITION", align::right},
                {"REVISIONS", align::right},
                {"MESSAGE"},
                {"MARKS"}}};
    object_list list{to.out, request.shape};
    for (const cataloged_type& type : catalog.types()) {
        const schema_summary summary = summary_of(type);
        const auto use = used.find({std::string(type.type.name), type.type.version});
        const type_use count = use == used.end() ? type_use{} : use->second;
        if (request.shape == format::text)
            rows.add({type.type.to_string(), grouped(count.events), grouped(count.first_position),
                      grouped(static_cast<std::int64_t>(type.revisions.size())), summary.message, marks_of(summary)});
        else list.add(text_of(as_json(type, summary, count), escaping::on));
    }
    if (request.shape == format::text) rows.print(to.out);
    else list.end();
    return exit_code::ok;
}

}  // namespace foldline::inline v0::cli
