#include <iostream>

#include "stranger/v1/parcel.fwd.h"
#include "stranger/v1/parcel.pb.h"

int main() {
    using stranger::v1::ParcelSent;
    const auto& option = ParcelSent::descriptor()->options().GetExtension(foldline::event);
    if (option.name() != ParcelSent::foldline_event_name) return 1;
    std::cout << ParcelSent::foldline_event_name << " version " << ParcelSent::foldline_event_version << '\n';
    return 0;
}
