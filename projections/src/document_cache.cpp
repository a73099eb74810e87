#include "document_cache.hpp"

#include <google/protobuf/message.h>

#include <algorithm>
#include <functional>

namespace foldline::inline v0::detail {
namespace {

constexpr std::size_t most_free = 20'000;
constexpr std::size_t largest_free = 16'384;  // a document of this size is not kept empty
constexpr std::size_t cost_of_entry = 512;
constexpr std::size_t memory_of_byte = 4;  // the bytes themselves, and the message made of them

}  // namespace

cached_document* document_cache::find(std::string_view key) {
    const std::size_t hash = std::hash<std::string_view>{}(key);
    cached_document* entry = bucket(hash);
    while (entry && (entry->hash != hash || entry->key != key)) entry = entry->next;
    if (entry && entry->batch != batch_) {
        entry->batch = batch_;
        used_.splice(used_.begin(), used_, entry->place);
    }
    return entry;
}

cached_document& document_cache::add(std::string_view key) {
    if (used_.size() == buckets_.size()) grow();
    cached_document& entry = *fresh();
    entry.own_key.assign(key);
    entry.key = entry.own_key;
    entry.hash = std::hash<std::string_view>{}(key);
    entry.batch = batch_;
    cached_document*& first = bucket(entry.hash);
    entry.next = first;
    first = &entry;
    used_.splice(used_.begin(), free_, entry.place);
    return entry;
}

std::list<cached_document>::iterator document_cache::fresh() {
    if (free_.empty()) {
        free_.emplace_front();
        free_.front().place = free_.begin();
        free_.front().message.reset(empty_.New());
    }
    return free_.begin();
}

void document_cache::grow() {
    buckets_.assign(buckets_.size() * 2, nullptr);
    for (cached_document& entry : used_) {
        cached_document*& first = bucket(entry.hash);
        entry.next = first;
        first = &entry;
    }
}

void document_cache::remove(cached_document& entry) {
    cached_document** link = &bucket(entry.hash);
    while (*link != &entry) link = &(*link)->next;
    *link = entry.next;
    cost_ -= entry.cost;
    const auto place = entry.place;
    if (free_.size() >= most_free || entry.stored.capacity() > largest_free) {
        used_.erase(place);
        return;
    }
    entry.message->Clear();
    entry.exists = entry.changed = entry.in_table = entry.waits = entry.borrowed = false;
    entry.folded = entry.cost = 0;
    free_.splice(free_.begin(), used_, place);
}

void document_cache::take_costs() {
    // Those of this batch are in front of all others.
    for (auto next = used_.begin(); next != used_.end() && next->batch == batch_;) {
        cached_document& entry = *next++;
        const std::size_t cost = cost_of_entry + entry.own_key.size() + memory_of_byte * entry.stored.capacity();
        cost_ += cost - entry.cost;
        entry.cost = cost;
        if (entry.borrowed) remove(entry);
    }
}

void document_cache::end_batch(std::size_t most) {
    if (most == 0) {
        clear();
    } else {
        take_costs();
        while (cost_ > most) remove(used_.back());
    }
    ++batch_;
}

void document_cache::clear() {
    while (!used_.empty()) remove(used_.back());
}

}  // namespace foldline::inline v0::detail
