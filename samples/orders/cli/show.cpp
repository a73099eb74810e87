#include "cli/fail.hpp"
#include "cli/shop_store.hpp"
#include "cli/verbs.hpp"
#include "domain/status.hpp"
#include "domain/time.hpp"

#include <foldline/cli/numbers.hpp>
#include <foldline/cli/printable.hpp>
#include <foldline/cli/table.hpp>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace shop {
namespace {

namespace cli = foldline::cli;

/// An order or a credit note, ready to be shown.
struct document {
    std::string kind;
    std::vector<std::pair<std::string, std::string>> facts;
    std::vector<line> lines;
};

template <class State>
document document_of(const State& state, std::string kind, std::string_view status) {
    document shown{std::move(kind), {{"status", std::string(status)}}, {}};
    shown.facts.emplace_back("customer", state.customer());
    shown.facts.emplace_back("country", state.country());
    shown.facts.emplace_back("opened_at", foldline::to_string(from_us(state.opened_at_us())));
    for (const v1::Line& line : state.lines()) shown.lines.push_back(from_message(line));
    return shown;
}

document document_of(const v1::OrderState& order) {
    document shown = document_of(order, "order", to_string(order.status()));
    const auto add_time = [&](const char* name, std::int64_t us) {
        shown.facts.emplace_back(name, foldline::to_string(from_us(us)));
    };
    if (order.has_placed_at_us()) {
        add_time("placed_at", order.placed_at_us());
        shown.facts.emplace_back("currency", order.currency());
    }
    if (order.has_paid_at_us()) add_time("paid_at", order.paid_at_us());
    if (order.has_shipped_at_us()) add_time("shipped_at", order.shipped_at_us());
    if (order.has_cancelled_at_us()) {
        add_time("cancelled_at", order.cancelled_at_us());
        shown.facts.emplace_back("reason", order.cancel_reason());
    }
    return shown;
}

document document_of(const v1::CreditNoteState& note) {
    document shown =
        document_of(note, "credit note", note.status() == v1::CreditNoteState::ISSUED ? "issued" : "opened");
    if (note.has_issued_at_us())
        shown.facts.emplace_back("issued_at", foldline::to_string(from_us(note.issued_at_us())));
    return shown;
}

/// The product fits: the aggregate has bounded it when it took the line.
money amount_of(const line& line) { return line.unit_price.times(line.quantity).value_or(money{}); }

void print_for_people(const std::string& number, const document& shown, const foldline::fold_progress& progress) {
    fmt::print("{} {}, version {}, position {}\n", shown.kind == "order" ? "Order" : "Credit note",
               cli::printable(number), progress.version.value, progress.position.value);
    for (auto [name, value] : shown.facts) {
        std::replace(name.begin(), name.end(), '_', ' ');
        fmt::print("  {:<12}  {}\n", name, value.empty() ? "-" : cli::printable(value));
    }
    fmt::print("\n");

    cli::table lines{{{"STOCK CODE"},
                      {"QUANTITY", cli::align::right},
                      {"PRICE", cli::align::right},
                      {"AMOUNT", cli::align::right},
                      {"DESCRIPTION"}}};
    for (const line& each : shown.lines)
        lines.add({each.stock_code, cli::grouped(each.quantity), each.unit_price.to_string(),
                   amount_of(each).to_string(), each.description});
    const totals sum = totals_of(shown.lines).value_or(totals{});
    lines.add_rule().add(
        {cli::counted(std::ssize(shown.lines), "line"), cli::grouped(sum.units), "", sum.amount.to_string()});
    lines.print(stdout);
}

void print_json(const std::string& number, const document& shown, const foldline::fold_progress& progress) {
    nlohmann::ordered_json object{{"kind", shown.kind},
                                  {"number", number},
                                  {"version", progress.version.value},
                                  {"position", progress.position.value}};
    for (const auto& [name, value] : shown.facts) object[name] = value;
    object["lines"] = nlohmann::ordered_json::array();
    for (const line& each : shown.lines)
        object["lines"].push_back({{"stock_code", each.stock_code},
                                   {"description", each.description},
                                   {"quantity", each.quantity},
                                   {"unit_price", each.unit_price.to_string()},
                                   {"amount", amount_of(each).to_string()}});
    const totals sum = totals_of(shown.lines).value_or(totals{});
    object["units"] = sum.units;
    object["total"] = sum.amount.to_string();
    fmt::print("{}\n", object.dump(2, ' ', true));
}

template <class Repository>
int show(const Repository& repository, const show_request& request) {
    const auto loaded = repository.load(request.number, request.when);
    if (!loaded.exists()) {
        const bool exists_now = repository.load(request.number).exists();
        return fail(exit_code::not_found,
                    exists_now ? fmt::format("{} was not there yet then", request.number)
                               : fmt::format("there is no {} in {}", request.number, request.store.string()));
    }
    const document shown = document_of(loaded.state);
    if (request.output == output::json) print_json(request.number, shown, loaded);
    else print_for_people(request.number, shown, loaded);
    return exit_code::ok;
}

}  // namespace

int run(const show_request& request) {
    const shop_store shop{request.store, foldline::sqlite::open_mode::read_only};
    return is_credit_note_number(request.number) ? show(shop.credit_notes, request) : show(shop.orders, request);
}

}  // namespace shop
