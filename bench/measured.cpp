#include "measured.hpp"

#include <fmt/core.h>

#include <stdexcept>
#include <string>

namespace foldline_bench {
namespace {

constexpr auto correlation_id = "4bf92f3577b34da6a3ce929d";
constexpr auto actor = "importer";

}  // namespace

v1::LineMeasured first_event() {
    v1::LineMeasured event;
    event.set_order_id("order-0000536365");
    event.set_customer("customer-178");
    event.set_description("WHITE HANGING HEART T-LIGHT HOLDERS");
    event.set_country("United Kingdom");
    event.set_units(240);
    event.set_unit_price_e4(25'500);
    event.set_total_e4(6'120'000);
    make_next(event, 0);
    if (event.ByteSizeLong() != payload_bytes || raw_metadata().ByteSizeLong() != metadata_bytes ||
        encode(our_metadata()) != raw_metadata().SerializeAsString())
        throw std::logic_error(fmt::format("the event takes {} bytes and its metadata {}; they are to take {} and {}",
                                           event.ByteSizeLong(), raw_metadata().ByteSizeLong(), payload_bytes,
                                           metadata_bytes));
    return event;
}

void make_next(v1::LineMeasured& reused, std::uint64_t n) {
    std::string& product = *reused.mutable_product();
    product.assign("item-000");
    for (std::uint64_t rest = n % 1000, digit = 7; rest > 0; rest /= 10, --digit)
        product[digit] = static_cast<char>('0' + rest % 10);
    reused.set_placed_at_us(1'291'191'960'000'000 + static_cast<std::int64_t>(n));
    reused.set_trace(n + 1);
}

foldline::metadata our_metadata() {
    foldline::metadata meta;
    meta.correlation_id = correlation_id;
    meta.actor = actor;
    return meta;
}

foldline::storage::Metadata raw_metadata() {
    foldline::storage::Metadata meta;
    meta.set_correlation_id(correlation_id);
    meta.set_actor(actor);
    return meta;
}

}  // namespace foldline_bench
