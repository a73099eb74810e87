#include "event_cursor.hpp"

#include <foldline/core/error.hpp>

#include <sqlite3.h>

#include <algorithm>

namespace foldline::inline v0::sqlite {

const scan_plan& event_cursor::plan_of(std::string_view text) {
    if (plan_text_ == text && reader_) return plan_;
    // A scan inside another one begins again and again with the same plan.
    plan_text_ = text;
    plan_ = scan_plan::from(text);
    cells_.assign(shape_.columns().all().size(), 0);
    for (std::size_t i = 0; i < plan_.used.size(); ++i) cells_[plan_.used[i]] = i;
    reader_ = new_reader();
    return plan_;
}

std::unique_ptr<page_reader> event_cursor::new_reader() const {
    return std::make_unique<page_reader>(tables_.store, shape_, plan_.used, tables_.personal());
}

std::unique_ptr<event_groups> event_cursor::new_groups() const {
    return std::make_unique<event_groups>(tables_.options.group_bytes, *spilled_);
}

void event_cursor::begin(std::string_view plan, std::span<const scan_values> values) {
    (void)plan_of(plan);
    row_ = {};
    ahead_.reset();
    groups_.reset();
    spilled_.reset();
    page_ = &own_page_;
    own_page_.clear();
    at_ = events_read_ = 0;
    of_group_ = 0;
    page_size_ = first_page;
    range_ = range_of(plan_, values, shape_, tables_.store, tables_.head);
    filter_.emplace(plan_, values, shape_.columns());
    is_read_ = at_end_ = range_.is_empty;
    if (at_end_) return;
    query_ = range_.query(plan_.is_backward);
    if (!plan_.group_by.empty()) count_all();
    next();
}

void event_cursor::next() {
    if (groups_) return next_group();
    if (at_ == page_->rows()) fill();
    at_end_ = at_ == page_->rows();
    row_ = at_end_ ? std::span<const event_cell>{} : page_->row(at_++);
}

void event_cursor::fill() {
    at_ = 0;
    while (row_page* const read = read_page()) {
        page_ = read;
        if (page_->rows() > 0) return;
    }
    page_ = &own_page_;
    own_page_.clear();
}

void event_cursor::count_all() {
    spilled_ = std::make_unique<spilled_groups>();
    groups_ = new_groups();
    while (const row_page* const read = read_page())
        for (std::size_t i = 0; i < read->rows(); ++i) groups_->add(read->row(i));
    if (ahead_) ahead_->add_counts_to(*groups_);
    ahead_.reset();
    if (spilled_->is_empty()) return groups_->sort(plan_.group_by);
    groups_->spill();
    spilled_->sort(plan_.group_by);
}

void event_cursor::next_group() {
    at_end_ = of_group_ == 0 && !take_group();
    if (at_end_) row_ = {};
    else --of_group_;
}

bool event_cursor::take_group() {
    std::optional<event_groups::group> next;
    if (!spilled_->is_empty()) next = spilled_->next();
    else if (at_ < groups_->all().size()) next = groups_->all()[at_++];
    if (!next) return false;
    row_ = next->cells;
    of_group_ = plan_.is_distinct ? 1 : next->rows;
    return true;
}

/// A scan that has gone on for a while is worth other threads.
bool event_cursor::is_long() const {
    constexpr std::size_t many = 8'000;
    return events_read_ >= many && !range_.stream && scan_runner::threads() > 1;
}

/// Null at the end.
row_page* event_cursor::read_page() {
    if (tables_.options.is_interrupted && tables_.options.is_interrupted())
        throw storage_error(SQLITE_INTERRUPT, "read events", "the statement was interrupted");
    if (ahead_) return ahead_->next();
    if (is_read_) return nullptr;
    if (is_long()) {
        event_range rest = range_;
        rest.after = plan_.is_backward ? range_.after : query_->lower_bound();
        rest.before = plan_.is_backward ? query_->upper_bound() : range_.before;
        ahead_ = std::make_unique<scan_runner>([this] { return new_reader(); }, std::move(rest), plan_.is_backward,
                                               *filter_, tables_.options.page,
                                               groups_ ? [this] { return new_groups(); } : scan_runner::make_groups{});
        return ahead_->next();
    }
    own_page_.clear();
    const page page = reader_->read(*query_, batch_limit{page_size_}, range_, *filter_, own_page_);
    is_read_ = page.at_end;
    events_read_ += page.events;
    query_ = query_->from(page);
    // Whoever wants few rows asks for few; whoever goes on gets more at a time.
    page_size_ = std::min(std::max(tables_.options.page, std::size_t{1}), page_size_ * 4);
    return &own_page_;
}

}  // namespace foldline::inline v0::sqlite
