#pragma once

#include <foldline_tests/shop/v1/order.pb.h>
#include <foldline_tests/shop/v2/order.pb.h>
#include <foldline_tests/shop/v3/order.pb.h>
#include <foldline/core/codec.hpp>
#include <foldline/core/event_store.hpp>
#include <foldline/testing/message_difference.hpp>

#include <fmt/core.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace foldline_tests {

/// Any event of the shop as text, read by the class that this program has for its type.
inline std::string text_of_shop_event(const foldline::event_view& event, foldline::event_type type) {
    static const std::array<const google::protobuf::Message*, 8> classes{
        &shop::v1::OrderPlaced::default_instance(),   &shop::v2::OrderPlaced::default_instance(),
        &shop::v3::OrderPlaced::default_instance(),   &shop::v1::CartViewed::default_instance(),
        &shop::v1::OrderScripted::default_instance(), &shop::v1::OrderGarbled::default_instance(),
        &shop::v1::OrderShipped::default_instance(),  &shop::v1::NoteAdded::default_instance()};
    for (const google::protobuf::Message* one : classes) {
        if (foldline::schema_of(*one).type != type) continue;
        const foldline::message_ptr reused{one->New()};
        return foldline::testing::one_line(foldline::decode(event, *reused, type));
    }
    return event.message ? foldline::testing::one_line(*event.message) : type.to_string() + " unread";
}

/// A line for each event that a reader gets: `3.1 order-1 v2 order-placed@3 { customer: "x" }`, of position and part.
inline std::vector<std::string> lines_of(const foldline::event_store& store, foldline::read_query query,
                                         std::size_t limit = 100) {
    std::vector<std::string> lines;
    for (;;) {
        const auto page = store.read(query, foldline::batch_limit{limit}, [&](const foldline::event_view& event) {
            lines.push_back(fmt::format("{}.{} {} v{} {}", event.position.value, event.part, event.stream.to_string(),
                                        event.version.value, text_of_shop_event(event, store.type_of(event.type))));
        });
        if (page.at_end) return lines;
        query = query.from(page);
    }
}

inline shop::v1::OrderPlaced old_order(const std::string& customer, std::int64_t total_major) {
    shop::v1::OrderPlaced event;
    event.set_customer(customer);
    event.set_total_major(total_major);
    return event;
}
inline shop::v1::OrderShipped shipment(const std::string& carrier) {
    shop::v1::OrderShipped event;
    event.set_carrier(carrier);
    return event;
}
inline shop::v1::NoteAdded shop_note(const std::string& text) {
    shop::v1::NoteAdded event;
    event.set_text(text);
    return event;
}

}  // namespace foldline_tests
