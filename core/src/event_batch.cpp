#include <foldline/core/event_batch.hpp>

#include <foldline/core/error.hpp>

#include <google/protobuf/message.h>

#include <cstring>

namespace foldline::inline v0 {

void event_batch::add(const event_view& event) {
    event_view copy = event;
    if (!events_.empty() && events_.back().stream == event.stream) {
        copy.stream = events_.back().stream;  // events of one stream mostly come in runs
    } else {
        copy.stream.category = kept(event.stream.category);
        copy.stream.id = kept(event.stream.id);
    }
    copy.metadata = kept(event.metadata);
    copy.payload = kept(event.payload);
    if (event.message) {
        message_ptr message{event.message->New()};
        message->CopyFrom(*event.message);
        copy.message = messages_.emplace_back(std::move(message)).get();
    }
    events_.push_back(copy);
}

void event_batch::decode_at(std::size_t index, event_type type, message_ptr (*make)()) {
    event_view& event = events_[index];
    if (event.message) return;
    pool& from = pool_of(make);
    if (from.used == from.messages.size()) from.messages.push_back(make());
    google::protobuf::Message& reused = *from.messages[from.used];
    try {
        event.message = &decode(event, reused, type);
        ++from.used;
    } catch (const event_failure&) {
        // Told to whoever decodes it in its turn.
    }
}

event_batch::pool& event_batch::pool_of(message_ptr (*make)()) {
    for (pool& each : pools_)
        if (each.make == make) return each;
    return pools_.emplace_back(pool{make, {}, 0});
}

void event_batch::shorten_to(std::size_t count) {
    events_.erase(events_.begin() + static_cast<std::ptrdiff_t>(count), events_.end());
}

void event_batch::clear() {
    events_.clear();
    messages_.clear();
    for (pool& each : pools_) each.used = 0;
    bytes_.release();
}

std::string_view event_batch::kept(std::string_view bytes) {
    if (bytes.empty()) return {};
    char* const to = static_cast<char*>(bytes_.allocate(bytes.size(), 1));
    std::memcpy(to, bytes.data(), bytes.size());
    return {to, bytes.size()};
}

}  // namespace foldline::inline v0
