#include <foldline_tests/shop/v1/order.pb.h>
#include <foldline_tests/shop/v2/order.pb.h>
#include <foldline/upcasters/upcaster_chain.hpp>

namespace v1 = foldline_tests::shop::v1;
namespace v2 = foldline_tests::shop::v2;

void add_to(foldline::upcaster_chain& chain) {
#ifdef FOLDLINE_CONTROL
    chain.add(foldline::carried_over<v1::OrderPlaced>([](v2::OrderPlaced&) {}));
#else
    chain.add(foldline::carried_over<v1::OrderPlaced>([](const v2::OrderPlaced&) {}));
#endif
}
