#pragma once

#include "event_scan.hpp"
#include "page_reader.hpp"
#include "row_page.hpp"
#include "scan_runner.hpp"
#include "spilled_groups.hpp"

#include <foldline/sqlite/event_sql.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace foldline::inline v0::sqlite {

/// What the tables of one connection share.
struct event_tables {
    const event_store& store;
    event_sql_options options;
    global_position head{};        ///< of what the running statement sees
    std::exception_ptr failure{};  ///< what was thrown below SQLite, which no exception may pass through

    [[nodiscard]] masking personal() const {
        return options.personal == personal_fields::masked ? masking::on : masking::off;
    }
};

/// Goes over the rows of a table, reading the events page by page.
///
/// confined.
class event_cursor {
public:
    event_cursor(const event_tables& tables, event_table_shape& shape) : tables_(tables), shape_(shape) {}
    event_cursor(const event_cursor&) = delete;
    event_cursor& operator=(const event_cursor&) = delete;

    /// `plan`: as `scan_plan::to_string` wrote it.
    void begin(std::string_view plan, std::span<const scan_values> values);
    [[nodiscard]] const scan_plan& plan_of(std::string_view text);
    void next();
    [[nodiscard]] bool is_at_end() const { return at_end_; }
    /// Of the current row.
    [[nodiscard]] const event_cell& cell(std::size_t column) const { return row_[cells_[column]]; }
    /// The same for the same row in every scan, by which SQLite knows what two branches of an `or` both found.
    [[nodiscard]] std::int64_t row_id() const { return groups_ ? 0 : page_->ids[at_ - 1]; }

private:
    [[nodiscard]] std::unique_ptr<page_reader> new_reader() const;
    [[nodiscard]] std::unique_ptr<event_groups> new_groups() const;
    void fill();
    [[nodiscard]] bool is_long() const;
    [[nodiscard]] row_page* read_page();
    void count_all();
    void next_group();
    [[nodiscard]] bool take_group();

    static constexpr std::size_t first_page = 16;

    const event_tables& tables_;
    event_table_shape& shape_;
    std::string plan_text_;
    scan_plan plan_;
    std::vector<std::size_t> cells_;  // by column
    std::unique_ptr<page_reader> reader_;
    std::optional<cell_filter> filter_;
    event_range range_;
    std::optional<read_query> query_;
    std::size_t page_size_ = first_page;
    bool is_read_ = true;

    std::size_t events_read_ = 0;
    row_page own_page_;
    row_page* page_ = &own_page_;
    std::size_t at_ = 0;
    std::unique_ptr<spilled_groups> spilled_;  // before those who spill
    std::unique_ptr<scan_runner> ahead_;
    std::unique_ptr<event_groups> groups_;
    std::int64_t of_group_ = 0;

    std::span<const event_cell> row_;
    bool at_end_ = true;
};

}  // namespace foldline::inline v0::sqlite
