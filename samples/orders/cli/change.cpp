#include "cli/fail.hpp"
#include "cli/shop_store.hpp"
#include "cli/verbs.hpp"

#include <foldline/cli/printable.hpp>

#include <fmt/core.h>

#include <string_view>
#include <variant>

namespace shop {
namespace {

namespace cli = foldline::cli;

using foldline::sqlite::open_mode;
using order_outcome = foldline::repository<order>::outcome;

foldline::command_context context_of(foldline::timestamp at, std::optional<foldline::stream_version> seen = {}) {
    foldline::command_context context;
    context.occurred_at = at;
    context.seen = seen;
    return context;
}

int refuse(const std::filesystem::path& store, const std::string& number, order::refusal why) {
    if (why == order::refusal::unknown_order)
        return fail(exit_code::not_found, fmt::format("there is no order {} in {}", number, store.string()));
    return fail(exit_code::failed, fmt::format("order {}: {}", number, to_string(why)));
}

/// Tells what became of a command; `state` is what the order is now: "paid".
int answer(const std::filesystem::path& store, const std::string& number, const order_outcome& outcome,
           std::string_view state) {
    if (const auto* refused = std::get_if<foldline::rejected<order::refusal>>(&outcome))
        return refuse(store, number, refused->reason);
    if (const auto* conflict = std::get_if<foldline::conflicted>(&outcome))
        return fail(
            exit_code::conflict,
            fmt::format("order {} is at version {}, so somebody has changed it since; look again with: orders show {}",
                        number, conflict->actual.value, number));
    if (const auto* reused = std::get_if<foldline::id_reused>(&outcome))
        return fail(exit_code::conflict, fmt::format("the event id {} is used already", reused->id.to_string()));

    const auto& done = std::get<foldline::accepted>(outcome);
    if (done.events == 0) fmt::print("Order {} is {} already; nothing had to happen.\n", cli::printable(number), state);
    else fmt::print("Order {} is {}, at version {}.\n", cli::printable(number), state, done.version.value);
    return exit_code::ok;
}

template <class Command>
int change(const order_request& request, Command command, std::string_view state) {
    shop_store shop{request.store, open_mode::existing};
    command.at = request.at.value_or(shop.time.now());
    return answer(request.store, request.order,
                  shop.orders.handle(request.order, command, context_of(command.at, request.expected)), state);
}

}  // namespace

int run(const place_request& request) {
    shop_store shop{request.store, open_mode::create};
    const std::string number = request.order.empty() ? shop.ids.next().to_string() : request.order;
    const place_order command{request.customer, request.country, request.lines, request.at.value_or(shop.time.now())};
    return answer(request.store, number, shop.orders.handle(number, command, context_of(command.at)), "placed");
}

int run(const pay_request& request) { return change(request, pay_order{request.amount, {}}, "paid"); }
int run(const ship_request& request) { return change(request, ship_order{}, "shipped"); }
int run(const cancel_request& request) { return change(request, cancel_order{request.reason, {}}, "cancelled"); }

}  // namespace shop
