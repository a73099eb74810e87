// `dead-letters count`, `list` and `dropped`: what the file of the rows has of them. At the events it looks only to keep to
// itself what they do.

#include "object_list.hpp"
#include "opened_projections.hpp"
#include "shown_letters.hpp"
#include "task_runs.hpp"
#include "veiled_errors.hpp"

#include <foldline/cli/numbers.hpp>
#include <foldline/cli/table.hpp>

namespace foldline::inline v0::cli {
namespace {

using json = nlohmann::ordered_json;

void print_count(const std::string& name, const parked_counts& count, object_list& list) {
    const json object{{"projection", name}, {"keys", count.keys}, {"failed", count.failed}, {"behind", count.behind}};
    list.add(text_of(object, escaping::on));
}

std::string number(std::uint64_t count) { return grouped(static_cast<std::int64_t>(count)); }

}  // namespace

int run(const letter_count_request& request, const open_projections& open, const console& to) {
    const auto host = opened(request.store, open);
    table rows{{{"PROJECTION"}, {"KEYS", align::right}, {"FAILED", align::right}, {"BEHIND", align::right}}};
    object_list list{to.out, request.shape};
    for (const std::string& name : with_rows(host->models(), request.names)) {
        const parked_counts count = host->models().dead_letters().count(name);
        if (request.shape == format::text)
            rows.add({name, number(count.keys), number(count.failed), number(count.behind)});
        else print_count(name, count, list);
    }
    if (request.shape == format::text) rows.print(to.out);
    else list.end();
    return exit_code::ok;
}

int run(const letter_list_request& request, const open_projections& open, const console& to) {
    const auto host = opened(request.store, open);
    std::vector<parked_event> all;
    for (const std::string& name : with_rows(host->models(), request.names)) {
        parked_query query{name, request.order_key, request.failed_only};
        query.limit = static_cast<std::size_t>(request.limit) - all.size();
        if (query.limit == 0) break;
        for (parked_event& each : host->models().dead_letters().list(query)) all.push_back(std::move(each));
    }
    veiled_errors errors{host->events(), request.personal};
    for (parked_event& each : all) each.error = errors.of_letter(std::move(each.error), each);
    print(all, request.shape, to.out);
    return exit_code::ok;
}

int run(const letter_dropped_request& request, const open_projections& open, const console& to) {
    const auto host = opened(request.store, open);
    const std::string name = with_rows(host->models(), {request.name}).front();
    auto all = host->models().dead_letters().dropped(name, static_cast<std::size_t>(request.limit));
    veiled_errors errors{host->events(), request.personal};
    for (dropped_event& each : all) {
        each.event.error = errors.of_letter(std::move(each.event.error), each.event);
        each.reason = errors.of_letter(std::move(each.reason), each.event);
    }
    print(all, request.shape, to.out);
    return exit_code::ok;
}

}  // namespace foldline::inline v0::cli
