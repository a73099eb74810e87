#include "scan_plan.hpp"

#include <sqlite3.h>

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>

namespace foldline::inline v0::sqlite {
namespace {

using part = event_part;

std::optional<char> comparison_of(unsigned char op) {
    switch (op) {
        case SQLITE_INDEX_CONSTRAINT_EQ: return '=';
        case SQLITE_INDEX_CONSTRAINT_LT: return '<';
        case SQLITE_INDEX_CONSTRAINT_GT: return '>';
        case SQLITE_INDEX_CONSTRAINT_LE: return 'l';
        case SQLITE_INDEX_CONSTRAINT_GE: return 'g';
        default: return std::nullopt;
    }
}

/// Goes over what SQLite asks, once.
class chooser {
public:
    chooser(sqlite3_index_info& asked, event_table_shape& shape, double events)
        : asked_(asked), shape_(shape), rows_(std::max(events, 1.0)), read_(rows_) {}

    scan_plan choose() {
        take_used();
        for (int i = 0; i < asked_.nConstraint; ++i) take(i);
        plan_order();
        asked_.estimatedCost = read_ + rows_ + (asked_.orderByConsumed ? 0.0 : rows_);
        asked_.estimatedRows = static_cast<sqlite3_int64>(std::max(rows_, 1.0));
        return std::move(plan_);
    }

private:
    void take_used() {
        const std::size_t columns = shape_.columns().all().size();
        constexpr std::size_t last_bit = 63;  // stands for all columns from there on
        for (std::size_t i = 0; i < columns; ++i)
            if ((asked_.colUsed >> std::min(i, last_bit) & 1U) != 0) plan_.used.push_back(i);
    }

    void take(int i) {
        const auto& constraint = asked_.aConstraint[i];
        const auto compared = comparison_of(constraint.op);
        if (!constraint.usable || constraint.iColumn < 0 || !compared) return;
        const auto column = static_cast<std::size_t>(constraint.iColumn);
        const auto which = shape_.part_at(column);
        const bool is_range = *compared != '=';
        if (is_range && !bounds(which)) return;
        // Texts are compared byte by byte here; another collation may find more of them equal.
        if (sqlite3_stricmp(sqlite3_vtab_collation(&asked_, i), "BINARY") != 0) return;
        bool is_list = sqlite3_vtab_in(&asked_, i, -1) != 0;
        if (is_list) {
            // Streams and positions are found one by one; of all else the scan compares the whole list.
            if (bounds(which) && which != part::position) return;
            if (which == part::stream || which == part::position) is_list = false;
            else sqlite3_vtab_in(&asked_, i, 1);
        }
        if (!is_range && !shape_.columns().all()[column].is_exact && !which) return;
        asked_.aConstraintUsage[i].argvIndex = static_cast<int>(plan_.conditions.size()) + 1;
        asked_.aConstraintUsage[i].omit = 0;
        plan_.conditions.push_back({column, *compared, is_list});
        if (!is_range) equal_.push_back(column);
        estimate(which, is_range);
    }

    [[nodiscard]] static bool bounds(std::optional<part> which) {
        return which == part::position || which == part::recorded_at || which == part::recorded_at_us ||
               which == part::version;
    }

    void estimate(std::optional<part> which, bool is_range) {
        constexpr double events_of_stream = 20;
        if (which == part::position && !is_range) read_ = rows_ = 1;
        else if (which == part::stream) read_ = rows_ = std::min(rows_, events_of_stream);
        else if (which == part::version) rows_ /= is_range ? 2 : 10;
        else if (bounds(which)) read_ /= 4, rows_ /= 4;
        else rows_ /= 10;
    }

    [[nodiscard]] bool has_equal(part which) const {
        return std::any_of(equal_.begin(), equal_.end(),
                           [&](std::size_t column) { return shape_.part_at(column) == which; });
    }

    void plan_order() {
        if (asked_.nOrderBy == 0) return;
        if (is_in_order_of_log()) {
            asked_.orderByConsumed = 1;
            plan_.is_backward = asked_.aOrderBy[0].desc != 0;
            return;
        }
        plan_groups();
    }

