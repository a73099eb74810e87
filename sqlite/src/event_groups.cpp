#include "event_groups.hpp"

#include "spilled_groups.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace foldline::inline v0::sqlite {
namespace {

/// NULL before numbers before texts before blobs.
int rank(const event_cell& cell) {
    switch (cell.is) {
        case event_cell::kind::null: return 0;
        case event_cell::kind::digits:
        case event_cell::kind::text: return 2;
        case event_cell::kind::blob: return 3;
        default: return 1;
    }
}

/// The bytes that SQLite compares of a text or a blob.
std::string_view bytes_of(const event_cell& cell, std::array<char, 24>& buffer) {
    if (cell.has_bytes()) return cell.view();
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), cell.integer).ptr;
    return {buffer.data(), static_cast<std::size_t>(end - buffer.data())};
}

int compare(const event_cell& one, const event_cell& other) {
    if (const int difference = rank(one) - rank(other)) return difference;
    if (one.has_bytes() && other.has_bytes()) return one.view().compare(other.view());
    if (one.has_bytes() || one.is == event_cell::kind::digits) {
        std::array<char, 24> buffer{};
        std::array<char, 24> other_buffer{};
        return bytes_of(one, buffer).compare(bytes_of(other, other_buffer));
    }
    if (one.is == event_cell::kind::null) return 0;
    return one.integer < other.integer ? -1 : one.integer > other.integer ? 1 : 0;
}

void append_key(std::string& key, const event_cell& cell) {
    key += static_cast<char>(cell.is);
    if (cell.has_bytes()) {
        key.append(reinterpret_cast<const char*>(&cell.size), sizeof cell.size);
        key.append(cell.view());
    } else {
        key.append(reinterpret_cast<const char*>(&cell.integer), sizeof cell.integer);
    }
}

}  // namespace

void event_groups::add(std::span<const event_cell> row, std::int64_t times) {
    key_.clear();
    for (const event_cell& each : row) append_key(key_, each);
    if (const auto known = by_key_.find(key_); known != by_key_.end()) {
        groups_[known->second].rows += times;
        return;
    }
    auto* const copy = static_cast<char*>(memory_.allocate(key_.size() + 1, 1));
    std::copy(key_.begin(), key_.end(), copy);
    by_key_.emplace(std::string_view{copy, key_.size()}, groups_.size());
    groups_.push_back({kept(row), times});
    constexpr std::size_t bookkeeping = sizeof(group) + 64;  // an entry of the map, with its share of the buckets
    bytes_ += 2 * key_.size() + row.size() * sizeof(event_cell) + bookkeeping;
    if (bytes_ > most_bytes_) spill();
}

void event_groups::spill() {
    beyond_.add(groups_);
    groups_.clear();
    by_key_.clear();
    memory_.release();
    bytes_ = 0;
}

std::span<const event_cell> event_groups::kept(std::span<const event_cell> row) {
    auto* const cells =
        static_cast<event_cell*>(memory_.allocate((row.size() + 1) * sizeof(event_cell), alignof(event_cell)));
    for (std::size_t i = 0; i < row.size(); ++i) {
        new (cells + i) event_cell{row[i]};
        if (!row[i].has_bytes()) continue;
        auto* const copy = static_cast<char*>(memory_.allocate(row[i].size + 1, 1));
        std::copy(row[i].bytes, row[i].bytes + row[i].size, copy);
        cells[i].bytes = copy;
    }
    return {cells, row.size()};
}

void event_groups::sort(std::span<const key> keys) {
    std::sort(groups_.begin(), groups_.end(), [&](const group& one, const group& other) {
        for (const key& each : keys)
            if (const int difference = compare(one.cells[each.cell], other.cells[each.cell]))
                return each.is_descending ? difference > 0 : difference < 0;
        for (std::size_t i = 0; i < one.cells.size(); ++i)
            if (const int difference = compare(one.cells[i], other.cells[i])) return difference < 0;
        return false;
    });
    by_key_.clear();  // its places are those of before
}

}  // namespace foldline::inline v0::sqlite
