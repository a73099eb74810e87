#pragma once

#include <compare>
#include <string>
#include <string_view>

namespace foldline::inline v0 {

/// A stream's name, borrowed: lives as long as whatever lent it.
///
/// value.
struct stream_ref {
    std::string_view category;
    std::string_view id;

    /// Written `category-id`.
    [[nodiscard]] std::string to_string() const;
    friend bool operator==(const stream_ref&, const stream_ref&) = default;
};

/// The name of a stream, the events of one aggregate: a category `[a-z][a-z0-9_]*` of up to 255 bytes, and an id of 1
/// to 255 bytes of UTF-8 without control characters. Every store takes exactly these and keeps them byte for byte.
///
/// value.
class stream_id {
public:
    /// Throws `invalid_name`.
    stream_id(std::string category, std::string id);
    explicit stream_id(stream_ref borrowed) : category_(borrowed.category), id_(borrowed.id) {}

    /// Reads `category-id`, split at the first `-`. Throws `invalid_name`.
    [[nodiscard]] static stream_id parse(std::string_view text);

    [[nodiscard]] const std::string& category() const { return category_; }
    [[nodiscard]] const std::string& id() const { return id_; }
    [[nodiscard]] stream_ref ref() const { return {category_, id_}; }
    [[nodiscard]] std::string to_string() const { return ref().to_string(); }

    friend auto operator<=>(const stream_id&, const stream_id&) = default;

private:
    std::string category_;
    std::string id_;
};

/// Throws `invalid_name` unless `category` is one.
void require_category(std::string_view category);

}  // namespace foldline::inline v0
