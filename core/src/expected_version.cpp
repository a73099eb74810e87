#include <foldline/core/expected_version.hpp>

#include <fmt/core.h>

namespace foldline::inline v0 {

std::string expected_version::to_string() const {
    switch (kind_) {
        case kind::any: return "any version";
        case kind::exists: return "an existing stream";
        case kind::exactly: break;
    }
    return version_ == stream_version{0} ? "no stream" : fmt::format("version {}", version_.value);
}

}  // namespace foldline::inline v0
