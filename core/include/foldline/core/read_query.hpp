#pragma once

#include <foldline/core/global_position.hpp>
#include <foldline/core/stream_id.hpp>
#include <foldline/core/stream_version.hpp>

#include <cstddef>
#include <limits>
#include <string>
#include <variant>

namespace foldline::inline v0 {

/// How many stored events one read hands out at most; at least 1.
struct batch_limit {
    std::size_t value;
    constexpr explicit batch_limit(std::size_t events) : value(events) {}
};

enum class read_direction { forward, backward };

/// Where a read ended.
struct page {
    std::size_t events = 0;       ///< stored events passed, also those that a decorator made none of
    stream_version last_version;  ///< of the last stored event passed; the query's own bound if there was none
    global_position last_position;
    bool at_end = false;  ///< nothing more matched, of what was stored when the read began
};

/// Which events a read hands out: one stream, one category or everything, between two exclusive bounds, in one
/// direction. A stream is bounded by versions, a category and everything by positions.
///
/// value.
class read_query {
public:
    struct everything {};
    struct of_category {
        std::string category;
    };
    using scope = std::variant<everything, of_category, stream_id>;

    [[nodiscard]] static read_query all() { return read_query{everything{}}; }
    /// Throws `invalid_name`.
    [[nodiscard]] static read_query category(std::string category);
    [[nodiscard]] static read_query stream(stream_id stream) { return read_query{std::move(stream)}; }

    /// Only what lies beyond the bound. Throws `invalid_request` if it is of the wrong kind for the scope.
    [[nodiscard]] read_query after(stream_version bound) const;
    [[nodiscard]] read_query after(global_position bound) const;
    [[nodiscard]] read_query before(stream_version bound) const;
    [[nodiscard]] read_query before(global_position bound) const;
    /// Latest first.
    [[nodiscard]] read_query backward() const;
    /// The rest of this query, once `page` of it was read.
    [[nodiscard]] read_query from(const page& page) const;

    [[nodiscard]] const scope& where() const { return scope_; }
    [[nodiscard]] read_direction direction() const { return direction_; }
    /// The exclusive bounds as plain numbers of the scope's kind.
    [[nodiscard]] std::int64_t lower_bound() const { return after_; }
    [[nodiscard]] std::int64_t upper_bound() const { return before_; }
    /// The page of a read that met no event.
    [[nodiscard]] page empty_page() const;

private:
    explicit read_query(scope where) : scope_(std::move(where)) {}
    [[nodiscard]] bool by_version() const { return std::holds_alternative<stream_id>(scope_); }

    scope scope_;
    read_direction direction_ = read_direction::forward;
    std::int64_t after_ = 0;
    std::int64_t before_ = std::numeric_limits<std::int64_t>::max();
};

}  // namespace foldline::inline v0
