#include <foldline/core/stream_id.hpp>

#include "utf8.hpp"

#include <foldline/core/error.hpp>

#include <fmt/core.h>

namespace foldline::inline v0 {
namespace {

constexpr std::size_t longest_name = 255;

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_category_char(char c) { return is_lower(c) || (c >= '0' && c <= '9') || c == '_'; }

/// Names come from outside; what stands in an error message must not steer a terminal.
std::string quoted(std::string_view name) {
    std::string shown = "'";
    for (char c : name.substr(0, 60)) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte >= 0x7F) shown += fmt::format("\\x{:02x}", byte);
        else shown.push_back(c);
    }
    return shown + (name.size() > 60 ? "…'" : "'");
}

void require_id(std::string_view id) {
    if (id.empty()) throw invalid_name("a stream's id is empty; it needs 1 to 255 bytes");
    if (id.size() > longest_name)
        throw invalid_name(fmt::format("the stream id {} has {} bytes; at most 255 are taken", quoted(id), id.size()));
    if (detail::is_plain_text(id)) return;
    for (std::string_view rest = id; !rest.empty();) {
        const auto point = detail::take_code_point(rest);
        if (!point) throw invalid_name(fmt::format("the stream id {} is not UTF-8", quoted(id)));
        if (detail::is_control(*point))
            throw invalid_name(
                fmt::format("the stream id {} holds the control character U+{:04X}", quoted(id), *point));
    }
}

}  // namespace

void require_category(std::string_view category) {
    bool valid = !category.empty() && category.size() <= longest_name && is_lower(category.front());
    for (char c : category) valid = valid && is_category_char(c);
    if (!valid)
        throw invalid_name(fmt::format(
            "the category {} is none: it begins with a-z, goes on with a-z, 0-9 and _, and has at most 255 bytes",
            quoted(category)));
}

std::string stream_ref::to_string() const {
    std::string text;
    text.reserve(category.size() + 1 + id.size());
    text.append(category).push_back('-');
    text.append(id);
    return text;
}

stream_id::stream_id(std::string category, std::string id) : category_(std::move(category)), id_(std::move(id)) {
    require_category(category_);
    require_id(id_);
}

stream_id stream_id::parse(std::string_view text) {
    const std::size_t dash = text.find('-');
    if (dash == std::string_view::npos)
        throw invalid_name(fmt::format("{} is no stream: one is written category-id", quoted(text)));
    return {std::string(text.substr(0, dash)), std::string(text.substr(dash + 1))};
}

}  // namespace foldline::inline v0
