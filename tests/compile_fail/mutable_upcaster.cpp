#include <foldline_tests/shop/v1/order.pb.h>
#include <foldline_tests/shop/v2/order.pb.h>
#include <foldline/upcasters/upcaster_chain.hpp>

namespace v1 = foldline_tests::shop::v1;
namespace v2 = foldline_tests::shop::v2;

void add_to(foldline::upcaster_chain& chain) {
    int calls = 0;
#ifdef FOLDLINE_CONTROL
    chain.add([calls](const v1::OrderPlaced&) { return calls ? v2::OrderPlaced{} : v2::OrderPlaced{}; });
#else
    chain.add([calls](const v1::OrderPlaced&) mutable { return ++calls ? v2::OrderPlaced{} : v2::OrderPlaced{}; });
#endif
}
