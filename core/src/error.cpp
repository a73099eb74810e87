#include <foldline/core/error.hpp>

#include <fmt/core.h>

namespace foldline::inline v0 {
namespace {

std::string_view consequence(write_outcome outcome) {
    return outcome == write_outcome::nothing_stored
               ? "nothing was stored"
               : "whether it was stored is not known; open the store again and look the event ids up";
}

}  // namespace

limit_exceeded::limit_exceeded(std::string_view what, std::size_t actual_, std::size_t limit_)
    : invalid_request(fmt::format("{}: {} is more than the {} that one append takes", what, actual_, limit_)),
      actual(actual_),
      limit(limit_) {}

storage_error::storage_error(int code_, std::string_view operation, std::string_view why, write_outcome outcome_)
    : error(fmt::format("{}: {} (code {}); {}", operation, why, code_, consequence(outcome_))),
      code(code_),
      outcome(outcome_) {}

corrupt_event::corrupt_event(stream_ref stream_, stream_version version_, global_position position_,
                             std::string_view why)
    : corrupt_data(fmt::format("damaged event at position {}, stream {}, version {}: {}", position_.value,
                               stream_.to_string(), version_.value, why)),
      stream(stream_.to_string()),
      version(version_),
      position(position_) {}

event_failure::event_failure(event_type type_, stream_ref stream_, stream_version version_, global_position position_,
                             std::string_view why)
    : error(fmt::format("event {} at position {}, stream {}, version {}: {}", type_.to_string(), position_.value,
                        stream_.to_string(), version_.value, why)),
      type(type_.to_string()),
      stream(stream_.to_string()),
      version(version_),
      position(position_) {}

}  // namespace foldline::inline v0
