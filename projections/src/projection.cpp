#include <foldline/projections/projection.hpp>

#include <foldline/core/error.hpp>

#include <fmt/core.h>

#include <algorithm>

namespace foldline::inline v0 {
namespace {

constexpr std::size_t longest_name = 100;  // the name becomes a part of a file's name, which may have 255 bytes

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_name_char(char c) { return is_lower(c) || (c >= '0' && c <= '9') || c == '_'; }

}  // namespace

void projection::flush(sql_session&) {}
void projection::rolled_back() {}
void projection::committed(global_position) {}
void projection::entrusted(partition) {}
void projection::rebuilding(bool) {}
bool projection::erase_key(std::string_view, sql_session&) { return false; }
bool projection::has_order_key() const { return false; }

std::string projection::order_key(std::size_t, const google::protobuf::Message&, const event_view& event) const {
    return event.stream.to_string();
}

void require_projection_name(std::string_view name) {
    const bool valid = !name.empty() && name.size() <= longest_name && is_lower(name.front()) &&
                       std::all_of(name.begin(), name.end(), is_name_char);
    if (!valid)
        throw definition_error(
            fmt::format("'{}' is no name for a projection: one begins with a-z, goes on with a-z, 0-9 and _, and has "
                        "at most {} bytes",
                        name.substr(0, longest_name), longest_name));
}

}  // namespace foldline::inline v0
