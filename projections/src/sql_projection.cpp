#include <foldline/projections/sql_projection.hpp>

#include <foldline/core/error.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <array>

namespace foldline::inline v0 {
namespace {

constexpr std::array<std::string_view, 5> our_prefixes{"foldline_", "log_", "rm_", "sn_", "sqlite_"};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// SQL does not tell `Sales` from `sales`.
std::string lowered(std::string_view name) {
    std::string text{name};
    std::transform(text.begin(), text.end(), text.begin(), lower);
    return text;
}

bool is_identifier(std::string_view name) {
    const auto fits = [](char c) { return (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
    return !name.empty() && !(name.front() >= '0' && name.front() <= '9') &&
           std::all_of(name.begin(), name.end(), fits);
}

void require_table_name(std::string_view projection, std::string_view name) {
    if (!is_identifier(name))
        throw definition_error(fmt::format(
            "projection {}: '{}' is no name for a table; use letters, digits and _, and begin with a letter",
            projection, name));
    for (const std::string_view prefix : our_prefixes)
        if (lowered(name).starts_with(prefix))
            throw definition_error(
                fmt::format("projection {}: the table '{}' cannot begin with {}, which is not the user's", projection,
                            name, prefix));
}

}  // namespace

sql_projection::sql_projection(std::string name, std::uint32_t version) : name_(std::move(name)), version_(version) {
    require_projection_name(name_);
    if (version_ == 0) throw definition_error(fmt::format("projection {} is of version 0; versions begin at 1", name_));
}

sql_projection& sql_projection::table(std::string name, std::string create) {
    require_table_name(name_, name);
    for (const read_model_table& known : tables_)
        if (lowered(known.name) == lowered(name))
            throw definition_error(fmt::format("projection {}: the table '{}' is named twice", name_, name));
    tables_.push_back({std::move(name), std::move(create)});
    return *this;
}

void sql_projection::add(projected_event event, known_handler handler) {
    for (const projected_event& known : events_)
        if (known.type == event.type)
            throw definition_error(fmt::format("projection {} handles {} twice; one handler does all of it", name_,
                                               event.type.to_string()));
    events_.push_back(event);
    handlers_.push_back(std::move(handler));
}

}  // namespace foldline::inline v0
