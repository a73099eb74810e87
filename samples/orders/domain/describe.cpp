#include "domain/describe.hpp"

#include "domain/line.hpp"
#include "domain/money.hpp"
#include "shop/orders/v1/credit_notes.pb.h"
#include "shop/orders/v1/orders.pb.h"
#include "shop/orders/v3/order_placed.pb.h"

#include <fmt/core.h>
#include <google/protobuf/util/json_util.h>

namespace shop {
namespace {

template <class Opened>
std::string who_and_where(const Opened& opened) {
    const std::string customer = opened.customer().empty() ? "unknown customer" : "customer " + opened.customer();
    return fmt::format("{}, {}", customer, opened.country());
}

std::string in_words(const v1::Line& message) {
    const line line = from_message(message);
    return fmt::format("{} x {} at {}, {}", line.quantity, line.stock_code, line.unit_price.to_string(),
                       line.description);
}

template <class Totals>
std::string in_all(const Totals& event) {
    return fmt::format("lines: {}, units: {}, total: {}", event.lines(), event.units(),
                       money::from_e4(event.total_e4()).to_string());
}

std::string describe(const v1::OrderOpened& event) { return who_and_where(event); }
std::string describe(const v1::LineAdded& event) { return in_words(event.line()); }
std::string describe(const v3::OrderPlaced& event) { return in_all(event) + ' ' + event.currency(); }
std::string describe(const v1::OrderPaid& event) { return money::from_e4(event.amount_e4()).to_string(); }
std::string describe(const v1::OrderShipped&) { return {}; }
std::string describe(const v1::OrderCancelled& event) { return event.reason(); }
std::string describe(const v1::CreditNoteOpened& event) { return who_and_where(event); }
std::string describe(const v1::CreditLineAdded& event) { return in_words(event.line()); }
std::string describe(const v1::CreditNoteIssued& event) { return in_all(event); }

}  // namespace

template <class Event>
void event_describer::know() {
    const foldline::event_type type{Event::foldline_event_name, Event::foldline_event_version};
    known_.emplace(store_.type_id(type),
                   known_event{type, foldline::message_ptr{new Event}, [](const google::protobuf::Message& event) {
                                   return describe(static_cast<const Event&>(event));
                               }});
}

event_describer::event_describer(const foldline::event_store& store) : store_(store) {
    know<v1::OrderOpened>();
    know<v1::LineAdded>();
    know<v3::OrderPlaced>();
    know<v1::OrderPaid>();
    know<v1::OrderShipped>();
    know<v1::OrderCancelled>();
    know<v1::CreditNoteOpened>();
    know<v1::CreditLineAdded>();
    know<v1::CreditNoteIssued>();
}

const event_describer::known_event* event_describer::find(const foldline::event_view& event) const {
    const auto found = known_.find(event.type);
    return found == known_.end() ? nullptr : &found->second;
}

std::string event_describer::in_words(const foldline::event_view& event) const {
    const known_event* known = find(event);
    return known ? known->in_words(decode(event, *known->reused, known->type)) : "(an event of another program)";
}

std::string event_describer::in_json(const foldline::event_view& event) const {
    const known_event* known = find(event);
    if (!known) return "null";
    google::protobuf::util::JsonPrintOptions options;
    options.preserve_proto_field_names = true;
    options.always_print_primitive_fields = true;
    std::string json;
    const auto status =
        google::protobuf::util::MessageToJsonString(decode(event, *known->reused, known->type), &json, options);
    return status.ok() ? json : "null";
}

}  // namespace shop
