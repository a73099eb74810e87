// `schema check`, `schema history` and `schema accept`.
#include "schema_history_verbs.hpp"

#include "object_list.hpp"
#include "opened_store.hpp"
#include "shown_lines.hpp"
#include "shown_payload.hpp"

#include <foldline/cli/printable.hpp>
#include <foldline/cli/table.hpp>
#include <foldline/core/error.hpp>
#include <foldline/upcasters/schema_check.hpp>
#include <foldline/upcasters/schema_history.hpp>

#include <fmt/core.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace foldline::inline v0::cli {
namespace {

using json = nlohmann::ordered_json;

schema_set messages_in(const std::filesystem::path& descriptors) {
    require_existing(descriptors);
    std::ifstream in{descriptors, std::ios::binary};
    if (!in) throw storage_error(errno, "reading " + descriptors.string(), std::strerror(errno));
    const std::string bytes{std::istreambuf_iterator<char>{in}, {}};
    return events_in(bytes, descriptors.string());
}

std::vector<std::string> names_of(const schema_set& schemas) {
    std::vector<std::string> names;
    for (const auto& [type, all] : schemas.by_type()) names.push_back(type.to_string());
    return names;
}

// --------------------------------------------------------------------------------------------------------------- check

struct check_result {
    compatibility_report report;
    std::vector<std::string> unrecorded;  ///< none for a store, which records by itself
};

check_result check_of(const schema_check_request& request, const console& to) {
    require_existing(request.past);
    const schema_set messages = messages_in(request.descriptors);
    if (!std::filesystem::is_directory(request.past)) {
        const opened_store store{request.past, to.self, shown_as::stored};
        return {check_schemas(past_of(store.stored()), messages, nullptr, request.asked), {}};
    }
    const schema_history history{request.past};
    return {check_schemas(history.past(), messages, nullptr, request.asked), names_of(history.unrecorded(messages))};
}

json as_json(const check_result& result) {
    json object{{"breaking", result.report.is_breaking()}, {"problems", json::array()}};
    for (const schema_problem& each : result.report.problems)
        object["problems"].push_back({{"event", each.type},
                                      {"rule", each.rule},
                                      {"weight", each.weight == gravity::breaking ? "breaking" : "lossy"},
                                      {"text", each.text}});
    object["notes"] = result.report.notes;
    object["unrecorded"] = result.unrecorded;
    return object;
}

void print_for_people(const check_result& result, const console& to) {
    for (const schema_problem& each : result.report.problems) print_lines(each.to_string(), escaping::on, to.out);
    for (const std::string& each : result.report.notes) print_lines("note: " + each, escaping::on, to.err);
    for (const std::string& each : result.unrecorded)
        print_lines("note: " + each + " is not recorded", escaping::on, to.err);
    if (result.report.problems.empty()) fmt::print(to.out, "Nothing breaks.\n");
}

// -------------------------------------------------------------------------------------------------------------- accept

void print(const std::vector<recorded_schema>& recorded, format shape, std::FILE* out) {
    object_list list{out, shape};
    for (const recorded_schema& each : recorded) {
        const json object{{"event", each.type}, {"revision", each.revision}, {"file", each.file.string()}};
        if (shape == format::text)
            fmt::print(out, "Recorded {}, revision {}: {}\n", each.type, each.revision, printable(each.file.string()));
        else list.add(text_of(object, escaping::on));
    }
    if (shape != format::text) list.end();
    else if (recorded.empty()) fmt::print(out, "Everything is recorded.\n");
}

}  // namespace

int run(const schema_check_request& request, const console& to) {
    const check_result result = check_of(request, to);
    if (request.shape == format::text) print_for_people(result, to);
    else print_object(as_json(result), {.shape = request.shape}, to.out);
    return result.report.is_breaking() ? exit_code::failed : exit_code::ok;
}

int run(const schema_history_request& request, const console& to) {
    require_existing(request.folder);
    const schema_history history{request.folder};
    table rows{{{"EVENT"}, {"REVISION", align::right}, {"MESSAGE"}, {"FILE"}}};
    object_list list{to.out, request.shape};
    for (const auto& [type, schemas] : history.past().schemas.by_type()) {
        for (std::size_t revision = 1; revision <= schemas.size(); ++revision) {
            const std::string& message = schemas[revision - 1].message;
            const std::string file = history.file_of(type, revision).string();
            const json object{
                {"event", type.to_string()}, {"revision", revision}, {"message", message}, {"file", file}};
            if (request.shape == format::text) rows.add({type.to_string(), std::to_string(revision), message, file});
            else list.add(text_of(object, escaping::on));
        }
    }
    if (request.shape == format::text) rows.print(to.out);
    else list.end();
    return exit_code::ok;
}

int run(const schema_accept_request& request, const console& to) {
    const schema_set messages = messages_in(request.descriptors);
    schema_history history{request.folder};
    try {
        print(accept(history, messages, nullptr, request.asked), request.shape, to.out);
    } catch (const incompatible_schema& why) {
        return to.fail(exit_code::failed, why.what());
    }
    return exit_code::ok;
}

}  // namespace foldline::inline v0::cli
