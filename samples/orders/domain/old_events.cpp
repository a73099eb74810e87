#include "domain/events.hpp"
#include "domain/money.hpp"
#include "shop/orders/v2/order_placed.pb.h"
#include "shop/orders/v3/order_placed.pb.h"

#include <foldline/upcasters/carried_over.hpp>
#include <foldline/upcasters/declared_upcaster.hpp>

namespace shop {
namespace {

// [doc:steps]
/// The class of version 1 is long deleted: stored events are read by the schema that their file keeps. The file keeps
/// this step as well, so `foldline events --upcast` can take it without this program.
foldline::declared_upcaster in_tenthousandths() {
    constexpr std::int64_t e4_per_penny = 100;
    foldline::declared_upcaster step{{"order-placed", 1}, {"order-placed", 2}};
    step.move("total_pence", "total_e4", foldline::multiplied_by{e4_per_penny});
    return step;
}

void in_pounds(v3::OrderPlaced& placed) { placed.set_currency(std::string{currency_of_the_shop}); }
// [doc:end]

}  // namespace

// [doc:chain]
foldline::upcaster_chain old_events() {
    foldline::upcaster_chain chain;
    chain.add<v2::OrderPlaced>(in_tenthousandths());
    chain.add(foldline::carried_over<v2::OrderPlaced>(in_pounds));
    return chain;
}
// [doc:end]

}  // namespace shop
