#include "cli/fail.hpp"
#include "cli/shop_store.hpp"
#include "cli/verbs.hpp"
#include "domain/describe.hpp"

#include <foldline/cli/numbers.hpp>
#include <foldline/cli/table.hpp>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <string>

namespace shop {
namespace {

namespace cli = foldline::cli;

constexpr foldline::batch_limit page_size{1000};

foldline::stream_id stream_of(const std::string& number) {
    return {std::string(is_credit_note_number(number) ? credit_note::category : order::category), number};
}

void each_event(const foldline::event_store& events, const foldline::stream_id& stream, foldline::event_sink use) {
    auto query = foldline::read_query::stream(stream);
    for (foldline::page page; !page.at_end; query = query.from(page)) page = events.read(query, page_size, use);
}

void print_for_people(const foldline::event_store& events, const foldline::stream_id& stream) {
    const event_describer describer{events};
    cli::table history{
        {{"VERSION", cli::align::right}, {"POSITION", cli::align::right}, {"OCCURRED"}, {"EVENT"}, {"WHAT HAPPENED"}}};
    each_event(events, stream, [&](const foldline::event_view& event) {
        history.add({cli::grouped(event.version.value), cli::grouped(event.position.value),
                     foldline::to_string(event.occurred_at), events.type_of(event.type).to_string(),
                     describer.in_words(event)});
    });
    history.print(stdout);
}

void print_json(const foldline::event_store& events, const foldline::stream_id& stream) {
    const event_describer describer{events};
    auto history = nlohmann::ordered_json::array();
    each_event(events, stream, [&](const foldline::event_view& event) {
        history.push_back({{"version", event.version.value},
                           {"position", event.position.value},
                           {"id", event.id.to_string()},
                           {"event", events.type_of(event.type).to_string()},
                           {"occurred_at", foldline::to_string(event.occurred_at)},
                           {"recorded_at", foldline::to_string(event.recorded_at)},
                           {"data", nlohmann::ordered_json::parse(describer.in_json(event))}});
    });
    fmt::print("{}\n", history.dump(2, ' ', true));
}

bool exists(const foldline::event_store& events, const foldline::stream_id& stream) {
    return events.read(foldline::read_query::stream(stream), foldline::batch_limit{1}, [](const auto&) {}).events > 0;
}

}  // namespace

int run(const history_request& request) {
    const shop_store shop{request.store, foldline::sqlite::open_mode::read_only};
    const auto stream = stream_of(request.number);
    if (!exists(shop.events, stream))
        return fail(exit_code::not_found, fmt::format("there is no {} in {}", request.number, request.store.string()));
    if (request.output == output::json) print_json(shop.events, stream);
    else print_for_people(shop.events, stream);
    return exit_code::ok;
}

}  // namespace shop
