#pragma once

#include <foldline/core/event_type.hpp>
#include <foldline/core/global_position.hpp>
#include <foldline/core/stream_id.hpp>
#include <foldline/core/stream_version.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace foldline::inline v0 {

/// How many stored events one read hands out at most; at least 1.
struct batch_limit {
    std::size_t value;
    constexpr explicit batch_limit(std::size_t events) : value(events) {}
};

enum class read_direction { forward, backward };

/// Where a read ended. A page may hold fewer events than were asked for, even none, and not be the last one: a store
/// ends a page early where very many events did not match.
struct page {
    std::size_t events = 0;  ///< stored events that matched, also those that a decorator made none of
    /// Of the last stored event passed, matching or not; the query's own bound if there was none. Who keeps it as a
    /// checkpoint need not pass again what did not match.
    stream_version last_version;
    global_position last_position;
    bool at_end = false;  ///< nothing more matched, of what was stored when the read began
};

/// One type of event, or every version of it.
///
/// value.
struct wanted_type {
    wanted_type(event_type type)  // NOLINT(google-explicit-constructor): an event's type is one of these
        : name(type.name), version(type.version) {}
    [[nodiscard]] static wanted_type every_version_of(std::string name) {
        return wanted_type{std::move(name), std::nullopt};
    }

    [[nodiscard]] bool admits(event_type type) const {
        return type.name == name && (!version || type.version == *version);
    }

    std::string name;
    std::optional<std::uint32_t> version;  ///< absent: every one

private:
    wanted_type(std::string type_name, std::optional<std::uint32_t> only) : name(std::move(type_name)), version(only) {}
};

/// Which events a read hands out: of one stream, of one or some categories, or everything, between two exclusive bounds, in one
/// direction, and of those the ones that its filters let through. A stream is bounded by versions, a category and
/// everything by positions.
///
/// value.
class read_query {
public:
    struct everything {};
    struct of_categories {
        std::vector<std::string> names;  ///< at least one, each once
    };
    using scope = std::variant<everything, of_categories, stream_id>;

    [[nodiscard]] static read_query all() { return read_query{everything{}}; }
    /// Throws `invalid_name`.
    [[nodiscard]] static read_query category(std::string category);
    /// The events of several categories, in the order of the log. Throws `invalid_name`, and `invalid_request` for an
    /// empty list.
    [[nodiscard]] static read_query categories(std::vector<std::string> names);
    [[nodiscard]] static read_query stream(stream_id stream) { return read_query{std::move(stream)}; }

    /// Only what lies beyond the bound. Throws `invalid_request` if it is of the wrong kind for the scope.
    [[nodiscard]] read_query after(stream_version bound) const;
    [[nodiscard]] read_query after(global_position bound) const;
    [[nodiscard]] read_query before(stream_version bound) const;
    [[nodiscard]] read_query before(global_position bound) const;
    /// Only events of these types, as readers get them: an upcast event is of the type that it became. Takes the place
    /// of types named before. Throws `invalid_request` for an empty list or name.
    [[nodiscard]] read_query of_types(std::vector<wanted_type> types) const;
    /// Only events whose metadata carries this correlation id. Throws `invalid_request` for an empty one.
    [[nodiscard]] read_query with_correlation(std::string id) const;
    /// Latest first.
    [[nodiscard]] read_query backward() const;
    /// The rest of this query, once `page` of it was read.
    [[nodiscard]] read_query from(const page& page) const;

    [[nodiscard]] const scope& where() const { return scope_; }
    [[nodiscard]] read_direction direction() const { return direction_; }
    /// The exclusive bounds as plain numbers of the scope's kind.
    [[nodiscard]] std::int64_t lower_bound() const { return after_; }
    [[nodiscard]] std::int64_t upper_bound() const { return before_; }
    /// Empty: all types.
    [[nodiscard]] const std::vector<wanted_type>& types() const { return types_; }
    /// Empty: with any, or none.
    [[nodiscard]] const std::string& correlation() const { return correlation_; }
    /// The page of a read that met no event.
    [[nodiscard]] page empty_page() const;

private:
    explicit read_query(scope where) : scope_(std::move(where)) {}
    [[nodiscard]] bool by_version() const { return std::holds_alternative<stream_id>(scope_); }

    scope scope_;
    read_direction direction_ = read_direction::forward;
    std::int64_t after_ = 0;
    std::int64_t before_ = std::numeric_limits<std::int64_t>::max();
    std::vector<wanted_type> types_;
    std::string correlation_;
};

}  // namespace foldline::inline v0
