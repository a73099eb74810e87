#include <foldline/projections/projection_chain.hpp>

#include <foldline/core/error.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace foldline::inline v0 {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// SQL does not tell `Sales` from `sales`.
bool is_same_table(std::string_view one, std::string_view other) {
    return std::equal(one.begin(), one.end(), other.begin(), other.end(),
                      [](char a, char b) { return lower(a) == lower(b); });
}

}  // namespace

projection_chain::projection_chain(std::string name, std::uint32_t version, std::vector<projection*> parts)
    : name_(std::move(name)), version_(version) {
    require_projection_name(name_);
    if (version_ == 0) throw definition_error(fmt::format("projection {} is of version 0; versions begin at 1", name_));
    if (parts.empty())
        throw definition_error(fmt::format("projection {} is a chain of nothing; name its parts", name_));
    for (projection* part : parts) add(part);
}

void projection_chain::add(projection* part) {
    if (!part) throw definition_error(fmt::format("projection {}: a part of the chain is null", name_));
    for (const projection* known : parts_)
        if (known->name() == part->name())
            throw definition_error(fmt::format("projection {}: two of its parts are called {}", name_, part->name()));
    if (!parts_.empty() && parts_.front()->has_order_key() != part->has_order_key())
        throw definition_error(
            fmt::format("projection {}: of its parts {} and {}, one keeps events in order by stream, the other by a "
                        "key of its own; "
                        "let both do the same",
                        name_, parts_.front()->name(), part->name()));
    parts_.push_back(part);
    add_tables(*part);
    for (std::size_t wanted = 0; wanted < part->events().size(); ++wanted) add_event(*part, wanted);
}

void projection_chain::add_tables(const projection& part) {
    for (const read_model_table& table : part.tables()) {
        for (const read_model_table& known : tables_)
            if (is_same_table(known.name, table.name))
                throw definition_error(
                    fmt::format("projection {}: two of its parts keep the table '{}'", name_, table.name));
        tables_.push_back(table);
    }
}

void projection_chain::add_event(projection& part, std::size_t wanted) {
    const projected_event& event = part.events()[wanted];
    const auto known = std::find_if(events_.begin(), events_.end(),
                                    [&](const projected_event& each) { return each.type == event.type; });
    const auto index = static_cast<std::size_t>(known - events_.begin());
    if (known == events_.end()) {
        events_.push_back(event);
        takers_.emplace_back();
    }
    takers_[index].push_back({&part, wanted});
}

void projection_chain::apply(std::size_t wanted, const google::protobuf::Message& message, const event_view& event,
                             sql_session& rows) {
    try {
        for (const taker& next : takers_[wanted]) next.part->apply(next.wanted, message, event, rows);
    } catch (...) {
        // A part that has applied the event already must not keep it.
        rolled_back();
        throw;
    }
}

void projection_chain::flush(sql_session& rows) {
    try {
        for (projection* part : parts_) part->flush(rows);
    } catch (...) {
        rolled_back();
        throw;
    }
}

void projection_chain::rolled_back() {
    for (projection* part : parts_) part->rolled_back();
}

void projection_chain::committed(global_position position) {
    for (projection* part : parts_) part->committed(position);
}

void projection_chain::entrusted(partition part) {
    for (projection* each : parts_) each->entrusted(part);
}

void projection_chain::rebuilding(bool now) {
    for (projection* part : parts_) part->rebuilding(now);
}

std::string projection_chain::order_key(std::size_t wanted, const google::protobuf::Message& message,
                                        const event_view& event) const {
    const std::vector<taker>& all = takers_[wanted];
    std::string key = all.front().part->order_key(all.front().wanted, message, event);
    for (const taker& other : all)
        if (&other != &all.front() && other.part->order_key(other.wanted, message, event) != key)
            throw definition_error(
                fmt::format("projection {}: its parts {} and {} keep {} in order by different keys; project them apart",
                            name_, all.front().part->name(), other.part->name(), events_[wanted].type.to_string()));
    return key;
}

}  // namespace foldline::inline v0