    /// Whether all that is sorted by grows with the position.
    [[nodiscard]] bool is_in_order_of_log() const {
        bool is_total = false;  // what comes behind makes no difference
        for (int i = 0; i < asked_.nOrderBy; ++i) {
            const auto& by = asked_.aOrderBy[i];
            const auto which = by.iColumn < 0 ? std::nullopt : shape_.part_at(static_cast<std::size_t>(by.iColumn));
            const bool is_forward = asked_.aOrderBy[0].desc == 0;
            if (which == part::index && is_total && is_forward && by.desc == 0) continue;
            if (by.desc != asked_.aOrderBy[0].desc) return false;
            const bool grows = which == part::position || which == part::recorded_at || which == part::recorded_at_us ||
                               (which == part::version && has_equal(part::stream));
            if (!grows) return false;
            is_total = is_total || which == part::position || which == part::version;
        }
        return true;
    }

    /// Where nothing is asked for but what is sorted by, and what is the same in most rows since it was compared, equal
    /// rows are counted.
    void plan_groups() {
        std::vector<event_groups::key> keys;
        for (int i = 0; i < asked_.nOrderBy; ++i) {
            const auto column = static_cast<std::size_t>(asked_.aOrderBy[i].iColumn);
            const auto cell = std::find(plan_.used.begin(), plan_.used.end(), column);
            if (asked_.aOrderBy[i].iColumn < 0 || cell == plan_.used.end()) return;
            keys.push_back({static_cast<std::size_t>(cell - plan_.used.begin()), asked_.aOrderBy[i].desc != 0});
        }
        for (std::size_t cell = 0; cell < plan_.used.size(); ++cell)
            if (!may_group(plan_.used[cell], cell, keys)) return;
        asked_.orderByConsumed = 1;
        plan_.group_by = std::move(keys);
        plan_.is_distinct = sqlite3_vtab_distinct(&asked_) >= 2;
    }

    [[nodiscard]] bool may_group(std::size_t column, std::size_t cell,
                                 const std::vector<event_groups::key>& keys) const {
        if (!shape_.columns().all()[column].is_exact) return false;
        const auto which = shape_.part_at(column);
        // Of these there are as many as events: to keep them all takes more memory than SQLite's sorter does.
        const bool is_common = !which || which == part::stream || which == part::category || which == part::id ||
                               which == part::type || which == part::schema_version || which == part::actor;
        const bool is_key =
            std::any_of(keys.begin(), keys.end(), [&](const event_groups::key& each) { return each.cell == cell; });
        return is_common && (is_key || std::find(equal_.begin(), equal_.end(), column) != equal_.end());
    }

    sqlite3_index_info& asked_;
    event_table_shape& shape_;
    double rows_;
    double read_;
    scan_plan plan_;
    std::vector<std::size_t> equal_;
};

/// Reads numbers and letters off a text, each with a space behind it.
class words {
public:
    explicit words(std::string_view text) : rest_(text) {}

    std::size_t number() {
        std::size_t value = 0;
        const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
        rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()) + 1);
        return value;
    }
    char letter() {
        const char c = rest_.front();
        rest_.remove_prefix(2);
        return c;
    }

private:
    std::string_view rest_;
};

}  // namespace

scan_plan choose_plan(sqlite3_index_info& asked, event_table_shape& shape, double events) {
    return chooser{asked, shape, events}.choose();
}

std::string scan_plan::to_string() const {
    std::string text = fmt::format("{} {} {} ", is_backward ? 'b' : 'f', is_distinct ? 'd' : 'a', used.size());
    for (const std::size_t each : used) text += fmt::format("{} ", each);
    text += fmt::format("{} ", conditions.size());
    for (const condition& each : conditions)
        text += fmt::format("{} {} {} ", each.column, each.compared, each.is_list ? 'l' : 'v');
    text += fmt::format("{} ", group_by.size());
    for (const event_groups::key& each : group_by)
        text += fmt::format("{} {} ", each.cell, each.is_descending ? 'd' : 'a');
    return text;
}

scan_plan scan_plan::from(std::string_view text) {
    words left{text};
    scan_plan plan;
    plan.is_backward = left.letter() == 'b';
    plan.is_distinct = left.letter() == 'd';
    for (std::size_t n = left.number(); n > 0; --n) plan.used.push_back(left.number());
    for (std::size_t n = left.number(); n > 0; --n) {
        const std::size_t column = left.number();
        const char compared = left.letter();
        plan.conditions.push_back({column, compared, left.letter() == 'l'});
    }
    for (std::size_t n = left.number(); n > 0; --n) {
        const std::size_t cell = left.number();
        plan.group_by.push_back({cell, left.letter() == 'd'});
    }
    return plan;
}

}  // namespace foldline::inline v0::sqlite
