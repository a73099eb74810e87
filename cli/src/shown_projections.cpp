#include "shown_projections.hpp"

#include "object_list.hpp"
#include "shown_payload.hpp"

#include <foldline/cli/numbers.hpp>
#include <foldline/cli/table.hpp>

#include <fmt/core.h>

namespace foldline::inline v0::cli {
namespace {

using json = nlohmann::ordered_json;

std::string in_time(std::chrono::microseconds lag) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(lag).count();
    if (seconds < 60) return fmt::format("{} s", seconds);
    if (seconds < 3'600) return fmt::format("{} min", seconds / 60);
    if (seconds < 86'400) return fmt::format("{} h", seconds / 3'600);
    return counted(seconds / 86'400, "day");
}

bool has_owner(const partition_state& state) { return state.owner && !state.owner->is_nobody(); }

std::string_view owner_of(const partition_state& state) {
    if (!has_owner(state)) return "-";
    return state.owner_ended ? "ended" : "alive";
}

void print_for_people(const std::vector<projection_report>& all, std::FILE* out) {
    table rows{{{"PROJECTION"},
                {"VERSION", align::right},
                {"PARTITION"},
                {"POSITION", align::right},
                {"HEAD", align::right},
                {"BEHIND", align::right},
                {"LAG", align::right},
                {"OWNER"},
                {"PARKED", align::right},
                {"STATE"}}};
    for (const projection_report& of : all)
        for (const partition_report& each : of.partitions)
            rows.add({of.name, std::to_string(of.version), to_string(each.state.part),
                      grouped(each.state.position.value), grouped(of.head.value),
                      grouped(of.head.value - each.state.position.value), in_time(each.lag),
                      std::string(owner_of(each.state)),
                      grouped(static_cast<std::int64_t>(of.parked.failed + of.parked.behind)),
                      std::string(word_of(each.where))});
    rows.print(out);
}

json owner_as_json(const partition_state& state) {
    if (!has_owner(state)) return nullptr;
    return {{"worker", state.owner->value.to_string()}, {"ended", state.owner_ended}};
}

json as_json(const projection_report& of, const partition_report& each) {
    json object{{"partition", to_string(each.state.part)},
                {"state", std::string(word_of(each.where))},
                {"position", each.state.position.value},
                {"lag_events", of.head.value - each.state.position.value},
                {"lag_seconds", std::chrono::duration<double>(each.lag).count()},
                {"owner", owner_as_json(each.state)}};
    if (each.where != standing::never_ran) object["moved_at"] = to_string(each.state.moved);
    return object;
}

json as_json(const projection_report& of) {
    json object{{"projection", of.name}};
    if (!of.about.empty()) object["about"] = of.about;
    object["file"] = of.place;
    object["store"] = of.source;
    object["version"] = of.version;
    object["head"] = of.head.value;
    object["paused"] = of.is_paused;
    object["parked"] = {{"keys", of.parked.keys}, {"failed", of.parked.failed}, {"behind", of.parked.behind}};
    if (!of.problem.empty()) object["problem"] = of.problem;
    object["partitions"] = json::array();
    for (const partition_report& each : of.partitions) object["partitions"].push_back(as_json(of, each));
    return object;
}

}  // namespace

void print(const std::vector<projection_report>& all, format shape, std::FILE* out) {
    if (shape == format::text) return print_for_people(all, out);
    object_list list{out, shape};
    for (const projection_report& each : all) list.add(text_of(as_json(each), escaping::on));
    list.end();
}

int answer_check(const std::vector<std::string>& complaints, const console& to) {
    if (complaints.empty()) return exit_code::ok;
    std::string lines;
    for (const std::string& each : complaints) lines += (lines.empty() ? "" : "\n") + each;
    return to.fail(exit_code::failed, lines);
}

}  // namespace foldline::inline v0::cli
