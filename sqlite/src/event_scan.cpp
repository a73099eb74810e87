#include "event_scan.hpp"

#include "row_values.hpp"
#include "wire_columns.hpp"

#include <foldline/core/error.hpp>

#include <algorithm>
#include <cmath>

namespace foldline::inline v0::sqlite {
namespace {

using part = event_part;
constexpr std::int64_t no_bound = std::numeric_limits<std::int64_t>::max();

/// Narrows two exclusive bounds to what compares so with a number. False where the value is none that this can be said
/// of.
bool narrow(char compared, const scan_value& value, std::int64_t& after, std::int64_t& before) {
    constexpr double far = 9e18;
    double real = 0;
    if (const auto* integer = std::get_if<std::int64_t>(&value)) {
        const std::int64_t n = *integer;
        if (compared == '>' || compared == '=')
            after = std::max(after, compared == '>' ? n : n == INT64_MIN ? n : n - 1);
        if (compared == 'g') after = std::max(after, n == INT64_MIN ? n : n - 1);
        if (compared == '<') before = std::min(before, n);
        if (compared == 'l' || compared == '=') before = std::min(before, n == no_bound ? n : n + 1);
        return true;
    }
    if (const auto* given = std::get_if<double>(&value)) real = *given;
    else return false;
    if (!(real > -far && real < far)) return false;
    const double floor = std::floor(real);
    const auto whole = static_cast<std::int64_t>(floor);
    if (floor == real) return narrow(compared, scan_value{whole}, after, before);
    if (compared == '=') before = std::min(before, after + 1);
    else if (compared == '>' || compared == 'g') after = std::max(after, whole);
    else before = std::min(before, whole + 1);
    return true;
}

/// Looks for times: those that events were recorded at never go back from one position to the next.
class time_finder {
public:
    time_finder(const event_store& store, event_range& range) : store_(store), range_(range) {}

    /// `reaches(micros)`: false for early times, true for later ones.
    template <class Reaches>
    [[nodiscard]] std::int64_t first_that(Reaches reaches) const {
        std::int64_t low = range_.after + 1;
        std::int64_t high = range_.before;
        while (low < high) {
            const std::int64_t middle = low + (high - low) / 2;
            const auto time = time_from(middle);
            if (!time || reaches(*time)) high = middle;
            else low = middle + 1;
        }
        return low;
    }

private:
    /// When the first event at this position or behind it was recorded; empty if there is none.
    [[nodiscard]] std::optional<std::int64_t> time_from(std::int64_t position) const {
        std::optional<std::int64_t> found;
        const auto take = [&](const event_view& event) {
            if (!found) found = micros(event.recorded_at);
            return flow::stop;
        };
        auto query = read_query::all().after(global_position{position - 1}).before(global_position{range_.before});
        // Of many events in a row a store may hand out none, if it drops them.
        std::size_t limit = 1;
        for (page page; !page.at_end && !found; query = query.from(page), limit = std::min(limit * 4, most_at_once))
            page = store_.read(query, batch_limit{limit}, take);
        return found;
    }

    static constexpr std::size_t most_at_once = 1'024;

