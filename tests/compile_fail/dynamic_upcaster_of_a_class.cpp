#include <foldline_tests/shop/v1/order.pb.h>
#include <foldline_tests/shop/v2/order.pb.h>
#include <foldline/upcasters/upcaster_chain.hpp>

namespace v1 = foldline_tests::shop::v1;
namespace v2 = foldline_tests::shop::v2;

void add_to(foldline::upcaster_chain& chain) {
#ifdef FOLDLINE_CONTROL
    chain.add([](const v1::OrderPlaced&) { return v2::OrderPlaced{}; });
#else
    chain.add_dynamic({"order-placed", 1}, [](const v1::OrderPlaced&) { return v2::OrderPlaced{}; });
#endif
}
