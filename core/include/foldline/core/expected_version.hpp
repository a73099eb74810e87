#pragma once

#include <foldline/core/stream_version.hpp>

#include <string>

namespace foldline::inline v0 {

/// Where a writer believes a stream to be. A store refuses the write if it is not there.
///
/// value.
class expected_version {
public:
    /// The stream may be anywhere, absent too.
    [[nodiscard]] static constexpr expected_version any() { return {kind::any, stream_version{}}; }
    /// The stream has no event yet.
    [[nodiscard]] static constexpr expected_version no_stream() { return {kind::exactly, stream_version{0}}; }
    /// The stream has at least one event.
    [[nodiscard]] static constexpr expected_version stream_exists() { return {kind::exists, stream_version{}}; }
    /// The stream's last event is at `version`; 0 is the same as `no_stream()`.
    [[nodiscard]] static constexpr expected_version exactly(stream_version version) { return {kind::exactly, version}; }

    [[nodiscard]] constexpr bool admits(stream_version actual) const {
        switch (kind_) {
            case kind::any: return true;
            case kind::exists: return actual > stream_version{0};
            case kind::exactly: return actual == version_;
        }
        return false;
    }

    [[nodiscard]] std::string to_string() const;
    friend constexpr bool operator==(const expected_version&, const expected_version&) = default;

private:
    enum class kind { any, exists, exactly };
    constexpr expected_version(kind which, stream_version version) : kind_(which), version_(version) {}

    kind kind_;
    stream_version version_;
};

}  // namespace foldline::inline v0