    const event_store& store_;
    event_range& range_;
};

/// How the text of a time compares with another one. A time without a text is before or behind all that have one, by
/// which the order stays that of the log.
int compare_as_text(std::int64_t micros, const std::string& with) {
    time_text buffer;
    const std::string_view text = text_of_time(micros, buffer);
    if (text.empty()) return micros < 0 ? -1 : 1;
    return text.compare(with);
}

/// `reached(order)`: of a time that comes before (-1), at (0) or behind (1) the one that is asked for.
template <class Order>
void narrow_by_time(char compared, const event_store& store, event_range& range, Order order) {
    const time_finder find{store, range};
    const bool at_least = compared == 'g' || compared == '=' || compared == '<';
    const std::int64_t first = find.first_that([&](std::int64_t time) { return order(time) >= (at_least ? 0 : 1); });
    if (compared == '<' || compared == 'l') range.before = std::min(range.before, first);
    else range.after = std::max(range.after, first - 1);
    if (compared == '=') narrow_by_time('l', store, range, order);
}

template <class Value>
[[nodiscard]] std::vector<Value> all_of(const scan_values& values, std::optional<Value> (*of)(const scan_value&)) {
    std::vector<Value> found;
    for (const scan_value& each : values)
        if (auto value = of(each); value && std::find(found.begin(), found.end(), *value) == found.end())
            found.push_back(std::move(*value));
    return found;
}

std::optional<std::string> text_in(const scan_value& value) {
    if (const auto* text = std::get_if<std::string>(&value)) return *text;
    return std::nullopt;
}

std::optional<std::string> category_in(const scan_value& value) {
    auto text = text_in(value);
    try {
        if (text) require_category(*text);
    } catch (const invalid_name&) {
        return std::nullopt;  // no event has it
    }
    return text;
}

std::optional<std::string> type_in(const scan_value& value) {
    auto text = text_in(value);
    return text && !text->empty() ? text : std::nullopt;
}

std::optional<std::uint32_t> schema_version_in(const scan_value& value) {
    const auto* number = std::get_if<std::int64_t>(&value);
    if (!number || *number < 0 || *number > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
    return static_cast<std::uint32_t>(*number);
}

/// An integer column compares equal with other kinds, too.
bool are_integers_or_null(const scan_values& values) {
    return std::all_of(values.begin(), values.end(), [](const scan_value& each) {
        return std::holds_alternative<std::int64_t>(each) || std::holds_alternative<std::monostate>(each);
    });
}

class narrower {
public:
    narrower(event_range& range, const event_store& store) : range_(range), store_(store) {}

    void stream(const scan_value& value) {
        const auto text = text_in(value);
        try {
            if (text) range_.stream = stream_id::parse(*text);
        } catch (const invalid_name&) {}
        // A stream's name is a text, and no number reads like one.
        range_.is_empty = range_.is_empty || !range_.stream || range_.stream->to_string() != *text;
    }
    void categories(const scan_values& values) {
        if (range_.categories) return;
        range_.categories = all_of<std::string>(values, category_in);
        range_.is_empty = range_.is_empty || range_.categories->empty();
    }
    void types(const scan_values& values) {
        if (range_.types) return;
        range_.types = all_of<std::string>(values, type_in);
        range_.is_empty = range_.is_empty || range_.types->empty();
    }
    void schema_versions(const scan_values& values) {
        if (range_.schema_versions || !are_integers_or_null(values)) return;
        range_.schema_versions = all_of<std::uint32_t>(values, schema_version_in);
        range_.is_empty = range_.is_empty || range_.schema_versions->empty();
    }
    void time(char compared, const scan_value& value) {
        const auto* text = std::get_if<std::string>(&value);
        if (!text) return;
        narrow_by_time(compared, store_, range_, [&](std::int64_t micros) { return compare_as_text(micros, *text); });
    }
    void time_us(char compared, const scan_value& value) {
        const auto* wanted = std::get_if<std::int64_t>(&value);
        if (!wanted) return;
        narrow_by_time(compared, store_, range_, [&](std::int64_t micros) {
            return micros < *wanted ? -1 : micros == *wanted ? 0 : 1;
        });
    }

private:
    event_range& range_;
    const event_store& store_;
};

bool is_null(const scan_values& values) {
    return std::all_of(values.begin(), values.end(),
                       [](const scan_value& each) { return std::holds_alternative<std::monostate>(each); });
}

}  // namespace

read_query event_range::query(bool backward) const {
    read_query query =
        stream ? read_query::stream(*stream).after(stream_version{after_version}).before(stream_version{before_version})
               : (categories ? read_query::categories(*categories) : read_query::all())
                     .after(global_position{after})
                     .before(global_position{before});
    std::vector<wanted_type> wanted;
    if (types)
        for (const std::string& name : *types) {
            if (!schema_versions) wanted.push_back(wanted_type::every_version_of(name));
            else
                for (const std::uint32_t version : *schema_versions) wanted.emplace_back(event_type{name, version});
        }
    if (!wanted.empty()) query = query.of_types(std::move(wanted));
    return backward ? query.backward() : query;
}

event_range range_of(const scan_plan& plan, std::span<const scan_values> values, const event_table_shape& shape,
                     const event_store& store, global_position head) {
    event_range range;
    range.before = head.value + 1;
    if (!shape.event_name().empty()) range.types = std::vector{shape.event_name()};
    narrower narrow_to{range, store};
    for (std::size_t i = 0; i < plan.conditions.size(); ++i) {
        const auto& [column, compared, is_list] = plan.conditions[i];
        const auto which = shape.part_at(column);
        if (is_null(values[i])) range.is_empty = true;  // nothing is equal to null, or compares with it
        if (range.is_empty) return range;
        if (which == part::position) narrow(compared, values[i].front(), range.after, range.before);
        else if (which == part::version) narrow(compared, values[i].front(), range.after_version, range.before_version);
        else if (which == part::stream) narrow_to.stream(values[i].front());
        else if (which == part::category) narrow_to.categories(values[i]);
        else if (which == part::type) narrow_to.types(values[i]);
        else if (which == part::schema_version) narrow_to.schema_versions(values[i]);
    }
    // Times last, when there are fewest positions to look for them.
    for (std::size_t i = 0; i < plan.conditions.size() && !range.stream && range.after < range.before; ++i) {
        const auto which = shape.part_at(plan.conditions[i].column);
        if (which == part::recorded_at) narrow_to.time(plan.conditions[i].compared, values[i].front());
        if (which == part::recorded_at_us) narrow_to.time_us(plan.conditions[i].compared, values[i].front());
    }
    const auto holds_none = [](std::int64_t after, std::int64_t before) {
        return after >= before || after + 1 == before;
    };
    range.is_empty = range.is_empty || holds_none(range.after, range.before) ||
                     (range.stream && holds_none(range.after_version, range.before_version));
    return range;
}

cell_filter::cell_filter(const scan_plan& plan, std::span<const scan_values> values, const table_columns& columns) {
    for (std::size_t i = 0; i < plan.conditions.size(); ++i) {
        const scan_plan::condition& each = plan.conditions[i];
        const auto cell = std::find(plan.used.begin(), plan.used.end(), each.column);
        if (each.compared != '=' || cell == plan.used.end()) continue;
        tests_.push_back({static_cast<std::size_t>(cell - plan.used.begin()),
                          columns.all()[each.column].declared == "TEXT", values[i]});
    }
}

bool cell_filter::admits(const event_cell& cell, const test& asked) {
    if (cell.is == event_cell::kind::null) return false;
    for (const scan_value& each : asked.any_of) {
        if (std::holds_alternative<std::monostate>(each)) continue;
        if (const auto* text = std::get_if<std::string>(&each);
            text && cell.is == event_cell::kind::text && asked.is_text) {
            if (cell.view() == *text) return true;
        } else if (const auto* number = std::get_if<std::int64_t>(&each);
                   number && cell.is == event_cell::kind::integer) {
            if (cell.integer == *number) return true;
        } else if (const auto* bytes = std::get_if<std::vector<char>>(&each);
                   bytes && cell.is == event_cell::kind::blob) {
            if (cell.view() == std::string_view{bytes->data(), bytes->size()}) return true;
        } else {
            return true;
        }
    }
    return false;
}

}  // namespace foldline::inline v0::sqlite
