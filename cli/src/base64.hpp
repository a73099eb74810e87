#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace foldline::inline v0::cli {

/// RFC 4648, section 4, with padding.
[[nodiscard]] std::string base64(std::string_view bytes);
/// What `base64` wrote; none for anything else.
[[nodiscard]] std::optional<std::string> bytes_of_base64(std::string_view text);

}  // namespace foldline::inline v0::cli
