#pragma once

#include "club.hpp"
#include "foldline_tests/parcels/v1/parcels.pb.h"

#include <cstdint>
#include <string>

namespace foldline_tests {

/// A parcel without a word about people.
[[nodiscard]] inline parcels::v1::ParcelSent parcel(const std::string& id, std::int64_t grams = 500) {
    parcels::v1::ParcelSent event;
    event.set_parcel_id(id);
    event.set_grams(grams);
    return event;
}

}  // namespace foldline_tests
